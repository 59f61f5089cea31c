"""What the law makes of one matched entity: its listings, its relations, its approvals, and the cap on unsure ones."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from app.policy.facts import LISTED_CATEGORIES, EntityFacts, ListingFacts, Parents, RelationFacts, approval_on
from app.policy.model import Dossier, Event, Listing, MatchDecision, MatchedEntity, Reason, Relation, ServiceQuestion
from app.policy.parameters import Parameters, is_same_province
from app.policy.rule import LegalBasis, Rule, RuleTable
from app.policy.sources import cited_from, source_elsewhere
from app.policy.timeline import ListingStatus, status_on
from app.policy.vocabulary import (
    Action,
    Category,
    CounterpartyKind,
    EntityKind,
    Outcome,
    RelationStatus,
    RelationType,
    Status,
)

DEPTH_MAX: Final = 2
"""How many steps an outcome is inherited (docs/law.md 4)."""

_ONLY_BLOCK: Final = frozenset({"IN_FLIGHT", "BEFORE_PUBLICATION"})
_APPROVED_AUTHORISATIONS: Final = frozenset({"APPROVED", "OTHER_PROVINCE_APPROVED"})


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """What every judgement of one decision shares."""

    question: ServiceQuestion
    dossiers: Mapping[str, Dossier]
    parameters: Parameters
    table: RuleTable

    def cited(self, grounds: tuple[LegalBasis, ...], dossier: Dossier) -> tuple[LegalBasis, ...]:
        """Return grounds as the list of an entity cites them."""
        return cited_from(grounds, source_elsewhere(self.parameters, dossier.list_jurisdiction))

    def standing_of(self, dossier: Dossier, listing: Listing) -> ListingStatus | None:
        """Return what status a listing has on the service date."""
        return standing_of(dossier, listing, self.question.service_date, self.parameters)


def standing_of(dossier: Dossier, listing: Listing, on: date, parameters: Parameters) -> ListingStatus | None:
    """Return what status a listing has on a date, with the evidence that the list's jurisdiction accepts."""

    def counts(event: Event) -> bool:
        if event.action is Action.CLEAR:
            issuer = event.document.issuer if event.document else None
            return parameters.accepts_opinion_of(dossier.list_jurisdiction, issuer)
        if event.action is Action.APPROVE:
            region_code = event.approval.region_code if event.approval else None
            return is_same_province(region_code, dossier.list_jurisdiction)
        return True

    cutoff = parameters.cutoff_of(dossier.list_jurisdiction, Category.VIOLATING)
    return status_on(listing, on, counts=counts, requires_both_clearances=cutoff.requires_both_clearances)


def evaluate_match(context: EvaluationContext, matched: MatchedEntity) -> tuple[MatchDecision, ...]:
    """Return what the law makes of a match, under each of its listings, capped where it is not CONFIRMED."""
    if matched.person_role is not None:
        return _of_person_behind(context, matched)
    decisions = _of_entity(context, matched, frozenset({matched.dossier.entity_id}), depth=0)
    if matched.strength == "CONFIRMED" and not matched.identifier_conflict:
        return decisions
    return tuple(_capped(context, decision) for decision in decisions)


def _capped(context: EvaluationContext, decision: MatchDecision) -> MatchDecision:
    if decision.outcome is Outcome.PASS:
        return decision
    matched = decision.matched
    rule = context.table.caps.get(matched.strength, context.table.caps["STRONG"])
    case = EntityFacts(context.question, matched, context.parameters)
    return MatchDecision(
        matched=matched,
        rule=f"{rule.id}+{decision.rule}",
        outcome=rule.outcome,
        category=decision.category,
        status=decision.status,
        effective_from=decision.effective_from,
        episode=decision.episode,
        inherited_from=decision.inherited_from,
        is_listed=decision.is_listed,
        is_ignored=decision.is_ignored,
        clears=decision.clears,
        reasons=(
            *_reasons(context.cited(rule.grounds, matched.dossier), rule, case.words, matched.dossier.entity_id, None),
            *decision.reasons,
        ),
        flags=tuple(flag for flag in decision.flags if flag not in _ONLY_BLOCK),
    )


