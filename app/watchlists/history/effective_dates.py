"""Where a row says from when its event is effective (docs/law.md 2)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.policy.vocabulary import Action
from app.watchlists.history.version import Row

_COLUMNS: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.CLEAR: "opinion_date",
        Action.ACCEPT: "jmc_date",
        Action.CLOSE: "closed_on",
        Action.MERGE: "closed_on",
        Action.TRANSFER: "determined_on",
        Action.LIFT: "determined_on",
        Action.CONFIRM_LATE: "determined_on",
        Action.APPROVE: "approval_date",
        Action.WITHDRAW_ERROR: "void_from",
    }
)


def effective_column(action: Action) -> str:
    """Return the column that has the effective date of an action."""
    return _COLUMNS.get(action, "effective_from")


def event_date(row: Row) -> str | None:
    """Return the effective date of a row's event as far as the row states it."""
    date = row.get(effective_column(Action(row["action"])))
    return date if isinstance(date, str) else None
