"""同上 and its marks: a cell that says what the cell above it says."""

from collections.abc import Sequence
from typing import Final

from app.tabular.finding import Finding
from app.tabular.issue import doubtful, refused
from app.tabular.sheet import Cell, Sheet, SheetRow, shown
from app.watchlists.layout.columns import Column

_MARKS: Final = frozenset(
    {
        *("同上", "同上。", "（同上）", "(同上)", "同 上", "上同", "同前", "同上行", "同上一行", "ditto"),
        *("〃", "″", "”", "“", '"', "''"),
    }
)
_OWN: Final = frozenset({"external_id", "legal_name"})
"""Each row has these for itself."""


def written_out(
    sheet: Sheet, lines: Sequence[SheetRow], columns: Sequence[tuple[int, str, Column]]
) -> tuple[tuple[SheetRow, ...], list[Finding]]:
    """Return the rows with the content in the place of its mark, and one finding for each run of marks.

    ``columns`` are place, header and column of those that the layout knows.  A mark with nothing above it, or for a
    name or a number, is an ERROR.
    """
    above: dict[int, Cell] = {}
    runs: dict[int, tuple[int, int, Cell]] = {}  # place → first row, last row and content of the open run
    found: list[SheetRow] = []
    findings: list[Finding] = []
    if all(_MARKS.isdisjoint(line.cells) for line in lines):
        return tuple(lines), findings
    for line in lines:
        cells = list(line.cells)
        for place, header, column in columns:
            cell = cells[place] if place < len(cells) else None
            if cell not in _MARKS:
                above[place] = cell
                if place in runs:
                    findings.append(_read(sheet, header, *runs.pop(place)))
                continue
            said = above.get(place)
            if said is None or column.alias in _OWN:
                findings.append(_unclear(sheet, header, line.number, cell))
                cells[place] = None
                continue
            cells[place] = said
            first = runs[place][0] if place in runs else line.number
            runs[place] = (first, line.number, said)
        found.append(SheetRow(line.number, tuple(cells)))
    names = {place: header for place, header, _ in columns}
    findings += [_read(sheet, names[place], *run) for place, run in runs.items()]
    return tuple(found), findings


def _read(sheet: Sheet, header: str, first: int, last: int, said: Cell) -> Finding:
    rows_zh = f"第 {first} 行" if first == last else f"第 {first} 至 {last} 行"
    rows_en = f"row {first}" if first == last else f"rows {first} to {last}"
    return doubtful(
        "DITTO",
        f"{rows_zh}的“同上”按“{shown(said)}”读取",
        f"the ditto marks of {rows_en} are read as “{shown(said)}”",
        "核对无误即可；排序或筛选过的，逐行填写 / "
        "nothing to do where it is right; where the rows were sorted, fill in each one",
    ).at(sheet.name, first, header, None)


def _unclear(sheet: Sheet, header: str, row: int, cell: Cell) -> Finding:
    return refused(
        "DITTO",
        "“同上”不能代替名称或编号，其上也须有内容",
        "a ditto mark stands for no name or number, and there must be something above it",
        "逐行填写 / fill in the cell",
    ).at(sheet.name, row, header, shown(cell))
