"""A list file from bytes to canonical rows and findings.  Pure, but for the child process that reads workbooks."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from app.clock import local_date
from app.policy.parameters import Parameters
from app.tabular.finding import Finding, Severity
from app.tabular.issue import Issue, doubtful, refused
from app.tabular.limits import FileLimits
from app.tabular.sheet import CellPlace, SheetRow, says, shown
from app.watchlists.checks.file_rules import NumberedRow, Place, whole_findings
from app.watchlists.checks.findable import unfindable
from app.watchlists.checks.number_rules import numbers_given_away
from app.watchlists.checks.parent_rules import parents
from app.watchlists.checks.row_context import RowContext
from app.watchlists.checks.row_rules import complaints
from app.watchlists.findings.validation_report import ValidationReport
from app.watchlists.history.list_state import ListState
from app.watchlists.history.version import Row
from app.watchlists.layout.columns import REQUIRED, CellKind
from app.watchlists.layout.file_header import FileHeader
from app.watchlists.layout.header import EntryTable, HeaderCell
from app.watchlists.layout.published import PublishedDefaults, name_key
from app.watchlists.layout.row import read_row
from app.watchlists.name_cells.words import ORGANISATION

Progress = Callable[[int, int], None]
"""Is given the rows done and the rows in all."""


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


_PROGRESS_EVERY: Final = 2_000
_FEW_CELLS: Final = 2
_MANY_LACKING: Final = 4
_WORDS: Final = re.compile("[\u4e00-\u9fffA-Za-z]{2}")
_NAME_AS_NUMBER: Final = refused(
    "NAME_AS_NUMBER",
    "名称写在了序号列，本行其余各列为空",
    "a name stands in the column of running numbers, and the row is empty otherwise",
    "把名称移到名称列，补填各项 / move the name to its column and fill in the row",
)
_NO_ENTRY: Final = doubtful(
    "NOT_AN_ENTRY",
    "这一行只有序号列有文字，不是名单条目，未读取",
    "the row has words in the column of running numbers alone: no entry; it is not read",
    "如确为名单条目，改正其内容；否则可删去 / correct it if it is an entry of the list, delete it if not",
)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a file is checked against.

    ``state`` is None where it is checked by itself, without a list; ``published`` what holds for every row of a list
    that is taken as an office publishes it.
    """

    batch: FileHeader
    state: ListState | None
    parameters: Parameters
    limits: FileLimits
    published: PublishedDefaults | None = None
    received_on: date = field(init=False)
    """The local date on which the file was received."""

    def __post_init__(self) -> None:
        """Compute the date once, not for each row."""
        object.__setattr__(self, "received_on", local_date(self.batch.received_at))


def examine(
    tables: Sequence[EntryTable], frame: CheckContext, report: ValidationReport, progress: Progress
) -> tuple[Row, ...]:
    """Return the canonical rows of the sheets of entries, and add to the report what is wrong with them.

    Rows with errors are left out.
    """
    total = sum(len(table.lines) for table in tables)
    ids = _known_ids(frame)
    rows: list[NumberedRow] = []
    present: set[str] = set()
    done = 0
    for table in tables:
        report.add(_flawed_cells(table))
        for line in table.lines:
            if done % _PROGRESS_EVERY == 0:
                progress(done, total)
            done += 1
            row = _examine_row(table, line, frame, report, ids)
            if row is None:
                continue
            present.add(row.get("external_id", ""))
            if all(alias in row for alias in REQUIRED):
                rows.append(NumberedRow(line.number, row, table))
    state = frame.state or {}
    whole = whole_findings(rows, state, present if frame.batch.is_full else None)
    for place, doubt in (*whole, *parents(rows, state), *numbers_given_away(rows, state), *unfindable(rows)):
        report.add([_at(place, doubt, tables[0])])
    report.add(_about_rows(tables[0], frame.batch, report))
    if frame.published:
        report.add([frame.published.finding(report.rows)])
    progress(total, total)
    return tuple(one.row for one in rows)


def _known_ids(frame: CheckContext) -> dict[str, str]:
    """Return the ids of the names that the list knows, so that a name of a published list keeps its own."""
    if frame.published is None or frame.state is None:
        return {}
    return {name_key(name): external_id for external_id, entity in frame.state.items() for name in entity.names}


