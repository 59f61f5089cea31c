"""客户 · 导入: a book as a file, looked at before it is taken in, and what became of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Path as InPath
from fastapi import Response
from fastapi.responses import RedirectResponse

from app.access import Principal
from app.bulk.readers import json_rewrite
from app.bulk.readers.read_options import ReadOptions
from app.bulk.rows.input_columns import FIELDS
from app.db import Database
from app.dependencies import AppDatabase, AppSettings, Reading, takes_files
from app.errors import CutoffError, Invalid, NotFound
from app.jobs import queue
from app.jobs.queue import Owner
from app.monitoring import book_jobs
from app.monitoring.upload import book_columns, is_nested
from app.settings import Settings
from app.web import upload_draft
from app.web.columns import FilePreview, chosen_by, fault_of, preview
from app.web.page import SCREENING_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.upload_draft import UploadDraft
from app.web.visit import Sent, Shown, Visitor, allow

_JOBS_SHOWN: Final = 20
_ERRORS_SHOWN: Final = 100
_MODES: Final = ("merge", "replace")

router = pages()

UploadId = Annotated[str, InPath(pattern="^[0-9a-f-]{36}$")]


@router.get("/book/upload", dependencies=[allow(*SCREENING_ROLES)])
def uploads(page: Shown, visitor: Visitor, database: AppDatabase) -> Response:
    """Show the form for a file, and the files that were taken in before."""
    return _show_all(page, visitor, database)


@router.post("/book/upload", dependencies=[allow(*SCREENING_ROLES)])
@takes_files
def upload(page: Shown, visitor: Visitor, database: AppDatabase, settings: AppSettings, form: Sent) -> Response:
    """Keep a file, to be looked at before it is taken in."""
    try:
        draft = upload_draft.receive(
            page,
            visitor,
            database,
            settings,
            form,
            book_jobs.KIND,
            look=lambda stored: _looked_at(stored, settings),
            earlier_max=_JOBS_SHOWN,
        )
    except CutoffError as error:
        return _show_all(page, visitor, database, error)
    return RedirectResponse(f"/book/upload/{draft.id}", status_code=303)


@router.get("/book/upload/{upload_id}", dependencies=[allow(*SCREENING_ROLES)])
def one(upload_id: UploadId, page: Shown, visitor: Visitor, session: Reading, settings: AppSettings) -> Response:
    """Show a file before it is taken in, that it is being taken in, or what became of it."""
    try:
        job = queue.view(session, upload_id, visitor.client)
    except NotFound:
        return _preview(page, upload_draft.read(settings, upload_id, book_jobs.KIND, visitor), settings)
    if page.is_partial and job.state.is_final:
        return page.load_again()
    return page.show(
        "_book_uploading.html" if page.is_partial else "book_uploaded.html",
        section="book",
        job=job,
        report=(job.result or {}).get("report"),
        shown_max=_ERRORS_SHOWN,
    )


@router.post("/book/upload/{upload_id}", dependencies=[allow(*SCREENING_ROLES)])
def take_in(
    upload_id: UploadId, page: Shown, visitor: Visitor, database: AppDatabase, settings: AppSettings, form: Sent
) -> Response:
    """Look at the file again with what its columns were said to be, or take it in as a job."""
    draft = upload_draft.read(settings, upload_id, book_jobs.KIND, visitor)
    mode = str(form.get("mode", "merge"))
    try:
        seen = _looked_at(draft, settings)
        chosen = chosen_by(form, seen.columns, draft.columns)
        if chosen != draft.columns:
            draft = upload_draft.with_columns(settings, draft, chosen)
            seen = _looked_at(draft, settings)
        if form.get("do") == "look":
            return RedirectResponse(f"/book/upload/{upload_id}", status_code=303)
        if mode not in _MODES:
            raise Invalid("validation", page.texts("book_upload.choose_mode"))
        fault = _fault(page, seen)
        if fault is not None:
            raise fault
        options = {
            "replace": mode == "replace",
            "confirmed": form.get("confirm") == "on",
            "reading": ReadOptions(columns=chosen).as_json(),
            "file_name": draft.name,
        }
        with database.write() as session:
            owner = Owner(visitor.client, visitor.subject, visitor.key_id)
            book_jobs.submit(session, owner, draft.path(settings), options, upload_id)
    except CutoffError as error:
        return _preview(page, draft, settings, error, form)
    return RedirectResponse(f"/book/upload/{upload_id}", status_code=303)


def _show_all(page: Page, visitor: Principal, database: Database, error: CutoffError | None = None) -> Response:
    with database.read() as session:
        jobs = queue.recent(session, book_jobs.KIND, visitor.client, _JOBS_SHOWN)
    return page.show(
        "book_upload.html", status=STATUSES[error.family] if error else 200, section="book", jobs=jobs, error=error
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
    can_start = True
    try:
        found = _looked_at(draft, settings)
        advice = _fault(page, found)
    except CutoffError as unreadable:
        error, can_start = error or unreadable, False
    return page.show(
        "book_preview.html",
        # What is still to be chosen is no failure: the page is shown as it was asked for.
        status=STATUSES[error.family] if error else 200,
        section="book",
        draft=draft,
        columns=found.columns,
        rows=found.rows,
        fields=FIELDS,
        fixed=("services", "opened_on"),
        modes=_MODES,
        error=error or advice,
        given=given or {},
        can_start=can_start,
    )


def _looked_at(draft: UploadDraft, settings: Settings) -> FilePreview:
    """Return the columns of a table; of lines in the form of the interface only how many there are."""
    path = draft.path(settings)
    if path.suffix == ".json":
        path = json_rewrite.rewrite(path, path.with_name("rows.ndjson"))
    if path.suffix in {".ndjson", ".jsonl"} and is_nested(path):
        with path.open("rb") as file:
            return FilePreview(columns=(), rows=sum(1 for line in file if line.strip()))
    return preview(path, draft.columns, book_columns)


def _fault(page: Page, found: FilePreview) -> Invalid | None:
    """Return what keeps a file from being taken in; a table must have a column that is an id, too."""
    fault = fault_of(page.texts, found)
    if fault is not None:
        return fault
    if found.columns and not any(column.read_as == "reference" for column in found.columns):
        return Invalid("no-id-column", page.texts("book_upload.choose_id"))
    return None
