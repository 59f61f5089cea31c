"""The answers to a row's questions → the decision columns of the row."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from app.bulk.rows.requests import RowRequest
from app.identifiers import Scheme
from app.policy.vocabulary import Category, Outcome
from app.screening.request import ScreeningInput
from app.screening.screen import PartyHits

_KEYWORD_FLAG: Final = "KEYWORD:"
_KEYWORD_REASONS: Final = frozenset({"KEYWORD_ONLY", "NAME_EXCHANGE_UNAPPROVED"})


class RowAnswer(NamedTuple):
    """The decision columns of one row, in the order of the output."""

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
    error: str | None


class Answered(NamedTuple):
    """One question of a row with what the lists have on its party, and the answer."""

    request: RowRequest
    asked: ScreeningInput
    found: PartyHits
    answer: Mapping[str, Any]


def refused(error: str, rule_version: str) -> RowAnswer:
    """Return what a faulty row gets."""
    outcome = Outcome.REVIEW.value
    return RowAnswer(outcome, None, None, None, None, None, None, None, None, None, rule_version, error)


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
            error=None,
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
        error=None,
    )


def _rank(answer: Mapping[str, Any]) -> tuple[int, bool, int, int]:
    """Rank answers, the worst first."""
    matches = _listed(answer)
    strength = ("CONFIRMED", "STRONG", "WEAK").index(matches[0]["strength"]) if matches else 0
    score = matches[0]["score"] if matches else 0
    return (-Outcome(answer["outcome"]).severity, not matches, strength, -score)


def _listed(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [match for match in answer["matches"] if match["category"] != Category.APPROVED]


def _keyword_field(answered: Answered, header: Sequence[str]) -> str | None:
    """Return the column in which a keyword stands; 交易所 is always in a name."""
    flags = [flag.removeprefix(_KEYWORD_FLAG) for flag in answered.answer["flags"] if flag.startswith(_KEYWORD_FLAG)]
    return _column(answered.request, flags[0] if flags else "name", header)


def _field(answered: Answered, match: Mapping[str, Any], header: Sequence[str]) -> str | None:
    """Return the column that the match was found by."""
    # An answer does not tell by which of several texts a match was found; the hit does.
    found = answered.found.as_known[match["entity_id"]]
    agreeing = {evidence.field for evidence in found.explanation.fields if evidence.agrees}
    if found.query_field.startswith("identifiers"):
        schemes = [Scheme(body["scheme"]) for body in answered.request.body["counterparty"]["identifiers"]]
        place = next((f"identifiers[{i}]" for i, scheme in enumerate(schemes) if scheme in agreeing), found.query_field)
        return _column(answered.request, place, header)
    return _column(answered.request, found.query_field, header)


def _column(request: RowRequest, place: str, header: Sequence[str]) -> str | None:
    position = request.places.get(place)
    return None if position is None else header[position]
