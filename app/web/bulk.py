"""批量: a file is looked at before it is screened, screened as a job, and its answers read and taken along."""

import json
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Path as InPath
from fastapi import Query, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.datastructures import UploadFile

from app import clock
from app.access import Principal
from app.bulk.readers import open_reader
from app.bulk.readers.read_options import ReadOptions
from app.bulk.rows.input_columns import columns_of, field_of, has_name
from app.bulk.service import bulk_jobs, job_files
from app.bulk.writers.result_workbook import answered_rows, result_workbook
from app.dependencies import AppDatabase, AppSettings, Reading
from app.errors import Conflict, CutoffError, Invalid, NotFound
from app.jobs import queue
from app.jobs.queue import JobView, Owner
from app.jobs.state import JobState
from app.policy.vocabulary import Outcome, Service
from app.settings import Settings
from app.web.page import RECORD_ROLES, SCREENING_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.visit import Sent, Shown, Visitor, allow, sees

_JOBS_SHOWN: Final = 50
_ROWS_SHOWN: Final = 100
_SAMPLES: Final = 2
_DRAFT: Final = "draft.json"
_COLUMNS: Final = (
    "outcome",
    "reasons",
    "strength",
    "score",
    "matched_field",
    "matched_name",
    "matched_external_id",
    "other_external_ids",
    "list_code",
    "list_version",
    "rule_version",
    "warnings",
    "error",
)
"""The columns that a run adds."""

router = pages()

JobId = Annotated[str, InPath(pattern="^[0-9a-f-]{36}$")]


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """One column of the file: as what it is screened, None where it is not, and what stands in its first rows."""

    title: str
    read_as: str | None
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BookDraft:
    """A file that was uploaded and not screened yet."""

    id: str
    name: str
    person: str
    uploaded_at: str


@router.get("/bulk", dependencies=[allow(*RECORD_ROLES)])
def jobs(page: Shown, visitor: Visitor, session: Reading) -> Response:
    """Show the jobs of the person's client, and the form for the next file."""
    return _show_all(page, visitor, queue.recent(session, bulk_jobs.KIND, sees(visitor), _JOBS_SHOWN))


@router.post("/bulk", dependencies=[allow(*SCREENING_ROLES)])
def upload(page: Shown, visitor: Visitor, database: AppDatabase, settings: AppSettings, form: Sent) -> Response:
    """Keep a file, to be looked at before it is screened."""
    file = form.get("file")
    job_id = str(uuid.uuid4())
    folder = job_files.folder_of(settings, job_id)
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid("file-missing", page.texts("upload.choose_file"))
        folder.mkdir(parents=True)
        path = folder / f"input{Path(file.filename).suffix.lower()}"
        with path.open("wb") as stored:
            shutil.copyfileobj(file.file, stored)
        open_reader.format_of(path)
        open_reader.check(path)
        draft = {
            "client": visitor.client,
            "person": visitor.subject,
            "name": file.filename,
            "at": clock.now().isoformat(),
            "input": path.name,
        }
        (folder / _DRAFT).write_text(json.dumps(draft, ensure_ascii=False), encoding="utf-8")
    except CutoffError as error:
        job_files.remove(settings, job_id)
        with database.read() as session:
            found = queue.recent(session, bulk_jobs.KIND, sees(visitor), _JOBS_SHOWN)
        return _show_all(page, visitor, found, error)
    return RedirectResponse(f"/bulk/{job_id}", status_code=303)


