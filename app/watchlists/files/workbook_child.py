"""Reads a workbook in a process of its own, which may be killed: ``python -I workbook_child.py LIMITS < FILE``.

calamine aborts the whole process on some legal files and unpacks without bound on hostile ones, so it runs
here, under limits of memory and processor time that the process sets for itself before it reads a byte.
The answer is lines of JSON: ``{"sheet": name, "hidden": …, "formulas": [[row, column] …], "broken": […]}``
followed by ``[row, [cell …]]`` for each row that is not blank; or ``{"refused": code}`` and nothing more.
A cell is a text, number, truth value or null, or ``["d", "2017-03-15"]`` for a date.

It imports nothing of the program, so that it starts at once and depends on nothing that a file could reach.
"""

import io
import json
import re
import resource
import struct
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Final

OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRIES_MAX: Final = 10_000
CELLS_NAMED_MAX: Final = 10_000
COLUMNS_MAX: Final = 1_024
CHUNK: Final = 1 << 20
OVERLAP: Final = 1 << 12

_CELL: Final = re.compile(rb"<(?:\w+:)?c(\s[^<>]*)>\s*(<(?:\w+:)?f[\s/>])?")
_REFERENCE: Final = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_ERROR_TYPE: Final = re.compile(rb'\bt="e"')
_DTD: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_SHEET_PATH: Final = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_MACROS: Final = re.compile(r"(?:.*/)?(?:vbaProject\.bin|macrosheets/.*|activeX/.*)", re.IGNORECASE)
_LINKS: Final = re.compile(r"xl/(?:externalLinks/.*|connections\.xml|queryTables/.*)", re.IGNORECASE)
_EMBEDDED: Final = re.compile(r"xl/embeddings/.*", re.IGNORECASE)
_BOF, _EOF, _FORMULA, _BOOLERR, _BOUNDSHEET = 0x809, 0x0A, 0x06, 0x205, 0x85
_SECTORS_MAX: Final = 0xFFFFFFFA
_MINI_STREAM_BYTES: Final = 4096
_NOT_WORKSHEETS: Final = ("Vba", "MacroSheet")


class Refused(Exception):
    """The workbook is refused, for the reason ``code``."""


def main() -> None:
    """Set the limits, read standard input, write the answer."""
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    write = sys.stdout.write
    try:
        for answer in _read(data, limits):
            write(json.dumps(answer, ensure_ascii=True, separators=(",", ":")) + "\n")
        write('{"end":true}\n')
    except Refused as refused:
        write(json.dumps({"refused": str(refused)}) + "\n")
    except MemoryError:
        write('{"refused":"TOO_LARGE_UNPACKED"}\n')
    except Exception:  # noqa: BLE001 - a damaged zip or part fails in many ways, and all mean the same
        write('{"refused":"NOT_A_WORKBOOK"}\n')


def _read(data: bytes, limits: dict[str, int]) -> Iterator[Any]:
    flaws: dict[str, tuple[list[list[int]], list[list[int]]]] = {}
    is_1904 = False
    if data.startswith(OLE_MAGIC):
        _check_ole(data)
        flaws = _flaws_of_xls(_stream(data, "Workbook"))
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_zip(archive, limits["unpacked_bytes_max"])
            flaws, is_1904 = _flaws_by_sheet(archive)
    # The import is late so that the limits hold for it and the checks come first.
    from python_calamine import CalamineError, PasswordError, load_workbook  # noqa: PLC0415

    rows_left = limits["rows_max"]
    try:
        workbook = load_workbook(io.BytesIO(data))
        for index, sheet in enumerate(workbook.sheets_metadata):
            if str(sheet.typ).rpartition(".")[2] in _NOT_WORKSHEETS:
                raise Refused("MACROS")
            if not str(sheet.typ).endswith("WorkSheet"):
                continue
            formulas, broken = flaws.get(sheet.name, ([], []))
            yield {
                "sheet": sheet.name,
                "hidden": not str(sheet.visible).endswith(".Visible"),
                "formulas": formulas,
                "broken": broken,
                "is_1904": is_1904,
            }
            for line in _lines(workbook.get_sheet_by_index(index)):
                rows_left -= 1
                if rows_left < 0:
                    raise Refused("TOO_MANY_ROWS")
                yield line
    except PasswordError as error:
        raise Refused("ENCRYPTED") from error
    except CalamineError as error:
        raise Refused("NOT_A_WORKBOOK") from error


def _lines(sheet: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - calamine's sheet, imported late
    first_column = sheet.start[1] if sheet.start else 0
    if first_column + sheet.width > COLUMNS_MAX:
        raise Refused("TOO_MANY_COLUMNS")
    pad: list[Any] = [None] * first_column
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(value) for value in values]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield [number, pad + cells]


