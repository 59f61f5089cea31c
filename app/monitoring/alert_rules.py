"""When an alert opens, changes, falls silent or opens again, how urgent it is, and when it is due.  Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from app.monitoring.member import party_as_json
from app.monitoring.pair_decision import PairFact, Verdict
from app.policy.vocabulary import Category, Outcome

OWN_TEXTS: Final = ""
"""The entity id of a finding in the counterparty's own texts: a keyword, 交易所 in the name, a banned product."""

KEYWORD: Final = "KEYWORD"
_STRENGTHS: Final = ("CONFIRMED", "STRONG", "WEAK", KEYWORD)
_URGENT: Final = frozenset({Category.WEIPAN, Category.UNAPPROVED_VENUE, Category.ILLEGAL_EPLATFORM, Category.NOTIFIED})
_DAYS_BLOCK, _DAYS_URGENT, _DAYS_REVIEW, _DAYS_KEYWORD = 0, 1, 3, 5


class AlertState(StrEnum):
    """The status of an alert."""

    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    PENDING_CONFIRMATION = "PENDING_CONFIRMATION"
    CLOSED = "CLOSED"


class Verdicts(StrEnum):
    """What a person found."""

    TRUE_MATCH = "TRUE_MATCH"
    FALSE_POSITIVE = "FALSE_POSITIVE"
    ESCALATED = "ESCALATED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFact:
    """What there is to look at for one counterparty and entity: the worst over its services, and both sides."""

    counterparty_id: str
    entity_id: str
    outcome: Outcome
    strength: str
    category: str
    sides: dict[str, Any]

    @property
    def contents(self) -> tuple[str, str]:
        """The hashes of the counterparty's and of the entity's content."""
        return self.sides["content_sha256"], self.sides["entity_sha256"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A confirmed false positive, as far as it affects an alert; ``expires_on`` is its last day."""

    id: str
    entity_id: str
    content_sha256: str
    entity_sha256: str
    strength: str
    expires_on: date | None

    def covers(self, entity_id: str, contents: tuple[str, str], strength: str, outcome: str, on: date) -> bool:
        """Whether it silences a match on a date: both contents as they were, no stronger, and no CONFIRMED BLOCK."""
        return (
            self.entity_id == entity_id
            and contents == (self.content_sha256, self.entity_sha256)
            and _STRENGTHS.index(strength) >= _STRENGTHS.index(self.strength)
            and not is_beyond_people(outcome, strength)
            and (self.expires_on is None or on <= self.expires_on)
        )


def is_beyond_people(outcome: str, strength: str) -> bool:
    """Whether nobody may wave it through: only what an authority does can change a BLOCK by a CONFIRMED match."""
    return outcome == Outcome.BLOCK and strength == "CONFIRMED"


def facts_of(verdict: Verdict) -> dict[str, AlertFact]:
    """Return by entity id what there is to look at: every match that does not pass, and findings without a match."""
    pairs = {pair.entity_id: pair for pair in verdict.pairs}
    raised: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    own: list[tuple[str, Mapping[str, Any]]] = []
    for decision in verdict.decisions:
        matches = [match for match in decision.matches if match["outcome"] != Outcome.PASS]
        for match in matches:
            raised.setdefault(match["entity_id"], []).append((decision.service, match))
        if not matches and decision.outcome != Outcome.PASS:
            own.append((decision.service, {"outcome": decision.outcome, "reasons": list(decision.reasons)}))
    facts = {
        entity_id: _of_match(verdict, pairs[entity_id], found)
        for entity_id, found in raised.items()
        if entity_id in pairs
    }
    if own:
        facts[OWN_TEXTS] = _of_texts(verdict, own)
    return facts


def _of_match(verdict: Verdict, pair: PairFact, found: list[tuple[str, Mapping[str, Any]]]) -> AlertFact:
    _, worst = max(found, key=lambda one: Outcome(one[1]["outcome"]).severity)
    reasons = {
        str(reason): reason
        for decision in verdict.decisions
        for reason in decision.reasons
        if reason["entity_id"] == pair.entity_id
    }
    services: dict[str, str] = {}
    for service, match in found:
        services[service] = max(match["outcome"], services.get(service, "PASS"), key=lambda one: Outcome(one).severity)
    sides = _sides(verdict) | {
        "entity_sha256": pair.entity_sha256,
        "listed": {**pair.entity, "entity_id": pair.entity_id, "name_listed": pair.name_listed},
        "strength": pair.strength,
        "score": pair.score,
        "explanation": worst.get("explanation"),
        "services": services,
        "reasons": list(reasons.values()),
    }
    return AlertFact(
        counterparty_id=verdict.member.id,
        entity_id=pair.entity_id,
        outcome=Outcome(worst["outcome"]),
        strength=pair.strength,
        category=worst["category"],
        sides=sides,
    )


def _of_texts(verdict: Verdict, own: list[tuple[str, Mapping[str, Any]]]) -> AlertFact:
    outcome = max((Outcome(one["outcome"]) for _, one in own), key=lambda one: one.severity)
    sides = _sides(verdict) | {
        "entity_sha256": "",
        "listed": None,
        "strength": KEYWORD,
        "score": None,
        "explanation": None,
        "services": {service: one["outcome"] for service, one in own},
        "reasons": list(own[0][1]["reasons"]),
    }
    return AlertFact(
        counterparty_id=verdict.member.id,
        entity_id=OWN_TEXTS,
        outcome=outcome,
        strength=KEYWORD,
        category=KEYWORD,
        sides=sides,
    )


def _sides(verdict: Verdict) -> dict[str, Any]:
    one = verdict.member
    return {
        "content_sha256": one.content_sha256,
        "counterparty": {"id": one.id, "parties": [party_as_json(party) for party in one.parties]},
    }


def priority_of(outcome: str, strength: str, *, is_escalated: bool) -> int:
    """Return 1 (first) to 4 (last)."""
    if is_escalated or outcome == Outcome.BLOCK:
        return 1
    if outcome == Outcome.PASS or strength == KEYWORD:
        return 4
    return 3 if strength == "WEAK" else 2


def working_days_of(outcome: str, strength: str, category: str) -> int:
    """Return in how many working days an alert is due: a BLOCK on the same day."""
    if outcome == Outcome.BLOCK:
        return _DAYS_BLOCK
    if strength == KEYWORD or outcome == Outcome.PASS:
        return _DAYS_KEYWORD
    return _DAYS_URGENT if category in _URGENT else _DAYS_REVIEW


def opens_again(closed_outcome: str, closed_verdict: str | None, before: Mapping[str, Any], fact: AlertFact) -> bool:
    """Whether what was closed is to be looked at again.

    A true match opens again where it is worse now or other than it was; a false positive wherever nothing silences
    it any more (the caller has asked that).
    """
    if closed_verdict == Verdicts.FALSE_POSITIVE:
        return True
    if fact.outcome.severity > Outcome(closed_outcome).severity:
        return True
    return (before.get("content_sha256"), before.get("entity_sha256")) != fact.contents


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what differs between both sides then and now: ``{"place", "before", "after"}``."""
    if before is None:
        return []
    return list(_differences("", _shown(before), _shown(after)))


def _shown(sides: Mapping[str, Any]) -> dict[str, Any]:
    left_out = {"explanation", "reasons", "content_sha256", "entity_sha256", "coming"}
    return {name: value for name, value in sides.items() if name not in left_out}


def _differences(place: str, before: Any, after: Any) -> Iterable[dict[str, Any]]:  # noqa: ANN401 - any JSON
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _differences(f"{place}/{key}", before.get(key), after.get(key))
    elif before != after:
        yield {"place": place, "before": before, "after": after}
