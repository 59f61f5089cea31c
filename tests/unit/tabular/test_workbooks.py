"""Workbooks, and what web systems name .xls, give the same sheets; what a user does not see is said."""

import base64
import io
import itertools
import quopri
import struct
import threading
import warnings
import zipfile
from datetime import date
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from typing import Any

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from app.errors import TooLarge, Unavailable
from app.tabular import workbook
from app.tabular.limits import FileLimits
from app.tabular.open_file import read_sheets
from app.tabular.sheet import MergedRange, Sheet, SheetRow
from app.tabular.unreadable import Unreadable
from app.tabular.workbook_child import biff
from app.tabular.workbook_child.xlsx_parts import _CELL, _traits

LINK = "https://x-sample.example/"
ROWS = (("户名", "账号"), ("福州示例样本贸易有限公司", "6222000000000000123"))

HTML = """<html><head><meta charset=gb2312><style>td { color: red }</style></head><table border=1>
<tr><td colspan=2>清单<br>第一页</td></tr>
<tr><td>户名</td><td>账号</td></tr>
<tr style='display:none'><td rowspan="2">福州示例样本贸易&nbsp;有限公司</td><td>6222</td></tr>
<tr><td>6223</table></html>"""

XML_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="清单"><Table><Row><Cell><Data ss:Type="String">户名</Data></Cell><Cell ss:Index="3">
<Data ss:Type="String">日期</Data></Cell></Row><Row ss:Index="4" ss:Hidden="1"><Cell ss:MergeDown="1"><Data
ss:Type="String">福州示例</Data></Cell><Cell ss:Formula="=1+1"><Data ss:Type="Number">2</Data></Cell><Cell><Data
ss:Type="DateTime">2017-03-15T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>"""


def read(data: bytes, name: str) -> tuple[Sheet, ...]:
    return read_sheets(data, name, FileLimits(), lambda _: None)[0]


def xlsx(change: Any = None) -> bytes:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    if change:
        change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_what_is_filled_into_a_field_of_a_page_is_its_cell() -> None:
    page = """<table><tr><td>客户号<td>户名<td>备注</tr><tr><td><input type=hidden name=t value=x>1
    <td><input type="text" value="福州示例样本贸易有限公司"/><td><input value=""><input type=checkbox value=on></tr>
    <tr><td>2<td>户：<INPUT TYPE=TEXT VALUE="甲&amp;乙"><td><input type=submit value="保存"></table>"""
    (sheet,) = read(page.encode(), "a.xls")
    assert [list(line.cells) for line in sheet.lines] == [
        ["客户号", "户名", "备注"],
        ["1", "福州示例样本贸易有限公司"],
        ["2", "户： 甲&乙"],
    ]


@pytest.mark.parametrize("encoding", ["gb2312", "utf-8", "utf-8-sig", "utf-16"])
def test_a_page_with_a_table_is_read(encoding: str) -> None:
    (sheet,) = read(HTML.encode(encoding), "a.xls")
    assert [list(line.cells) for line in sheet.lines] == [
        ["清单\n第一页"],
        ["户名", "账号"],
        ["福州示例样本贸易 有限公司", "6222"],
        [None, "6223"],
    ]
    assert sheet.merges == (MergedRange(1, 0, 1, 1), MergedRange(3, 0, 4, 0))
    assert sheet.hidden_rows == {3}


FRAMES = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><!--[if gte mso 9]><xml><x:ExcelWorkbook>
<x:ExcelWorksheets><x:ExcelWorksheet><x:Name>对公&amp;客户</x:Name><x:WorksheetSource HRef="book.files/sheet001.htm"/>
</x:ExcelWorksheet><x:ExcelWorksheet><x:Name>旧</x:Name><x:WorksheetSource HRef="book.files/sheet002.htm"/>
</x:ExcelWorksheet></x:ExcelWorksheets></x:ExcelWorkbook></xml><![endif]--></head><frameset></frameset></html>"""
TABS = "<html><table><tr><td>对公客户</td><td>旧</td></tr></table></html>"
HIDDEN_SHEET = "<html><!--[if gte mso 9]><xml><x:Visible>SheetHidden</x:Visible></xml><![endif]-->" + HTML[6:]