def _examine_row(
    table: EntryTable, line: SheetRow, frame: CheckContext, report: ValidationReport, ids: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return the canonical row of a line; None where nothing but its number is in it."""
    row, handling, found = read_row(table, line, frame.limits.text_chars_max)
    if not row and not found:
        report.add(_nameless(table, line.number, handling))
        return None
    report.rows += 1
    report.add(found)
    if frame.published:
        frame.published.complete(row, ids)
    at_fault = table.absent | _at_fault(table, line.number, found)
    report.add(_together(_row_findings(table, line.number, row, handling, frame, at_fault), len(row)))
    return row


def _nameless(table: EntryTable, number: int, handling: Mapping[str, str]) -> list[Finding]:
    """Name a row that has nothing but words where its running number should be: they may be an entry's name."""
    text = handling.get("row_no", "")
    if not _WORDS.search(text):
        return []
    issue = _NAME_AS_NUMBER if ORGANISATION.search(text) else _NO_ENTRY
    return [issue.at(table.sheet.name, number, table.heading("row_no"), shown(text))]


def _together(findings: list[Finding], filled: int) -> list[Finding]:
    """Return one finding for the cells that a nearly empty row lacks, instead of one for each."""
    lacking = [one for one in findings if one.code == "REQUIRED"]
    if filled > _FEW_CELLS or len(lacking) < _MANY_LACKING:
        return findings
    first = lacking[0]
    one = replace(
        first,
        code="ROW_NEARLY_EMPTY",
        text_zh=f"这一行几乎是空的，缺 {len(lacking)} 项必填内容",
        text_en=f"the row is nearly empty: {len(lacking)} required cells are missing",
        suggestion="是名单条目的，补填各项；是标题、说明的，删去 / fill it in if it is an entry, delete it if not",
    )
    return [one, *(finding for finding in findings if finding.code != "REQUIRED")]


def _at(place: Place, doubt: Issue, first: EntryTable) -> Finding:
    if place.row is None:
        return doubt.at(first.sheet.name, None, None, place.value)
    table = place.row.table
    heading = table.heading(place.alias) if place.alias else None
    return doubt.at(table.sheet.name, place.row.number, heading, place.value)


def _row_findings(
    table: EntryTable,
    number: int,
    row: Mapping[str, Any],
    handling: Mapping[str, str],
    frame: CheckContext,
    at_fault: frozenset[str],
) -> list[Finding]:
    state = frame.state or {}
    case = RowContext(
        row=row,
        handling=handling,
        known=state.get(row.get("external_id", "")),
        parameters=frame.parameters,
        jurisdiction=frame.batch.jurisdiction,
        received_on=frame.received_on,
        is_full=frame.batch.is_full,
        has_list=frame.state is not None,
    )
    return [
        doubt.at(table.sheet.name, number, table.heading(alias), _value(row, alias))
        for alias, doubt in complaints(case)
        # A cell that could not be read was named already, and so was a column that is not there.
        if not (doubt.code == "REQUIRED" and alias in at_fault)
    ]


def _value(row: Mapping[str, Any], alias: str) -> str | None:
    value = row.get(alias)
    return None if value is None else shown(value if isinstance(value, str) else str(value))


def _at_fault(table: EntryTable, number: int, findings: list[Finding]) -> frozenset[str]:
    """Return the columns of a row that an error names already."""
    flawed = table.sheet.formulas | table.sheet.broken
    headers = {finding.column for finding in findings if finding.severity is Severity.ERROR}
    if not flawed and not headers:
        return frozenset()
    return frozenset(
        heading.column.alias
        for heading in table.headings
        if heading.column and (heading.text in headers or (number, heading.index) in flawed)
    )


def _flawed_cells(table: EntryTable) -> list[Finding]:
    """Name the cells with formulas and error values, which a reader sees only as what they last came to, and notes."""
    headings = {heading.index: heading for heading in table.headings}
    return [
        _flawed(table, headings.get(place[1]), place, flaw)
        for places, flaw in (
            (table.sheet.formulas, _FORMULA),
            (table.sheet.broken, _BROKEN),
            (table.sheet.notes, _NOTE),
            (_unsaid_links(table), _LINK),
            (_struck_rows(table), _STRUCK),
        )
        for place in sorted(places)
        if (place[0] > table.header_row or not place[0]) and place[0] not in table.other_rows
    ] + [_DRAWN.at(table.sheet.name, None, None, None)] * bool(table.sheet.drawn)


def _struck_rows(table: EntryTable) -> frozenset[CellPlace]:
    """Return one struck out cell of each row: that of the name, or else the first."""
    names = {heading.index for heading in table.headings if heading.column and heading.column.alias == "legal_name"}
    found: dict[int, int] = {}
    for row, column in sorted(table.sheet.struck, key=lambda place: (place[1] not in names, place)):
        found.setdefault(row, column)
    return frozenset(found.items())


def _unsaid_links(table: EntryTable) -> frozenset[CellPlace]:
    """Return the cells that lead to an address which they do not show."""
    rows = {line.number: line.cells for line in table.lines}
    return frozenset(
        place
        for place, address in table.sheet.links.items()
        if place[1] < len(cells := rows.get(place[0], ())) and not says(cells[place[1]], address)
    )


_FORMULA: Final = refused(
    "FORMULA_CELL",
    "单元格是公式，只接收数值",
    "the cell is a formula; only values are taken",
    "复制该列，选择性粘贴为“值”后重新上传 / copy the column, paste it as values, and upload again",
)
_BROKEN: Final = refused(
    "ERROR_CELL",
    "单元格是错误值（如 #N/A、#REF!）",
    "the cell is an error value, such as #N/A",
    "改为正确的内容 / write what is right",
)


_NOTE: Final = doubtful(
    "NOTE_NOT_READ",
    "单元格带有批注，批注内容未读取",
    "the cell bears a note, which is not read",
    "批注中的名称或代码请填入单元格 / write names and codes of the note into cells",
)


_LINK: Final = doubtful(
    "LINK_NOT_READ",
    "单元格带有超链接，链接的地址未读取",
    "the cell has a link, whose address is not read",
    "链接是该主体网址的，把网址写入域名列 / write the address into the column of domains if it is the entity's",
)
_STRUCK: Final = doubtful(
    "STRUCK_OUT",
    "单元格的文字带有删除线，仍按名单内容读取",
    "the text of the cell is struck through; it is read all the same",
    "已移出名单的请删除该行；只是改过字的，去掉删除线 / "
    "delete the row if it was taken off the list; if not, remove the line",
)
_DRAWN: Final = doubtful(
    "DRAWING_NOT_READ",
    "工作表上有图片、文本框，或表格之外的机构名称，未读取",
    "there are pictures or text boxes on the sheet, or names outside of its table, which are not read",
    "其中有名单内容的，录入单元格 / write into cells what of them is of the list",
)


def _flawed(table: EntryTable, heading: HeaderCell | None, place: CellPlace, flaw: Issue) -> Finding:
    # A running number, or a column that the layout does not know, decides nothing.
    is_idle = heading is not None and (heading.column is None or heading.column.kind is CellKind.HANDLING)
    issue = replace(flaw, severity=Severity.WARN) if is_idle and flaw is _FORMULA else flaw
    return issue.at(table.sheet.name, place[0] or None, heading.text if heading else None, None)


def _about_rows(table: EntryTable, batch: FileHeader, report: ValidationReport) -> list[Finding]:
    if report.rows == 0:
        return [
            Finding(
                severity=Severity.ERROR,
                code="NO_ROWS",
                text_zh="表头之下没有数据行",
                text_en="there are no rows below the header",
                sheet=table.sheet.name,
                suggestion="至少填写一行 / write at least one row",
            )
        ]
    if batch.row_count is not None and batch.row_count != report.rows:
        return [
            Finding(
                severity=Severity.WARN,
                code="ROW_COUNT_DIFFERS",
                text_zh=f"批次信息的记录数为 {batch.row_count}，实际 {report.rows} 行",
                text_en=f"the batch says {batch.row_count} rows, the sheet has {report.rows}",
                sheet=table.sheet.name,
                suggestion="核对是否漏行 / check whether rows are missing",
            )
        ]
    return []
