"""The parts of an XLSX: what a list never needs is refused, and what calamine does not tell is read from the XML."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from app.tabular.workbook_child.traits import COLUMNS_MAX, Refused, Traits
from app.tabular.workbook_child.xlsx_marks import PartRelation, Struck, drawn, relations, struck

_Link = tuple[int, int, str]
"""Row and column of a cell that leads somewhere, and the id of the relation that says where to."""

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
_SHEET_DATA: Final = re.compile(rb"<" + _PREFIX + rb"sheetData[\s/>]")
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
_STYLE: Final = re.compile(rb"\ss\s*=\s*[\"']([0-9]{1,6})[\"']")
_VALUE: Final = re.compile(rb"\s*<" + _PREFIX + rb"v>\s*([0-9]{1,9})\s*<")
_STRUCK_INLINE: Final = re.compile(
    rb"\s*<" + _PREFIX + rb"is>(?:(?!</(?:[\w.-]+:)?is>)[\s\S]){0,10000}?<(?:[\w.-]+:)?d?strike[\s/]"
)
_HYPERLINK: Final = re.compile(rb"<" + _PREFIX + rb"hyperlink" + _ATTRIBUTES + rb"/?>")
_LINK_PLACE: Final = re.compile(rb"\sref\s*=\s*[\"']\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_LINK_RELATION: Final = re.compile(rb"\s[\w.-]+:id\s*=\s*[\"']([^\"'<]{1,200})[\"']")
_LINK_FORMULA: Final = re.compile(rb"(?:[^<>]{0,200}>)?\s*(?i:HYPERLINK)\(\s*(?:\"|&quot;)([^\"&<]{1,2000})")
_NOTHING_STRUCK: Final = Struck()
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
    if len(_by_lower_case(archive)) != len(names):
        raise Refused("PLACE_TWICE")
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
    if place := parts.get("xl/_rels/workbook.xml.rels"):
        for relation in ET.fromstring(archive.read(place)):  # noqa: S314 - as above
            # A target is a path from xl/, or from the root with a slash before it (ECMA-376, part 2).
            path = posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
            targets[relation.get("Id")] = parts.get(path.lower())
    found: dict[str, Traits] = {}
    marked = struck(archive, parts)
    for sheet in workbook.findall(".//{*}sheet"):
        relation_id = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        if part := targets.get(relation_id):
            beside = relations(archive, parts, part)
            with archive.open(part) as content:
                traits, links = _traits(content, lambda part=part: archive.open(part), marked)
            found[sheet.get("name", "")] = traits
            for row, column in _notes(archive, parts, beside):
                traits.add_note(row, column)
            for row, column, link in links:
                if link in beside:
                    traits.add_link(row, column, beside[link].target)
            traits.drawn |= dict.fromkeys(drawn(archive, parts, beside))
    properties = workbook.find("{*}workbookPr")
    return found, properties is not None and properties.get("date1904") in ("1", "true")


def _notes(
    archive: zipfile.ZipFile, parts: dict[str, str], beside: dict[str, PartRelation]
) -> Iterator[tuple[int, int]]:
    """Give the cells with notes, which are in a part that the sheet's relations name."""
    for relation in beside.values():
        if relation.kind == "comments" and relation.target in parts:
            for note in _NOTE.finditer(archive.read(parts[relation.target])):
                yield int(note[2]), _column(note[1])


