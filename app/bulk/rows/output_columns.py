"""The answers to a row's questions → the decision columns of the row."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from app.bulk.rows.requests import RowRequest
from app.identifiers.in_text import codes_in
from app.policy.vocabulary import Category, Outcome
from app.screening.request import ScreeningInput
from app.screening.screen import PartyHits

_KEYWORD_FLAG: Final = "KEYWORD:"
_KEYWORD_REASONS: Final = frozenset({"KEYWORD_ONLY", "NAME_EXCHANGE_UNAPPROVED"})


class RowAnswer(NamedTuple):
    """The decision columns of one row, in the order of the output, and at last what is said in words."""

    outcome: str
    reasons: str | None
    strength: str | None
    score: int | None
    matched_field: str | None
    matched_name: str | None
    matched_external_id: str | None
    other_external_ids: str | None
    list_code: str | None
    list_version: int | None
    rule_version: str
    warnings: str | None = None
    error: str | None = None
    words: str | None = None


class Answered(NamedTuple):
    """One question of a row with what the lists have on its party, and the answer."""

    request: RowRequest
    asked: ScreeningInput
    found: PartyHits
    answer: Mapping[str, Any]


def refused(rule_version: str) -> RowAnswer:
    """Return what a row gets of which no name can be read."""
    return RowAnswer(
        outcome=Outcome.REVIEW.value,
        reasons=None,
        strength=None,
        score=None,
        matched_field=None,
        matched_name=None,
        matched_external_id=None,
        other_external_ids=None,
        list_code=None,
        list_version=None,
        rule_version=rule_version,
    )


def with_doubts(answer: RowAnswer, warnings: Sequence[str], error: str | None, *, doubtful: bool) -> RowAnswer:
    """Return an answer with what was doubtful about its row; a row in doubt is REVIEW at least."""
    outcome = Outcome.REVIEW.value if doubtful and answer.outcome == Outcome.PASS else answer.outcome
    return answer._replace(outcome=outcome, warnings="|".join(warnings) or None, error=error)


def worst_of(answers: Sequence[Answered]) -> Answered:
    """Return the answer that decides the row: the worst; of equal ones that with the best match, then the first."""
    return min(answers, key=lambda one: _rank(one.answer))


def decided(answers: Sequence[Answered], header: Sequence[str]) -> RowAnswer:
    """Return the columns of a row by the answer that decides it.

    Columns of a match are about the best match with a listed entity; entities on an approved list are none.
    """
    worst = worst_of(answers)
    answer = worst.answer
    reasons = list(dict.fromkeys(reason["code"] for reason in answer["reasons"]))
    matches = _listed(answer)
    best = matches[0] if matches else None
    others = dict.fromkeys(
        match["external_id"] for one in (worst, *answers) for match in _listed(one.answer) if match is not best
    )
    if best is None:
        is_keyword = not _KEYWORD_REASONS.isdisjoint(reasons)
        return RowAnswer(
            outcome=answer["outcome"],
            reasons="|".join(reasons) or None,
            strength="KEYWORD" if is_keyword else None,
            score=None,
            matched_field=_keyword_field(worst, header) if is_keyword else None,
            matched_name=None,
            matched_external_id=None,
            other_external_ids="|".join(others) or None,
            list_code=None,
            list_version=None,
            rule_version=answer["rule_version"],
            words=_words(answer),
        )
    others.pop(best["external_id"], None)
    return RowAnswer(
        outcome=answer["outcome"],
        reasons="|".join(reasons) or None,
        strength=best["strength"],
        score=best["score"],
        matched_field=_field(worst, best, header),
        matched_name=best["name_listed"],
        matched_external_id=best["external_id"],
        other_external_ids="|".join(others) or None,
        list_code=best["list_code"],
        list_version=best["list_version"],
        rule_version=answer["rule_version"],
        words=_words(answer),
    )


def _words(answer: Mapping[str, Any]) -> str:
    """Return the next step and the reasons in words, a tab between."""
    reasons = dict.fromkeys(" ".join(reason["text_zh"].split()) for reason in answer["reasons"])
    return f"{answer['next_action_zh']}\t{'；'.join(reasons)}"


def _rank(answer: Mapping[str, Any]) -> tuple[int, bool, int, int]:
    """Rank answers, the worst first."""
    matches = _listed(answer)
    strength = ("CONFIRMED", "STRONG", "WEAK").index(matches[0]["strength"]) if matches else 0
    score = matches[0]["score"] if matches else 0
    return (-Outcome(answer["outcome"]).severity, not matches, strength, -score)


def _listed(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [match for match in answer["matches"] if match["category"] != Category.APPROVED]


def _keyword_field(answered: Answered, header: Sequence[str]) -> str | None:
    """Return the column that holds a keyword; 交易所 is always in a name."""
    flags = [flag.removeprefix(_KEYWORD_FLAG) for flag in answered.answer["flags"] if flag.startswith(_KEYWORD_FLAG)]
    return _column(answered.request, flags[0] if flags else "name", header)


def _field(answered: Answered, match: Mapping[str, Any], header: Sequence[str]) -> str | None:
    """Return the column that the match was found by."""
    # An answer does not tell by which of several texts a match was found; the hit does.
    found = answered.found.as_known[match["entity_id"]]
    agreeing = {evidence.field for evidence in found.explanation.fields if evidence.agrees}
    if found.query_field.startswith("identifiers"):
        return _column(answered.request, _place_of_code(answered, agreeing), header)
    return _column(answered.request, found.query_field, header)


def _place_of_code(answered: Answered, agreeing: Collection[str]) -> str:
    """Return the field that holds a code of one of the schemes: a code by itself, or one inside a name."""
    for i, identifier in enumerate(answered.request.body["counterparty"].get("identifiers", ())):
        if identifier["scheme"] in agreeing:
            return f"identifiers[{i}]"
    party = answered.asked.counterparty
    names = {"name": party.name} | {f"other_names[{i}]": other.name for i, other in enumerate(party.other_names)}
    for place, name in names.items():
        if any(code.scheme in agreeing for code in codes_in(name)):
            return place
    return "identifiers"


def _column(request: RowRequest, place: str, header: Sequence[str]) -> str | None:
    position = request.places.get(place)
    return None if position is None else header[position]