def _of_entity(
    context: EvaluationContext, matched: MatchedEntity, path: frozenset[str], *, depth: int
) -> tuple[MatchDecision, ...]:
    dossier = matched.dossier
    entity_case = EntityFacts(context.question, matched, context.parameters)
    standings = {
        listing.category: found
        for listing in dossier.listings
        if (found := context.standing_of(dossier, listing)) is not None
    }
    approved = standings.pop(Category.APPROVED, None)
    decisions: list[MatchDecision] = []
    out_of_scope = next((rule for rule in context.table.entity if rule.holds(entity_case)), None)
    if out_of_scope is not None and standings:
        category, found = next(iter(standings.items()))
        reasons = _reasons(out_of_scope.grounds, out_of_scope, entity_case.words, dossier.entity_id, None)
        decisions.append(_decision(matched, out_of_scope, category, found, reasons, out_of_scope.flags))
    elif out_of_scope is None:
        decisions.extend(_of_listings(context, matched, standings))
        related = standings.get(Category.RELATED)
        is_related = related is not None and related.is_active
        if not any(_binds(category, found) for category, found in standings.items()):
            decisions.extend(_of_relations(context, matched, path, depth=depth, is_related=is_related))
    if approved is not None:
        decisions.append(_approved_decision(matched, approved))
    return tuple(decisions)


def _binds(category: Category, found: ListingStatus) -> bool:
    """Whether it is a listing of the entity's own that is in effect on the date, whatever has become of it."""
    return category in LISTED_CATEGORIES and found.status not in {Status.FUTURE, Status.WITHDRAWN_ERROR}


def _of_listings(
    context: EvaluationContext, matched: MatchedEntity, standings: Mapping[Category, ListingStatus]
) -> Iterator[MatchDecision]:
    for category, found in standings.items():
        if category is Category.RELATED and found.status not in {Status.FUTURE, Status.WITHDRAWN_ERROR}:
            continue
        case = ListingFacts(context.question, matched.dossier, category, found, context.parameters)
        rule = next(rule for rule in context.table.listing if rule.holds(case))
        event = case.document_event
        doc_no = event.document.doc_no if event.document else None
        grounds = rule.grounds_on(
            is_cutoff_date=case.on == case.cutoff.cutoff_date, has_own_deadline=case.has_own_deadline
        )
        grounds = context.cited(grounds, matched.dossier)
        reasons = _reasons(grounds, rule, case.words, matched.dossier.entity_id, doc_no)
        yield _decision(matched, rule, category, found, reasons, _listing_flags(case, rule))


def _listing_flags(case: ListingFacts, rule: Rule[ListingFacts]) -> tuple[str, ...]:
    flags = list(rule.flags)
    question, parameters = case.question, case.parameters
    if rule.outcome is Outcome.BLOCK and case.category is Category.VIOLATING:
        initiated_on = question.initiated_on
        if initiated_on is not None and initiated_on < case.cutoff.first_blocked <= case.on:
            flags.append("IN_FLIGHT")
    if rule.outcome is Outcome.BLOCK and parameters.notice_from <= case.on < parameters.published_on:
        flags.append("BEFORE_PUBLICATION")
    if rule.clears and case.standing.clearances and case.has_single_evidence:
        flags.append("SINGLE_EVIDENCE")
    if _is_renamed_after_listing(case):
        flags.append("RENAMED_AFTER_LISTING")
    return tuple(flags)


def _is_renamed_after_listing(case: ListingFacts) -> bool:
    first = case.standing.first_listed
    renamed = (name.valid_from for name in case.dossier.names if name.type in {"LEGAL", "FORMER"})
    return any(
        day is not None and first < day <= case.on and (day - first).days <= case.parameters.rename_window_days
        for day in renamed
    )


