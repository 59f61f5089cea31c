"""Where the header of a sheet is: below titles, in one row or in up to three, and what it says of each column."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.tabular.sheet import Cell, SheetRow

HEADER_ROWS_MAX: Final = 30

HEADER_HEIGHT_MAX: Final = 3
"""Rows of one header: groups of groups of columns."""

KnownHeader = Callable[[str], Hashable | None]
"""Tells what column a header names, or None."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header: the places of its rows among those of the sheet (from 0), and one text for each column, or None.

    ``rows`` are the texts of its single rows where it has several.
    """

    first: int
    last: int
    texts: tuple[str | None, ...]
    rows: tuple[tuple[str | None, ...], ...] = field(default=(), compare=False)


def find_header(
    lines: Sequence[SheetRow],
    known: KnownHeader,
    least: int = 1,
    suffices: Callable[[Hashable], bool] = lambda _: True,
) -> Header | None:
    """Return the header among the first rows: that with the most known columns, the upper one of equals.

    Fewer than ``least`` known columns are no header, and a single one only where it ``suffices``.  Merged cells must
    be filled already (see :mod:`.merges`): a group's name is then above each of its columns.
    """
    best: Header | None = None
    most = least - 1
    for place, line in enumerate(lines[:HEADER_ROWS_MAX]):
        single = header_texts(line.cells)
        count = _known(single, known, suffices)
        if count > most:
            best, most = Header(place, place, single), count
        if not count:
            continue
        texts, rows = single, [single]
        for below in range(place + 1, min(place + HEADER_HEIGHT_MAX, len(lines))):
            if not _may_be_below(lines[below]):
                break
            rows.append(header_texts(lines[below].cells))
            if _are_values(texts, rows[-1], known):
                break
            texts = _combined(texts, rows[-1], known)
            count = _known(texts, known, suffices)
            if count > most:
                best, most = Header(place, below, texts, tuple(rows)), count
    return best


def header_texts(cells: Sequence[Cell]) -> tuple[str | None, ...]:
    """Return the cells of a header as texts of one line."""
    return tuple(None if cell is None else " ".join(str(cell).split()) for cell in cells)


def is_repeated(line: SheetRow, header: Header, known: KnownHeader) -> bool:
    """Whether a row among the data is the header again, as at the top of each page or block."""
    cells = line.cells
    if any(_is_row_of_header(cells, row) for row in header.rows):
        return True
    named = [index for index, text in enumerate(header.texts) if text]
    filled = sum(cell is not None for cell in cells)
    # More than half must be the same, so that most rows are known by their first cells.
    others_max = len(named) - (max(len(named), filled) // 2 + 1)
    for index in named:
        if others_max < 0:
            return False
        others_max -= not _is_header(cells[index] if index < len(cells) else None, header.texts[index] or "", known)
    return bool(named) and others_max >= 0


def _is_row_of_header(cells: Sequence[Cell], row: Sequence[str | None]) -> bool:
    """Whether cells are those of one row of a header of several."""
    filled = [(place, cell) for place, cell in enumerate(cells) if cell is not None]
    return all(place < len(row) and " ".join(str(cell).split()) == row[place] for place, cell in filled)


def _is_header(cell: Cell, text: str, known: KnownHeader) -> bool:
    """Whether a cell says the same as the text of a header."""
    if cell is None:
        return False
    other = " ".join(str(cell).split())
    return text == other or ((column := known(other)) is not None and column == known(text))


def _known(texts: Sequence[str | None], known: KnownHeader, suffices: Callable[[Hashable], bool]) -> int:
    columns = {column for text in texts if text and (column := known(text)) is not None}
    return len(columns) if len(columns) > 1 or all(map(suffices, columns)) else 0


def _may_be_below(line: SheetRow) -> bool:
    """Whether a row can be the lower half of a header: short texts only."""
    return all(cell is None or (isinstance(cell, str) and len(cell) <= 40) for cell in line.cells)  # noqa: PLR2004


def _are_values(above: Sequence[str | None], below: Sequence[str | None], known: KnownHeader) -> bool:
    """Whether a row holds values: under the title of one column stands what makes no title with it.

    Else a value that is also the title of some column (网站 as a channel, 统一社会信用代码 as a kind of document) would
    make the first row of data the lower half of the header.  Under a title of several columns anything may stand.
    """
    for place, (up, low) in enumerate(zip(above, below, strict=False)):
        if up is None or low is None or up == low or _is_of_several(above, below, place):
            continue
        single = {known(up), known(low)}
        if len(single) > 1 and known(up + low) is None and known(low + up) is None:
            return True
    return False


def _is_of_several(above: Sequence[str | None], below: Sequence[str | None], place: int) -> bool:
    """Whether the upper text of a column stands for more columns: it is repeated, or the next ones have none."""
    following = place + 1
    if above[place] in (*above[max(place - 1, 0) : place], *above[following : following + 1]):
        return True
    return following < len(below) and bool(below[following]) and not any(above[following : following + 1])


def _combined(above: Sequence[str | None], below: Sequence[str | None], known: KnownHeader) -> tuple[str | None, ...]:
    width = max(len(above), len(below))
    upper = [*above, *[None] * (width - len(above))]
    lower = [*below, *[None] * (width - len(below))]
    return tuple(_one_text(up, low, known) for up, low in zip(upper, lower, strict=True))


def _one_text(above: str | None, below: str | None, known: KnownHeader) -> str | None:
    """Return what two cells of a header say together: the more specific text that is known."""
    if above is None or below is None or above == below:
        return above or below
    # 认定 below 日期 is 认定日期.
    candidates = (above + below, below + above, below, above)
    return next((text for text in candidates if known(text) is not None), above + below)
