"""The uploaded file as a workbook with the bad cells marked, and all findings on a sheet of their own."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import xlsxwriter

from app.tabular.finding import Finding, Severity
from app.tabular.limits import FileLimits
from app.tabular.sheet import Sheet, plain
from app.tabular.unreadable import Unreadable
from app.watchlists.files.open_list import read_file
from app.watchlists.layout.header import EntryTable, table_of
from app.watchlists.layout.sheets import entries_sheets

FINDINGS_SHEET: Final = "校验结果"
_HEADERS: Final = ("工作表", "行", "列", "代码", "级别", "内容", "说明", "Explanation", "建议")
_COMMENT_CHARS_MAX: Final = 2_000


def annotated(data: bytes, name: str, findings: Sequence[Finding], limits: FileLimits) -> bytes:
    """Return the workbook: the sheet of the entries as it was read, errors red and warnings yellow with a comment.

    A file that cannot be read gives the sheet of findings alone.
    """
    table: EntryTable | None = None
    sheet: Sheet | None = None
    with suppress(Unreadable):
        sheets, _ = read_file(data, name, limits)
        sheet = entries_sheets(sheets)[0][0]
        table, _ = table_of(sheet)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        formats = {
            None: book.add_format({"num_format": "@"}),
            Severity.ERROR: book.add_format({"num_format": "@", "bg_color": "#F4B6B6", "bold": True}),
            Severity.WARN: book.add_format({"num_format": "@", "bg_color": "#FFF2A8"}),
        }
        if sheet is not None:
            _copy(book.add_worksheet(sheet.name or "名单"), sheet, marks(findings, table), formats)
        _list(book.add_worksheet(FINDINGS_SHEET), findings, formats)
    return out.getvalue()


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
