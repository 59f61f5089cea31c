"""The canonical row: what a line of a file says, in the one form that is stored, hashed, folded and exported.

A dict keyed by the aliases of the columns, with filled cells only (docs/architecture.md).  In a column of several
identifiers those that could be read are in their normal form and the others as written; ``unmatched`` then names
the column, and a reader parses each value for itself.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from app.tabular.dates import with_era
from app.tabular.encodings import DAMAGED
from app.tabular.finding import Finding
from app.tabular.issue import Issue, refused
from app.tabular.sheet import Cell, SheetRow, plain, shown
from app.watchlists.layout.cells import CellValue, elsewhere, read_cell, write_value
from app.watchlists.layout.columns import BY_ALIAS, COLUMNS, CellKind, Column
from app.watchlists.layout.header import EntryTable
from app.watchlists.layout.name_columns import read_names

_REPEATING: Final = frozenset(
    {CellKind.CODED, CellKind.CODEDS, CellKind.DATE, CellKind.REGION, CellKind.JURISDICTION, CellKind.BOOLEAN}
)
"""Kinds of which a file has few different cells, each of which is read once."""
_NFKC_GROWTH_MAX: Final = 18
"""U+FDFA becomes so many characters; no other becomes more."""
_ORDER: Final = {column.alias: place for place, column in enumerate(COLUMNS)}


def read_row(
    table: EntryTable, line: SheetRow, text_chars_max: int
) -> tuple[dict[str, Any], dict[str, str], list[Finding]]:
    """Return the canonical row of a line, who handled it (``maker``, ``checker``), and the findings of its cells.

    The row of a line with nothing but its number is empty.
    """
    row: dict[str, Any] = {}
    handling: dict[str, str] = {}
    unmatched: list[str] = []
    extra: dict[str, str] = {}
    findings: list[Finding] = []
    for heading in table.headings:
        cell = line.cells[heading.index] if heading.index < len(line.cells) else None
        if cell is None:
            continue
        if flaw := _flaw(cell, text_chars_max):
            findings.append(flaw.at(table.sheet.name, line.number, heading.text, shown(cell)))
            continue
        column = heading.column
        if column is None:
            extra[heading.text] = plain(cell)
            continue
        said = with_era(cell, heading.text) if column.kind is CellKind.DATE else cell
        reading = _read(column, said, table.sheet.epoch)
        if reading.doubts:
            findings += [doubt.at(table.sheet.name, line.number, heading.text, shown(cell)) for doubt in reading.doubts]
        if reading.value is None:
            continue
        into = handling if column.kind is CellKind.HANDLING else row
        into[column.alias] = _with_before(column, row, reading.value)
        if reading.is_unmatched:
            unmatched.append(column.alias)
    findings += read_names(table, line, row)
    findings = _with_codes_moved(table, line, row, unmatched, findings)
    if unmatched:
        row["unmatched"] = sorted(unmatched, key=_ORDER.__getitem__)
    if extra:
        row["extra"] = extra
    return row, handling, findings


def _with_before(column: Column, row: Mapping[str, Any], value: Any) -> Any:  # noqa: ANN401 - a canonical value
    """Return a value with those that stand in another column of the same kind (曾用名1, 曾用名2)."""
    before = row.get(column.alias)
    return [*before, *(one for one in value if one not in before)] if column.is_list and before else value


def _with_codes_moved(
    table: EntryTable, line: SheetRow, row: dict[str, Any], unmatched: list[str], findings: list[Finding]
) -> list[Finding]:
    """Move codes into the columns of their kinds, and return the findings that remain, with what was done."""
    for alias, moved in elsewhere(row, unmatched):
        unmatched.remove(alias)
        heading = table.heading(alias)
        findings = [one for one in findings if one.column != heading or not one.code.endswith("_FORMAT")]
        findings.append(moved.at(table.sheet.name, line.number, heading, None))
    return findings


def _read(column: Column, cell: Cell, epoch: date) -> CellValue:
    if isinstance(cell, str) and column.kind in _REPEATING:
        return _read_again(column.alias, cell, epoch)
    return read_cell(column, cell, epoch)


@lru_cache(maxsize=65_536)
def _read_again(alias: str, text: str, epoch: date) -> CellValue:
    return read_cell(BY_ALIAS[alias], text, epoch)


def cell_texts(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells of a canonical row as text, by alias or, for unknown columns, by header.

    Reading these cells gives the row back.
    """
    known = {
        alias: write_value(BY_ALIAS[alias], row[alias])
        for alias in sorted(row.keys() & _ORDER.keys(), key=_ORDER.__getitem__)
    }
    return {**known, **row.get("extra", {})}


def columns_of(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Column], list[str]]:
    """Return the columns that some row fills, in the order of the layout, and the headers of the unknown ones."""
    aliases = {alias for row in rows for alias in row}
    extra = dict.fromkeys(header for row in rows for header in row.get("extra", ()))
    return [column for column in COLUMNS if column.alias in aliases], list(extra)


def _unfolded_length(text: str, chars_max: int) -> int:
    """Return how many characters a text has once ligatures and squared words are written out, where that matters."""
    if text.isascii() or not chars_max // _NFKC_GROWTH_MAX < len(text) <= chars_max:
        return len(text)
    return len(unicodedata.normalize("NFKC", text))


def _flaw(cell: Cell, text_chars_max: int) -> Issue | None:
    """Return why a cell cannot be read at all."""
    if not isinstance(cell, str):
        return None
    if _unfolded_length(cell, text_chars_max) > text_chars_max:
        return refused(
            "TEXT_TOO_LONG",
            f"内容超过 {text_chars_max} 字",
            f"the text is longer than {text_chars_max} characters",
            "缩短内容，全文放在附件中 / shorten it; the whole text goes into an attachment",
        )
    if DAMAGED in cell:
        return refused(
            "DAMAGED_TEXT",
            "文字中有损坏的字节，无法读取",
            "the text holds damaged bytes that cannot be read",
            "按原件重新录入该单元格，或重新导出文件 / type the cell again from the original, or export the file again",
        )
    return None
