"""Advice never says the opposite of what was written, and never puts a venue into another column."""

import itertools

import pytest
from list_files import csv_of, row
from test_office_files import read
from test_requirements import codes, listed

from app.policy.vocabulary import Action, Category
from app.watchlists.layout.cells import read_cell
from app.watchlists.layout.columns import BY_ALIAS, column_of, nearest_known


def meant(alias: str, text: str) -> str:
    """Return the beginning of the suggestion, where it says what was meant."""
    (doubt,) = read_cell(BY_ALIAS[alias], text).doubts
    assert doubt.suggestion is not None
    return doubt.suggestion.partition("可用：")[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, Category.UNAPPROVED_VENUE) for text in ("未经批准的交易场所", "未批准交易场所", "非法交易场所")),
        *((text, Category.APPROVED) for text in ("合法交易场所", "已批准交易场所", "白名单")),
        *((text, Category.VIOLATING) for text in ("违规交易场所", "违法交易场所", "违规")),
        *((text, Category.WEIPAN) for text in ("微交易平台", "微盘交易平台")),
        ("非法电子平台", Category.ILLEGAL_EPLATFORM),
        ("会员单位", Category.RELATED),
    ],
)
def test_a_category_is_told_by_its_meaning(text: str, code: Category) -> None:
    zh = next(zh for zh, one in BY_ALIAS["category"].codes.items() if one == code)
    assert meant("category", text) == f"是否应为“{zh}”？"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, Action.ADD) for text in ("不变", "维持", "续列", "保留", "增加", "列入", "新增（第二批）")),
        *((text, Action.UPDATE) for text in ("更新", "修改", "更名", "更正")),
        *((text, Action.CLOSE) for text in ("已关闭", "关停", "取缔")),
        ("正在整改", Action.RECTIFY),
        ("再次列入", Action.RELIST),
    ],
)
def test_an_action_is_told_by_its_meaning(text: str, code: Action) -> None:
    zh = next(zh for zh, one in BY_ALIAS["action"].codes.items() if one == code)
    assert meant("action", text) == f"是否应为“{zh}”？"


@pytest.mark.parametrize("text", ["删除", "移出名单", "移除", "取消", "撤销", "解除", "注销"])
def test_words_of_leaving_the_list_are_left_to_the_office(text: str) -> None:
    assert meant("action", text) == "是否应为“规范”或“验收”或“关闭”或“解除通报”或“误列撤销”？"


_OF_ANOTHER = ("所属", "上级", "隶属", "合作", "代理的", "服务的", "挂靠", "展业")


@pytest.mark.parametrize(
    "header",
    ["".join(pair) for pair in itertools.product(_OF_ANOTHER, ("交易场所", "场所", "交易所", "平台", "单位"))],
)
def test_the_venue_of_another_is_never_the_name_of_the_entity(header: str) -> None:
    column = column_of(header) or column_of(nearest_known(header) or "")
    assert column is None or column.alias != "legal_name"


@pytest.mark.parametrize(
    "header",
    [
        "监管单位",
        "公布单位",
        "主管单位",
        "填报单位名称",
        "企业代码",
        "企业状态",
        "失效日期",
        "解除日期",
        "法定代表人电话",
    ],
)
def test_no_advice_where_another_thing_is_meant(header: str) -> None:
    advised = column_of(nearest_known(header) or "")
    assert column_of(header) is None
    assert advised is None or advised.alias not in {"legal_name", "effective_from", "legal_rep"}


@pytest.mark.parametrize(
    ("header", "alias"),
    [
        ("涉嫌违规交易场所", "legal_name"),
        ("违法违规交易场所名称", "legal_name"),
        ("非法交易平台名称", "legal_name"),
        ("“微盘”平台名称", "legal_name"),
        ("交易所名称", "legal_name"),
        ("所属交易场所", "parent_name"),
        ("整改时限", "rectify_deadline"),
        ("№", "row_no"),
    ],
)
def test_headers_of_offices_are_known(header: str, alias: str) -> None:
    column = column_of(header)
    assert column is not None
    assert column.alias == alias


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2017年6月30日前", "2017-06-30，不含的写 2017-06-29"),
        ("2017年6月30日起", "2017-06-30？"),
        ("2017年6月30日（某办〔2017〕1号）", "2017-06-30？"),
        ("17.6.30", "2017-06-30？"),
        ("6/30/2017", "2017-06-30？"),
        ("6/7/2017", "2017-06-07 或 2017-07-06？"),
        ("2017年2月底", "2017-02-28？"),
        ("1498752000000", "2017-06-30？"),
        ("2017年6月31日", "核对原件"),
        ("2017-06-01至2017-06-30", "只写本列所指的那一个"),
        ("即日起", "成文日期"),
        ("长期", "留空"),
        ("上半年", "YYYY-MM-DD"),
    ],
)
def test_what_is_no_date_is_told_with_the_date_that_was_meant(text: str, said: str) -> None:
    reading = read_cell(BY_ALIAS["effective_from"], text)
    (doubt,) = reading.doubts
    assert (reading.value, doubt.code) == (None, "BAD_DATE")
    assert said in (doubt.suggestion or "")