def archive(pages: dict[str, str], encoding: str, transfer: str) -> bytes:
    """Return pages in one file, as spreadsheets save them."""
    whole = MIMEMultipart("related")
    whole.preamble = "This document is a Single File Web Page."
    whole.add_header("X-Document-Type", "Workbook")
    for place, text in pages.items():
        part = MIMENonMultipart("text", "html", charset=encoding)
        encoder = base64.encodebytes if transfer == "base64" else quopri.encodestring
        part.set_payload(encoder(text.encode(encoding)).decode())
        part["Content-Transfer-Encoding"] = transfer
        part["Content-Location"] = f"file:///C:/1A2B/{place}"
        whole.attach(part)
    return whole.as_bytes()


@pytest.mark.parametrize("encoding", ["gb2312", "utf-8"])
@pytest.mark.parametrize("transfer", ["quoted-printable", "base64"])
def test_a_workbook_of_pages_in_one_file_is_read(encoding: str, transfer: str) -> None:
    pages = {
        "book.htm": FRAMES,
        "book.files/sheet001.htm": HTML,
        "book.files/sheet002.htm": HIDDEN_SHEET,
        "book.files/tabstrip.htm": TABS,
    }
    sheets = read(archive(pages, encoding, transfer), "a.xls")
    assert [(sheet.name, sheet.hidden, len(sheet.lines)) for sheet in sheets] == [
        ("对公&客户", False, 4),
        ("旧", True, 4),
    ]
    assert sheets[0].lines[2].cells == ("福州示例样本贸易 有限公司", "6222")


def test_one_page_in_one_file_is_read_and_one_without_a_table_refused() -> None:
    (sheet,) = read(archive({"book.htm": HTML}, "gb2312", "quoted-printable"), "a.mht")
    assert (sheet.name, len(sheet.lines)) == (None, 4)
    with pytest.raises(Unreadable) as caught:
        read(archive({"book.htm": "<html>无</html>"}, "gb2312", "quoted-printable"), "a.xls")
    assert caught.value.finding.code == "NOT_A_TABLE"
    with pytest.raises(Unreadable) as caught:
        read(archive({"book.htm": HTML}, "gb2312", "quoted-printable"), "a.csv")
    assert caught.value.finding.code == "WRONG_TYPE"


def test_the_xml_spreadsheet_of_2003_is_read() -> None:
    (sheet,) = read(XML_2003.encode(), "a.xls")
    assert (sheet.name, sheet.lines) == (
        "清单",
        (SheetRow(1, ("户名", None, "日期")), SheetRow(4, ("福州示例", 2, date(2017, 3, 15)))),
    )
    assert sheet.merges == (MergedRange(4, 0, 5, 0),)
    assert sheet.formulas == {(4, 1)}
    assert sheet.hidden_rows == {4}


def test_text_between_tabs_may_be_called_xls() -> None:
    (sheet,), (doubt,) = read_sheets(
        "\r\n".join("\t".join(row) for row in ROWS).encode("gb18030"), "a.xls", FileLimits(), lambda _: None
    )
    assert [line.cells for line in sheet.lines] == list(ROWS)
    assert doubt.code == "FILE_KIND_DIFFERS"


def test_an_entity_bomb_in_xml_is_refused() -> None:
    bomb = XML_2003.replace('"1.0"?>', '"1.0"?><!DOCTYPE a [<!ENTITY b "&c;">]>', 1)
    with pytest.raises(Unreadable) as caught:
        read(bomb.encode(), "a.xls")
    assert caught.value.finding.code == "DTD"


