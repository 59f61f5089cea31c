"""The stages that bound the odds of a listed row, on hand-made pairs."""

from typing import Any

import numpy as np
import pytest

from app.matching import Entry, Index, ListedName
from app.matching.blocking import candidates as search
from app.matching.blocking.query_features import label, set_bits
from app.matching.blocking.row_bounds import bound_core, keep_by_core, may_be_accepted
from app.matching.blocking.row_overlap import RowTables, meet_core, meet_rest, read_row, regions_may_agree
from app.matching.model.encoding import decode_row, encode, row_ends
from app.names.characters import characters
from app.names.lexicon import words

BITS = ("light", "apart", "content", "provinces", "absent", "swapped", "last", "somewhere", "left")


def with_bits(stage: Any) -> Any:
    """Return the outcome of a compiled stage with its bit sets as such: they come back to Python as plain numbers."""
    return stage._replace(**{name: np.uint64(getattr(stage, name)) for name in BITS if name in stage._fields})


class Pair:
    """A query and the one listed row, as candidate search has them when it comes to the bounds."""

    def __init__(self, listed: str, given: str) -> None:
        engine = Index.build([Entry("", (ListedName(listed),))])._engine
        tables, lexicon = characters(), words()
        work = engine._space()
        self.own, self.held, self.rule, self.block = work.own, work.bounds.held, engine._rule, work.bounds.block
        source = encode([given])
        self.size, _ = decode_row(source, 0, int(row_ends(source)[0]), tables, self.own.codes, self.own.marks)
        ways = label(self.own, self.size, lexicon, tables)
        set_bits(self.own, self.size, tables.families, self.held, True)
        query = search._query_bounds(self.own, self.size, ways, self.held, self.rule)
        self.query = with_bits(query)._replace(profile=with_bits(query.profile))
        listed_rows = engine.listed
        self.rows = RowTables(
            listed_rows.records,
            listed_rows.traits,
            listed_rows.regions,
            lexicon.meanings,
            tables.families,
            tables.numeral,
        )
        self.row = read_row(1, self.query, self.rows.records)
        records, traits = self.rows.records, self.rows.traits
        self.met = with_bits(meet_core(self.row, self.query, records, traits, self.held.chars, self.held.places))
        self.core = bound_core(self.row, self.met, self.query, self.rule.weights)

    def rest(self) -> Any:
        return meet_rest(self.row, 9, self.query, self.rows, self.held)

    def agrees(self) -> bool:
        return bool(regions_may_agree(0, self.size, self.own.regions, self.rows))

    def is_promising(self, posting: int = 1) -> bool:
        self.block[0] = posting
        kept = keep_by_core(self.block, 1, self.query, self.rows, self.held, self.rule)
        own = self.own
        return kept == 1 and bool(may_be_accepted(posting, self.query, own.regions, self.rows, self.held, self.rule))


def test_a_row_says_how_its_name_is_built() -> None:
    row = Pair("福州样棉贸易有限公司", "福州样棉贸易有限公司").row
    assert (row.core, row.rest, row.trade, row.allowed) == (2, 4, 2, 1)
    assert (bool(row.is_two), bool(row.is_coreless), bool(row.provinces_meet)) == (True, False, True)
    assert (int(row.silent), int(row.trade_met)) == (0, 2)


@pytest.mark.parametrize(
    ("given", "same", "sounding", "silent", "off", "unlike"),
    [
        ("福州样棉贸易有限公司", 2, 0, 0, 0, 0),
        ("福州样眠贸易有限公司", 1, 1, 0, 0, 1),
        ("福州样丁贸易有限公司", 1, 0, 1, 1, 1),
        ("福州棉样贸易有限公司", 2, 0, 0, 0, 0),
    ],
)
def test_a_core_is_counted_by_what_the_query_holds(
    given: str, same: int, sounding: int, silent: int, off: int, unlike: int
) -> None:
    pair = Pair("福州样棉贸易有限公司", given)
    assert (pair.met.same, pair.met.sounding, pair.met.silent) == (same, sounding, silent)
    assert (int(pair.core.off), int(pair.core.unlike)) == (off, unlike)


