"""Workbooks: unpacked once to Parquet by a child process that a hostile file may kill.

The first visible sheet with rows is the input; further sheets with the very same header go on with it,
as a list of more than 1,048,576 rows must; any other sheet is left alone.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.bulk.readers.faults import RowFault
from app.bulk.readers.file_layout import FAULT_COLUMN, ROWS_PER_CHUNK
from app.bulk.readers.headers import unique_names
from app.errors import Invalid
from app.watchlists.files import workbook_child

_LIMITS = {
    "memory_bytes": 4 << 30,
    "cpu_s": 300,
    "rows_max": 5_000_000,
    "unpacked_bytes_max": 2 << 30,
}


def unpack(path: Path, to: Path) -> None:
    """Write the rows of a workbook to a Parquet file of text columns.

    Raises Invalid for a file that is no workbook, is protected, has macros, or is past a limit.
    """
    with _answers(path) as answers:
        rows = _rows(answers, path.name)
        titles = next(rows, None)
        if titles is None:
            raise Invalid("no-header", f"{path.name}: 工作簿中没有数据 / the workbook has no rows")
        header, _ = titles
        schema = pa.schema(
            [(name, pa.string()) for name in (*unique_names(title or "" for title in header), FAULT_COLUMN)]
        )
        with pq.ParquetWriter(to, schema, compression="zstd") as file:
            gathered: list[list[str | None]] = []
            for cells, fault in rows:
                row = [*cells[: len(header)], *[None] * (len(header) - len(cells))]
                gathered.append([*row, fault])
                if len(gathered) == ROWS_PER_CHUNK:
                    file.write_batch(_batch(gathered, schema))
                    gathered = []
            file.write_batch(_batch(gathered, schema))


@contextmanager
def _answers(path: Path) -> Iterator[IO[bytes]]:
    command = [sys.executable, "-I", workbook_child.__file__, json.dumps(_LIMITS)]
    with (
        path.open("rb") as file,
        subprocess.Popen(  # noqa: S603 - our own program, no shell
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as child,
    ):
        try:
            assert child.stdout is not None  # noqa: S101 - a pipe was asked for
            yield child.stdout
        finally:
            child.kill()


def _rows(answers: IO[bytes], name: str) -> Iterator[tuple[list[str | None], str | None]]:
    """Yield the header, then each row with its fault."""
    header: list[str | None] | None = None
    is_read, is_first_line, broken, ended = False, False, set[int](), False
    for line in answers:
        answer = json.loads(line)
        if isinstance(answer, dict):
            _refuse(answer, name)
            ended = "end" in answer
            is_read, is_first_line = not answer.get("hidden", True), True
            broken = {row for row, _ in answer.get("broken", ())}
            continue
        number, cells = answer[0], [_text(cell) for cell in answer[1]]
        if is_read and is_first_line and header is not None:
            is_read, is_first_line = cells == header, False
            continue
        is_first_line = False
        if is_read:
            header = header or cells
            yield cells, RowFault.BROKEN_CELL.tell() if number in broken else None
    if not ended:
        raise Invalid("workbook", f"{name}: 工作簿无法读取 / the workbook cannot be read")


def _refuse(answer: dict[str, Any], name: str) -> None:
    if "refused" in answer:
        raise Invalid("workbook", f"{name}: 工作簿不予读取 / the workbook is refused: {answer['refused']}")


def _text(cell: Any) -> str | None:  # noqa: ANN401 - a cell as JSON
    if isinstance(cell, list):
        return str(cell[1])
    if isinstance(cell, bool):
        return str(cell).upper()
    return None if cell is None else str(cell)


def _batch(rows: Sequence[Sequence[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array([row[position] for row in rows], pa.string()) for position in range(len(schema))]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