def test_merged_and_hidden_cells_of_a_workbook_are_told() -> None:
    def change(page: Any) -> None:
        page.append(("", "6223"))
        page.merge_cells("A2:A3")
        page.row_dimensions[2].hidden = True
        page.column_dimensions["B"].hidden = True

    (sheet,) = read(xlsx(change), "a.xlsx")
    assert sheet.merges == (MergedRange(2, 0, 3, 0),)
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2}, {1})


def test_merged_and_hidden_cells_of_an_old_workbook_are_told() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("清单")
    page.write_merge(0, 2, 0, 0, "户名")
    for number in range(400):  # large enough for a stream of its own
        page.write(number, 1, f"示例{number}")
    page.row(2).hidden = True
    page.col(1).hidden = True
    out = io.BytesIO()
    book.save(out)
    (sheet,) = read(out.getvalue(), "a.xls")
    assert sheet.merges == (MergedRange(1, 0, 3, 0),)
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({3}, {1})


SHEET = '<worksheet><sheetData><row r="1">{}</row></sheetData></worksheet>'


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B1"><f>1+1</f><v>2</v></c>',
        "<c r='B1'><f>1+1</f><v>2</v></c>",
        '<c s="1" r="B1" t="str"><f>1+1</f><v>2</v></c>',
        '<c r="B1" x="a>b"><f>1+1</f><v>2</v></c>',
        '<c r="B1"><!-- a formula --><f>1+1</f><v>2</v></c>',
        '<c r="B1"><?pi?><f>1+1</f><v>2</v></c>',
        '<x:c xmlns:x="u" r="B1"><x:f>1+1</x:f></x:c>',
        '<x-1:c xmlns:x-1="u" r = "B1" ><x-1:f/></x-1:c>',
        '<c r="A1"/><c><f>1+1</f></c>',
    ],
)
def test_no_way_of_writing_hides_a_formula(cell: str) -> None:
    data = SHEET.format(cell).encode()
    assert list(_traits(io.BytesIO(data), lambda: io.BytesIO(data))[0].formulas) == [(1, 1)]


def test_what_looks_like_a_formula_in_a_comment_is_none() -> None:
    data = SHEET.format('<!-- <c r="B1"><f>1</f></c> --><c r="A1"><v>1</v></c>').encode()
    assert not _traits(io.BytesIO(data), lambda: io.BytesIO(data))[0].formulas


def test_the_pattern_of_cells_reads_ordinary_sheets() -> None:
    assert _CELL.search(b'<c r="AB12" s="3" t="s"><v>0</v></c>')[1] == b"AB"  # type: ignore[index]


def test_the_case_of_a_part_s_path_hides_nothing() -> None:
    def change(page: Any) -> None:
        page["A2"] = "=1+1"

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(change))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("worksheets/sheet1", "Worksheets/SHEET1"), old.read(name))
    try:
        (sheet,) = read(out.getvalue(), "a.xlsx")
    except Unreadable:
        return
    assert sheet.formulas == {(2, 0)}


def test_a_third_workbook_waits_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.BoundedSemaphore(1)
    held.acquire()
    monkeypatch.setattr(workbook, "_TURNS", held)
    with pytest.raises(Unavailable):
        list(read_with_wait(0.05))


def read_with_wait(wait_s: float) -> list[Any]:
    with workbook.workbook_rows(xlsx(), workbook.WorkbookLimits(wait_s=wait_s)) as rows:
        return list(rows)


def test_too_many_columns_are_too_large() -> None:
    page = "<table><tr>" + "<td>x</td>" * 2_000 + "</tr></table>"
    with pytest.raises(TooLarge):
        read(page.encode(), "a.xls")


def marks(sheet: Sheet) -> tuple[set[tuple[int, int]], dict[tuple[int, int], str]]:
    return set(sheet.struck), dict(sheet.links)


