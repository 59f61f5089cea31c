"""Members of a book × the lists × the law on a date → decisions.  Pure, and the same code that answers a screening.

Everything that monitoring asks of screening and policy goes through this module.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from app.matching import Hit
from app.monitoring.boundaries import next_boundary
from app.monitoring.entity_content import entity_content, sha256_of
from app.monitoring.member import Member
from app.policy.parameters import Parameters
from app.policy.vocabulary import Outcome, Service
from app.screening.request import ScreeningInput
from app.screening.screen import DecisionBasis, DecisionContext, PartyHits, answer, find

_NOTHING: Final = PartyHits({}, {})


@dataclass(frozen=True, slots=True)
class PairFact:
    """That a member may be a listed entity; ``entity`` is what the list says of that, as far as a match goes."""

    entity_id: str
    strength: str
    score: int
    name_listed: str
    entity: Mapping[str, Any]
    entity_sha256: str


@dataclass(frozen=True)
class ServiceDecision:
    """The decision on one service; ``findings_outcome`` is what the member's own texts alone would give.

    ``matches`` are those of an answer, without the version of the list, which changes with every upload.
    """

    service: str
    outcome: str
    findings_outcome: str
    reasons: tuple[Mapping[str, Any], ...]
    matches: tuple[Mapping[str, Any], ...]

    @cached_property
    def as_json(self) -> dict[str, Any]:
        """Reasons and matches as JSON."""
        return {"reasons": list(self.reasons), "matches": list(self.matches)}

    @cached_property
    def sha256(self) -> str:
        """The SHA-256, in hex, of outcome, reasons and matches."""
        text = json.dumps([self.outcome, self.as_json], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one member: its pairs, and the decision on each of its services."""

    member: Member
    pairs: tuple[PairFact, ...]
    decisions: tuple[ServiceDecision, ...]
    next_date: date | None

    @property
    def standings(self) -> tuple[ServiceDecision, ...]:
        """The decisions where there was something to decide; all others pass by coverage."""
        return tuple(one for one in self.decisions if self.pairs or one.outcome != Outcome.PASS)


@dataclass(frozen=True)
class Judge:
    """Decides members by one basis on one local date; ``matches_max`` bounds the matches of one decision."""

    lists: DecisionBasis
    on: date
    now: datetime
    matches_max: int = 20

    @property
    def parameters(self) -> Parameters:
        """The parameters of the law."""
        return self.lists.parameters

    @cached_property
    def _circumstances(self) -> DecisionContext:
        return DecisionContext(self.now, matches_max=self.matches_max)

    def decide(self, members: Sequence[Member]) -> list[Verdict]:
        """Return the verdict on each member; they are looked up together."""
        parties = [party for one in members for party in one.parties]
        found = iter(find(parties, self.lists))
        return [self._verdict(one, [next(found) for _ in one.parties]) for one in members]

    def _verdict(self, one: Member, found: Sequence[PartyHits]) -> Verdict:
        hits: dict[str, Hit] = {}
        for of_party in found:
            for key, hit in of_party.as_known.items():
                if key not in hits or (hit.strength.rank, -hit.score) < (hits[key].strength.rank, -hits[key].score):
                    hits[key] = hit
        dossiers = self.lists.in_force.dossiers
        return Verdict(
            one,
            tuple(self._pair(key, hits[key]) for key in sorted(hits)),
            tuple(self._decision(one, service, found) for service in one.services),
            next_boundary(dossiers, hits, self.parameters, self.on) if hits else None,
        )

    def _pair(self, key: str, hit: Hit) -> PairFact:
        content = entity_content(self.lists.in_force.dossiers[key], self.on, self.parameters)
        return PairFact(key, hit.strength.value, hit.score, hit.name.text, content, sha256_of(content))

    def _decision(self, one: Member, service: Service, found: Sequence[PartyHits]) -> ServiceDecision:
        answers = [self._answer(one, place, service, of_party) for place, of_party in enumerate(found)]
        worst = min(range(len(answers)), key=lambda place: (-Outcome(answers[place]["outcome"]).severity, place))
        outcome = answers[worst]["outcome"]
        ordered = [answers[worst], *(one for place, one in enumerate(answers) if place != worst)]
        counted = [one for place, one in enumerate(ordered) if place == 0 or one["outcome"] != Outcome.PASS]
        reasons = {json.dumps(reason, sort_keys=True): reason for one in counted for reason in one["reasons"]}
        matches: dict[tuple[str, str], dict[str, Any]] = {}
        for each in ordered:
            for match in each["matches"]:
                kept = {name: value for name, value in match.items() if name != "list_version"}
                matches.setdefault((match["entity_id"], match["category"]), kept)
        return ServiceDecision(
            service.value,
            outcome,
            self._findings_outcome(one, service, found, outcome),
            tuple(reasons.values()),
            tuple(matches.values()),
        )

    def _findings_outcome(self, one: Member, service: Service, found: Sequence[PartyHits], outcome: str) -> str:
        if not any(of_party.as_known for of_party in found):
            return outcome
        outcomes = [
            Outcome(self._answer(one, place, service, _NOTHING)["outcome"]) for place in range(len(one.parties))
        ]
        return max(outcomes, key=lambda each: each.severity).value

    def _answer(self, one: Member, place: int, service: Service, found: PartyHits) -> dict[str, Any]:
        asked = ScreeningInput(service, self.on, one.parties[place], reference=one.id)
        return answer(asked, self.lists, self._circumstances, "", found)
