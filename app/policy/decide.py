"""One question, what matched, what the texts show and what was looked at: one decision.  Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from app.names.party_words import names_organisation
from app.policy.evaluate import EvaluationContext, evaluate_match
from app.policy.facts import PartyFacts, is_named
from app.policy.model import (
    Coverage,
    Decision,
    Dossier,
    MatchDecision,
    MatchedEntity,
    Reason,
    ServiceQuestion,
    TextFinding,
)
from app.policy.parameters import Parameters
from app.policy.rule import Rule, RuleTable
from app.policy.staff_texts import next_action_zh
from app.policy.vocabulary import Category, CounterpartyKind, EntityKind, Outcome

_STRENGTHS: Final = ("CONFIRMED", "STRONG", "WEAK", "KEYWORD")
_COVERED: Final = (
    Category.VIOLATING,
    Category.WEIPAN,
    Category.UNAPPROVED_VENUE,
    Category.ILLEGAL_EPLATFORM,
    Category.NOTIFIED,
)


def decide(
    question: ServiceQuestion,
    *,
    matched: Sequence[MatchedEntity],
    findings: Sequence[TextFinding],
    coverage: Coverage,
    dossiers: Mapping[str, Dossier],
    parameters: Parameters,
    table: RuleTable,
) -> Decision:
    """Return the decision: the rows in their order for each match, the cap, the most severe, the floor.

    ``dossiers`` are those of the snapshot by entity id, linked, for the parents of relations.
    """
    question, is_doubted = _as_believed(question, matched)
    context = EvaluationContext(question, dossiers, parameters, table)
    decisions = [decision for one in matched for decision in evaluate_match(context, one)]
    matches = _in_order(one for one in decisions if not one.is_flag_only)
    listed = [one for one in matches if one.is_listed and not one.is_ignored]
    passes = all(one.outcome is Outcome.PASS for one in listed)
    case = PartyFacts(
        question,
        parameters,
        coverage,
        tuple(findings),
        tuple(one.matched for one in matches if not one.is_listed and one.clears),
        has_listed_match=bool(listed),
        passes=passes,
        is_cleared=passes and any(one.clears and one.matched.strength == "CONFIRMED" for one in listed),
    )
    of_party = _of_party(case, table)
    own = [reason for one in matches for reason in one.reasons]
    is_raised = any(rule.outcome is not Outcome.PASS for rule in of_party)
    stated = _stated(of_party, case)
    reasons = [*stated, *own] if is_raised else [*own, *stated]
    outcome = max(
        (*(one.outcome for one in listed), *(rule.outcome for rule in of_party)),
        key=lambda one: one.severity,
        default=Outcome.PASS,
    )
    if outcome is Outcome.PASS:
        floors = [rule for rule in table.floors if rule.holds(case)]
        if floors:
            outcome = max((rule.outcome for rule in floors), key=lambda one: one.severity)
            reasons = [*_stated(floors, case), *reasons]
    flags = _flags(case, matches, dossiers=[one.dossier for one in matched])
    further = {flag for one in decisions if one.is_flag_only for flag in one.flags}
    if is_doubted:
        further.add("KIND_NOT_BELIEVED")
    flags = tuple(sorted({*flags, *further}))
    deduplicated = tuple(dict.fromkeys(reasons))
    return Decision(outcome, deduplicated, matches, flags, next_action_zh(outcome, deduplicated, flags))


def _as_believed(question: ServiceQuestion, matched: Sequence[MatchedEntity]) -> tuple[ServiceQuestion, bool]:
    """Return the question with the kind of the party that is believed, and whether the declared kind was not.

    A party declared a natural person is an organisation where its name or an identifier says so, or where its name
    is that of a listed organisation (D24).
    """
    if question.counterparty_kind is not CounterpartyKind.PERSON:
        return question, False
    is_organisation = (
        question.has_organisation_code
        or names_organisation(question.name)
        or any(
            one.dossier.kind is not EntityKind.PERSON and one.by_own_name and is_named(one.dossier, question.name)
            for one in matched
        )
    )
    if not is_organisation:
        return question, False
    return replace(question, counterparty_kind=CounterpartyKind.ORGANISATION), True


def _in_order(decisions: Iterable[MatchDecision]) -> tuple[MatchDecision, ...]:
    """Sort: listed before approved, the most severe first, then strength, score, external id, list, category."""
    return tuple(
        sorted(
            decisions,
            key=lambda one: (
                not one.is_listed,
                -one.outcome.severity,
                one.is_ignored,
                _STRENGTHS.index(one.matched.strength),
                -one.matched.score,
                one.matched.dossier.external_id,
                one.matched.dossier.list_code,
                one.category.value,
            ),
        )
    )


def _of_party(case: PartyFacts, table: RuleTable) -> list[Rule[PartyFacts]]:
    """Return every row that raises the party, or else the first that lets it pass."""
    raising = [rule for rule in table.party if rule.outcome is not Outcome.PASS and rule.holds(case)]
    return raising or [rule for rule in table.party if rule.outcome is Outcome.PASS and rule.holds(case)][:1]


def _stated(rules: Iterable[Rule[PartyFacts]], case: PartyFacts) -> list[Reason]:
    entity_id = case.approved[0].dossier.entity_id if case.approved else None
    return [
        Reason(
            code=ground.code or rule.code,
            basis_code=ground.basis_code,
            text_zh=ground.text_zh.format_map(case.words),
            text_en=ground.text_en.format_map(case.words),
            rule=rule.name,
            entity_id=entity_id if rule.is_about_approved else None,
        )
        for rule in rules
        for ground in rule.grounds
    ]


@cache
def _uncovered(categories: frozenset[str]) -> tuple[str, ...]:
    """Return the flags of what no list covers; hardly anything is asked as often and answered as alike."""
    return tuple(f"NO_LIST:{category}" for category in _COVERED if category.value not in categories)


def _is_backfilled(dossier: Dossier) -> bool:
    return any(event.backfilled for listing in dossier.listings for event in listing.events)


def _flags(case: PartyFacts, matches: Iterable[MatchDecision], dossiers: Collection[Dossier]) -> tuple[str, ...]:
    coverage = case.coverage
    flags = [flag for one in matches for flag in one.flags]
    flags.extend(f"KEYWORD:{finding.field}" for finding in case.keywords)
    flags.extend(_uncovered(coverage.categories))
    jurisdictions = coverage.jurisdictions | {dossier.list_jurisdiction for dossier in dossiers}
    for flag, holds in (
        (
            "CUTOFF_DAY",
            any(case.parameters.cutoff_of(one, Category.VIOLATING).cutoff_date == case.on for one in jurisdictions),
        ),
        ("LISTS_NARROWED", coverage.narrowed),
        ("BEFORE_FIRST_VERSION", coverage.before_first_version),
        ("BACKFILLED", coverage.backfilled or any(_is_backfilled(dossier) for dossier in dossiers)),
    ):
        if holds:
            flags.append(flag)
    return tuple(sorted(set(flags)))