@router.get("/bulk/{job_id}", dependencies=[allow(*RECORD_ROLES)])
def job(
    job_id: JobId,
    page: Shown,
    visitor: Visitor,
    database: AppDatabase,
    settings: AppSettings,
    outcome: Annotated[str, Query(max_length=10)] = "",
    start: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Show a file before it is screened, the progress of its job, or the answers."""
    with database.read() as session:
        try:
            found = queue.view(session, job_id, sees(visitor))
        except NotFound:
            found = None
        progress = bulk_jobs.progress_of(session, found, clock.now()) if found else None
    if found is None or progress is None:
        return _preview(page, _draft(settings, job_id, visitor), settings)
    rows: Sequence[tuple[int, dict[str, str]]] = ()
    gone = False
    if found.state is JobState.DONE:
        try:
            chosen = _chosen(bulk_jobs.result_of(settings, found), outcome)
            rows = list(islice(chosen, start, start + _ROWS_SHOWN + 1))
        except NotFound:
            gone = True
    return page.show(
        "_job_progress.html" if page.is_partial else "job.html",
        section="bulk",
        job=found,
        progress=progress,
        report=(found.result or {}).get("report"),
        rows=rows[:_ROWS_SHOWN],
        next_start=start + _ROWS_SHOWN if len(rows) > _ROWS_SHOWN else None,
        outcome=outcome,
        outcomes=tuple(Outcome),
        gone=gone,
        can_change=visitor.role in SCREENING_ROLES,
        added=frozenset(_COLUMNS),
    )


@router.post("/bulk/{job_id}", dependencies=[allow(*SCREENING_ROLES)])
def change(
    job_id: JobId, page: Shown, visitor: Visitor, database: AppDatabase, settings: AppSettings, form: Sent
) -> Response:
    """Start the job of a file that was looked at, or stop a job."""
    if form.get("do") == "cancel":
        with database.write() as session:
            queue.cancel(session, job_id, sees(visitor), clock.now())
        return RedirectResponse(f"/bulk/{job_id}", status_code=303)
    draft = _draft(settings, job_id, visitor)
    service, day = str(form.get("service", "")), str(form.get("service_date", ""))
    try:
        if service not in set(Service):
            raise Invalid("validation", page.texts("bulk.choose_service"))
        path = _input(settings, job_id)
        options = {"service": service, "service_date": day or None, "output": "csv", "since": None}
        with database.write() as session:
            owner = Owner(visitor.client, visitor.subject, visitor.key_id)
            bulk_jobs.submit(session, owner, path, {**options, "file_name": draft.name}, job_id)
    except CutoffError as error:
        return _preview(page, draft, settings, error)
    return RedirectResponse(f"/bulk/{job_id}", status_code=303)


@router.get("/bulk/{job_id}/results", dependencies=[allow(*RECORD_ROLES)])
def results(
    job_id: JobId,
    page: Shown,
    visitor: Visitor,
    session: Reading,
    settings: AppSettings,
    file_format: Annotated[str, Query(alias="format", pattern="^(csv|xlsx)$")] = "xlsx",
) -> Response:
    """Return the answered file: as a workbook for people, or as the file that the job wrote."""
    found = queue.view(session, job_id, sees(visitor))
    if found.state is not JobState.DONE:
        raise Conflict("job-not-done", page.texts("bulk.not_done"))
    path = bulk_jobs.result_of(settings, found)
    if file_format == "csv" or path.suffix != ".csv":
        return FileResponse(path, filename=path.name)
    texts = page.texts
    book = result_workbook(
        path,
        {column: texts(f"bulk_column.{column}") for column in _COLUMNS},
        {one.value: texts(f"outcome.{one.value}") for one in Outcome},
        (texts("bulk.sheet_findings"), texts("bulk.sheet_all")),
    )
    headers = {"Content-Disposition": f'attachment; filename="{job_id}.xlsx"'}
    return Response(
        book,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers=headers,
    )


def _show_all(page: Page, visitor: Principal, found: Sequence[JobView], error: CutoffError | None = None) -> Response:
    return page.show(
        "bulk.html",
        status=STATUSES[error.family] if error else 200,
        section="bulk",
        jobs=found,
        error=error,
        can_upload=visitor.role in SCREENING_ROLES,
    )


def _draft(settings: Settings, job_id: str, visitor: Principal) -> BookDraft:
    """Return a file that waits to be screened.  Raises :class:`NotFound` for none, or another client's."""
    try:
        told: dict[str, Any] = json.loads((job_files.folder_of(settings, job_id) / _DRAFT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _no_job(job_id) from error
    if not visitor.sees_all_clients and told["client"] != visitor.client:
        raise _no_job(job_id)
    return BookDraft(job_id, told["name"], told["person"], told["at"])


def _no_job(job_id: str) -> NotFound:
    return NotFound("job-not-found", f"没有此任务 / there is no job {job_id}")


def _input(settings: Settings, job_id: str) -> Path:
    return next(job_files.folder_of(settings, job_id).glob("input.*"))


def _preview(page: Page, draft: BookDraft, settings: Settings, error: CutoffError | None = None) -> Response:
    columns: Sequence[ColumnRead] = ()
    rows = 0
    try:
        columns, rows = _columns(_input(settings, draft.id))
    except CutoffError as unreadable:
        error = error or unreadable
    return page.show(
        "bulk_preview.html",
        status=STATUSES[error.family] if error else 200,
        section="bulk",
        draft=draft,
        columns=columns,
        rows=rows,
        error=error,
        services=tuple(Service),
        today=clock.local_date(clock.now()),
    )


def _columns(path: Path) -> tuple[list[ColumnRead], int]:
    """Return what each column is screened as, with samples, and how many rows there are."""
    folder = path.with_name("preview")
    folder.mkdir(exist_ok=True)
    readable, layout = open_reader.open_input(path, folder, ReadOptions(), field_of, has_name)
    read = columns_of(layout.titles).read_as(layout.header)
    source = open_reader.open_source(readable, layout)
    spans = list(source.spans())
    samples: dict[str, list[Any]] = {}
    if spans:
        batch = source.read(spans[0])
        samples = {name: batch.column(name).slice(0, _SAMPLES).to_pylist() for name in layout.header}
    found = [
        ColumnRead(title, read.get(name), tuple(str(one) for one in samples.get(name, ()) if one is not None))
        for title, name in zip(layout.titles, layout.header, strict=True)
    ]
    return found, sum(span.rows for span in spans)


def _chosen(path: Path, outcome: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the answered rows with their numbers, narrowed to an outcome, or to rows in error."""
    for number, row in enumerate(answered_rows(path), start=1):
        if not outcome or (bool(row.get("error")) if outcome == "ERROR" else row.get("outcome") == outcome):
            yield number, row
