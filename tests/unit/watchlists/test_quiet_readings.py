"""What a list means otherwise than it looks is said: mails and pages for sites, masked people, totals, struck rows."""

import io

import openpyxl
import pytest
from list_files import row
from openpyxl.styles import Font
from test_requirements import NOW, codes

from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.versions.importing import Checker, Upload

NAME = "福建示例大宗商品交易中心有限公司"
PUBLISHED = {"as_published": "true", "category": "VIOLATING", "jurisdiction": "福州市", "determined_on": "2017-03-15"}


def findings(data: bytes, name: str, **options: str) -> list[tuple[str, int | None, str | None]]:
    report = Checker(FileLimits(), Parameters()).check_alone(Upload(name, data, options, "测试机构"), NOW)
    return [(one.code, one.row, one.column) for one in report.findings]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("kefu@qq.com", "MAIL_NOT_A_DOMAIN"),
        ("mailto:kefu@x-sample.example", "MAIL_NOT_A_DOMAIN"),
        ("邮箱 kefu@qq.com", "MAIL_NOT_A_DOMAIN"),
        ("x-sample.example、kefu@qq.com", "MAIL_NOT_A_DOMAIN"),
        ("blog.example/u/123", "PAGE_READ_AS_SITE"),
        ("https://shop.example/item?id=1", "PAGE_READ_AS_SITE"),
        ("https://t.example/jump?url=https://x-sample.example/", "PAGE_READ_AS_SITE"),
    ],
)
def test_what_is_no_site_is_said(cell: str, found: str) -> None:
    assert codes([row(domains=cell)], {}) == {f"WARN:{found}:domains"}


@pytest.mark.parametrize(
    "cell",
    [
        "x-sample.example",
        "https://x-sample.example/",
        "http://u:p@x-sample.example:80/index.html",
        "*.x-sample.example",
    ],
)
def test_a_site_is_a_site(cell: str) -> None:
    assert codes([row(domains=cell)], {}) == set()


@pytest.mark.parametrize(
    "cell", ["张*", "张**", "张某", "张某某", "欧阳某", "张某甲", "张先生", "张 某", "王某、李某样"]
)
@pytest.mark.parametrize("column", ["legal_rep", "actual_controller"])
def test_a_person_of_whom_a_part_is_hidden_is_said(column: str, cell: str) -> None:
    assert codes([row(**{column: cell})], {}) == {f"WARN:PERSON_CELL_MASKED:{column}"}


@pytest.mark.parametrize("cell", ["张XX", "张○", "在逃", "另案处理"])
def test_a_cell_without_a_person_is_said(cell: str) -> None:
    assert codes([row(legal_rep=cell)], {}) == {"WARN:PERSON_CELL_UNCLEAR:legal_rep"}


@pytest.mark.parametrize("cell", ["张某样", "张样", "欧阳样本", "John Sample"])
def test_a_whole_name_is_none_of_them(cell: str) -> None:
    assert codes([row(legal_rep=cell)], {}) == set()


@pytest.mark.parametrize(
    "total", ["合计", "合计12家", "合計", "福州市小计", "全省合计：12家", "共12家", "合计：12家企业", "Total"]
)
def test_a_total_beside_its_number_is_no_entry(total: str) -> None:
    data = f"序号,名称\n1,{NAME}\n2,{total}\n".encode()
    assert ("NOT_AN_ENTRY", 3, None) in findings(data, "a.csv", **PUBLISHED)


@pytest.mark.parametrize(
    "firm", ["合计商贸有限公司", "合计户外用品有限公司", "合计（福州）商贸有限公司", "小计家居有限公司"]
)
def test_a_firm_that_is_called_a_total_is_an_entry(firm: str) -> None:
    data = f"序号,名称\n1,{NAME}\n2,{firm}\n".encode()
    assert [code for code, _, _ in findings(data, "a.csv", **PUBLISHED)] == ["AS_PUBLISHED"]
    assert [code for code, _, _ in findings(f"名称\n{NAME}\n{firm}\n".encode(), "a.csv", **PUBLISHED)] == [
        "AS_PUBLISHED"
    ]


def test_struck_out_rows_links_and_pictures_are_said_once() -> None:
    book = openpyxl.Workbook()
    page = book.active
    for line in (["序号", "名称", "网站"], [1, NAME, "官网"], [2, "厦门样本鹭岛商品交易中心有限公司", None]):
        page.append(line)
    page["C2"].hyperlink = "https://x-sample.example/"
    for cell in page[3]:
        cell.font = Font(strike=True)
    out = io.BytesIO()
    book.save(out)
    found = findings(out.getvalue(), "a.xlsx", **PUBLISHED)
    assert ("LINK_NOT_READ", 2, "网站") in found
    assert [one for one in found if one[0] == "STRUCK_OUT"] == [("STRUCK_OUT", 3, "名称")]


@pytest.mark.parametrize(
    "name", ["福州某某商品交易中心有限公司", "某公司", "XX商品交易中心有限公司", "张某", "王某甲", "12"]
)
def test_a_name_that_is_hidden_or_a_number_is_said(name: str) -> None:
    assert codes([row(legal_name=name)], {}) == {"WARN:NAME_HIDDEN:legal_name"}


@pytest.mark.parametrize("name", ["张某样", "MAXX样本平台", "福州样本某特商贸有限公司", "样本168平台"])
def test_a_name_that_is_none_of_them_is_not(name: str) -> None:
    assert codes([row(legal_name=name)], {}) == set()


@pytest.mark.parametrize("remark", ["已移出名单", "2018年退出违规名单", "经核实不再列入", "系误列", "已删除"])
def test_a_remark_that_says_that_the_entity_left_the_list_is_said(remark: str) -> None:
    assert codes([row(remark=remark)], {}) == {"WARN:REMARK_SAYS_REMOVED:remark"}
    assert codes([row(remark="已列入名单；应删除违规内容")], {}) == set()


def test_a_name_with_a_remark_about_the_list_is_no_title() -> None:
    found = findings(f"名称\n{NAME}（已移出名单）\n".encode(), "a.csv", **PUBLISHED)
    assert ("NAME_CELL_READ", 2, "名称") in found


def test_a_header_that_is_a_name_is_refused() -> None:
    found = findings(
        f"名称,{NAME},厦门样本鹭岛商品交易中心有限公司\n网址,a.example,b.example\n".encode(), "a.csv", **PUBLISHED
    )
    assert ("HEADER_IS_A_NAME", 1, NAME) in found
