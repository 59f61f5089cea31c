"""What is counted of a pair: the terms of evidence on hand-made names."""

import numpy as np
import pytest

from app.matching import Entry, Index, ListedName
from app.matching.comparison.comparison_vector import (
    PartsMet,
    weigh_core,
    weigh_form_and_trade,
    weigh_shortness_and_slip,
)
from app.matching.comparison.features import Feature
from app.matching.model.encoding import encode, row_ends
from app.matching.search.rows_search import examine, read_query
from app.names.characters import characters
from app.names.lexicon import words

LISTED = "福建明源样大宗商品交易中心有限公司"
ALL_MET = PartsMet(2, 4, 4.0, 0, 4, 4, 0, 0, 2, 2, 2, 3, 0, 11)


def terms_of(given: str, listed: str = LISTED) -> dict[str, float]:
    """Return the terms of a pair that are not 0, by name."""
    engine = Index.build([Entry("", (ListedName(listed),))])._engine
    work, source = engine._space(), encode([given])
    size, _ = read_query(source, 0, int(row_ends(source)[0]), characters(), words(), work)
    examine(0, size, engine.listed, characters(), words(), engine._rule._replace(weak_min=-1e9), work)
    return {feature.name.lower(): float(work.terms[feature]) for feature in Feature if work.terms[feature]}


def test_the_same_name_has_nothing_against_it() -> None:
    assert terms_of(LISTED) == {
        "core_three": 1.0,
        "trade_met": 1.0,
        "trade_length": 1.0,
        "region_in_place": 1.0,
        "form_met": 1.0,
    }


@pytest.mark.parametrize(
    ("given", "term"),
    [
        ("福建名源样大宗商品交易中心有限公司", "core_sound"),
        ("福建mingyuan样大宗商品交易中心有限公司", "core_pinyin"),
        ("福建源明样大宗商品交易中心有限公司", "core_swapped"),
        ("福建源样大宗商品交易中心有限公司", "core_missing"),
        ("福建丙源样大宗商品交易中心有限公司", "core_unlike"),
        ("福建明甲源样大宗商品交易中心有限公司", "wedged"),
        ("福建甲明源样大宗商品交易中心有限公司", "glued"),
        ("明源样大宗商品交易中心有限公司", "region_missing"),
        ("福州明源样大宗商品交易中心有限公司", "region_agrees"),
        ("上海明源样大宗商品交易中心有限公司", "region_contradicts"),
        ("福建明源样大宗商品交易中心", "form_none"),
        ("福建明源样大宗商品有限公司", "trade_unmet"),
        ("福建明源样大宗商品", "trade_dropped"),
        ("福建明源样大宗商品交易中心有限公司泉州分公司", "branch_added"),
        ("明源样", "short"),
    ],
)
def test_what_differs_has_a_term_of_its_own(given: str, term: str) -> None:
    assert term in terms_of(given)
    assert term not in terms_of(LISTED)


def test_one_wrong_character_in_a_whole_name_is_a_slip_and_two_are_none() -> None:
    assert "slip" in terms_of("福建丙源样大宗商品交易中心有限公司")
    assert "slip" not in terms_of("福建丙丁样大宗商品交易中心有限公司")
    assert "slip" not in terms_of("福建丙源样大宗商品交易中心")


def test_another_number_is_another_firm() -> None:
    assert "numeral_conflict" in terms_of("福建样本二期投资有限公司", "福建样本一期投资有限公司")
    assert "numeral_conflict" not in terms_of("福建样本1期投资有限公司", "福建样本一期投资有限公司")


def test_swapped_neighbours_are_so_whatever_else_they_look_like() -> None:
    # 毅 looks like 投.
    terms = terms_of("上海毅样投资有限公司", "上海样毅投资有限公司")
    assert terms["core_swapped"] == 1.0
    assert "core_shape" not in terms


def test_the_length_of_a_core_is_said_once() -> None:
    for core, feature in ((1, Feature.CORE_ONE), (3, Feature.CORE_THREE), (4, Feature.CORE_LONG)):
        terms = np.zeros(len(Feature))
        terms[Feature.CORE_MISSING] = 1
        weigh_core(core, False, terms)
        assert terms[[Feature.CORE_ONE, Feature.CORE_THREE, Feature.CORE_LONG]].sum() == terms[feature] == 1
        assert terms[Feature.CORE_UNMET_SHARE] == pytest.approx(1 / core)


def test_a_group_that_is_left_out_is_no_trade_left_out_unless_the_core_is_off() -> None:
    met = ALL_MET._replace(trade_met=2.0, trade_free=2)
    terms = np.zeros(len(Feature))
    weigh_form_and_trade(met, terms)
    assert terms[Feature.TRADE_MET] == 1.0
    assert terms[Feature.TRADE_UNMET] == 0.0
    terms[:] = 0
    terms[Feature.CORE_SOUND] = 1
    weigh_form_and_trade(met, terms)
    assert terms[Feature.TRADE_MET] == 0.5
    assert terms[Feature.TRADE_UNMET] == 0.5


def test_a_trade_is_dropped_by_whoever_writes_no_legal_form() -> None:
    terms = np.zeros(len(Feature))
    terms[Feature.FORM_NONE] = 1
    weigh_form_and_trade(ALL_MET._replace(trade_met=0.0, form_met=0), terms)
    assert terms[Feature.TRADE_DROPPED] == 1.0
    assert terms[Feature.TRADE_UNMET] == 0.0


def test_shortness_needs_all_of_the_core_and_nothing_strange() -> None:
    for strange in (None, Feature.GLUED, Feature.CORE_SOUND, Feature.CORE_MISSING, Feature.BESIDE):
        terms = np.zeros(len(Feature))
        terms[Feature.FORM_NONE] = 1
        if strange is not None:
            terms[strange] = 1
        weigh_shortness_and_slip(ALL_MET, terms)
        assert terms[Feature.SHORT] == terms[Feature.SHORT_TWO] == (strange is None)
