"""Merged cells: a file keeps the content in the first cell, and the user sees it in all of them."""

from collections.abc import Iterable, Iterator, Sequence

from app.tabular.sheet import Cell, MergedRange, SheetRow


def filled(lines: Iterable[SheetRow], merges: Sequence[MergedRange]) -> Iterator[SheetRow]:
    """Give the rows with the cells filled that a merged range covers, in the order of the rows.

    A row of which nothing is seen but merged cells stays away, as any blank row does.
    """
    if not merges:
        yield from lines
        return
    waiting = sorted(merges, key=lambda one: one.first_row, reverse=True)
    open_ranges: list[tuple[MergedRange, Cell]] = []
    for line in lines:
        open_ranges = [(one, value) for one, value in open_ranges if one.last_row >= line.number]
        while waiting and waiting[-1].first_row <= line.number:
            one = waiting.pop()
            # Where the first row of a range is blank, there is nothing to fill with.
            if one.first_row == line.number and one.first_column < len(line.cells):
                open_ranges.append((one, line.cells[one.first_column]))
        yield _filled(line, open_ranges) if open_ranges else line


def _filled(line: SheetRow, ranges: Sequence[tuple[MergedRange, Cell]]) -> SheetRow:
    width = max(len(line.cells), *(one.last_column + 1 for one, _ in ranges))
    cells: list[Cell] = [*line.cells, *[None] * (width - len(line.cells))]
    for one, value in ranges:
        if value is not None:
            cells[one.first_column : one.last_column + 1] = [value] * (one.last_column + 1 - one.first_column)
    return SheetRow(line.number, tuple(cells))
