"""A published list without a header row: its columns are known by what is stored in them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from app.identifiers import IdentifierError, Scheme, parse
from app.tabular.finding import Finding
from app.tabular.issue import doubtful
from app.tabular.sheet import Cell, Sheet, SheetRow
from app.watchlists.layout.columns import BY_ALIAS
from app.watchlists.layout.header import has_header
from app.watchlists.layout.other_rows import is_no_entry
from app.watchlists.name_cells import words
from app.watchlists.name_cells.reading import LEGAL
from app.watchlists.name_cells.take_apart import take_apart

_MOST: Final = 0.5
_ROWS_LOOKED_AT: Final = 200


def headed(sheets: Sequence[Sheet]) -> tuple[tuple[Sheet, ...], list[Finding]]:
    """Return the sheets, those without a header with one that their columns speak for, and what was assumed.

    Only where no sheet that can be seen has a header: else a sheet without one is named as not read.
    """
    if any(has_header(sheet, 1) for sheet in sheets if not sheet.hidden):
        return tuple(sheets), []
    found = []
    findings = []
    for sheet in sheets:
        titles = () if sheet.hidden else _titles(sheet.lines)
        if not titles:
            found.append(sheet)
            continue
        found.append(replace(sheet, lines=(SheetRow(0, titles), *sheet.lines)))
        findings.append(_assumed_columns(sheet, titles))
    return tuple(found), findings


def _titles(lines: Sequence[SheetRow]) -> tuple[str | None, ...]:
    """Return a header for rows of which one column has names of organisations; nothing where none has."""
    rows = [line for line in lines[:_ROWS_LOOKED_AT] if not is_no_entry(line)]
    width = max((len(line.cells) for line in rows), default=0)
    columns = [[line.cells[place] for line in rows if place < len(line.cells)] for place in range(width)]
    if sum(_share(column, _is_organisation) > _MOST for column in columns) > 1:
        return ()  # which of them is the entity and which is another one, nobody knows
    titles: list[str | None] = [None] * width
    for alias, is_one in _KINDS:
        place = max(
            (place for place in range(width) if titles[place] is None),
            key=lambda place: _share(columns[place], is_one),
            default=None,
        )
        if place is not None and _share(columns[place], is_one) > _MOST:
            titles[place] = BY_ALIAS[alias].zh
        elif alias == "legal_name":
            return ()
    rest = next((place for place in range(width) if titles[place] is None and any(columns[place])), None)
    if rest is not None:
        titles[rest] = BY_ALIAS["remark"].zh
    return tuple(titles)


def _share(cells: Sequence[Cell], is_one: Callable[[Cell], bool]) -> float:
    """Return the share of filled cells that are of a kind."""
    filled = [cell for cell in cells if cell is not None]
    return sum(map(is_one, filled)) / len(filled) if filled else 0.0


def _is_organisation(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return False
    return any(words.ORGANISATION.search(name) for name in take_apart(cell).of(LEGAL))


def _is_number(cell: Cell) -> bool:
    return (isinstance(cell, str) and cell.isdecimal() and len(cell) < _CODE_CHARS) or isinstance(cell, int | float)


def _is(scheme: Scheme) -> Callable[[Cell], bool]:
    def is_one(cell: Cell) -> bool:
        try:
            return isinstance(cell, str) and bool(parse(scheme, cell))
        except IdentifierError:
            return False

    return is_one


_CODE_CHARS: Final = 7
_KINDS: Final[tuple[tuple[str, Callable[[Cell], bool]], ...]] = (
    ("legal_name", _is_organisation),
    ("uscc", _is(Scheme.USCC)),
    ("domains", _is(Scheme.DOMAIN)),
    ("row_no", _is_number),
)


def _assumed_columns(sheet: Sheet, titles: Sequence[str | None]) -> Finding:
    read = [(place, title) for place, title in enumerate(titles, start=1) if title]
    return doubtful(
        "HEADER_ASSUMED",
        f"没有表头，按内容读取：{'，'.join(f'第{place}列为“{title}”' for place, title in read)}",
        f"there is no header; by their content {', '.join(f'column {place} is {title}' for place, title in read)}",
        "核对各列；有误时在第一行写上表头 / check the columns; where they are wrong, write a header in the first row",
    ).at(sheet.name, None, None, None)
