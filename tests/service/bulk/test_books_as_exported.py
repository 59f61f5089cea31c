"""Books as core banks, processors and spreadsheets export them: nothing listed passes and no row is lost."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from app.bulk.runs.run_report import RunReport
from app.errors import Invalid

Bulk = Callable[..., RunReport]

LISTED = "福建示例大宗商品交易中心有限公司"
STRANGER = "厦门清源饮料有限公司"
HEADER = ("客户号", "户名", "余额")
ROWS = (("C1", LISTED, "1.00"), ("C2", STRANGER, "2.00"), ("C3", LISTED, "3.00"))
DAY = {"service_date": "2017-07-03"}


def lines(form: str, rows: tuple[tuple[str, ...], ...] = ROWS) -> str:
    return "".join(form.format(*row) + "\n" for row in (HEADER, *rows))


def sheet(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ALIPAY = (
    f"支付宝商户交易明细查询\n账号:[2088000000000000]\n起始日期:[2017-06-01 00:00:00]   终止日期:[2017-07-01]\n"
    f"-----------------交易记录明细列表-----------------\n交易号   ,交易对方   ,金额（元） ,备注   \n"
    f"1001 \t,{LISTED} ,1.00 , ,\n1002 \t,{STRANGER} ,2.00 , ,\n1003 \t,{LISTED} ,3.00 , ,\n"
    f"--------------------------------------------------\n共3笔记录\n导出时间:[2017-07-03 12:00:00]    用户:示例\n"
)
WECHAT = (
    f"\ufeff微信支付账单明细,,,\n微信昵称：[示例],,,\n,,,\n共3笔记录,,,\n-------微信支付账单明细列表-------,,,\n"
    f"交易时间,交易对方,金额(元),备注\n2017-07-03 10:00:00,{LISTED},¥1.00,/\n"
    f'2017-07-03 10:00:00,"{STRANGER}",¥2.00,/\n2017-07-03 10:00:00,{LISTED},¥3.00,"/"\n'
)
TABBED = lines("{}\t{}\t{}")
PAGES = f"示例银行清单  第1页\n{TABBED}示例银行清单  第2页\n{TABBED}合计\t\t12.00\n"
COMMAS = lines("{},{},{}")
BARS = lines("{}|{}|{}|")
PEOPLE = f"户名,法定代表人姓名,实际控制人\n{STRANGER},{LISTED},甲\n{STRANGER},甲,{LISTED}\n{STRANGER},甲,乙\n"
FLOW = f"本方户名,对方名称\n{STRANGER},{LISTED}\n{LISTED},{STRANGER}\n{STRANGER},泉州山海石材有限公司\n"


@pytest.mark.parametrize(
    ("name", "content", "listed", "strangers"),
    [
        ("alipay.csv", ALIPAY.encode("gb18030"), 2, 1),
        ("wechat.csv", WECHAT, 2, 1),
        ("pages.txt", PAGES, 4, 2),
        ("box.txt", "+--+--+--+\n" + lines("| {} | {} | {} |") + "+--+--+--+\n", 2, 1),
        ("formulas.csv", lines('="{}",="{}",="{}"'), 2, 1),
        ("backticks.csv", lines("`{},`{},`{}"), 2, 1),
        ("tabs.csv", lines('"\t{}","\t{}","\t{}"'), 2, 1),
        ("host.dat", lines("{}\0|{}\0\0|{}\0").encode("gb18030"), 2, 1),
        ("records.txt", f"HDR|20170703|3\n{BARS}TRL|3\n", 2, 1),
        ("joined.csv", f"\ufeff{COMMAS}\ufeff{COMMAS}", 4, 2),
        (
            "people.csv",
            f"户名,法定代表人姓名,实际控制人\n{STRANGER},{LISTED},甲\n{STRANGER},甲,{LISTED}\n{STRANGER},甲,乙\n",
            2,
            1,
        ),
        (
            "flow.csv",
            f"本方户名,对方名称\n{STRANGER},{LISTED}\n{LISTED},{STRANGER}\n{STRANGER},泉州山海石材有限公司\n",
            2,
            1,
        ),
        (
            "flow.xlsx",
            sheet(
                ["对公账户交易明细"],
                ["账号：350000000001", None, f"户名：{STRANGER}"],
                ["交易日期", "金额", "对方户名"],
                [42919, 1, LISTED],
                [42919, 2, f"{LISTED[:9]}\n{LISTED[9:]}"],
                [42919, 3, STRANGER],
                ["本页合计", 6],
                ["制表：甲", "复核：乙"],
            ),
            2,
            1,
        ),
    ],
)
def test_it_is_read(bulk: Bulk, tmp_path: Path, name: str, content: bytes | str, listed: int, strangers: int) -> None:
    bulk(content, name=name, **DAY)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    blocked = [row for row in rows if row["outcome"] == "BLOCK"]
    passed = [row for row in rows if row["outcome"] == "PASS"]
    assert (len(blocked), len(passed)) == (listed, strangers), rows
    # What is left are rows of a page, of sums and of notes, each with its error.
    assert all(row["error"] for row in rows if row not in blocked + passed)


def padded(row: tuple[str, ...]) -> str:
    return "".join(cell.ljust(width) for cell, width in zip(row, (10, 30, 10), strict=True))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("fixed.txt", "\n".join(map(padded, (HEADER, *ROWS))), "定长或以空格对齐"),
        ("blanks.txt", lines("{}   {}   {}"), "定长或以空格对齐"),
        ("across.xlsx", sheet(["户名", *(row[1] for row in ROWS)], ["余额", 1, 2, 3]), "表为横排"),
        ("form.xlsx", sheet(["户名", LISTED, "账号", "1"], ["地址", "福州", "法定代表人", "甲"]), "表为横排"),
        ("blocks.xlsx", sheet(["户名", "余额", None, "户名", "余额"], [STRANGER, 1, None, LISTED, 2]), "户名_2"),
        ("nested.ndjson", f'{{"name":"{STRANGER}","subs":[{{"title":"{LISTED}"}}]}}\n', "值内含名称"),
        ("sparse.csv", f"户名,渠道,类别\n,网站,商户\n{LISTED},APP,商户\n", "column_1"),
        ("lines.txt", f"户名：{LISTED}\n余额：1\n\n户名：{STRANGER}\n余额：2\n", "--no-header"),
    ],
)
def test_it_is_refused_with_what_to_do(bulk: Bulk, name: str, content: bytes | str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        bulk(content, name=name, **DAY)


@pytest.mark.parametrize(
    ("title", "value"),
    [
        *(
            ("证件类型", "统一社会信用代码"),
            ("渠道", "网站"),
            ("渠道", "APP"),
            ("客户类别", "商户"),
            ("来源", "公众号"),
        ),
        *(
            ("类别", "公司"),
            ("项目", "备注"),
            ("交易类型", "收款"),
            ("凭证", "电话"),
            ("角色", "法定代表人"),
            ("级别", "二级商户"),
        ),
    ],
)
def test_a_value_that_is_a_title_elsewhere_makes_no_row_a_header(
    bulk: Bulk, tmp_path: Path, title: str, value: str
) -> None:
    bulk(f"户名,{title},金额\n{LISTED},{value},1\n{STRANGER},{value},2\n", **DAY)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["户名"], row["outcome"]) for row in csv.DictReader(file)] == [
            (LISTED, "BLOCK"),
            (STRANGER, "PASS"),
        ]


@pytest.mark.parametrize(
    ("content", "outcomes"),
    [
        (f"户名,渠道,终端类型\n{LISTED},网站,APP\n{STRANGER},网站,APP\n", "BP"),
        (f"户名,类型1,类型2,类型3\n{STRANGER},公司,商户,门店名称\n{LISTED},公司,商户,全称\n", "PB"),
    ],
)
def test_a_row_of_many_titles_is_a_row(bulk: Bulk, tmp_path: Path, content: str, outcomes: str) -> None:
    bulk(content, **DAY)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["outcome"][0] for row in csv.DictReader(file)] == list(outcomes)
