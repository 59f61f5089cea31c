"""Text tables in UTF-8, GB18030 or Big5, with any delimiter of one byte (see :mod:`.text_rewrite` for others).

Whole records go through Arrow's reader in one piece; the few faulty ones are read leniently by hand and
put back in their places, so that whatever they hold is still seen in the output.
"""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from app.bulk.readers.byte_ranges import read_bytes
from app.bulk.readers.charset import decodes
from app.bulk.readers.chunking import LINE_BYTES_MAX, cut
from app.bulk.readers.csv_records import Form, bounds, split
from app.bulk.readers.faults import RowFault
from app.bulk.readers.file_layout import FAULT_COLUMN, WARNINGS_COLUMN, Layout, Span
from app.bulk.readers.headers import unique_names
from app.bulk.readers.read_options import ReadOptions
from app.bulk.readers.text_head import read_head
from app.names.encoded import is_damaged
from app.tabular.encodings import LineState, is_doubtful_line, read_line
from app.tabular.header_rows import KnownHeader

_CUT_BYTES: Final = 64 << 10
_FAULTS = {
    Form.BROKEN_QUOTES: RowFault.BROKEN_QUOTES,
    Form.WRONG_FIELD_COUNT: RowFault.WRONG_FIELD_COUNT,
    Form.STRAY_RETURN: RowFault.STRAY_RETURN,
    Form.REPEATED_HEADER: RowFault.REPEATED_HEADER,
}


def inspect(path: Path, options: ReadOptions, known: KnownHeader) -> Layout:
    """Read the header, in the given encoding or in the one that the file shows.  Raises Invalid."""
    head = read_head(path, options, known)
    return Layout(
        format="csv",
        titles=head.titles,
        header=unique_names(head.titles),
        encoding=head.encoding,
        delimiter=head.delimiter,
        header_line=head.header_line.decode("latin-1"),
        start=head.start,
        header_row=head.header_row,
        bom=head.text_start > 0 or head.encoding == "gb18030",
    )


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
            one = self._lenient(read_bytes(self.path, span.start, _CUT_BYTES), RowFault.ROW_TOO_LONG)
            cells = [pa.array([cell], pa.string()) for cell in one.cells]
            return _batch(cells, self.layout.header, pa.array([RowFault.ROW_TOO_LONG.tell()], pa.string()))
        data = read_bytes(self.path, span.start, span.length)
        layout = self.layout
        records = split(data, layout.delimiter.encode(), layout.header_line.encode("latin-1"), len(layout.header))
        texts: list[bytes] | None = None
        if layout.encoding == "gb18030" or records.form.any() or not decodes(data, layout.encoding):
            texts = [data[start:end] for start, end in zip(records.start.tolist(), records.end.tolist(), strict=True)]
        faulty = self._faulty(texts, records.form) if texts else {}
        if not texts or not faulty:
            return self._whole(data)
        return self._mended(texts, faulty)

    def _faulty(self, texts: Sequence[bytes], form: NDArray[np.uint8]) -> dict[int, "_Faulty"]:
        """Return the records that are not well written, as far as they can be read."""
        rows = {}
        for row in np.flatnonzero(form).tolist():
            kind = Form(form[row])
            formulas = self._of_formulas(texts[row]) if kind is Form.BROKEN_QUOTES else None
            rows[row] = formulas or self._lenient(texts[row], _FAULTS[kind])
        for row, text in enumerate(texts):
            if row not in rows and is_doubtful_line(text, self.layout.encoding):
                rows[row] = self._ill_encoded(text)
        return rows

    def _mended(self, texts: Sequence[bytes], faulty: Mapping[int, "_Faulty"]) -> pa.RecordBatch:
        """Read the whole records and put the faulty ones between them, in order."""
        header = list(self.layout.header)
        whole_rows = [row for row in range(len(texts)) if row not in faulty]
        whole = self._whole(b"\n".join([texts[row] for row in whole_rows]))
        given = [pa.array([one.cells[column] for one in faulty.values()], pa.string()) for column in range(len(header))]
        errors = pa.array([one.fault and one.fault.tell() for one in faulty.values()], pa.string())
        warnings = pa.array(["|".join(one.warnings) or None for one in faulty.values()], pa.string())
        others = _batch(given, header, errors, warnings)
        order = np.empty(len(texts), np.int64)
        order[whole_rows] = np.arange(len(whole_rows))
        order[list(faulty)] = len(whole_rows) + np.arange(len(faulty))
        return pa.Table.from_batches([whole, others]).take(pa.array(order)).combine_chunks().to_batches()[0]

    def _of_formulas(self, text: bytes) -> "_Faulty | None":
        """Read a record whose fields are written ="…", as for a spreadsheet that shall keep them as texts."""
        sign = self.layout.delimiter
        if b'="' not in text or not decodes(text, self.layout.encoding):
            return None
        plain = f"{sign}{text.decode(self.layout.encoding)}".replace(f'{sign}="', f'{sign}"')[len(sign) :]
        try:
            rows = list(csv.reader([plain], delimiter=sign, strict=True))
        except csv.Error:
            return None
        whole = len(rows) == 1 and len(rows[0]) == len(self.layout.header)
        return _Faulty([cell or None for cell in rows[0]], None, ()) if whole else None

    def _lenient(self, text: bytes, fault: RowFault) -> "_Faulty":
        r"""Read a faulty record as well as can be; bytes that are no text are shown as ``\xNN``."""
        width = len(self.layout.header)
        shown = text.decode(self.layout.encoding, "backslashreplace")
        cells = _cells(shown, self.layout.delimiter)
        if fault is RowFault.WRONG_FIELD_COUNT and len(cells) > width and not any(map(str.strip, cells[width:])):
            # Delimiters at the end of a row say nothing.
            return _Faulty(_fitted(cells[:width], self.layout.delimiter, width), None, ())
        return _Faulty(_fitted(cells, self.layout.delimiter, width), fault, ())

    def _ill_encoded(self, text: bytes) -> "_Faulty":
        """Read a record with bytes that are not in the file's encoding: in another one, or field by field."""
        layout, width = self.layout, len(self.layout.header)
        fields = [cell.encode("latin-1") for cell in _cells(text.decode("latin-1"), layout.delimiter)]
        read = [_field(field, layout.encoding) for field in fields]
        line = read_line(text, layout.encoding)
        is_cut = line.encoding != "utf-8" and all(code in {None, "truncated"} for _, code in read)
        if line.state is not LineState.DAMAGED and not is_cut and not is_damaged(line.text):
            cells = _fitted(_cells(line.text, layout.delimiter), layout.delimiter, width)
            warnings = (_warning("*", "other-encoding"),) if line.state is LineState.OTHER else ()
            return _Faulty(cells, None, warnings)
        if len(fields) != width:
            return self._lenient(text, RowFault.BAD_ENCODING)
        named = [(title, code) for title, (_, code) in zip(layout.header, read, strict=True) if code]
        return _Faulty([cell for cell, _ in read], None, tuple(_warning(title, code) for title, code in named))

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


