"""Names that stand beside others in one text are read one by one."""

import pytest

from app.matching import Entry, Index, ListedName, Query, QueryName, Strength

LISTED = "福建示例海丝大宗商品交易中心有限公司"


@pytest.fixture(scope="module")
def index() -> Index:
    names = (LISTED, "山东省国际信托股份有限公司", "招商银行股份有限公司武汉分行")
    return Index.build([Entry(str(i), (ListedName(name),)) for i, name in enumerate(names)])


@pytest.mark.parametrize(
    "text",
    [
        f"泉州样本山石贸易有限公司（原{LISTED}）",
        f"泉州样本山石贸易有限公司(曾用名:{LISTED})",
        f"付款人泉州样本山石贸易有限公司 收款人{LISTED}",
        f"{LISTED}、泉州样本山石贸易有限公司",
    ],
)
def test_a_listed_name_beside_another_is_strong_and_never_confirmed(index: Index, text: str) -> None:
    hits = index.search(Query((QueryName(text),)))
    assert [(hit.key, hit.strength) for hit in hits] == [("0", Strength.STRONG)]
    assert "字号一致" in hits[0].explanation.summary_zh
    assert not [part for part in hits[0].explanation.name_parts if part.part == "core" and part.likeness != "same"]
    batch = index.search_names([text])
    assert (batch.entry.tolist(), batch.strength.tolist()) == ([0], [Strength.STRONG.rank])


@pytest.mark.parametrize(
    "text",
    [
        "泉州样本山石贸易有限公司（原泉州样本海川贸易有限公司）",
        "济南国际信托",  # lies in 山东 and is not it; a name without 字号 has only its place
        "中国工商银行股份有限公司武汉洪山支行",  # with a slip and a country it would be 招商银行
    ],
)
def test_others_beside_each_other_are_left_alone(index: Index, text: str) -> None:
    assert index.search(Query((QueryName(text),))) == []
