"""The calendar of working days, as uploaded."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import delete, insert, select

from app.db import ReadSession, WriteSession
from app.errors import Fault, Invalid
from app.monitoring.models import CalendarDay
from app.monitoring.working_days import Calendar

_WORDS: Final = {"休": False, "休息": False, "班": True, "上班": True, "off": False, "work": True}
_DAYS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A day that is not as its weekday says."""

    on: date
    is_working: bool
    note: str | None = None


def calendar(session: ReadSession) -> Calendar:
    """Return the calendar in force."""
    return Calendar({day.on: day.is_working for day in session.scalars(select(CalendarDay))})


def days(session: ReadSession) -> list[SpecialDay]:
    """Return the uploaded days, in their order."""
    found = session.scalars(select(CalendarDay).order_by(CalendarDay.on))
    return [SpecialDay(on=day.on, is_working=day.is_working, note=day.note) for day in found]


def replace(session: WriteSession, exceptions: Sequence[SpecialDay]) -> None:
    """Put another calendar in the place of the one in force."""
    session.execute(delete(CalendarDay))
    if exceptions:
        session.execute(
            insert(CalendarDay),
            [{"on": day.on, "is_working": day.is_working, "note": day.note} for day in exceptions],
        )


def read_csv(text: str) -> list[SpecialDay]:
    """Read ``date,kind,note`` (kind 休/off or 班/work).  Raises :class:`Invalid` with every line that is wrong."""
    found: dict[date, SpecialDay] = {}
    faults: list[Fault] = []
    for no, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), start=1):
        if not any(row) or (no == 1 and row[0].strip().lower() in {"date", "日期"}):
            continue
        try:
            on = date.fromisoformat(row[0].strip())
            is_working = _WORDS[row[1].strip().lower()]
        except (ValueError, KeyError, IndexError):
            detail = "须为 日期,休或班 / a line is YYYY-MM-DD,off or work"
            faults.append(Fault(f"/{no}", "bad-calendar-line", detail))
            continue
        if on in found:
            faults.append(Fault(f"/{no}", "duplicate-date", f"{on}: 日期重复 / is there twice"))
        found[on] = SpecialDay(on=on, is_working=is_working, note=(row[2].strip() or None) if len(row) > 2 else None)  # noqa: PLR2004
    if len(found) > _DAYS_MAX:
        faults.append(Fault("", "too-many", f"最多 {_DAYS_MAX} 天 / at most {_DAYS_MAX} days"))
    if faults:
        raise Invalid("bad-calendar", f"{faults[0].pointer}: {faults[0].message}", faults=faults)
    return sorted(found.values(), key=lambda one: one.on)
