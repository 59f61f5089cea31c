"""Whether decisions can be recorded now: tried in the background, so that readiness is answered from memory.

A database may answer reads and refuse writes: a standby that was not promoted, a file system that is full or
read-only, a role that lost its rights.
"""

import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.screening.models import Screening

_JOIN_S = 5.0
_ROOM_BYTES = 1 << 20

log = structlog.get_logger("cutoff.recording")


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last attempt that ended: when it began (monotonic seconds), and its error if any."""

    at: float
    error: str | None

    @property
    def age_s(self) -> float:
        """How long ago it began; it grows where the database does not answer at all."""
        return time.monotonic() - self.at


class RecordingProbe:
    """A thread that tries, again and again, whether a decision could be recorded; it leaves nothing behind."""

    def __init__(self, database: Database, interval_s: float) -> None:
        self._database = database
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recording-probe", daemon=True)
        self.last = Attempt(time.monotonic(), None)

    def start(self) -> None:
        """Try once, then start the thread."""
        self.try_now()
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        self._stop.set()
        self._thread.join(_JOIN_S)

    def try_now(self) -> None:
        """Try to record, and remember how it went."""
        began, error = time.monotonic(), None
        try:
            self._write_nothing()
        except (SQLAlchemyError, OSError) as found:
            error = type(found).__name__
            log.error("recording_impossible", error=error)  # noqa: TRY400 - as a message may hold a row
        self.last = Attempt(began, error)

    def _write_nothing(self) -> None:
        """Insert no row into the table of decisions: PostgreSQL then checks rights, recovery and read-only mode.

        SQLite looks at its file only when something is written, so its user version is changed, and that is rolled
        back, which costs no flush.  Whether the disk has room it would find out at the commit only: a file beside it
        that has no name and is gone at once finds it out here.
        """
        with self._database.write() as session:
            session.execute(insert(Screening).from_select(_COLUMNS, select(*_TABLE.c).where(text("1 = 0"))))
            if self._database.is_sqlite:
                session.execute(text("PRAGMA user_version = 1"))
            session.rollback()
        path = self._database.url.database
        if self._database.is_sqlite and path:
            with tempfile.TemporaryFile(dir=Path(path).parent) as file:
                file.write(bytes(_ROOM_BYTES))

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            self.try_now()


_TABLE = Screening.__table__
_COLUMNS = [column.name for column in _TABLE.c]