def _of_relations(
    context: EvaluationContext, matched: MatchedEntity, path: frozenset[str], *, depth: int, is_related: bool
) -> Iterator[MatchDecision]:
    dossier, on = matched.dossier, context.question.service_date
    in_force = [relation for relation in dossier.relations if _is_in_force(relation, on)]
    if not in_force and not dossier.relations and is_related and not _is_approved_venue(dossier):
        in_force = [_unstated(dossier)]
    for relation in in_force:
        parents, best = _parents_of(context, dossier, relation, path, depth=depth)
        if parents.is_ignored:
            continue
        case = RelationFacts(context.question, dossier, relation, parents, context.parameters)
        rule = next(rule for rule in context.table.relation if rule.holds(case))
        grounds = tuple(ground for ground in rule.grounds if not ground.is_of_outside_units or case.has_outside_parent)
        reasons = _reasons(context.cited(grounds, dossier), rule, case.words, dossier.entity_id, None)
        flags = best.flags if best else ()
        yield MatchDecision(
            matched=matched,
            rule=rule.name,
            outcome=rule.outcome,
            category=Category.RELATED,
            status=best.status if best else None,
            effective_from=best.effective_from if best else relation.valid_from,
            episode=None,
            inherited_from=best.matched.dossier.entity_id if best else None,
            reasons=(*reasons, *(best.reasons if best and rule.outcome is not Outcome.PASS else ())),
            flags=flags if rule.outcome is Outcome.BLOCK else tuple(one for one in flags if one not in _ONLY_BLOCK),
            clears=rule.clears,
        )


def _of_person_behind(context: EvaluationContext, matched: MatchedEntity) -> tuple[MatchDecision, ...]:
    """Return what follows for a party that has the name of a person behind a listed entity (换壳).

    A person's name alone is a weak sign: it counts where a relation begins, or where the place of registration is
    the same; elsewhere it is a flag and no finding.
    """
    dossier = matched.dossier
    type_ = RelationType.LEGAL_REP_OF if matched.person_role == "legal_rep" else RelationType.CONTROLS
    first = dossier.listings[0].events[0]
    relation = Relation(
        type=type_,
        status=RelationStatus.INFERRED,
        valid_from=first.effective_on,
        list_version=first.list_version,
        known_from=first.known_from,
        parent_name=dossier.legal_name,
        parent_ids=(dossier.entity_id,),
    )
    parents, best = _parents_of(context, dossier, relation, frozenset(), depth=0)
    case = RelationFacts(context.question, dossier, relation, parents, context.parameters)
    rule = next((rule for rule in context.table.person if rule.holds(case)), None)
    if rule is None or best is None:
        return ()
    return (
        MatchDecision(
            matched=matched,
            rule=rule.name,
            outcome=rule.outcome,
            category=Category.RELATED,
            status=best.status,
            effective_from=best.effective_from,
            episode=None,
            inherited_from=dossier.entity_id,
            is_flag_only=rule.outcome is Outcome.PASS,
            reasons=_reasons(context.cited(rule.grounds, dossier), rule, case.words, dossier.entity_id, None),
            flags=rule.flags,
        ),
    )


def _is_in_force(relation: Relation, on: date) -> bool:
    return (
        not relation.is_void
        and relation.status is not RelationStatus.ENDED
        and relation.valid_from <= on
        and (relation.valid_to is None or on <= relation.valid_to)
    )


def _is_approved_venue(dossier: Dossier) -> bool:
    return dossier.kind is EntityKind.VENUE and dossier.authorisation in _APPROVED_AUTHORISATIONS


def _unstated(dossier: Dossier) -> Relation:
    """Return the relation of an entity that a list calls related without saying to whom: since it is on the list."""
    first = dossier.listings[0].events[0]
    return Relation(
        type=RelationType.CONTROLS,
        status=RelationStatus.INFERRED,
        valid_from=first.effective_on,
        list_version=first.list_version,
        known_from=first.known_from,
    )


