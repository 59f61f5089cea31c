"""The header of a list's sheet: which column is which, and what is wrong with it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.names.party_words import reads_as_organisation
from app.tabular.finding import Finding, Severity
from app.tabular.header_rows import HEADER_ROWS_MAX, Header, find_header
from app.tabular.issue import doubtful, refused
from app.tabular.merges import filled
from app.tabular.sheet import Cell, MergedRange, Sheet, SheetRow
from app.tabular.unreadable import Unreadable
from app.watchlists.layout.columns import BY_ALIAS, REQUIRED, Column, column_of, nearest_known
from app.watchlists.layout.ditto import written_out
from app.watchlists.layout.file_header import batch_column_of
from app.watchlists.layout.other_rows import sorted_out

HEADERS_MIN: Final = 3
"""Known columns that make a row the header of a list."""


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """One column of the file: where it is, the header as written, and the column of the layout, if known."""

    index: int
    text: str
    column: Column | None


@dataclass(frozen=True, slots=True)
class EntryTable:
    """The entries of a sheet under their headings; ``other_rows`` are the numbers of rows that are no entries."""

    sheet: Sheet
    header_row: int
    headings: tuple[HeaderCell, ...]
    lines: tuple[SheetRow, ...]
    other_rows: frozenset[int] = field(default_factory=frozenset)
    absent: frozenset[str] = field(init=False, repr=False, compare=False)
    """The required columns that the sheet does not have."""

    _places: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the places of the known columns; of one that is there twice, the first."""
        places = {one.column.alias: one.index for one in reversed(self.headings) if one.column}
        object.__setattr__(self, "_places", MappingProxyType(places))
        object.__setattr__(self, "absent", frozenset(REQUIRED) - places.keys())

    def heading(self, alias: str) -> str:
        """Return the header of a column as the file writes it, or its Chinese name where the file has none."""
        return next(
            (heading.text for heading in self.headings if heading.column and heading.column.alias == alias),
            BY_ALIAS[alias].zh,
        )

    def index_of(self, alias: str) -> int | None:
        """Return where a column is, or None."""
        return self._places.get(alias)

    def cell_of(self, alias: str, line: SheetRow) -> Cell:
        """Return what a row has in a column; in one that is there several times all of it, in one text."""
        first = self.index_of(alias)
        places = [first] if first is not None else []
        if BY_ALIAS[alias].is_list:
            places = [one.index for one in self.headings if one.column and one.column.alias == alias]
        cells = [line.cells[place] for place in places if place < len(line.cells) and line.cells[place] is not None]
        return "；".join(map(str, cells)) if len(cells) > 1 else next(iter(cells), None)

    def heading_at(self, index: int) -> str:
        """Return the header of a place."""
        return next((heading.text for heading in self.headings if heading.index == index), f"第{index + 1}列")


_PUBLISHED_ZH: Final = "只印名称的公布名单，按公布的名单读取（--as-published）"
_PUBLISHED_EN: Final = "a list as published, which has names alone, is read as one (--as-published)"


def table_of(
    sheet: Sheet, *, least: int = HEADERS_MIN, required: Sequence[str] = REQUIRED
) -> tuple[EntryTable, list[Finding]]:
    """Return the entries of a sheet under their headings, and what is doubtful about header, merged and other rows.

    Titles may be above the header, which may have two rows.  ``least`` known columns make a header; of the
    ``required`` ones each that is missing is an ERROR.  Raises :class:`Unreadable` where there is no header.
    """
    lines = tuple(filled(sheet.lines, sheet.merges))
    header = find_header(lines, column_of, least, _is_header_alone)
    if header is None:
        raise Unreadable(
            "NO_HEADER",
            f"前 {HEADER_ROWS_MAX} 行中没有找到名单表头",
            f"no header of a list in the first {HEADER_ROWS_MAX} rows",
            f"第一行写表头：{','.join(BY_ALIAS[alias].zh for alias in REQUIRED)}；{_PUBLISHED_ZH} / "
            f"write a header in the first row: {','.join(REQUIRED)}; {_PUBLISHED_EN}",
        )
    number = lines[header.last].number
    headings = _headings(header)
    entries, findings = sorted_out(sheet, lines[header.last + 1 :], header, column_of)
    kept = {line.number for line in entries}
    others = frozenset(line.number for line in lines[header.last + 1 :] if line.number not in kept)
    entries, dittos = written_out(sheet, entries, [(one.index, one.text, one.column) for one in headings if one.column])
    findings = [*_header_findings(sheet, number, headings, required), *findings, *dittos]
    named = {heading.index for heading in headings}
    unnamed = sorted(
        {index for line in entries for index, cell in enumerate(line.cells) if cell is not None and index not in named}
    )
    if unnamed and sheet.name is None and number:
        findings += _shifted(entries, named)
    else:
        findings += [_unnamed(sheet, number, index) for index in unnamed]
        headings += tuple(HeaderCell(index, f"第{index + 1}列", None) for index in unnamed)
    table = EntryTable(sheet, number, headings, entries, others)
    return table, [*findings, *_merged(table), *_hidden(table)]


