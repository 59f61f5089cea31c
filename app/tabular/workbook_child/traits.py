"""What is said of a sheet beside its cells, and how it is bounded."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

NAMED_MAX: Final = 10_000
"""How many cells or rows of each kind are named."""

COLUMNS_MAX: Final = 1_024
_TARGET_CHARS_MAX: Final = 2_083
_ADDRESS: Final = re.compile(r"(?:https?|ftps?|mailto):|www\.", re.IGNORECASE)


class Refused(Exception):
    """The workbook is refused, for the reason ``code``."""


@dataclass(slots=True)
class Traits:
    """Cells with formulas, error values, notes, links and struck out texts; merged ranges; hidden rows and columns.

    ``links`` has the address behind a cell; ``drawn`` says what lies over the cells (``text``, ``picture``), or
    names an organisation ``outside`` of the table of a page.

    ``untyped`` are the formulas whose result is a number, or was never computed.

    Places are row (from 1) and column (from 0); a merged range is first row and column, last row and column.
    """

    formulas: dict[tuple[int, int], None] = field(default_factory=dict)
    untyped: dict[tuple[int, int], None] = field(default_factory=dict)
    broken: dict[tuple[int, int], None] = field(default_factory=dict)
    notes: dict[tuple[int, int], None] = field(default_factory=dict)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: dict[tuple[int, int], None] = field(default_factory=dict)
    drawn: dict[str, None] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: dict[int, None] = field(default_factory=dict)
    hidden_columns: dict[int, None] = field(default_factory=dict)

    def add_formula(self, row: int, column: int, *, is_typed: bool = True) -> None:
        """Note a cell with a formula; ``is_typed`` where the cell says of what type its result is."""
        if len(self.formulas) < NAMED_MAX:
            self.formulas[row, column] = None
            if not is_typed:
                self.untyped[row, column] = None

    def add_broken(self, row: int, column: int) -> None:
        """Note a cell with an error value."""
        if len(self.broken) < NAMED_MAX:
            self.broken[row, column] = None

    def add_note(self, row: int, column: int) -> None:
        """Note a cell with a remark of its own, which a user sees beside it."""
        if len(self.notes) < NAMED_MAX:
            self.notes[row, column] = None

    def add_link(self, row: int, column: int, target: str) -> None:
        """Note a cell that leads to an address of the web or of mail."""
        if len(self.links) < NAMED_MAX and _ADDRESS.match(target):
            self.links[row, column] = target[:_TARGET_CHARS_MAX]

    def add_struck(self, row: int, column: int) -> None:
        """Note a cell whose text, or a part of it, is struck through."""
        if len(self.struck) < NAMED_MAX:
            self.struck[row, column] = None

    def hide_row(self, row: int) -> None:
        """Note a row that the user does not see."""
        if len(self.hidden_rows) < NAMED_MAX:
            self.hidden_rows[row] = None

    def hide_columns(self, first: int, last: int) -> None:
        """Note columns that the user does not see; those past the limit are nobody's."""
        for column in range(first, min(last, COLUMNS_MAX) + 1):
            self.hidden_columns[column] = None

    def head(self, name: str | None, *, hidden: bool, is_1904: bool = False) -> dict[str, Any]:
        """Return the line of the answer that begins a sheet."""
        return {
            "sheet": name,
            "hidden": hidden,
            "formulas": [list(place) for place in self.formulas],
            "untyped": [list(place) for place in self.untyped],
            "broken": [list(place) for place in self.broken],
            "notes": [list(place) for place in self.notes],
            "links": [[*place, target] for place, target in self.links.items()],
            "struck": [list(place) for place in self.struck],
            "drawn": list(self.drawn),
            "merges": [list(one) for one in self.merges],
            "hidden_rows": list(self.hidden_rows),
            "hidden_columns": list(self.hidden_columns),
            "is_1904": is_1904,
        }


class Budget:
    """Bounds what is handed over: rows, and characters of text, however small the file that repeats them."""

    def __init__(self, rows_max: int, chars_max: int) -> None:
        self._rows_left = rows_max
        self._chars_left = chars_max

    def take(self, cells: list[Any]) -> None:
        """Count one row.  Raises :class:`Refused` past a limit."""
        self._rows_left -= 1
        if self._rows_left < 0:
            raise Refused("TOO_MANY_ROWS")
        if len(cells) > COLUMNS_MAX:
            raise Refused("TOO_MANY_COLUMNS")
        self._chars_left -= sum(len(cell) for cell in cells if isinstance(cell, str))
        if self._chars_left < 0:
            raise Refused("TOO_LARGE_UNPACKED")
