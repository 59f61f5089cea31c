"""What the audit log costs: ``python -m benchmarks.audit_log [--records N] [--screenings N]``.

Screenings are recorded and then sealed, which gives the share of the sealing; records are put in and sealed up to a
size, and verified whole; proofs of records anywhere in the log are made.  All by processor time, on an embedded
database or on the one of CUTOFF_DATABASE_URL, which has to be empty.
"""

import argparse
import logging
import os
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import structlog

from app import clock
from app.audit import AuditEntry, append, store
from app.audit.installation import sealer_of, verifiers_of
from app.audit.sealer import Sealer
from app.audit.verify import verify
from app.db import Database
from app.policy.vocabulary import Service
from app.screening import intake
from app.screening.record import Author
from app.screening.request import ScreeningInput
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache
from benchmarks.ground import listed_names, load_list, obey

_TOGETHER = 5_000
_PROOFS = 500
_LISTED = 2_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--screenings", type=int, default=2_000)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as name:
        os.environ["CUTOFF_DATA_DIR"] = name
        obey("db", "upgrade")
        load_list(Path(name), listed_names(_LISTED))
        settings = Settings()
        database = Database(settings.url, statement_timeout_ms=600_000)
        sealer = sealer_of(database, settings)
        sealer.seal_all()
        _share_of_sealing(database, settings, sealer, asked.screenings)
        _fill(database, sealer, asked.records)
        wall, cpu = time.perf_counter(), time.process_time()
        report = verify(database, verifiers_of(settings))
        cpu = time.process_time() - cpu
        print(
            f"verify: {report.records:,} records in {cpu:.1f} s CPU ({time.perf_counter() - wall:.1f} s wall), "
            f"{report.records / cpu:,.0f} a second; damage {len(report.damage)}"
        )
        _proofs(database, report.records)
        database.close()


def _share_of_sealing(database: Database, settings: Settings, sealer: Sealer, count: int) -> None:
    screening_service = ScreeningService.open(database, SnapshotCache(database), settings)
    screening_service.snapshots.refresh()
    author = Author("bench", "bench", None, "api")
    questions = [_question(one) for one in listed_names(count)]
    screening_service.screen(questions[0], author)
    screened = _cpu(lambda: [screening_service.screen(one, author) for one in questions])
    sealed = _cpu(sealer.seal_all)
    print(
        f"sealing: {len(questions):,} screenings {screened:.2f} s CPU, sealing them {sealed:.3f} s CPU: "
        f"{sealed / screened:.1%} of a recorded screening"
    )


def _question(name: str) -> ScreeningInput:
    raw = {"service": Service.FUND_SETTLEMENT.value, "counterparty": {"name": name}}
    return intake.read(raw, intake.TextLimits(clock.now()))


def _fill(database: Database, sealer: Sealer, records: int) -> None:
    spent = sealed = 0.0
    for start in range(0, records, _TOGETHER):
        entries = [
            AuditEntry(
                id=str(uuid.uuid4()),
                kind="decision",
                at=clock.now(),
                client="bench",
                subject="bench",
                key_id=None,
                via="api",
                content={"record_sha256": f"{i:064x}", "outcome": "PASS"},
            )
            for i in range(start, min(start + _TOGETHER, records))
        ]

        def put(entries: list[AuditEntry] = entries) -> None:
            with database.write() as session:
                append(session, entries)

        spent += _cpu(put)
        sealed += _cpu(sealer.seal_all)
    print(
        f"recording: {records / spent:,.0f} records a second of CPU; sealing: {records / sealed:,.0f} a second of CPU"
    )


def _proofs(database: Database, records: int) -> None:
    luck = random.Random(7)  # noqa: S311 - the same places each time
    times: list[float] = []
    with database.read() as session:
        places = [luck.randrange(records) for _ in range(_PROOFS)]
        found = [store.records_at(session, place, place + 1)[0] for place in places]
    for record in found:
        with database.read() as session:
            times.append(_cpu(lambda record=record, session=session: store.proof(session, record)) * 1_000)  # type: ignore[misc]
    times.sort()
    print(
        f"proof of one of {records:,}: median {statistics.median(times):.2f} ms CPU, "
        f"99th percentile {times[int(len(times) * 0.99)]:.2f} ms"
    )


def _cpu(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


if __name__ == "__main__":
    main()
