"""Why a text is no date, and which date was meant, as advice to people; nothing is read by it."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from app.clock import local_date
from app.tabular.sheet import Cell


class Advice(NamedTuple):
    """What is wrong with a text, in Chinese and English, and how to mend it."""

    text_zh: str
    text_en: str
    suggestion: str


_TEXT_MAX: Final = 200
_WHOLE: Final = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?: ?[-/.年、,_] ?)(?P<month>\d{1,2})(?: ?[-/.月、,_] ?)(?P<day>\d{1,2})(?!\d)"
    r"|(?<!\d)(?P<compact>(?:19|20)\d{6})(?!\d)"
)
_MONTH: Final = re.compile(
    r"(?:约|于|在)?(?P<year>(?:19|20)\d{2})(?: ?[-/.年] ?(?P<month>1[0-2]|0?[1-9]) ?月?)(?P<end>底|末|下旬)?.{0,4}"
    r"|(?P<compact>(?:19|20)\d{2}(?:1[0-2]|0[1-9]))"
)
_SHORT_YEAR: Final = re.compile(r"(?P<year>\d{2}) ?[-/.年] ?(?P<month>\d{1,2}) ?[-/.月] ?(?P<day>\d{1,2})日?")
_YEAR_LAST: Final = re.compile(r"(?P<one>\d{1,2}) ?[-/.] ?(?P<two>\d{1,2}) ?[-/.] ?(?P<year>(?:19|20)?\d{2})")
_EPOCH: Final = re.compile(r"/?(?:Date)?\(?(?P<number>1\d{9}(?:\d{3})?)\)?/?")
_NO_DAY: Final = re.compile("即日|立即|发文|发布|公布|印发|通知|今日|当日|之日|尽快|马上")
_NO_END: Final = re.compile("长期|永久|不限|持续|至今|无限期|无期限")
_BEFORE: Final = re.compile("前")
_LAST_MONTH: Final = 12
_CENTURY: Final = 2000


def date_advice(cell: Cell) -> Advice:
    """Return why a cell that could not be read as a date is none."""
    text = " ".join(unicodedata.normalize("NFKC", str(cell)).split())[:_TEXT_MAX]
    days = list(dict.fromkeys(_days(text)))
    for advice in (_whole(text, days), _partly(text), _in_words(text)):
        if advice is not None:
            return Advice(f"不是有效日期：{advice.text_zh}", f"not a date: {advice.text_en}", advice.suggestion)
    return Advice("不是有效日期", "not a date", "写成 YYYY-MM-DD，如 2017-03-15 / write YYYY-MM-DD, such as 2017-03-15")


def _days(text: str) -> Iterator[date | None]:
    """Give the whole dates in a text; None for one that no calendar has."""
    for match in _WHOLE.finditer(text):
        if compact := match["compact"]:
            yield _day(compact[:4], compact[4:6], compact[6:])
        else:
            yield _day(match["year"], match["month"], match["day"])


def _whole(text: str, days: list[date | None]) -> Advice | None:
    if not days:
        return None
    if None in days:
        return Advice(
            "日历上没有这一天",
            "no calendar has this day",
            "写成 YYYY-MM-DD，并核对原件上的日期 / write YYYY-MM-DD, and check the date of the original",
        )
    if len(days) > 1:
        return Advice(
            "写了不止一个日期",
            "there is more than one date",
            "只写本列所指的那一个；起止日期填入各自的列 / write the one that the column is about",
        )
    (day,) = days
    assert day is not None  # noqa: S101 - looked at above
    if _BEFORE.search(text):
        return Advice(
            "“前”是否含当日不明",
            "whether the day itself is included is not said",
            f"含当日的写 {day}，不含的写 {day - timedelta(days=1)} / "
            f"write {day} where it is included, {day - timedelta(days=1)} where it is not",
        )
    return Advice("日期之外还有文字", "there is more than a date", f"是否应为 {day}？ / perhaps {day}")


def _partly(text: str) -> Advice | None:
    if match := _EPOCH.fullmatch(text):
        seconds = int(match["number"][:10])
        day = local_date(datetime.fromtimestamp(seconds, UTC))
        return Advice("是程序的时间戳", "it is a program's time stamp", _perhaps([day]))
    if match := _SHORT_YEAR.fullmatch(text):
        meant = [_day(str(_CENTURY + int(match["year"])), match["month"], match["day"])]
        return Advice("年份只有两位", "the year has two digits", _perhaps(meant))
    if match := _YEAR_LAST.fullmatch(text):
        year = match["year"] if len(match["year"]) > 2 else str(_CENTURY + int(match["year"]))  # noqa: PLR2004
        meant = [_day(year, match["one"], match["two"]), _day(year, match["two"], match["one"])]
        return Advice("月、日的次序不明", "which is the month and which the day is not certain", _perhaps(meant))
    if match := _MONTH.fullmatch(text):
        year, month = (
            (int(match["compact"][:4]), int(match["compact"][4:]))
            if match["compact"]
            else (int(match["year"]), int(match["month"]))
        )
        last = [date(year, month, monthrange(year, month)[1])] if match["end"] else []
        return Advice("没有写明是哪一天", "the day is not said", _perhaps(last))
    return None


def _in_words(text: str) -> Advice | None:
    if _NO_DAY.search(text):
        return Advice(
            "没有写明是哪一天",
            "the day is not said",
            "写出具体日期，如文件的成文日期 / write the day, such as that of the document",
        )
    if _NO_END.search(text):
        return Advice("没有期限", "there is no end", "没有期限的，留空 / leave it empty where there is no end")
    return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _perhaps(days: list[date | None] | list[date]) -> str:
    found = list(dict.fromkeys(day.isoformat() for day in days if day is not None))
    if not found:
        return "写成 YYYY-MM-DD，如 2017-03-15 / write YYYY-MM-DD, such as 2017-03-15"
    return f"是否应为 {' 或 '.join(found)}？ / perhaps {' or '.join(found)}"