def test_what_is_struck_out_and_where_links_lead_is_told_of_a_workbook() -> None:
    def change(page: Any) -> None:
        page.append(("厦门示例样本贸易有限公司", "官网"))
        page.append((CellRichText(TextBlock(InlineFont(strike=True), "旧名"), "新名"), '=HYPERLINK("' + LINK + 'a")'))
        page["A2"].font = Font(strike=True)
        page["B3"].hyperlink = LINK
        page["B2"].hyperlink = "#Sheet!A1"
        page["A5"].font = Font(strike=True)  # a blank cell says nothing

    (sheet,) = read(xlsx(change), "a.xlsx")
    assert marks(sheet) == ({(2, 0), (4, 0)}, {(3, 1): LINK, (4, 1): LINK + "a"})


def changed(parts: dict[str, str]) -> bytes:
    """Return a workbook with parts of it replaced, or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx())) as old, zipfile.ZipFile(out, "w") as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return out.getvalue()


@pytest.mark.parametrize("cell", ['<c r="A2" t="s"><v>1</v></c>', '<c t="s" r="A2" ><v>1</v></c>'])
def test_shared_texts_of_which_a_part_is_struck_out_are_told(cell: str) -> None:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    struck = "<si><r><rPr><strike/></rPr><t>旧</t></r><r><t>新</t></r></si>"
    shared = f"<sst {space}><si><t>户名</t></si>{struck}</sst>"
    rows = f'<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2">{cell}</row>'
    sheet = f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>"
    (found,) = read(changed({"xl/sharedStrings.xml": shared, "xl/worksheets/sheet1.xml": sheet}), "a.xlsx")
    assert set(found.struck) == {(2, 0)}


@pytest.mark.parametrize(
    ("content", "drawn"),
    [
        ("<xdr:pic><a:t> </a:t></xdr:pic>", ("picture",)),
        ("<xdr:sp><a:t>原名乙公司</a:t></xdr:sp>", ("text",)),
        ("<xdr:graphicFrame/>", ()),
    ],
)
def test_pictures_and_boxes_over_the_cells_are_told(content: str, drawn: tuple[str, ...]) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
    relation = f'<Relationship Id="rId1" Type="{kind}" Target="../drawings/drawing1.xml"/>'
    drawing = f'<xdr:wsDr xmlns:xdr="x" xmlns:a="a">{content}</xdr:wsDr>'
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": f"<Relationships>{relation}</Relationships>",
        "xl/drawings/drawing1.xml": drawing,
    }
    assert read(changed(parts), "a.xlsx")[0].drawn == drawn


def test_what_is_struck_out_is_told_of_an_old_workbook() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("清单")
    for number, row in enumerate(ROWS):
        for column, text in enumerate(row):
            page.write(number, column, text, xlwt.easyxf("font: struck_out on") if number else xlwt.Style.default_style)
    out = io.BytesIO()
    book.save(out)
    (sheet,) = read(out.getvalue(), "a.xls")
    assert marks(sheet) == ({(1 + 1, 0), (2, 1)}, {})


def test_links_and_notes_are_told_of_an_old_workbook() -> None:
    address = LINK.encode("utf-16-le") + b"\0\0"
    moniker = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<I", len(address)) + address
    link = struct.pack("<4H", 1, 1, 2, 2) + bytes(16) + struct.pack("<II", 2, 3) + moniker
    note = struct.pack("<4H", 3, 1, 0, 1) + b"\0\0"
    stream = b"".join(
        struct.pack("<HH", code, len(body)) + body
        for code, body in ((0x809, b""), (0x1B8, link), (0x1C, note), (0x0A, b""))
    )
    found = biff._traits(stream, 0, frozenset())
    assert (found.links, list(found.notes)) == ({(2, 2): LINK}, [(4, 1)])


def test_what_is_struck_out_linked_and_noted_is_told_of_pages_and_xml() -> None:
    page = (
        "<table><tr><td>户名<td>网站</tr><tr style='text-decoration:line-through'><td>甲公司<td>"
        f"<a href='{LINK}'>官网</a></tr><tr><td><del>旧</del>乙公司<td><a href='#x'>页</a></table>"
    )
    (sheet,) = read(page.encode(), "a.xls")
    assert marks(sheet) == ({(2, 0), (2, 1), (3, 0)}, {(2, 1): LINK})
    text = XML_2003.replace(
        "<Worksheet", '<Styles><Style ss:ID="s"><Font ss:StrikeThrough="1"/></Style></Styles><Worksheet'
    )
    text = text.replace('<Cell ss:MergeDown="1"><Data', f'<Cell ss:StyleID="s" ss:HRef="{LINK}"><Data')
    note = '<Comment ss:Author="x"><ss:Data xmlns="http://www.w3.org/TR/REC-html40"><B>乙</B>公司</ss:Data></Comment></Cell>'
    text = text.replace("福州示例</Data></Cell>", f"福州示例</Data>{note}").replace(
        "<Table>", '<Table><Column/><Column ss:Hidden="1"/>'
    )
    (sheet,) = read(text.encode(), "a.xls")
    assert sheet.lines[1].cells[0] == "福州示例"
    assert (*marks(sheet), sheet.notes, sheet.hidden_columns) == ({(4, 0)}, {(4, 0): LINK}, {(4, 0)}, {1})


@pytest.mark.parametrize(
    ("around", "drawn"),
    [("补充：<ul><li>厦门示例样本商品交易中心</li></ul>", ("outside",)), ("<p>客户清单</p><p>共1户，单位：元</p>", ())],
)
def test_names_outside_of_the_tables_of_a_page_are_told(around: str, drawn: tuple[str, ...]) -> None:
    for page in (f"<html>{around}<table><tr><td>户名</table>", f"<table><tr><td>户名</table>{around}"):
        assert read(page.encode(), "a.xls")[0].drawn == drawn


def _rewritten(sheet: str | None = None, **parts: str) -> bytes:
    """Return the plain workbook with another sheet, and with more parts beside those it has."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx())) as archive, zipfile.ZipFile(out, "w") as copy, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name in archive.namelist():
            is_sheet = sheet is not None and name == "xl/worksheets/sheet1.xml"
            copy.writestr(name, sheet if is_sheet and sheet is not None else archive.read(name))
        for name, content in parts.items():
            copy.writestr(name, content)
    return out.getvalue()