class _Faulty(NamedTuple):
    """A record that is not well written: its cells, what is wrong with all of it, and what was mended."""

    cells: Sequence[str | None]
    fault: RowFault | None
    warnings: Sequence[str]


def _warning(column: str, code: str) -> str:
    return f"{' '.join(column.replace('|', '/').split())}:{code}"


def _field(data: bytes, encoding: str) -> tuple[str | None, str | None]:
    r"""Return a field, and what is wrong with it: cut within its last character, or with bytes that are no text."""
    if decodes(data, encoding):
        return data.decode(encoding) or None, None
    for size in range(len(data) - 1, max(len(data) - 4, -1), -1):
        if decodes(data[:size], encoding) and _may_go_on(data[size:], encoding):
            return data[:size].decode(encoding) or None, "truncated"
    return data.decode(encoding, "backslashreplace"), RowFault.BAD_ENCODING.value


def _may_go_on(data: bytes, encoding: str) -> bool:
    """Whether bytes are the beginning of a character."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return not decoder.decode(data, final=False)
    except UnicodeDecodeError:
        return False


def _batch(
    columns: Sequence[pa.Array], header: Sequence[str], faults: pa.Array, warnings: pa.Array | None = None
) -> pa.RecordBatch:
    kept_warnings = pa.nulls(len(faults), pa.string()) if warnings is None else warnings
    return pa.RecordBatch.from_arrays([*columns, faults, kept_warnings], [*header, FAULT_COLUMN, WARNINGS_COLUMN])


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text.replace("\r", " ")], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def _fitted(cells: Sequence[str], delimiter: str, width: int) -> list[str | None]:
    """Return ``width`` fields; what is too much stays in the last one."""
    if len(cells) > width:
        return [*cells[: width - 1], delimiter.join(cells[width - 1 :])]
    return [*cells, *[None] * (width - len(cells))]
