"""A worker: claims chunks of jobs, does them, and keeps its leases alive.

It runs at low priority, so that screening beside it stays fast.  A worker that is killed leaves leases
that run out; whoever comes next does those chunks again.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import structlog

from app import clock
from app.audit.installation import sealer_of
from app.audit.key_files import webhook_key
from app.bulk.runs.progress import RunProgress
from app.bulk.runs.run_store import DatabaseRunStore
from app.bulk.service import bulk_jobs as bulk_job
from app.bulk.service import job_files
from app.bulk.service.cron import Cron
from app.bulk.service.nightly import Night, screen_folder
from app.db import Database, WriteSession
from app.errors import CutoffError, Unavailable
from app.jobs import queue
from app.jobs.heartbeat import beat
from app.jobs.queue import ChunkClaim
from app.monitoring import book_jobs, sweeps
from app.monitoring.rescreening import BookRunner
from app.monitoring.telling import Announcer, rules_of, tell_step
from app.monitoring.watcher import BookWatcher
from app.notify.deliver import Deliverer
from app.notify.http_client import Sender
from app.notify.signature import SecretMaker
from app.screening.record import Author
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

LEASE: Final = timedelta(seconds=30)
_POLL_S: Final = 0.5
_NICENESS: Final = 10
_LOOK_EVERY_S: Final = 2.0
_BEAT_EVERY_S: Final = 10.0
_TIDY_EVERY_S: Final = 3600.0

log = structlog.get_logger("cutoff.worker")


class Handler(Protocol):
    """Does the chunks of one kind of jobs."""

    def do(self, claim: ChunkClaim) -> Callable[[WriteSession], None]:
        """Do a chunk; return what is to be written in the transaction that finishes it."""
        ...


class Worker:
    """One process that works on jobs until it is asked to stop."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], lease: timedelta = LEASE) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self._database = database
        self._handlers = handlers
        self._lease = lease

    def run(self, stop: threading.Event) -> None:
        """Work until asked to stop; the chunk under way is finished first."""
        threading.Thread(target=self._keep_beating, args=(stop,), name="worker-beat", daemon=True).start()
        while not stop.is_set():
            try:
                if not self.step():
                    stop.wait(_POLL_S)
            except Exception as error:  # noqa: BLE001 - the database may be away for a while; a worker outlives it
                log.error("worker_failed", error=type(error).__name__)  # noqa: TRY400 - a message may hold a row
                stop.wait(_POLL_S * 4)

    def _keep_beating(self, stop: threading.Event) -> None:
        """Write down now and then that this worker is alive, at work or not."""
        while not stop.is_set():
            try:
                with self._database.write() as session:
                    beat(session, self.name, clock.now())
            except Exception as error:  # noqa: BLE001 - the next beat tries again
                log.warning("beat_failed", error=type(error).__name__)
            stop.wait(_BEAT_EVERY_S)

    def step(self) -> bool:
        """Do one chunk; False where there was none."""
        with self._database.write() as session:
            claim = queue.claim(session, self.name, clock.now(), self._lease)
        if claim is None:
            return False
        try:
            with self._kept_alive(claim):
                write = self._handlers[claim.kind].do(claim)
            with self._database.write() as session:
                if queue.finish(session, claim):
                    write(session)
        except CutoffError as error:
            self._failed(claim, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, the job must not hang
            # The next attempt may do better; after the last one the job fails.
            log.error("chunk_failed", job=claim.job_id, chunk=claim.no, error=type(error).__name__)  # noqa: TRY400 - as above
            with self._database.write() as session:
                queue.give_back(session, claim, f"{type(error).__name__}")
        return True

    def _failed(self, claim: ChunkClaim, error: CutoffError) -> None:
        with self._database.write() as session:
            if isinstance(error, Unavailable):
                queue.give_back(session, claim, error.message)
            else:
                queue.fail(session, claim.job_id, error.message, clock.now())

    @contextmanager
    def _kept_alive(self, claim: ChunkClaim) -> Iterator[None]:
        """Extend the lease of a claim while its chunk is worked on."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(self._lease.total_seconds() / 3):
                try:
                    with self._database.write() as session:
                        if not queue.extend(session, claim, clock.now(), self._lease):
                            return
                except Exception as error:  # noqa: BLE001 - the next beat tries again
                    log.warning("heartbeat_failed", error=type(error).__name__)

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to screen a folder by itself."""

    cron: Cron
    night: Night


def run(settings: Settings, database: Database, *, parent: int | None = None, schedule: Schedule | None = None) -> None:
    """Work until SIGTERM or Ctrl-C, or until the process ``parent`` that started this one is gone."""
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    os.nice(_NICENESS)
    if parent is not None:
        threading.Thread(target=_stop_with_parent, args=(parent, stop), daemon=True).start()
    handlers: dict[str, Handler] = {
        bulk_job.KIND: bulk_job.BulkJobs(database, settings),
        book_jobs.KIND: book_jobs.BookJobs(database, settings),
        sweeps.KIND: sweeps.SweepJobs(
            lambda: ScreeningService.open(database, SnapshotCache(database), settings), database
        ),
    }
    worker = Worker(database, handlers)
    log.info("worker_started", worker=worker.name)
    if schedule is not None:
        ground = DatabaseRunStore(database, settings, Author("nightly", "nightly", None, "nightly"))
        threading.Thread(target=_keep_schedule, args=(schedule, ground, stop), daemon=True).start()
    threading.Thread(target=_keep_tidy, args=(settings, database, stop), daemon=True).start()
    threading.Thread(target=_watch_books, args=(settings, database, stop), daemon=True).start()
    threading.Thread(target=_deliver, args=(settings, database, stop, worker.name), daemon=True).start()
    sealer = sealer_of(database, settings)
    sealer.start()
    worker.run(stop)
    sealer.stop()


def _watch_books(settings: Settings, database: Database, stop: threading.Event) -> None:
    """Keep the books of all clients decided."""
    screening_service = ScreeningService.open(database, SnapshotCache(database), settings)
    runner = BookRunner(screening_service, tell_step, settings.pre_alert_days)
    BookWatcher(runner, settings.watch_interval_s, Announcer(database)).run(stop)


def _deliver(settings: Settings, database: Database, stop: threading.Event, worker: str) -> None:
    """Send what webhooks are due."""
    maker = SecretMaker(webhook_key(settings.data_dir))
    Deliverer.of(database, Sender(rules=rules_of(settings)), maker, worker).run(stop)


def _keep_tidy(settings: Settings, database: Database, stop: threading.Event) -> None:
    """Remove the files of old jobs, now and then."""
    while not stop.is_set():
        try:
            removed = job_files.remove_old(settings, database, clock.now())
            if removed:
                log.info("job_files_removed", jobs=removed)
        except Exception as error:  # noqa: BLE001 - the next time may do better
            log.warning("job_files_kept", error=type(error).__name__)
        stop.wait(_TIDY_EVERY_S)


def _keep_schedule(schedule: Schedule, ground: DatabaseRunStore, stop: threading.Event) -> None:
    """Screen the folder whenever it is time; a night that fails is logged and the next one comes."""
    while not stop.is_set():
        due = schedule.cron.next_after(clock.now())
        log.info("nightly_due", at=due.isoformat())
        if stop.wait(max(0.0, (due - clock.now()).total_seconds())):
            return
        try:
            results = screen_folder(schedule.night, due.date(), ground, RunProgress(quiet=True))
            log.info("nightly_done", files=len(results), failed=sum(one.error is not None for one in results))
        except Exception as error:  # noqa: BLE001 - as above
            log.error("nightly_failed", error=type(error).__name__)  # noqa: TRY400 - as above


def _stop_with_parent(parent: int, stop: threading.Event) -> None:
    while os.getppid() == parent and not stop.is_set():
        time.sleep(1)
    stop.set()


@contextmanager
def beside() -> Iterator[None]:
    """Run a worker in a process of its own beside this one, for a server that shall also work on jobs.

    One that dies is followed by another, so that no job waits for the server's next start.
    """
    command = [sys.executable, "-c", "from app.cli import main; main()", "worker", "--parent", str(os.getpid())]
    stop = threading.Event()
    running = [_started(command)]

    def watch() -> None:
        while not stop.wait(_LOOK_EVERY_S):
            code = running[-1].poll()
            if code is not None:
                log.error("worker_died", code=code)
                running.append(_started(command))

    watcher = threading.Thread(target=watch, name="worker-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
        running[-1].terminate()
        running[-1].wait()


def _started(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own program
