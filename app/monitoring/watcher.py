"""The thread that keeps all books decided: within seconds of a list, a change of a book, or midnight in China.

Once a day it decides each whole book anew, which proves the steps of the day before.
"""

import threading
from datetime import datetime

import structlog

from app import clock
from app.clock import local_date
from app.db import Database
from app.monitoring import book
from app.monitoring.models import CoverageRow
from app.monitoring.rescreening import BookRunner
from app.monitoring.telling import Announcer
from app.screening.service import ScreeningService
from app.watchlists.snapshots.scheduler import caught_up

log = structlog.get_logger("cutoff.monitoring")


class BookWatcher:
    """Runs what is due, again and again, until it is asked to stop."""

    def __init__(self, runner: BookRunner, interval_s: float, announcer: Announcer) -> None:
        self._runner = runner
        self._interval_s = interval_s
        self._announcer = announcer

    @property
    def _screening_service(self) -> ScreeningService:
        return self._runner.screening_service

    @property
    def _database(self) -> Database:
        return self._screening_service.database

    def run(self, stop: threading.Event) -> None:
        """Look at all books until asked to stop; a book that fails is tried again, and keeps no other waiting."""
        while not stop.wait(self._interval_s):
            try:
                self.step()
                self._announcer.step()
            except Exception as error:  # noqa: BLE001 - the database may be away for a while; the watcher outlives it
                log.error("watch_failed", error=type(error).__name__)  # noqa: TRY400 - a message may hold a row

    def step(self) -> int:
        """Bring every book up to date for which something is due; return how many there were."""
        with self._database.read() as session:
            clients = book.clients(session)
        if not clients:
            return 0
        snapshot = caught_up(self._database, self._screening_service.snapshots)
        now = clock.now()
        done = 0
        for client in clients:
            with self._database.read() as session:
                is_due = self._runner.is_due(session, client, snapshot, local_date(now))
                proves = _is_to_be_proved(session.get(CoverageRow, client), now)
            if is_due or proves:
                done += 1
                try:
                    self._runner.run(client, full=proves)
                except Exception as error:  # noqa: BLE001 - as above
                    log.error("book_failed", client=client, error=type(error).__name__)  # noqa: TRY400 - as above
        return done


def _is_to_be_proved(coverage: CoverageRow | None, now: datetime) -> bool:
    """Whether the last decision of the whole book is of an earlier day."""
    return coverage is not None and coverage.whole_at is not None and local_date(coverage.whole_at) < local_date(now)