def has_header(sheet: Sheet, least: int = HEADERS_MIN) -> bool:
    """Whether a sheet has the header of a list."""
    return find_header(tuple(filled(sheet.lines, sheet.merges)), column_of, least, _is_header_alone) is not None


def _is_header_alone(column: Hashable) -> bool:
    """Whether a column makes a header by itself: 附件 and 说明 are titles, but where there are others beside them."""
    return column is BY_ALIAS["legal_name"]


def _headings(header: Header) -> tuple[HeaderCell, ...]:
    return tuple(
        HeaderCell(index, text, column_of(text)) for index, text in enumerate(header.texts) if text is not None
    )


def _header_findings(sheet: Sheet, row: int, headings: Sequence[HeaderCell], required: Sequence[str]) -> list[Finding]:
    findings = []
    seen: dict[str, str] = {}
    for heading in headings:
        key = heading.column.alias if heading.column else f"extra:{heading.text}"
        if key in seen:
            joins = heading.column is not None and heading.column.is_list
            findings.append((_joined if joins else _twice)(sheet, row, heading, seen[key]))
        elif heading.column is None and not batch_column_of(heading.text):
            findings.append(_unknown(sheet, row, heading, seen))
        seen.setdefault(key, heading.text)
    findings += [
        Finding(
            severity=Severity.ERROR,
            code="MISSING_COLUMN",
            text_zh=f"缺少必填列“{BY_ALIAS[alias].zh}”",
            text_en=f"the required column {alias} is missing",
            sheet=sheet.name,
            row=row or None,
            column=BY_ALIAS[alias].zh,
            suggestion=f"在表头加上“{BY_ALIAS[alias].label}”或 {alias} / add {alias} to the header",
        )
        for alias in required
        if alias not in seen
    ]
    return findings


def _twice(sheet: Sheet, row: int, heading: HeaderCell, first: str) -> Finding:
    return refused(
        "DUPLICATE_COLUMN",
        f"“{heading.text}”与“{first}”是同一列",
        f"“{heading.text}” and “{first}” are the same column",
        "并排两栏的，改为一栏逐行排列；否则只保留一列 / "
        "put blocks that are side by side below each other; else keep one column",
    ).at(sheet.name, row or None, heading.text, None)


def _joined(sheet: Sheet, row: int, heading: HeaderCell, first: str) -> Finding:
    return doubtful(
        "COLUMNS_JOINED",
        f"“{heading.text}”与“{first}”合为一列读取",
        f"“{heading.text}” and “{first}” are read as one column",
        "核对无误即可 / nothing to do where it is right",
    ).at(sheet.name, row or None, heading.text, None)


_HEADER_IS_A_NAME: Final = refused(
    "HEADER_IS_A_NAME",
    "表头本身是机构名称，多半没有表头，或表是横排的",
    "the header is itself an organisation: the table has no header, or lies on its side",
    "补上表头，一个主体一行 / give the table its header, and each entity a row",
)


def _unknown(sheet: Sheet, row: int, heading: HeaderCell, seen: dict[str, str]) -> Finding:
    if reads_as_organisation(heading.text):
        return _HEADER_IS_A_NAME.at(sheet.name, row or None, heading.text, None)
    near = nearest_known(heading.text)
    # A column that is there already cannot be what was meant.
    meant = column_of(near) if near else None
    return Finding(
        severity=Severity.WARN,
        code="UNKNOWN_COLUMN",
        text_zh="模板中没有这一列，内容原样保留为附加信息，不参与匹配",
        text_en="the layout has no such column; its content is kept as it is and takes no part in matching",
        sheet=sheet.name,
        row=row or None,
        column=heading.text,
        suggestion=f"是否应为“{near}”？ / perhaps “{near}”" if meant and meant.alias not in seen else None,
    )


def _unnamed(sheet: Sheet, row: int, index: int) -> Finding:
    return Finding(
        severity=Severity.WARN,
        code="UNNAMED_COLUMN",
        text_zh=f"第 {index + 1} 列有内容而没有表头，内容保留为附加信息",
        text_en=f"column {index + 1} has content and no header; it is kept as it is",
        sheet=sheet.name,
        row=row,
        column=f"第{index + 1}列",
        suggestion="补上表头，或删除该列 / give it a header, or delete the column",
    )


