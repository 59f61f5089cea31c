"""The state of things, for ``/metrics``: age of lists, queue, workers.  A thread looks; the call only reads memory."""

import time
from typing import Final

from prometheus_client import Counter, Gauge
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

from app.api.metrics import WAITING
from app.db import Database
from app.jobs.heartbeat import queue_state
from app.monitoring import coverage
from app.screening.recorder import Recorder
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

LIST_KNOWN_FROM: Final = Gauge(
    "cutoff_list_known_from_timestamp_seconds",
    "Since when the version in force of a list is known; its age is the time since then.",
    ["list"],
    multiprocess_mode="mostrecent",
)
LIST_VERSION: Final = Gauge(
    "cutoff_list_version", "The version in force of a list.", ["list"], multiprocess_mode="mostrecent"
)
JOBS: Final = Gauge("cutoff_jobs", "Jobs that are not finished, by state.", ["state"], multiprocess_mode="mostrecent")
JOBS_OLDEST: Final = Gauge(
    "cutoff_jobs_oldest_queued_timestamp_seconds",
    "When the oldest job that waits was queued; 0 where none waits.",
    multiprocess_mode="mostrecent",
)
WORKER_SEEN: Final = Gauge(
    "cutoff_worker_seen_timestamp_seconds",
    "When a worker was last alive; 0 where none has been.",
    multiprocess_mode="mostrecent",
)
BOOK_DIFFERENCES: Final = Gauge(
    "cutoff_book_differences",
    "Counterparties on which the nightly decision of whole books did not agree with the steps before; an incident.",
    multiprocess_mode="mostrecent",
)
BOOK_ERRORS: Final = Gauge(
    "cutoff_book_errors", "Counterparties that could not be decided.", multiprocess_mode="mostrecent"
)
BOOK_WHOLE: Final = Gauge(
    "cutoff_book_whole_timestamp_seconds",
    "When the book of which that is longest ago was last decided as a whole; 0 where there is none.",
    multiprocess_mode="mostrecent",
)
RECORDING: Final = Gauge(
    "cutoff_recording_possible", "1 where decisions can be recorded, 0 where not.", multiprocess_mode="min"
)
DATABASE_ERRORS: Final = Counter("cutoff_database_errors_total", "Errors of the database, by class.", ["error"])
_LOOK_EVERY_S: Final = 5.0


def count_errors(database: Database) -> None:
    """Count every error of a database from now on."""

    def count(context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception or context.original_exception
        DATABASE_ERRORS.labels(type(error).__name__).inc()

    event.listen(database.engine, "handle_error", count)


class StateGauges:
    """Sets the gauges of one process."""

    def __init__(self, database: Database, snapshots: SnapshotCache, recorder: Recorder) -> None:
        self._database = database
        self._snapshots = snapshots
        self._recorder = recorder
        self._looked = float("-inf")

    def update(self) -> None:
        """Set the gauges, unless that was done just before."""
        now = time.monotonic()
        if now - self._looked < _LOOK_EVERY_S:
            return
        self._looked = now
        RECORDING.set(self._recorder.failure is None)
        WAITING.set(self._recorder.waiting)
        for ref in self._snapshots.current.snapshot.refs:
            LIST_KNOWN_FROM.labels(ref.code).set(ref.known_from.timestamp())
            LIST_VERSION.labels(ref.code).set(ref.version)
        with self._database.read() as session:
            state = queue_state(session)
            books = coverage.totals(session)
        BOOK_DIFFERENCES.set(books.differences)
        BOOK_ERRORS.set(books.errors)
        BOOK_WHOLE.set(books.whole_at.timestamp() if books.whole_at else 0)
        for name, count in state.jobs.items():
            JOBS.labels(name).set(count)
        JOBS_OLDEST.set(state.oldest_at.timestamp() if state.oldest_at else 0)
        WORKER_SEEN.set(state.worker_seen_at.timestamp() if state.worker_seen_at else 0)
