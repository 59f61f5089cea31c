"""The uploaded file as a workbook with the bad cells marked, and all findings on a sheet of their own."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange

from app.tabular.finding import Finding, Severity
from app.tabular.limits import FileLimits
from app.tabular.sheet import Sheet, SheetRow, plain
from app.tabular.unreadable import Unreadable
from app.watchlists.files.open_list import read_file
from app.watchlists.layout.columns import CellKind
from app.watchlists.layout.header import HEADERS_MIN, EntryTable, has_header, table_of
from app.watchlists.layout.headless import headed
from app.watchlists.layout.sheets import entries_sheets

FINDINGS_SHEET: Final = "校验结果"
_HEADERS: Final = ("工作表", "行", "列", "代码", "级别", "内容", "说明", "Explanation", "建议")
_COMMENT_CHARS_MAX: Final = 2_000
_WIDTH_MAX: Final = 60
_ROWS_MEASURED: Final = 200


def annotated(data: bytes, name: str, findings: Sequence[Finding], limits: FileLimits) -> bytes:
    """Return the workbook: the sheets of entries as they were read, errors red and warnings yellow with a comment.

    Merged cells stay merged, columns are as wide as their texts, and columns of codes have their choices.  A file that
    cannot be read gives the sheet of findings alone.
    """
    pages: list[tuple[Sheet, EntryTable | None]] = []
    with suppress(Unreadable):
        pages = pages_of(data, name, limits)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        formats = {
            None: book.add_format({"num_format": "@"}),
            Severity.ERROR: book.add_format({"num_format": "@", "bg_color": "#F4B6B6", "bold": True}),
            Severity.WARN: book.add_format({"num_format": "@", "bg_color": "#FFF2A8"}),
        }
        for sheet, table in pages:
            target = book.add_worksheet(sheet.name or "名单")
            _copy(target, sheet, marks(findings, table), formats)
            if table is not None:
                _ease(target, table)
        _list(book.add_worksheet(FINDINGS_SHEET), findings, formats)
    return out.getvalue()


def pages_of(data: bytes, name: str, limits: FileLimits) -> list[tuple[Sheet, EntryTable | None]]:
    """Return the sheets of entries as they are in the file, each with its table as it was read.

    Raises :class:`Unreadable`.
    """
    sheets, _ = read_file(data, name, limits)
    # A published list has fewer headers than one in the layout, or none: then what its columns hold speaks for them.
    least = HEADERS_MIN if any(has_header(sheet) for sheet in sheets) else 1
    read = sheets if least > 1 else headed(sheets)[0]
    written = dict(zip(map(id, read), sheets, strict=True))
    return [(written[id(sheet)], _table(sheet, least)) for sheet in entries_sheets(read, least)[0]]


def _table(sheet: Sheet, least: int) -> EntryTable | None:
    with suppress(Unreadable):
        return table_of(sheet, least=least)[0]
    return None


def marks(findings: Sequence[Finding], table: EntryTable | None) -> Mapping[tuple[int, int], list[Finding]]:
    """Return the findings by row and column; one about a whole row or an absent column is put at the row's start."""
    columns = {heading.text: heading.index for heading in table.headings} if table else {}
    marked: defaultdict[tuple[int, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.row and (table is None or finding.sheet == table.sheet.name):
            marked[finding.row, columns.get(finding.column or "", 0)].append(finding)
    return marked


def _copy(
    target: Any,  # noqa: ANN401 - xlsxwriter has no types
    sheet: Sheet,
    marks: Mapping[tuple[int, int], list[Finding]],
    formats: Mapping[Severity | None, Any],
) -> None:
    left = dict(marks)
    for line in sheet.lines:
        # The header of an NDJSON file has no row of its own there; it is put above the first.
        row = max(line.number - 1, 0)
        for column, cell in enumerate(line.cells):
            found = left.pop((line.number, column), [])
            if cell is not None or found:
                _write(target, (row, column), "" if cell is None else plain(cell), found, formats)
    for (number, column), found in left.items():
        _write(target, (number - 1, column), "", found, formats)
    cells = {line.number: line.cells for line in sheet.lines}
    for one in sheet.merges:
        place = (one.first_row, one.first_column)
        shown = cells.get(one.first_row, ())
        cell = shown[one.first_column] if one.first_column < len(shown) else None
        worst = min((finding.severity for finding in marks.get(place, ())), default=None)
        corners = (one.first_row - 1, one.first_column, one.last_row - 1, one.last_column)
        if corners[:2] != corners[2:]:
            # A damaged file may have ranges that overlap, of which the first is kept.
            with suppress(OverlappingRange):
                target.merge_range(*corners, "" if cell is None else plain(cell), formats[worst])


def _ease(target: Any, table: EntryTable) -> None:  # noqa: ANN401 - as above
    """Make the copy as easy to mend as the template: widths, choices, and a header that stays in sight."""
    for heading in table.headings:
        texts = [
            heading.text,
            *(plain(line.cells[heading.index]) for line in table.lines[:_ROWS_MEASURED] if _has(line, heading.index)),
        ]
        target.set_column(heading.index, heading.index, min(_WIDTH_MAX, max(map(_width, texts)) + 2))
        column = heading.column
        if column is not None and column.kind is CellKind.CODED and table.lines:
            offered: dict[str, str] = {}
            for zh, code in column.codes.items():
                offered.setdefault(code, zh)
            rule = {"validate": "list", "source": list(offered.values()), "error_type": "warning"}
            target.data_validation(table.header_row, heading.index, table.lines[-1].number - 1, heading.index, rule)
    target.freeze_panes(max(table.header_row, 1), 0)


def _has(line: SheetRow, index: int) -> bool:
    return index < len(line.cells) and line.cells[index] is not None


def _width(text: str) -> int:
    """Return how many narrow characters a text takes in its longest line."""
    return max(sum(2 if char > "\u2e80" else 1 for char in part) for part in text[:_WIDTH_MAX].split("\n"))


def _write(
    target: Any,  # noqa: ANN401 - as above
    place: tuple[int, int],
    text: str,
    found: Sequence[Finding],
    formats: Mapping[Severity | None, Any],
) -> None:
    worst = min((finding.severity for finding in found), default=None)  # ERROR sorts before WARN
    target.write_string(*place, text, formats[worst])
    if found:
        notes = "\n".join(f"{one.code}：{one.text_zh}。{one.suggestion or ''}" for one in found)
        target.write_comment(*place, notes[:_COMMENT_CHARS_MAX], {"x_scale": 2, "y_scale": 1.5})


def _list(target: Any, findings: Sequence[Finding], formats: Mapping[Severity | None, Any]) -> None:  # noqa: ANN401 - as above
    for column, header in enumerate(_HEADERS):
        target.write_string(0, column, header, formats[None])
    for row, one in enumerate(findings, start=1):
        cells = (
            one.sheet,
            str(one.row or ""),
            one.column,
            one.code,
            one.severity.value,
            one.value,
            one.text_zh,
            one.text_en,
            one.suggestion,
        )
        for column, text in enumerate(cells):
            target.write_string(row, column, text or "", formats[one.severity])
