"""Every sheet is read or named; a published list is read without a header row too."""

import io
import random
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from watchlist_rows import VENUE

from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.findings.validation_report import ValidationReport
from app.watchlists.versions.importing import Checker, Upload

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PUBLISHED = {"as_published": "true", "category": "VIOLATING", "jurisdiction": "福州市", "determined_on": "2017-03-15"}


def check(name: str, data: bytes, **options: str) -> ValidationReport:
    return Checker(FileLimits(), Parameters()).check_alone(Upload(name, data, options, "示例机关"), NOW)


def workbook(pages: dict[str, list[list[Any]]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in pages.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        if name == hidden:
            page.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


LIST = [list(VENUE.keys()), list(VENUE.values())]


@pytest.mark.parametrize(
    ("name", "rows", "hidden", "code"),
    [
        ("补充", [["名称"], ["厦门样本鹭岛商品交易市场有限公司"]], False, "SHEET_IGNORED"),
        ("内部", [["名称"], ["厦门样本鹭岛商品交易市场有限公司"]], True, "HIDDEN_SHEET"),
        ("往年", LIST, True, "HIDDEN_SHEET"),
        ("往年", LIST, False, "SHEET_IGNORED"),
        ("说明", [["本表仅供参考"]], False, "SHEET_IGNORED"),
    ],
)
def test_a_sheet_that_is_not_read_is_named(name: str, rows: list[list[Any]], hidden: bool, code: str) -> None:  # noqa: FBT001 - a case
    report = check("名单.xlsx", workbook({"名单": LIST, name: rows}, name if hidden else ""))
    assert (report.rows, report.errors) == (1, 0)
    (found,) = (one for one in report.in_order() if one.code == code)
    assert found.sheet == name
    assert name in found.text_zh
    assert "未读取" in found.text_zh


def test_blank_sheets_and_the_notes_of_the_template_are_no_finding() -> None:
    report = check("名单.xlsx", workbook({"名单": LIST, "Sheet2": [], "填写说明": [["带 * 的列必填"]]}))
    assert [one.code for one in report.in_order()] == []


@pytest.mark.parametrize("sign", [",", "\t", ";", "|", "^", "\x01", "|+|"])
def test_a_published_list_without_a_header_is_read_by_what_stands_in_it(sign: str) -> None:
    draw = random.Random(sign)
    for _ in range(40):
        names = [f"{place}样本{draw.randint(1, 9999)}号商贸有限公司" for place in ("福州", "厦门", "泉州", "漳州")]
        columns = [[str(place) for place in range(1, 5)], names, [f"www.a{place}.example" for place in range(4)]]
        kept = draw.sample(range(3), draw.randint(1, 3))
        order = kept if 1 in kept else [*kept, 1]
        text = "\n".join(sign.join(columns[place][row] for place in order) for row in range(4))
        report = check("名单.csv", draw.choice(["", "\ufeff"]).encode() + text.encode(), **PUBLISHED)
        assert (report.rows, report.errors) == (4, 0), text
        (assumed,) = (one for one in report.in_order() if one.code == "HEADER_ASSUMED")
        assert f"第{order.index(1) + 1}列为“主体名称”" in assumed.text_zh, text


def test_without_as_published_a_header_is_needed() -> None:
    report = check("名单.csv", "福州样本商贸有限公司\n厦门样本商贸有限公司\n".encode())
    assert [one.code for one in report.in_order()] == ["NO_HEADER"]


def test_a_text_in_which_no_column_has_names_is_refused() -> None:
    report = check("名单.csv", "一,二\n三,四\n".encode(), **PUBLISHED)
    assert [one.code for one in report.in_order()] == ["NO_HEADER"]
