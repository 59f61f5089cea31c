"""Which sheet holds the entries, where its header stands, and which column is which."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.watchlists.findings.file_error import Unreadable
from app.watchlists.findings.finding import Finding, Severity
from app.watchlists.layout.columns import BY_ALIAS, REQUIRED, Column, column_of, header_key, known_headers
from app.watchlists.layout.file_header import batch_column_of
from app.watchlists.layout.sheet import Cell, Sheet, SheetRow

_ENTRIES: Final = frozenset({"名单", "entries"})
_BATCH: Final = frozenset({"批次信息", "batch"})
_HEADER_ROWS_MAX: Final = 30
_HEADERS_MIN: Final = 3
_ALIKE_MIN: Final = 0.6


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """One column of the file: where it stands, the header as written, and the column of the layout, if known."""

    index: int
    text: str
    column: Column | None


@dataclass(frozen=True, slots=True)
class EntryTable:
    """The entries of a file under their headings."""

    sheet: Sheet
    header_row: int
    headings: tuple[HeaderCell, ...]
    lines: tuple[SheetRow, ...]

    def heading(self, alias: str) -> str:
        """Return the header of a column as the file writes it, or its Chinese name where the file has none."""
        return next(
            (heading.text for heading in self.headings if heading.column and heading.column.alias == alias),
            BY_ALIAS[alias].zh,
        )


def entries_sheet(sheets: Sequence[Sheet]) -> tuple[Sheet, list[Finding]]:
    """Return the sheet of the entries: that named so, or the only one that has their header.

    Hidden sheets are never read: the uploader does not see what is in them.
    """
    visible = [sheet for sheet in sheets if not sheet.hidden and not _is_batch(sheet)]
    found = [sheet for sheet in visible if header_key(sheet.name or "") in _ENTRIES]
    if not found:
        found = [sheet for sheet in visible if _header(sheet) is not None]
    if not found and len(visible) == 1:
        found = visible
    if not found:
        raise Unreadable(
            "NO_HEADER",
            "没有可见的“名单”工作表，也没有含名单表头的工作表",
            "there is no visible sheet 名单 (entries) and none with the header of a list",
            "把名单放在名为“名单”的可见工作表中，使用模板的表头",
        )
    if len(found) > 1:
        names = "、".join(str(sheet.name) for sheet in found)
        raise Unreadable(
            "SEVERAL_SHEETS",
            f"有多个工作表含名单表头：{names}",
            f"several sheets have the header of a list: {names}",
            "只保留一个，或将其命名为“名单”",
        )
    return found[0], [_left_out(sheet) for sheet in sheets if sheet is not found[0] and _looks_like_entries(sheet)]


def batch_sheet(sheets: Sequence[Sheet]) -> Sheet | None:
    """Return the sheet of the batch, if there is one that can be seen."""
    return next((sheet for sheet in sheets if _is_batch(sheet) and not sheet.hidden), None)


def table_of(sheet: Sheet) -> tuple[EntryTable, list[Finding]]:
    """Return the entries of a sheet under their headings.

    The header is the row with the most known headers among the first rows: titles, often merged, stand above it.
    """
    place = _header(sheet)
    if place is None:
        raise Unreadable(
            "NO_HEADER",
            f"前 {_HEADER_ROWS_MAX} 行中没有找到名单表头",
            f"no header of a list in the first {_HEADER_ROWS_MAX} rows",
            "第一行写表头，如 " + ",".join(REQUIRED),
        )
    header = sheet.lines[place]
    lines = sheet.lines[place + 1 :]
    width = max((len(line.cells) for line in lines), default=0)
    headings = tuple(
        HeaderCell(index, text, column_of(text))
        for index, text in enumerate(_texts(header, max(width, len(header.cells))))
        if text is not None
    )
    named = {heading.index for heading in headings}
    unnamed = sorted(
        {index for line in lines for index, cell in enumerate(line.cells) if cell is not None and index not in named}
    )
    findings = _header_findings(sheet, header.number, headings)
    if unnamed and sheet.name is None and header.number:
        findings += _shifted(lines, named)
    else:
        findings += [_unnamed(sheet, header.number, index) for index in unnamed]
        headings += tuple(HeaderCell(index, f"第{index + 1}列", None) for index in unnamed)
    return EntryTable(sheet, header.number, headings, lines), findings


def _texts(header: SheetRow, width: int) -> list[str | None]:
    cells: list[Cell] = [*header.cells, *([None] * (width - len(header.cells)))]
    return [None if cell is None else " ".join(str(cell).split()) for cell in cells]


def _header(sheet: Sheet, known: Callable[[str], Column | None] = column_of) -> int | None:
    scores = [
        len({column.alias for cell in line.cells if isinstance(cell, str) and (column := known(cell))})
        for line in sheet.lines[:_HEADER_ROWS_MAX]
    ]
    best = max(scores, default=0)
    return scores.index(best) if best >= _HEADERS_MIN else None


def _is_batch(sheet: Sheet) -> bool:
    return header_key(sheet.name or "") in _BATCH


def _looks_like_entries(sheet: Sheet) -> bool:
    return not _is_batch(sheet) and _header(sheet) is not None


def _left_out(sheet: Sheet) -> Finding:
    return Finding(
        Severity.WARN,
        "HIDDEN_SHEET" if sheet.hidden else "SHEET_IGNORED",
        f"{'隐藏的' if sheet.hidden else ''}工作表“{sheet.name}”含有名单表头，未读取",
        f"the {'hidden ' if sheet.hidden else ''}sheet “{sheet.name}” has the header of a list and was not read",
        sheet=sheet.name,
        suggestion="如需其中内容，移到“名单”工作表；否则删除",
    )


def _header_findings(sheet: Sheet, row: int, headings: Sequence[HeaderCell]) -> list[Finding]:
    findings = []
    seen: dict[str, str] = {}
    for heading in headings:
        key = heading.column.alias if heading.column else f"extra:{heading.text}"
        if key in seen:
            findings.append(_twice(sheet, row, heading, seen[key]))
        elif heading.column is None and not batch_column_of(heading.text):
            findings.append(_unknown(sheet, row, heading))
        seen.setdefault(key, heading.text)
    findings += [
        Finding(
            Severity.ERROR,
            "MISSING_COLUMN",
            f"缺少必填列“{BY_ALIAS[alias].zh}”",
            f"the required column {alias} is missing",
            sheet=sheet.name,
            row=row or None,
            column=BY_ALIAS[alias].zh,
            suggestion=f"在表头加上“{BY_ALIAS[alias].label}”或 {alias}",
        )
        for alias in REQUIRED
        if alias not in seen
    ]
    return findings


def _twice(sheet: Sheet, row: int, heading: HeaderCell, first: str) -> Finding:
    return Finding(
        Severity.ERROR,
        "DUPLICATE_COLUMN",
        f"“{heading.text}”与“{first}”是同一列",
        f"“{heading.text}” and “{first}” are the same column",
        sheet=sheet.name,
        row=row or None,
        column=heading.text,
        suggestion="只保留一列",
    )


def _unknown(sheet: Sheet, row: int, heading: HeaderCell) -> Finding:
    near = difflib.get_close_matches(heading.text, known_headers(), 1, _ALIKE_MIN)
    return Finding(
        Severity.WARN,
        "UNKNOWN_COLUMN",
        "模板中没有这一列，内容原样保留为附加信息，不参与匹配",
        "the layout has no such column; its content is kept as it is and takes no part in matching",
        sheet=sheet.name,
        row=row or None,
        column=heading.text,
        suggestion=f"是否应为“{near[0]}”？" if near else None,
    )


def _unnamed(sheet: Sheet, row: int, index: int) -> Finding:
    return Finding(
        Severity.WARN,
        "UNNAMED_COLUMN",
        f"第 {index + 1} 列有内容而没有表头，内容保留为附加信息",
        f"column {index + 1} has content and no header; it is kept as it is",
        sheet=sheet.name,
        row=row,
        column=f"第{index + 1}列",
        suggestion="补上表头，或删除该列",
    )


def _shifted(lines: Sequence[SheetRow], named: set[int]) -> list[Finding]:
    return [
        Finding(
            Severity.ERROR,
            "EXTRA_CELLS",
            "本行的列数多于表头，多半是未加引号的逗号使各列错位",
            "the row has more cells than the header; an unquoted comma has shifted them, most likely",
            row=line.number,
            value=str(next(cell for index, cell in enumerate(line.cells) if cell is not None and index not in named)),
            suggestion="给含有逗号的内容加上双引号，或改用 XLSX",
        )
        for line in lines
        if any(cell is not None and index not in named for index, cell in enumerate(line.cells))
    ]
