"""A whole run: from the input to the output under its final name, or to a state from which it can go on.

The order at the end makes every kill safe: the output is assembled beside its place, the evidence is
recorded (doing it twice changes nothing), the report is written, and only then the output gets its name
and the checkpoint goes.
"""

import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from app import clock
from app.bulk.readers import open_reader
from app.bulk.readers.file_layout import Layout, Span
from app.bulk.readers.headers import carried_names
from app.bulk.rows.screen_batch import BatchScreen
from app.bulk.runs import chunk_worker, interrupt, local_pool, memory, run_records
from app.bulk.runs.chunk_log import ChunkLog, append, folder_of
from app.bulk.runs.chunk_result import ChunkResult, Counts
from app.bulk.runs.chunk_worker import Task
from app.bulk.runs.manifest import RunManifest
from app.bulk.runs.options import Options
from app.bulk.runs.plan import plan
from app.bulk.runs.run_report import RunReport
from app.bulk.runs.summary import about, with_vanished
from app.bulk.writers import writer
from app.bulk.writers.writer import Assembly
from app.errors import Conflict, Invalid

_SCREEN = "screen.bin"
_RESULT = "result"


class RunStore(Protocol):
    """What a run needs of the database; a resumed run asks for nothing but to record."""

    def screen(self, layout: Layout, options: Options, run_id: str, started_at: datetime) -> BatchScreen:
        """Return the pure function for this file, with the lists in force at ``started_at``."""
        ...

    def record_ahead(self, lines: Iterable[str]) -> None:
        """Record the screenings of some rows while others are worked on, so that little is left for the end."""
        ...

    def record(self, report: RunReport, lines: Iterable[str]) -> None:
        """Record the run and its findings durably; a second time changes nothing."""
        ...


class Watcher(Protocol):
    """Sees a run go on."""

    def begin(self, rows_total: int, done: Counts) -> None:
        """Learn how many rows there are, and what an earlier process had done."""
        ...

    def add(self, counts: Counts) -> None:
        """Learn of a finished chunk."""
        ...

    def end(self) -> None:
        """Learn that all chunks are finished, or that the run stops."""
        ...


class ChunkEngine(Protocol):
    """Works on chunks, on one machine or many."""

    def __call__(self, task: Task, spans: Iterable[Span], workers: int) -> Iterator[ChunkResult]:
        """Yield each part when it is written."""
        ...


def run(options: Options, ground: RunStore, watcher: Watcher, engine: ChunkEngine = local_pool.run) -> RunReport:
    """Carry out a run, or what is left of it, and return its report.

    Raises Invalid, NotFound or TooLarge for an input or option that is wrong, Conflict where the output is
    there already or belongs to another run, Unavailable where a worker died.
    """
    open_reader.check(options.input)
    open_reader.format_of(options.input)
    _keep_input(options)
    writer.format_of(options.output)
    input_sha256 = open_reader.sha256(options.input)
    interrupt.check()
    checkpoint = ChunkLog(folder_of(options.output))
    finished = _finished(options, input_sha256) if options.resume else None
    if finished:
        checkpoint.remove()
        return finished
    if options.output.exists() and not options.force:
        raise Conflict("output-exists", f"{options.output}: 已存在，可用 --force 覆盖 / exists; --force overwrites it")
    with checkpoint.locked():
        begun = _resumed(checkpoint, options, input_sha256) if options.resume else None
        state = begun or _begun(checkpoint, options, input_sha256, ground)
        report = _carried_out(state, checkpoint, options, ground, watcher, engine, resumed=begun is not None)
    checkpoint.remove()
    return report


def _keep_input(options: Options) -> None:
    """Raise Invalid where the output, its report or its checkpoint would be the input, by whatever name."""
    places = (options.output, options.report_path, folder_of(options.output))
    if any(place.exists() and place.samefile(options.input) for place in places):
        raise Invalid("output-is-input", f"{options.output}: 输出不能是输入文件 / the output may never be the input")


def _finished(options: Options, input_sha256: str) -> RunReport | None:
    """Return the report of a finished run with the same input, options and output."""
    report = RunReport.read(options.report_path)
    if report is None or report.input_sha256 != input_sha256 or report.options != options.deciding():
        return None
    if not options.output.exists() or open_reader.sha256(options.output) != report.output_sha256:
        return None
    return report


