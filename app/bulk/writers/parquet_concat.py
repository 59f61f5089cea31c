"""Joins Parquet files of one schema by copying their row groups as they are.

Decoding and encoding again would cost as much as a tenth of a whole run, at its end, on one core; a
resumed run would pay it for everything that was already done.  Row groups are self-contained: only the
offsets in the footer change.  Field ids are those of ``parquet.thrift`` of the Parquet format.
"""

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from app.bulk.writers.thrift import Struct, ThriftList, Type, Value, read_struct, write_struct

_MAGIC = b"PAR1"
_TAIL_BYTES = 8
_PIECE_BYTES = 1 << 20

_SCHEMA, _FILE_ROWS, _ROW_GROUPS = 2, 3, 4
_COLUMNS, _GROUP_ROWS, _GROUP_OFFSET, _ORDINAL = 1, 3, 5, 7
_CHUNK_OFFSET, _CHUNK_META, _OFFSET_INDEX, _COLUMN_INDEX = 2, 3, 4, 6
_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE, _BLOOM_FILTER = 9, 10, 11, 14


def join(parts: Iterable[Path], output: BinaryIO) -> None:
    """Write one Parquet file with the row groups of all parts, in order.

    Raises ValueError where a part is no Parquet file or has another schema than the first.
    """
    output.write(_MAGIC)
    footer: Struct | None = None
    groups: list[Value] = []
    for part in parts:
        shift = output.tell() - len(_MAGIC)
        with part.open("rb") as file:
            own, end = _footer(file)
            file.seek(len(_MAGIC))
            _copy(file, output, end - len(_MAGIC))
        footer = footer or own
        if own.fields[_SCHEMA] != footer.fields[_SCHEMA]:
            raise ValueError(f"{part.name} has another schema than the part before")
        for group in _structs(own, _ROW_GROUPS):
            _move(group, shift, len(groups))
            groups.append(group)
    if footer is None:
        raise ValueError("there are no parts to join")
    footer.fields[_FILE_ROWS] = (Type.I64, sum(group.int(_GROUP_ROWS) for group in groups if isinstance(group, Struct)))
    footer.fields[_ROW_GROUPS] = (Type.LIST, ThriftList(Type.STRUCT, groups))
    data = write_struct(footer)
    output.write(data + struct.pack("<I", len(data)) + _MAGIC)


def _footer(file: BinaryIO) -> tuple[Struct, int]:
    """Return the footer and where it begins."""
    end = file.seek(-_TAIL_BYTES, 2)
    length, magic = struct.unpack("<I4s", file.read(_TAIL_BYTES))
    if magic != _MAGIC or length > end:
        raise ValueError("not a Parquet file")
    file.seek(end - length)
    return read_struct(file.read(length)), end - length


def _copy(file: BinaryIO, output: BinaryIO, length: int) -> None:
    while length:
        piece = file.read(min(length, _PIECE_BYTES))
        output.write(piece)
        length -= len(piece)


def _structs(parent: Struct, field_id: int) -> list[Struct]:
    value = parent.fields[field_id][1]
    return [item for item in value.items if isinstance(item, Struct)] if isinstance(value, ThriftList) else []


def _move(group: Struct, shift: int, ordinal: int) -> None:
    """Adjust what a row group knows of its place in the file."""
    _shift(group, (_GROUP_OFFSET,), shift)
    if ordinal < 1 << 15:
        group.fields[_ORDINAL] = (Type.I16, ordinal)
    else:
        group.fields.pop(_ORDINAL, None)
    for chunk in _structs(group, _COLUMNS):
        _shift(chunk, (_CHUNK_OFFSET, _OFFSET_INDEX, _COLUMN_INDEX), shift)
        meta = chunk.fields[_CHUNK_META][1]
        if isinstance(meta, Struct):
            _shift(meta, (_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE, _BLOOM_FILTER), shift)


def _shift(owner: Struct, field_ids: tuple[int, ...], shift: int) -> None:
    for field_id in field_ids:
        # An offset of zero means that there is none.
        if field_id in owner.fields and owner.int(field_id):
            owner.fields[field_id] = (owner.fields[field_id][0], owner.int(field_id) + shift)
