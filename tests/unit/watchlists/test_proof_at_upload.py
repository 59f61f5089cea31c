"""Which rows of a large list are asked of the matcher, and that the others need not be."""

import random

import pytest

from app.matching import Entry, Index, ListedName, NameType, Strength, size_step_of
from app.tabular.sheet import Sheet
from app.watchlists.checks import findable
from app.watchlists.checks.file_rules import NumberedRow
from app.watchlists.checks.findable import ASKED_MAX, is_ordinary, unfindable
from app.watchlists.layout.header import EntryTable
from app.watchlists.name_cells.take_apart import is_plain, take_apart

BLOCK = 64
STEP = size_step_of(300_000)


def not_confirmed(names: list[str]) -> list[str]:
    """Return the names that do not find their own row as CONFIRMED."""
    missed = []
    for start in range(0, len(names), BLOCK):
        block = names[start : start + BLOCK]
        entries = [Entry(name, (ListedName(name, NameType.LEGAL),)) for name in block]
        found = Index.build(entries, size_step=STEP).names_found_by_themselves()
        missed += [name for place, name in enumerate(block) if found.get((place, 0)) is not Strength.CONFIRMED]
    return missed


def test_each_chinese_character_makes_an_ordinary_name_that_finds_its_row() -> None:
    names = [chr(code) + chr(code + 1) for code in range(0x4E00, 0xA000, 2)]
    assert all(map(is_ordinary, names))
    assert not_confirmed(names) == []


def test_random_ordinary_names_find_their_rows() -> None:
    draw = random.Random(114)
    chars = [chr(code) for code in range(0x4E00, 0xA000)] + list("0123456789ABCxyz（）福建有限公司交易中心") * 20
    names = ["".join(draw.choices(chars, k=draw.randint(2, 60))) for _ in range(3_000)]
    ordinary = [name for name in dict.fromkeys(names) if is_ordinary(name)]
    assert len(ordinary) > 2_000
    assert not_confirmed(ordinary) == []


@pytest.mark.parametrize("name", ["·—·", "福", "ABC", "123", "福州样本☆公司", "福州 样本公司", "", "福" * 61])
def test_what_is_out_of_the_ordinary(name: str) -> None:
    assert not is_ordinary(name)


def rows_of(names: list[str], table: EntryTable) -> list[NumberedRow]:
    return [
        NumberedRow(place + 2, {"external_id": str(place), "entity_kind": "VENUE", "legal_name": name}, table)
        for place, name in enumerate(names)
    ]


def test_a_name_of_marks_is_refused_wherever_it_stands(table: EntryTable) -> None:
    names = [f"福州样本第{number}号商贸有限公司" for number in range(ASKED_MAX + 300)]
    marked = [3, ASKED_MAX + 5, ASKED_MAX + 201]
    for place in marked:
        names[place] = "·—·"
    assert [place.row.number - 2 for place, _ in unfindable(rows_of(names, table)) if place.row] == marked


def test_a_matcher_out_of_order_is_noticed(table: EntryTable, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        """An index in which nothing is found."""

        @staticmethod
        def build(*_: object, **__: object) -> Index:
            return Index.build([])

    monkeypatch.setattr(findable, "Index", Deaf)
    names = [f"福州样本第{number}号商贸有限公司" for number in range(ASKED_MAX + 640)]
    refused = [place.row.number - 2 for place, _ in unfindable(rows_of(names, table)) if place.row]
    assert len(refused) == ASKED_MAX + 10
    assert refused[-1] >= ASKED_MAX + 600


PIECES = (
    *(
        "福州",
        "样本",
        "交易中心",
        "有限公司",
        "第",
        "号",
        "会员",
        "家",
        "等",
        "路",
        "楼",
        "室",
        "已注销",
        "停业",
        "原",
        "旧名",
    ),
    *("大厦", "路", "街道", "仓", "和", "简称", "平台", "微盘", "网站", "正整改", "疑似失联", "商号"),
)


@pytest.mark.parametrize("kind", ["LEGAL", "FORMER", "ALIAS"])
def test_a_name_with_a_number_is_plain_only_if_taking_it_apart_says_so(kind: str) -> None:
    draw = random.Random(kind)
    plain = 0
    for _ in range(4_000):
        pieces = draw.choices(PIECES, k=draw.randint(1, 5))
        pieces.insert(draw.randint(0, len(pieces)), str(draw.randint(0, 9_999_999)))
        text = "".join(pieces)
        if is_plain(text, kind):
            plain += 1
            found = take_apart(text, kind)
            assert [(one.text, one.type) for one in found.names] == [(text, kind)], text
            assert (found.cells, found.remarks, found.unexplained) == ({}, [], None), text
    assert plain > 200


@pytest.fixture(scope="module")
def table() -> EntryTable:
    """Return a table of no rows: the proof only says where a name stands."""
    return EntryTable(Sheet(None, ()), 1, (), ())
