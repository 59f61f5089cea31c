"""Parquet: rows by their number in the file, whatever the row groups are."""

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from app.bulk.readers.file_layout import FAULT_COLUMN, ROWS_PER_CHUNK, WARNINGS_COLUMN, Layout, Span
from app.bulk.readers.headers import unique_names
from app.bulk.readers.text_head import COLUMNS_MAX
from app.errors import Invalid

_BUFFER_BYTES = 1 << 20


def inspect(path: Path) -> Layout:
    """Read the schema.  Raises Invalid where the file is not Parquet."""
    try:
        titles = tuple(name for name in pq.read_schema(path).names if name not in {FAULT_COLUMN, WARNINGS_COLUMN})
    except (pa.ArrowException, OSError) as error:
        raise Invalid("not-parquet", f"{path.name}: 不是 Parquet 文件 / not a Parquet file") from error
    if len(titles) > COLUMNS_MAX:
        raise Invalid("too-many-columns", f"{path.name}: {len(titles):,}列，上限 / columns, at most {COLUMNS_MAX:,}")
    return Layout(format="parquet", titles=titles, header=unique_names(titles))


class ParquetSource:
    """A Parquet file, read forward.

    Chunks that are asked for in rising order are read on from where the last one ended; within a row
    group nothing can be skipped without decoding it.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.layout = layout
        self._file = pq.ParquetFile(path, buffer_size=_BUFFER_BYTES)
        groups = [self._file.metadata.row_group(group).num_rows for group in range(self._file.num_row_groups)]
        self._group_starts = [0, *accumulate(groups)]
        self._position = -1
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._rest: pa.RecordBatch | None = None

    def spans(self) -> Iterator[Span]:
        """Cut the file into chunks of equal numbers of rows."""
        total = self._file.metadata.num_rows
        for no, start in enumerate(range(0, total, ROWS_PER_CHUNK)):
            rows = min(ROWS_PER_CHUNK, total - start)
            yield Span(no, start, rows, start, rows)

    def read(self, span: Span) -> pa.RecordBatch:
        """Return the rows of a chunk with the types they have in the file."""
        if span.rows:
            self._go_to(span.start)
        pieces = list(self._next(span.rows))
        table = pa.Table.from_batches(pieces, self._file.schema_arrow).combine_chunks()
        names = list(self.layout.header)
        columns = [
            column.combine_chunks() if column.num_chunks else pa.array([], column.type) for column in table.columns
        ]
        if FAULT_COLUMN in table.column_names:
            hidden = [name for name in (FAULT_COLUMN, WARNINGS_COLUMN) if name in table.column_names]
            return pa.RecordBatch.from_arrays(columns, [*names, *hidden])
        return pa.RecordBatch.from_arrays([*columns, pa.nulls(span.rows, pa.string())], [*names, FAULT_COLUMN])

    def _go_to(self, row: int) -> None:
        group_start, group = max((start, group) for group, start in enumerate(self._group_starts[:-1]) if start <= row)
        if not group_start <= self._position <= row:
            groups = list(range(group, self._file.num_row_groups))
            # Every core has a process of its own already, and each thread would keep memory of its own.
            self._batches = self._file.iter_batches(batch_size=ROWS_PER_CHUNK, row_groups=groups, use_threads=False)
            self._position, self._rest = group_start, None
        for _ in self._next(row - self._position):
            pass

    def _next(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the next ``rows`` rows, in pieces."""
        self._position += rows
        while rows:
            batch = self._rest if self._rest is not None else next(self._batches)
            piece = batch.slice(0, rows)
            self._rest = batch.slice(rows) if batch.num_rows > rows else None
            rows -= piece.num_rows
            yield piece
