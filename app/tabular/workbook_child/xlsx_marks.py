"""What the parts beside a sheet of an XLSX say of its cells: struck through, a link behind, drawn over them."""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

_CHUNK: Final = 1 << 20
_STRIKE: Final = b"strike"
_OFF: Final = ("0", "false")
_DRAWN_TEXT: Final = re.compile(rb"<(?:[\w.-]+:)?t>\s*[^<\s]")
_PICTURE: Final = re.compile(rb"<(?:[\w.-]+:)?pic[\s>]")


@dataclass(frozen=True, slots=True)
class Struck:
    """The styles of cells that are struck through, and the shared texts of which a part is."""

    styles: frozenset[int] = frozenset()
    texts: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.styles or self.texts)


@dataclass(frozen=True, slots=True)
class PartRelation:
    """What a sheet refers to: its kind, and its target, the path of a part unless it is outside of the file."""

    kind: str
    target: str


def struck(archive: zipfile.ZipFile, parts: Mapping[str, str]) -> Struck:
    """Return what of a workbook is struck through."""
    return Struck(_struck_styles(archive, parts), _struck_texts(archive, parts))


def relations(archive: zipfile.ZipFile, parts: Mapping[str, str], part: str) -> dict[str, PartRelation]:
    """Return what the relations of a sheet name, by their ids."""
    folder, name = posixpath.split(part.lstrip("/").lower())
    place = parts.get(f"{folder}/_rels/{name}.rels")
    found = {}
    for one in ET.fromstring(archive.read(place)) if place else ():  # noqa: S314 - DTDs were refused before
        kind, target = one.get("Type", "").rpartition("/")[2], one.get("Target", "")
        if one.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()
        found[one.get("Id", "")] = PartRelation(kind, target)
    return found


def drawn(archive: zipfile.ZipFile, parts: Mapping[str, str], found: Mapping[str, PartRelation]) -> Iterator[str]:
    """Give what is drawn on a sheet that could hold words: ``text`` (a box), ``picture``."""
    for relation in found.values():
        if relation.kind == "drawing" and relation.target in parts:
            data = archive.read(parts[relation.target])
            if _DRAWN_TEXT.search(data):
                yield "text"
            if _PICTURE.search(data):
                yield "picture"


def _struck_styles(archive: zipfile.ZipFile, parts: Mapping[str, str]) -> frozenset[int]:
    place = parts.get("xl/styles.xml")
    if place is None or _STRIKE not in (data := archive.read(place)):
        return frozenset()
    styles = ET.fromstring(data)  # noqa: S314 - DTDs were refused before
    fonts = [_is_struck(font) for font in styles.findall("{*}fonts/{*}font")]
    return frozenset(
        number
        for number, style in enumerate(styles.findall("{*}cellXfs/{*}xf"))
        if (font := int(style.get("fontId", 0))) < len(fonts) and fonts[font]
    )


def _struck_texts(archive: zipfile.ZipFile, parts: Mapping[str, str]) -> frozenset[int]:
    place = parts.get("xl/sharedstrings.xml")
    if place is None or not _holds(archive, place, _STRIKE):
        return frozenset()
    found = set()
    number = 0
    with archive.open(place) as part:
        for _, element in ET.iterparse(part):  # noqa: S314 - DTDs were refused before
            if element.tag.rpartition("}")[2] == "si":
                if any(_is_struck(one) for one in element.iterfind("{*}r/{*}rPr")):
                    found.add(number)
                number += 1
                element.clear()
    return frozenset(found)


def _holds(archive: zipfile.ZipFile, place: str, word: bytes) -> bool:
    rest = b""
    with archive.open(place) as part:
        while chunk := part.read(_CHUNK):
            if word in rest + chunk:
                return True
            rest = chunk[-len(word) :]
    return False


def _is_struck(font: ET.Element) -> bool:
    return any(
        (one := font.find(f"{{*}}{tag}")) is not None and one.get("val") not in _OFF for tag in ("strike", "dstrike")
    )
