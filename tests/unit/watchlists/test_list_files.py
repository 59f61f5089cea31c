"""Every file of the corpus gives the findings that it must, and nothing else, in bounded time and memory."""

import os
import sys
import time
from datetime import UTC, datetime

import pytest
from list_files import BOMBS, CASES, Case, csv_of, row
from process_usage import usage_of

from app.errors import TooLarge
from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.findings.validation_report import ValidationReport
from app.watchlists.versions.importing import Checker, Upload

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CHECKER = Checker(FileLimits(), Parameters())
RSS_KIB_MAX = 1 << 20
_CHECK = """
import sys
from list_files import BOMBS
from test_list_files import check
from app.errors import TooLarge
try:
    check(next(case for case in BOMBS if case.id == sys.argv[1]))
except TooLarge as error:
    print(type(error).__name__)
"""


def check(case: Case) -> ValidationReport:
    return CHECKER.check_alone(Upload(case.name, case.make(), {}, "示例局"), NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_file_gives_its_findings(case: Case) -> None:
    started = time.monotonic()
    report = check(case)
    found = sorted((one.severity, one.code, one.row or 0, one.column or "") for one in report.findings)
    assert found == sorted(
        (severity, code, row_no or 0, column or "") for severity, code, row_no, column in case.expected
    )
    assert report.is_refused == any(severity == "ERROR" for severity, *_ in case.expected)
    assert all(one.text_zh and one.text_en for one in report.findings)
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("case", BOMBS, ids=lambda case: case.id)
def test_a_bomb_is_too_large(case: Case) -> None:
    used = usage_of([sys.executable, "-c", _CHECK, case.id], {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert used.printed.strip() == "TooLarge"
    assert used.rss_kib <= RSS_KIB_MAX


def test_more_rows_than_the_limit_are_too_large() -> None:
    rows = csv_of(*(row(external_id=f"FJ-{number}") for number in range(100)))
    few = Checker(FileLimits(rows_max=50), Parameters())
    with pytest.raises(TooLarge):
        few.check_alone(Upload("a.csv", rows, {}, "示例局"), NOW)


def test_more_bytes_than_the_limit_are_too_large() -> None:
    with pytest.raises(TooLarge):
        Checker(FileLimits(bytes_max=10), Parameters()).check_alone(Upload("a.csv", b"x" * 11, {}, "示例局"), NOW)


def test_a_cell_past_the_limit_is_an_error() -> None:
    data = csv_of(row(remark="长" * 20_001))
    assert [one.code for one in CHECKER.check_alone(Upload("a.csv", data, {}, "x"), NOW).findings] == ["TEXT_TOO_LONG"]


def test_findings_are_counted_in_full_and_kept_up_to_a_bound() -> None:
    data = csv_of(*(row(external_id=f"FJ-{number}", action="删除") for number in range(10_050)))
    report = CHECKER.check_alone(Upload("a.csv", data, {}, "x"), NOW)
    assert (report.rows, report.errors) == (10_050, 10_050)
    assert len(report.findings) < 10_050 + 10_050
