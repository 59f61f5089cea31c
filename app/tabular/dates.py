"""Dates as people, spreadsheets and programs write them.

A time of day is looked at: some programs write midnight a few seconds early (Shanghai's local mean time of before
1901, 43 seconds away), and a day that is read a day early changes what the law says.  A time within two minutes of
midnight is rounded to that midnight; any other is not a date.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from app.clock import SHANGHAI
from app.tabular.sheet import EPOCH_1900, Cell

_YEARS: Final = range(1949, 2101)
_NEAR: Final = timedelta(minutes=2)
_DAY: Final = timedelta(days=1)

# Blanks are single before any of these is tried.
_WEEKDAY: Final = r"(?: ?\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?"
_CLOCK: Final = (
    r"(?:[ T]?(?P<half>上午|下午|AM|PM)? ?(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})?(?:[:分](?P<second>\d{1,2})秒?)?"
    r"(?P<fraction>\.\d{1,9})?分? ?(?P<half_behind>AM|PM)? ?(?P<zone>Z|(?:GMT|UTC)?[-+]\d{2}:?\d{2})?)?"
)
_YMD: Final = re.compile(
    r"(?P<year>\d{4}) ?(?:[-/.]|年) ?(?P<month>\d{1,2}) ?(?:[-/.]|月) ?(?P<day>\d{1,2}) ?[日号]?" + _WEEKDAY + _CLOCK,
    re.IGNORECASE,
)
_BLANK_YMD: Final = re.compile(r"(?P<year>\d{4}) (?P<month>\d{1,2}) (?P<day>\d{1,2})")
_COMPACT: Final = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:0{4}|0{6}|\.0)?")
_HAN: Final = re.compile(  # a nought is written as a letter too
    r"(?P<year>[〇○零Oo0一二三四五六七八九]{4}|\d{4})年(?P<month>[〇○零一二三四五六七八九十]{1,3})月"
    r"(?P<day>[〇○零一二三四五六七八九十廿卅]{1,3})[日号]" + _WEEKDAY
)
_MONTH_NAMES: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED: Final = re.compile(
    r"(?:(?P<day_first>\d{1,2})[- .]{0,2}(?P<name>[A-Za-z]{3,9})"
    r"|(?P<name_first>[A-Za-z]{3,9})[- .]{0,2}(?P<day>\d{1,2}))"
    r"[- .,]{1,2}(?P<year>\d{4})"
)
_YEAR_NAMED: Final = re.compile(r"(?P<year>\d{4})[- .](?P<name>[A-Za-z]{3,9})[- .](?P<day>\d{1,2})")
_WEB: Final = re.compile(  # what a program in a browser writes
    r"[A-Za-z]{3} (?P<name>[A-Za-z]{3}) (?P<day>\d{1,2}) (?P<year>\d{4}) (?P<clock>\d{2}:\d{2}:\d{2})"
    r" (?:GMT|UTC)(?P<zone>[-+]\d{4})(?: \(.{0,60}\))?"
)
_WEB_DAY: Final = re.compile(r"[A-Za-z]{3} (?P<name>[A-Za-z]{3}) (?P<day>\d{1,2}) (?P<year>\d{4})")
_WEB_UTC: Final = re.compile(
    r"[A-Za-z]{3}, (?P<day>\d{1,2}) (?P<name>[A-Za-z]{3}) (?P<year>\d{4}) (?P<clock>\d{2}:\d{2}:\d{2}) (?:GMT|UTC)"
)
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d{1,20})?")
_HAN_DIGIT: Final = "〇○零一二三四五六七八九"
_DIGITS: Final = str.maketrans(_HAN_DIGIT + "Oo", "00012345678900")
_TENS: Final = str.maketrans({"廿": "二十", "卅": "三十"})
_HAN_NUMBER: Final = _HAN_DIGIT + "十"
_HAN_DIGITS: Final = str.maketrans("0123456789", "〇一二三四五六七八九")
_ERA: Final = re.compile(
    rf"(?:中[华華])?民[国國] ?(?P<year>\d{{1,3}}|[{_HAN_DIGIT}十百]{{1,6}})(?P<rest> ?(?:[-/.]|年).{{1,100}})"
)
_ERA_COMPACT: Final = re.compile(r"(?:中[华華])?民[国國] ?(?P<year>\d{2,3})(?P<rest>\d{4})")
_ERA_BEGAN: Final = 1911
_ERA_IN_HEADER: Final = re.compile("民[国國]|ROC")
_YEAR_OF_ERA: Final = re.compile(rf"(?:\d{{2,3}}|[{_HAN_DIGIT}十百]{{2,6}}) ?[-/.年]|\d{{6,7}}$")
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")
_TEXT_MAX: Final = 120
_FIRST_AS_NUMBER, _LAST_AS_NUMBER = 1949_01_01, 2100_12_31
"""Days that are typed as one number, 20170630."""

_ENDS_OF_DAY: Final = (time(23, 59), time(23, 59, 59))
"""How programs write that a day is included, 2017-06-30 23:59:59."""


def with_era(cell: Cell, header: str) -> Cell:
    """Return a date with the era that its header names: 106/6/30 under 日期（民国） is 民国106/6/30.

    A year of four digits is one of the common era under any header.
    """
    if not _ERA_IN_HEADER.search(header) or isinstance(cell, bool) or not isinstance(cell, str | int):
        return cell
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    return f"民国{text}" if _YEAR_OF_ERA.match(text) else cell


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date that a cell holds; ``is_rounded`` where it had a time of day near midnight."""

    day: date
    is_rounded: bool = False

    @property
    def iso(self) -> str:
        """The date as YYYY-MM-DD."""
        return self.day.isoformat()


