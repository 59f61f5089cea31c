"""Cron expressions on the clock of Asia/Shanghai, which has no summer time: every local minute comes once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cronsim import CronSim, CronSimError

from app.clock import SHANGHAI
from app.errors import Invalid


@dataclass(frozen=True, slots=True)
class Cron:
    """Minute, hour, day of month, month, day of week (0 and 7 are Sunday), as Debian's cron reads them."""

    expression: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``30 2 * * *`` with lists, ranges, steps and names of days.  Raises Invalid, also for 31 February."""
        try:
            CronSim(text, datetime(2017, 6, 30, tzinfo=SHANGHAI))
        except CronSimError as problem:
            message = f"cron 表达式有误 / not a cron expression: {text!r} (30 2 * * *): {problem}"
            raise Invalid("cron", message) from None
        return cls(text)

    def next_after(self, moment: datetime) -> datetime:
        """Return the first minute after an aware moment that fits, in Asia/Shanghai."""
        return next(CronSim(self.expression, moment.astimezone(SHANGHAI)))
