"""The compact protocol of Apache Thrift, read and written without a schema; Parquet's footer is in it.

A struct is a dict from field id to value, in rising order of ids, and a list keeps the type of its
elements.  Doubles stay as their eight bytes.  Source: the Thrift compact protocol specification.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum


class Type(IntEnum):
    """Types of values on the wire; sets and maps do not occur in Parquet."""

    TRUE = 1
    FALSE = 2
    BYTE = 3
    I16 = 4
    I32 = 5
    I64 = 6
    DOUBLE = 7
    BINARY = 8
    LIST = 9
    STRUCT = 12


@dataclass(slots=True)
class ThriftList:
    """A list: the type of its elements, and they."""

    of: Type
    items: list["Value"]


@dataclass(slots=True)
class Struct:
    """A struct: fields by id, each with its type."""

    fields: dict[int, tuple[Type, "Value"]] = field(default_factory=dict)

    def int(self, field_id: int) -> int:
        """Return an integer field."""
        value = self.fields[field_id][1]
        assert isinstance(value, int)  # noqa: S101 - the footer says so
        return value


Value = int | bytes | bool | Struct | ThriftList

_LONG_LIST = 15
_MORE = 0x80


def read_struct(data: bytes) -> Struct:
    """Read the struct that begins the bytes."""
    return _Reader(data).struct()


def write_struct(struct: Struct) -> bytes:
    """Write a struct."""
    out = bytearray()
    _write_struct(struct, out)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        fields: dict[int, tuple[Type, Value]] = {}
        last = 0
        while head := self._byte():
            kind = Type(head & 0x0F)
            last = last + (head >> 4) if head >> 4 else self._zigzag()
            fields[last] = (kind, self._value(kind))
        return Struct(fields)

    def _value(self, kind: Type) -> Value:
        if kind in {Type.TRUE, Type.FALSE}:
            return kind is Type.TRUE
        readers: dict[Type, Callable[[], Value]] = {
            Type.BYTE: self._byte,
            Type.DOUBLE: self._double,
            Type.BINARY: self._binary,
            Type.LIST: self._list,
            Type.STRUCT: self.struct,
        }
        return readers.get(kind, self._zigzag)()

    def _list(self) -> ThriftList:
        head = self._byte()
        size = head >> 4
        of = Type(head & 0x0F)
        size = self._varint() if size == _LONG_LIST else size
        if of in {Type.TRUE, Type.FALSE}:
            return ThriftList(of, [self._byte() == Type.TRUE for _ in range(size)])
        return ThriftList(of, [self._value(of) for _ in range(size)])

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _double(self) -> bytes:
        return self._take(8)

    def _binary(self) -> bytes:
        return self._take(self._varint())

    def _take(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < _MORE:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)


def _write_struct(struct: Struct, out: bytearray) -> None:
    last = 0
    for field_id, (declared, value) in struct.fields.items():
        kind = declared
        if isinstance(value, bool):
            kind = Type.TRUE if value else Type.FALSE
        delta = field_id - last
        if 0 < delta < _LONG_LIST + 1:
            out.append(delta << 4 | kind)
        else:
            out.append(kind)
            _write_zigzag(field_id, out)
        last = field_id
        if kind not in {Type.TRUE, Type.FALSE}:
            _write_value(kind, value, out)
    out.append(0)


def _write_value(kind: Type, value: Value, out: bytearray) -> None:
    if isinstance(value, Struct):
        _write_struct(value, out)
    elif isinstance(value, ThriftList):
        size = len(value.items)
        out.append(min(size, _LONG_LIST) << 4 | value.of)
        if size >= _LONG_LIST:
            _write_varint(size, out)
        for item in value.items:
            _write_value(value.of, item, out)
    elif isinstance(value, bytes):
        if kind is Type.BINARY:
            _write_varint(len(value), out)
        out += value
    elif isinstance(value, bool):
        out.append(Type.TRUE if value else Type.FALSE)
    elif kind is Type.BYTE:
        out.append(value)
    else:
        _write_zigzag(value, out)


def _write_varint(value: int, out: bytearray) -> None:
    while value >= _MORE:
        out.append(value & 0x7F | _MORE)
        value >>= 7
    out.append(value)


def _write_zigzag(value: int, out: bytearray) -> None:
    _write_varint(value << 1 if value >= 0 else (-value << 1) - 1, out)
