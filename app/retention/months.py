"""Months of decisions in Asia/Shanghai, and how long they stay in the database at least.

金融机构 keep what they know of customers and their transactions at least ten years after the relationship or the
transaction has ended: 反洗钱法 (2024 revision, in force since 2025-01-01), article 34; it was five years before.
"""

import re
from datetime import datetime
from typing import Final

from app.clock import SHANGHAI, local_date
from app.errors import Invalid

MONTHS_OF_YEAR: Final = 12
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def month_of(moment: datetime) -> str:
    """Return the month of an aware moment, as ``2017-06``."""
    return local_date(moment).strftime("%Y-%m")


def _number(month: str) -> int:
    """Return the number of a month.  Raises :class:`Invalid`."""
    found = _MONTH.fullmatch(month)
    if found is None or int(found[1]) == 0:
        raise Invalid("bad-month", f"{month!r}: 须为年月，如 2017-06 / is no month such as 2017-06")
    return int(found[1]) * MONTHS_OF_YEAR + int(found[2]) - 1


def _start(number: int) -> datetime:
    return datetime(number // MONTHS_OF_YEAR, number % MONTHS_OF_YEAR + 1, 1, tzinfo=SHANGHAI)


def span_of(month: str) -> tuple[datetime, datetime]:
    """Return when a month begins and when the next one does.  Raises :class:`Invalid` for a text that is no month."""
    number = _number(month)
    return _start(number), _start(number + 1)


def months_kept(asked: int | None, years_min: int) -> int:
    """Return how many whole months stay.  Raises :class:`Invalid` for fewer than the law asks for."""
    least = years_min * MONTHS_OF_YEAR
    if asked is None:
        return least
    if asked < least:
        raise Invalid(
            "kept-too-short",
            f"须至少保留 {least} 个月（反洗钱法第三十四条；CUTOFF_RETENTION_YEARS_MIN） / at least {least} months stay "
            f"(Anti-Money Laundering Law, article 34): {asked} is too short",
        )
    return asked


def due_months(first: datetime, kept: int, now: datetime) -> list[str]:
    """Return the months from that of the first decision that ended more than so many months ago, oldest first.

    >>> from datetime import UTC
    >>> due_months(datetime(2017, 6, 5, tzinfo=UTC), 120, datetime(2027, 8, 1, tzinfo=UTC))
    ['2017-06', '2017-07']
    """
    numbers = range(_number(month_of(first)), _number(month_of(now)) - kept)
    return [_start(number).strftime("%Y-%m") for number in numbers]


def require_due(month: str, kept: int, now: datetime) -> None:
    """Raise :class:`Invalid` for a month that has to stay."""
    if _number(month) >= _number(month_of(now)) - kept:
        raise Invalid(
            "month-must-stay",
            f"{month} 须再保留：至少 {kept} 个月 / {month} has to stay: at least {kept} months are kept",
        )
