"""What the law says of one listed entity from date to date: where its outcome begins, changes and stays.  Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.policy.evaluate import DEPTH_MAX, EvaluationContext, evaluate_match
from app.policy.model import Dossier, MatchedEntity, ServiceQuestion
from app.policy.parameters import Parameters
from app.policy.rule import RuleTable
from app.policy.vocabulary import Category, Outcome

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The outcome from a date on, until the next stretch; ``rule`` and ``status`` are those that decide it.

    ``first`` is None for what holds on all dates before the first change.
    """

    first: date | None
    outcome: Outcome
    rule: str
    status: str | None


def course(
    dossier: Dossier,
    question: ServiceQuestion,
    dossiers: Mapping[str, Dossier],
    parameters: Parameters,
    table: RuleTable,
) -> tuple[Stretch, ...]:
    """Return the stretches of an entity for a service, oldest first; the date of the question does not matter.

    It is the outcome of who certainly is the entity (CONFIRMED).  ``dossiers`` hold the parents of its relations.
    """
    stretches: list[Stretch] = []
    for day in sorted(set(_turning_points(dossier, dossiers, parameters))):
        found = outcome_on(day, dossier, question, dossiers, parameters, table)
        if not stretches:
            stretches.append(replace(found, first=None))
        elif (stretches[-1].outcome, stretches[-1].status) != (found.outcome, found.status):
            stretches.append(found)
    return tuple(stretches)


def outcome_on(
    day: date,
    dossier: Dossier,
    question: ServiceQuestion,
    dossiers: Mapping[str, Dossier],
    parameters: Parameters,
    table: RuleTable,
) -> Stretch:
    """Return what the law says of who certainly is the entity, on one date."""
    context = EvaluationContext(replace(question, service_date=day), dossiers, parameters, table)
    decisions = evaluate_match(context, MatchedEntity(dossier, "CONFIRMED", 100))
    counted = [one for one in decisions if one.is_listed and not one.is_ignored]
    worst = max(counted, key=lambda one: one.outcome.severity, default=None)
    if worst is None:
        return Stretch(day, Outcome.PASS, "", decisions[0].status if decisions else None)
    return Stretch(day, worst.outcome, worst.rule, worst.status)


def _turning_points(dossier: Dossier, dossiers: Mapping[str, Dossier], parameters: Parameters) -> Iterator[date]:
    """Yield every date on which the outcome may change; on all others it is that of the day before."""
    yield from (parameters.notice_from, parameters.published_on)
    for one in kin(dossier, dossiers).values():
        cutoff = parameters.cutoff_of(one.list_jurisdiction, Category.VIOLATING)
        yield from (cutoff.cutoff_date, cutoff.cutoff_date + _DAY, cutoff.first_blocked)
        for listing in one.listings:
            for event in listing.events:
                yield from (event.effective_on, event.effective_on + _DAY)
                if event.rectify_deadline is not None:
                    yield from (event.rectify_deadline, event.rectify_deadline + _DAY)
        for relation in one.relations:
            yield relation.valid_from
            if relation.valid_to is not None:
                yield relation.valid_to + _DAY
        if one.wind_down is not None and one.wind_down.until is not None:
            yield one.wind_down.until + _DAY


def kin(dossier: Dossier, dossiers: Mapping[str, Dossier]) -> dict[str, Dossier]:
    """Return an entity with those above it, as far as outcomes are inherited, by entity id."""
    found = {dossier.entity_id: dossier}
    level = [dossier]
    for _ in range(DEPTH_MAX):
        ids = {parent for one in level for relation in one.relations for parent in relation.parent_ids}
        level = [dossiers[one] for one in sorted(ids - found.keys()) if one in dossiers]
        found |= {one.entity_id: one for one in level}
    return found
