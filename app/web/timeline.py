"""The timeline of an entity as a drawing: the law's lane, the lane of what was known, the cutoff across both.

Pure geometry; ``timeline.svg`` among the templates draws it.  Where the dates lie within some months the axis is to
scale, with months; where they lie years apart each stretch gets a width that can be read, and says so.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.clock import local_date
from app.policy.course import Stretch

_LEFT: Final = 92.0
_RIGHT: Final = 888.0
_TO_SCALE_DAYS_MAX: Final = 420
_PAD_DAYS: Final = 25
_LABEL_WIDTH: Final = 74.0
_NUMBER_WIDTH: Final = 15.0
_CHAR_WIDTH: Final = 13.5


@dataclass(frozen=True, slots=True)
class KnownPoint:
    """One list version: since when it was known, and how many rows it brought."""

    version: int
    known_from: datetime
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One stretch of a lane; ``fits`` is how much of its label there is room for: 2 all, 1 the number, 0 nothing."""

    x: float
    width: float
    kind: str
    fits: int
    number: int = 0
    first: date | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line with a label; ``anchor`` is where the label ends up beside it."""

    x: float
    label_x: float
    anchor: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything to draw."""

    law: tuple[Bar, ...]
    versions: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    cutoff: Mark
    asked: Mark | None
    known: Mark | None
    used_version: int | None
    is_to_scale: bool


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """The versions of one list over time; the last is the one in force."""

    versions: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    is_to_scale: bool


class _Axis:
    """From dates to places: in proportion, or with every interval between the dates that matter made readable."""

    def __init__(self, days: Iterable[date]) -> None:
        marked = sorted(set(days))
        self.first, self.last = marked[0] - timedelta(days=_PAD_DAYS), marked[-1] + timedelta(days=_PAD_DAYS)
        self.is_to_scale = (self.last - self.first).days <= _TO_SCALE_DAYS_MAX
        self.marked = [self.first, *marked, self.last]
        weights = [
            float(gap) if self.is_to_scale else math.log1p(gap) ** 1.5
            for gap in ((later - one).days for one, later in zip(self.marked, self.marked[1:], strict=False))
        ]
        scale = (_RIGHT - _LEFT) / sum(weights)
        self.places = [_LEFT]
        for weight in weights:
            self.places.append(self.places[-1] + weight * scale)

    def x(self, day: date) -> float:
        """Return the place of a date; dates outside lie on the edge."""
        if day <= self.first:
            return _LEFT
        if day >= self.last:
            return _RIGHT
        i = max(i for i, one in enumerate(self.marked) if one <= day)
        start, end = self.marked[i], self.marked[i + 1]
        share = (day - start).days / max((end - start).days, 1)
        return round(self.places[i] + share * (self.places[i + 1] - self.places[i]), 1)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Return months where the axis is to scale, else the dates that matter, as far as they do not overlap."""
        if self.is_to_scale:
            return tuple((self.x(day), _month(day, first=n == 0)) for n, day in enumerate(self._months()))
        shown: list[tuple[float, str]] = []
        for day in self.marked[1:-1]:
            x = self.x(day)
            if not shown or x - shown[-1][0] >= _LABEL_WIDTH:
                shown.append((x, day.isoformat()))
        return tuple(shown)

    def _months(self) -> Iterable[date]:
        day = self.first.replace(day=1)
        while day <= self.last:
            day = (day + timedelta(days=32)).replace(day=1)
            if day <= self.last:
                yield day


def draw(
    course: Sequence[Stretch],
    versions: Sequence[KnownPoint],
    cutoff: date,
    asked_for: date | None = None,
    known_at: datetime | None = None,
) -> Timeline:
    """Return the drawing.  ``asked_for`` and ``known_at`` mark a screening; an entity's own timeline has neither."""
    changes = [one.first for one in course if one.first is not None]
    axis = _Axis([*changes, cutoff, *([asked_for] if asked_for else [])])
    law = [
        _bar(axis, one.first or axis.first, end, one.outcome.value, label=9, status=one.status, first=one.first)
        for one, end in zip(course, [*changes, axis.last], strict=True)
    ]
    until = [local_date(one.known_from) for one in versions[1:]] + [axis.last]
    used = None
    if known_at is not None:
        used = max(
            (one for one in versions if one.known_from <= known_at), key=lambda one: one.known_from, default=None
        )
    bars = [
        _bar(axis, local_date(one.known_from), end, "used" if one is used else "other", label=5, number=one.version)
        for one, end in zip(versions, until, strict=True)
        if axis.first <= end and local_date(one.known_from) < axis.last
    ]
    return Timeline(
        law=tuple(law),
        versions=tuple(bars),
        ticks=axis.ticks(),
        cutoff=_mark(axis, cutoff, prefers_left=True),
        asked=_mark(axis, asked_for, prefers_left=asked_for < cutoff) if asked_for else None,
        known=_mark(axis, local_date(known_at), prefers_left=True) if known_at else None,
        used_version=used.version if used else None,
        is_to_scale=axis.is_to_scale,
    )


def draw_versions(versions: Sequence[KnownPoint]) -> VersionHistory:
    """Return the history of a list's versions, at least one, in the order in which they became known."""
    days = [local_date(one.known_from) for one in versions]
    axis = _Axis(days)
    bars = [
        _bar(axis, start, end, "used" if one is versions[-1] else "other", label=5, number=one.version, first=start)
        for one, start, end in zip(versions, days, [*days[1:], axis.last], strict=True)
    ]
    return VersionHistory(tuple(bars), axis.ticks(), axis.is_to_scale)


def _bar(
    axis: _Axis,
    start: date,
    end: date,
    kind: str,
    *,
    label: int,
    number: int = 0,
    first: date | None = None,
    status: str | None = None,
) -> Bar:
    x, width = axis.x(start), round(axis.x(end) - axis.x(start), 1)
    fits = 2 if width >= label * _CHAR_WIDTH else 1 if width >= _NUMBER_WIDTH else 0
    return Bar(x=x, width=max(width, 0.0), kind=kind, fits=fits, number=number, first=first, status=status)


def _mark(axis: _Axis, day: date, *, prefers_left: bool) -> Mark:
    x = axis.x(day)
    is_left = prefers_left if _LEFT + 220 < x < _RIGHT - 220 else x >= _RIGHT - 220
    return Mark(x, round(x - 8 if is_left else x + 8, 1), "end" if is_left else "start", day)


def _month(day: date, *, first: bool) -> str:
    return day.strftime("%Y-%m") if first or day.month == 1 else day.strftime("%m")
