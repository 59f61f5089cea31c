"""The parts of an XLSX: what a list never needs is refused, and what calamine does not tell is read from the XML."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from app.tabular.workbook_child.traits import COLUMNS_MAX, Refused, Traits

PARTS_MAX: Final = 10_000
BOX_CELLS_MAX: Final = 20_000_000
"""Cells of a sheet's box that are built even if nearly all are blank."""

_CHUNK: Final = 1 << 20
_OVERLAP: Final = 1 << 14
_DENSITY: Final = 50

_PREFIX: Final = rb"(?:[\w.-]+:)?"
_ATTRIBUTES: Final = rb"((?:\s+[\w.:-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*"
# A cell: where it is (mostly its first attribute), its other attributes, whether a formula follows.
_CELL: Final = re.compile(
    rb"<"
    + _PREFIX
    + rb"c(?:\s+r=\"([A-Z]{1,3})([0-9]{1,7})\")?"
    + _ATTRIBUTES
    + rb"(/?)>\s*(<"
    + _PREFIX
    + rb"f[\s/>])?"
)
_CELL_START: Final = re.compile(rb"<" + _PREFIX + rb"c(?=[\s/>])")
_REFERENCE: Final = re.compile(rb"\sr\s*=\s*[\"']\s*\$?([A-Za-z]{1,3})\$?([0-9]{1,7})\s*[\"']")
_NOTE: Final = re.compile(rb"<" + _PREFIX + rb"comment\s[^>]*?\bref\s*=\s*[\"']\$?([A-Za-z]{1,3})\$?([0-9]{1,7})[\"']")
_TYPE: Final = re.compile(rb"\st\s*=")
_ERROR_TYPE: Final = re.compile(rb"\st\s*=\s*[\"']\s*e\s*[\"']")
_ROW: Final = re.compile(rb"<" + _PREFIX + rb"row" + _ATTRIBUTES + rb"/?>")
_COL: Final = re.compile(rb"<" + _PREFIX + rb"col" + _ATTRIBUTES + rb"/?>")
_HIDDEN: Final = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_ROW_NUMBER: Final = re.compile(rb"\sr\s*=\s*[\"']([0-9]{1,7})[\"']")
_COL_FIRST: Final = re.compile(rb"\smin\s*=\s*[\"']([0-9]{1,7})[\"']")
_COL_LAST: Final = re.compile(rb"\smax\s*=\s*[\"']([0-9]{1,7})[\"']")
_PARSED_REFERENCE: Final = re.compile(r"\s*\$?([A-Za-z]{1,3})\$?([0-9]{1,7})\s*")
_DTD: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Anything between tags that a pattern could take for a tag, or that could be between a cell and its formula.
_STRANGE: Final = re.compile(rb"<!|<\?(?!xml[\s?])")
_MACROS: Final = re.compile(r"(?:.*/)?(?:vbaProject\.bin|macrosheets/.*|activeX/.*|Basic/.*|Scripts/.*)", re.IGNORECASE)
_PROGRAM: Final = re.compile(r"(?:.*/)?vbaProject\.bin", re.IGNORECASE)
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_LINKS: Final = re.compile(r"xl/(?:externalLinks/.*|connections\.xml|queryTables/.*)", re.IGNORECASE)
_EMBEDDED: Final = re.compile(r"xl/embeddings/.*", re.IGNORECASE)


def check(archive: zipfile.ZipFile, unpacked_bytes_max: int, *, with_programs: bool = False) -> None:
    """Refuse what is too large, is protected, or carries macros, links, embedded objects or a DTD.

    ``with_programs`` takes a workbook with programs for its user, which nobody runs here.
    """
    names = archive.namelist()
    if len(names) > PARTS_MAX or sum(info.file_size for info in archive.infolist()) > unpacked_bytes_max:
        raise Refused("TOO_LARGE_UNPACKED")
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise Refused("ENCRYPTED")
    if any(_MACROS.fullmatch(name) and not (with_programs and _PROGRAM.fullmatch(name)) for name in names):
        raise Refused("MACROS")
    if any(_LINKS.fullmatch(name) for name in names):
        raise Refused("EXTERNAL_LINKS")
    if any(_EMBEDDED.fullmatch(name) for name in names):
        raise Refused("EMBEDDED_OBJECTS")
    _check_kind(archive)
    for name in names:
        if name.lower().endswith((".xml", ".rels")):
            with archive.open(name) as part:
                start = part.read(1 << 12)
            if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start or _DTD.search(start):
                raise Refused("DTD")


def _check_kind(archive: zipfile.ZipFile) -> None:
    parts = _by_lower_case(archive)
    if "xl/workbook.bin" in parts:
        raise Refused("BINARY_WORKBOOK")
    if "xl/workbook.xml" not in parts and not is_open_document(archive):
        raise Refused("NOT_A_WORKBOOK")


def is_open_document(archive: zipfile.ZipFile) -> bool:
    """Whether it is a spreadsheet in OpenDocument form (ODS)."""
    return "mimetype" in archive.namelist() and archive.read("mimetype").strip().startswith(_OPEN_DOCUMENT)


def traits_by_sheet(archive: zipfile.ZipFile) -> tuple[dict[str, Traits], bool]:
    """Return the traits of each worksheet by its name, and whether dates are counted from 1904."""
    parts = _by_lower_case(archive)
    workbook = ET.fromstring(archive.read(parts["xl/workbook.xml"]))  # noqa: S314 - DTDs were refused before
    targets = {}
    if relations := parts.get("xl/_rels/workbook.xml.rels"):
        for relation in ET.fromstring(archive.read(relations)):  # noqa: S314 - as above
            # A target is a path from xl/, or from the root with a slash before it (ECMA-376, part 2).
            path = posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
            targets[relation.get("Id")] = parts.get(path.lower())
    found = {}
    for sheet in workbook.findall(".//{*}sheet"):
        relation_id = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        if part := targets.get(relation_id):
            with archive.open(part) as content:
                traits = found[sheet.get("name", "")] = _traits(content, lambda part=part: archive.open(part))
            for row, column in _notes(archive, parts, part):
                traits.add_note(row, column)
    properties = workbook.find("{*}workbookPr")
    return found, properties is not None and properties.get("date1904") in ("1", "true")


