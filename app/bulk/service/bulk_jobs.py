"""Bulk files as jobs of the service: plan, screen chunk by chunk on any worker, put together.

The plan is the first chunk: it reads the file once, fixes the lists and cuts it.  Every further chunk is
screened by whoever claims it; its part is a file named with the attempt, and counts only if the claim
still held when it was finished.  The chunk that is finished last adds the one that puts the parts together.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app import clock
from app.bulk.readers import open_reader
from app.bulk.readers.file_layout import Layout, Span
from app.bulk.readers.headers import carried_names
from app.bulk.readers.read_options import ReadOptions
from app.bulk.runs import run_records
from app.bulk.runs.chunk_log import write_blob
from app.bulk.runs.chunk_result import ChunkResult, Counts
from app.bulk.runs.chunk_worker import ChunkWorker, Task
from app.bulk.runs.options import Options
from app.bulk.runs.plan import plan
from app.bulk.runs.run_report import RunReport
from app.bulk.runs.run_store import DatabaseRunStore
from app.bulk.runs.summary import about, with_vanished
from app.bulk.service.job_files import folder_of
from app.bulk.writers import writer
from app.bulk.writers.writer import Assembly
from app.db import Database, ReadSession, WriteSession
from app.errors import CutoffError, NotFound
from app.jobs import queue
from app.jobs.queue import ChunkClaim, JobView, NewChunk, Owner
from app.screening.record import Author
from app.settings import Settings
from app.watchlists.snapshots.packed import pack

KIND: Final = "bulk"
OPEN_JOBS_MAX: Final = 4
"""How many unfinished jobs one client may have."""

_PLAN, _SCREEN, _FINISH = "plan", "screen", "finish"
_SCREEN_FILE: Final = "screen.bin"
_WORKERS_KEPT: Final = 2
_LOOK_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job in the words of the interface."""

    rows_total: int | None
    rows_done: int
    counts: Counts
    rows_per_second: float
    eta_seconds: float | None


def submit(session: WriteSession, owner: Owner, path: Path, options: Mapping[str, Any], job_id: str) -> None:
    """Queue a file that is in its job's folder.  Raises Invalid, TooLarge, TooMany."""
    open_reader.format_of(path)
    open_reader.check(path)
    first = NewChunk(_PLAN, {})
    queue.create(
        session,
        KIND,
        owner,
        {**options, "input": path.name},
        first,
        now=clock.now(),
        job_id=job_id,
        open_max=OPEN_JOBS_MAX,
    )


def progress_of(session: ReadSession, job: JobView, now: datetime) -> JobProgress:
    """Return how far a job is."""
    counts = Counts.total(ChunkResult.from_json(dict(one)).counts for one in queue.results(session, job.id, _SCREEN))
    seconds = ((job.finished_at or now) - job.started_at).total_seconds() if job.started_at else 0.0
    rate = counts.rows / seconds if seconds > 0 else 0.0
    left = None if job.units_total is None or not rate or job.state.is_final else (job.units_total - counts.rows) / rate
    return JobProgress(job.units_total, counts.rows, counts, round(rate, 1), None if left is None else round(left, 1))


def result_of(settings: Settings, job: JobView) -> Path:
    """Return the output of a finished job.  Raises NotFound where its files have been removed for their age."""
    path = folder_of(settings, job.id) / str((job.result or {})["output"])
    if not path.exists():
        days = settings.job_files_days
        raise NotFound(
            "job-results-gone",
            f"结果文件保存{days}天，已清理，记录仍在 / "
            f"result files are kept for {days} days and these have been removed; what was recorded stays",
        )
    return path


class JobEnded(CutoffError):
    """The job has ended, by a cancel, while a chunk of it was worked on; nothing more is done for it."""

    def __init__(self) -> None:
        super().__init__("job-ended", "任务已结束 / the job has ended")


