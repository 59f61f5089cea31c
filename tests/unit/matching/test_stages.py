"""The stages of a comparison by themselves: how a pair is aligned, what is counted of it, what is said about it."""

import pytest

from app.matching import Entry, Index, ListedName
from app.matching.comparison.alignment import (
    MISSING,
    PINYIN,
    SAME,
    SOUND,
    SOUTHERN,
    SPLIT,
    SWAPPED,
    VARIANT,
)
from app.matching.comparison.explain import Aligned, explain_pair
from app.names.segmentation import CORE, FORM, REGION, TRADE

LISTED = "福建明源样大宗商品交易中心有限公司"


def aligned(given: str, listed: str = LISTED) -> Aligned:
    engine = Index.build([Entry("", (ListedName(listed),))])._engine
    return engine.aligned([given], [(0, 0)])[0]


def likeness_of(pair: Aligned, char: str) -> int:
    return pair.likeness[pair.listed.index(char)]


@pytest.mark.parametrize(
    ("given", "char", "kind"),
    [
        ("福建明源样大宗商品交易中心有限公司", "明", SAME),
        ("福建名源样大宗商品交易中心有限公司", "明", SOUND),
        ("福建明沅样大宗商品交易中心有限公司", "源", SOUND),
        ("福建明源羊大宗商品交易中心有限公司", "样", SOUND),
        ("福建mingyuan样大宗商品交易中心有限公司", "明", PINYIN),
        ("福建日月源样大宗商品交易中心有限公司", "明", SPLIT),
        ("福建源明样大宗商品交易中心有限公司", "源", SWAPPED),
        ("福建源样大宗商品交易中心有限公司", "明", MISSING),
        ("福建明源样大宗商品交易中心", "司", MISSING),
    ],
)
def test_a_character_is_met_by_what_is_likest(given: str, char: str, kind: int) -> None:
    assert likeness_of(aligned(given), char) == kind


def test_southern_speech_and_numerals_have_likenesses_of_their_own() -> None:
    assert likeness_of(aligned("福建三林样贸易", "福建三凌样贸易"), "凌") in {SOUTHERN, SOUND}
    assert likeness_of(aligned("福建叁林样贸易", "福建三林样贸易"), "三") == VARIANT


def test_parts_explain_parts() -> None:
    pair = aligned("福建明源样大宗商品交易中心厦门会员单位")
    assert {pair.likeness[i] for i, part in enumerate(pair.parts) if part == FORM} == {MISSING}
    assert not any(pair.used[pair.given.index("厦") :])


def test_a_like_character_far_from_its_word_meets_nothing() -> None:
    pair = aligned("天地家", "浙江省天地实业发展集团有限责任公司")
    assert likeness_of(pair, "实") == MISSING
    assert pair.used[2] == 0


def test_swapped_neighbours_are_so_though_they_look_alike() -> None:
    pair = aligned("赛乐伯样(上海)投资管理有限公司", "赛伯乐样(上海)投资管理有限公司")
    assert SWAPPED in {likeness_of(pair, "伯"), likeness_of(pair, "乐")}


def test_an_explanation_says_what_a_person_would() -> None:
    parts = (REGION, REGION, CORE, CORE, TRADE, TRADE, FORM, FORM)
    likeness = (SAME, SAME, SAME, SOUND, SAME, SAME, MISSING, MISSING)
    used = (1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0)
    pair = Aligned(
        "福州样棉贸易公司",
        parts,
        likeness,
        (0, 1, 2, 3, 4, 5, -1, -1),
        (1, 2, 3, 4, 5, 6, -1, -1),
        "福州样眠贸易厦门会员单位",
        used,
    )
    answer = explain_pair(pair, "名称高度相似", "Name is very alike")
    assert "字号同音1字" in answer.summary_zh
    assert "「棉」写作「眠」（同音）" in answer.summary_zh
    assert "未写组织形式「公司」" in answer.summary_zh
    assert "另有「厦门会员单位」（会员单位）" in answer.summary_zh
    assert "legal form 公司 is left out" in answer.summary_en
    assert [part.likeness for part in answer.name_parts] == ["sound", "same", "same", "missing"]
