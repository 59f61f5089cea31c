"""Every kind of file that a system writes is read, or refused with what to do."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from app.bulk.runs.run_report import RunReport
from app.errors import Invalid
from app.tabular.limits import FileLimits
from app.tabular.open_file import read_sheets

Bulk = Callable[..., RunReport]

LISTED = "福建示例大宗商品交易中心有限公司"
STRANGER = "厦门清源饮料有限公司"
ROWS = [{"户名": LISTED, "金额": "1"}, {"户名": STRANGER, "金额": "2"}]
TEXT = f"户名,金额\n{LISTED},1\n{STRANGER},2\n"
DAY = {"service_date": "2017-07-03"}


def outcomes(tmp_path: Path) -> list[tuple[str, bool]]:
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["户名"], row["outcome"] == "PASS") for row in csv.DictReader(file)]


def written(value: Any, **how: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **how)


@pytest.mark.parametrize(
    "text",
    [
        written(ROWS),
        written(ROWS, indent=2),
        "\ufeff" + written(ROWS, indent=4).replace("\n", "\r\n"),
        written({"code": 0, "data": {"total": 2, "list": ROWS}}, indent=1),
        written({"records": ROWS}),
        "\n".join(map(written, ROWS)),
        json.dumps(ROWS),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_rows_of_a_json_array_are_read(bulk: Bulk, tmp_path: Path, text: str, encoding: str) -> None:
    if encoding != "utf-8":
        text = text.removeprefix("\ufeff")
    bulk(text.encode(encoding), name="in.json", **DAY)
    assert outcomes(tmp_path) == [(LISTED, False), (STRANGER, True)]


def test_a_bad_element_hides_no_other(bulk: Bulk, tmp_path: Path) -> None:
    bulk(f'[{written(ROWS[0])}, {{"户名": "甲", "户名": "乙"}}, "x", {written(ROWS[1])}]', name="in.json", **DAY)
    assert [passed for _, passed in outcomes(tmp_path)] == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "数组为空"),
        ("[1, 2", "不是完整的 JSON"),
        (f"{written(ROWS)} {written(ROWS)}", "不是完整的 JSON"),
        (f"{written(ROWS)[:-1]}", "不是完整的 JSON"),
        (written([["户名"], [LISTED]]), "NDJSON"),
        (written({"a": ROWS, "b": {"c": ROWS}}), "/a、/b/c"),
        ("{", "不是完整的 JSON"),
        ("", "为空"),
    ],
)
def test_other_json_is_refused_with_what_to_do(bulk: Bulk, text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        bulk(text, name="in.json", **DAY)


@pytest.mark.parametrize("name", ["in.tsv", "in.txt", "in.dat", "in.del", "in.unl", "in.TXT", "in.asc"])
def test_texts_are_read_whatever_their_ending(bulk: Bulk, tmp_path: Path, name: str) -> None:
    bulk(TEXT.replace(",", "\t"), name=name, **DAY)
    assert outcomes(tmp_path) == [(LISTED, False), (STRANGER, True)]


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("name", ["in.csv.gz", "in.csv", "in.zip", "in.txt", "in.xlsx", "in.rar", "in.7z", "in.xls"])
@pytest.mark.parametrize(
    "content", [gzip.compress(TEXT.encode()), zipped(book=TEXT), b"Rar!\x1a\x07", b"7z\xbc\xaf'\x1c"]
)
def test_packed_files_are_refused_until_unpacked(bulk: Bulk, name: str, content: bytes) -> None:
    with pytest.raises(Invalid, match="请先解压"):
        bulk(content, name=name, **DAY)


@pytest.mark.parametrize(
    ("content", "said"), [(b"%PDF-1.4\n", "PDF"), (b"\x89PNG\r\n", "图片"), (b"SQLite format 3\x00", "数据库")]
)
@pytest.mark.parametrize("name", ["in.csv", "in.xls", "in.ndjson"])
def test_what_is_no_table_is_named(bulk: Bulk, name: str, content: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        bulk(content, name=name, **DAY)


@pytest.mark.parametrize("name", ["in.json", "in.ndjson"])
@pytest.mark.parametrize(
    "row",
    [
        {"户名": {"全称": LISTED}},
        {"户名": STRANGER, "商户": {"name": LISTED, "id": "1"}},
        {"户名": STRANGER, "baseInfo": {"merchantName": LISTED}},
        {"户名": STRANGER, "tags": [LISTED]},
        {"户名": STRANGER, "subs": [{"n": LISTED}]},
        {"户名": STRANGER, "other_names": [{"type": "BRAND", "name": LISTED}]},
    ],
)
def test_a_name_inside_of_a_value_never_passes(bulk: Bulk, tmp_path: Path, name: str, row: dict[str, Any]) -> None:
    rows = [row, {"户名": STRANGER}]
    text = written(rows) if name == "in.json" else "\n".join(map(written, rows))
    try:
        bulk(text, name=name, **DAY)
    except Invalid:
        with pytest.raises(Invalid, match="--column"):
            bulk(text, name=name, force=True, **DAY)
    else:
        assert outcomes(tmp_path)[0][1] is False


def workbook(**parts: str) -> bytes:
    """Return a workbook of the rows with a note at the second; ``parts`` are put into the file beside them."""
    book = openpyxl.Workbook()
    for line in (["户名", "金额"], *(list(row.values()) for row in ROWS)):
        book.active.append(line)
    book.active["A3"].comment = Comment(f"原名{LISTED}", "柜员")
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out, "a") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("name", ["in.xlsx", "in.xlsm", "in.csv"])
def test_notes_are_told_and_programs_are_not_run(bulk: Bulk, tmp_path: Path, name: str) -> None:
    bulk(workbook(**({"xl/vbaProject.bin": "x"} if name == "in.xlsm" else {})), name=name, **DAY)
    assert outcomes(tmp_path) == [(LISTED, False), (STRANGER, True)]
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["warnings"] for row in csv.DictReader(file)] == ["", "户名:note-not-read"]


@pytest.mark.parametrize(
    ("part", "said"),
    [("xl/macrosheets/a.xml", "宏"), ("xl/activeX/a.bin", "宏"), ("xl/externalLinks/a.xml", "外部文件")],
)
def test_what_a_table_never_needs_is_refused(bulk: Bulk, part: str, said: str) -> None:
    with pytest.raises(Invalid, match=f"{said}.*另存为"):
        bulk(workbook(**{part: "x"}), name="in.xlsm", **DAY)


def test_a_binary_workbook_is_refused_with_what_to_do(bulk: Bulk) -> None:
    with pytest.raises(Invalid, match=r"xlsb.*另存为"):
        bulk(zipped(**{"[Content_Types].xml": "<x/>", "xl/workbook.bin": "x"}), name="in.xlsb", **DAY)


def open_document(rows: str, styles: str = "") -> bytes:
    out, kind = io.BytesIO(), "application/vnd.oasis.opendocument.spreadsheet"
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style")
    )
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        body = f'<office:spreadsheet><table:table table:name="一">{rows}</table:table></office:spreadsheet>'
        archive.writestr(
            "content.xml",
            f'<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink">'
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body>{body}</office:body></office:document-content>",
        )
    return out.getvalue()


def cell(text: str, more: str = "", inner: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}>{inner}<text:p>{text}</text:p></table:table-cell>'


def test_an_open_document_is_read_with_its_merges_hidden_rows_and_notes(bulk: Bulk, tmp_path: Path) -> None:
    note = f"<office:annotation><text:p>{LISTED}</text:p></office:annotation>"
    rows = [
        cell("户名") + cell("金额"),
        cell(LISTED, ' table:number-rows-spanned="2"') + cell("1"),
        "<table:covered-table-cell/>" + cell("2"),
        cell(STRANGER, "", note) + cell("3"),
        cell(STRANGER) + cell("4"),
    ]
    lines = [f"<table:table-row>{row}</table:table-row>" for row in rows]
    lines[-1] = lines[-1].replace("table-row>", 'table-row table:number-rows-repeated="2">', 1)
    hidden = f'<table:table-row table:visibility="collapse">{cell(LISTED)}{cell("5")}</table:table-row>'
    bulk(open_document("".join([*lines, hidden])), name="in.ods", **DAY)
    wanted = [(LISTED, False)] * 2 + [(STRANGER, True)] * 3 + [(LISTED, False)]
    assert outcomes(tmp_path) == wanted
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["warnings"] for row in csv.DictReader(file)] == ["", "", "户名:note-not-read", "", "", ""]


def test_links_that_a_cell_does_not_show_are_told_and_struck_rows_are_read(bulk: Bulk, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["户名", "网站"], [STRANGER, "官网"], [STRANGER, "x-sample.example"], [LISTED, ""]):
        book.active.append(line)
    for row in (2, 3):
        book.active[f"B{row}"].hyperlink = "https://www.x-sample.example/"
    book.active["A4"].font = Font(strike=True)
    out = io.BytesIO()
    book.save(out)
    bulk(out.getvalue(), name="in.xlsx", **DAY)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        found = [(row["warnings"], row["outcome"] == "PASS") for row in csv.DictReader(file)]
    assert found == [("网站:link-not-read", True), ("", True), ("", False)]


def test_open_documents_tell_what_is_struck_out_linked_and_hidden() -> None:
    styles = '<style:style style:name="s"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    rows = [
        cell("户名") + cell("网站"),
        cell(LISTED, ' table:style-name="s"') + cell('<text:a xlink:href="https://x.example/">官网</text:a>'),
        cell('<text:span text:style-name="s">旧</text:span>新') + cell("无"),
    ]
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    data = open_document(columns + "".join(f"<table:table-row>{row}</table:table-row>" for row in rows), styles)
    ((sheet,), _) = read_sheets(data, "a.ods", FileLimits(), lambda _: None)
    assert (set(sheet.struck), dict(sheet.links)) == ({(2, 0), (3, 0)}, {(2, 1): "https://x.example/"})
    assert sheet.hidden_columns == {1}


TOTALS = (
    "合计",
    "合 计",
    "合計",
    "总计：12",
    "合计（12家）",
    "共12户",
    "全省合计",
    "福州市小计",
    "累计 12",
    "本页合计",
    "Total",
)
FIRMS = ("合计商贸有限公司", "合计户外用品有限公司", "小计家居有限公司", "合计12商贸有限公司", "合计 商贸有限公司")


def test_totals_are_no_names_and_firms_called_so_are(bulk: Bulk, tmp_path: Path) -> None:
    bulk("户名,金额\n" + "".join(f"{name},1\n" for name in (*TOTALS, *FIRMS)), **DAY)
    assert outcomes(tmp_path) == [*((name, False) for name in TOTALS), *((name, True) for name in FIRMS)]


@pytest.mark.parametrize("title", ["编号", "客户号", "流水号"])
def test_a_number_that_is_a_code_counts_as_the_party_s(bulk: Bulk, tmp_path: Path, title: str) -> None:
    codes = {"Y1350100DEM000014U": False, " y1350100dem000014u ": False, "Y1350100DEM000015U": True, "C-1": True}
    others = {"": False, "Y1350200DEM000022U": True}
    text = "".join(f"{STRANGER},{code},{own}\n" for code in codes for own in others)
    bulk(f"户名,{title},统一社会信用代码\n{text}", **DAY)
    wanted = [passed or own for passed in codes.values() for own in others.values()]
    assert [passed for _, passed in outcomes(tmp_path)] == wanted
