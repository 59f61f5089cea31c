"""List files as people, office programs and attackers make them: each with the findings that it must give."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import openpyxl
import xlsxwriter
import xlwt

HEADERS = (
    "external_id",
    "action",
    "category",
    "entity_kind",
    "legal_name",
    "reg_region_code",
    "jurisdiction",
    "determined_on",
    "effective_from",
)
ZH = (
    "名单主体编号",
    "操作类型",
    "名单类别",
    "主体类型",
    "主体名称",
    "注册地行政区划代码",
    "属地监管辖区",
    "认定日期",
    "列入生效日期",
)
ROW = (
    "FJ-0001",
    "ADD",
    "VIOLATING",
    "VENUE",
    "福建示例大宗商品交易中心有限公司",
    "350100",
    "福州市",
    "2017-03-15",
    "2017-03-20",
)
ZH_ROW = ("FJ-0001", "新增", "违法违规交易场所", "交易场所", *ROW[4:])


@dataclass(frozen=True)
class Case:
    """One file; ``expected`` are (severity, code, row, column) of every finding that it must give, in any order."""

    id: str
    name: str
    make: Callable[[], bytes]
    expected: tuple[tuple[str, str, int | None, str | None], ...] = ()


def row(**cells: str) -> dict[str, str]:
    """Return the smallest valid row with some cells otherwise."""
    return {**dict(zip(HEADERS, ROW, strict=True)), **cells}


def csv_of(*rows: dict[str, str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Return rows as CSV under the headers that any of them uses."""
    headers = list(dict.fromkeys(key for one in rows for key in one))
    lines = [headers, *([one.get(key, "") for key in headers] for one in rows)]
    text = "".join(delimiter.join(_quoted(cell, delimiter) for cell in line) + "\r\n" for line in lines)
    return text.encode(encoding)