class BulkJobs:
    """Does the chunks of bulk jobs for one worker."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._workers: OrderedDict[str, ChunkWorker] = OrderedDict()

    def do(self, claim: ChunkClaim) -> Callable[[WriteSession], None]:
        """Do a chunk; return what is to be written in the transaction that finishes it.

        Raises what reading and screening raise; an Invalid is the input's fault and fails the job.
        """
        stages = {_PLAN: self._plan, _SCREEN: self._screen, _FINISH: self._finish}
        return stages[claim.stage](claim)

    def _plan(self, claim: ChunkClaim) -> Callable[[WriteSession], None]:
        folder = folder_of(self._settings, claim.job_id)
        path = folder / claim.options["input"]
        options, started_at = _options(claim, path), clock.now()
        unpacked = folder / f"plan.{claim.attempt}"
        unpacked.mkdir(exist_ok=True)
        planned = plan(options, unpacked, self._ground(claim), claim.job_id, started_at, self._stop_where_ended(claim))
        layout, spans, screen = planned.layout, planned.spans, planned.screen
        blob = write_blob(folder, f"{claim.attempt}.{_SCREEN_FILE}", pack(screen.ready()))
        memo = {
            "readable": str(planned.readable.relative_to(folder.resolve())),
            "layout": layout.as_json(),
            "screen": blob.name,
            "input_sha256": open_reader.sha256(path),
            "started_at": started_at.isoformat(),
            "added": screen.added,
            "basis": {**screen.basis(), "file": layout.shown()},
            "previous": None if screen.previous is None else len(screen.previous),
        }

        def write(session: WriteSession) -> None:
            job = queue.lock(session, claim.job_id)
            job.memo, job.units_total = memo, sum(span.rows for span in spans)
            chunks = [NewChunk(_SCREEN, {"span": span.as_json()}, span.rows) for span in spans]
            queue.add_chunks(session, claim.job_id, chunks, start=1)

        return write

    def _screen(self, claim: ChunkClaim) -> Callable[[WriteSession], None]:
        part = self._worker(claim).work(Span.from_json(claim.payload["span"]), mark=f".{claim.attempt}")

        def write(session: WriteSession) -> None:
            queue.set_result(session, claim, part.as_json())
            job = queue.lock(session, claim.job_id)
            if not queue.waiting(session, claim.job_id):
                last = queue.chunk_count(session, claim.job_id)
                queue.add_chunks(session, job.id, [NewChunk(_FINISH, {})], start=last)

        return write

    def _finish(self, claim: ChunkClaim) -> Callable[[WriteSession], None]:
        memo, folder = _memo(claim), folder_of(self._settings, claim.job_id)
        with self._database.read() as session:
            parts = [ChunkResult.from_json(dict(one)) for one in queue.results(session, claim.job_id, _SCREEN)]
        output = folder / f"results.{claim.options['output']}"
        temporary = output.with_suffix(f".{claim.attempt}.tmp")
        options, layout = _options(claim, folder / claim.options["input"]), Layout.from_json(memo["layout"])
        counts = with_vanished(Counts.total(part.counts for part in parts), parts, memo["previous"])
        asked = Assembly(
            kind=claim.options["output"],
            carried=carried_names(layout.header, memo["added"]),
            added=memo["added"],
            bom=options.bom if options.bom is not None else layout.bom,
            about=about(claim.job_id, memo["basis"], counts, claim.options["input"]),
        )
        with temporary.open("wb") as file:
            writer.assemble([folder / part.output.name for part in parts], asked, file)
            file.flush()
            os.fsync(file.fileno())
        finished_at, started_at = clock.now(), datetime.fromisoformat(memo["started_at"])
        report = RunReport(
            run_id=claim.job_id,
            input=claim.options["input"],
            input_sha256=memo["input_sha256"],
            output=output.name,
            output_sha256=open_reader.sha256(temporary),
            options=options.deciding(),
            basis=memo["basis"],
            counts=counts,
            started_at=started_at,
            finished_at=finished_at,
            rows_per_second=round(counts.rows / max((finished_at - started_at).total_seconds(), 1e-6), 1),
            resumed=False,
        )
        lines = run_records.lines(folder, parts)
        look = self._stop_where_ended(claim)
        run_records.record(self._database, report, lines, _author(claim), run_records.GENTLE, look)
        report.write(folder / "report.json")
        temporary.replace(output)
        for part in parts:
            (folder / part.output.name).unlink(missing_ok=True)

        def write(session: WriteSession) -> None:
            result = {"output": output.name, "report": report.as_json()}
            queue.complete(session, claim.job_id, result, clock.now())

        return write

    def _stop_where_ended(self, claim: ChunkClaim) -> Callable[[], None]:
        """Return what raises :class:`JobEnded` once the job has been cancelled; it asks every second at most."""
        asked = time.monotonic()

        def look() -> None:
            nonlocal asked
            if time.monotonic() - asked < _LOOK_EVERY_S:
                return
            asked = time.monotonic()
            with self._database.read() as session:
                if not queue.holds(session, claim):
                    raise JobEnded

        return look

    def _worker(self, claim: ChunkClaim) -> ChunkWorker:
        """Return a worker for the job's file; the last few are kept, with their lists."""
        if claim.job_id not in self._workers:
            memo, folder = _memo(claim), folder_of(self._settings, claim.job_id)
            layout = Layout.from_json(memo["layout"])
            task = Task(folder / memo["readable"], layout, folder / memo["screen"], folder, claim.options["output"])
            self._workers[claim.job_id] = ChunkWorker(task)
        self._workers.move_to_end(claim.job_id)
        while len(self._workers) > _WORKERS_KEPT:
            self._workers.popitem(last=False)
        return self._workers[claim.job_id]

    def _ground(self, claim: ChunkClaim) -> DatabaseRunStore:
        return DatabaseRunStore(self._database, self._settings, _author(claim))


def _memo(claim: ChunkClaim) -> Mapping[str, Any]:
    return claim.memo or {}


def _author(claim: ChunkClaim) -> Author:
    return Author(claim.owner.client, claim.owner.subject, claim.owner.key_id, "job")


def _options(claim: ChunkClaim, path: Path) -> Options:
    given = claim.options
    return Options(
        path,
        path.with_name(f"results.{given['output']}"),
        service=given.get("service"),
        service_date=given.get("service_date"),
        kind=given.get("kind"),
        reading=ReadOptions.from_json(given.get("reading") or {}),
        strict=bool(given.get("strict")),
        bom=given.get("bom"),
        since=given.get("since"),
    )
