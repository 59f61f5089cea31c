"""Tables of a web page that is named .xls, as many web systems export them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

from app.tabular.encodings import marked_encoding, unmarked_utf16, voted_encoding
from app.tabular.workbook_child.traits import COLUMNS_MAX, Budget, Refused, Traits

_CHARSET: Final = re.compile(rb"charset\s{0,4}=\s{0,4}[\"']?\s{0,4}([\w-]{3,20})", re.IGNORECASE)
_INVISIBLE: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_STRUCK: Final = re.compile(r"line-through", re.IGNORECASE)
_STRUCK_TAGS: Final = ("s", "strike", "del")
_HEAD_BYTES: Final = 1 << 14
_SPAN_MAX: Final = 65_534  # as browsers bound it
_TYPED: Final = frozenset({"text", "search", "tel", "url", "email", "number", "date"})
"""Fields of a form that show what is in them."""
_OUTSIDE_MAX: Final = 10_000
_NAME_OUTSIDE: Final = re.compile("[\u4e00-\u9fff]{4}(?<=公司|中心|易所|平台|市场|集团|交所)[)）。；;、]?$")
_NO_CONTENT: Final = frozenset({"style", "script", "title", "xml"})


def is_html(data: bytes) -> bool:
    """Whether a text that begins with ``<`` is a page with a table."""
    head = data[:_HEAD_BYTES].replace(b"\0", b"").lower()
    return b"<table" in head or b"<html" in head


def read(data: bytes, budget: Budget) -> Iterator[Any]:
    """Give the answer for each table of a page: its head, then its rows."""
    found = list(tables(decoded(data), budget))
    if not found:
        raise Refused("NOT_A_TABLE")
    return iter(found)


def tables(page: str, budget: Budget, sheet: str | None = None, *, hidden: bool = False) -> Iterator[Any]:
    """Give the answer for each table of a page that is a sheet of some name; nothing where it has none."""
    parser = _Tables(budget)
    parser.feed(page)
    parser.close()
    parser.end()
    if parser.tables and parser.names_outside:
        parser.tables[0].traits.drawn["outside"] = None
    for number, table in enumerate(parser.tables, start=1):
        numbered = f"{sheet or ''} 表格{number}".strip()
        yield table.traits.head(numbered if len(parser.tables) > 1 else sheet, hidden=hidden)
        yield from table.rows


def decoded(data: bytes) -> str:
    """Return a page as text.  Its own word for its encoding holds only where nothing speaks against it."""
    if marked := marked_encoding(data):
        return data[marked[1] :].decode(marked[0], "replace")
    if wide := unmarked_utf16(data):
        return data.decode(wide, "replace")
    said = _CHARSET.search(data[:_HEAD_BYTES])
    voted = voted_encoding(data.splitlines())
    if voted is None:
        voted = "big5" if said and said[1].lower() == b"big5" else "gb18030"
    return data.decode(voted, "replace")


class _Table:
    """One table while it is read."""

    def __init__(self) -> None:
        self.traits = Traits()
        self.rows: list[list[Any]] = []
        self.number = 0
        self.cells: dict[int, str] = {}
        self.spans: dict[int, int] = {}  # column → last row that a cell from above covers
        self.at = -1  # column of the open cell
        self.text: list[str] | None = None
        self.is_struck = False  # the open row

    def link(self, target: str) -> None:
        """Note where the open cell leads."""
        self.traits.add_link(self.number, self.at, target)

    def strike(self) -> None:
        """Note that the open cell, or a part of it, is struck through."""
        if self.text is not None:
            self.traits.add_struck(self.number, self.at)


class _Tables(HTMLParser):
    """Gathers the cells of every table; a table inside a cell is a table of its own."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._budget = budget
        self._ignored = 0
        self._outside: list[str] = []

    @property
    def names_outside(self) -> bool:
        """Whether an organisation is named outside of the tables, where nothing is read."""
        return any(_NAME_OUTSIDE.search(text.rstrip()) for text in self._outside)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what begins."""
        attributes = dict(attrs)
        if tag in _NO_CONTENT:
            self._ignored += 1
        elif tag == "table":
            self._open.append(_Table())
        elif self._open and tag == "tr":
            self._row(attributes)
        elif self._open and tag in ("td", "th"):
            self._cell(attributes)
        elif self._open and self._open[-1].text is not None and tag == "a":
            self._open[-1].link(attributes.get("href") or "")
        elif self._open and tag in _STRUCK_TAGS:
            self._open[-1].strike()
        elif tag in ("br", "p", "div", "li"):
            self._add("\n")
        elif tag == "input" and (attributes.get("type") or "text").strip().lower() in _TYPED:
            # A cell that could be filled in on the page.
            self._add(f" {attributes.get('value') or ''} ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what is empty and ends at once."""
        if tag not in _NO_CONTENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close what ends."""
        if tag in _NO_CONTENT:
            self._ignored = max(self._ignored - 1, 0)
        elif self._open and tag in ("td", "th"):
            self._end_cell()
        elif self._open and tag == "tr":
            self._end_row()
        elif self._open and tag == "table":
            self._end_table()

    def handle_data(self, data: str) -> None:
        """Take in text."""
        if self._ignored:
            return
        self._add(data)
        if not self._open and len(self._outside) < _OUTSIDE_MAX:
            self._outside.append(data)

    def end(self) -> None:
        """Close the tables that the page leaves open."""
        while self._open:
            self._end_table()

    def _add(self, text: str) -> None:
        if self._open and self._open[-1].text is not None:
            self._open[-1].text.append(text)

    def _row(self, attributes: dict[str, str | None]) -> None:
        self._end_row()
        table = self._open[-1]
        table.number += 1
        table.at = -1
        table.is_struck = _STRUCK.search(attributes.get("style") or "") is not None
        if _INVISIBLE.search(attributes.get("style") or "") or "hidden" in attributes:
            table.traits.hide_row(table.number)

    def _cell(self, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        table = self._open[-1]
        if not table.number:
            table.number = 1
        table.at += 1
        while table.spans.get(table.at, 0) >= table.number:
            table.at += 1
        across, down = (_span(attributes.get(name)) for name in ("colspan", "rowspan"))
        if table.at + across > COLUMNS_MAX:
            raise Refused("TOO_MANY_COLUMNS")
        if across > 1 or down > 1:
            last = table.number + down - 1
            table.traits.merges.append((table.number, table.at, last, table.at + across - 1))
            table.spans |= dict.fromkeys(range(table.at, table.at + across), last)
        table.text = []
        if table.is_struck or _STRUCK.search(attributes.get("style") or ""):
            table.strike()

    def _end_cell(self) -> None:
        table = self._open[-1]
        if table.text is None:
            return
        lines = (" ".join(line.split()) for line in "".join(table.text).replace("\xa0", " ").split("\n"))
        if text := "\n".join(line for line in lines if line):
            table.cells[table.at] = text
        table.text = None
        while table.spans.get(table.at + 1, 0) > table.number:
            table.at += 1

    def _end_row(self) -> None:
        self._end_cell()
        table = self._open[-1]
        if table.cells:
            cells = [table.cells.get(index) for index in range(max(table.cells) + 1)]
            self._budget.take(cells)
            table.rows.append([table.number, cells])
        table.cells = {}

    def _end_table(self) -> None:
        self._end_row()
        table = self._open.pop()
        if table.rows:
            self.tables.append(table)


def _span(text: str | None) -> int:
    return min(max(int(text), 1), _SPAN_MAX) if text and text.strip().isdecimal() else 1