@pytest.mark.parametrize("alias", ["rectify_deadline", "winddown_until"])
@pytest.mark.parametrize(
    "text", ["2017-06-30 23:59:59", "2017-06-30 24:00", "2017年6月30日24时", "2017-06-30T23:59:59"]
)
def test_the_end_of_a_day_is_that_day_where_a_term_ends(alias: str, text: str) -> None:
    reading = read_cell(BY_ALIAS[alias], text)
    assert (reading.value, [one.code for one in reading.doubts]) == ("2017-06-30", ["DATE_ROUNDED"])


@pytest.mark.parametrize(
    ("text", "code", "doubts"),
    [
        ("福建省厦门市", "350200", []),
        ("厦門市", "350200", []),
        ("350100福州市", "350100", []),
        ("福州（350100）", "350100", []),
        ("福建省平潭综合实验区", "350128", []),
        ("闽", "350000", ["JURISDICTION_PROVINCE"]),
        ("北京市", "110000", []),
        ("厦门市思明区", "350200", ["JURISDICTION_READ"]),
        ("350200福州市", None, ["BAD_JURISDICTION"]),
        ("福州市、厦门市", None, ["BAD_JURISDICTION"]),
        ("思明区", None, ["BAD_JURISDICTION"]),
        ("境外", None, ["BAD_JURISDICTION"]),
    ],
)
def test_jurisdictions_as_they_are_written(text: str, code: str | None, doubts: list[str]) -> None:
    reading = read_cell(BY_ALIAS["jurisdiction"], text)
    assert (reading.value, [one.code for one in reading.doubts]) == (code, doubts)


@pytest.mark.parametrize(
    ("text", "said"),
    [("鼓楼区", "鼓楼区 350102（福州市）、"), ("福建省福州市", "福州市 350100"), ("3501", "福州市 350100")],
)
def test_a_region_that_is_no_code_is_told_by_its_code(text: str, said: str) -> None:
    (doubt,) = read_cell(BY_ALIAS["reg_region_code"], text).doubts
    assert (doubt.suggestion or "").startswith(said)


def test_numbers_that_lost_nothing_are_read() -> None:
    assert read_cell(BY_ALIAS["reg_region_code"], 350100).value == "350100"
    assert read_cell(BY_ALIAS["phones"], 13800000000).value == ["13800000000"]
    assert read_cell(BY_ALIAS["determined_on"], 20170630).value == "2017-06-30"
    for alias, cell in (("phones", 59112345678), ("reg_region_code", 3501), ("external_id", 1)):
        assert [one.code for one in read_cell(BY_ALIAS[alias], cell).doubts] == ["ID_AS_NUMBER"]


def test_what_stands_in_several_columns_of_one_kind_is_all_read() -> None:
    cells = row(
        曾用名1="福州示例旧名商品交易中心有限公司",
        曾用名2="福州样本更旧商品交易中心有限公司",
        简称="示例大宗",
        别名="样本大宗",
    )
    found = read("名单.csv", csv_of(cells))
    assert [one.code for one in found.report.findings] == ["COLUMNS_JOINED", "COLUMNS_JOINED"]
    (entity,) = found.rows
    assert [one["name"] for one in entity["former_names"]] == [cells["曾用名1"], cells["曾用名2"]]
    assert entity["aliases"] == ["示例大宗", "样本大宗"]
    spoken = read("名单.csv", csv_of(row(曾用名="", 原名称="原福州示例旧名商品交易中心有限公司（2012年至2015年）")))
    assert [one["name"] for one in spoken.rows[0]["former_names"]] == ["福州示例旧名商品交易中心有限公司"]
    assert "aliases" not in spoken.rows[0]


@pytest.mark.parametrize(
    ("cells", "alias", "value"),
    [
        ({"uscc": "统一社会信用代码：Y1350100DEM000014U"}, "uscc", "Y1350100DEM000014U"),
        ({"uscc": "Y1350100DEM000014U（旧）"}, "uscc", "Y1350100DEM000014U"),
        ({"uscc": "DEM00001-4"}, "org_code", "DEM000014"),
        ({"uscc": "110108000000016"}, "reg_no_15", "110108000000016"),
        ({"reg_no_15": "Y1350100DEM000014U"}, "uscc", "Y1350100DEM000014U"),
    ],
)
def test_a_code_is_read_whatever_column_it_stands_in(cells: dict[str, str], alias: str, value: str) -> None:
    found = read("名单.csv", csv_of(row(**cells)))
    assert [one.code for one in found.report.findings] == ["CODE_CELL_READ"]
    assert {key: found.rows[0].get(key) for key in {*cells, alias}} == dict.fromkeys(cells) | {alias: value}


def test_what_a_remark_and_a_second_category_mean_is_said() -> None:
    assert codes([row(remark="责令2017年5月31日前整改")], {}) == {"WARN:DEADLINE_IN_REMARK:remark"}
    assert codes([row(remark="2016年成立")], {}) == set()
    weipan = row(category="WEIPAN", entity_kind="WEIPAN_PLATFORM")
    assert codes([weipan], listed(row()), "FULL") == {"WARN:CATEGORY_ADDED:category"}
