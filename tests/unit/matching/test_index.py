"""The index as its callers know it: strengths, identifiers, explanations, free text, batches."""

import pickle

import numpy as np
import pytest

from app.identifiers import Identifier, Scheme
from app.matching import Entry, Hit, Index, ListedName, NameType, Query, QueryName, Strength

USCC = "Y1350100DEM000014U"
OTHER_USCC = "Y1350200DEM000022U"


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(
        [
            Entry(
                "venue",
                (
                    ListedName("福建示例样本交易中心有限公司"),
                    ListedName("福建旧示样交易所有限公司", NameType.FORMER),
                    ListedName("示样优选", NameType.BRAND),
                ),
                (Identifier(Scheme.USCC, USCC, True),),
            ),
            Entry("member", (ListedName("上海范例元贵金属经营有限公司"),)),
            Entry("art", (ListedName("福建示艺文化产权交易所有限公司"),)),
            Entry("plain", (ListedName("深圳市创业投资有限公司"),)),
            Entry("english", (ListedName("Sample Mirage Exchange Limited", NameType.EN),)),
        ]
    )


def hits(index: Index, text: str, *identifiers: Identifier, free_text: bool = False) -> dict[str, Hit]:
    query = Query((QueryName(text, free_text=free_text),), identifiers)
    return {hit.key: hit for hit in index.search(query)}


@pytest.mark.parametrize(
    "text",
    [
        "福建示例样本交易中心有限公司",
        "福建示例样本交易中心有限责任公司",
        "福建示例样本交易中心（有限公司）",
        "福 建 示 例 样 本 交 易 中 心 有 限 公 司",
        "福建示例樣本交易中心有限公司",
        "福建示例样本\u200b交易中心有限公司",
        "福建旧示样交易所有限公司",
    ],
)
def test_a_way_of_writing_that_changes_nothing_is_confirmed(index: Index, text: str) -> None:
    hit = hits(index, text)["venue"]
    assert (hit.strength, hit.score) == (Strength.CONFIRMED, 100)


@pytest.mark.parametrize(
    "text",
    [
        "福建示例样本交易中心",
        "福建示例样本交易中心股份有限公司",
        "示样优选",
        "福建省示例样本交易中心有限公司",
        "福建示例样本交易中心有限公司泉州分公司",
        "福建示立样本交易中心有限公司",
        "福建示li样本交易中心有限公司",
        "福建示lì样本交易中心有限公司",
        "fujian shili yangben jiaoyizhongxin youxiangongsi",
        "福建示例木羊本交易中心有限公司",
        "货款-福建示例样本交易中心有限公司-第3期",
        "福建示例样本交易中心有限公",
        "福建示艺文交所",
    ],
)
def test_a_disguise_is_found_and_never_confirmed(index: Index, text: str) -> None:
    found = index.search(Query((QueryName(text),)))
    assert found
    assert found[0].key == ("art" if "文交所" in text else "venue")
    assert found[0].strength in {Strength.STRONG, Strength.WEAK}


@pytest.mark.parametrize(
    "text",
    [
        "福建交易中心有限公司",
        "交易中心",
        "上海创业投资有限公司",
        "创业投资有限公司",
        "福建另家别样文化传播有限公司",
        "上海元范例某某贸易有限公司",
        "",
        "。，（）",
    ],
)
def test_a_stranger_and_a_generic_fragment_are_not_found(index: Index, text: str) -> None:
    assert not index.search(Query((QueryName(text),)))


def test_characters_of_another_script_are_no_equal_name(index: Index) -> None:
    assert hits(index, "福建示例样本交易中心有限公司")["venue"].strength is Strength.CONFIRMED
    assert hits(index, "福建示例样本交易中心有限公ᄀ司")["venue"].strength is Strength.STRONG
    assert hits(index, "Sаmple Mirage Exchange Limited")["english"].strength is Strength.STRONG


def test_an_equal_identifier_confirms_whatever_the_name(index: Index) -> None:
    found = hits(index, "完全不同的名字", Identifier(Scheme.USCC, USCC))
    assert found["venue"].strength is Strength.CONFIRMED
    assert found["venue"].explanation.fields[0].agrees
    joined = hits(index, "", Identifier(Scheme.ORG, USCC[8:17]))
    assert joined["venue"].strength is Strength.CONFIRMED


def test_an_equal_name_with_another_uscc_is_never_confirmed(index: Index) -> None:
    hit = hits(index, "福建示例样本交易中心有限公司", Identifier(Scheme.USCC, OTHER_USCC))["venue"]
    assert hit.identifier_conflict
    assert hit.strength is Strength.STRONG
    assert not hit.explanation.fields[0].agrees


def test_each_entity_is_a_hit_once_and_the_strongest_comes_first(index: Index) -> None:
    names = (QueryName("福建示例样本交易中心"), QueryName("福建示例样本交易中心有限公司", "other_names[0]"))
    found = index.search(Query((*names, QueryName("上海范例元贵金属经营", "other_names[1]"))))
    assert [hit.key for hit in found] == ["venue", "member"]
    assert found[0].query_field == "other_names[0]"
    assert found == sorted(found, key=lambda hit: (hit.strength.rank, -hit.score, hit.key))


def test_a_name_counts_in_free_text_only_as_a_whole(index: Index) -> None:
    text = "尊敬的客户：" * 2000 + "請匯至福建示例 樣本交易中心有限公司賬戶" + "。谢谢" * 2000
    assert set(hits(index, text, free_text=True)) == {"venue"}
    assert not hits(index, "福建示立样本交易中心有限公司", free_text=True)
    assert not hits(index, "福建的示例与样本在交易", free_text=True)


def test_an_explanation_says_which_part_met_which_and_how(index: Index) -> None:
    explanation = hits(index, "福建示立样本交易中心有限公司")["venue"].explanation
    core = next(part for part in explanation.name_parts if part.part == "core")
    assert (core.listed, core.given, core.likeness) == ("示例样本", "示立样本", "sound")
    assert "同音" in explanation.summary_zh
    assert "sounds alike" in explanation.summary_en
    assert [(d.kind, d.listed, d.given) for d in explanation.differences] == [("sound", "例", "立")]


def test_a_batch_decides_as_single_searches_do(index: Index) -> None:
    texts = [
        "福建示例样本交易中心有限公司",
        "福建示立样本交易中心",
        "无关某某",
        "示样优选",
        "",
        "上海范例元贵金属经营有限公司福州营业部",
        "样" * 500 + "福建示例样本交易中心有限公司",
    ]
    batch = index.search_names(texts)
    rows = list(
        zip(batch.query.tolist(), batch.entry.tolist(), batch.score.tolist(), batch.strength.tolist(), strict=True)
    )
    single = [
        (row, [entry.key for entry in index.entries].index(hit.key), hit.score, hit.strength.rank)
        for row, text in enumerate(texts)
        for hit in index.search(Query((QueryName(text),)))
    ]
    assert sorted(rows) == sorted(single)


def test_an_index_survives_the_way_to_a_worker(index: Index) -> None:
    again = Index.from_bytes(index.to_bytes())
    query = Query((QueryName("福建示立样本交易中心有限公司"),))
    assert again.search(query) == index.search(query)
    with pytest.raises(TypeError):
        Index.from_bytes(pickle.dumps("no index"))


def test_an_empty_index_finds_nothing() -> None:
    empty = Index.build([])
    assert empty.search(Query((QueryName("示例"),))) == []
    assert empty.search_names(["示例", ""]).query.dtype == np.int32