def _parents_of(
    context: EvaluationContext, child: Dossier, relation: Relation, path: frozenset[str], *, depth: int
) -> tuple[Parents, MatchDecision | None]:
    """Return what the law makes of the parents, and the most severe judgement among them."""
    ids = (
        [one for one in relation.parent_ids if one not in path and one in context.dossiers] if depth < DEPTH_MAX else []
    )
    # The exceptions for persons and courts are the party's own; a venue above it has none of them.
    question = replace(context.question, counterparty_kind=CounterpartyKind.ORGANISATION, name="")
    above = replace(context, question=question)
    parents = [context.dossiers[one] for one in ids]
    judged = [
        decision
        for parent in parents
        for decision in _of_entity(
            above, MatchedEntity(parent, "CONFIRMED", 100), path | {parent.entity_id}, depth=depth + 1
        )
        if decision.is_listed
    ]
    is_withdrawn = any(decision.is_ignored for decision in judged)
    judged = [decision for decision in judged if not decision.is_ignored]
    best = max(judged, key=lambda decision: decision.outcome.severity, default=None)
    outcome = best.outcome if best else Outcome.PASS
    approved = [parent for parent in parents if _is_approved(context, parent)]
    is_cleared = outcome is Outcome.PASS and (bool(approved) or any(decision.clears for decision in judged))
    elsewhere = any(not is_same_province(_approving_region(context, one), child.list_jurisdiction) for one in approved)
    names = [relation.parent_name or "", *(parent.legal_name for parent in parents), relation.parent_external_id or ""]
    return (
        Parents(
            outcome,
            is_known=bool(judged or approved),
            is_ignored=is_withdrawn and not judged and not approved,
            is_cleared=is_cleared,
            is_approved_elsewhere=elsewhere or child.authorisation == "OTHER_PROVINCE_APPROVED",
            region_codes=frozenset(parent.region_code for parent in parents if parent.region_code),
            name=next((name for name in names if name), "（未载明）"),
        ),
        best,
    )


def _is_approved(context: EvaluationContext, dossier: Dossier) -> bool:
    if _is_approved_venue(dossier):
        return True
    return any(
        listing.category is Category.APPROVED
        and (found := context.standing_of(dossier, listing)) is not None
        and found.is_active
        for listing in dossier.listings
    )


def _approving_region(context: EvaluationContext, dossier: Dossier) -> str | None:
    approval = approval_on(dossier, context.question.service_date)
    return (approval.region_code if approval else None) or dossier.region_code


def _approved_decision(matched: MatchedEntity, found: ListingStatus) -> MatchDecision:
    return MatchDecision(
        matched=matched,
        rule="D25",
        outcome=Outcome.PASS,
        category=Category.APPROVED,
        status=(Status.APPROVED if found.is_active else found.status).value,
        effective_from=found.effective_from,
        episode=found.episode,
        is_listed=False,
        is_ignored=found.status is Status.WITHDRAWN_ERROR,
        clears=found.is_active,
    )


def _decision(
    matched: MatchedEntity,
    rule: Rule[Any],
    category: Category,
    found: ListingStatus,
    reasons: Iterable[Reason],
    flags: tuple[str, ...],
) -> MatchDecision:
    return MatchDecision(
        matched=matched,
        rule=rule.name,
        outcome=rule.outcome,
        category=category,
        status=found.status.value,
        effective_from=found.effective_from,
        episode=None if category is Category.RELATED else found.episode,
        is_ignored=rule.ignores,
        clears=rule.clears,
        reasons=tuple(reasons),
        flags=flags,
    )


def _reasons(
    grounds: Iterable[LegalBasis], rule: Rule[Any], words: Mapping[str, str], entity_id: str, doc_no: str | None
) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            code=ground.code or rule.code,
            basis_code=ground.basis_code,
            text_zh=ground.text_zh.format_map(words),
            text_en=ground.text_en.format_map(words),
            rule=rule.name,
            entity_id=entity_id,
            doc_no=doc_no,
        )
        for ground in grounds
    )
