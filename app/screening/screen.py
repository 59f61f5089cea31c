"""One question × the lists as known × the lists in force × the law → one answer.  Pure.

API, command line, bulk and replay all come through :func:`answer`; they differ only in the snapshots,
parameters and circumstances that they give it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app import __version__
from app.clock import utc_text
from app.identifiers import ONE_PER_ORGANISATION, Scheme
from app.identifiers.account import is_masked
from app.matching import MATCHER_VERSION, Explanation, Hit, NameMatches, Query, Strength
from app.names import keywords
from app.names.exchange_name import EXCHANGE, exchange_in_name
from app.names.keyword_prefilter import might_hold_keyword
from app.policy.decide import decide
from app.policy.model import Coverage, Decision, MatchDecision, MatchedEntity, ServiceQuestion, TextFinding
from app.policy.parameters import Parameters
from app.policy.rule import RuleTable
from app.policy.vocabulary import EntityKind, Outcome
from app.screening.garbled import is_unreadable
from app.screening.request import Counterparty, ScreeningInput
from app.watchlists.history.identity import listing_id
from app.watchlists.snapshots.snapshot import Snapshot

ENGINE_VERSION: Final = f"cutoff-{__version__}+matcher-{MATCHER_VERSION}"
SIZE_MARK: Final = "+size-"
_WEIGHED_MAX: Final = 100
_SCORE_UNSURE: Final = 99
_QUIET_MAX: Final = 1_000
_AUTHORITY_USCC: Final = "11"
_CHANNELS: Final = frozenset({Scheme.DOMAIN, Scheme.WECHAT_GH, Scheme.APP_PKG})


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What besides lists and law affects an answer.

    ``any_active`` says whether any list at all was in force at ``screened_at``; ``stale`` whether the process
    had not confirmed in time which versions are.  ``matches_max`` bounds the matches that are answered.
    ``suppressed`` are the entities that the caller's people found to be others, each with its suppression's id.
    """

    screened_at: datetime
    any_active: bool = True
    stale: bool = False
    matches_max: int = 20
    suppressed: tuple[tuple[str, str], ...] = ()


_SHARED: Final = (
    "service",
    "service_date",
    "counterparty_kind",
    "initiated_on",
    "has_authority_code",
    "has_organisation_code",
    "products",
)
_OWN: Final = frozenset(field.name for field in fields(ServiceQuestion)) - frozenset(_SHARED)


class _WatchedQuestion(ServiceQuestion):
    """A question that notes whether anybody looked at what is the party's own."""

    __slots__ = ("seen",)
    seen: list[str]

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - of any field
        if name in _OWN:
            self.seen.append(name)
        elif name == "seen":
            try:
                return object.__getattribute__(self, name)
            except AttributeError:
                object.__setattr__(self, name, [])
        return object.__getattribute__(self, name)


