"""What calamine does not tell of an XLS: read from the records of its BIFF8 stream ([MS-XLS], [MS-CFB])."""

import struct
from collections.abc import Iterator
from typing import Final

from app.tabular.workbook_child.traits import Refused, Traits

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_BOF, _EOF, _FORMULA, _BOOLERR, _BOUNDSHEET, _ROW, _COLINFO = 0x809, 0x0A, 0x06, 0x205, 0x85, 0x208, 0x7D
_FONT, _XF, _NOTE, _HLINK, _LABELSST, _LABEL, _NUMBER, _RK = 0x31, 0xE0, 0x1C, 0x1B8, 0xFD, 0x204, 0x203, 0x27E
_STRUCK_BIT: Final = 8
_NO_FONT: Final = 4  # no font has this number ([MS-XLS] 2.5.129)
_LINK_HEAD_BYTES: Final = 32
_URL_MONIKER: Final = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_ROW_BYTES, _COLINFO_BYTES, _BOOLERR_BYTES = 16, 10, 8
_SECTORS_MAX: Final = 0xFFFFFFFA
_MINI_STREAM_BYTES: Final = 4096


def check(data: bytes) -> None:
    """Refuse a workbook that is protected or has macros."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("ENCRYPTED")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise Refused("MACROS")


def traits_by_sheet(data: bytes) -> dict[str, Traits]:
    """Return the traits of each sheet by its name."""
    stream = _stream(data, "Workbook")
    starts = {
        struct.unpack_from("<I", body)[0]: body[8:].decode("utf-16-le" if body[7] & 1 else "latin-1")
        for code, body in _records(stream, 0)
        if code == _BOUNDSHEET
    }
    struck = _struck_styles(stream)
    return {name: _traits(stream, start, struck) for start, name in starts.items()}


def _struck_styles(stream: bytes) -> frozenset[int]:
    """Return the numbers of the styles of cells that are struck through."""
    fonts = [struct.unpack_from("<H", body, 2)[0] & _STRUCK_BIT for code, body in _records(stream, 0) if code == _FONT]
    styles = [struct.unpack_from("<H", body)[0] for code, body in _records(stream, 0) if code == _XF]
    numbered = {number + (number >= _NO_FONT): struck for number, struck in enumerate(fonts)}
    return frozenset(number for number, font in enumerate(styles) if numbered.get(font))


def _traits(stream: bytes, start: int, struck: frozenset[int]) -> Traits:
    traits = Traits()
    for code, body in _records(stream, start):
        if code == _FORMULA:
            row, column = struct.unpack_from("<HH", body)
            traits.add_formula(row + 1, column)
        elif code == _BOOLERR and len(body) >= _BOOLERR_BYTES and body[7]:
            row, column = struct.unpack_from("<HH", body)
            traits.add_broken(row + 1, column)
        elif code == _ROW and len(body) >= _ROW_BYTES and body[12] & 0x20:
            traits.hide_row(struct.unpack_from("<H", body)[0] + 1)
        elif code == _NOTE:
            row, column = struct.unpack_from("<HH", body)
            traits.add_note(row + 1, column)
        elif code == _HLINK:
            row, _, column, _ = struct.unpack_from("<4H", body)
            traits.add_link(row + 1, column, _target(body))
        elif code in (_LABELSST, _LABEL, _NUMBER, _RK):
            row, column, style = struct.unpack_from("<3H", body)
            if style in struck:
                traits.add_struck(row + 1, column)
        elif code == _COLINFO and len(body) >= _COLINFO_BYTES and body[8] & 1:
            traits.hide_columns(*struct.unpack_from("<HH", body))
    return traits


def _target(body: bytes) -> str:
    """Return the address that a record of a link holds ([MS-OSHARED] 2.3.7.1), or an empty text."""
    place = body.find(_URL_MONIKER, _LINK_HEAD_BYTES - len(_URL_MONIKER))
    if place < 0:
        return ""
    start = place + len(_URL_MONIKER) + 4
    return body[start:].decode("utf-16-le", "replace").partition("\x00")[0]


def _stream(data: bytes, name: str) -> bytes:
    """Return a stream of a compound file that is too large for the mini stream, as workbooks are; or b""."""
    (shift,) = struct.unpack_from("<H", data, 30)
    fat_sectors = [one for one in struct.unpack_from("<109I", data, 76) if one < _SECTORS_MAX]
    size = 1 << shift

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    # The first 109 sectors of the table are in the header, the others in a chain of their own.
    (more,) = struct.unpack_from("<I", data, 68)
    while more < _SECTORS_MAX and len(fat_sectors) * size <= len(data):
        *numbers, more = struct.unpack(f"<{size // 4}I", sector(more))
        fat_sectors += [one for one in numbers if one < _SECTORS_MAX]
    fat = [one for number in fat_sectors for one in struct.unpack(f"<{size // 4}I", sector(number))]

    def chain(number: int) -> bytes:
        pieces: list[bytes] = []
        while number < len(fat) and len(pieces) < len(fat):
            pieces.append(sector(number))
            number = fat[number]
        return b"".join(pieces)

    directory = chain(struct.unpack_from("<I", data, 48)[0])
    for place in range(0, len(directory), 128):
        entry = directory[place : place + 128]
        if entry.startswith(name.encode("utf-16-le") + b"\x00\x00"):
            start, length = struct.unpack_from("<II", entry, 116)
            return chain(start)[:length] if length >= _MINI_STREAM_BYTES else b""
    return b""


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Give the records from a BOF to its EOF, those of substreams inside it too."""
    depth = 0
    while place + 4 <= len(stream):
        code, length = struct.unpack_from("<HH", stream, place)
        yield code, stream[place + 4 : place + 4 + length]
        depth += (code == _BOF) - (code == _EOF)
        if depth <= 0:
            return
        place += 4 + length