def _by_lower_case(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of the parts; they differ by more than case (ECMA-376, part 2)."""
    return {name.lstrip("/").lower(): name for name in archive.namelist()}


def _traits(
    part: IO[bytes],
    again: Any,  # noqa: ANN401 - opens the part once more
    marked: Struck = _NOTHING_STRUCK,
) -> tuple[Traits, list[_Link]]:
    """Read a sheet by patterns, which is fast, or, where something strange is in it, by a parser of XML.

    Its links come with the ids of the relations that say where they lead.
    """
    traits = Traits()
    links: list[_Link] = []
    box = _Box()
    rest = b""
    for chunk in _chunks(part):
        text = rest + chunk
        if _STRANGE.search(text) or not _read(text, traits, box, marked):
            with again() as whole:
                return _parsed(whole, marked)
        links += _links(text)
        rest = text[-_OVERLAP:]
    box.check()
    return traits, links


def _links(text: bytes) -> Iterator[_Link]:
    """Give the links of a stretch, each with the id of its relation."""
    for match in _HYPERLINK.finditer(text) if b"hyperlink" in text else ():
        place, relation = _LINK_PLACE.search(match[1]), _LINK_RELATION.search(match[1])
        if place and relation:
            yield int(place[2]), _column(place[1]), relation[1].decode()


def _chunks(part: IO[bytes]) -> Iterator[bytes]:
    while chunk := part.read(_CHUNK):
        yield chunk


def _read(text: bytes, traits: Traits, box: "_Box", marked: Struck) -> bool:
    """Note what a stretch says; whether each of its cells was understood."""
    end = 0
    cells = 0
    box.begin()
    for match in _CELL.finditer(text):
        cells += 1
        end = match.end()
        letters, row, attributes, is_empty, formula = match.groups()
        if letters is None and (reference := _REFERENCE.search(attributes)):
            letters, row = reference.groups()
        if letters is None or not box.add(letters, row):
            return False
        if formula and not is_empty:
            traits.add_formula(int(row), _column(letters), is_typed=_TYPE.search(attributes) is not None)
            if leads := _LINK_FORMULA.match(text, end):
                traits.add_link(int(row), _column(letters), leads[1].decode("utf-8", "replace"))
        elif b"e" in attributes and _ERROR_TYPE.search(attributes):
            traits.add_broken(int(row), _column(letters))
        if not is_empty and _is_struck(text, end, attributes, marked):
            traits.add_struck(int(row), _column(letters))
    # The last cell may be cut at the end of the stretch; it is read with the next one.
    starts = sum(1 for _ in _CELL_START.finditer(text, 0, max(end, len(text) - (_OVERLAP >> 1))))
    if b"hidden" in text:
        _read_hidden(text, traits)
    return starts <= cells and not _begins_again(text)


def _is_struck(text: bytes, end: int, attributes: bytes, marked: Struck) -> bool:
    """Whether a cell, whose content begins at ``end``, is struck through, or a part of its text."""
    if marked.styles and (style := _STYLE.search(attributes)) and int(style[1]) in marked.styles:
        return True
    if marked.texts and b'"s"' in attributes and (value := _VALUE.match(text, end)):
        return int(value[1]) in marked.texts
    return b"inlineStr" in attributes and _STRUCK_INLINE.match(text, end) is not None


def _begins_again(text: bytes) -> bool:
    """Whether a table begins behind a cell."""
    first = _CELL_START.search(text)
    return first is not None and _SHEET_DATA.search(text, first.end()) is not None


def _read_hidden(text: bytes, traits: Traits) -> None:
    for match in _ROW.finditer(text):
        if _HIDDEN.search(match[1]) and (number := _ROW_NUMBER.search(match[1])):
            traits.hide_row(int(number[1]))
    for match in _COL.finditer(text):
        first, last = _COL_FIRST.search(match[1]), _COL_LAST.search(match[1])
        if _HIDDEN.search(match[1]) and first and last:
            traits.hide_columns(int(first[1]) - 1, int(last[1]) - 1)


def _parsed(part: IO[bytes], marked: Struck) -> tuple[Traits, list[_Link]]:
    """Read a sheet with a parser: slower, and nothing escapes it."""
    reader = _Parsed(marked)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.StartDoctypeDeclHandler = _refuse
    parser.ParseFile(part)
    reader.box.check()
    return reader.traits, reader.links


def _refuse(*_: Any) -> None:  # noqa: ANN401 - expat's arguments
    raise Refused("DTD")


class _Parsed:
    """What a parser of XML finds in a sheet."""

    def __init__(self, marked: Struck) -> None:
        self.traits = Traits()
        self.links: list[_Link] = []
        self.box = _Box()
        self._marked = marked
        self._row, self._column = 0, -1  # of the cell that is open
        self._is_typed = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        local = name.rpartition(":")[2]
        is_hidden = attributes.get("hidden") in ("1", "true")
        if local == "sheetData":
            self.box.open_table()
        elif local == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), -1
            if is_hidden:
                self.traits.hide_row(self._row)
        elif local == "col" and is_hidden:
            self.traits.hide_columns(int(attributes.get("min", 1)) - 1, int(attributes.get("max", 1)) - 1)
        elif local == "c":
            self._open_cell(attributes)
        elif local == "hyperlink":
            self.links.extend(_link_of(attributes))
        elif local == "f":
            self.traits.add_formula(self._row, self._column, is_typed=self._is_typed)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._column += 1
        if found := _PARSED_REFERENCE.fullmatch(attributes.get("r", "")):
            self._row, self._column = int(found[2]), _column(found[1].encode())
        self.box.take(self._row, self._column)
        self._is_typed = "t" in attributes
        if attributes.get("t", "").strip() == "e":
            self.traits.add_broken(self._row, self._column)
        if attributes.get("s", "").isdigit() and int(attributes["s"]) in self._marked.styles:
            self.traits.add_struck(self._row, self._column)


def _link_of(attributes: dict[str, str]) -> Iterator[_Link]:
    found = _PARSED_REFERENCE.match(attributes.get("ref", ""))
    relation = next((value for key, value in attributes.items() if key.endswith(":id")), None)
    if found and relation:
        yield int(found[2]), _column(found[1].encode()), relation


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + letter - ord("A") + 1
    return column - 1


def _letters(column: int) -> bytes:
    """Return the letters of a column that is counted from 0."""
    letters = b""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = bytes((ord("A") + rest,)) + letters
    return letters


class _Box:
    """The box around the cells of a sheet, which calamine builds cell by cell, blank ones too."""

    def __init__(self) -> None:
        self._cells = 0
        self._letters = b"A"
        self._row = b"1"
        self._tables = 0
        self.begin()

    def begin(self) -> None:
        """Begin a stretch, which may repeat the end of the one before."""
        self._last_letters, self._last_row = b"", b""

    def add(self, letters: bytes, row: bytes) -> bool:
        """Take in a cell; whether it is behind the one before, as all cells are (ECMA-376, part 1, 18.3.1.73)."""
        self._cells += 1
        is_behind = (
            (len(letters), letters) > (len(self._last_letters), self._last_letters)
            if row == self._last_row
            else (len(row), row) > (len(self._last_row), self._last_row)
        )
        self._last_letters, self._last_row = letters, row
        if (len(letters), letters) > (len(self._letters), self._letters):
            self._letters = letters
        if (len(row), row) > (len(self._row), self._row):
            self._row = row
        return is_behind

    def open_table(self) -> None:
        """Begin the cells of a sheet, of which there is one table."""
        self._tables += 1
        if self._tables > 1:
            raise Refused("PLACE_TWICE")

    def take(self, row: int, column: int) -> None:
        """Take in a cell; of two at one place, or of rows that lie across, nobody can say which is meant."""
        if not self.add(_letters(column), b"%d" % row):
            raise Refused("PLACE_TWICE")

    def check(self) -> None:
        """Refuse a box that is vast and nearly empty."""
        columns = _column(self._letters) + 1
        if columns > COLUMNS_MAX:
            raise Refused("TOO_MANY_COLUMNS")
        area = columns * int(self._row)
        if area > BOX_CELLS_MAX and area > self._cells * _DENSITY:
            raise Refused("TOO_LARGE_UNPACKED")
