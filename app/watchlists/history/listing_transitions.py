"""The status machine of a listing (docs/law.md 3): which action is possible where, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.policy.vocabulary import Action, Category


class LastStatus(StrEnum):
    """Where a listing stands after the last event that is known, whatever its effective date."""

    LISTED = "LISTED"
    RECTIFYING = "RECTIFYING"
    CLEARED = "CLEARED"
    ACCEPTED = "ACCEPTED"
    CLOSED = "CLOSED"
    MERGED = "MERGED"
    TRANSFERRED = "TRANSFERRED"
    LIFTED = "LIFTED"
    APPROVED = "APPROVED"
    RELISTED = "RELISTED"
    WITHDRAWN_ERROR = "WITHDRAWN_ERROR"


ACTIVE: Final = frozenset({LastStatus.LISTED, LastStatus.RECTIFYING, LastStatus.RELISTED})
_ENDED: Final = frozenset(
    {LastStatus.CLEARED, LastStatus.ACCEPTED, LastStatus.CLOSED, LastStatus.MERGED, LastStatus.LIFTED}
)
_RECTIFIED: Final = frozenset({LastStatus.CLEARED, LastStatus.ACCEPTED})
_NOT_WITHDRAWN: Final = frozenset(LastStatus) - {LastStatus.WITHDRAWN_ERROR}

_ANY: Final = frozenset(Category)
_LISTING: Final = _ANY - {Category.RELATED}
_VENUES: Final = _LISTING - {Category.WEIPAN, Category.ILLEGAL_EPLATFORM}
_VIOLATING: Final = frozenset({Category.VIOLATING})


@dataclass(frozen=True, slots=True)
class ListingTransition:
    """Where an action is possible; ``to`` None leaves the standing as it is."""

    categories: frozenset[Category]
    since: frozenset[LastStatus]
    to: LastStatus | None


# A second evidence may follow the first (CLEARED → ACCEPTED and back): jurisdictions that ask for both need both.
TRANSITIONS: Final[Mapping[Action, ListingTransition]] = MappingProxyType(
    {
        Action.UPDATE: ListingTransition(_ANY, _NOT_WITHDRAWN, None),
        Action.WITHDRAW_ERROR: ListingTransition(_ANY, _NOT_WITHDRAWN, LastStatus.WITHDRAWN_ERROR),
        Action.RECTIFY: ListingTransition(_VIOLATING, ACTIVE, LastStatus.RECTIFYING),
        Action.CLEAR: ListingTransition(_VIOLATING, ACTIVE | {LastStatus.ACCEPTED}, LastStatus.CLEARED),
        Action.ACCEPT: ListingTransition(_VIOLATING, ACTIVE | {LastStatus.CLEARED}, LastStatus.ACCEPTED),
        Action.CONFIRM_LATE: ListingTransition(_VIOLATING, _RECTIFIED, None),
        Action.CLOSE: ListingTransition(_LISTING, ACTIVE, LastStatus.CLOSED),
        Action.MERGE: ListingTransition(_VENUES, ACTIVE, LastStatus.MERGED),
        Action.TRANSFER: ListingTransition(_VENUES, ACTIVE, LastStatus.TRANSFERRED),
        Action.LIFT: ListingTransition(frozenset({Category.NOTIFIED}), ACTIVE, LastStatus.LIFTED),
        Action.APPROVE: ListingTransition(frozenset({Category.UNAPPROVED_VENUE}), ACTIVE, LastStatus.APPROVED),
        Action.RELIST: ListingTransition(_LISTING, _ENDED, LastStatus.RELISTED),
    }
)


def is_possible(action: Action, category: Category, standing: LastStatus | None, *, is_full: bool) -> bool:
    """Whether an action is possible for a listing; ``standing`` is None where the list has no such listing.

    In a FULL file ADD also means "is still on the list".
    """
    if action is Action.ADD:
        return standing is None or (is_full and standing in ACTIVE)
    step = TRANSITIONS[action]
    return category in step.categories and standing in step.since


def standing_after(action: Action, standing: LastStatus | None) -> LastStatus:
    """Return where a listing stands after an action that was possible."""
    if standing is None:
        return LastStatus.LISTED if action is Action.ADD else TRANSITIONS[action].to or LastStatus.LISTED
    if action is Action.ADD:
        return standing
    return TRANSITIONS[action].to or standing