class NotADate(ValueError):
    """The cell holds no date; ``has_time`` where it has one with a time of day that is no midnight."""

    def __init__(self, *, has_time: bool = False) -> None:
        super().__init__("a date with a time of day" if has_time else "not a date")
        self.has_time = has_time


def read_date(cell: Cell, epoch: date = EPOCH_1900, *, is_end: bool = False) -> WrittenDate:
    """Return the date that a cell holds.  Raises :class:`NotADate`.

    ``is_end`` is for the last day of a term: there 2017-06-30 23:59:59 and 24:00 are the 30th and not the day after.

    Taken are 2017-03-15, 2017/3/15, 2017.3.15, 2017年3月15日 with or without weekday, 二〇一七年三月十五日, 20170315,
    民国106年3月15日, 15-Mar-2017, RFC 3339 and what browsers write, a date cell, 20170315 typed as a number, and
    the serial number of a spreadsheet, counted from ``epoch``.  A day and a month that could be exchanged (3/5/2017), a
    year of two digits and a month without a day are no dates: nobody knows which one was meant.
    """
    found = _read(cell, epoch)
    if is_end and _is_end_of_day(cell):
        found = WrittenDate(found.day - _DAY, is_rounded=True)
    if found.day.year not in _YEARS:
        raise NotADate
    return found


def _is_end_of_day(cell: Cell) -> bool:
    """Whether a cell that is read as the midnight of a day is written as the end of the day before."""
    if isinstance(cell, datetime):
        return cell.tzinfo is None and cell.time().replace(microsecond=0) in _ENDS_OF_DAY
    text = " ".join(unicodedata.normalize("NFKC", cell).split()) if isinstance(cell, str) else ""
    match = _YMD.fullmatch(_DASHES.sub("-", text))
    if match is None or match["hour"] not in {"23", "24"} or match["half"] or match["half_behind"]:
        return False
    return match["hour"] == "24" or time(23, int(match["minute"] or 0), int(match["second"] or 0)) in _ENDS_OF_DAY


