"""Many queries together are answered as each of them alone."""

import pytest

from app.identifiers import Identifier, Scheme
from app.matching import Entry, Index, ListedName, NameType, Query, QueryName

USCC = Identifier(Scheme.USCC, "Y1350100DEM000014U", True)
OTHER_USCC = Identifier(Scheme.USCC, "Y1350200DEM000022U", True)
PHONE = Identifier(Scheme.PHONE, "13800138000")
VENUE = "福建示例样本交易中心有限公司"
MEMBER = "上海范例元贵金属经营有限公司"
QUERIES = [
    Query((QueryName(VENUE),)),
    Query((QueryName(VENUE),), (OTHER_USCC,)),
    Query((QueryName("无关"),), (USCC,)),
    Query((QueryName("无关"),), (PHONE,)),
    Query((QueryName(VENUE), QueryName(MEMBER, "other_names[0]"), QueryName(VENUE, "other_names[1]"))),
    Query((QueryName(f"泉州样本山石贸易有限公司（原{MEMBER}）"),)),
    Query((QueryName(f"{VENUE}、{MEMBER}、泉州样本山石贸易有限公司"),)),
    Query((QueryName("福建示列样本交易中心"), QueryName(f"转{MEMBER}货款", "remark", free_text=True))),
    Query((QueryName("说明" * 100 + VENUE),)),
    Query((QueryName("Sample Mirage Exchange"),)),
    Query((QueryName("样本示例交易中心"),)),
    Query((QueryName(""),)),
    Query(()),
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(
        [
            Entry("venue", (ListedName(VENUE), ListedName("示样优选", NameType.BRAND)), (USCC, PHONE)),
            Entry("member", (ListedName(MEMBER),)),
            Entry("english", (ListedName("Sample Mirage Exchange Limited", NameType.EN),)),
        ]
    )


def test_together_they_get_what_each_gets_alone(index: Index) -> None:
    alone = [index.search(query) for query in QUERIES]
    assert sum(map(bool, alone)) > len(QUERIES) // 2
    assert index.search_many(QUERIES) == alone
    assert index.search_many(QUERIES * 3) == alone * 3
    assert index.search_many([]) == []


def test_the_limit_holds_for_each(index: Index) -> None:
    assert index.search_many(QUERIES, limit=1) == [index.search(query, limit=1) for query in QUERIES]


@pytest.mark.parametrize("share", [1, 2])
def test_names_that_are_known_need_no_search_and_change_nothing(index: Index, share: int) -> None:
    names = list(dict.fromkeys(given.text for query in QUERIES for given in query.names if not given.free_text))
    known = index.match_names(names[::share])
    assert index.search_many(QUERIES, known=known) == index.search_many(QUERIES)
