"""批量: a file is looked at before it is screened, screened as a job, and its answers read and taken along."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Path as InPath
from fastapi import Query, Response
from fastapi.responses import FileResponse, RedirectResponse

from app import clock
from app.access import Principal
from app.bulk.readers.headers import DECISION_COLUMNS
from app.bulk.readers.read_options import ReadOptions
from app.bulk.rows.input_columns import FIELDS
from app.bulk.service import bulk_jobs
from app.bulk.writers.csv_workbook import answered_rows, csv_workbook
from app.dependencies import AppDatabase, AppSettings, Reading, takes_files
from app.errors import Conflict, CutoffError, Invalid, NotFound
from app.jobs import queue
from app.jobs.queue import JobView, Owner
from app.jobs.state import JobState
from app.policy.vocabulary import Outcome, Service
from app.settings import Settings
from app.web import upload_draft
from app.web.columns import FilePreview, chosen_by, fault_of, preview
from app.web.page import RECORD_ROLES, SCREENING_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.upload_draft import UploadDraft
from app.web.visit import Sent, Shown, Visitor, allow, sees

_JOBS_SHOWN: Final = 50
_ROWS_SHOWN: Final = 100
_FOUND, _ALL, _ERROR = "FOUND", "ALL", "ERROR"
"""Choices of rows beside the outcomes."""

router = pages()

JobId = Annotated[str, InPath(pattern="^[0-9a-f-]{36}$")]


@router.get("/bulk", dependencies=[allow(*RECORD_ROLES)])
def jobs(page: Shown, visitor: Visitor, session: Reading) -> Response:
    """Show the jobs of the person's client, and the form for the next file."""
    return _show_all(page, visitor, queue.recent(session, bulk_jobs.KIND, sees(visitor), _JOBS_SHOWN))


@router.post("/bulk", dependencies=[allow(*SCREENING_ROLES)])
@takes_files
def upload(page: Shown, visitor: Visitor, database: AppDatabase, settings: AppSettings, form: Sent) -> Response:
    """Keep a file, to be looked at before it is screened."""
    try:
        draft = upload_draft.receive(
            page,
            visitor,
            database,
            settings,
            form,
            bulk_jobs.KIND,
            look=lambda stored: preview(stored.path(settings), {}),
            earlier_max=_JOBS_SHOWN,
        )
    except CutoffError as error:
        with database.read() as session:
            found = queue.recent(session, bulk_jobs.KIND, sees(visitor), _JOBS_SHOWN)
        return _show_all(page, visitor, found, error)
    return RedirectResponse(f"/bulk/{draft.id}", status_code=303)


@router.get("/bulk/{job_id}", dependencies=[allow(*RECORD_ROLES)])
def job(
    job_id: JobId,
    page: Shown,
    visitor: Visitor,
    database: AppDatabase,
    settings: AppSettings,
    outcome: Annotated[str, Query(max_length=10)] = _FOUND,
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
        return _preview(page, upload_draft.read(settings, job_id, bulk_jobs.KIND, visitor), settings)
    if page.is_partial and found.state.is_final:
        return page.load_again()
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
        choices=(_FOUND, _ALL, *Outcome, _ERROR),
        gone=gone,
        can_change=visitor.role in SCREENING_ROLES,
        added=frozenset(DECISION_COLUMNS),
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
    draft = upload_draft.read(settings, job_id, bulk_jobs.KIND, visitor)
    service, day = str(form.get("service", "")), str(form.get("service_date", ""))
    try:
        path = draft.path(settings)
        seen = preview(path, draft.columns)
        choices = chosen_by(form, seen.columns, draft.columns)
        if choices != draft.columns:
            draft = upload_draft.with_columns(settings, draft, choices)
            seen = preview(path, choices)
        if form.get("do") == "look":
            return RedirectResponse(f"/bulk/{job_id}", status_code=303)
        if service not in set(Service):
            raise Invalid("validation", page.texts("bulk.choose_service"))
        fault = fault_of(page.texts, seen)
        if fault is not None:
            raise fault
        options = {
            "service": service,
            "service_date": day or None,
            "output": "csv",
            "since": None,
            "reading": ReadOptions(columns=choices).as_json(),
            "file_name": draft.name,
        }
        with database.write() as session:
            owner = Owner(visitor.client, visitor.subject, visitor.key_id)
            bulk_jobs.submit(session, owner, path, options, job_id)
    except CutoffError as error:
        return _preview(page, draft, settings, error, given=form)
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
    book = csv_workbook(
        path,
        {column: texts(f"bulk_column.{column}") for column in DECISION_COLUMNS},
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


def _preview(
    page: Page,
    draft: UploadDraft,
    settings: Settings,
    error: CutoffError | None = None,
    given: Mapping[str, Any] | None = None,
) -> Response:
    found = FilePreview(columns=(), rows=0)
    advice: Invalid | None = None
    try:
        found = preview(draft.path(settings), draft.columns)
        advice = fault_of(page.texts, found)
    except CutoffError as unreadable:
        error = error or unreadable
    return page.show(
        "bulk_preview.html",
        # What is still to be chosen is no failure: the page is shown as it was asked for.
        status=STATUSES[error.family] if error else 200,
        section="bulk",
        draft=draft,
        columns=found.columns,
        rows=found.rows,
        fields=FIELDS,
        error=error or advice,
        given=given or {},
        services=tuple(Service),
        today=clock.local_date(clock.now()),
    )


def _chosen(path: Path, outcome: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the answered rows with their numbers: all, an outcome's, those in error, or all that are no PASS."""
    for number, row in enumerate(answered_rows(path), start=1):
        is_error = bool(row.get("error"))
        if outcome == _FOUND:
            is_chosen = is_error or row.get("outcome") != Outcome.PASS
        else:
            is_chosen = outcome == _ALL or (is_error if outcome == _ERROR else row.get("outcome") == outcome)
        if is_chosen:
            yield number, row