@dataclass(frozen=True)
class DecisionBasis:
    """What answers rest on: the lists as known at ``known_at``, those in force at ``screened_at``, and the law."""

    as_known: Snapshot
    in_force: Snapshot
    parameters: Parameters
    table: RuleTable
    rule_version: str
    narrowed: bool = False
    _quiet: dict[tuple[Any, ...], Decision] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def used(self) -> Mapping[str, int]:
        """The version of each list that was in force as known."""
        return {ref.code: ref.version for ref in self.as_known.refs}

    @cached_property
    def list_versions(self) -> list[dict[str, Any]]:
        """The lists in force at ``screened_at``, as answered."""
        return [
            {
                "code": ref.code,
                "version": ref.version,
                "sha256": ref.sha256,
                "used_as_known": self.used.get(ref.code),
            }
            for ref in self.in_force.refs
        ]

    @cached_property
    def is_now(self) -> bool:
        """Whether what was known is what is in force, so that one decision serves for both."""
        return self.as_known.refs == self.in_force.refs

    @cached_property
    def categories(self) -> frozenset[str]:
        """Everything that some list in force at ``screened_at`` covers."""
        return frozenset().union(*(ref.categories for ref in self.in_force.refs))

    def quiet(self, question: ServiceQuestion, snapshot: Snapshot, circumstances: DecisionContext) -> Decision:
        """Return the decision about a party of whom nothing was found.

        Where the law does not look at what is the party's own (its name, its products …), the decision is the same for
        all who ask for the same service and date, and is made once for them.
        """
        key = self._kind(question, snapshot, circumstances)
        found = self._quiet.get(key)
        if found is None:
            watched = _WatchedQuestion(*(getattr(question, one.name) for one in fields(ServiceQuestion)))
            coverage = self.coverage(snapshot, circumstances)
            found = decide(
                watched,
                matched=(),
                findings=(),
                coverage=coverage,
                dossiers=snapshot.dossiers,
                parameters=self.parameters,
                table=self.table,
            )
            if not watched.seen:
                if len(self._quiet) >= _QUIET_MAX:
                    self._quiet.clear()
                self._quiet[key] = found
        return found

    def shared(self, question: ServiceQuestion, snapshot: Snapshot, circumstances: DecisionContext) -> Decision | None:
        """Return what :meth:`quiet` made for all who ask the same; None where it has not, or each has its own."""
        return self._quiet.get(self._kind(question, snapshot, circumstances))

    def _kind(
        self, question: ServiceQuestion, snapshot: Snapshot, circumstances: DecisionContext
    ) -> tuple[object, ...]:
        return (
            snapshot is self.in_force,
            circumstances.stale,
            circumstances.any_active,
            *(getattr(question, one) for one in _SHARED),
        )

    def coverage(self, snapshot: Snapshot, circumstances: DecisionContext) -> Coverage:
        """Return what was looked at in one of the two snapshots."""
        return Coverage(
            categories=self.categories,
            jurisdictions=frozenset(ref.jurisdiction for ref in snapshot.refs),
            any_active=circumstances.any_active,
            stale=circumstances.stale,
            narrowed=self.narrowed,
            before_first_version=bool(self.in_force.codes - snapshot.codes),
            backfilled=any(ref.backfilled for ref in snapshot.refs),
        )


def engine_version(basis: DecisionBasis) -> str:
    """Return what program answered, and in which size steps: those of the lists as known and, if another, in force."""
    steps = dict.fromkeys((basis.as_known.size_step.name, basis.in_force.size_step.name))
    return f"{ENGINE_VERSION}{SIZE_MARK}{'/'.join(steps)}"


@dataclass(frozen=True, slots=True)
class PartyHits:
    """The hits of a party by entity id, in the lists as known and in those in force."""

    as_known: Mapping[str, Hit]
    in_force: Mapping[str, Hit]


@dataclass(frozen=True, slots=True)
class PrefilterResult:
    """Names and what they meet in the lists as known and in those in force.

    ``eventful`` says of each name whether anything at all could be found under it; false is certain.
    """

    eventful: NDArray[np.bool_]
    as_known: NameMatches
    in_force: NameMatches


def prefilter(names: Sequence[str], basis: DecisionBasis) -> PrefilterResult:
    """Sift names, for bulk: a party of which only uneventful names are known needs no search of its own."""
    as_known = basis.as_known.index.match_names(names)
    in_force = as_known if basis.is_now else basis.in_force.index.match_names(names)
    eventful = might_hold_keyword(names)
    eventful[as_known.queries] = True
    eventful[in_force.queries] = True
    for snapshot in {id(one): one for one in (basis.as_known, basis.in_force)}.values():
        eventful[snapshot.index.names_of_people(names)] = True
    return PrefilterResult(eventful, as_known, in_force)


def find(
    parties: Sequence[Counterparty], basis: DecisionBasis, sifted: PrefilterResult | None = None
) -> list[PartyHits]:
    """Look parties up in the lists, all of them together; a search for one alone costs far more.

    Names that are ``sifted`` are not searched again.
    """
    queries = [party.query() for party in parties]
    as_known = _hits(queries, basis.as_known, sifted.as_known if sifted else None)
    in_force = as_known if basis.is_now else _hits(queries, basis.in_force, sifted.in_force if sifted else None)
    return [PartyHits(*both) for both in zip(as_known, in_force, strict=True)]


