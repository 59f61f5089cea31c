"""A list of 100,000 entities is validated, compared and stored within the bounds that the interface promises.

A fifth of it is held to its part of the time in every run.
"""

import os
import sys
from pathlib import Path

import pytest
import xlsxwriter
from process_usage import usage_of
from watchlist_rows import VENUE

ROWS = 100_000
CPU_S_MAX = 30
RSS_KIB_MAX = 1 << 20
_START_CPU_S = 3
"""What a command takes before it reads anything."""


def _workbook(path: Path, rows: int) -> None:
    more = ("uscc", "domains", "phones", "aliases")
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet("名单")
        page.write_row(0, 0, [*VENUE, *more])
        for number in range(rows):
            row = {
                **VENUE,
                "external_id": f"FJ-{number:06}",
                "legal_name": f"福建示例第{number}号大宗商品交易中心有限公司",
                "uscc": f"Y1350100DEM{number:06}0",
                "domains": f"s{number}.example",
                "phones": f"0591-8{number:07}",
                "aliases": f"示例{number}；样本{number}",
            }
            page.write_row(number + 1, 0, list(row.values()))


@pytest.mark.parametrize("rows", [ROWS // 5, pytest.param(ROWS, marks=pytest.mark.long)])
def test_a_long_list_comes_in_within_its_bounds(tmp_path: Path, rows: int) -> None:
    _workbook(tmp_path / "a.xlsx", rows)
    environment = {**os.environ, "CUTOFF_DATA_DIR": str(tmp_path / "var")}
    environment.pop("CUTOFF_DATABASE_URL", None)
    command = [sys.executable, "-c", "from app.cli import main; main()", "lists", "import", str(tmp_path / "a.xlsx")]
    used = usage_of([*command, "--list", "fj", "--maker", "张三"], environment)
    assert used.printed.split("\t")[:3] == ["fj", "1", "draft"]
    # Processor time, its child's included: the clock on the wall tells more of the machine than of the program.
    assert used.cpu_s <= _START_CPU_S + (CPU_S_MAX - _START_CPU_S) * rows / ROWS
    assert used.rss_kib <= RSS_KIB_MAX
