"""NDJSON: one JSON object a line.

The line itself travels in :data:`RAW_COLUMN`, so that an NDJSON output carries every value as it was
written; the columns hold texts as they are, and other values as JSON.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from app.bulk.readers.byte_ranges import read_bytes
from app.bulk.readers.charset import decodes, detect
from app.bulk.readers.chunking import LINE_BYTES_MAX, Places, cut
from app.bulk.readers.faults import RowFault
from app.bulk.readers.file_layout import FAULT_COLUMN, RAW_COLUMN, Layout, Span
from app.bulk.readers.headers import unique_names
from app.bulk.readers.text_head import COLUMNS_MAX
from app.errors import Invalid
from app.strict_json import DECODER, RepeatedKeyError

_CUT_BYTES = 64 << 10
_BLANKS = b" \t\r"


def inspect(path: Path, encoding: str | None = None) -> Layout:
    """Gather the keys of all objects, in the order of their first appearance.  Raises Invalid, also for too many."""
    found, start = detect(path, encoding)
    keys: dict[str, None] = {}
    with path.open("rb") as file:
        file.seek(start)
        while line := file.readline(LINE_BYTES_MAX):
            value, _ = _object(line, found)
            keys.update(dict.fromkeys(value))
            if len(keys) > COLUMNS_MAX:
                raise Invalid("too-many-columns", f"{path.name}: 键过多，上限 / too many keys, at most {COLUMNS_MAX:,}")
    if not keys:
        raise Invalid("no-header", f"{path.name}: 没有一行是 JSON 对象 / no line is a JSON object")
    titles = tuple(keys)
    return Layout(format="ndjson", titles=titles, header=unique_names(titles), encoding=found, start=start)


class NdjsonSource:
    """An NDJSON file, cut at lines and read in pieces."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self.layout = layout

    def spans(self) -> Iterator[Span]:
        """Cut the file at lines; blank lines are no rows."""
        return cut(self.path, self.layout.start, _bounds)

    def read(self, span: Span) -> pa.RecordBatch:
        """Return the rows of a chunk."""
        if span.length > LINE_BYTES_MAX:
            text = read_bytes(self.path, span.start, _CUT_BYTES).decode(self.layout.encoding, "backslashreplace")
            return self._batch([(text, {}, RowFault.ROW_TOO_LONG)])
        rows = []
        for line in read_bytes(self.path, span.start, span.length).split(b"\n"):
            if line.strip(_BLANKS):
                value, fault = _object(line, self.layout.encoding)
                rows.append((line.decode(self.layout.encoding, "backslashreplace"), value, fault))
        return self._batch(rows)

    def _batch(self, rows: Sequence[tuple[str, dict[str, Any], RowFault | None]]) -> pa.RecordBatch:
        """Build the columns; a faulty line is shown whole in the first one."""
        first, *others = self.layout.titles
        columns = [pa.array([line if fault else _text(value.get(first)) for line, value, fault in rows], pa.string())]
        columns += [pa.array([_text(value.get(key)) for _, value, _ in rows], pa.string()) for key in others]
        faults = pa.array([fault and fault.tell() for *_, fault in rows], pa.string())
        raw = [_shown(line) if fault else line.strip() for line, _, fault in rows]
        return pa.RecordBatch.from_arrays(
            [*columns, faults, pa.array(raw, pa.string())], [*self.layout.header, FAULT_COLUMN, RAW_COLUMN]
        )


def _bounds(block: bytes, *, final: bool) -> tuple[Places, int]:
    """Return the places of the lines of a block that are not blank, and where the next block begins."""
    end = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    if final and block and not block.endswith(b"\n"):
        end = np.append(end, len(block))
    start = np.concatenate((np.zeros(1, np.int64), end[:-1] + 1)) if len(end) else end
    kept = [bool(block[s:e].strip(_BLANKS)) for s, e in zip(start.tolist(), end.tolist(), strict=True)]
    return (start[kept], end[kept]), int(end[-1]) + 1 if len(end) else 0


def _object(line: bytes, encoding: str) -> tuple[dict[str, Any], RowFault | None]:
    """Return the object of a line, or what is wrong with it."""
    if not decodes(line, encoding):
        return {}, RowFault.BAD_ENCODING
    try:
        value = DECODER.decode(line.decode(encoding))
    except RepeatedKeyError:
        return {}, RowFault.REPEATED_KEY
    except (ValueError, RecursionError):
        return {}, RowFault.INVALID_JSON
    if not isinstance(value, dict):
        return {}, RowFault.NOT_AN_OBJECT
    if b"\\u" in line and not _is_text(value):
        return {}, RowFault.BAD_ENCODING
    return value, None


def _is_text(value: dict[str, Any]) -> bool:
    """Whether all texts are whole; half of a surrogate pair can be written in JSON and nowhere else."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(line: str) -> str:
    return json.dumps({"input": line}, ensure_ascii=False)