def _shifted(lines: Sequence[SheetRow], named: set[int]) -> list[Finding]:
    return [
        Finding(
            severity=Severity.ERROR,
            code="EXTRA_CELLS",
            text_zh="本行的列数多于表头，多半是未加引号的逗号使各列错位",
            text_en="the row has more cells than the header; an unquoted comma has shifted them, most likely",
            row=line.number,
            value=str(next(cell for index, cell in enumerate(line.cells) if cell is not None and index not in named)),
            suggestion="给含有逗号的内容加上双引号，或改用 XLSX / put quotes around what holds commas, or use XLSX",
        )
        for line in lines
        if any(cell is not None and index not in named for index, cell in enumerate(line.cells))
    ]


def _merged(table: EntryTable) -> list[Finding]:
    """Name the merged cells among the entries; across columns nobody knows what is meant."""
    return [_merged_cells(table, one) for one in table.sheet.merges if _is_among(table, one)]


def _is_among(table: EntryTable, merge: MergedRange) -> bool:
    if merge.last_row <= table.header_row or merge.first_row in table.other_rows:
        return False
    values = (line.cells[merge.first_column] for line in table.lines if line.number == merge.first_row)
    if not next((value is not None for value in values), False):
        return False
    # A row that is two rows high says nothing twice.
    return merge.is_across or any(merge.first_row < line.number <= merge.last_row for line in table.lines)


def _merged_cells(table: EntryTable, merge: MergedRange) -> Finding:
    sheet, column = table.sheet.name, table.heading_at(merge.first_column)
    value = next((line.cells[merge.first_column] for line in table.lines if line.number == merge.first_row), None)
    if merge.is_across:
        return Finding(
            severity=Severity.ERROR,
            code="MERGED_CELL",
            text_zh=f"跨列的合并单元格（至“{table.heading_at(merge.last_column)}”列），无法判断内容属于哪一列",
            text_en=(
                f"cells are merged across columns, to “{table.heading_at(merge.last_column)}”: unclear "
                "whose content it is"
            ),
            value=str(value),
            suggestion="取消合并，逐列填写 / unmerge and fill in each column",
            sheet=sheet,
            row=merge.first_row,
            column=column,
        )
    return Finding(
        severity=Severity.WARN,
        code="MERGED_CELL",
        text_zh=f"第 {merge.first_row} 至 {merge.last_row} 行合并的单元格，各行均按“{value}”读取",
        text_en=f"cells are merged from row {merge.first_row} to {merge.last_row}; each row is read as “{value}”",
        value=str(value),
        suggestion=(
            "核对各行是否都是此内容；否则取消合并，逐行填写 / "
            "check whether it holds for each row; if not, unmerge and fill in each row"
        ),
        sheet=sheet,
        row=merge.first_row,
        column=column,
    )


def _hidden(table: EntryTable) -> list[Finding]:
    """Name the rows and columns that are read and that the user of the sheet does not see."""
    sheet = table.sheet
    rows = [line.number for line in table.lines if line.number in sheet.hidden_rows]
    columns = [
        heading
        for heading in table.headings
        if heading.index in sheet.hidden_columns
        and any(len(line.cells) > heading.index and line.cells[heading.index] is not None for line in table.lines)
    ]
    findings = [
        Finding(
            severity=Severity.WARN,
            code="HIDDEN_ROW",
            text_zh=f"第 {first} 至 {last} 行被隐藏（或被筛选），仍按名单内容读取"
            if last > first
            else f"第 {first} 行被隐藏（或被筛选），仍按名单内容读取",
            text_en=f"rows {first} to {last} are hidden, or filtered out; they are read all the same",
            sheet=sheet.name,
            row=first,
            suggestion="取消隐藏后核对；不属于名单的行请删除 / unhide and check; delete rows that are not of the list",
        )
        for first, last in _runs(rows)
    ]
    findings += [
        Finding(
            severity=Severity.WARN,
            code="HIDDEN_COLUMN",
            text_zh="该列被隐藏，仍按名单内容读取",
            text_en="the column is hidden; it is read all the same",
            sheet=sheet.name,
            row=table.header_row or None,
            column=heading.text,
            suggestion="取消隐藏后核对；不需要的列请删除 / unhide and check; delete columns that are not needed",
        )
        for heading in columns
    ]
    return findings


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return runs of numbers that follow each other, as first and last."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
