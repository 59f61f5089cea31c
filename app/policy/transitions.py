"""The status machine of a listing as data (docs/law.md 3): which action is possible in which status, and its result.

A list file is held to it strictly.  The law reads what became a list all the same, and follows an action that no file
may report wherever leaving it out would be the milder reading: those exceptions are columns of the same table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.policy.vocabulary import Action, Category, Status

ACTIVE: Final = frozenset({Status.LISTED, Status.RECTIFYING, Status.RELISTED})
CLEARED: Final = frozenset({Status.CLEARED, Status.ACCEPTED})
ENDED: Final = frozenset({Status.CLOSED, Status.MERGED, Status.TRANSFERRED})

_ANY: Final = frozenset(Status)
_NOT_WITHDRAWN: Final = _ANY - {Status.FUTURE, Status.WITHDRAWN_ERROR}
_CATEGORIES: Final = frozenset(Category)
_LISTING: Final = _CATEGORIES - {Category.RELATED}
_VENUES: Final = _LISTING - {Category.WEIPAN, Category.ILLEGAL_EPLATFORM}
_VIOLATING: Final = frozenset({Category.VIOLATING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Where a file may report an action, and what it makes of a listing; ``to`` None leaves the status as it is.

    ``law_categories`` and ``law_since``: where the law follows it; None: where a file may report it.
    """

    categories: frozenset[Category]
    since: frozenset[Status]
    to: Status | None
    law_categories: frozenset[Category] | None = None
    law_since: frozenset[Status] | None = None

    def is_possible(self, category: Category, status: Status) -> bool:
        """Whether a file may report it of a listing in a status."""
        return category in self.categories and status in self.since

    def counts(self, category: Category, status: Status) -> bool:
        """Whether the law follows it."""
        categories = self.categories if self.law_categories is None else self.law_categories
        return category in categories and status in (self.since if self.law_since is None else self.law_since)


def _end(categories: frozenset[Category], to: Status) -> Transition:
    """Return an end, which the law follows always: who is closed is not served, whatever came before."""
    return Transition(categories=categories, since=ACTIVE, to=to, law_categories=_CATEGORIES, law_since=_ANY)


def _clearance(other: Status, to: Status) -> Transition:
    """Return an evidence of rectification; a second may follow the first, as some jurisdictions ask for both."""
    return Transition(categories=_VIOLATING, since=ACTIVE | {other}, to=to, law_since=ACTIVE | CLEARED)


TRANSITIONS: Final[Mapping[Action, Transition]] = MappingProxyType(
    {
        Action.UPDATE: Transition(categories=_CATEGORIES, since=_NOT_WITHDRAWN, to=None),
        Action.WITHDRAW_ERROR: Transition(categories=_CATEGORIES, since=_NOT_WITHDRAWN, to=Status.WITHDRAWN_ERROR),
        # A rectification that is reported again moves its deadline, and began when it was reported first.
        Action.RECTIFY: Transition(
            categories=_VIOLATING, since=ACTIVE, to=Status.RECTIFYING, law_since=ACTIVE - {Status.RECTIFYING}
        ),
        Action.CLEAR: _clearance(Status.ACCEPTED, Status.CLEARED),
        Action.ACCEPT: _clearance(Status.CLEARED, Status.ACCEPTED),
        Action.CONFIRM_LATE: Transition(categories=_VIOLATING, since=CLEARED, to=None),
        Action.CLOSE: _end(_LISTING, Status.CLOSED),
        Action.MERGE: _end(_VENUES, Status.MERGED),
        Action.TRANSFER: _end(_VENUES, Status.TRANSFERRED),
        Action.LIFT: Transition(categories=frozenset({Category.NOTIFIED}), since=ACTIVE, to=Status.LIFTED),
        Action.APPROVE: Transition(categories=frozenset({Category.UNAPPROVED_VENUE}), since=ACTIVE, to=Status.APPROVED),
        # An approval that is revoked is listed again too.
        Action.RELIST: Transition(
            categories=_LISTING,
            since=CLEARED | {Status.CLOSED, Status.MERGED, Status.LIFTED},
            to=Status.RELISTED,
            law_categories=_CATEGORIES,
            law_since=CLEARED | {Status.CLOSED, Status.MERGED, Status.LIFTED, Status.APPROVED},
        ),
    }
)
"""Every action but ADD, which opens a listing; after an end the law reads an ADD as RELIST."""


def is_possible(action: Action, category: Category, status: Status | None, *, is_full: bool) -> bool:
    """Whether a file may report an action; ``status`` is None where the list has no such listing.

    In a FULL file ADD also means "is still on the list".
    """
    if action is Action.ADD:
        return status is None or (is_full and status in ACTIVE)
    return status is not None and TRANSITIONS[action].is_possible(category, status)


def status_after(action: Action, status: Status | None) -> Status:
    """Return the status of a listing after an action that was possible."""
    if status is None:
        return Status.LISTED if action is Action.ADD else TRANSITIONS[action].to or Status.LISTED
    return status if action is Action.ADD else TRANSITIONS[action].to or status