def answer(
    asked: ScreeningInput,
    basis: DecisionBasis,
    circumstances: DecisionContext,
    screening_id: str,
    found: PartyHits | None = None,
) -> dict[str, Any]:
    """Return the answer of docs/api.md, without the hash of its record.

    ``found`` is what :func:`find` returned for the party; a caller who has only one leaves it out.
    """
    found = found or find([asked.counterparty], basis)[0]
    question = _question(asked)
    findings = _findings(asked)
    hits = found.as_known
    matched, decision, silent = _followed(question, findings, hits, basis.as_known, basis, circumstances)
    hindsight = decision
    if not basis.is_now:
        _, hindsight, _ = _followed(question, findings, found.in_force, basis.in_force, basis, circumstances)
    shown = matched.matches[: circumstances.matches_max]
    screened_at = circumstances.screened_at
    return {
        "id": screening_id,
        "reference": asked.reference,
        "outcome": decision.outcome.value,
        "reasons": [
            {
                "code": reason.code,
                "basis_code": reason.basis_code,
                "text_zh": reason.text_zh,
                "text_en": reason.text_en,
                "entity_id": reason.entity_id,
                "doc_no": reason.doc_no,
            }
            for reason in decision.reasons
        ],
        "matches": [_match(one, hits[one.matched.dossier.entity_id], basis) for one in shown],
        "hindsight_outcome": hindsight.outcome.value,
        "flags": [*_flags(asked, decision, hindsight, len(matched.matches) > len(shown)), *silent],
        "next_action_zh": decision.next_action_zh,
        "service_local_date": asked.service_date.isoformat(),
        "timezone": "Asia/Shanghai",
        "known_at": utc_text(screened_at) if asked.known_at is None else asked.known_at.isoformat(),
        "screened_at": utc_text(screened_at),
        "list_versions": basis.list_versions,
        "rule_version": basis.rule_version,
        "engine_version": engine_version(basis),
    }


def quiet_decision(asked: ScreeningInput, basis: DecisionBasis, circumstances: DecisionContext) -> Decision | None:
    """Return the decision about a party without hits that all others of its kind share; None where it has its own."""
    if not basis.is_now or _findings(asked):
        return None
    return basis.shared(_question(asked), basis.as_known, circumstances)


def has_unreadable_text(asked: ScreeningInput) -> bool:
    """Whether a free text is garbled, so that a listed name in it would be met by nothing."""
    return any(map(is_unreadable, asked.counterparty.free_texts().values()))


def _question(asked: ScreeningInput) -> ServiceQuestion:
    party = asked.counterparty
    usccs = [one.value for one in party.identifiers if one.scheme is Scheme.USCC]
    return ServiceQuestion(
        service=asked.service,
        service_date=asked.service_date,
        counterparty_kind=party.kind,
        initiated_on=asked.initiated_on,
        name=party.name,
        products=party.products,
        has_authority_code=all(value.startswith(_AUTHORITY_USCC) for value in usccs) if usccs else None,
        has_organisation_code=any(one.scheme in ONE_PER_ORGANISATION for one in party.identifiers),
        business_scope=party.business_scope,
        region_code=party.region_code,
    )


def _findings(asked: ScreeningInput) -> tuple[TextFinding, ...]:
    party = asked.counterparty
    texts = party.texts()
    texts |= {f"identifiers[{i}]": one.value for i, one in enumerate(party.identifiers) if one.scheme in _CHANNELS}
    found = [TextFinding("KEYWORD_ONLY", one.field, one.keyword) for one in keywords.scan(texts)]
    names = {"name": party.name} | {f"other_names[{i}]": one.name for i, one in enumerate(party.other_names)}
    found += [
        TextFinding("NAME_EXCHANGE_UNAPPROVED", place, EXCHANGE)
        for place, name in names.items()
        if exchange_in_name(name)
    ]
    return tuple(found)


def _hits(queries: Sequence[Query], snapshot: Snapshot, known: NameMatches | None) -> list[dict[str, Hit]]:
    found = snapshot.index.search_many(queries, _WEIGHED_MAX, known)
    return [{hit.key: _unsure_of_persons(hit, snapshot) for hit in hits} for hits in found]


def _unsure_of_persons(hit: Hit, snapshot: Snapshot) -> Hit:
    """Return a hit on a listed natural person as STRONG at most, unless an identifier is equal.

    Many people have one name: a name alone never confirms a person (D02).
    """
    if hit.strength is not Strength.CONFIRMED or any(one.agrees for one in hit.explanation.fields):
        return hit
    if snapshot.dossiers[hit.key].kind is not EntityKind.PERSON:
        return hit
    return replace(hit, strength=Strength.STRONG, score=min(hit.score, _SCORE_UNSURE))


