"""No cell of a list or a book takes long to read, whatever it repeats; in time of the processor."""

import contextlib
import csv
import io
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hostile_values import ALPHABETS
from watchlist_rows import VENUE, as_csv

from app import clock
from app.bulk.rows.input_columns import _BY_KEY
from app.db import Database
from app.errors import CutoffError
from app.matching import warm_up
from app.monitoring import book_jobs
from app.monitoring.upload import take_in
from app.policy.parameters import Parameters
from app.settings import Settings
from app.tabular.limits import FileLimits
from app.watchlists.layout.columns import COLUMNS
from app.watchlists.versions.importing import Checker, Upload

Read = Callable[[str, str], None]
"""Reads a file of one row in which a column has a text."""

LENGTH: Final = 20_000
BOUND_S: Final = 0.05
_PATIENT_BOUND_S, _PATIENT_GROWTH_MAX = 0.5, 8.0
"""What a cell may cost, and how much more than a quarter of it, in the suite, which shares its machine."""

UNKNOWN: Final = "没有的列"
LIST_COLUMNS: Final = (*(column.alias for column in COLUMNS), UNKNOWN)
BOOK_COLUMNS: Final = (*dict.fromkeys(_BY_KEY.values()), UNKNOWN)


@pytest.fixture
def read_list(sqlite_db: Database) -> Read:
    warm_up()
    checker = Checker(FileLimits(), Parameters())

    def read(column: str, text: str) -> None:
        upload = Upload("qa.csv", as_csv([{**VENUE, column: text}]), {}, "测试机构")
        with sqlite_db.read() as session, contextlib.suppress(CutoffError):
            checker.check(session, "qa", upload, clock.now())

    return read


@pytest.fixture
def read_book(sqlite_db: Database, tmp_path: Path) -> Read:
    warm_up()
    options = book_jobs.options_of(Settings(), replace=False, confirmed=False)

    def read(column: str, text: str) -> None:
        path = tmp_path / "book.csv"
        row = {"id": "C-1", "name": "厦门示例饮料有限公司", column: text}
        if column == "reference":
            del row["id"]
        written = io.StringIO()
        writer = csv.DictWriter(written, list(row))
        writer.writeheader()
        writer.writerow(row)
        path.write_text(written.getvalue(), encoding="utf-8")
        with contextlib.suppress(CutoffError):
            take_in(sqlite_db, "core", path, options)

    return read


def _seconds(read: Read, column: str, text: str, times: int) -> float:
    took = []
    for _ in range(times):
        started = time.thread_time()
        read(column, text)
        took.append(time.thread_time() - started)
    return min(took)


def _costly(read: Read, columns: tuple[str, ...], bound_s: float, of_each: int | None) -> list[tuple[object, ...]]:
    """Return columns and alphabets for which a cell costs more than ``bound_s`` beyond a short one, or grows faster."""
    read(columns[0], "样")
    least = min(_seconds(read, UNKNOWN, "样", 3), _seconds(read, columns[0], "样", 3))
    found = []
    for column in columns:
        alphabets = ALPHABETS if of_each is None else random.Random(column).sample(ALPHABETS, of_each)
        for unit in alphabets:
            text = (unit * LENGTH)[:LENGTH]
            spent = _seconds(read, column, text, 1) - least
            if spent > BOUND_S / 2:
                spent = _seconds(read, column, text, 3) - least
                grown = spent / max(_seconds(read, column, text[: LENGTH // 4], 3) - least, 0.001)
                if spent > bound_s or (spent > BOUND_S and grown > _PATIENT_GROWTH_MAX):
                    found.append((column, unit, round(spent, 3), round(grown, 2)))
    return found


def test_no_cell_of_a_list_takes_long(read_list: Read) -> None:
    assert _costly(read_list, LIST_COLUMNS, _PATIENT_BOUND_S, 3) == []


def test_no_cell_of_a_book_takes_long(read_book: Read) -> None:
    assert _costly(read_book, BOOK_COLUMNS, _PATIENT_BOUND_S, 4) == []


@pytest.mark.long
def test_no_cell_of_a_list_takes_more_than_50_ms(read_list: Read) -> None:
    assert _costly(read_list, LIST_COLUMNS, BOUND_S, None) == []


@pytest.mark.long
def test_no_cell_of_a_book_takes_more_than_50_ms(read_book: Read) -> None:
    assert _costly(read_book, BOOK_COLUMNS, BOUND_S, None) == []
