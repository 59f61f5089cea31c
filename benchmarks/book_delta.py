"""How long a changed list takes to reach a whole book: ``python -m benchmarks.book_delta [--book N] [--listed N]``.

A book of drawn names is put under watch and decided once; then a delta of a hundred entries, some of them names of the
book, is put in force and the book brought up to date, reading included.  In the end the whole book is decided anew:
nothing may differ.
"""

import argparse
import logging
import os
import tempfile
import time
from pathlib import Path

import structlog

from app import clock
from app.db import Database
from app.monitoring import book
from app.monitoring.member import member
from app.monitoring.rescreening import BookRunner
from app.policy.vocabulary import Service
from app.screening.request import Counterparty
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache
from benchmarks import population
from benchmarks.ground import LIST_HEADER, load_list, obey

_TOGETHER = 20_000
_PLANTED = 20
_CLIENT = "bench"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--book", type=int, default=1_000_000)
    parser.add_argument("--listed", type=int, default=20_000)
    parser.add_argument("--delta", type=int, default=100)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as name:
        os.environ["CUTOFF_DATA_DIR"] = name
        drawn = population.from_tables().names(asked.book + asked.listed + asked.delta, seed=31)
        listed, names = drawn[: asked.listed], drawn[asked.listed : asked.listed + asked.book]
        load_list(Path(name), listed)
        settings = Settings()
        database = Database(settings.url)
        started = time.perf_counter()
        _fill(database, names)
        print(f"book of {asked.book:,} put in {time.perf_counter() - started:.1f} s")
        runner = BookRunner(ScreeningService.open(database, SnapshotCache(database), settings))
        _timed("first decision of the whole book", runner)
        fresh = [*names[:_PLANTED], *drawn[-(asked.delta - _PLANTED) :]]
        lines = [
            f"D-{i:05},ADD,VIOLATING,VENUE,{one},350100,350100,2017-03-15,2017-03-20" for i, one in enumerate(fresh)
        ]
        path = Path(name) / "delta.csv"
        path.write_text("\n".join([LIST_HEADER, *lines]), encoding="utf-8")
        obey(
            "lists", "load", str(path), "--list", "bench", "--file-kind", "DELTA", "--maker", "one", "--checker", "two"
        )
        snapshot = time.perf_counter()
        runner.screening_service.snapshots.refresh()
        print(f"new lists folded and indexed in {time.perf_counter() - snapshot:.1f} s")
        _timed(f"a delta of {asked.delta} entries over the book", runner)
        _timed("the whole book anew", runner, full=True)
        database.close()


def _fill(database: Database, names: list[str]) -> None:
    for start in range(0, len(names), _TOGETHER):
        members = [
            member(f"C-{start + i:07}", [Counterparty(one)], [Service.FUND_SETTLEMENT])
            for i, one in enumerate(names[start : start + _TOGETHER])
        ]
        with database.write() as session:
            book.put(session, _CLIENT, members, clock.now())


def _timed(what: str, runner: BookRunner, *, full: bool = False) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    reports = runner.run(_CLIENT, full=full)
    outcome = ", ".join(f"{one.cause}/{one.mode} affected {one.affected} changes {one.changes}" for one in reports)
    spent = f"{time.perf_counter() - wall:.1f} s wall, {time.process_time() - cpu:.1f} s CPU"
    print(f"{what}: {spent}; {outcome or 'no difference'}")


if __name__ == "__main__":
    main()
