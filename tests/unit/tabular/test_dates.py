"""Dates in every form that people, spreadsheets and programs write; a time of day is never left away in silence."""

import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tabular.dates import NotADate, read_date, with_era
from app.tabular.sheet import EPOCH_1900, EPOCH_1904, Cell

DAY = date(2017, 3, 15)


@pytest.mark.parametrize(
    "cell",
    [
        "2017-03-15",
        "2017-3-15",
        "2017/3/15",
        "2017.3.15",
        "2017. 3. 15",
        "2017 03 15",
        "2017‐03‐15",
        "2017年3月15日",
        "2017年03月15号",
        "2017 年 3 月 15 日",
        "2017年3月15日 星期三",
        "2017-03-15（周三）",
        "二〇一七年三月十五日",
        "二○一七年三月十五日",
        "20170315",
        "20170315000000",
        "２０１７－０３－１５",
        "民国106年3月15日",
        "中華民國 106 年 3 月 15 日",
        "民國106/03/15",
        "民国106.3.15（周三）",
        "民国1060315",
        "民国一百零六年三月十五日",
        "民国一〇六年三月十五日",
        "2017-03-15 00:00:00",
        "2017-03-15T00:00:00.000",
        "2017-03-15T00:00:00+08:00",
        "2017-03-14T16:00:00Z",
        "2017-03-14T16:00:00.000Z",
        "2017-03-14 24:00",
        "2017/3/15 上午12:00",
        "2017/3/15 12:00 AM",
        "15-Mar-2017",
        "15 March 2017",
        "March 15, 2017",
        "Wed Mar 15 2017 00:00:00 GMT+0800 (China Standard Time)",
        42809,
        42809.0,
        "42809",
        DAY,
        datetime(2017, 3, 15),  # noqa: DTZ001 - a spreadsheet has no zones
    ],
)
def test_a_date_is_read(cell: Cell) -> None:
    found = read_date(cell)
    assert (found.day, found.is_rounded) == (DAY, False)


@pytest.mark.parametrize(
    "cell",
    [
        "2017-03-14 23:59:17",
        "2017-03-15 00:00:43",
        "2017-03-14T15:59:17.000Z",
        "Tue Mar 14 2017 23:59:17 GMT+0800 (China Standard Time)",
        42808.9995,
        datetime(2017, 3, 14, 23, 59, 17),  # noqa: DTZ001 - a spreadsheet has no zones
        datetime(2017, 3, 14, 15, 58, tzinfo=UTC),
    ],
)
def test_a_time_next_to_midnight_is_rounded_and_said(cell: Cell) -> None:
    found = read_date(cell)
    assert (found.day, found.is_rounded) == (DAY, True)


@pytest.mark.parametrize(
    "cell",
    ["2017-03-15 08:30", "2017-03-15T00:00:00Z", "2017年3月15日 下午3点", 42809.75, datetime(2017, 3, 15, 23, 57, 59)],  # noqa: DTZ001 - as above
)
def test_another_time_of_day_is_no_date(cell: Cell) -> None:
    with pytest.raises(NotADate) as caught:
        read_date(cell)
    assert caught.value.has_time


@pytest.mark.parametrize(
    "cell",
    [
        *("2017-02-29", "2017-13-01", "15/3/2017", "3/15/2017", "17.3.15", "2017", "2017-03", "2017年3月", "3月15日"),
        *("1017-03-15", "9999-12-31 24:00", "0001-01-01T00:00+14:00", "15-Foo-2017", "待定", ""),
        *("民国", "民国106", "民国106年13月1日", "民国十十年1月1日", "民国2017年3月15日", "106/3/15", "106年3月15日"),
        *(5, True, -1, 99_999, 1e300, float("nan"), None),
    ],
)
def test_what_is_no_date_is_refused(cell: Cell) -> None:
    with pytest.raises(NotADate) as caught:
        read_date(cell)
    assert not caught.value.has_time


@given(st.dates(date(1949, 1, 1), date(2100, 12, 31)), st.integers(-86_399, 86_399))
def test_serials_count_from_the_workbook_s_own_day_0(day: date, seconds: int) -> None:
    moment = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - as above
    for epoch in (EPOCH_1900, EPOCH_1904):
        start = datetime(epoch.year, epoch.month, epoch.day)  # noqa: DTZ001 - as above
        serial = (moment - start).total_seconds() / 86_400
        assert _outcome(serial, epoch) == _outcome(moment, EPOCH_1900)


def test_a_number_costs_no_more_than_a_text() -> None:
    """Workbooks hold days as numbers with a fraction, and a list has a hundred thousand of them."""

    def seconds(cell: Cell) -> float:
        started = time.process_time()
        for _ in range(300):
            _outcome(cell, EPOCH_1900)
        return time.process_time() - started

    text = min(seconds("2017年3月15日") for _ in range(3))
    for cell in (42809.0, 42809.5, 20170315.0, 20170315.5, "42809.0", -1.0, 1e300, float("inf"), float("nan")):
        assert min(seconds(cell) for _ in range(3)) <= 20 * text, cell


def _outcome(cell: Cell, epoch: date) -> object:
    try:
        return read_date(cell, epoch)
    except NotADate as error:
        return error.has_time


@given(
    st.dates(date(1949, 1, 1), date(2100, 12, 31)),
    st.sampled_from(["{y}/{m}/{d}", "{y}.{m:02}.{d:02}", "{y}-{m}-{d}", "{y}年{m}月{d}日", " {y:>02}{m:02}{d:02}"]),
    st.sampled_from(["认定日期（民国）", "民國認定日期", "date (ROC)"]),
)
def test_a_year_of_the_era_is_read_where_the_date_or_its_header_says_so(day: date, form: str, header: str) -> None:
    text = form.format(y=day.year - 1911, m=day.month, d=day.day)
    assert read_date(with_era(text, header)).day == day
    assert read_date(f"民国{text.strip()}").day == day
    assert with_era(text, "认定日期") == text
    assert with_era(day.isoformat(), header) == day.isoformat()
    assert with_era(day, header) == day
    if text.strip().isdigit():
        assert read_date(with_era(int(text), header)).day == day


@given(st.text(max_size=40) | st.text(st.sampled_from("0123456789-/.年月日 :TZ上午周民国十百"), max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    with suppress(NotADate):
        read_date(text)