def _decide(
    question: ServiceQuestion,
    findings: tuple[TextFinding, ...],
    hits: Mapping[str, Hit],
    snapshot: Snapshot,
    basis: DecisionBasis,
    circumstances: DecisionContext,
) -> Decision:
    if not hits and not findings:
        return basis.quiet(question, snapshot, circumstances)
    matched = tuple(
        MatchedEntity(
            snapshot.dossiers[hit.key],
            hit.strength.value,
            hit.score,
            by_identifier=hit.person_role is None and any(one.agrees for one in hit.explanation.fields),
            identifier_conflict=hit.identifier_conflict,
            by_own_name=hit.query_field == "name" and not hit.is_contained,
            person_role=hit.person_role,
        )
        for hit in hits.values()
    )
    coverage = basis.coverage(snapshot, circumstances)
    return decide(
        question,
        matched=matched,
        findings=findings,
        coverage=coverage,
        dossiers=snapshot.dossiers,
        parameters=basis.parameters,
        table=basis.table,
    )


def _followed(
    question: ServiceQuestion,
    findings: tuple[TextFinding, ...],
    hits: Mapping[str, Hit],
    snapshot: Snapshot,
    basis: DecisionBasis,
    circumstances: DecisionContext,
) -> tuple[Decision, Decision, list[str]]:
    """Return the decision on all hits, that without the suppressed ones, and the flags that tell of these.

    A BLOCK is never suppressed: only what an authority does changes it.
    """
    decision = _decide(question, findings, hits, snapshot, basis, circumstances)
    blocking = {one.matched.dossier.entity_id for one in decision.matches if one.outcome is Outcome.BLOCK}
    silent = {key: by for key, by in circumstances.suppressed if key in hits and key not in blocking}
    if not silent:
        return decision, decision, []
    left = {key: hit for key, hit in hits.items() if key not in silent}
    followed = _decide(question, findings, left, snapshot, basis, circumstances)
    return decision, followed, ["SUPPRESSED", *(f"SUPPRESSED:{by}" for by in dict.fromkeys(silent.values()))]


def _match(decided: MatchDecision, hit: Hit, basis: DecisionBasis) -> dict[str, Any]:
    dossier = decided.matched.dossier
    listing = None
    if decided.episode is not None:
        listing = str(listing_id(dossier.list_code, dossier.external_id, decided.category.value, decided.episode))
    return {
        "entity_id": dossier.entity_id,
        "external_id": dossier.external_id,
        "listing_id": listing,
        "list_code": dossier.list_code,
        "list_version": basis.used[dossier.list_code],
        "category": decided.category.value,
        "status": decided.status,
        "effective_from": decided.effective_from.isoformat() if decided.effective_from else None,
        "name_listed": hit.name.text,
        "name_type": hit.name.type.value,
        "strength": hit.strength.value,
        "score": hit.score,
        "outcome": decided.outcome.value,
        "inherited_from": decided.inherited_from,
        "explanation": _explanation(hit.explanation),
    }


def _explanation(explanation: Explanation) -> dict[str, Any]:
    return {
        "summary_zh": explanation.summary_zh,
        "summary_en": explanation.summary_en,
        "fields": [
            {
                "field": one.field,
                "listed": one.listed,
                "given": one.given,
                "agrees": one.agrees,
                "text_zh": one.text_zh,
                "text_en": one.text_en,
            }
            for one in explanation.fields
        ],
        "name_parts": [
            {
                "part": one.part,
                "listed": one.listed,
                "given": one.given,
                "likeness": one.likeness,
                "text_zh": one.text_zh,
                "text_en": one.text_en,
            }
            for one in explanation.name_parts
        ],
        "differences": [
            {
                "kind": one.kind,
                "listed": one.listed,
                "given": one.given,
                "text_zh": one.text_zh,
                "text_en": one.text_en,
            }
            for one in explanation.differences
        ],
    }


def _flags(asked: ScreeningInput, decision: Decision, hindsight: Decision, has_more: bool) -> list[str]:  # noqa: FBT001 - private
    flags = list(decision.flags)
    if decision.outcome is Outcome.PASS and hindsight.outcome is not Outcome.PASS:
        flags.append("RETRO_HIT")
    if any(one.checksum_ok is False for one in asked.counterparty.identifiers):
        flags.append("IDENTIFIER_CHECKSUM")
    if any(is_masked(one) for one in asked.counterparty.identifiers if one.scheme is Scheme.ACCOUNT):
        flags.append("IDENTIFIER_MASKED")
    if has_unreadable_text(asked):
        flags.append("TEXT_GARBLED")
    if has_more:
        flags.append("MORE_MATCHES")
    return flags
