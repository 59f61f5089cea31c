"""Workbooks: unpacked once to Parquet by a child process that a hostile file may kill.

The first visible sheet with rows is the input; further sheets with the very same header go on with it,
as a list of more than 1,048,576 rows must; any other sheet is left alone.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from app.bulk.readers.faults import RowFault
from app.bulk.readers.file_layout import FAULT_COLUMN, ROWS_PER_CHUNK
from app.bulk.readers.headers import unique_names
from app.errors import Invalid, TooLarge
from app.tabular.sheet import Cell, SheetRow
from app.tabular.unreadable import Unreadable
from app.tabular.workbook import SheetHead, WorkbookLimits, workbook_rows

_LIMITS = WorkbookLimits(
    memory_bytes=4 << 30,
    cpu_s=300,
    rows_max=5_000_000,
    unpacked_bytes_max=2 << 30,
    chars_max=2 << 30,
    wait_s=None,
)


def unpack(path: Path, to: Path) -> None:
    """Write the rows of a workbook to a Parquet file of text columns.

    Raises Invalid for a file that is no workbook, is protected, has macros, or is past a limit.
    """
    with path.open("rb") as file, workbook_rows(file, _LIMITS) as answers:
        rows = _rows(answers, path.name)
        titles = next(rows, None)
        if titles is None:
            raise Invalid("no-header", f"{path.name}: 工作簿中没有数据 / the workbook has no rows")
        header, _ = titles
        schema = pa.schema(
            [(name, pa.string()) for name in (*unique_names(title or "" for title in header), FAULT_COLUMN)]
        )
        with pq.ParquetWriter(to, schema, compression="zstd") as out:
            gathered: list[list[str | None]] = []
            for cells, fault in rows:
                row = [*cells[: len(header)], *[None] * (len(header) - len(cells))]
                gathered.append([*row, fault])
                if len(gathered) == ROWS_PER_CHUNK:
                    out.write_batch(_batch(gathered, schema))
                    gathered = []
            out.write_batch(_batch(gathered, schema))


def _rows(answers: Iterator[SheetHead | SheetRow], name: str) -> Iterator[tuple[list[str | None], str | None]]:
    """Yield the header, then each row with its fault."""
    header: list[str | None] | None = None
    is_read, is_first_line, broken = False, False, set[int]()
    for answer in _understood(answers, name):
        if isinstance(answer, SheetHead):
            is_read, is_first_line = not answer.hidden, True
            broken = {row for row, _ in answer.broken}
            continue
        cells = [_text(cell) for cell in answer.cells]
        if is_read and is_first_line and header is not None:
            is_read, is_first_line = cells == header, False
            continue
        is_first_line = False
        if is_read:
            header = header or cells
            yield cells, RowFault.BROKEN_CELL.tell() if answer.number in broken else None


def _understood(answers: Iterator[SheetHead | SheetRow], name: str) -> Iterator[SheetHead | SheetRow]:
    """Give what the reader of workbooks gives, with its refusals as those of a file of counterparties."""
    try:
        yield from answers
    except (Unreadable, TooLarge) as error:
        raise Invalid("workbook", f"{name}: 工作簿无法读取 / the workbook cannot be read: {error.message}") from error


def _text(cell: Cell) -> str | None:
    if isinstance(cell, bool):
        return str(cell).upper()
    return cell.isoformat() if isinstance(cell, date) else None if cell is None else str(cell)


def _batch(rows: Sequence[Sequence[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array([row[position] for row in rows], pa.string()) for position in range(len(schema))]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
