"""Runs and their findings in the database: recorded for good, and compared with later ones."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, insert, select

from app.bulk.rows.record_line import RecordLine
from app.bulk.runs.chunk_result import ChunkResult
from app.bulk.runs.models import BulkFinding, BulkRun
from app.bulk.runs.run_report import RunReport
from app.db import Database, ReadSession, WriteSession
from app.errors import NotFound
from app.screening import record as screenings
from app.screening.record import Author

NEWEST = "last"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast findings are recorded: so many a transaction, and a pause behind each.

    An embedded database has one writer at a time, who is not queued for but asked for again and again; without
    a pause a server that waits for it may find it taken each time.
    """

    findings_per_commit: int
    pause_s: float


SWIFT: Final = Pace(250, 0.0)
GENTLE: Final = Pace(50, 0.03)


def record(
    database: Database,
    report: RunReport,
    lines: Iterable[str],
    author: Author,
    pace: Pace = SWIFT,
    look: Callable[[], None] | None = None,
) -> None:
    """Record a run, then its findings with their screenings, some at a time; ``look`` is called before each time.

    ``lines`` are the evidence of all rows, in order.  A record that was cut short goes on where it stopped,
    and a complete one stays as it is.
    """
    if look:
        look()
    with database.write() as session:
        if session.get(BulkRun, report.run_id) is None:
            session.add(_run(report, author))
    with database.read() as session:
        known = session.scalar(select(func.count()).where(BulkFinding.run_id == report.run_id)) or 0
    missing = enumerate(islice(lines, known, None), start=known)
    while some := list(islice(missing, pace.findings_per_commit)):
        if look:
            look()
        with database.write() as session:
            _record_findings(session, report.run_id, [(no, RecordLine.of(line)) for no, line in some], author)
        time.sleep(pace.pause_s)


def record_ahead(database: Database, lines: Iterable[str], author: Author) -> None:
    """Record the screenings of some rows before the run is known as a whole; :func:`record` then finds them done.

    Each is a decision that was made; what a run that is given up leaves behind is true all the same.
    """
    each = map(RecordLine.of, lines)
    while some := list(islice(each, SWIFT.findings_per_commit)):
        with database.write() as session:
            _complete_screenings(session, some, author)


def lines(folder: Path, parts: Iterable[ChunkResult]) -> Iterator[str]:
    """Yield the evidence of all parts, in their order, from the files in a folder."""
    for part in parts:
        if part.evidence:
            with (folder / part.evidence.name).open(encoding="utf-8") as file:
                yield from (line.rstrip("\n") for line in file)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A recorded run: its file, its answers, how many rows came out how, and when."""

    id: str
    input_name: str
    output_name: str
    output_sha256: str
    counts: Mapping[str, Any]
    started_at: datetime
    finished_at: datetime


def runs(session: ReadSession, via: str, limit: int) -> list[RunView]:
    """Return the newest runs that came in one way (``nightly``, ``cli``, ``job``)."""
    statement = select(BulkRun).where(BulkRun.via == via).order_by(BulkRun.finished_at.desc(), BulkRun.id).limit(limit)
    return [
        RunView(
            id=one.id,
            input_name=one.input_name,
            output_name=one.output_name,
            output_sha256=one.output_sha256,
            counts=one.counts,
            started_at=one.started_at,
            finished_at=one.finished_at,
        )
        for one in session.scalars(statement)
    ]


def findings_of(session: ReadSession, run: str, client: str | None) -> dict[str, str]:
    """Return key and digest of every finding of a run; ``last`` is the client's newest run.

    ``client`` None sees the runs of all.  Raises NotFound.
    """
    statement = select(BulkRun.id)
    if client is not None:
        statement = statement.where(BulkRun.client == client)
    statement = statement if run == NEWEST else statement.where(BulkRun.id == run)
    run_id = session.scalar(statement.order_by(BulkRun.finished_at.desc(), BulkRun.id).limit(1))
    if run_id is None:
        raise NotFound("no-such-run", f"没有这次批量筛查 / there is no bulk run {run}")
    found = session.execute(select(BulkFinding.key, BulkFinding.digest).where(BulkFinding.run_id == run_id))
    return {row.key: row.digest for row in found}


def _run(report: RunReport, author: Author) -> BulkRun:
    return BulkRun(
        id=report.run_id,
        client=author.client,
        key_id=author.key_id,
        subject=author.subject,
        via=author.via,
        input_name=report.input,
        input_sha256=report.input_sha256,
        output_name=report.output,
        output_sha256=report.output_sha256,
        options=report.options,
        basis=report.basis,
        counts=report.counts.as_json(),
        findings=report.counts.review + report.counts.block,
        started_at=report.started_at,
        finished_at=report.finished_at,
    )


def _record_findings(
    session: WriteSession, run_id: str, findings: Sequence[tuple[int, RecordLine]], author: Author
) -> None:
    _complete_screenings(session, [finding for _, finding in findings], author)
    session.execute(insert(BulkFinding), [{"run_id": run_id, "no": no, **finding.columns} for no, finding in findings])


def _complete_screenings(session: WriteSession, findings: Iterable[RecordLine], author: Author) -> None:
    screenings.complete(session, [one for finding in findings for one in finding.screenings], author)
