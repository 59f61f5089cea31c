"""Whatever habits of clerks come together in a file, it says the same list."""

from datetime import UTC, datetime

import pytest
from office_files import CITIES, NAMES, drawn

from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.history.version import Row
from app.watchlists.layout.file_header import HeaderDefaults
from app.watchlists.versions.importing import Checked, Checker, Upload

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_CODE = {"福州市": "350100", "厦门市": "350200", "泉州市": "350500", "漳州市": "350600", "莆田市": "350300"}


def read(name: str, data: bytes, **options: str) -> Checked:
    checker = Checker(FileLimits(), Parameters())
    defaults = HeaderDefaults("示例机关", NOW)
    return checker._check(Upload(name, data, options, "示例机关"), None, None, defaults, lambda *_: None)


def _said(row: Row) -> tuple[str, str, str, str, str]:
    return row["external_id"], row["legal_name"], row["jurisdiction"], row["determined_on"], row["category"]


@pytest.mark.parametrize("seed", range(180))
def test_the_same_list_is_read_under_every_habit(seed: int) -> None:
    name, data, habits = drawn(seed)
    found = read(name, data)
    told = [one.line() for one in found.report.in_order()]
    assert not found.is_refused, (habits, told)
    assert sorted(map(_said, found.rows)) == [
        (f"FJ-{number:04}", name, _CODE[city], "2017-03-15", "VIOLATING")
        for number, (name, city) in enumerate(zip(NAMES, CITIES, strict=True), start=1)
    ], (habits, told)
    assert len(told) < 20, (habits, told)
