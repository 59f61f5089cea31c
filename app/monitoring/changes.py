"""What a change of a decision is called, and its id: computed from what it is, the same in every process.  Pure."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.policy.vocabulary import Outcome

UNKNOWN: Final = "UNKNOWN"
"""The outcome of what no finished run covers; it is never PASS."""

_NAMESPACE: Final = uuid.UUID("0d9d7c1e-5f0e-5c55-8a44-201706300006")
_SEPARATOR: Final = "\x1f"


class ChangeKind(StrEnum):
    """What became of a decision.

    NEW: a finding where there was none; WORSE: review to block; EASED: block to review; RELEASED: all clear;
    TEXT: the same outcome for other reasons or with other matches.
    """

    NEW = "NEW"
    WORSE = "WORSE"
    EASED = "EASED"
    RELEASED = "RELEASED"
    TEXT = "TEXT"


class Cause(StrEnum):
    """Why a book was decided anew."""

    LIST = "LIST"
    BOOK = "BOOK"
    DATE = "DATE"
    RULE = "RULE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of the decision on a counterparty and service; ``decision`` is the new one (reasons, matches)."""

    id: str
    counterparty_id: str
    service: str
    kind: ChangeKind
    from_outcome: str
    to_outcome: str
    decision: dict[str, Any]


def kind_of(before: str, after: str, *, same_content: bool) -> ChangeKind | None:
    """Return what to call the step from one outcome (PASS, REVIEW, BLOCK or UNKNOWN) to another; None for no change.

    A first decision that is PASS is no change: nothing was claimed before.
    """
    if before == UNKNOWN:
        return None if after == Outcome.PASS else ChangeKind.NEW
    was, becomes = Outcome(before), Outcome(after)
    if was is becomes:
        return None if same_content else ChangeKind.TEXT
    if was is Outcome.PASS:
        return ChangeKind.NEW
    if becomes is Outcome.PASS:
        return ChangeKind.RELEASED
    return ChangeKind.WORSE if becomes.severity > was.severity else ChangeKind.EASED


def change_id(client: str, counterparty_id: str, service: str, basis_from: str | None, basis_to: str) -> str:
    """Return the id of the change of one decision between two bases."""
    return str(uuid.uuid5(_NAMESPACE, _SEPARATOR.join((client, counterparty_id, service, basis_from or "", basis_to))))
