"""Dates as people and spreadsheets write them."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Final

from app.watchlists.findings.issue import Issue, refused
from app.watchlists.layout.sheet import EPOCH_1900, Cell

_YEARS: Final = range(1949, 2101)
_WRITTEN: Final = re.compile(
    r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL: Final = re.compile(r"\d{5}(?:\.0+)?")
_HAN: Final = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日"
)
_DIGITS: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")

_BAD: Final = refused("BAD_DATE", "不是有效日期", "not a date", "写成 YYYY-MM-DD，如 2017-03-15")


def read_date(cell: Cell, epoch: date = EPOCH_1900) -> str | Issue:
    """Return a date as YYYY-MM-DD.

    Taken are 2017-03-15, 2017/3/15, 2017.3.15, 2017年3月15日, 二〇一七年三月十五日, 20170315, a date cell, and the
    serial number of a spreadsheet, counted from ``epoch``; a time of day is left away.
    """
    found = _date(cell, epoch)
    if found is None or found.year not in _YEARS:
        return _BAD
    return found.isoformat()


def _date(cell: Cell, epoch: date) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _serial(cell, epoch)
    return (
        _written(_DASHES.sub("-", unicodedata.normalize("NFKC", cell).strip()), epoch)
        if isinstance(cell, str)
        else None
    )


def _written(text: str, epoch: date) -> date | None:
    if match := _WRITTEN.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _HAN.fullmatch(text):
        year, month, day = int(match[1].translate(_DIGITS)), _han_number(match[2]), _han_number(match[3])
    elif _SERIAL.fullmatch(text):
        return _serial(float(text), epoch)
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _serial(number: float, epoch: date) -> date | None:
    if not 1 <= number < 100_000:  # noqa: PLR2004 - five digits, to the year 2173
        return None
    return epoch + timedelta(days=int(number))


def _han_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    value = int(ones.translate(_DIGITS) or 0) if len(ones) < 2 else 99  # noqa: PLR2004 - 十 has one digit behind it
    return value + (int(tens.translate(_DIGITS) or 1) * 10 if ten else 0)
