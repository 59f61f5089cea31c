"""When work is due: on working days, and never before it was there."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.clock import SHANGHAI
from app.monitoring.working_days import END_OF_DAY, Calendar

SATURDAY = date(2017, 7, 1)


def moment(day: int, hour: int) -> datetime:
    return datetime(2017, 7, day, hour, tzinfo=SHANGHAI)


def test_what_comes_after_the_end_of_a_day_belongs_to_the_next() -> None:
    calendar = Calendar()
    assert calendar.due_at(moment(3, 9), 0) == moment(3, 18)
    assert calendar.due_at(moment(3, 18), 0) == moment(4, 18)
    assert calendar.due_at(moment(7, 19), 0) == moment(10, 18)
    assert calendar.due_at(moment(7, 19), 3) == moment(13, 18)
    assert Calendar({date(2017, 7, 8): True}).due_at(moment(7, 19), 0) == moment(8, 18)


@given(
    st.datetimes(moment(1, 0).replace(tzinfo=None), timezones=st.just(SHANGHAI)),
    st.integers(0, 20),
    st.dictionaries(st.integers(0, 30).map(lambda days: SATURDAY + timedelta(days)), st.booleans()),
)
def test_nothing_is_overdue_from_its_beginning(opened: datetime, days: int, exceptions: dict[date, bool]) -> None:
    calendar = Calendar(exceptions)
    due = calendar.due_at(opened, days)
    assert due > opened
    assert due.time() == END_OF_DAY
    assert calendar.is_working(due.date())
    assert calendar.due_at(opened + timedelta(hours=1), days) >= due
