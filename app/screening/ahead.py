"""Compile all that a decision may need before the first one, which would otherwise hold up everybody else's."""

from app import matching
from app.matching import Entry, Index, ListedName, Query, QueryName

_LISTED = "福建示例大宗商品交易中心有限公司"
_ASKED = (
    _LISTED,
    "福建示例大宗商品交易中心",
    "福建示列大宗商品交易中心有限公司",
    "甲公司（原福建示例大宗商品交易中心有限公司）",
    "Fujian Sample Commodity Exchange",
)


def warm_up() -> None:
    """Compile the matcher as :func:`app.matching.warm_up` does, and also what only names that are met come to."""
    matching.warm_up()
    names = (ListedName(_LISTED), ListedName("示例中心"), ListedName("Fujian Sample Commodity Exchange"))
    index = Index.build([Entry("1", names), Entry("2", (ListedName("福建样本文化产权交易所有限公司"),))])
    for name in _ASKED:
        index.search(Query((QueryName(name), QueryName(f"转{name}货款", free_text=True))))
