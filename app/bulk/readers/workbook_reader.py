"""Workbooks: unpacked once to Parquet by a child process that a hostile file may kill.

Every sheet with a name column is read, hidden ones too; the columns of all sheets are side by side, and where there
are several sheets each row says its own.  A sheet without a name column is left out and named.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from app.bulk.readers.faults import RowFault
from app.bulk.readers.file_layout import FAULT_COLUMN, ROWS_PER_CHUNK, WARNINGS_COLUMN
from app.bulk.readers.headers import unique_names
from app.bulk.readers.read_options import ReadOptions
from app.bulk.readers.text_head import choose_header
from app.errors import Invalid, TooLarge
from app.names.party_words import reads_as_organisation
from app.tabular.header_rows import HEADER_ROWS_MAX, KnownHeader
from app.tabular.header_words import header_key
from app.tabular.merges import filled
from app.tabular.sheet import Cell, SheetRow, says
from app.tabular.unreadable import Unreadable
from app.tabular.workbook import SheetHead, WorkbookLimits, workbook_rows

SHEET_COLUMN: Final = "sheet"

NOTE_NOT_READ: Final = "note-not-read"
"""The cell bears a note, which nobody reads."""

LINK_NOT_READ: Final = "link-not-read"
"""The cell leads to an address which it does not show, and which nobody reads."""

_MARKS: Final = (NOTE_NOT_READ, RowFault.BROKEN_CELL.value)
"""What there is to say of a cell, but for the address behind it."""

_DRAWN: Final = "图片、文本框或表格之外的机构名称 / pictures, text boxes, or names outside of the table"
_LIMITS: Final = WorkbookLimits(
    memory_bytes=4 << 30,
    cpu_s=300,
    rows_max=5_000_000,
    unpacked_bytes_max=2 << 30,
    chars_max=1 << 30,
    wait_s=None,
    with_programs=True,
)
_EXACT: Final = 1e15
_NAMES_MIN: Final = 2
_SHARE: Final = 0.3


NameColumns = Callable[[Sequence[str | None]], bool]
"""Tells whether a header has a column of names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What was read of a workbook: the sheets by name, those that were left out, and the row of the first header."""

    sheets: tuple[str, ...]
    left_out: tuple[str, ...]
    header_row: int


@dataclass(slots=True)
class _Gathering:
    """The rows that were read, sheet by sheet, under the columns of all sheets so far."""

    folder: Path
    titles: list[str] = field(default_factory=list)
    files: list[tuple[Path, tuple[str, ...]]] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    header_row: int = 0
    doubtful: list[tuple[str, str]] = field(default_factory=list)


def unpack(path: Path, to: Path, options: ReadOptions, known: KnownHeader, has_name: NameColumns) -> Unpacked:
    """Write the rows of a workbook to a Parquet file of text columns.

    Raises Invalid for a file that is no workbook, is protected, has macros, is past a limit, or has no sheet with a
    column of names.
    """
    gathered = _Gathering(to.parent)
    try:
        with path.open("rb") as file, workbook_rows(file, _LIMITS) as answers:
            for head, lines in _sheets(answers):
                _gather(gathered, head, lines, options, known, has_name)
    except (Unreadable, TooLarge) as error:
        mend = f"; {error.finding.suggestion}" if isinstance(error, Unreadable) else ""
        raise Invalid(
            "workbook", f"{path.name}: 工作簿无法读取 / the workbook cannot be read: {error.message}{mend}"
        ) from error
    if not gathered.files:
        raise _nothing(path.name, gathered, options)
    if gathered.doubtful:
        raise _unread(path.name, gathered.doubtful)
    _join(gathered, to)
    return Unpacked(
        sheets=tuple(gathered.sheets), left_out=(*gathered.left_out, *gathered.drawn), header_row=gathered.header_row
    )


def _nothing(name: str, gathered: _Gathering, options: ReadOptions) -> Invalid:
    if options.sheet is not None and options.sheet not in {*gathered.sheets, *gathered.left_out}:
        sheets = "、".join(gathered.left_out)
        return Invalid("no-such-sheet", f"{name}: 没有工作表 / there is no sheet {options.sheet}; {sheets}")
    if not gathered.headers:
        return Invalid("no-header", f"{name}: 工作簿中没有数据 / the workbook has no rows")
    return Invalid(
        "no-name-column",
        f"{name}: 没有一个工作表有名称列，可用 --column 表头=name 指明 / no sheet has a column of names; "
        f"say --column HEADER=name; found: {'; '.join(gathered.headers)}",
    )


def _columns_like_names(titles: Sequence[str | None], rows: Sequence[SheetRow], options: ReadOptions) -> Iterator[str]:
    """Give the columns of a sheet without a column of names in which names of organisations are below each other."""
    settled = {header_key(title) for title in options.columns}
    for column, title in enumerate(titles):
        texts = [row.cells[column] for row in rows if column < len(row.cells) and isinstance(row.cells[column], str)]
        found = sum(reads_as_organisation(text) for text in texts if isinstance(text, str))
        if title and found >= _NAMES_MIN and found >= len(texts) * _SHARE and header_key(title) not in settled:
            yield title


def _unread(name: str, doubtful: Sequence[tuple[str, str]]) -> Invalid:
    shown = "、".join(f"“{sheet}”的“{title}”" for sheet, title in doubtful)
    titles = dict.fromkeys(title for _, title in doubtful)
    options = "; ".join(f"--column {title}=name 或 --column {title}=-" for title in titles)
    return Invalid(
        "unread-names",
        f"{name}: 未读取的工作表有疑为名称的列：{shown}。请指明用途或排除 / "
        f"columns of sheets that are not read look like names; say what they are, or leave them out: {options}",
    )


def _sheets(answers: Iterator[SheetHead | SheetRow]) -> Iterator[tuple[SheetHead, Iterator[SheetRow]]]:
    """Give each sheet with its rows; the rows must be taken before the next sheet."""
    waiting: list[SheetHead] = []

    def rows() -> Iterator[SheetRow]:
        for answer in answers:
            if isinstance(answer, SheetHead):
                waiting.append(answer)
                return
            yield answer

    for _ in rows():
        pass
    while waiting:
        head = waiting.pop()
        lines = rows()
        yield head, lines
        for _ in lines:
            pass


def _gather(
    gathered: _Gathering,
    head: SheetHead,
    lines: Iterator[SheetRow],
    options: ReadOptions,
    known: KnownHeader,
    has_name: NameColumns,
) -> None:
    name = head.name or ""
    rows = filled(lines, head.merges)
    first = list(islice(rows, HEADER_ROWS_MAX))
    if not first:
        return
    if options.sheet is not None and name != options.sheet:
        gathered.left_out.append(name)
        return
    place, titles = choose_header(first, options, known, name)
    if not has_name(titles):
        gathered.left_out.append(name)
        gathered.headers.append(f"[{name}] " + ", ".join(filter(None, titles)))
        gathered.doubtful += [
            (name, title)
            for title in _columns_like_names(titles, first if place is None else first[place + 1 :], options)
        ]
        return
    header = unique_names(titles)
    data = chain(first if place is None else first[place + 1 :], rows)
    path = gathered.folder / f"sheet.{len(gathered.files)}.parquet"
    written = _write(
        path, header, _computed(data, head, len(header), first[-1 if place is None else place].number), head, titles
    )
    if written is None:
        return
    if head.drawn:
        gathered.drawn.append(f"{name}（{_DRAWN}）")
    gathered.sheets.append(name)
    gathered.files.append((path, written))
    gathered.titles += [title for title in written if title not in gathered.titles]
    gathered.header_row = gathered.header_row or (0 if place is None else first[place].number)


def _computed(data: Iterator[SheetRow], head: SheetHead, width: int, header_row: int) -> Iterator[SheetRow]:
    """Give the rows of a sheet.  Raises Invalid after the last where formulas of its columns were never computed."""
    empty = {(row, column) for row, column in head.untyped if row > header_row and column < width}
    for line in data:
        if empty:
            empty -= {(line.number, column) for column, cell in enumerate(line.cells) if cell is not None}
        yield line
    if empty:
        row, column = min(empty)
        raise Invalid(
            "formula-without-value",
            f"“{head.name or ''}”有{len(empty)}个公式没有结果（如第{row}行第{column + 1}列）；请用表格软件打开并保存 / "
            f"{len(empty)} formulas have no value, as in row {row}, column {column + 1}: open the workbook in a "
            "spreadsheet program and save it",
        )


def _write(
    path: Path, header: Sequence[str], data: Iterator[SheetRow], head: SheetHead, titles: Sequence[str]
) -> tuple[str, ...] | None:
    """Write the rows of one sheet; return its columns, None where it has no rows."""
    names = list(header)
    marks = {
        **head.links,
        **dict.fromkeys(head.notes, NOTE_NOT_READ),
        **dict.fromkeys(head.broken, RowFault.BROKEN_CELL.value),
    }
    schema = pa.schema([(name, pa.string()) for name in (*names, FAULT_COLUMN, WARNINGS_COLUMN)])
    gathered: list[list[str | None]] = []
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        for line in data:
            gathered.append(_row(line, names, marks, titles))
            if len(gathered) == ROWS_PER_CHUNK:
                out.write_batch(_batch(gathered, schema))
                gathered = []
        out.write_batch(_batch(gathered, schema))
    return tuple(names)


def _row(
    line: SheetRow, names: Sequence[str], marks: Mapping[tuple[int, int], str], titles: Sequence[str]
) -> list[str | None]:
    width = len(names)
    cells = [cell if cell.__class__ is str else _text(cell) for cell in line.cells[:width]]
    cells += [None] * (width - len(cells))
    warnings = []
    for column in range(width) if marks else ():
        mark = marks.get((line.number, column))
        if mark is None or (mark not in _MARKS and says(cells[column], mark)):
            continue
        cells[column] = None if mark == RowFault.BROKEN_CELL else cells[column]
        told = mark if mark in _MARKS else LINK_NOT_READ
        warnings.append(f"{' '.join(names[column].replace('|', '/').split())}:{told}")
    fault = None
    if any(cell is not None for cell in line.cells[width:]):
        fault = RowFault.WRONG_FIELD_COUNT.tell()
    elif _is_header(line.cells, titles):
        fault = RowFault.REPEATED_HEADER.tell()
    return [*cells, fault, "|".join(warnings) or None]


def _is_header(cells: Sequence[Cell], titles: Sequence[str]) -> bool:
    """Whether a row is the header again; nearly every row is known by its first cell."""
    if len(cells) > len(titles):
        return False
    return all(
        (None if cell is None else " ".join(str(cell).split())) == (title or None)
        for cell, title in zip(cells, titles, strict=False)
    )


def _join(gathered: _Gathering, to: Path) -> None:
    """Put the rows of all sheets one behind the other, under all of their columns."""
    several = len(gathered.files) + len(gathered.left_out) > 1
    sheet = unique_names([*gathered.titles, SHEET_COLUMN])[-1]
    titles = [*gathered.titles, *([sheet] if several else [])]
    schema = pa.schema([(name, pa.string()) for name in (*titles, FAULT_COLUMN, WARNINGS_COLUMN)])
    with pq.ParquetWriter(to, schema, compression="zstd") as out:
        for (path, _), name in zip(gathered.files, gathered.sheets, strict=True):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=ROWS_PER_CHUNK, use_threads=False):
                columns = [
                    batch.column(title)
                    if title in batch.schema.names
                    else pa.array([name if title == sheet else None] * len(batch), pa.string())
                    for title in schema.names
                ]
                out.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            path.unlink()


def _text(cell: Cell) -> str | None:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float) and abs(cell) >= _EXACT:
        # A spreadsheet keeps fifteen digits; the digits behind them are lost, and the reader of rows says so.
        return f"{float(cell):.5E}"
    return None if cell is None else str(cell)


def _batch(rows: Sequence[Sequence[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array([row[position] for row in rows], pa.string()) for position in range(len(schema))]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
