"""Workbooks of tables whose cells are all text: no formula, link or number is made of what somebody wrote."""

from collections.abc import Sequence
from typing import Any, BinaryIO, Final

import xlsxwriter

_ROWS_MAX: Final = 1_048_576
_CELL_CHARS_MAX: Final = 32_767
_WIDE_WORDS: Final = ("原因", "说明", "内容", "错误", "名", "name")
_WIDE: Final = 36
_NARROW: Final = 16


class TextWorkbook:
    """A workbook that is written row by row, in constant memory."""

    def __init__(self, output: BinaryIO) -> None:
        self._book = xlsxwriter.Workbook(output, {"constant_memory": True})
        self._text = self._book.add_format({"num_format": "@", "valign": "top"})
        self._bold = self._book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDE6F0", "text_wrap": True})
        self._tables: list[TextTable] = []

    def table(self, name: str, header: Sequence[str]) -> "TextTable":
        """Begin a table on a sheet of its own."""
        made = TextTable(self, name, header)
        self._tables.append(made)
        return made

    def close(self) -> None:
        """Finish the tables and write the file."""
        for table in self._tables:
            table.close()
        self._book.close()

    def sheet(self, name: str) -> Any:  # noqa: ANN401 - xlsxwriter has no types
        """Add a sheet."""
        return self._book.add_worksheet(name)

    @property
    def formats(self) -> tuple[Any, Any]:
        """The formats of a header and of a text."""
        return self._bold, self._text


class TextTable:
    """One table, on as many sheets as it needs: a frozen header with filters over rows of texts."""

    def __init__(self, book: TextWorkbook, name: str, header: Sequence[str]) -> None:
        self._book, self._name, self._header = book, name, header
        self._sheets = 0
        self._begin()

    def add(self, cells: Sequence[Any]) -> None:
        """Write one row; what is longer than a cell may hold is cut there."""
        if self._rows == _ROWS_MAX:
            self.close()
            self._begin()
        _, text = self._book.formats
        for column, cell in enumerate(cells):
            if cell is not None and cell != "":
                self._sheet.write_string(self._rows, column, str(cell)[:_CELL_CHARS_MAX], text)
        self._rows += 1

    def close(self) -> None:
        """Finish the sheet that is written."""
        self._sheet.autofilter(0, 0, max(self._rows - 1, 0), len(self._header) - 1)

    def _begin(self) -> None:
        self._sheets += 1
        self._sheet = self._book.sheet(self._name if self._sheets == 1 else f"{self._name}{self._sheets}")
        bold, _ = self._book.formats
        self._sheet.freeze_panes(1, 0)
        for column, title in enumerate(self._header):
            wide = any(word in title for word in _WIDE_WORDS)
            self._sheet.set_column(column, column, _WIDE if wide else _NARROW)
            self._sheet.write_string(0, column, title, bold)
        self._rows = 1
