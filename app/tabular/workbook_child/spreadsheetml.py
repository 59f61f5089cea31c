"""The XML spreadsheet of Excel 2003 (SpreadsheetML), which web systems name .xls."""

from collections.abc import Iterator
from typing import Any, Final
from xml.parsers import expat

from app.tabular.workbook_child.traits import COLUMNS_MAX, Budget, Refused, Traits

NAMESPACE: Final = "urn:schemas-microsoft-com:office:spreadsheet"
_HEAD_BYTES: Final = 1 << 14
_SPAN_MAX: Final = 1 << 20
_TRUE: Final = ("1", "true")


def is_spreadsheetml(data: bytes) -> bool:
    """Whether a text that begins with ``<`` is such a spreadsheet."""
    return NAMESPACE.encode() in data[:_HEAD_BYTES].replace(b"\0", b"")


def read(data: bytes, budget: Budget) -> Iterator[Any]:
    """Give the answer for each sheet: its head, then its rows.  Raises :class:`Refused`."""
    reader = _Reader(budget)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.buffer_text = True
    parser.Parse(data, True)
    for name, hidden, traits, rows in reader.sheets:
        yield traits.head(name, hidden=hidden)
        yield from rows


def _refuse(*_: Any) -> None:  # noqa: ANN401 - expat's arguments
    raise Refused("DTD")


class _Reader:
    """Follows the elements of the file."""

    def __init__(self, budget: Budget) -> None:
        self.sheets: list[tuple[str | None, bool, Traits, list[list[Any]]]] = []
        self._budget = budget
        self._row = 0
        self._column = self._at = -1
        self._columns = 0
        self._cells: dict[int, Any] = {}
        self._type = "String"
        self._data: list[str] | None = None
        self._is_hidden = False
        self._style = ""
        self._struck_styles: set[str] = set()
        self._is_note = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        given = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        local = name.rpartition(" ")[2]
        if not self.sheets and local in ("Style", "Font"):
            self._describe(local, given)
        elif local == "Worksheet":
            self.sheets.append((given.get("Name"), False, Traits(), []))
            self._row = self._columns = 0
        elif not self.sheets:
            return
        elif local == "Row":
            self._open_row(given)
        elif local == "Column":
            self._open_columns(given)
        elif local == "Cell":
            self._open_cell(given)
        elif local in ("Comment", "S"):
            self._mark(local)
        elif local == "Data" and not self._is_note:
            self._type, self._data = given.get("Type", "String"), []
        elif local == "Visible":
            self._data = []

    def _describe(self, local: str, given: dict[str, str]) -> None:
        """Take in how cells of a style look."""
        if local == "Style":
            self._style = given.get("ID", "")
        elif given.get("StrikeThrough") in _TRUE:
            self._struck_styles.add(self._style)

    def _mark(self, local: str) -> None:
        """Take in what a cell bears beside its text; the text of a note is none of the cell."""
        if local == "Comment":
            self._is_note = True
            self._traits.add_note(self._row, self._at)
        elif self._data is not None:
            self._traits.add_struck(self._row, self._at)

    def _open_columns(self, given: dict[str, str]) -> None:
        first = int(given["Index"]) - 1 if "Index" in given else self._columns
        self._columns = first + int(given.get("Span", 0)) + 1
        if given.get("Hidden") in _TRUE:
            self._traits.hide_columns(first, self._columns - 1)

    def end(self, name: str) -> None:
        """Close an element."""
        local = name.rpartition(" ")[2]
        if local == "Comment":
            self._is_note = False
        elif local == "Data" and self._data is not None:
            self._close_data("".join(self._data))
        elif local == "Row" and self._cells:
            cells = [self._cells.get(index) for index in range(max(self._cells) + 1)]
            self._budget.take(cells)
            self.sheets[-1][3].append([self._row, cells])
        elif local == "Visible" and self.sheets and "".join(self._data or ()).strip() != "SheetVisible":
            sheet_name, _, traits, rows = self.sheets[-1]
            self.sheets[-1] = (sheet_name, True, traits, rows)
        if local in ("Data", "Visible"):
            self._data = None

    def text(self, text: str) -> None:
        """Take in text."""
        if self._data is not None:
            self._data.append(text)

    @property
    def _traits(self) -> Traits:
        return self.sheets[-1][2]

    def _open_row(self, given: dict[str, str]) -> None:
        self._row = int(given["Index"]) if "Index" in given else self._row + 1
        self._column, self._cells = -1, {}
        if given.get("Hidden") in _TRUE:
            self._traits.hide_row(self._row)

    def _open_cell(self, given: dict[str, str]) -> None:
        self._column = int(given["Index"]) - 1 if "Index" in given else self._column + 1
        across = min(int(given.get("MergeAcross", 0)), _SPAN_MAX)
        down = min(int(given.get("MergeDown", 0)), _SPAN_MAX)
        if self._column + across >= COLUMNS_MAX:
            raise Refused("TOO_MANY_COLUMNS")
        if across or down:
            self._traits.merges.append((self._row, self._column, self._row + down, self._column + across))
        if "Formula" in given:
            self._traits.add_formula(self._row, self._column)
        self._at = self._column
        if "HRef" in given:
            self._traits.add_link(self._row, self._column, given["HRef"])
        if given.get("StyleID") in self._struck_styles:
            self._traits.add_struck(self._row, self._column)
        self._column += across

    def _close_data(self, text: str) -> None:
        if self._type == "Error":
            self._traits.add_broken(self._row, self._at)
            return
        if text.strip():
            self._cells[self._at] = _cell(self._type, text)


def _cell(kind: str, text: str) -> Any:  # noqa: ANN401 - a cell as JSON
    if kind == "Number":
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number  # noqa: PLR2004 - exact so far
    if kind == "Boolean":
        return text.strip() in _TRUE
    if kind == "DateTime":
        day, _, clock = text.strip().partition("T")
        return ["d", day if not clock.rstrip("0.:") else f"{day}T{clock}"]
    return text
