"""The values of a column as texts, whatever type a file of columns gives them."""

import json
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_BETWEEN: Final = "；"


def texts_of(column: pa.Array) -> pa.Array:
    """Return a column as texts, with null for what is empty.

    Several values in one cell are between ``；``, an object is JSON; bytes that are no UTF-8 are read as GB18030.
    """
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is None:
        midnight = pc.equal(column, pc.floor_temporal(column, unit="day"))
        if pc.all(midnight).as_py() is not False:
            column = column.cast(pa.date32())
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
    text = column if pa.types.is_string(column.type) else _cast(column)
    empty = pc.equal(text, "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), text) if pc.any(empty).as_py() else text


def _cast(column: pa.Array) -> pa.Array:
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowException:  # nested values, and bytes in another encoding
        return pa.array([_text(value) for value in column.to_pylist()], pa.string())


def _text(value: Any) -> str | None:  # noqa: ANN401 - whatever a file may hold
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return _of_bytes(value)
    if isinstance(value, list):
        return _BETWEEN.join(filter(None, map(_text, value)))
    return json.dumps(value, ensure_ascii=False, default=str)


def _of_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("gb18030", "replace")