def _resumed(checkpoint: ChunkLog, options: Options, input_sha256: str) -> RunManifest | None:
    """Return the run that stopped here, None where there is none.  Raises Conflict where it is another."""
    value = checkpoint.run()
    if value is None:
        return None
    state = RunManifest.from_json(value)
    if state.input_sha256 != input_sha256 or state.options != options.deciding():
        raise Conflict(
            "another-run",
            f"{checkpoint.folder.name}: 输入或选项与中断的任务不同，去掉 --resume 可重新开始 / "
            "the interrupted run had another input or other options; without --resume it starts afresh",
        )
    return state if checkpoint.holds(state.screen) else None


def _begun(checkpoint: ChunkLog, options: Options, input_sha256: str, ground: RunStore) -> RunManifest:
    checkpoint.clear()
    run_id, started_at = str(uuid.uuid4()), clock.now()
    planned = plan(options, checkpoint.folder.resolve(), ground, run_id, started_at, interrupt.check)
    spans, screen = planned.spans, planned.screen
    write = local_pool.write_ready if min(options.workers, len(spans)) > 1 else chunk_worker.write_ready
    state = RunManifest(
        run_id=run_id,
        started_at=started_at,
        input=planned.readable,
        input_sha256=input_sha256,
        options=options.deciding(),
        layout=planned.layout,
        spans=spans,
        screen=write(screen, checkpoint.folder, _SCREEN),
        added=screen.added,
        basis={**screen.basis(), "file": planned.layout.shown()},
        previous=None if screen.previous is None else len(screen.previous),
    )
    checkpoint.begin(state.as_json())
    interrupt.check()
    # The lists are in the file from here on; beside the workers this process shall take little memory.
    del screen, planned
    memory.release_memory()
    return state


def _carried_out(
    state: RunManifest,
    checkpoint: ChunkLog,
    options: Options,
    ground: RunStore,
    watcher: Watcher,
    engine: ChunkEngine,
    *,
    resumed: bool,
) -> RunReport:
    kind = writer.format_of(options.output)
    done = checkpoint.parts()
    task = Task(state.input, state.layout, checkpoint.folder / _SCREEN, checkpoint.folder, kind)
    parts, rate = _worked(
        task=task,
        state=state,
        done=done,
        checkpoint=checkpoint,
        workers=options.workers,
        ground=ground,
        watcher=watcher,
        engine=engine,
    )
    counts = with_vanished(Counts.total(part.counts for part in parts), parts, state.previous)
    result = checkpoint.folder / _RESULT
    asked = Assembly(
        kind=kind,
        carried=carried_names(state.layout.header, state.added),
        added=state.added,
        bom=options.bom if options.bom is not None else state.layout.bom,
        about=about(state.run_id, state.basis, counts, options.input.name),
    )
    with result.open("wb") as file:
        writer.assemble([checkpoint.folder / part.output.name for part in parts], asked, file)
        file.flush()
        os.fsync(file.fileno())
    report = RunReport(
        run_id=state.run_id,
        input=options.input.name,
        input_sha256=state.input_sha256,
        output=options.output.name,
        output_sha256=open_reader.sha256(result),
        options=state.options,
        basis=state.basis,
        counts=counts,
        started_at=state.started_at,
        finished_at=clock.now(),
        rows_per_second=round(rate, 1),
        resumed=resumed,
    )
    ground.record(report, run_records.lines(checkpoint.folder, parts))
    report.write(options.report_path)
    result.replace(options.output)
    return report


def _worked(
    task: Task,
    state: RunManifest,
    done: Mapping[int, ChunkResult],
    checkpoint: ChunkLog,
    workers: int,
    ground: RunStore,
    watcher: Watcher,
    engine: ChunkEngine,
) -> tuple[list[ChunkResult], float]:
    """Work on what is missing; return all parts in order, and rows per second from the first chunk's start."""
    parts = dict(done)
    started: float | None = None
    rows = 0
    missing = [span for span in state.spans if span.no not in done]
    watcher.begin(state.rows_total, Counts.total(part.counts for part in done.values()))
    try:
        with checkpoint.appending() as file:
            for part in engine(task, missing, min(workers, len(missing)) or 1):
                append(file, part)
                if workers > 1:
                    ground.record_ahead(run_records.lines(checkpoint.folder, [part]))
                parts[part.span.no] = part
                watcher.add(part.counts)
                interrupt.check()
                started = time.monotonic() - part.seconds if started is None else started
                rows += part.counts.rows
    finally:
        watcher.end()
    seconds = time.monotonic() - started if started is not None else 0.0
    return [parts[span.no] for span in state.spans], rows / seconds if seconds else 0.0
