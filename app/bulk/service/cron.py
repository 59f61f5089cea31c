"""Cron expressions on the clock of Asia/Shanghai, which has no summer time: every local minute comes once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from app.clock import SHANGHAI
from app.errors import Invalid

_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_SUNDAY: Final = 7
_DAYS_MAX: Final = 366 * 8
"""29 February comes again within eight years."""


@dataclass(frozen=True, slots=True)
class Cron:
    """Minute, hour, day of month, month, day of week (0 and 7 are Sunday).

    Where both days are restricted, either will do, as everywhere.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``30 2 * * *`` with lists, ranges and steps.  Raises Invalid."""
        fields = text.split()
        if len(fields) != len(_RANGES):
            raise _wrong(text)
        minutes, hours, days, months, weekdays = (
            _values(field, low, high, text) for field, (low, high) in zip(fields, _RANGES, strict=True)
        )
        either_day = fields[2] != "*" and fields[4] != "*"
        return cls(minutes, hours, days, months, frozenset(day % _SUNDAY for day in weekdays), either_day)

    def next_after(self, moment: datetime) -> datetime:
        """Return the first minute after an aware moment that fits, in Asia/Shanghai.  Raises Invalid for none."""
        local = moment.astimezone(SHANGHAI).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for _ in range(_DAYS_MAX):
            if self._fits_day(local):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        found = local.replace(hour=hour, minute=minute)
                        if found >= local:
                            return found
            local = (local + timedelta(days=1)).replace(hour=0, minute=0)
        raise Invalid("never", "该 cron 表达式永不触发 / this cron expression never comes")

    def _fits_day(self, day: datetime) -> bool:
        in_month, in_week = day.day in self.days, day.isoweekday() % _SUNDAY in self.weekdays
        fits = in_month or in_week if self.either_day else in_month and in_week
        return fits and day.month in self.months


def _values(field: str, low: int, high: int, text: str) -> frozenset[int]:
    return frozenset(value for part in field.split(",") for value in _part(part, low, high, text))


def _part(part: str, low: int, high: int, text: str) -> Iterable[int]:
    span, _, step = part.partition("/")
    first, _, last = span.partition("-")
    try:
        start = low if span == "*" else int(first)
        stop = high if span == "*" or (step and not last) else int(last or first)
        stride = int(step or 1)
    except ValueError:
        raise _wrong(text) from None
    if not low <= start <= stop <= high or stride < 1:
        raise _wrong(text)
    return range(start, stop + 1, stride)


def _wrong(text: str) -> Invalid:
    return Invalid("cron", f"cron 表达式有误 / not a cron expression: {text!r} (30 2 * * *)")
