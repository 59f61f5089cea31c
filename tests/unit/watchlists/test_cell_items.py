"""Cells are written and read by one grammar: no value of any column of the layout is lost or changed."""

import json
import random
from collections.abc import Iterator

import pytest

from app.tabular.limits import FileLimits
from app.tabular.sheet import Cell, cleaned
from app.watchlists.files.ndjson import read_ndjson
from app.watchlists.layout.cell_items import escaped_item, join_items, split_former, split_items
from app.watchlists.layout.cells import read_cell, write_value
from app.watchlists.layout.columns import BY_ALIAS, COLUMNS, CellKind, Column

MODELLED = [column for column in COLUMNS if column.kind is not CellKind.HANDLING]
SIGNS = "=+-@'；|;｜@~～\\2017-01示例 \n\t\u200b\ufeff＇无/\"e.0、,，"
FRAGMENTS = [
    *('="', '"', "无", "n/a", "null", "2015-01-01", "~至今", "0@0", "@2015", "\\；", "\\\\", "\\@"),
    *("www.", ".example", "1.2e5", "gh_", "(0591)", "86", "350000", "福州", "甲公司", "人", "闽ICP备12345678号", "-1"),
    *("2017年3月15日", "20170315", "91350203M0001QAY9B", "6222****1234", "13800000000", "是", "省外"),
    *(
        "2017/3/5",
        "2016.12.31",
        "350100",
        "350128",
        "350200",
        "350500",
        "350203",
        "350602",
        "OUT",
        "否",
        "200",
        "1,234",
    ),
]


def _cells(column: Column, source: random.Random) -> Iterator[str]:
    """Yield random cells for ever: signs of the grammar, what people write in such columns, and any character."""
    pieces = [*FRAGMENTS, *SIGNS, *(text for pair in column.codes.items() for text in pair)]
    while True:
        kind = source.random()
        if kind < 0.3:
            yield "".join(source.choices(SIGNS, k=source.randint(1, 12)))
        elif kind < 0.9:
            yield "".join(source.choices(pieces, k=source.choice((1, 1, 2, 3, 5, 8))))
        else:
            yield "".join(chr(source.randrange(0x110000)) for _ in range(source.randint(1, 10)))


def _as_ndjson(column: Column, value: object) -> Cell:
    line = read_ndjson(json.dumps({column.alias: value}), FileLimits()).lines[-1]
    return line.cells[0]


def _differences(column: Column, count: int) -> tuple[list[str], int]:
    """Return the cells whose value is another one after writing and reading, and how many had a value."""
    seed = random.randrange(2**32)
    cells = _cells(column, random.Random(seed))
    found, filled = [], 0
    for _ in range(count):
        cell = cleaned(next(cells)) or None
        reading = read_cell(column, cell)
        if reading.value is None:
            continue
        filled += 1
        written = write_value(column, reading.value)
        again = [read_cell(column, written), read_cell(column, _as_ndjson(column, reading.value))]
        same = all((one.value, one.is_unmatched) == (reading.value, reading.is_unmatched) for one in again)
        if not same or cleaned(written) != written:
            found.append(f"{cell!r} -> {reading.value!r} -> {written!r} -> {[one.value for one in again]!r}; {seed=}")
    return found, filled


@pytest.mark.parametrize("column", MODELLED, ids=lambda column: column.alias)
def test_what_is_written_is_read_again(column: Column) -> None:
    found, filled = _differences(column, 1_000)
    assert not found
    assert filled


@pytest.mark.long
@pytest.mark.parametrize("column", MODELLED, ids=lambda column: column.alias)
def test_of_100_000_cells_none_changes(column: Column) -> None:
    found, filled = _differences(column, 100_000)
    assert not found
    assert filled > 1_000


@pytest.mark.parametrize(
    "values", [["甲；乙", "丙|丁"], ["a\\"], ["\\"], ["\\；"], ['="a"'], ['="a', 'b"'], ["甲@2015"], ["；"], ["a\\b"]]
)
def test_every_value_can_be_an_item(values: list[str]) -> None:
    written = join_items(values)
    assert split_items(written) == [value for value in values if value != "\\"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("旧名@2013-05-02~2015-08-17", "旧名"),
        ("BFS@牛汇", "BFS@牛汇"),
        ("0\\@0", "0@0"),
        ("@2015", "@2015"),
        ("甲@乙@2015", "甲@乙"),
        ("甲\\；乙@2015", "甲；乙"),
    ],
)
def test_a_former_name_ends_where_its_time_begins(raw: str, name: str) -> None:
    assert split_former(raw)[0] == name
    assert split_former(escaped_item(name).replace("@", "\\@"))[0] == name


def test_a_wrong_time_is_said_and_the_name_stays() -> None:
    reading = read_cell(BY_ALIAS["former_names"], "0@0@0；甲@2015-13-01；甲@2016-13-01")
    assert reading.value == [{"name": "0@0"}, {"name": "甲"}]
    assert [doubt.code for doubt in reading.doubts] == ["BAD_FORMER_NAME"] * 3


def test_a_placeholder_with_a_time_is_no_former_name() -> None:
    reading = read_cell(BY_ALIAS["former_names"], "无@2015-01-01")
    assert reading.value is None
    assert [doubt.code for doubt in reading.doubts] == ["PLACEHOLDER"]