def _quoted(cell: str, delimiter: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(char in cell for char in (delimiter, '"', "\n")) else cell


def xlsx_of(*lines: Sequence[Any], sheet: str = "名单", change: Callable[[Any], None] | None = None) -> bytes:
    """Return lines of cells as a workbook made by openpyxl, as ``change`` leaves it."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for line in lines:
        page.append(list(line))
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls_of(*lines: Sequence[Any], sheet: str = "名单") -> bytes:
    """Return lines of cells as an XLS, as older office programs and WPS write it."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet)
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for number, line in enumerate(lines):
        for column, cell in enumerate(line):
            if isinstance(cell, date):
                page.write(number, column, cell, day)
            elif cell is not None:
                page.write(number, column, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ndjson_of(*rows: dict[str, Any]) -> bytes:
    """Return rows as NDJSON."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows).encode()


def _zip_with(base: bytes, parts: dict[str, bytes]) -> bytes:
    """Return a workbook with parts added or replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def _merged_titles() -> bytes:
    def change(book: Any) -> None:
        page = book.active
        page.merge_cells("A1:I1")
        page.merge_cells("A2:I2")

    return xlsx_of(["福建省违法违规交易场所名单"], ["填报单位：示例局　2017年3月"], [], ZH, ZH_ROW, change=change)


def _hidden_sheet() -> bytes:
    def change(book: Any) -> None:
        page = book.create_sheet("底稿")
        page.append(ZH)
        page.append(ZH_ROW)
        page.sheet_state = "hidden"

    return xlsx_of(ZH, ZH_ROW, change=change)


def _only_hidden() -> bytes:
    def change(book: Any) -> None:
        book.active.sheet_state = "hidden"
        book.create_sheet("说明").append(["请看隐藏的名单"])
        book.active = 1

    return xlsx_of(ZH, ZH_ROW, change=change)


def _two_sheets() -> bytes:
    return xlsx_of(ZH, ZH_ROW, sheet="一月", change=lambda book: book.copy_worksheet(book.active))


def _with_batch() -> bytes:
    def change(book: Any) -> None:
        page = book.create_sheet("批次信息", 0)
        for line in (
            ("文件类型", "全量"),
            ("名单制定机关", "示例机关"),
            ("接收时间", datetime(2017, 3, 20, 9)),  # noqa: DTZ001 - a spreadsheet has no zones
            ("记录数", 2),
        ):
            page.append(line)

    return xlsx_of(ZH, ZH_ROW, change=change)


def _formula() -> bytes:
    cells = list(ZH_ROW)
    cells[4] = '=CONCATENATE("福建","示例")'
    return xlsx_of(ZH, cells)


def _cached_formula() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("名单")
        page.write_row(0, 0, ZH)
        page.write_row(1, 0, ZH_ROW)
        page.write_formula(1, 4, "=A2", None, "福建示例大宗商品交易中心有限公司")
    return out.getvalue()


def _xls_formula() -> bytes:
    return xls_of(ZH, (*ZH_ROW[:4], xlwt.Formula('CONCATENATE("a";"b")'), *ZH_ROW[5:]))


def _error_cell() -> bytes:
    def change(book: Any) -> None:
        cell = book.active["E2"]
        cell.value = "#REF!"
        cell.data_type = "e"

    return xlsx_of(ZH, ZH_ROW, change=change)


def _trailing_blanks() -> bytes:
    def change(book: Any) -> None:
        book.active.cell(row=5000, column=1).value = "  "

    return xlsx_of(ZH, ZH_ROW, change=change)


def _numbered_blanks() -> bytes:
    return xlsx_of(("序号", *ZH), (1, *ZH_ROW), (2,), (3,))


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/workbook.xml", "<workbook/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b" " * (300 << 20))
    return out.getvalue()


def _lying_bomb() -> bytes:
    """Return a zip whose directory says that the parts are small; they are not."""
    data = bytearray(_bomb())
    size = struct.pack("<I", 300 << 20)
    place = data.find(size)
    while place >= 0:
        data[place : place + 4] = struct.pack("<I", 1000)
        place = data.find(size)
    return bytes(data)


def _far_corner() -> bytes:
    """Return the workbook of 2 kB on which calamine aborts the process: cells A1 and XFD1048576."""

    def change(book: Any) -> None:
        book.active["XFD1048576"] = "x"

    return xlsx_of(ZH, ZH_ROW, change=change)


def _sparse_box() -> bytes:
    """Return a workbook of two cells whose box has 200 million."""

    def change(book: Any) -> None:
        book.active["ALL199999"] = "x"

    return xlsx_of(ZH, ZH_ROW, change=change)


def _repeated_text() -> bytes:
    """Return a workbook of some 20 kB that repeats one text of 30,000 characters 4,000 times."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("名单")
        page.write_row(0, 0, ZH)
        for number in range(4_000):
            page.write_string(number + 1, 4, "长" * 30_000)
    return out.getvalue()


def _dtd() -> bytes:
    evil = b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    return _zip_with(xlsx_of(ZH, ZH_ROW), {"xl/sharedStrings.xml": evil})


def _truncated() -> bytes:
    data = xlsx_of(ZH, ZH_ROW)
    return data[: len(data) // 2]


CASES: tuple[Case, ...] = (
    # Ways of writing that are all right
    Case("smallest-csv", "a.csv", lambda: csv_of(row())),
    Case("bom", "a.csv", lambda: csv_of(row(), encoding="utf-8-sig")),
    Case("gb18030", "a.csv", lambda: csv_of(row(), encoding="gb18030")),
    Case("gbk", "a.csv", lambda: csv_of(row(), encoding="gbk")),
    Case("utf-16-of-excel", "a.txt", lambda: csv_of(row(), encoding="utf-16", delimiter="\t")),
    Case("tab", "a.txt", lambda: csv_of(row(), delimiter="\t")),
    Case("chinese-headers", "a.csv", lambda: csv_of(dict(zip(ZH, ZH_ROW, strict=True)))),
    Case("starred-headers", "a.csv", lambda: csv_of({f"{zh}*": cell for zh, cell in zip(ZH, ZH_ROW, strict=True)})),
    Case(
        "wide-headers-any-order",
        "a.csv",
        lambda: csv_of({f"　{zh}（必填） ": cell for zh, cell in reversed(list(zip(ZH, ZH_ROW, strict=True)))}),
    ),
    Case("xlsx", "a.xlsx", lambda: xlsx_of(ZH, ZH_ROW)),
    Case("one-sheet-of-any-name", "a.xlsx", lambda: xlsx_of(ZH, ZH_ROW, sheet="Sheet1")),
    Case("merged-titles", "a.xlsx", _merged_titles),
    Case("xls", "a.xls", lambda: xls_of(ZH, ZH_ROW)),
    Case("wps", "a.et", lambda: xls_of(["某市名单"], ZH, (*ZH_ROW[:7], date(2017, 3, 15), date(2017, 3, 20)))),
    Case("ndjson", "a.ndjson", lambda: ndjson_of(row(), row(external_id="FJ-0002", legal_name="厦门样本交易所"))),
    Case("date-cells", "a.xlsx", lambda: xlsx_of(ZH, (*ZH_ROW[:7], date(2017, 3, 15), datetime(2017, 3, 20)))),  # noqa: DTZ001 - a spreadsheet has no zones
    Case("date-serials", "a.xlsx", lambda: xlsx_of(ZH, (*ZH_ROW[:7], 42809, "42814"))),
    Case(
        "dates-in-chinese",
        "a.csv",
        lambda: csv_of(row(determined_on="2017年3月15日", effective_from="２０１７/３/２０")),
    ),
    Case("wide-digits", "a.csv", lambda: csv_of(row(external_id="ＦＪ－０００１", reg_region_code="３５０１００"))),
    Case("leading-apostrophes", "a.csv", lambda: csv_of(row(external_id="'FJ-0001", reg_region_code="'350100"))),
    Case("trailing-blanks", "a.xlsx", _trailing_blanks),
    Case("numbered-blanks", "a.xlsx", _numbered_blanks),
    Case("jurisdiction-as-number", "a.xlsx", lambda: xlsx_of(ZH, (*ZH_ROW[:6], 350100, *ZH_ROW[7:]))),
    Case("text-formula-of-an-id", "a.csv", lambda: csv_of(row(uscc='="Y1350100DEM000014U"'))),
    Case("blank-lines", "a.csv", lambda: csv_of(row()).replace(b"\r\n", b"\r\n\r\n,,,,,,,,\r\n", 1)),
    # Doubts that the checker signs off
    Case("hidden-sheet", "a.xlsx", _hidden_sheet, (("WARN", "HIDDEN_SHEET", None, None),)),
    Case("row-count", "a.xlsx", _with_batch, (("WARN", "ROW_COUNT_DIFFERS", None, None),)),
    Case("unknown-column", "a.csv", lambda: csv_of(row(负责人="李示例")), (("WARN", "UNKNOWN_COLUMN", 1, "负责人"),)),
    Case(
        "unnamed-column",
        "a.xlsx",
        lambda: xlsx_of(ZH, (*ZH_ROW, None, "备查")),
        (("WARN", "UNNAMED_COLUMN", 1, "第11列"),),
    ),
    Case("uscc-format", "a.csv", lambda: csv_of(row(uscc="无效代码123")), (("WARN", "USCC_FORMAT", 2, "uscc"),)),
    Case(
        "uscc-checksum",
        "a.csv",
        lambda: csv_of(row(uscc="Y1350100DEM000014A")),
        (("WARN", "USCC_CHECKSUM", 2, "uscc"),),
    ),
    Case(
        "effective-before-determined",
        "a.csv",
        lambda: csv_of(row(effective_from="2017-03-10")),
        (("WARN", "DATE_ORDER", 2, "effective_from"),),
    ),
    Case("formula-text", "a.csv", lambda: csv_of(row(remark="=1+1")), (("WARN", "FORMULA_TEXT", 2, "remark"),)),
    Case("placeholder", "a.csv", lambda: csv_of(row(uscc="无")), (("WARN", "PLACEHOLDER", 2, "uscc"),)),
    Case(
        "big5",
        "a.csv",
        lambda: csv_of(row(legal_name="福建範例貴金屬經營商務諮詢有限公司", jurisdiction="350100"), encoding="big5"),
        (("WARN", "ENCODING_DOUBTFUL", None, None), ("ERROR", "NAME_NOT_PLAIN", 2, "legal_name")),
    ),
    Case(
        "same-name",
        "a.csv",
        lambda: csv_of(row(), row(external_id="B")),
        (("WARN", "DUPLICATE_NAME", 3, "legal_name"),),
    ),
    Case(
        "deadline-after-cutoff",
        "a.csv",
        lambda: csv_of(row(rectify_deadline="2017-07-31")),
        (("WARN", "DEADLINE_AFTER_CUTOFF", 2, "rectify_deadline"),),
    ),
    # Errors that refuse the file
    Case(
        "id-as-number",
        "a.xlsx",
        lambda: xlsx_of((*ZH, "统一社会信用代码"), (*ZH_ROW, 9.135e17)),
        (("ERROR", "ID_AS_NUMBER", 2, "统一社会信用代码"),),
    ),
    Case(
        "scientific-text",
        "a.csv",
        lambda: csv_of(row(reg_no_15="3.50100E+14")),
        (("ERROR", "ID_AS_NUMBER", 2, "reg_no_15"),),
    ),
    Case(
        "account-as-number",
        "a.ndjson",
        lambda: ndjson_of({**row(), "payee_accounts": 6222020000000001}),
        (("ERROR", "ID_AS_NUMBER", 1, "payee_accounts"),),
    ),
    Case(
        "id-as-date",
        "a.xlsx",
        lambda: xlsx_of(ZH, (date(2017, 1, 1), *ZH_ROW[1:])),
        (("ERROR", "ID_AS_NUMBER", 2, "名单主体编号"),),
    ),
    Case("no-header", "a.csv", lambda: b"a,b,c\r\n1,2,3\r\n", (("ERROR", "NO_HEADER", None, None),)),
    Case(
        "missing-column",
        "a.csv",
        lambda: csv_of({key: cell for key, cell in row().items() if key != "action"}),
        (("ERROR", "MISSING_COLUMN", 1, "操作类型"),),
    ),
    Case("missing-cell", "a.csv", lambda: csv_of(row(legal_name="")), (("ERROR", "REQUIRED", 2, "legal_name"),)),
    Case(
        "column-twice",
        "a.csv",
        lambda: csv_of(row(主体名称="福建示例")),
        (("ERROR", "DUPLICATE_COLUMN", 1, "主体名称"),),
    ),
    Case(
        "id-twice",
        "a.csv",
        lambda: csv_of(row(), row(legal_name="厦门样本交易所")),
        (("ERROR", "DUPLICATE_ID", 3, "external_id"),),
    ),
    Case("unknown-action", "a.csv", lambda: csv_of(row(action="删除")), (("ERROR", "UNKNOWN_VALUE", 2, "action"),)),
    Case(
        "bad-date",
        "a.csv",
        lambda: csv_of(row(determined_on="2017-02-30")),
        (("ERROR", "BAD_DATE", 2, "determined_on"),),
    ),
    Case(
        "american-date",
        "a.csv",
        lambda: csv_of(row(determined_on="3/15/2017")),
        (("ERROR", "BAD_DATE", 2, "determined_on"),),
    ),
    Case(
        "bad-region",
        "a.csv",
        lambda: csv_of(row(reg_region_code="福州")),
        (("ERROR", "BAD_REGION", 2, "reg_region_code"),),
    ),
    Case(
        "county-jurisdiction",
        "a.csv",
        lambda: csv_of(row(jurisdiction="鼓楼区")),
        (("ERROR", "BAD_JURISDICTION", 2, "jurisdiction"),),
    ),
    Case("short-name", "a.csv", lambda: csv_of(row(legal_name="示")), (("ERROR", "NAME_LENGTH", 2, "legal_name"),)),
    Case(
        "shifted-cells",
        "a.csv",
        lambda: csv_of(row()) + b"a,b,c,d,e,f,g,h,i,j\r\n",
        (
            ("ERROR", "EXTRA_CELLS", 3, None),
            ("ERROR", "UNKNOWN_VALUE", 3, "action"),
            ("ERROR", "UNKNOWN_VALUE", 3, "category"),
            ("ERROR", "UNKNOWN_VALUE", 3, "entity_kind"),
            ("ERROR", "BAD_REGION", 3, "reg_region_code"),
            ("ERROR", "BAD_JURISDICTION", 3, "jurisdiction"),
            ("ERROR", "BAD_DATE", 3, "determined_on"),
            ("ERROR", "BAD_DATE", 3, "effective_from"),
        ),
    ),
    Case("open-quote", "a.csv", lambda: csv_of(row()) + b'"FJ-0002,ADD\r\n', (("ERROR", "BAD_CSV", 3, None),)),
    Case(
        "two-sheets",
        "a.xlsx",
        _two_sheets,
        (("WARN", "SHEETS_JOINED", None, None), ("ERROR", "DUPLICATE_ID", 2, "名单主体编号")),
    ),
    Case(
        "only-a-hidden-sheet",
        "a.xlsx",
        _only_hidden,
        (("ERROR", "NO_HEADER", None, None), ("WARN", "HIDDEN_SHEET", None, None)),
    ),
    Case("formula", "a.xlsx", _formula, (("ERROR", "FORMULA_CELL", 2, "主体名称"),)),
    Case("formula-with-value", "a.xlsx", _cached_formula, (("ERROR", "FORMULA_CELL", 2, "主体名称"),)),
    Case("xls-formula", "a.xls", _xls_formula, (("ERROR", "FORMULA_CELL", 2, "主体名称"),)),
    Case(
        "error-value",
        "a.xlsx",
        _error_cell,
        (("ERROR", "ERROR_CELL", 2, "主体名称"),),
    ),
    Case("no-rows", "a.xlsx", lambda: xlsx_of(ZH), (("ERROR", "NO_ROWS", None, None),)),
    Case("empty", "a.csv", lambda: b"", (("ERROR", "EMPTY_FILE", None, None),)),
    Case("only-a-bom", "a.csv", lambda: b"\xef\xbb\xbf\r\n", (("ERROR", "EMPTY_FILE", None, None),)),
    Case("json-array", "a.json", lambda: b"[{}]", (("ERROR", "BAD_NDJSON", None, None),)),
    Case(
        "broken-json", "a.ndjson", lambda: ndjson_of(row()) + b'{"external_id": \n', (("ERROR", "BAD_NDJSON", 2, None),)
    ),
    Case(
        "nested-json", "a.ndjson", lambda: ndjson_of({**row(), "remark": {"a": 1}}), (("ERROR", "BAD_NDJSON", 1, None),)
    ),
    Case("endless-json", "a.ndjson", lambda: b'{"a":' * 100_000, (("ERROR", "BAD_NDJSON", 1, None),)),
    # Hostile files and files that are something else
    Case("text-named-xlsx", "a.xlsx", lambda: csv_of(row()), (("ERROR", "WRONG_TYPE", None, None),)),
    Case("workbook-named-csv", "a.csv", lambda: xlsx_of(ZH, ZH_ROW), (("ERROR", "WRONG_TYPE", None, None),)),
    Case("empty-html", "a.xls", lambda: b"<html><table></table></html>", (("ERROR", "NOT_A_TABLE", None, None),)),
    Case("html", "a.csv", lambda: b"<html><table></table></html>", (("ERROR", "WRONG_TYPE", None, None),)),
    Case("pdf", "a.xlsx", lambda: b"%PDF-1.7\n", (("ERROR", "WRONG_TYPE", None, None),)),
    Case("binary", "a.csv", lambda: bytes(range(256)) * 4, (("ERROR", "NOT_TEXT", None, None),)),
    Case("no-encoding", "a.csv", lambda: b"external_id\r\n\xff\xfa\xff", (("ERROR", "ENCODING", None, None),)),
    Case("truncated-xlsx", "a.xlsx", _truncated, (("ERROR", "NOT_A_WORKBOOK", None, None),)),
    Case(
        "word-file",
        "a.xlsx",
        lambda: _zip_with(xlsx_of(ZH), {"xl/workbook.xml": b"<x/>"}),
        (("ERROR", "NOT_A_WORKBOOK", None, None),),
    ),
    Case(
        "macros",
        "a.xlsm",
        lambda: _zip_with(xlsx_of(ZH, ZH_ROW), {"xl/vbaProject.bin": b"x"}),
        (("ERROR", "MACROS", None, None),),
    ),
    Case(
        "external-links",
        "a.xlsx",
        lambda: _zip_with(xlsx_of(ZH, ZH_ROW), {"xl/externalLinks/externalLink1.xml": b"<x/>"}),
        (("ERROR", "EXTERNAL_LINKS", None, None),),
    ),
    Case(
        "embedded",
        "a.xlsx",
        lambda: _zip_with(xlsx_of(ZH, ZH_ROW), {"xl/embeddings/oleObject1.bin": b"x"}),
        (("ERROR", "EMBEDDED_OBJECTS", None, None),),
    ),
    Case("dtd", "a.xlsx", _dtd, (("ERROR", "DTD", None, None),)),
    Case(
        "password",
        "a.xlsx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"),
        (("ERROR", "ENCRYPTED", None, None),),
    ),
    Case(
        "broken-xls",
        "a.xls",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048),
        (("ERROR", "NOT_A_WORKBOOK", None, None),),
    ),
    Case("lying-bomb", "a.xlsx", _lying_bomb, (("ERROR", "NOT_A_WORKBOOK", None, None),)),
)

BOMBS: tuple[Case, ...] = (
    Case("zip-bomb", "a.xlsx", _bomb),
    Case("far-corner", "a.xlsx", _far_corner),
    Case("sparse-box", "a.xlsx", _sparse_box),
    Case("repeated-text", "a.xlsx", _repeated_text),
)
"""Files past a limit, which are refused as too large."""
