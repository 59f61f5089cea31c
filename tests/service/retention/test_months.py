"""Months are those of Asia/Shanghai, and the law's time is the least."""

from datetime import UTC, datetime

import pytest

from app.errors import Invalid
from app.retention.months import due_months, month_of, months_kept, require_due, span_of
from app.settings import Settings

NOW = datetime(2027, 7, 1, tzinfo=UTC)


def test_a_month_begins_at_midnight_in_shanghai() -> None:
    start, end = span_of("2017-06")
    assert start.astimezone(UTC) == datetime(2017, 5, 31, 16, tzinfo=UTC)
    assert end == span_of("2017-07")[0]
    assert month_of(datetime(2017, 6, 30, 15, 59, 59, tzinfo=UTC)) == "2017-06"
    assert month_of(end) == "2017-07"
    assert span_of("2017-12")[1] == span_of("2018-01")[0]


@pytest.mark.parametrize("text", ["2017-00", "2017-13", "17-06", "2017-6", "0000-01", "２０１７-06", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        span_of(text)


def test_ten_years_are_the_least_unless_the_operator_says_so_and_five_the_least_of_all() -> None:
    assert Settings().retention_years_min == 10
    assert months_kept(None, 10) == months_kept(120, 10) == 120
    with pytest.raises(Invalid, match="article 34"):
        months_kept(119, 10)
    with pytest.raises(ValueError, match="retention_years_min"):
        Settings(retention_years_min=4)


def test_a_month_is_due_when_all_of_it_is_older() -> None:
    assert due_months(datetime(2017, 5, 20, tzinfo=UTC), 120, NOW) == ["2017-05", "2017-06"]
    assert due_months(datetime(2017, 7, 20, tzinfo=UTC), 120, NOW) == []
    require_due("2017-06", 120, NOW)
    with pytest.raises(Invalid, match="has to stay"):
        require_due("2017-07", 120, NOW)