def _table(cells: list[tuple[int, int]], *, plain: bool) -> str:
    """Write cells in their order, a row for each run of one row; ``plain`` as patterns read it, else as a parser."""
    rows = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{chr(ord("A") + column)}{row}" t="inlineStr"><is><t>甲</t></is></c>' for _, column in run)
        + "</row>"
        for row, run in itertools.groupby(cells, key=lambda cell: cell[0])
    )
    return f"<sheetData>{'' if plain else '<!-- x -->'}{rows}</sheetData>"


def _sheet_of(*tables: str) -> str:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}">{"".join(tables)}</worksheet>'


@settings(deadline=None, max_examples=25)
@given(cells=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=6), plain=st.booleans())
def test_every_cell_is_read_or_the_workbook_is_refused(cells: list[tuple[int, int]], *, plain: bool) -> None:
    data = _rewritten(_sheet_of(_table(cells, plain=plain)))
    if cells == sorted(set(cells)):
        (sheet,) = read(data, "a.xlsx")
        assert sum(cell is not None for line in sheet.lines for cell in line.cells) == len(cells)
    else:
        with pytest.raises(Unreadable, match="同一位置"):
            read(data, "a.xlsx")


@pytest.mark.parametrize("plain", [True, False])
def test_a_second_table_of_a_sheet_is_not_left_out(*, plain: bool) -> None:
    data = _rewritten(_sheet_of(_table([(1, 0)], plain=plain), _table([(2, 0)], plain=plain)))
    with pytest.raises(Unreadable, match="同一位置"):
        read(data, "a.xlsx")


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "XL/Worksheets/Sheet1.xml", "/xl/worksheets/sheet1.xml"])
def test_a_part_that_is_there_twice_is_not_chosen_from(name: str) -> None:
    with pytest.raises(Unreadable, match="同一位置"):
        read(_rewritten(**{name: _sheet_of(_table([(1, 0)], plain=True))}), "a.xlsx")