def _read(cell: Cell, epoch: date) -> WrittenDate:
    if isinstance(cell, datetime):
        return _at_midnight(cell)
    if isinstance(cell, date):
        return WrittenDate(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _serial(cell, epoch)
    if isinstance(cell, str) and len(cell) <= _TEXT_MAX:
        return _written(_DASHES.sub("-", " ".join(unicodedata.normalize("NFKC", cell).split())), epoch)
    raise NotADate


def _at_midnight(moment: datetime) -> WrittenDate:
    """Return the day whose midnight a moment is, or nearly is."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(SHANGHAI).replace(tzinfo=None)
    midnight = datetime.combine(moment.date(), time())
    if moment == midnight:
        return WrittenDate(moment.date())
    for near in (midnight, midnight + _DAY):
        if abs(moment - near) <= _NEAR:
            return WrittenDate(near.date(), is_rounded=True)
    raise NotADate(has_time=True)


def _serial(number: float, epoch: date) -> WrittenDate:
    # A range would be walked through from its beginning for a number with a fraction.
    if _FIRST_AS_NUMBER <= number <= _LAST_AS_NUMBER and number == int(number):
        return _written(str(int(number)), epoch)
    if not 1 <= number < 100_000:  # noqa: PLR2004 - five digits, to the year 2173
        raise NotADate
    return _at_midnight(datetime.combine(epoch, time()) + timedelta(seconds=round(number * 86_400)))


def _written(text: str, epoch: date) -> WrittenDate:
    try:
        text = _in_common_era(text.rstrip(".。"))
        if match := _YMD.fullmatch(text):
            return _with_clock(_day(match["year"], match["month"], match["day"]), match.groupdict())
        if match := _COMPACT.fullmatch(text) or _BLANK_YMD.fullmatch(text):
            return WrittenDate(_day(match["year"], match["month"], match["day"]))
        if match := _HAN.fullmatch(text):
            year, month, day = match["year"].translate(_DIGITS), _han_number(match["month"]), _han_number(match["day"])
            return WrittenDate(_day(year, month, day))
        if match := _NAMED.fullmatch(text):
            name = match["name"] or match["name_first"]
            return WrittenDate(_day(match["year"], _month(name), match["day_first"] or match["day"]))
        if found := _of_the_web(text):
            return found
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, NotADate) else NotADate from None
    if _SERIAL.fullmatch(text):
        return _serial(float(text), epoch)
    raise NotADate


def _of_the_web(text: str) -> WrittenDate | None:
    """Return a date as programs in a browser write it; None for another text."""
    if match := _YEAR_NAMED.fullmatch(text) or _WEB_DAY.fullmatch(text):
        return WrittenDate(_day(match["year"], _month(match["name"]), match["day"]))
    if match := _WEB.fullmatch(text) or _WEB_UTC.fullmatch(text):
        written = _day(match["year"], _month(match["name"]), match["day"])
        zone = match.groupdict().get("zone") or "Z"
        return _at_midnight(datetime.combine(written, time.fromisoformat(match["clock"]), _zone(zone)))
    return None


def _in_common_era(text: str) -> str:
    """Return a date of the era 民国 (its first year is 1912) with the year of the common era; any other as it is."""
    match = _ERA.fullmatch(text) or _ERA_COMPACT.fullmatch(text)
    if match is None:
        return text
    year, rest = str(_ERA_BEGAN + _year_of_era(match["year"])), match["rest"]
    return (year.translate(_HAN_DIGITS) if rest[1:2] in _HAN_NUMBER else year) + rest


def _year_of_era(text: str) -> int:
    hundreds, hundred, below = text.rpartition("百")
    if hundred:
        return int(hundreds.translate(_DIGITS) or 1) * 100 + _han_number(below.lstrip("零〇○"))
    return _han_number(text) if "十" in text else int(text.translate(_DIGITS))


def _day(year: str, month: str | int, day: str | int) -> date:
    return date(int(year), int(month), int(day))


def _month(name: str) -> int:
    """Return the number of a month by its English name or its first letters.  Raises ValueError."""
    return _MONTH_NAMES.index(name[:3].casefold()) + 1


def _with_clock(day: date, parts: dict[str, str | None]) -> WrittenDate:
    if parts["hour"] is None:
        return WrittenDate(day)
    hour, half = int(parts["hour"]), (parts["half"] or parts["half_behind"] or "").upper()
    if half:
        hour = hour % 12 + (12 if half in {"下午", "PM"} else 0)
    if hour == 24:  # noqa: PLR2004 - the end of the day
        day, hour = day + _DAY, 0
    clock = time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    moment = datetime.combine(day, clock, _zone(parts["zone"]) if parts["zone"] else None)
    return _at_midnight(moment + timedelta(seconds=float(parts["fraction"] or 0)))


def _zone(text: str) -> timezone:
    if text.upper() == "Z":
        return timezone.utc  # noqa: UP017 - the type is wanted
    digits = text.upper().removeprefix("GMT").removeprefix("UTC").replace(":", "")
    minutes = int(digits[1:3]) * 60 + int(digits[3:5])
    return timezone(timedelta(minutes=-minutes if digits[0] == "-" else minutes))


def _han_number(text: str) -> int:
    text = text.translate(_TENS)
    if "十" not in text:
        return int(text.translate(_DIGITS))
    tens, ten, ones = text.rpartition("十")
    value = int(ones.translate(_DIGITS) or 0) if len(ones) < 2 else 99  # noqa: PLR2004 - 十 has one digit behind it
    return value + (int(tens.translate(_DIGITS) or 1) * 10 if ten else 0)
