"""The uploaded sheet as a picture for people: its cells as they were read, each with the findings about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.tabular.finding import Finding, Severity
from app.tabular.limits import FileLimits
from app.tabular.sheet import SheetRow, plain
from app.tabular.unreadable import Unreadable
from app.watchlists.checks.annotate import marks, pages_of

_LETTERS: Final = 26
_FIRST_ROWS: Final = 12


@dataclass(frozen=True, slots=True)
class PictureCell:
    """One cell; ``findings`` are places in the list of findings that the picture was made for."""

    text: str
    findings: tuple[int, ...]
    severity: Severity | None


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One row with its number in the file; ``skipped`` rows before it are not shown."""

    number: int
    cells: tuple[PictureCell, ...]
    is_header: bool
    skipped: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A sheet, as far as it is shown; ``left_out`` rows below the last are not."""

    sheet: str | None
    columns: tuple[str, ...]
    rows: tuple[PictureRow, ...]
    left_out: int

    def place(self, finding: int) -> str | None:
        """Return where a finding is, such as C2; None where its cell is not shown."""
        for row in self.rows:
            for letter, cell in zip(self.columns, row.cells, strict=False):
                if finding in cell.findings:
                    return f"{letter}{row.number}"
        return None


def picture(data: bytes, name: str, findings: Sequence[Finding], limits: FileLimits, rows_max: int) -> Picture | None:
    """Return the sheet of the entries: its head, first rows and those with findings; None where none can be read."""
    try:
        sheet, table = pages_of(data, name, limits)[0]
    except Unreadable:
        return None
    header_row = table.header_row if table else 0
    marked = marks(findings, table)
    number_of = {id(finding): number for number, finding in enumerate(findings)}
    lines = {line.number: line for line in sheet.lines}
    for row, _ in marked:
        lines.setdefault(row, SheetRow(row, ()))
    order = sorted(lines)
    wanted = [row for row in order if row <= header_row + _FIRST_ROWS or any(place[0] == row for place in marked)]
    shown = wanted[:rows_max]
    width = max((len(lines[row].cells) for row in shown), default=1)
    rows = []
    for before, row in zip([0, *shown], shown, strict=False):
        cells = []
        for column in range(max(width, 1)):
            cell = lines[row].cells[column] if column < len(lines[row].cells) else None
            found = marked.get((row, column), [])
            severity = min((one.severity for one in found), default=None)  # ERROR sorts before WARN
            places = tuple(number_of[id(one)] for one in found)
            cells.append(PictureCell("" if cell is None else plain(cell), places, severity))
        skipped = sum(before < other < row for other in order)
        rows.append(PictureRow(row, tuple(cells), row == header_row, skipped))
    last = shown[-1] if shown else 0
    return Picture(
        sheet.name, tuple(_letter(i) for i in range(max(width, 1))), tuple(rows), sum(o > last for o in order)
    )


def _letter(index: int) -> str:
    """Return a column's letters as a spreadsheet has them: A to Z, AA and so on."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
