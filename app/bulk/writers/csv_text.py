"""Arrow columns → CSV as RFC 4180 has it, quoting only the fields that need it.

Arrow's own writer quotes every text or none.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

_NEEDS_QUOTES = '[",\r\n]'


def header_line(names: Sequence[str]) -> bytes:
    """Return the header with its line end."""
    return rows([pa.array([name]) for name in names])


def rows(columns: Sequence[pa.Array]) -> bytes:
    """Return the rows, each with its line end; what is null is left empty."""
    if not len(columns[0]):
        return b""
    joined = pc.binary_join_element_wise(*map(_fields, columns), ",")
    lines = pc.binary_join_element_wise(joined, "", "\n")
    return b"".join(_data(chunk) for chunk in _chunks(lines))


def _fields(column: pa.Array) -> pa.Array:
    text = pc.fill_null(column if pa.types.is_string(column.type) else pc.cast(column, pa.string()), "")
    special = pc.match_substring_regex(text, _NEEDS_QUOTES) if _has_special(text) else None
    if special is None or not pc.any(special).as_py():
        return text
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
    return pc.if_else(special, quoted, text)


def _has_special(text: pa.Array) -> bool:
    data = _data(text)
    return any(mark in data for mark in (b'"', b",", b"\n", b"\r"))


def _data(text: pa.Array) -> bytes:
    """Return the bytes of all its texts, one after the other."""
    buffer = text.buffers()[2]
    if buffer is None:
        return b""
    offsets = memoryview(text.buffers()[1]).cast("i")
    start, stop = offsets[text.offset], offsets[text.offset + len(text)]
    return bytes(memoryview(buffer)[start:stop])


def _chunks(array: pa.Array | pa.ChunkedArray) -> Sequence[pa.Array]:
    return array.chunks if isinstance(array, pa.ChunkedArray) else [array]
