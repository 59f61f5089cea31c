"""Bulk files as jobs of the service: plan, screen chunk by chunk on any worker, put together.

The plan is the first chunk: it reads the file once, fixes the lists and cuts it.  Every further chunk is
screened by whoever claims it; its part is a file named with the attempt, and counts only if the claim
still held when it was finished.  The chunk that is finished last adds the one that puts the parts together.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app import clock
from app.bulk.readers import open_reader, workbook_reader
from app.bulk.readers.file_layout import Layout, Span
from app.bulk.readers.headers import carried_names
from app.bulk.runs import run_records
from app.bulk.runs.checkpoint import write_blob
from app.bulk.runs.chunk_result import ChunkResult, Counts
from app.bulk.runs.chunk_worker import ChunkWorker, Task
from app.bulk.runs.options import Options
from app.bulk.runs.run_report import RunReport
from app.bulk.runs.run_store import DatabaseRunStore
from app.bulk.service.job_files import folder_of
from app.bulk.writers import writer
from app.db import Database, ReadSession, WriteSession
from app.errors import NotFound
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


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job in the words of the interface."""

    rows_total: int | None
    rows_done: int
    counts: Counts
    rows_per_second: float
    eta_seconds: float | None


def submit(session: WriteSession, owner: Owner, path: Path, options: Mapping[str, Any], job_id: str) -> None:
    """Queue a file that stands in its job's folder.  Raises Invalid, TooLarge, TooMany."""
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
        path = readable = folder / claim.options["input"]
        options = _options(claim, path)
        if open_reader.format_of(path) == "workbook":
            readable = folder / f"unpacked.{claim.attempt}.parquet"
            workbook_reader.unpack(path, readable)
        layout = open_reader.inspect(readable, options.encoding)
        started_at = clock.now()
        screen = self._ground(claim).screen(layout, options, claim.job_id, started_at)
        spans = list(open_reader.open_source(readable, layout).spans()) or [Span(0, 0, 0, layout.start, 0)]
        blob = write_blob(folder, f"{claim.attempt}.{_SCREEN_FILE}", pack(screen.ready()))
        memo = {
            "readable": readable.name,
            "layout": layout.as_json(),
            "screen": blob.name,
            "input_sha256": open_reader.sha256(path),
            "started_at": started_at.isoformat(),
            "added": screen.added,
            "basis": screen.basis(),
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
        header = Layout.from_json(memo["layout"]).header
        names = (*carried_names(header, memo["added"]), *memo["added"])
        with temporary.open("wb") as file:
            writer.assemble([folder / part.output.name for part in parts], claim.options["output"], names, file)
            file.flush()
            os.fsync(file.fileno())
        counts = Counts.total(part.counts for part in parts)
        finished_at, started_at = clock.now(), datetime.fromisoformat(memo["started_at"])
        report = RunReport(
            claim.job_id,
            claim.options["input"],
            memo["input_sha256"],
            output.name,
            open_reader.sha256(temporary),
            {name: claim.options.get(name) for name in ("service", "service_date", "encoding", "since")},
            memo["basis"],
            counts,
            started_at,
            finished_at,
            round(counts.rows / max((finished_at - started_at).total_seconds(), 1e-6), 1),
            resumed=False,
        )
        lines = run_records.lines(folder, parts)
        run_records.record(self._database, report, lines, _author(claim), run_records.GENTLE)
        report.write(folder / "report.json")
        temporary.replace(output)
        for part in parts:
            (folder / part.output.name).unlink(missing_ok=True)

        def write(session: WriteSession) -> None:
            result = {"output": output.name, "report": report.as_json()}
            queue.complete(session, claim.job_id, result, clock.now())

        return write

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
        encoding=given.get("encoding"),
        since=given.get("since"),
    )
