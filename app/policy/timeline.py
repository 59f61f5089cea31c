"""The status machine: what status a listing has on a date, as known in the dossier at hand (docs/law.md 3).

All episodes of a listing are one line of time.  The last event effective on or before the date decides, a later
episode is not seen before its date, and nothing ever expires.  Events that :data:`.transitions.TRANSITIONS` does not
let count change nothing.  A CLOSE, MERGE or TRANSFER dated before the listing counts from the listing's first day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from app.policy.model import Event, Listing
from app.policy.transitions import ACTIVE, CLEARED, TRANSITIONS
from app.policy.vocabulary import Action, Category, Status

_OPENING: Final = frozenset({Action.ADD, Action.RELIST})
_ENDING: Final = frozenset({Action.CLOSE, Action.MERGE, Action.TRANSFER})
_CLEARING: Final = frozenset({Action.CLEAR, Action.ACCEPT})

Counts = Callable[[Event], bool]
"""Whether the evidence of an event counts: its issuer is accepted, its approval is of the right province."""


def _every_event(_event: Event) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingStatus:
    """The status of a listing on a date.

    ``episode`` counts from 1; ``effective_from`` is the first day of the episode, ``first_listed`` that of the first.
    ``decided_by`` is the event that gave the status, ``clearances`` the clearing events of the episode that hold on
    the date, ``confirmed_late`` the confirmation of a late one.
    """

    status: Status
    episode: int
    effective_from: date
    first_listed: date
    opened_by: Event
    decided_by: Event
    clearances: tuple[Event, ...] = ()
    confirmed_late: Event | None = None
    rectify_deadline: date | None = None

    @property
    def is_active(self) -> bool:
        """Whether the listing is in force on the date."""
        return self.status in ACTIVE


@dataclass(slots=True)
class _Line:
    """The machine while it runs over the events in the order of their effective dates."""

    category: Category
    counts: Counts
    requires_both: bool
    opened_by: Event
    status: Status = Status.LISTED
    episode: int = 1
    effective_from: date = date.max
    decided_by: Event | None = None
    clearances: list[Event] = field(default_factory=list)
    confirmed_late: Event | None = None
    rectify_deadline: date | None = None

    def apply(self, event: Event) -> None:
        if event.rectify_deadline is not None:
            self.rectify_deadline = event.rectify_deadline
        action = Action.RELIST if event.action in _OPENING else event.action
        transition = TRANSITIONS[action]
        if not transition.counts(self.category, self.status):
            return
        if action is Action.RELIST:
            self._open(event)
        elif action is Action.CONFIRM_LATE:
            self.confirmed_late = event
        elif transition.to is not None and self.counts(event):
            if action in _CLEARING:
                self._clear(event, transition.to)
            else:
                self._become(transition.to, event)

    def _open(self, event: Event) -> None:
        self.episode += 1
        self.clearances = []
        self.confirmed_late = None
        self._become(Status.RELISTED, event)
        self.effective_from = event.effective_on

    def _clear(self, event: Event, to: Status) -> None:
        self.clearances.append(event)
        if self.status in CLEARED:
            return
        if not self.requires_both or {one.action for one in self.clearances} == _CLEARING:
            self._become(to, event)

    def _become(self, status: Status, event: Event) -> None:
        self.status = status
        self.decided_by = event


def status_on(
    listing: Listing, on: date, *, counts: Counts = _every_event, requires_both_clearances: bool = False
) -> ListingStatus | None:
    """Return what status the listing has on a date.

    Before the first effective date the status is FUTURE, after a withdrawal WITHDRAWN_ERROR: void from ``void_from``,
    and on every date where that is the origin.  ``None`` only for a listing without an opening event.
    """
    events, withdrawal = _not_void(listing.events)
    opening = min((event for event in events if event.action in _OPENING), key=_effective_on, default=None)
    if opening is None:
        return _withdrawn(listing, withdrawal) if withdrawal else None
    first = opening.effective_on
    if withdrawal is not None and withdrawal.effective_on <= on:
        return _withdrawn(listing, withdrawal)
    if first > on:
        return ListingStatus(
            status=Status.FUTURE,
            episode=1,
            effective_from=first,
            first_listed=first,
            opened_by=opening,
            decided_by=opening,
        )
    line = _Line(
        listing.category,
        counts,
        requires_both_clearances,
        opening,
        Status.RELISTED if opening.action is Action.RELIST else Status.LISTED,
        effective_from=first,
        rectify_deadline=opening.rectify_deadline,
    )
    for event in _in_order(events, first):
        if event is not opening and event.effective_on <= on and (event.effective_on >= first or _counts_early(event)):
            line.apply(event)
    return ListingStatus(
        status=line.status,
        episode=line.episode,
        effective_from=line.effective_from,
        first_listed=first,
        opened_by=opening,
        decided_by=line.decided_by or opening,
        clearances=tuple(line.clearances),
        confirmed_late=line.confirmed_late,
        rectify_deadline=line.rectify_deadline,
    )


def is_active_at_last(listing: Listing) -> bool:
    """Whether, with all that is known and all dates passed, the listing is in force."""
    at_last = status_on(listing, date.max)
    return at_last is not None and at_last.is_active


def _counts_early(event: Event) -> bool:
    return event.action in _ENDING or event.action is Action.UPDATE


def _effective_on(event: Event) -> date:
    return event.effective_on


def _in_order(events: Sequence[Event], first: date) -> Sequence[Event]:
    """Events by effective date; what became known later comes later on the same date (sorting is stable)."""
    if len(events) == 1:
        return events
    return sorted(events, key=lambda event: max(event.effective_on, first))


def _not_void(events: tuple[Event, ...]) -> tuple[Sequence[Event], Event | None]:
    """Return the events that no later withdrawal made void, and the withdrawal where nothing re-opened the line."""
    live: list[Event] = []
    withdrawal: Event | None = None
    for event in events:
        if event.action is Action.WITHDRAW_ERROR:
            live = [one for one in live if one.effective_on < event.effective_on]
            withdrawal = event
        else:
            live.append(event)
            if event.action in _OPENING:
                withdrawal = None
    return live, withdrawal


def _withdrawn(listing: Listing, withdrawal: Event) -> ListingStatus:
    opened_by = next(event for event in listing.events if event.action in _OPENING)
    first = opened_by.effective_on
    return ListingStatus(
        status=Status.WITHDRAWN_ERROR,
        episode=1,
        effective_from=first,
        first_listed=first,
        opened_by=opened_by,
        decided_by=withdrawal,
    )
