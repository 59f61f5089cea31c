"""A sheet as it was read, before anything is known of its meaning."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

Cell = str | int | float | bool | date | datetime | None
"""One cell.  None is empty; a text is never empty and has been through :func:`cleaned`."""

CellPlace = tuple[int, int]
"""Row as the user counts it, and index of the column from 0."""

EPOCH_1900: Final = date(1899, 12, 30)
EPOCH_1904: Final = date(1904, 1, 1)

_SHOWN_CHARS_MAX: Final = 200
_LOOKED_AT_MAX: Final = 1_000

_NEWLINES: Final = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
# Control characters, halves of surrogate pairs and non-characters cannot be written to every kind of file.
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_HOST_OF: Final = re.compile(r"^(?:mailto:|[a-z]+:/{0,3})?(?:www\.)?")
_VISIBLE_EDGES: Final = " '＇"
_BLANKS: Final = "".join(chr(code) for code in range(0x10000) if chr(code).isspace()) + (
    "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that is not blank: ``number`` is 1-based as the user sees it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class MergedRange:
    """Cells that the user sees as one: rows as the user counts them, columns from 0, all inclusive."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def is_across(self) -> bool:
        """Whether it covers cells of more than one column."""
        return self.last_column > self.first_column


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; ``name`` is None for a file without sheets.  Blank rows are left out, their numbers stay.

    ``formulas`` and ``broken`` are the cells that hold a formula or an error value, ``notes`` those that bear a note,
    ``links`` those with an address behind them, ``struck`` those of which something is struck through; ``drawn`` says
    what lies over the cells or beside the table (``text``, ``picture``, ``outside``); ``merges`` are the ranges of
    merged cells; ``hidden_rows`` (as the user counts) and ``hidden_columns`` (from 0) what a user does not see;
    ``epoch`` is the day 0 of dates that are stored as numbers.
    """

    name: str | None
    lines: tuple[SheetRow, ...]
    hidden: bool = False
    formulas: frozenset[CellPlace] = field(default_factory=frozenset)
    broken: frozenset[CellPlace] = field(default_factory=frozenset)
    notes: frozenset[CellPlace] = field(default_factory=frozenset)
    links: Mapping[CellPlace, str] = field(default_factory=dict)
    struck: frozenset[CellPlace] = field(default_factory=frozenset)
    drawn: tuple[str, ...] = ()
    merges: tuple[MergedRange, ...] = ()
    hidden_rows: frozenset[int] = field(default_factory=frozenset)
    hidden_columns: frozenset[int] = field(default_factory=frozenset)
    epoch: date = EPOCH_1900


def cleaned(text: str) -> str:
    """Return a text without what cannot be seen: control characters, and blanks and apostrophes around it.

    A leading apostrophe is how a spreadsheet marks text; Excel hides it, other programs keep it.  Cleaning a
    clean text changes nothing.
    """
    if text.isprintable() and text and text[0] not in _VISIBLE_EDGES and text[-1] != " ":
        return text
    # A pattern for blanks at the end would try every run of blanks inside, each from each of its places.
    seen = _UNPRINTABLE.sub("", _NEWLINES.sub("\n", text).replace("\t", " "))
    return seen.lstrip(_BLANKS + "'＇").rstrip(_BLANKS)


def says(cell: Cell, address: str) -> bool:
    """Whether a cell shows the address behind it, or as much of it as names its host."""
    host = _HOST_OF.sub("", address.strip().casefold()).partition("?")[0].strip("/").partition("/")[0]
    return host in str(cell).casefold() or host.rpartition("@")[2] in str(cell).casefold()


def plain(cell: Cell) -> str:
    """Return a cell as a text."""
    return cleaned(cell) if isinstance(cell, str) else str(cell)


def shown(cell: Cell) -> str:
    """Return a cell as a finding shows it: its beginning, since a cell may have as many findings as characters."""
    return plain(cell[:_LOOKED_AT_MAX] if isinstance(cell, str) else cell)[:_SHOWN_CHARS_MAX]
