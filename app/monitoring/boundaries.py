"""On which dates a decision may come out otherwise, with nothing new known: the boundaries of an entity.  Pure.

A decision reads the service date only by comparing it with dates that are in the dossiers and in the parameters.
This module names all of them; between two neighbouring boundaries a decision is constant (a property test holds that
against random dossiers).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from app.policy.evaluate import DEPTH_MAX
from app.policy.model import Approval, Dossier, Event, Listing
from app.policy.parameters import Parameters
from app.policy.vocabulary import Category

_DAY: Final = timedelta(days=1)


def boundaries(dossier: Dossier, parameters: Parameters) -> frozenset[date]:
    """Return the dates from which on something that one dossier says may count otherwise."""
    return frozenset(_of_dossier(dossier, parameters))


def lineage(dossiers: Mapping[str, Dossier], entity_ids: Iterable[str]) -> frozenset[str]:
    """Return the entities and those whose decisions they may inherit, as many steps up as inheritance goes."""
    found = {one for one in entity_ids if one in dossiers}
    newest = found
    for _ in range(DEPTH_MAX):
        newest = {
            parent
            for one in newest
            for relation in dossiers[one].relations
            for parent in relation.parent_ids
            if parent in dossiers
        } - found
        found = found | newest
    return frozenset(found)


def heirs(dossiers: Mapping[str, Dossier], entity_ids: Iterable[str]) -> frozenset[str]:
    """Return the entities and those that may inherit a decision from them: the way back of :func:`lineage`."""
    children: dict[str, set[str]] = {}
    for dossier in dossiers.values():
        for relation in dossier.relations:
            for parent in relation.parent_ids:
                children.setdefault(parent, set()).add(dossier.entity_id)
    found = set(entity_ids)
    newest = found
    for _ in range(DEPTH_MAX):
        newest = {child for one in newest for child in children.get(one, ())} - found
        found = found | newest
    return frozenset(found)


def next_boundary(
    dossiers: Mapping[str, Dossier], entity_ids: Iterable[str], parameters: Parameters, after: date
) -> date | None:
    """Return the first date after a date on which a decision on these entities may change; None for never."""
    days = (day for one in lineage(dossiers, entity_ids) for day in boundaries(dossiers[one], parameters))
    return min((day for day in days if day > after), default=None)


def _of_dossier(dossier: Dossier, parameters: Parameters) -> Iterator[date]:
    yield from _of_parameters(parameters)
    yield from _of_cutoff(dossier, parameters, None)
    for listing in dossier.listings:
        yield from _of_listing(listing)
        for event in listing.events:
            yield from _of_cutoff(dossier, parameters, event.rectify_deadline)
            yield from _of_event(event)
    firsts = [event.effective_on for listing in dossier.listings for event in listing.events]
    for name in dossier.names:
        yield from _span(name.valid_from, name.valid_to)
    for first in firsts:
        yield first + timedelta(days=parameters.rename_window_days) + _DAY
    for relation in dossier.relations:
        yield from _span(relation.valid_from, relation.valid_to)
        yield from _of_approval(relation.home_approval)
        yield from _of_approval(relation.member_approval)
    if dossier.wind_down is not None and dossier.wind_down.until is not None:
        yield dossier.wind_down.until + _DAY


def _of_parameters(parameters: Parameters) -> Iterator[date]:
    yield from (parameters.notice_from, parameters.published_on)
    yield from (parameters.moratorium_from, parameters.moratorium_until + _DAY)


def _of_cutoff(dossier: Dossier, parameters: Parameters, deadline: date | None) -> Iterator[date]:
    cutoff = parameters.cutoff_of(dossier.list_jurisdiction, Category.VIOLATING, deadline)
    # The flag of the cutoff date itself ends on the day after it.
    yield from (cutoff.cutoff_date, cutoff.cutoff_date + _DAY, cutoff.first_blocked)
    if deadline is not None:
        yield deadline + _DAY


def _of_listing(listing: Listing) -> Iterator[date]:
    for event in listing.events:
        yield event.effective_on
        # Whether a listing was learned before its date or after it.
        yield event.known_on


def _of_event(event: Event) -> Iterator[date]:
    if event.determined_on is not None:
        yield event.determined_on
    yield from _of_approval(event.approval)
    if event.document is not None:
        for day in (event.document.dated, event.document.filed_on):
            if day is not None:
                yield day


def _of_approval(approval: Approval | None) -> Iterator[date]:
    if approval is not None and approval.dated is not None:
        yield approval.dated


def _span(first: date | None, last: date | None) -> Iterator[date]:
    if first is not None:
        yield first
    if last is not None:
        yield last + _DAY
