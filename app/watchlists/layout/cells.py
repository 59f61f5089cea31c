"""Cells to canonical values, by the kind of their column; and canonical values back to the text of a cell.

Reading what was written gives the value back: that is why an export has the same content hash as its import.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from typing import Any, Final

from app.identifiers import Identifier, IdentifierError, Scheme, parse, uscc_warning
from app.identifiers.in_text import codes_in, mails_in, without_mails
from app.tabular.dates import NotADate, WrittenDate, read_date
from app.tabular.issue import Issue, doubtful, refused
from app.tabular.placeholders import is_placeholder
from app.tabular.sheet import EPOCH_1900, Cell, cleaned
from app.watchlists.layout.cell_items import (
    SEPARATORS,
    is_filled,
    join_former,
    join_items,
    join_raw,
    plain_item,
    split_former,
    split_items,
    split_raw,
)
from app.watchlists.layout.columns import BY_ALIAS, CellKind, Column
from app.watchlists.layout.date_advice import date_advice
from app.watchlists.layout.jurisdictions import read_jurisdiction, read_region
from app.watchlists.layout.meant_values import likely_meant

_SCIENTIFIC: Final = re.compile(r"\d+(?:\.\d+)?e[+-]\d+|\d+\.\d+e\d+|\d{6,}\.0+", re.IGNORECASE)
_BETWEEN_CODES: Final = re.compile(r"[、,，/／\s]+")
_AROUND: Final = " 、，；;,()（）<>《》:："
_CODE_LEFT: Final = re.compile("[0-9A-Za-z][.。．]")
_PAGE: Final = re.compile(
    r"[^\s/:：]/(?!/)(?:(?!\s|index\.|default\.|home(?:\.|/|\b)|#/?$)[^\s、，（(]){3,}", re.IGNORECASE
)
"""An address that leads to something on a site, not to the site."""

_BETWEEN_DOMAINS: Final = re.compile(r"[、,，\s]+")
"""Domains apart, because the address of a page has strokes of its own."""

_REGION_CODE: Final = re.compile(r"[1-8]\d{5}")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")

_FORMULA_STARTS: Final = "=+-@"
_TEXT_FORMULA: Final = re.compile(r'="(.*)"', re.DOTALL)
_WHOLE: Final = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_OPEN: Final = frozenset({"", "至今", "今"})
_YES: Final = frozenset({"是", "√", "✓", "y", "yes", "true", "1"})
_NO: Final = frozenset({"否", "n", "no", "false", "0"})
_LAST_DAYS: Final = frozenset({"rectify_deadline", "winddown_until"})
"""Columns of the last day of a term, which includes it."""

_OF_ORGANISATIONS: Final = {"uscc": Scheme.USCC, "reg_no_15": Scheme.REG15, "org_code": Scheme.ORG}
_ONE_LINE: Final = frozenset({"legal_name", "name_en", "parent_name"})
_UNKNOWN_CODES_MAX: Final = 20
"""So many unknown codes of one cell are named."""


@dataclass(frozen=True, slots=True)
class CellValue:
    """What a cell says: the canonical value (None for nothing), the doubts, and whether it cannot be matched."""

    value: Any
    doubts: tuple[Issue, ...] = ()
    is_unmatched: bool = False


_EMPTY: Final = CellValue(None)


def read_cell(column: Column, cell: Cell, epoch: date = EPOCH_1900) -> CellValue:
    """Return what a cell of a column says.  ``epoch`` is day 0 of dates that are written as numbers."""
    if cell is None:
        return _EMPTY
    if column.kind is CellKind.DATE:
        return _read_date(cell, epoch, is_end=column.alias in _LAST_DAYS)
    if column.is_code and not isinstance(cell, str) and not _is_whole_code(column, cell):
        return CellValue(None, (_as_number(cell),))
    text = _text(cell)
    return _read_words(column, text) if text else _EMPTY


def _is_whole_code(column: Column, cell: Cell) -> bool:
    """Whether a code that is stored as a number has surely lost nothing: a region's code, a mobile telephone's."""
    pattern = _REGION_CODE if column.kind is CellKind.REGION else _MOBILE if column.scheme is Scheme.PHONE else None
    return pattern is not None and type(cell) is int and pattern.fullmatch(str(cell)) is not None


def _read_words(column: Column, text: str) -> CellValue:
    reading = _READERS[column.kind](column, text)
    is_understood = column.kind in _CLOSED_KINDS and not reading.doubts
    if not is_understood and is_placeholder(text, zero=column.kind is not CellKind.INTEGER):
        return CellValue(None, (_PLACEHOLDER,))
    if text[0] not in _FORMULA_STARTS or column.scheme is Scheme.PHONE:
        return reading
    return replace(reading, doubts=(_FORMULA_TEXT, *reading.doubts))


def write_value(column: Column, value: Any) -> str:  # noqa: ANN401 - a canonical value
    """Return the text of a cell from which :func:`read_cell` reads this value."""
    if column.kind is CellKind.FORMER_NAMES:
        return join_raw(join_former(former["name"], former.get("from", ""), former.get("to", "")) for former in value)
    if column.is_list:
        return join_items(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        while wrapped := _TEXT_FORMULA.fullmatch(cell):
            cell = cleaned(wrapped[1].replace('""', '"'))
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    return cell.isoformat() if isinstance(cell, date) else repr(cell)


def _is_scientific(text: str) -> bool:
    return bool(_SCIENTIFIC.fullmatch(text if text.isascii() else _folded(text)))


def _folded(text: str) -> str:
    return cleaned(unicodedata.normalize("NFKC", text))


def _read_date(cell: Cell, epoch: date, *, is_end: bool) -> CellValue:
    if isinstance(cell, str) and is_placeholder(cell):
        return CellValue(None, (_PLACEHOLDER,))
    try:
        found = read_date(cell, epoch, is_end=is_end)
    except NotADate as error:
        return CellValue(None, (_DATE_WITH_TIME if error.has_time else refused("BAD_DATE", *date_advice(cell)),))
    return CellValue(found.iso, (_rounded(found),) if found.is_rounded else ())


def _read_text(column: Column, text: str) -> CellValue:
    return CellValue(" ".join(text.split()) if column.alias in _ONE_LINE else text)


def _read_texts(_column: Column, text: str) -> CellValue:
    return CellValue(split_items(text) or None)


def _read_code(_column: Column, text: str) -> CellValue:
    value = " ".join(_folded(text).split())
    return CellValue(None, (_as_number(value),)) if _is_scientific(value) else CellValue(value or None)


def _read_identifier(column: Column, text: str) -> CellValue:
    scheme = _scheme(column)
    if _is_scientific(text):
        return CellValue(None, (_as_number(text),))
    try:
        found = parse(scheme, text)
    except IdentifierError as error:
        return CellValue(text, (_format_doubt(error),), is_unmatched=True)
    if _is_scientific(found.value):
        return CellValue(None, (_as_number(text),))
    return CellValue(found.value, _checksum_doubts(found))


def _read_one_identifier(column: Column, text: str) -> CellValue:
    """Read a cell of one code, which may have its label or a remark around it."""
    reading = _read_identifier(column, text)
    if not reading.is_unmatched:
        return reading
    found = list(dict.fromkeys(one.value for one in codes_in(text) if one.scheme is column.scheme))
    return CellValue(found[0], (_code_read(found[0]),)) if len(found) == 1 else reading


def elsewhere(row: dict[str, Any], unmatched: Collection[str]) -> Iterator[tuple[str, Issue]]:
    """Move codes of an organisation that stand in the column of another kind of code, and say so.

    A column 统一社会信用代码/注册号 has both, and before 2015 there was no 统一社会信用代码.
    """
    for alias in [one for one in _OF_ORGANISATIONS if one in unmatched]:
        for other, scheme in _OF_ORGANISATIONS.items():
            if other in {alias, *row}:
                continue
            with suppress(IdentifierError):
                found = parse(scheme, row[alias])
                if found.checksum_ok is not False:
                    del row[alias]
                    row[other] = found.value
                    yield alias, _code_read(f"{BY_ALIAS[other].zh} {found.value}")
                    break


def _read_identifiers(column: Column, text: str) -> CellValue:
    readings = [reading for item in split_items(text) for reading in _readings(column, item)]
    return CellValue(
        list(dict.fromkeys(reading.value for reading in readings if reading.value)) or None,
        tuple(doubt for reading in readings for doubt in reading.doubts),
        any(reading.is_unmatched for reading in readings),
    )


def _readings(column: Column, item: str) -> list[CellValue]:
    """Read an item that may be several codes, or a code with words around it."""
    if column.scheme is Scheme.DOMAIN and (mails := mails_in(item)):
        # Whose host it is nobody knows: on that of a provider stand the mails of everybody.
        rest = without_mails(item).strip(_AROUND)
        return [CellValue(None, (_mail(mails[0]),)), *(_readings(column, rest) if _CODE_LEFT.search(rest) else ())]
    between = _BETWEEN_DOMAINS if column.scheme is Scheme.DOMAIN else _BETWEEN_CODES
    parts = [part for part in between.split(item) if part]
    if len(parts) > 1:
        # Up to the first that is none: a long text is not read word by word.
        several = list(takewhile(_is_code, (_read_identifier(column, part) for part in parts)))
        if len(several) == len(parts):
            return several
    reading = _read_identifier(column, item)
    if not reading.is_unmatched:
        is_page = column.scheme is Scheme.DOMAIN and _PAGE.search(item) is not None
        return [replace(reading, doubts=(*reading.doubts, _page(str(reading.value)))) if is_page else reading]
    found = [one.value for one in codes_in(item) if one.scheme is column.scheme]
    return [CellValue(value, (_code_read(value),)) for value in found] or [reading]


def _is_code(reading: CellValue) -> bool:
    return reading.value is not None and not reading.is_unmatched


def _mail(value: str) -> Issue:
    return doubtful(
        "MAIL_NOT_A_DOMAIN",
        f"这是电子邮箱（{value}），不是网站，未读作域名",
        f"this is a mail address ({value}), no site; it is not read as a domain",
        "邮箱所在的网站属于该主体的，填写该网站的域名 / write the domain if the site of the mail is the entity's own",
    )


def _page(value: str) -> Issue:
    return doubtful(
        "PAGE_READ_AS_SITE",
        f"这是一个页面的网址，按整个网站“{value}”读取",
        f"this is the address of a page; it is read as the whole site {value}",
        "只涉及其中一个页面、店铺或帐号的，删去网址，写入名称或备注 / "
        "if only a page, a shop or an account of it is meant, remove it and write its name",
    )


def _code_read(value: str) -> Issue:
    return doubtful(
        "CODE_CELL_READ",
        f"单元格不只是一个号码，读作“{value}”",
        f"the cell holds more than a code; it is read as {value}",
        "核对无误即可；有误时只填写号码 / nothing to do where it is right; else write the code alone",
    )


def _read_coded(column: Column, text: str) -> CellValue:
    code = column.code_of(text)
    return CellValue(code) if code else CellValue(None, (_unknown_code(column, text),))


def _read_codeds(column: Column, text: str) -> CellValue:
    found: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for item in dict.fromkeys(filter(None, map(plain_item, split_raw(text, SEPARATORS + "、,，")))):
        pieces = [item] if column.code_of(item) else item.split()
        for piece in dict.fromkeys(pieces):
            if code := column.code_of(piece):
                found[code] = None
            else:
                unknown[piece] = None
    # Each is refused; the likeliest meaning of the first ones is enough to see what the cell is.
    doubts = [_unknown_code(column, piece) for piece in list(unknown)[:_UNKNOWN_CODES_MAX]]
    return CellValue(list(found) or None, tuple(doubts))


def _read_boolean(_column: Column, text: str) -> CellValue:
    folded = _folded(text).casefold()
    if folded in _YES or folded in _NO:
        return CellValue(folded in _YES)
    return CellValue(
        None, (refused("BAD_VALUE", "应为“是”或“否”", "must be yes or no", "写 是 或 否 / write 是 or 否"),)
    )


def _read_integer(_column: Column, text: str) -> CellValue:
    folded = _folded(text).removesuffix("人").strip()
    if _WHOLE.fullmatch(folded) and len(folded) <= 15:  # noqa: PLR2004 - exact in JSON
        return CellValue(int(folded.replace(",", "")))
    return CellValue(None, (refused("BAD_NUMBER", "应为非负整数", "must be a whole number", "如 200 / such as 200"),))


def _read_region(_column: Column, text: str) -> CellValue:
    if _is_scientific(text):
        return CellValue(None, (_as_number(text),))
    code, doubt = read_region(_folded(text))
    return CellValue(code, (doubt,) if doubt else ())


def _read_jurisdiction(_column: Column, text: str) -> CellValue:
    code, doubt = read_jurisdiction(_folded(text))
    return CellValue(code, (doubt,) if doubt else ())


def _read_former_names(_column: Column, text: str) -> CellValue:
    names: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    doubts: list[Issue] = []
    for raw in filter(is_filled, split_raw(text)):
        name, span = split_former(raw)
        if not is_filled(name):
            doubts.append(_PLACEHOLDER)
            continue
        former = {"name": name}
        for key, bound in zip(("from", "to"), map(str.strip, span), strict=False):
            if bound in _OPEN:
                continue
            try:
                former[key] = read_date(bound, is_end=key == "to").iso
            except NotADate:
                doubts.append(_BAD_FORMER_NAME)
        if former.get("from", "") > former.get("to", "9"):
            doubts.append(_BAD_SPAN)
        names[tuple(former.items())] = former
    return CellValue(list(names.values()) or None, tuple(doubts))


def _rounded(found: WrittenDate) -> Issue:
    return doubtful(
        "DATE_ROUNDED",
        f"日期带有接近零点的时刻，按 {found.iso} 读取",
        f"the date has a time of day near midnight; it is read as {found.iso}",
        "核对日期；改为不带时刻的日期 / check the date; write it without a time",
    )


def _scheme(column: Column) -> Scheme:
    if column.scheme is None:
        raise ValueError(f"{column.alias} has no scheme")
    return column.scheme


def _as_number(cell: Cell) -> Issue:
    what_zh = "日期" if isinstance(cell, date) else "数字"
    what_en = "a date" if isinstance(cell, date) else "a number"
    return refused(
        "ID_AS_NUMBER",
        f"编号、代码、账号被表格软件存成了{what_zh}，位数可能已丢失",
        f"a code or account is stored as {what_en}; digits may be lost",
        "将该列设为“文本”格式，按原件重新录入完整号码后保存 / "
        "format the column as text, type the whole number again, and save",
    )


def _format_doubt(error: IdentifierError) -> Issue:
    return doubtful(
        f"{error.scheme.value}_FORMAT",
        f"{error.text_zh}；按原样保留，不参与匹配",
        f"{error.text_en}; kept as written, not matched",
        f"是否应为 {error.suggestion}？ / perhaps {error.suggestion}"
        if error.suggestion
        else ("核对原件 / check the original"),
    )


def _checksum_doubts(found: Identifier) -> tuple[Issue, ...]:
    if found.checksum_ok is not False:
        return ()
    warning = uscc_warning(found) if found.scheme is Scheme.USCC else None
    if warning:
        return (doubtful(warning.code, warning.text_zh, warning.text_en, "核对原件 / check the original"),)
    return (
        doubtful(
            f"{found.scheme.value}_CHECKSUM",
            "校验位不符，请核对；按原样保留并逐字匹配",
            "the check digit is wrong; kept and matched as written",
            "核对原件 / check the original",
        ),
    )


def _unknown_code(column: Column, text: str) -> Issue:
    meant = likely_meant(column.alias, text, column.codes)
    perhaps_zh = "或".join(f"“{zh}”" for zh in meant)
    perhaps_en = " or ".join(str(column.codes[zh]) for zh in meant)
    known = "、".join(f"{zh} {code}" for zh, code in column.codes.items())
    return refused(
        "UNKNOWN_VALUE",
        f"“{column.zh}”没有“{text}”这一取值",
        f"{column.alias} has no value “{text}”",
        (f"是否应为{perhaps_zh}？" if meant else "")
        + f"可用：{known} / "
        + (f"perhaps {perhaps_en}; " if meant else "")
        + f"possible: {', '.join(column.codes.values())}",
    )


_FORMULA_TEXT: Final = doubtful(
    "FORMULA_TEXT",
    "内容以 = + - @ 开头，按普通文字保留，不作公式",
    "the text begins like a formula; it is kept as plain text",
    "核对该内容 / check the content",
)
_PLACEHOLDER: Final = doubtful(
    "PLACEHOLDER",
    "填写的是占位符，按未填写处理",
    "a placeholder; taken as empty",
    "没有内容时留空 / leave it empty where there is nothing to say",
)
_DATE_WITH_TIME: Final = refused(
    "DATE_WITH_TIME",
    "日期带有时刻，无法确定是哪一天",
    "the date has a time of day, so the day is not certain",
    "改为不带时刻的日期，如 2017-03-15 / write the date without a time, such as 2017-03-15",
)
_BAD_FORMER_NAME: Final = refused(
    "BAD_FORMER_NAME",
    "曾用名的起止日期有误",
    "the dates of a former name are wrong",
    "写成 名称@2015-01-01~2016-12-31 / write NAME@2015-01-01~2016-12-31",
)
_BAD_SPAN: Final = doubtful(
    "DATES_REVERSED",
    "曾用名的起始日期晚于终止日期",
    "a former name ends before it begins",
    "核对日期 / check the dates",
)

_READERS: Final[Mapping[CellKind, Callable[[Column, str], CellValue]]] = {
    CellKind.TEXT: _read_text,
    CellKind.TEXTS: _read_texts,
    CellKind.CODE: _read_code,
    CellKind.IDENTIFIER: _read_one_identifier,
    CellKind.IDENTIFIERS: _read_identifiers,
    CellKind.CODED: _read_coded,
    CellKind.CODEDS: _read_codeds,
    CellKind.BOOLEAN: _read_boolean,
    CellKind.INTEGER: _read_integer,
    CellKind.REGION: _read_region,
    CellKind.JURISDICTION: _read_jurisdiction,
    CellKind.FORMER_NAMES: _read_former_names,
    CellKind.HANDLING: _read_text,
}
_CLOSED_KINDS: Final = frozenset({CellKind.CODED, CellKind.CODEDS, CellKind.BOOLEAN})
