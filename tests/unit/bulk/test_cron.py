"""Cron expressions: the next time, on both sides of every boundary."""

from datetime import UTC, datetime

import pytest

from app.bulk.service.cron import Cron
from app.clock import SHANGHAI
from app.errors import Invalid


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("30 2 * * *", "2026-11-24 02:29", "2026-11-24 02:30"),
        ("30 2 * * *", "2026-11-24 02:30", "2026-11-25 02:30"),
        ("0 0 1 * *", "2026-12-31 23:59", "2027-01-01 00:00"),
        ("*/20 9-10 * * *", "2026-11-24 09:45", "2026-11-24 10:00"),
        ("5/30 * * * *", "2026-11-24 09:06", "2026-11-24 09:35"),
        ("0 3 * * 1-5", "2026-11-27 12:00", "2026-11-30 03:00"),
        ("0 3 * * 7", "2026-11-24 12:00", "2026-11-29 03:00"),
        ("0 3 * * 0", "2026-11-24 12:00", "2026-11-29 03:00"),
        ("0 3 13 * 5", "2026-11-07 12:00", "2026-11-13 03:00"),
        ("0 3 13 * 5", "2026-11-13 12:00", "2026-11-20 03:00"),
        ("0 0 29 2 *", "2026-03-01 00:00", "2028-02-29 00:00"),
        ("0 3 * * MON", "2026-11-24 12:00", "2026-11-30 03:00"),
        ("15,45 4 * 6 *", "2026-11-24 00:00", "2027-06-01 04:15"),
    ],
)
def test_the_next_time(cron: str, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    assert Cron.parse(cron).next_after(moment) == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


def test_times_are_those_of_shanghai_whatever_the_moment_is_told_in() -> None:
    moment = datetime(2026, 11, 23, 18, 31, tzinfo=UTC)
    assert Cron.parse("30 2 * * *").next_after(moment) == datetime(2026, 11, 24, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "0 0 31 2 *"],
)
def test_what_is_no_cron_expression_is_told(text: str) -> None:
    with pytest.raises(Invalid, match="cron"):
        Cron.parse(text)
