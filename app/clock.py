"""The only source of time, and the one time zone of the law."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


@lru_cache(1024)
def utc_text(moment: datetime) -> str:
    """Return an aware moment in UTC as ISO 8601; decisions of one turn share theirs, in several places each."""
    return moment.astimezone(UTC).isoformat()


def local_date(moment: datetime) -> date:
    """Return the date of an aware moment in Asia/Shanghai, on which every deadline of the notice runs."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no local date")
    return moment.astimezone(SHANGHAI).date()
