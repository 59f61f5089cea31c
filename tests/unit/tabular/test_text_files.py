"""Delimiters, headers, merged cells and placeholders mean the same in every file."""

import pytest

from app.tabular.delimiters import DELIMITERS, delimiter_of
from app.tabular.header_rows import Header, find_header, is_repeated
from app.tabular.limits import FileLimits
from app.tabular.merges import filled
from app.tabular.nearest import nearest_header
from app.tabular.open_file import read_sheets
from app.tabular.placeholders import is_placeholder
from app.tabular.sheet import MergedRange, SheetRow

COLUMNS = {
    "户名": "name",
    "账号": "account",
    "日期": "date",
    "书面意见文号": "opinion_no",
    "书面意见日期": "opinion_date",
}
ROWS = [["户名", "账号", "日期"], ["福州示例样本贸易有限公司", "6222000000000000123", "2017-07-03"]]


@pytest.mark.parametrize("sign", DELIMITERS)
def test_the_delimiter_is_told_by_the_header(sign: str) -> None:
    data = "\r\n".join(sign.join(row) for row in ROWS).encode("gb18030")
    (sheet,), doubts = read_sheets(data, "book.csv", FileLimits(), COLUMNS.get)
    assert [list(line.cells) for line in sheet.lines] == ROWS
    assert not doubts


@pytest.mark.parametrize("sign", DELIMITERS)
def test_the_delimiter_is_told_by_the_rows_where_no_header_is_known(sign: str) -> None:
    lines = [sign.join((f"福州示例{number}贸易有限公司", str(6222 + number), "20170703")) for number in range(5)]
    assert delimiter_of(lines, lambda _: False) == sign


def test_one_column_has_no_delimiter() -> None:
    assert delimiter_of(["福州示例贸易有限公司", "厦门样本贸易有限公司"], lambda _: False) == ","


def lines(*rows: list[str | None]) -> list[SheetRow]:
    return [SheetRow(number, tuple(row)) for number, row in enumerate(rows, start=1)]


def test_titles_stand_above_the_header() -> None:
    found = find_header(lines(["对公客户清单"], ["机构：福州", None, "单位：户"], *ROWS), COLUMNS.get)
    assert found == Header(2, 2, ("户名", "账号", "日期"))


def test_a_header_of_two_rows_is_read_as_one() -> None:
    sheet = lines(["户名", "书面意见", None, "账号"], [None, "文号", "日期", None], ["甲", "1号", "2017-03-15", "6222"])
    merges = (MergedRange(1, 1, 1, 2), MergedRange(1, 0, 2, 0), MergedRange(1, 3, 2, 3))
    found = find_header(list(filled(sheet, merges)), COLUMNS.get)
    assert found == Header(0, 1, ("户名", "书面意见文号", "书面意见日期", "账号"))


def test_a_repeated_header_is_told_from_an_entry() -> None:
    header = Header(0, 0, ("序号", "户名", "账号"))
    assert is_repeated(SheetRow(9, ("序号", "户名", "账号")), header, COLUMNS.get)
    assert not is_repeated(SheetRow(9, ("1", "户名示例公司", "6222")), header, COLUMNS.get)


def test_merged_cells_are_filled() -> None:
    sheet = lines(["a", "b"], ["x", "1"], [None, "2"], [None, "3"], ["y", "4"], ["z"], [None, None])
    found = [line.cells for line in filled(sheet, (MergedRange(2, 0, 4, 0), MergedRange(6, 0, 7, 1)))]
    assert found == [("a", "b"), ("x", "1"), ("x", "2"), ("x", "3"), ("y", "4"), ("z", "z"), ("z", "z")]


@pytest.mark.parametrize(
    "text",
    [
        "无",
        "暂无",
        "/",
        "\\",
        "-",
        "——",
        "--",
        "0",
        "00",
        "NULL",
        "null",
        "N/A",
        "未提供",
        "（无）",
        "“无”",
        "*",
        "×",
        "...",
        "／",
    ],
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["无锡示例公司", "A", "10", "0591-00000000", "6222", "空港示例公司", "无印示例"])
def test_what_says_something_is_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)


def test_zero_is_a_number_where_numbers_are_written() -> None:
    assert not is_placeholder("0", zero=False)


def test_the_nearest_header_is_never_one_of_another_party() -> None:
    known = ["主体名称", "所属交易场所名称", "收款账户名"]
    words = {"所属": "parent", "收款": "payee"}
    assert nearest_header("交易场所名称", known, words) is None
    assert nearest_header("主体的名称", known, words) == "主体名称"
    assert nearest_header("所属场所名称", known, words) == "所属交易场所名称"
    assert nearest_header("天气", known, words) is None
