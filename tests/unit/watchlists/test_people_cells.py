"""People in cells, names in lines, and rows that are nobody: what stands around them is told, not listed."""

import pytest
from list_files import row, xlsx_of
from test_office_files import read
from test_requirements import codes

from app.watchlists.name_cells.people import read_people
from app.watchlists.name_cells.take_apart import is_plain, take_apart

PUBLISHED = {"as_published": "true", "category": "VIOLATING", "jurisdiction": "福州市", "determined_on": "2017-03-15"}
NAME = "福建示例大宗商品交易中心有限公司"


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("张某样", ("张某样",)),
        ("张　三", ("张三",)),
        ("张某样（法人）", ("张某样",)),
        ("法定代表人：张某样", ("张某样",)),
        ("张某样 350102199001011234", ("张某样",)),
        ("张某样13800000000", ("张某样",)),
        ("张某样（已变更为李某样）", ("张某样", "李某样")),
        ("张某样（60%）、李某样（40%）", ("张某样", "李某样")),
        ("福建样本投资有限公司", ("福建样本投资有限公司",)),
        ("John Sample", ("John Sample",)),
    ],
)
def test_people_are_read_apart_from_what_is_said_of_them(cell: str, names: tuple[str, ...]) -> None:
    found = read_people(cell)
    assert (found.names, found.is_unclear) == (names, False)


def test_what_is_done_with_a_cell_of_people_is_said() -> None:
    assert codes([row(legal_rep="张某样", actual_controller="张 三")], {}) == set()
    assert codes([row(legal_rep="张某样（法人）")], {}) == {"WARN:PERSON_CELL_READ:legal_rep"}
    assert codes([row(legal_rep="张某样等3人")], {}) == {"WARN:PERSON_CELL_UNCLEAR:legal_rep"}


@pytest.mark.parametrize(
    "cell",
    [
        "福建示例大宗商品交易中心\n有限公司",
        "福建示例大宗商品\n交易中心有限公司",
        "福建示例\n大宗商品\n交易中心\n有限公司",
        "福建示例大\n宗商品交易中心有限公司",
    ],
)
def test_a_name_in_several_lines_is_one_name(cell: str) -> None:
    assert [one.text for one in take_apart(cell).names] == [NAME]


def test_two_names_in_two_lines_stay_two() -> None:
    for cell in (f"{NAME}\n厦门样本鹭岛商品交易市场有限公司", "示例大宗\n福建示例大宗商品交易中心有限公司"):
        assert [one.text for one in take_apart(cell).names] == cell.split("\n")
        assert not is_plain(cell)


@pytest.mark.parametrize(
    "line",
    [
        *("福建省示例金融工作办公室", "省清理整顿各类交易场所工作领导小组", "福州市", "厦门市（1家）", "一、福州市"),
        *("（一）大宗商品类", "文化产权类", "违法违规交易场所", "以上企业均应停止交易", "请各银行对照排查", "（盖章）"),
        *("抄送：示例人行", "附件1", "违法违规交易场所名单（续）", "共3家企业", "2017年3月15日"),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_titles_and_signatures_of_a_published_list_become_nobody(line: str, place: int) -> None:
    odd = [None, None]
    odd[place] = line  # type: ignore[call-overload]  # a text in one of two cells
    found = read("公布.xlsx", xlsx_of(["序号", "企业名称"], [1, NAME], odd), **PUBLISHED)
    assert [one["legal_name"] for one in found.rows] == [NAME]
    assert [one.row for one in found.report.findings if one.code == "NOT_AN_ENTRY"] == [3]


@pytest.mark.parametrize("brand", ["长安", "金湖", "华安", "1.永安"])
def test_a_brand_that_is_also_a_place_stays_an_entry(brand: str) -> None:
    found = read("公布.xlsx", xlsx_of(["平台名称"], [NAME], [brand]), **PUBLISHED)
    assert [one["legal_name"] for one in found.rows] == [NAME, brand.removeprefix("1.")]


def test_a_published_list_of_one_column_needs_no_header() -> None:
    lines = (
        "附件1",
        "违法违规交易场所名单",
        "（共2家）",
        NAME,
        "厦门样本鹭岛商品交易市场有限公司",
        "福建省示例办公室",
        "2017年3月15日",
    )
    found = read("公布.txt", "\n".join(lines).encode("gb18030"), **PUBLISHED)
    assert [one["legal_name"] for one in found.rows] == [lines[3], lines[4]]


@pytest.mark.parametrize("title", ["附件", "附件2", "说明", "备注"])
@pytest.mark.parametrize("header", [[], ["企业名称"]])
def test_a_title_that_is_also_the_name_of_a_column_is_no_header(title: str, header: list[str]) -> None:
    lines = (title, *header, NAME, "厦门样本鹭岛商品交易市场有限公司")
    found = read("公布.csv", "\n".join(lines).encode(), **PUBLISHED)
    assert [one["legal_name"] for one in found.rows] == list(lines[-2:])


def test_a_name_in_the_column_of_numbers_is_not_lost() -> None:
    found = read(
        "公布.xlsx", xlsx_of(["序号", "企业名称"], [1, NAME], ["厦门样本鹭岛商品交易市场有限公司"]), **PUBLISHED
    )
    assert [(one.code, one.row, one.column) for one in found.report.findings if one.severity == "ERROR"] == [
        ("NAME_AS_NUMBER", 3, "序号")
    ]


def test_a_nearly_empty_row_is_one_finding() -> None:
    assert codes([row(), dict.fromkeys(row(), "") | {"legal_name": NAME}], {}) == {"ERROR:ROW_NEARLY_EMPTY:external_id"}


def test_a_row_of_a_published_list_is_registered_where_it_says_that_it_belongs() -> None:
    found = read("公布.xlsx", xlsx_of(["地市", "企业名称"], ["厦门市", NAME]), **PUBLISHED)
    assert [(one["jurisdiction"], one["reg_region_code"]) for one in found.rows] == [("350200", "350200")]