def _notes(archive: zipfile.ZipFile, parts: dict[str, str], part: str) -> Iterator[tuple[int, int]]:
    """Give the cells with notes, which are in a part that the sheet's relations name."""
    folder, name = posixpath.split(part.lstrip("/").lower())
    relations = parts.get(f"{folder}/_rels/{name}.rels")
    for relation in ET.fromstring(archive.read(relations)) if relations else ():  # noqa: S314 - as above
        path = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/").lower()
        if relation.get("Type", "").endswith("/comments") and path in parts:
            for note in _NOTE.finditer(archive.read(parts[path])):
                yield int(note[2]), _column(note[1])


def _by_lower_case(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of the parts; they differ by more than case (ECMA-376, part 2)."""
    return {name.lstrip("/").lower(): name for name in archive.namelist()}


def _traits(part: IO[bytes], again: Any) -> Traits:  # noqa: ANN401 - opens the part once more
    """Read a sheet by patterns, which is fast, or, where something strange is in it, by a parser of XML."""
    traits = Traits()
    box = _Box()
    rest = b""
    for chunk in _chunks(part):
        text = rest + chunk
        if _STRANGE.search(text) or not _read(text, traits, box):
            with again() as whole:
                return _parsed(whole)
        rest = text[-_OVERLAP:]
    box.check()
    return traits


def _chunks(part: IO[bytes]) -> Iterator[bytes]:
    while chunk := part.read(_CHUNK):
        yield chunk


def _read(text: bytes, traits: Traits, box: "_Box") -> bool:
    """Note what a stretch says; whether each of its cells was understood."""
    end = 0
    cells = 0
    for match in _CELL.finditer(text):
        cells += 1
        end = match.end()
        letters, row, attributes, is_empty, formula = match.groups()
        if letters is None and (reference := _REFERENCE.search(attributes)):
            letters, row = reference.groups()
        if letters is None:
            return False
        box.add(letters, row)
        if formula and not is_empty:
            traits.add_formula(int(row), _column(letters), is_typed=_TYPE.search(attributes) is not None)
        elif b"e" in attributes and _ERROR_TYPE.search(attributes):
            traits.add_broken(int(row), _column(letters))
    # The last cell may be cut at the end of the stretch; it is read with the next one.
    starts = sum(1 for _ in _CELL_START.finditer(text, 0, max(end, len(text) - (_OVERLAP >> 1))))
    if b"hidden" in text:
        _read_hidden(text, traits)
    return starts <= cells


def _read_hidden(text: bytes, traits: Traits) -> None:
    for match in _ROW.finditer(text):
        if _HIDDEN.search(match[1]) and (number := _ROW_NUMBER.search(match[1])):
            traits.hide_row(int(number[1]))
    for match in _COL.finditer(text):
        first, last = _COL_FIRST.search(match[1]), _COL_LAST.search(match[1])
        if _HIDDEN.search(match[1]) and first and last:
            traits.hide_columns(int(first[1]) - 1, int(last[1]) - 1)


def _parsed(part: IO[bytes]) -> Traits:
    """Read a sheet with a parser: slower, and nothing escapes it."""
    traits = Traits()
    box = _Box()
    at = [0, -1]  # row and column of the cell that is open
    typed = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        is_hidden = attributes.get("hidden") in ("1", "true")
        if local == "row":
            at[:] = [int(attributes.get("r", at[0] + 1)), -1]
            if is_hidden:
                traits.hide_row(at[0])
        elif local == "col" and is_hidden:
            traits.hide_columns(int(attributes.get("min", 1)) - 1, int(attributes.get("max", 1)) - 1)
        elif local == "c":
            found = _PARSED_REFERENCE.fullmatch(attributes.get("r", ""))
            at[:] = [int(found[2]), _column(found[1].encode())] if found else [at[0], at[1] + 1]
            if found:
                box.add(found[1].encode(), found[2].encode())
            typed[0] = "t" in attributes
            if attributes.get("t", "").strip() == "e":
                traits.add_broken(*at)
        elif local == "f":
            traits.add_formula(*at, is_typed=typed[0])

    def refuse(*_: Any) -> None:  # noqa: ANN401 - expat's arguments
        raise Refused("DTD")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.ParseFile(part)
    box.check()
    return traits


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + letter - ord("A") + 1
    return column - 1


class _Box:
    """The box around the cells of a sheet, which calamine builds cell by cell, blank ones too."""

    def __init__(self) -> None:
        self._cells = 0
        self._letters = b"A"
        self._row = b"1"

    def add(self, letters: bytes, row: bytes) -> None:
        """Take in a cell."""
        self._cells += 1
        if (len(letters), letters) > (len(self._letters), self._letters):
            self._letters = letters
        if (len(row), row) > (len(self._row), self._row):
            self._row = row

    def check(self) -> None:
        """Refuse a box that is vast and nearly empty."""
        columns = _column(self._letters) + 1
        if columns > COLUMNS_MAX:
            raise Refused("TOO_MANY_COLUMNS")
        area = columns * int(self._row)
        if area > BOX_CELLS_MAX and area > self._cells * _DENSITY:
            raise Refused("TOO_LARGE_UNPACKED")
