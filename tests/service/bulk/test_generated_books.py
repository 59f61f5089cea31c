"""Books as banks and processors write them, made by chance.

No listed name passes, no row is lost, and no column or sheet is left out without being named.
"""

import csv
import io
import random
from collections.abc import Callable
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from html import escape
from pathlib import Path
from typing import Any

import opencc
import openpyxl
import pytest

from app.bulk.runs.run_report import RunReport
from app.errors import Invalid

Bulk = Callable[..., RunReport]

LISTED = "福建示例大宗商品交易中心有限公司"
STRANGERS = ("厦门清源饮料有限公司", "泉州山海石材工程有限公司", "漳州水仙花卉合作社", "平潭蓝眼泪旅行社")
NAME_HEADERS = (
    *(
        "name",
        "户名",
        "客户名称",
        "客户名称（全称）",
        "CUST_NAME",
        "custNm",
        "交易对手户名",
        "付款人户名",
        "商户全称",
        "存款人名称",
    ),
    *("单位 名称", "1.公司名称", "收款方名称", "法人名称", "开户名称", "结算账户名", "平台名称", "公司"),
)
UNKNOWN_HEADERS = ("nme", "第三方", "F3")
SIDE = {
    "统一社会信用代码": (
        "",
        "无",
        "/",
        "-",
        "0",
        "NULL",
        "暂无",
        "未提供",
        "12345678-9",
        "350100190001010012",
        "Y1",
        "9.1E+17",
    ),
    "账号": ("", "无", "1", "6222000000000000123", "6222****1234"),
    "联系电话": ("", "-", "13800000000", "0591-00000123", "转", "138****0000", "+86 591 00000123", "86059100000123"),
    "网址": ("", "无", "shop.a-sample.example", "https://m.b-sample.example:8080/x?y=1", "官网www.c-sample.example"),
    "法定代表人姓名": ("", "张某", "林**", "李某某", "陈 某", "-"),
    "业务日期": ("", "2017-07-03", "2017/7/3", "2017年7月3日", "20170703", "不详", "昨天"),
    "业务日期（民国）": ("", "106/7/3", "106年7月3日", "1060703", "2017-07-03"),
    "业务类型": ("", "资金结算", "FUND_SETTLEMENT", "其他业务", "无"),
    "客户类型": ("", "对公", "单位", "？", "未知"),
    "附言": ("", "货款", "a\x07b", "备注" * 30),
    "地区代码": ("", "350100", "福州", "35"),
}
TRADITIONAL = opencc.OpenCC("s2t").convert
SIDE_BY_TITLE = SIDE | {TRADITIONAL(title): cells for title, cells in SIDE.items()}
IGNORED = ("金额", "币种", "经办柜员", "开户行")
PLAIN = (",", "\t", ";", "|", "^", "\x01", "|+|")


