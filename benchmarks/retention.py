"""What archiving costs: ``python -m benchmarks.retention [--decisions N]``.

A month of decisions is put in beside a young one, archived, verified with its file, and restored; all by processor time
and wall time, on an embedded database or on the one of CUTOFF_DATABASE_URL, which has to be empty.  The decisions are
copies of some real ones, each with its own id, reference and record.
"""

import argparse
import logging
import os
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text

from app import clock
from app.audit.installation import sealer_of, verifiers_of
from app.audit.sealer import Sealer
from app.audit.verify import verify
from app.db import Database
from app.policy.vocabulary import Service
from app.retention.archive_evidence import Archives
from app.retention.archiving import Archiver
from app.retention.file_evidence import ArchiveFiles
from app.retention.restoring import Restorer
from app.screening import intake, record
from app.screening.audit_evidence import Decisions
from app.screening.record import Author
from app.screening.serialise import ScreeningColumns
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache
from benchmarks.ground import listed_names, load_list, obey

_TOGETHER = 2_000
_LISTED = 2_000
_TEMPLATES = 20
_AT = datetime(2015, 6, 15, 4, tzinfo=UTC)
_AUTHOR = Author("core", "bench", None, "bench")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CUTOFF_DATA_DIR"] = name
        obey("db", "upgrade")
        load_list(folder, listed_names(_LISTED))
        settings = Settings()
        database = Database(settings.url, statement_timeout_ms=600_000)
        sealer = sealer_of(database, settings)
        count = asked.decisions
        _timed("fill", count, lambda: _fill(database, settings, count, sealer))
        archive = {"database": database, "sealer": sealer, "folder": folder / "archive", "by": "b", "os_user": "b"}
        done = _timed("archive", count, lambda: Archiver(**archive).month("2015-06"))
        if (done.removed, done.held, done.not_sealed) != (count, 0, 0):
            raise AssertionError(done)
        size = sum(path.stat().st_size for path in (folder / "archive").iterdir())
        print(f"archive  {size / count:.0f} bytes a decision on disk ({size >> 20} MiB)")
        evidence = [Decisions(), Archives(), ArchiveFiles(folder / "archive")]
        for what, known in (("verify", evidence[:2]), ("verify with the file", evidence)):
            report = _timed(what, count, lambda known=known: verify(database, verifiers_of(settings), known))
            if report.first is not None or report.archived != count:
                raise AssertionError(report.first)
        if _timed("restore", count, lambda: Restorer(**archive).month("2015-06")) != count:
            raise AssertionError(count)


def _fill(database: Database, settings: Settings, count: int, sealer: Sealer) -> None:
    snapshots = SnapshotCache(database)
    snapshots.refresh()
    service = ScreeningService.open(database, snapshots, settings)
    limits = intake.TextLimits(clock.now())
    columns = []
    for number, name in enumerate(listed_names(_TEMPLATES)):
        raw = {
            "service": Service.CUSTODY.value,
            "service_date": "2015-06-15",
            "counterparty": {"name": name if number % 10 == 0 else f"福州样本{number}号海鲜酒楼有限公司"},
        }
        columns.append(ScreeningColumns.of(service.decide(intake.read(raw, limits), "core")))
    for start in range(0, count, _TOGETHER):
        with database.write() as session:
            copies = [_copy(columns[i % _TEMPLATES], i) for i in range(start, min(count, start + _TOGETHER))]
            record.store(session, copies, _AUTHOR)
    with database.write() as session:
        record.store(session, [_copy(columns[0], i, at=clock.now()) for i in range(512)], _AUTHOR)
    sealer.seal_all()
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def _copy(one: ScreeningColumns, number: int, at: datetime = _AT) -> ScreeningColumns:
    own: dict[str, Any] = {"id": str(uuid.uuid4()), "reference": f"bench-{number}", "screened_at": at, "known_at": at}
    return replace(one, columns={**one.columns, **own})


def _timed(what: str, count: int, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call returns
    wall, cpu = time.perf_counter(), time.process_time()
    found = call()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:<22} {count} in {cpu:.1f} s of processor, {wall:.1f} s: {count / cpu:,.0f} a second", flush=True)
    return found


if __name__ == "__main__":
    main()
