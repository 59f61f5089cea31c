"""Moments in parameters: a local date, or a time with its offset."""

from datetime import date, datetime, time, timedelta
from typing import Final

from app import clock
from app.errors import Fault, Invalid

_DATE_CHARS: Final = len("2017-06-30")


def moment_of(text: str | None, place: str, *, ends: bool = False) -> datetime | None:
    """Return the moment that a parameter names; ``ends`` takes a date as the end of that day, else as its start.

    Raises :class:`Invalid` with the reason: not a day, no form of time, no offset.
    """
    if text is None:
        return None
    if len(text) == _DATE_CHARS:
        try:
            day = date.fromisoformat(text) + timedelta(days=1 if ends else 0)
        except (ValueError, OverflowError):
            raise _refused(place, "bad-date", f"{text}: 没有这一天 / there is no such day") from None
        return datetime.combine(day, time(), clock.SHANGHAI)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        detail = "须为 YYYY-MM-DD 或带时区的时间 / must be YYYY-MM-DD, or a time with its offset"
        raise _refused(place, "bad-time", f"{text[:40]}: {detail}") from None
    if moment.tzinfo is None:
        raise _refused(place, "naive-time", "时间须带时区，如 +08:00 / a time needs its offset, such as +08:00")
    return moment


def _refused(place: str, code: str, detail: str) -> Invalid:
    return Invalid("validation", f"{place}: {detail}", faults=[Fault(place, code, detail)])
