"""``/v1/calendar``: the working days of the year, as the State Council office announces them."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from app.access import Role
from app.api.problems import declared
from app.dependencies import AppDatabase, Reading, allow, routes
from app.errors import Invalid
from app.monitoring import calendar_store
from app.monitoring.calendar_store import SpecialDay

router = routes(prefix="/v1/calendar", tags=["operation"])

_EVERYBODY = allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR, Role.ADMIN)
_DAYS_MAX: Final = 10_000


class CalendarDayModel(BaseModel):
    """A day that is not as its weekday says."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    on: date
    is_working: bool
    note: Annotated[str | None, Field(max_length=200)] = None


class CalendarModel(BaseModel):
    """All such days; every other day is as its weekday says."""

    model_config = ConfigDict(extra="forbid")

    days: list[CalendarDayModel] = Field(max_length=_DAYS_MAX)


@router.get("", dependencies=[_EVERYBODY], responses=declared(), summary="Holidays and working weekends 工作日历")
def read(session: Reading) -> CalendarModel:
    """Return the days that are not as their weekday says."""
    return CalendarModel(days=[CalendarDayModel.model_validate(day) for day in calendar_store.days(session)])


@router.put("", dependencies=[allow(Role.ADMIN)], responses=declared(415), summary="Replace the calendar 更新工作日历")
def replace(asked: CalendarModel, database: AppDatabase) -> CalendarModel:
    """Put another calendar in the place of the one in force; due dates of open alerts stay as they were."""
    days = [SpecialDay(on=day.on, is_working=day.is_working, note=day.note) for day in asked.days]
    if len({day.on for day in days}) < len(days):
        raise Invalid("validation", "days: 日期重复 / a date is there twice")
    with database.write() as session:
        calendar_store.replace(session, days)
    return asked
