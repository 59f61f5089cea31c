"""What a book holds where nobody looks first: late columns, further remarks, lower blocks, zeros in cells."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.bulk.runs.run_report import RunReport
from app.errors import Invalid
from app.tabular.delimiters import DELIMITERS

Bulk = Callable[..., RunReport]

LISTED = "福建示例大宗商品交易中心有限公司"
STRANGER = "厦门清源饮料有限公司"
DAY = {"service_date": "2017-07-03"}


def rows_of(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("title", ["用途", "交易附言", "汇款用途", "附加信息"])
def test_every_column_of_free_texts_is_read(bulk: Bulk, tmp_path: Path, title: str) -> None:
    report = bulk(f"户名,摘要,{title}\n{STRANGER},货款,代{LISTED}收款\n{STRANGER},货款,x\n", **DAY)
    assert [row["outcome"] for row in rows_of(tmp_path)] == ["REVIEW", "PASS"]
    assert report.basis["columns"] == {"户名": "name", "摘要": "remark", title: "remark"}


@pytest.mark.parametrize("rows", [3_000, 40_000])
def test_a_column_whose_names_come_late_stops_the_run(bulk: Bulk, rows: int) -> None:
    lines = [{"户名": STRANGER}] * rows + [{"户名": STRANGER, "栏目": LISTED}]
    data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    with pytest.raises(Invalid, match="栏目"):
        bulk(data, name="in.ndjson", **DAY)


def test_the_rows_of_an_upper_block_stay_rows(bulk: Bulk, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["户名", "金额"], [LISTED, 1], [STRANGER, 2], ["二、商户"], ["商户名称", "终端号"], [LISTED, "T1"]):
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    bulk(out.getvalue(), name="in.xlsx", **DAY)
    found = rows_of(tmp_path)
    assert len(found) == 5
    assert [row["outcome"] != "PASS" for row in found if row["户名"] == LISTED] == [True, True]


def test_zeros_in_cells_do_not_make_another_encoding(bulk: Bulk, tmp_path: Path) -> None:
    bulk(f"户名,金额\n{LISTED[:4]}\x00{LISTED[4:]},1\n{STRANGER},2\n".encode(), **DAY)
    assert [row["outcome"] == "PASS" for row in rows_of(tmp_path)] == [False, True]


@pytest.mark.parametrize("sign", DELIMITERS)
def test_a_delimiter_is_known_by_the_header(bulk: Bulk, tmp_path: Path, sign: str) -> None:
    bulk("\n".join(sign.join(line) for line in (["户名", "金额"], [LISTED, "1"], [STRANGER, "2"])), **DAY)
    assert [row["户名"] for row in rows_of(tmp_path)] == [LISTED, STRANGER]


def test_utf_32_is_refused(bulk: Bulk) -> None:
    with pytest.raises(Invalid, match="UTF-32"):
        bulk(f"户名,金额\n{LISTED},1\n".encode("utf-32"), **DAY)


@pytest.mark.parametrize("title", ["甲方", "付款人", "客户中文名", "khmc", "MCHNT_CN_NM", "受益人", "经营主体"])
def test_more_headers_of_names_are_known(bulk: Bulk, tmp_path: Path, title: str) -> None:
    bulk(f"{title},金额\n{LISTED},1\n{STRANGER},2\n", **DAY)
    assert [row["outcome"] == "PASS" for row in rows_of(tmp_path)] == [False, True]


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for number, lines in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet(f"表{number}")
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("formula", [f'="{LISTED}"', '="福建"&"示例"', "=Z9"])
def test_a_formula_that_was_never_computed_is_no_empty_cell(bulk: Bulk, formula: str) -> None:
    with pytest.raises(Invalid, match="formulas have no value"):
        bulk(workbook([["户名", "金额"], [formula, 1], [STRANGER, 2]]), name="in.xlsx", **DAY)


def test_a_sheet_of_names_without_a_header_of_names_is_settled_first(bulk: Bulk, tmp_path: Path) -> None:
    data = workbook([["户名"], [STRANGER]], [["编号", "第三方"], [1, LISTED], [2, "泉州山海石材有限公司"]])
    with pytest.raises(Invalid, match=r"--column 第三方=name"):
        bulk(data, name="in.xlsx", **DAY)
    bulk(data, name="in.xlsx", columns={"第三方": "name"}, **DAY)
    assert [row["outcome"] == "PASS" for row in rows_of(tmp_path)] == [True, False, True]
    bulk(data, name="in.xlsx", to="left.csv", columns={"第三方": "-"}, **DAY)


def test_the_header_of_another_table_hides_no_row_below(bulk: Bulk, tmp_path: Path) -> None:
    bulk(f"户名,账号\n{STRANGER},1\n商户号,商户名称\n100000000000001,{LISTED}\n", **DAY)
    found = rows_of(tmp_path)
    assert [row["outcome"] == "PASS" for row in found] == [True, False, False]
    assert found[2]["warnings"] == "账号:read-as-name"
    assert found[2]["matched_external_id"]


@pytest.mark.parametrize(
    "word", ["同上", "〃", "（同上）", "见附件", "详见附表2", "#NAME?", "undefined", "户名", "合计"]
)
def test_a_word_in_place_of_a_name_is_none(bulk: Bulk, tmp_path: Path, word: str) -> None:
    bulk(f"户名,金额\n{STRANGER},1\n{word},2\n", **DAY)
    assert [row["outcome"] for row in rows_of(tmp_path)] == ["PASS", "REVIEW"]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([STRANGER.encode("gb18030"), LISTED.encode("gb18030")]),
        pa.array([STRANGER.encode(), LISTED.encode()]),
        pa.array([[STRANGER], [STRANGER, LISTED]]),
        pa.array([STRANGER, LISTED]).dictionary_encode(),
    ],
)
def test_every_type_of_a_column_is_read(bulk: Bulk, tmp_path: Path, values: pa.Array) -> None:
    pq.write_table(pa.table({"户名": values}), tmp_path / "in.parquet")
    bulk(None, name="in.parquet", **DAY)
    assert [row["outcome"] == "PASS" for row in rows_of(tmp_path)] == [True, False]


def test_nested_names_stop_the_run(bulk: Bulk, tmp_path: Path) -> None:
    pq.write_table(pa.table({"户名": [STRANGER], "其他": [[LISTED]]}), tmp_path / "in.parquet")
    with pytest.raises(Invalid, match="其他"):
        bulk(None, name="in.parquet", **DAY)


@pytest.mark.parametrize("name", ["in.xlsx", "in.parquet", "in.csv"])
def test_a_file_of_nothing_but_a_header_has_no_rows(bulk: Bulk, tmp_path: Path, name: str) -> None:
    data: bytes | None = {"in.xlsx": workbook([["户名", "金额"]]), "in.csv": "户名,金额\n".encode()}.get(name)
    if data is None:
        pq.write_table(pa.table({"户名": pa.array([], pa.string())}), tmp_path / name)
    bulk(data, name=name, **DAY)
    assert rows_of(tmp_path) == []
