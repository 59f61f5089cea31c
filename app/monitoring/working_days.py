"""Working days in China: Monday to Friday, but for the days that an uploaded calendar says otherwise of.  Pure.

Which holidays are bridged by working weekends is announced by the State Council office each year, so it is data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from app.clock import SHANGHAI

_DAY: Final = timedelta(days=1)
_FRIDAY: Final = 4
_DAYS_MAX: Final = 3_660
END_OF_DAY: Final = time(18, 0)
"""When a day's work is due, local time."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """``exceptions`` are the days that are not as their weekday says; True for a working day."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether people work on a day."""
        return self.exceptions.get(day, day.weekday() <= _FRIDAY)

    def add(self, day: date, working_days: int) -> date:
        """Return the working day that lies so many working days after a day; 0 is the day itself or the next one."""
        for _ in range(_DAYS_MAX):
            if self.is_working(day):
                if working_days <= 0:
                    return day
                working_days -= 1
            day += _DAY
        return day

    def between(self, start: date, end: date) -> int:
        """Return how many working days begin after a day, up to and with another one; 0 where it is not later."""
        days = min((end - start).days, _DAYS_MAX)
        return sum(self.is_working(start + timedelta(days=offset)) for offset in range(1, days + 1))

    def due_at(self, opened_at: datetime, working_days: int) -> datetime:
        """Return the end of the working day by which something is due that was opened at a moment.

        What is opened after the end of a day belongs to the next: nothing is overdue from its beginning.
        """
        opened = opened_at.astimezone(SHANGHAI)
        day = self.add(opened.date() + (_DAY if opened.time() >= END_OF_DAY else timedelta()), working_days)
        return datetime.combine(day, END_OF_DAY, SHANGHAI)
