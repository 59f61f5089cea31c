"""What calamine does not tell of an ODS: merged cells, hidden rows and notes, from its content (ODF 1.3, part 3)."""

import zipfile
from typing import Any, Final
from xml.parsers import expat

from app.tabular.workbook_child.traits import Refused, Traits

_CONTENT: Final = "content.xml"
_IN_CELLS: Final = ("office:annotation", "text:a", "text:p", "text:span")
_CELLS: Final = ("table:table-cell", "table:covered-table-cell")


def traits_by_sheet(archive: zipfile.ZipFile) -> dict[str, Traits]:
    """Return the traits of each sheet by its name."""
    if "encryption-data" in archive.read("META-INF/manifest.xml").decode("utf-8", "replace"):
        raise Refused("ENCRYPTED")
    reader = _Reader()
    with archive.open(_CONTENT) as part:
        reader.parser.ParseFile(part)
    return reader.found


class _Reader:
    """Follows the tables, rows and cells of a document; a row or cell may stand for several equal ones."""

    def __init__(self) -> None:
        self.found: dict[str, Traits] = {}
        self._traits = Traits()
        self._style = ""
        self._cell_style: str | None = None
        self._struck_styles: set[str | None] = set()
        self._row = self._column = self._first_column = 0
        self._rows = self._columns = 1
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = _refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._traits = self.found.setdefault(attributes.get("table:name", ""), Traits())
            self._row = self._first_column = 0
        elif name == "table:table-column":
            columns = int(attributes.get("table:number-columns-repeated", 1))
            if attributes.get("table:visibility") in ("collapse", "filter"):
                self._traits.hide_columns(self._first_column, self._first_column + columns - 1)
            self._first_column += columns
        elif name == "table:table-row":
            self._rows = int(attributes.get("table:number-rows-repeated", 1))
            self._column = 0
            if attributes.get("table:visibility") in ("collapse", "filter"):
                for row in range(min(self._rows, 1_000)):
                    self._traits.hide_row(self._row + row + 1)
        elif name in _CELLS:
            self._columns = int(attributes.get("table:number-columns-repeated", 1))
            self._merge(attributes)
            self._cell_style = attributes.get("table:style-name")
        elif name in _IN_CELLS:
            self._mark(name, attributes)
        else:
            self._describe(name, attributes)

    def _mark(self, name: str, attributes: dict[str, str]) -> None:
        """Take in what a cell bears beside its text."""
        row, column = self._row + 1, self._column
        if name == "office:annotation":
            self._traits.add_note(row, column)
        elif name == "text:a":
            self._traits.add_link(row, column, attributes.get("xlink:href", ""))
        elif {self._cell_style, attributes.get("text:style-name")} & self._struck_styles:
            self._traits.add_struck(row, column)

    def _describe(self, name: str, attributes: dict[str, str]) -> None:
        """Take in what says how texts look, and what is drawn on a sheet."""
        if name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:text-properties":
            if attributes.get("style:text-line-through-style", "none") != "none":
                self._struck_styles.add(self._style)
        elif name in ("draw:image", "draw:text-box", "draw:custom-shape"):
            self._traits.drawn["picture" if name == "draw:image" else "text"] = None

    def _merge(self, attributes: dict[str, str]) -> None:
        rows = int(attributes.get("table:number-rows-spanned", 1))
        columns = int(attributes.get("table:number-columns-spanned", 1))
        if rows > 1 or columns > 1:
            first = self._row + 1, self._column
            self._traits.merges.append((*first, first[0] + rows - 1, first[1] + columns - 1))

    def _end(self, name: str) -> None:
        if name == "table:table-row":
            self._row += self._rows
        elif name in _CELLS:
            self._column += self._columns


def _refuse(*_: Any) -> None:  # noqa: ANN401 - expat's arguments
    raise Refused("DTD")
