"""交易所 in a name (R18), its disguises and the national exchanges that are excepted (docs/law.md 10)."""

import pytest

from app.names.exchange_name import exchange_in_name
from app.names.keyword_patterns import read_table

NATIONAL = [row[0] for row in read_table("lexicon_exchanges.tsv")]
SHORT = [form for row in read_table("lexicon_exchanges.tsv") for form in row[1].split()]


@pytest.mark.parametrize(
    "name",
    [
        "福建示例商品交易所有限公司",
        "示例文化产权交易所",
        "福建示例商品交易所厦门分公司",
        "示例交昜所",
        "示例交 易 所",
        "示例交.易.所",
        "示例交\u200b易\u200b所",
        "示例交易户斤",
        "示例交日勿所",
        "示例jiaoyi所",
        "示例交易suo",
        "shili jiaoyisuo",
        "SHILI JIAO YI SUO",
        "福建示例商品交易所（客户保证金）专户",
    ],
)
def test_a_name_that_calls_itself_an_exchange(name: str) -> None:
    assert exchange_in_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "福建示例商品交易中心有限公司",
        "示例产权交易市场",
        "示例交易平台",
        "示例公共资源交易中心",
        "示例交易服务有限公司",
        "示例交易及结算所有限公司",
        "示例交易所需物资采购站",
        "示例交易所在地",
        "",
    ],
)
def test_other_endings_alone_are_no_finding(name: str) -> None:
    assert not exchange_in_name(name)


@pytest.mark.parametrize("name", NATIONAL)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "{}有限公司",
        "{}有限责任公司",
        "{}股份有限公司",
        "{}北京分公司",
        "{}有限公司深圳营业部",
        "{}（客户交易结算资金）专用存款账户",
        "{}客户保证金专户",
        "{}备付金",
        " {} ",
    ],
)
def test_national_exchanges_their_branches_and_accounts_are_excepted(name: str, around: str) -> None:
    assert not exchange_in_name(around.format(name))


@pytest.mark.parametrize("name", SHORT)
def test_short_forms_of_national_exchanges_are_excepted(name: str) -> None:
    assert not exchange_in_name(name)


@pytest.mark.parametrize("name", [name for name in NATIONAL if name.endswith("交易所")])
@pytest.mark.parametrize(
    "around", ["示例{}", "{}示例会员服务中心", "{}会员单位示例公司", "{}第077号会员", "{}投资管理有限公司", "{}会员"]
)
def test_a_name_that_only_contains_a_national_exchange_is_not_excepted(name: str, around: str) -> None:
    assert exchange_in_name(around.format(name))


def test_a_disguised_national_exchange_is_not_excepted() -> None:
    assert exchange_in_name("上海黄金交昜所")
    assert not exchange_in_name("上海黃金交易所")
