"""No text of a caller takes long to decide about, whatever it repeats; in time of the processor."""

import contextlib
import time

import pytest
from asking import asked
from watchlist_rows import VENUE, load

from app.db import Database
from app.errors import Invalid
from app.matching import warm_up
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

REPEATED = (
    *("e", "he", "aeiou", "yöntekijääkköä", "Nguyễn Đường ", "-", "—", "- ", "微", "微a", "微.", "交易所", "有限公司"),
    *("样", "福建样", "云交", "weipan ", "jiaoyi", "ﷺ", "\u0301e", "１", "①", "（原", "甲公司、", "%E7%A6", "&#31119;"),
    *("\\u798f", "<br>", "A.B.", "0", "350100", "6222", "13800000000", "www.a.", "。", "ß", "İ", "ǆ", "㍿", "𝒜"),
)
LENGTHS = {"name": 400, "other_names": 400, "remark": 20_000}


def _seconds(screening_service: ScreeningService, field: str, text: str) -> float:
    """Return the least time of three that a decision took, refused ones too."""
    party = {"other_names": [{"name": text, "type": "FORMER"}]} if field == "other_names" else {field: text}
    took = []
    for _ in range(3):
        started = time.thread_time()
        with contextlib.suppress(Invalid):
            screening_service.decide_now([asked("厦门清源饮料有限公司", counterparty=party)])
        took.append(time.thread_time() - started)
    return min(took)


def _slow(database: Database, bound_s: float) -> list[tuple[str, str, float]]:
    rows = [
        dict(VENUE, external_id=f"FJ-{at:04}", legal_name=f"福建样{chr(0x4E00 + at)}{chr(0x5100 + at)}交易中心有限公司")
        for at in range(300)
    ]
    load(database, "qa", *rows)
    warm_up()
    snapshots = SnapshotCache(database)
    snapshots.refresh()
    screening_service = ScreeningService.open(database, snapshots, Settings())
    found = []
    for field, length in LENGTHS.items():
        for unit in REPEATED:
            seconds = _seconds(screening_service, field, (unit * length)[:length])
            if seconds > bound_s:
                found.append((field, unit, seconds))
    return found


def test_no_text_takes_long(sqlite_db: Database) -> None:
    # Ten times what make check-long demands: other tests share the machine.
    assert _slow(sqlite_db, 0.5) == []


@pytest.mark.long
def test_no_text_takes_more_than_50_ms(sqlite_db: Database) -> None:
    assert _slow(sqlite_db, 0.05) == []