class Book:
    """One book: its rows, how it is written, and what must be said to read it."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        self.is_unknown = chance.random() < 0.1
        self.name = chance.choice(UNKNOWN_HEADERS if self.is_unknown else NAME_HEADERS)
        self.side = chance.sample(sorted(SIDE), chance.randint(0, 5))
        self.ignored = chance.sample(IGNORED, chance.randint(0, 3))
        self.header = [self.name, *self.side, *self.ignored]
        chance.shuffle(self.header)
        self.names = [chance.choice([LISTED, *STRANGERS, *STRANGERS]) for _ in range(chance.randint(3, 25))]
        self.names[chance.randrange(len(self.names))] = LISTED
        self.said: dict[str, Any] = {"columns": {self.name: "name"}} if self.is_unknown else {}
        self.titles = chance.choice([(), (), ("示例银行客户清单",), ("客户清单", "（2017年6月）")])
        self.listed = LISTED
        self.no_header = not self.titles and chance.random() < 0.1
        if self.no_header:
            self.said = {"header_row": 0, "columns": {str(self.header.index(self.name) + 1): "name"}}
            self.header = [self.name]
            self.said["columns"] = {"1": "name"}

        if chance.random() < 0.1:
            self._in_traditional()

    def _in_traditional(self) -> None:
        """Write it as an office in Taiwan or Hong Kong would, in Big5, which has to be said."""
        self.listed, self.name = TRADITIONAL(LISTED), TRADITIONAL(self.name)
        self.header, self.ignored, self.names, self.titles = (
            [TRADITIONAL(text) for text in texts] for texts in (self.header, self.ignored, self.names, self.titles)
        )
        self.said = {**self.said, "encoding": "big5"}
        if self.is_unknown and not self.no_header:
            self.said["columns"] = {self.name: "name"}

    def rows(self) -> list[list[str]]:
        return [
            [self._cell(title, name) if title != self.name else name for title in self.header] for name in self.names
        ]

    def _cell(self, title: str, name: str) -> str:
        if title in SIDE_BY_TITLE:
            cell = self.chance.choice(SIDE_BY_TITLE[title])
            return TRADITIONAL(cell) if "encoding" in self.said else cell
        if title == "开户行":
            return "示例银行股份有限公司福州分行"
        return str(len(name))

    def write(self, folder: Path) -> str:
        """Write the book and return the name of its file."""
        if "encoding" not in self.said and not self.no_header:
            if self.chance.random() < 0.25:
                return self._workbook(folder)
            if self.chance.random() < 0.05:
                return self._page(folder)
        return self._text(folder)

    def _text(self, folder: Path) -> str:
        encoding = self.said.get("encoding") or self.chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])
        sign = self.chance.choice(PLAIN)
        lines = [[title] for title in self.titles] + ([] if self.no_header else [self.header]) + self.rows()
        if len(sign) > 1 or sign in "|^\x01":
            text = "\n".join(sign.join(line) for line in lines)
        else:
            out = io.StringIO()
            csv.writer(out, delimiter=sign, lineterminator=self.chance.choice(["\n", "\r\n"])).writerows(lines)
            text = out.getvalue()
        name = self.chance.choice(["book.csv", "book.txt", "book.xls"])
        (folder / name).write_bytes(text.encode(encoding))
        return name

    def _page(self, folder: Path) -> str:
        """Write it as a spreadsheet does that saves a page in one file."""
        lines = [[title] for title in self.titles] + [self.header, *self.rows()]
        cells = ["".join(f"<td>{escape(cell)}</td>" for cell in line) for line in lines]
        page = MIMEText(f"<html><table>{''.join(f'<tr>{line}</tr>' for line in cells)}</table></html>", "html", "utf-8")
        whole = MIMEMultipart("related")
        whole.attach(page)
        (folder / "book.xls").write_bytes(whole.as_bytes())
        return "book.xls"

    def _workbook(self, folder: Path) -> str:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "一"
        for title in self.titles:
            sheet.append([title])
            if len(self.header) > 1:
                sheet.merge_cells(
                    start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=len(self.header)
                )
        sheet.append(self.header)
        rows = [[cell.replace("\x07", "") for cell in row] for row in self.rows()]
        half = self.chance.randint(1, len(rows))
        for row in rows[:half]:
            sheet.append(row)
        if rows[half:]:
            other = book.create_sheet("二")
            other.sheet_state = self.chance.choice(["visible", "hidden"])
            other.append(self.header)
            for row in rows[half:]:
                other.append(row)
        self.left_out = self.chance.random() < 0.4
        if self.left_out:
            book.create_sheet("说明").append(["制表日期", "2017"])
        book.save(folder / "book.xlsx")
        return "book.xlsx"


def check(bulk: Bulk, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / str(seed)
    folder.mkdir()
    book = Book(seed)
    name = f"{seed}/{book.write(folder)}"
    options: dict[str, Any] = {"name": name, "to": f"{seed}/out.csv", "service_date": "2017-07-03"}
    if book.is_unknown or book.no_header:
        with pytest.raises(Invalid, match=r"--column|--encoding"):
            bulk(None, **options)
    report = bulk(None, **options, **book.said)
    with (folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    column = "1" if book.no_header else next(title for title in found[0] if title == book.name)
    assert [row[column] for row in found] == book.names, seed
    for row in found:
        assert (row[column] == book.listed) == (row["outcome"] != "PASS"), (seed, row)
        assert row["error"] == "", (seed, row)
    read = report.basis["columns"]
    not_read = report.basis["columns_not_read"]
    assert not set(book.ignored) - set(not_read) or book.no_header, seed
    assert {*read, *not_read} >= ({"1"} if book.no_header else set(book.header)), seed
    if getattr(book, "left_out", False):
        assert report.basis["file"]["sheets_left_out"] == ("说明",), seed


def test_some_books(bulk: Bulk, tmp_path: Path) -> None:
    for seed in range(25):
        check(bulk, tmp_path, seed)


@pytest.mark.long
def test_five_hundred_books(bulk: Bulk, tmp_path: Path) -> None:
    for seed in range(1_000, 1_500):
        check(bulk, tmp_path, seed)
