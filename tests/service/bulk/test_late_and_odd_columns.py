"""What a book holds where nobody looks first: late columns, further remarks, lower blocks, zeros in cells."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
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