def test_two_that_are_swapped_are_both_themselves() -> None:
    assert Pair("福州样棉贸易有限公司", "福州棉样贸易有限公司").met.swaps == 1
    assert Pair("福州样棉贸易有限公司", "福州眠样贸易有限公司").met.swaps == 0


def test_a_region_is_not_met_by_likeness_alone() -> None:
    far = Pair("石狮样棉贸易有限公司", "厦门样丁贸易有限公司").rest()
    assert (far.region, int(far.region_met)) == (2, 0)
    slipped = Pair("石狮样棉贸易有限公司", "石师样丁贸易有限公司").rest()
    assert (slipped.region, int(slipped.region_met)) == (2, 2)


def test_regions_agree_by_the_hierarchy_of_places() -> None:
    assert Pair("福建样棉贸易有限公司", "福州样丁贸易有限公司").agrees()
    assert not Pair("石狮样棉贸易有限公司", "厦门样丁贸易有限公司").agrees()
    assert not Pair("石狮样棉贸易有限公司", "样丁贸易有限公司").agrees()


def test_half_of_a_core_of_two_needs_a_region_that_agrees() -> None:
    assert Pair("福建样棉大宗商品交易有限公司", "福建样丁大宗商品交易有限公司").is_promising()
    assert Pair("福建样棉大宗商品交易有限公司", "福州样丁大宗商品交易有限公司").is_promising()
    assert not Pair("福建样棉大宗商品交易有限公司", "上海样丁大宗商品交易有限公司").is_promising()
    assert not Pair("石狮样棉大宗商品交易有限公司", "厦门样丁大宗商品交易有限公司").is_promising()


def test_what_a_weak_key_says_counts() -> None:
    """Behind such a key one of the two is not itself, or another key leads to the row, or much is between the two."""
    for query, unlike in (("福州样麻贸易有限公司", 1), ("福州样棉贸易有限公司", 0), ("样厦门融棉贸易有限公司", 0)):
        pair = Pair("福州样棉贸易有限公司", query)
        weak = read_row(-1, pair.query, pair.rows.records)
        assert (int(weak.weak), int(pair.row.weak)) == (1, 0)
        assert int(bound_core(weak, pair.met, pair.query, pair.rule.weights).unlike) == unlike
    assert Pair("福州样棉贸易有限公司", "福州样棉贸易有限公司").is_promising(1)


def test_what_sounds_far_away_may_look_alike_in_its_place() -> None:
    """限, written as its components behind the name, sounds like 祥; but 福 before it looks like it."""
    assert Pair("景祥科技股份有限公司", "景福科技有阝艮责任公司").is_promising()


def test_likeness_to_a_legal_form_explains_nothing_away_from_one() -> None:
    """石 sounds like 司, which every alignment drops again where no character of a legal form is beside it."""
    away, beside = "样石福贸易有限公司", "样福贸易有限公石"
    assert int(Pair("样福贸易有限公司", away).query.profile.content) >> away.index("石") & 1
    assert not int(Pair("样福贸易有限公司", beside).query.profile.content) >> beside.index("石") & 1


def test_a_row_is_looked_at_once_whatever_keys_lead_to_it() -> None:
    pair = Pair("福州样棉贸易有限公司", "福州样棉贸易有限公司")
    pair.block[:4] = np.array([-1, 1, -1, 1], np.int32)
    assert keep_by_core(pair.block, 4, pair.query, pair.rows, pair.held, pair.rule) == 1
    assert pair.block[0] == 1


def test_a_group_comes_and_goes() -> None:
    assert Pair("莆田样达集团投资管理有限公司", "莆田样达投资管理有限公司").is_promising()
    assert Pair("北京凯样集团商贸有限公司", "泉州凯样商贸有限公司").is_promising()