def _cell(value: Any) -> Any:  # noqa: ANN401 - whatever calamine gives
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value  # noqa: PLR2004 - exact so far
    if isinstance(value, datetime):
        return ["d", value.date().isoformat() if value.time() == time() else value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    return str(value) if isinstance(value, time | timedelta) else None


def _check_ole(data: bytes) -> None:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("ENCRYPTED")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise Refused("MACROS")


def _stream(data: bytes, name: str) -> bytes:
    """Return a stream of a compound file ([MS-CFB]) that is too large for the mini stream, as workbooks are; or b""."""
    (shift,) = struct.unpack_from("<H", data, 30)
    fat_sectors = [one for one in struct.unpack_from("<109I", data, 76) if one < _SECTORS_MAX]
    size = 1 << shift

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    # The first 109 sectors of the table stand in the header, the others in a chain of their own.
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


def _flaws_of_xls(stream: bytes) -> dict[str, tuple[list[list[int]], list[list[int]]]]:
    """Return, by the name of the sheet, the cells with formulas and with error values of a BIFF8 stream ([MS-XLS])."""
    starts = {
        struct.unpack_from("<I", body)[0]: body[8:].decode("utf-16-le" if body[7] & 1 else "latin-1")
        for code, body in _records(stream, 0)
        if code == _BOUNDSHEET
    }
    flaws = {}
    for start, name in starts.items():
        formulas: list[list[int]] = []
        broken: list[list[int]] = []
        for code, body in _records(stream, start):
            place = list(struct.unpack_from("<HH", body)) if code in (_FORMULA, _BOOLERR) else []
            if code == _FORMULA and len(formulas) < CELLS_NAMED_MAX:
                formulas.append([place[0] + 1, place[1]])
            elif code == _BOOLERR and body[7] and len(broken) < CELLS_NAMED_MAX:
                broken.append([place[0] + 1, place[1]])
        flaws[name] = (formulas, broken)
    return flaws


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


def _check_zip(archive: zipfile.ZipFile, unpacked_bytes_max: int) -> None:
    names = archive.namelist()
    if len(names) > ENTRIES_MAX or sum(info.file_size for info in archive.infolist()) > unpacked_bytes_max:
        raise Refused("TOO_LARGE_UNPACKED")
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise Refused("ENCRYPTED")
    for pattern, code in ((_MACROS, "MACROS"), (_LINKS, "EXTERNAL_LINKS"), (_EMBEDDED, "EMBEDDED_OBJECTS")):
        if any(pattern.fullmatch(name) for name in names):
            raise Refused(code)
    if "xl/workbook.xml" not in names:
        raise Refused("NOT_A_WORKBOOK")
    for name in names:
        if name.lower().endswith((".xml", ".rels")):
            with archive.open(name) as part:
                start = part.read(OVERLAP)
            if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start or _DTD.search(start):
                raise Refused("DTD")


def _flaws_by_sheet(archive: zipfile.ZipFile) -> tuple[dict[str, tuple[list[list[int]], list[list[int]]]], bool]:
    """Return, by the name of the sheet, the cells with formulas and with error values; and the epoch's flag."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - DTDs were refused before

    workbook = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - as above
    targets = {}
    if "xl/_rels/workbook.xml.rels" in archive.namelist():
        for relation in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels")):  # noqa: S314 - as above
            target = relation.get("Target", "").lstrip("/")
            targets[relation.get("Id")] = target if target.startswith("xl/") else f"xl/{target}"
    flaws = {}
    for sheet in workbook.findall(".//{*}sheet"):
        relation_id = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        path = targets.get(relation_id, "")
        if _SHEET_PATH.fullmatch(path) and path in archive.namelist():
            with archive.open(path) as part:
                flaws[sheet.get("name", "")] = _flaws(part)
    properties = workbook.find("{*}workbookPr")
    return flaws, properties is not None and properties.get("date1904") in ("1", "true")


def _flaws(part: BinaryIO | Any) -> tuple[list[list[int]], list[list[int]]]:  # noqa: ANN401 - a file in a zip
    formulas: dict[tuple[int, int], None] = {}
    broken: dict[tuple[int, int], None] = {}
    rest = b""
    while chunk := part.read(CHUNK):
        text = rest + chunk
        for match in _CELL.finditer(text):
            is_broken = _ERROR_TYPE.search(match[1])
            if match[2] and len(formulas) < CELLS_NAMED_MAX:
                formulas[_place(match[1])] = None
            elif is_broken and len(broken) < CELLS_NAMED_MAX:
                broken[_place(match[1])] = None
        rest = text[-OVERLAP:]
    return [list(place) for place in formulas], [list(place) for place in broken]


def _place(attributes: bytes) -> tuple[int, int]:
    """Return the row from 1 and the column from 0; (0, 0) for a cell that does not say where it is."""
    reference = _REFERENCE.search(attributes)
    if not reference:
        return 0, 0
    column = 0
    for letter in reference[1]:
        column = column * 26 + letter - ord("A") + 1
    return int(reference[2]), column - 1


if __name__ == "__main__":
    main()
