"""CSV in UTF-8, GB18030 or Big5, with commas, semicolons or tabs.

Whole records go through Arrow's reader in one piece; the few faulty ones are read leniently by hand and
put back in their places, so that whatever they hold is still seen in the output.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from app.bulk.readers.byte_ranges import read_bytes
from app.bulk.readers.charset import decodes, detect
from app.bulk.readers.chunking import LINE_BYTES_MAX, cut
from app.bulk.readers.csv_records import Form, bounds, split
from app.bulk.readers.faults import RowFault
from app.bulk.readers.file_layout import FAULT_COLUMN, Layout, Span
from app.bulk.readers.headers import unique_names
from app.errors import Invalid

_CUT_BYTES = 64 << 10
_HEADER_LINES_MAX = 50
_DELIMITERS = (",", "\t", ";")
_FAULTS = {
    Form.BROKEN_QUOTES: RowFault.BROKEN_QUOTES,
    Form.WRONG_FIELD_COUNT: RowFault.WRONG_FIELD_COUNT,
    Form.STRAY_RETURN: RowFault.STRAY_RETURN,
    Form.REPEATED_HEADER: RowFault.REPEATED_HEADER,
}


def inspect(path: Path, encoding: str | None = None) -> Layout:
    """Read the header, in the given encoding or in the one that the file shows.  Raises Invalid."""
    found, start = detect(path, encoding)
    with path.open("rb") as file:
        file.seek(start)
        line = b""
        while not line.strip() or line.count(b'"') % 2:
            more = file.readline(LINE_BYTES_MAX)
            line = line + more if line.strip() else more
            if not more or line.count(b"\n") > _HEADER_LINES_MAX:
                raise Invalid("no-header", f"{path.name}: 没有可读的表头行 / no readable header line")
        start = file.tell()
    try:
        text = line.decode(found).strip("\r\n")
    except UnicodeDecodeError as error:
        raise Invalid("no-header", f"{path.name}: 表头不是 {found} / the header is not in {found}") from error
    if "\r" in text and '"' not in text:
        raise Invalid("line-ends", f"{path.name}: 换行符应为 LF 或 CRLF / lines must end in LF or CRLF, not in CR")
    delimiter = max(_DELIMITERS, key=text.count)
    titles = tuple(next(csv.reader([text], delimiter=delimiter)))
    header_line = line.strip(b"\r\n").decode("latin-1")
    return Layout("csv", titles, unique_names(titles), found, delimiter, header_line, start)


class CsvSource:
    """A CSV file, cut at records and read in pieces."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self.layout = layout

    def spans(self) -> Iterator[Span]:
        """Cut the file at records, in one pass."""
        layout = self.layout
        return cut(
            self.path, layout.start, partial(bounds, delimiter=layout.delimiter.encode(), fields=len(layout.header))
        )

    def read(self, span: Span) -> pa.RecordBatch:
        """Return the rows of a chunk as text columns."""
        if span.length > LINE_BYTES_MAX:
            return self._lenient([(read_bytes(self.path, span.start, _CUT_BYTES), RowFault.ROW_TOO_LONG)])
        data = read_bytes(self.path, span.start, span.length)
        layout = self.layout
        records = split(data, layout.delimiter.encode(), layout.header_line.encode("latin-1"), len(layout.header))
        if not records.form.any() and decodes(data, layout.encoding):
            return self._whole(data)
        texts = [data[start:end] for start, end in zip(records.start.tolist(), records.end.tolist(), strict=True)]
        return self._mended(texts, self._faults(texts, records.form))

    def _faults(self, texts: Sequence[bytes], form: NDArray[np.uint8]) -> dict[int, RowFault]:
        """Return what is wrong with which record."""
        faults = {row: _FAULTS[Form(form[row])] for row in np.flatnonzero(form).tolist()}
        ill_encoded = {
            row: RowFault.BAD_ENCODING for row, text in enumerate(texts) if not decodes(text, self.layout.encoding)
        }
        return faults | ill_encoded

    def _mended(self, texts: Sequence[bytes], faults: Mapping[int, RowFault]) -> pa.RecordBatch:
        """Read the whole records and the faulty ones apart, and put them in order again."""
        whole_rows = [row for row in range(len(texts)) if row not in faults]
        whole = self._whole(b"\n".join([texts[row] for row in whole_rows]))
        lenient = self._lenient([(texts[row], fault) for row, fault in faults.items()])
        order = np.empty(len(texts), np.int64)
        order[whole_rows] = np.arange(len(whole_rows))
        order[list(faults)] = len(whole_rows) + np.arange(len(faults))
        return pa.Table.from_batches([whole, lenient]).take(pa.array(order)).combine_chunks().to_batches()[0]

    def _whole(self, data: bytes) -> pa.RecordBatch:
        """Read records that are known to be well written."""
        header = list(self.layout.header)
        if not data.strip():
            return _batch([pa.nulls(0, pa.string()) for _ in header], header, pa.nulls(0, pa.string()))
        if self.layout.encoding != "utf-8":
            data = data.decode(self.layout.encoding).encode()
        table = pa.csv.read_csv(
            pa.BufferReader(data),
            pa.csv.ReadOptions(column_names=header, use_threads=False, block_size=len(data) + 1),
            pa.csv.ParseOptions(delimiter=self.layout.delimiter, newlines_in_values=True),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), check_utf8=False),
        )
        columns = [column.combine_chunks() for column in table.columns]
        return _batch(columns, header, pa.nulls(table.num_rows, pa.string()))

    def _lenient(self, rows: Sequence[tuple[bytes, RowFault]]) -> pa.RecordBatch:
        r"""Read faulty records as well as can be; bytes that are no text are shown as ``\xNN``."""
        header, delimiter = list(self.layout.header), self.layout.delimiter
        cells = [
            _fields(text.decode(self.layout.encoding, "backslashreplace"), delimiter, len(header)) for text, _ in rows
        ]
        columns = [pa.array([row[column] for row in cells], pa.string()) for column in range(len(header))]
        return _batch(columns, header, pa.array([fault.tell() for _, fault in rows], pa.string()))


def _batch(columns: Sequence[pa.Array], header: Sequence[str], faults: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([*columns, faults], [*header, FAULT_COLUMN])


def _fields(text: str, delimiter: str, width: int) -> list[str | None]:
    """Cut a faulty record into ``width`` fields; what is too much stays in the last one."""
    try:
        cells = next(csv.reader([text.replace("\r", " ")], delimiter=delimiter), [])
    except csv.Error:
        cells = text.split(delimiter)
    if len(cells) > width:
        cells = [*cells[: width - 1], delimiter.join(cells[width - 1 :])]
    return [*cells, *[None] * (width - len(cells))]
