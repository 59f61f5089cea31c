"""What is wrong between the rows of a file, and between the file and the list: duplicates, parents, missing ids."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from app.tabular.issue import Issue, doubtful, refused
from app.watchlists.checks.row_context import squeezed
from app.watchlists.history.list_state import ListState
from app.watchlists.history.version import Row
from app.watchlists.layout.header import EntryTable
from app.watchlists.layout.published import name_key


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """A canonical row with all its required cells, its number in the sheet, and the table that it is in."""

    number: int
    row: Row
    table: EntryTable


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is: row, alias of the column and value; without a row it is about the whole file."""

    row: NumberedRow | None
    alias: str | None
    value: str | None


_SAME: Final = {
    "uscc": ("DUPLICATE_USCC", "统一社会信用代码", "USCC"),
    "legal_name": ("DUPLICATE_NAME", "主体名称", "name"),
}


def whole_findings(
    rows: Sequence[NumberedRow], state: ListState, present: AbstractSet[str] | None
) -> Iterator[tuple[Place, Issue]]:
    """Give what is wrong between the rows; ``state`` is what the list said before.

    ``present`` are the ids of all rows of a FULL file, also of those that cannot be read; None for a DELTA.
    """
    first: dict[str, NumberedRow] = {}
    for one in rows:
        external_id = one.row["external_id"]
        if external_id in first:
            place_zh, place_en = _place_of(first[external_id], one)
            yield (
                Place(one, "external_id", external_id),
                refused(
                    "DUPLICATE_ID",
                    f"主体编号与{place_zh}重复",
                    f"the id is that of {place_en}",
                    "每个主体一行；一次报送的多个事件分多个文件 / "
                    "one row for each entity; several events go into several files",
                ),
            )
        first.setdefault(external_id, one)
    yield from _same(rows, state)
    if present is not None:
        yield from _missing(state, present)


def _place_of(other: NumberedRow, here: NumberedRow) -> tuple[str, str]:
    """Return the words for another row, with its sheet where that is another one."""
    number, sheet = other.number, other.table.sheet.name
    if other.table is here.table:
        return f"第 {number} 行", f"row {number}"
    return f"工作表“{sheet}”第 {number} 行", f"row {number} of the sheet “{sheet}”"


def _same(rows: Sequence[NumberedRow], state: ListState) -> Iterator[tuple[Place, Issue]]:
    for alias, (code, label_zh, label_en) in _SAME.items():
        key = name_key if alias == "legal_name" else squeezed
        known: dict[str, str] = {}
        for external_id, entity in state.items():
            if alias in entity.cells:
                known.setdefault(key(entity.cells[alias]), external_id)
        for one in rows:
            value = one.row.get(alias)
            if value is None:
                continue
            owner = known.setdefault(key(value), one.row["external_id"])
            if owner != one.row["external_id"]:
                yield (
                    Place(one, alias, value),
                    doubtful(
                        code,
                        f"{label_zh}与主体 {owner} 相同",
                        f"the {label_en} is that of the entity {owner}",
                        "核对是否同一主体、编号是否有误；同一主体沿用原编号 / "
                        "check whether it is one entity, and the number: an entity keeps its number",
                    ),
                )


def _missing(state: ListState, present: AbstractSet[str]) -> Iterator[tuple[Place, Issue]]:
    for external_id, entity in state.items():
        if entity.is_active and external_id not in present:
            yield (
                Place(None, None, external_id),
                doubtful(
                    "MISSING_FROM_FULL",
                    f"全量文件缺少在册主体 {external_id} {entity.cells['legal_name']}；缺行不等于移出，仍按在册处理",
                    f"the FULL file lacks the active {external_id}; a missing row is no delisting, it stays listed",
                    "确需移出的，用明确的操作（规范、关闭、解除通报等）报送 / "
                    "to take it off, report an action (CLEAR, CLOSE, LIFT …)",
                ),
            )
