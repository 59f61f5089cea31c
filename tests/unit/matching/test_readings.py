"""What else a query is read as, and how listed names are met that have no parts to compare."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching import Entry, Index, ListedName, NameType, Query, QueryName, Strength
from app.matching.model.encoding import encode
from app.matching.model.readings import _by_steps, _may_have, brand_stem, initials, readings, without_group
from app.matching.model.venue_class import venue_class
from app.matching.search.ordinary import other_than_ordinary
from app.matching.search.whole_names import may_be_whole


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("福州样棉商品交易中心", "福州样棉商品电子交易市场"),
        ("厦门丹若样茶叶交易所", "厦门丹若样茶叶现货交易中心"),
        ("永春文化艺术品交易中心", "永春文交中心"),
        ("石狮文化产权交易所", "石狮文交所"),
        ("福建样股权交易中心", "福建样股交中心"),
        ("松溪样农产品交易中心", "松溪样农副产品交易市场"),
        ("样本大宗商品交易中心", "样本商品合约市场"),
    ],
)
def test_the_endings_of_venues_are_one_class(one: str, other: str) -> None:
    assert venue_class(one) == venue_class(other)


@pytest.mark.parametrize("name", ["福州样棉贸易有限公司", "样棉交通科技", "福建样科技产业中心", "样棉农产品有限公司"])
def test_a_name_that_is_no_venue_keeps_its_ending(name: str) -> None:
    assert venue_class(name) == name


@pytest.mark.parametrize(
    ("row", "reading"),
    [
        ("中南样文交所邮币卡交易中心", "中南样文交所"),
        ("石狮文交所厦门运营中心", "石狮文交所"),
        ("微云样商城", "微云样"),
        ("财付通\x03海豚样盘01", "海豚样盘"),
        ("陆样所291号居间商", "陆样所"),
        ("样汇bqs", "bqs样汇"),
        ("0yfx", "oyfx"),
        ("样q1fx", "样qifx"),
        ("南平样1oo1号茶叶有限公司", "南平样1001号茶叶有限公司"),
        ("南平样l00l号茶叶有限公司", "南平样1001号茶叶有限公司"),
        ("南平样丨〇〇丨号茶叶有限公司", "南平样1001号茶叶有限公司"),
        ("丹东富地样有限公司", "丹东富地样"),
        ("丹东富地样泉州分公司", "丹东富地样"),
        ("云样优选\x01原名甲样商务有限公司\x02", "云样优选"),
        ("甲样商务有限公司\x01曾用名云样优选\x02", "云样优选"),
    ],
)
def test_what_stands_around_a_name_is_read_away(row: str, reading: str) -> None:
    assert reading in [one.text for one in readings(row)]


@pytest.mark.parametrize("row", ["福州样棉贸易有限公司", "样棉", "福建示例样本投资管理有限公司", ""])
def test_an_ordinary_name_has_no_other_reading(row: str) -> None:
    assert readings(row) == ()


def test_readings_are_few_whatever_is_asked() -> None:
    assert len(readings("微信" * 40 + "海豚样盘" + "国际商城平台" * 20)) <= 13


_PIECES = (
    *("福州", "福建省", "中国", "样棉", "示", "利", "鼓山", "贸易", "科技", "集团", "控股", "股份", "国际", "商城"),
    *("转账", "付款", "交易", "产权", "大宗", "合约", "中心", "分", "会员", "单位", "原", "a", "7", "企业", "合伙"),
    *("官方", "即", "老师", "\x01", "\x02", "\x03"),
)
_FORMS = ("有限公司", "有限责任公司", "股份有限公司", "公司", "集团公司", "分公司", "企业", "")


@given(st.lists(st.sampled_from(_PIECES), max_size=6), st.sampled_from(_FORMS))
def test_the_quick_way_reads_what_the_steps_read(pieces: list[str], form: str) -> None:
    row = "".join(pieces) + form
    plain = re.sub("[\x01-\x05]+", "", row)
    assert readings(row) == (_by_steps(row, plain) if _may_have(row, True) else ())


_TALKATIVE = (
    *("交易", "交所", "交中心", "合约市场", "产权", "大宗", "曾用名", "原名称", "旧称", "又名", "别名", "亦称", "简称"),
    *("以下简称", "更名前", "变更为", "现名", "现更名为", "前身是", "(", "）", "，", " ", "@", "a", "7", "分", "集团"),
)
_ROWS = st.lists(st.sampled_from(("福州", "样棉", "示例样", "贸易", "科技", *_TALKATIVE)), max_size=5).map("".join)


@given(st.lists(st.tuples(_ROWS, st.sampled_from(_FORMS)).map("".join), min_size=16, max_size=24))
def test_what_is_ordinary_has_no_reading_and_is_met_as_no_whole(names: list[str]) -> None:
    source = encode(names)
    folded = "".join(map(chr, source.tolist())).split("\x06")[:-1]
    closer = other_than_ordinary(source, folded)
    for text in set(folded) - {one.text for one in closer}:
        assert readings(text) == ()
        assert not may_be_whole(text)
    for one in closer:
        assert folded[one.place] == one.text
        assert readings(one.text, says_more=one.says_more) == readings(one.text)


def test_most_companies_are_ordinary() -> None:
    names = [f"福州样{char}贸易有限公司" for char in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳"]
    assert other_than_ordinary(encode(names), names) == []


def test_listed_names_have_stems() -> None:
    assert brand_stem("金盛云样交易") == "金盛云样"
    assert brand_stem("微云交易") == "微云交易"
    assert without_group("样本矿业控股股份有限公司") == "样本矿业"
    assert initials("浙江省建设投资集团有限公司") == "浙江建投"
    assert initials("浙江样棉投资有限公司") == "浙江样棉投资有限公司"


def _index(*names: str, kind: NameType = NameType.LEGAL) -> Index:
    return Index.build([Entry(name, (ListedName(name, kind),)) for name in names])


def _found(index: Index, text: str) -> dict[str, Strength]:
    return {hit.key: hit.strength for hit in index.search(Query((QueryName(text),)))}


@pytest.mark.parametrize(
    "text",
    [
        "河智产权交易所",
        "河北产权交明所",
        "河北产权交易所邮币卡中心",
        "北河产权交易所",
        "河北产交易所",
        "河北新产权交易所",
    ],
)
def test_a_venue_without_a_trade_name_is_found_but_for_one_slip(text: str) -> None:
    assert "河北产权交易所有限公司" in _found(_index("河北产权交易所有限公司"), text)


@pytest.mark.parametrize(
    "text", ["河南产权交易所", "河北林权交易所", "产权交易所", "河北股权交易中心", "上海产权交易所"]
)
def test_another_venue_is_no_slip(text: str) -> None:
    assert _found(_index("河北产权交易所有限公司"), text) == {}


def test_a_brand_is_found_but_for_a_character_that_sounds_alike() -> None:
    index = _index("聚金样宝", "微云样", "川金贷")
    assert _found(index, "巨金样宝") == {"聚金样宝": Strength.WEAK}
    assert _found(index, "薇云样") == {"微云样": Strength.WEAK}
    assert _found(index, "穿金贷") == _found(index, "白云样") == {}


@pytest.mark.parametrize(
    "text",
    [
        "PUTIAN ABC COMMODITY EXCH CO LTD",
        "ABC Putian Commodity Exchange",
        "Pu Tian ABC Commodity Exchange Co., Ltd.",
        "Putian ABC Comodity Exchange Limited",
    ],
)
def test_an_english_name_is_found_whatever_its_order_and_forms(text: str) -> None:
    index = _index("Putian ABC Commodity Exchange Company Limited", kind=NameType.EN)
    assert set(_found(index, text)) == {"Putian ABC Commodity Exchange Company Limited"}
    assert _found(index, "Xiamen Sample Trading Co Ltd") == {}


@pytest.mark.parametrize(("listed", "given"), [("乾", "干"), ("昇", "升"), ("徵", "征"), ("於", "于"), ("祕", "秘")])
def test_two_standard_characters_are_two_names(listed: str, given: str) -> None:
    name = "福州{}样商品交易中心有限公司"
    for one, other in ((listed, given), (given, listed)):
        assert set(_found(_index(name.format(one)), name.format(other)).values()) == {Strength.STRONG}
    assert set(_found(_index(name.format(listed)), name.format(listed)).values()) == {Strength.CONFIRMED}


@pytest.mark.parametrize(("simple", "traditional"), [("后", "後"), ("里", "裏"), ("丰", "豐"), ("国", "國")])
def test_a_traditional_character_is_the_same_name(simple: str, traditional: str) -> None:
    name = "福州{}样商品交易中心有限公司"
    assert set(_found(_index(name.format(simple)), name.format(traditional)).values()) == {Strength.CONFIRMED}


@pytest.mark.parametrize("text", ["北京十三号样商贸有限公司", "北京13号样商贸有限公司"])
def test_another_number_is_another_name(text: str) -> None:
    assert _found(_index("北京三号样商贸有限公司"), text) == {}


def test_a_member_of_a_venue_is_told_as_a_person_would() -> None:
    index = _index("福州样棉大宗商品交易中心有限公司")
    hit = index.search(Query((QueryName("福州样棉大宗商品交易中心厦门会员单位"),)))[0]
    answer = hit.explanation.summary_zh
    assert "形近" not in answer
    assert "同音" not in answer
