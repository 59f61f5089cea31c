"""The way from the basis on which a book was decided to the present one, step by step.  Pure.

Each step changes one part of the basis, so each change of a decision has one cause.  Dates are walked from boundary to
boundary, with the lists that were in force when each day began: a process that was down over midnight skips none.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum

from app.clock import SHANGHAI
from app.monitoring.basis import BookBasis
from app.monitoring.changes import Cause

Lists = tuple[tuple[str, int], ...]


class Mode(StrEnum):
    """How much a step looks at: what it can concern, or the whole book."""

    DELTA = "DELTA"
    WHOLE = "WHOLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, from the basis in force (None for a first one).

    ``seen_at`` is the moment whose lists it has, None for the present.
    """

    cause: Cause
    mode: Mode
    before: BookBasis | None
    after: BookBasis
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownState:
    """What planning asks: the next date on which a decision may change, lists at a moment, the step of their size."""

    next_date: Callable[[date], date | None]
    lists_at: Callable[[datetime], Lists]
    size_step: Callable[[Lists], str]


def next_step(current: BookBasis | None, target: BookBasis, seen_at: datetime | None, known: KnownState) -> Step | None:
    """Return the next step towards a target; None where it is reached.

    ``seen_at`` is the moment up to which the lists were followed: those of days that began before it are no matter.
    """
    if current is None:
        return Step(cause=Cause.BOOK, mode=Mode.WHOLE, before=None, after=target)
    if _needs_all(current, target):
        after = replace(
            current,
            rule_version=target.rule_version,
            engine_version=target.engine_version,
            size_step=known.size_step(current.lists),
        )
        return Step(cause=Cause.RULE, mode=Mode.WHOLE, before=current, after=after, seen_at=seen_at)
    if current.book_revision < target.book_revision:
        after = replace(current, book_revision=target.book_revision)
        return Step(cause=Cause.BOOK, mode=Mode.DELTA, before=current, after=after, seen_at=seen_at)
    if current.on != target.on:
        return _date_step(current, target, seen_at, known)
    if current.lists != target.lists:
        return _list_step(current, target.lists, known, None)
    return None


def _needs_all(current: BookBasis, target: BookBasis) -> bool:
    """Whether any decision may differ: by the law, the program, or the step in which it counts the size of the lists.

    The step of equal lists is another where a process was started while the list was longer: it holds on a little.
    """
    return (current.rule_version, current.engine_version) != (target.rule_version, target.engine_version) or (
        current.lists == target.lists and current.size_step != target.size_step
    )


def _date_step(current: BookBasis, target: BookBasis, seen_at: datetime | None, known: KnownState) -> Step:
    if target.on < current.on:
        after = replace(current, on=target.on)
        return Step(cause=Cause.DATE, mode=Mode.WHOLE, before=current, after=after, seen_at=seen_at)
    day = min(known.next_date(current.on) or target.on, target.on)
    begins_at = datetime.combine(day, time.min, SHANGHAI)
    if seen_at is not None and begins_at > seen_at:
        lists = known.lists_at(begins_at)
        if lists and lists != current.lists:
            return _list_step(current, lists, known, begins_at)
        seen_at = begins_at
    after = replace(current, on=day)
    return Step(cause=Cause.DATE, mode=Mode.DELTA, before=current, after=after, seen_at=seen_at)


def _list_step(current: BookBasis, lists: Lists, known: KnownState, seen_at: datetime | None) -> Step:
    size_step = known.size_step(lists)
    mode = Mode.DELTA if size_step == current.size_step else Mode.WHOLE
    after = replace(current, lists=lists, size_step=size_step)
    return Step(cause=Cause.LIST, mode=mode, before=current, after=after, seen_at=seen_at)
