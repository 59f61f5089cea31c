"""Bulk files through the service: upload, state, progress as it happens, results, cancel."""

import hashlib
import json
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import anyio
import anyio.to_thread
from fastapi import Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import FormData
from starlette.types import Receive, Scope, Send

from app import clock
from app.access import Principal, Role, idempotency
from app.access.budget import ClientBudget
from app.access.idempotency import IdempotencyClaim
from app.api.idempotency import IdempotencyHeader, replay_headers
from app.api.job_feed import EVERY_S, JobFeed
from app.api.problems import declared
from app.bulk.readers.charset import known_encoding
from app.bulk.readers.read_options import (
    ReadOptions,
    column_options,
    delimiter_option,
    header_row_option,
    mapping_of,
    merged,
)
from app.bulk.rows.requests import written_date, written_service
from app.bulk.service import bulk_jobs as bulk
from app.bulk.service import job_files
from app.bulk.writers import writer
from app.db import Database, ReadSession
from app.dependencies import AppDatabase, AppKeys, AppSettings, Caller, Reading, allow, routes, takes_files
from app.errors import Conflict, Fault, Invalid, Unauthenticated, Unavailable
from app.jobs import queue
from app.jobs.queue import JobSearch, JobView, Owner
from app.jobs.state import JobState
from app.monitoring import client_files
from app.policy.vocabulary import Service
from app.settings import Settings

router = routes(prefix="/v1/jobs", tags=["jobs"])

_SCREENERS = allow(Role.SCREENER, Role.ANALYST)
_READERS = allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)
_ROUTE: Final = "/v1/jobs"
_PAGE_MAX: Final = 200
_MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FIELDS: Final = (
    *("service", "service_date", "encoding", "output", "since", "column", "delimiter", "header_row", "no_header"),
    *("sheet", "mapping", "bom", "strict"),
)
_SAID: Final = {
    "column": "列的用途：表头=字段，表头=- 为不用，可多次。 HEADER=FIELD, or HEADER=- to leave it out; repeatable.",
    "delimiter": "字段分隔符。 What stands between fields.",
    "header_row": "表头所在行，从 1 起。 The row of the header, from 1.",
    "no_header": "没有表头，各列称为 1、2、3。 There is no header; columns are called 1, 2, 3.",
    "sheet": "只读该工作表。 The only sheet that is read.",
    "mapping": "映射文件（TOML）的内容。 The text of a mapping file (TOML).",
    "bom": "CSV 结果带 BOM。 Begin a CSV with a byte order mark.",
    "strict": "有警告的行至少为 REVIEW。 Every row with a warning is REVIEW at least.",
}
_COUNTS_SHOWN: Final = ("pass", "review", "block", "errors")


class JobOut(BaseModel):
    """A job as it is now."""

    model_config = ConfigDict(extra="forbid")

    id: str
    state: JobState
    rows_total: int | None = Field(description="Null until the file has been read once.")
    rows_done: int
    passed: int = Field(serialization_alias="pass", validation_alias="pass")
    review: int
    block: int
    errors: int = Field(description="Of the REVIEWs those that are faulty rows.")
    rows_per_second: float
    eta_seconds: float | None
    error: str | None = Field(description="Why the job failed.")
    created_at: datetime
    finished_at: datetime | None
    report: dict[str, Any] | None = Field(description="Of a finished job: its lists, rules, hashes and counts.")


class JobPage(BaseModel):
    """Jobs, newest first."""

    model_config = ConfigDict(extra="forbid")

    items: list[JobOut]
    next_cursor: str | None


async def _form(request: Request) -> FormData:
    return await request.form()


OptionField = Annotated[str | None, Form(max_length=400)]


@router.post(
    "",
    dependencies=[_SCREENERS],
    status_code=202,
    responses=declared(409, 413, 415),
    summary="Screen a file of counterparties 上传批量任务",
)
@takes_files
def create(  # noqa: PLR0913, PLR0917 - FastAPI calls it by keyword, with the fields of the form
    caller: Caller,
    database: AppDatabase,
    settings: AppSettings,
    response: Response,
    form: Annotated[FormData, Depends(_form)],
    file: Annotated[UploadFile, File(description="CSV, XLSX, Parquet or NDJSON.")],
    service: OptionField = None,
    service_date: OptionField = None,
    encoding: OptionField = None,
    output: OptionField = None,
    since: OptionField = None,
    column: Annotated[list[str] | None, Form(description=_SAID["column"])] = None,
    delimiter: Annotated[str | None, Form(max_length=20, description=_SAID["delimiter"])] = None,
    header_row: Annotated[int | None, Form(ge=1, description=_SAID["header_row"])] = None,
    no_header: Annotated[bool, Form(description=_SAID["no_header"])] = False,  # noqa: FBT002 - a field of the form
    sheet: Annotated[str | None, Form(max_length=400, description=_SAID["sheet"])] = None,
    mapping: Annotated[str | None, Form(max_length=100_000, description=_SAID["mapping"])] = None,
    bom: Annotated[bool, Form(description=_SAID["bom"])] = False,  # noqa: FBT002 - as above
    strict: Annotated[bool, Form(description=_SAID["strict"])] = False,  # noqa: FBT002 - as above
    idempotency_key: IdempotencyHeader = None,
) -> JobOut:
    """Take in a file; workers screen it row by row, and `/results` has it in the end.

    `service` and `service_date` hold for rows that do not say; `output` is csv (default), xlsx, ndjson or parquet;
    `since` is the id of an earlier job, or `last`, and adds the column `change`.  `column`, `delimiter`, `header_row`,
    `no_header`, `sheet` and `encoding` say how the file is read, `mapping` keeps such choices as a file; `strict`
    makes every row with a warning REVIEW; `bom` begins a CSV with a byte order mark.
    """
    unknown = sorted(set(form) - {"file", *_FIELDS})
    if unknown:
        faults = [Fault(f"/{name}", "unknown-field", "未知字段 / unknown field") for name in unknown]
        raise Invalid("validation", f"未知字段 / unknown fields: {', '.join(unknown)}", faults=faults)
    said = _reading(column, delimiter, header_row, no_header=no_header, sheet=sheet, encoding=encoding)
    kept, defaults = mapping_of(mapping, "mapping") if mapping else (ReadOptions(), {})
    options = _options(service or defaults.get("service"), service_date or defaults.get("service_date"), output) | {
        "since": since,
        "kind": defaults.get("kind"),
        "reading": merged(said, kept).as_json(),
        "bom": True if bom else None,
        "strict": strict,
    }
    job_id = str(uuid.uuid4())
    folder = job_files.folder_of(settings, job_id)
    folder.mkdir(parents=True)
    try:
        path = folder / f"input{Path(file.filename or '').suffix.lower()}"
        with path.open("wb") as stored:
            shutil.copyfileobj(file.file, stored)
        claim = _claim(caller, idempotency_key, path, options)
        first = _queued(database, settings, caller, path, options, claim)
    except BaseException:
        job_files.remove(settings, job_id)
        raise
    if first != job_id:
        job_files.remove(settings, job_id)
    response.headers["Location"] = f"{_ROUTE}/{first}"
    response.headers.update(replay_headers(claim))
    return _shown(database, first, caller)


def _reading(
    column: list[str] | None,
    delimiter: str | None,
    header_row: int | None,
    *,
    no_header: bool,
    sheet: str | None,
    encoding: str | None,
) -> ReadOptions:
    return ReadOptions(
        columns=column_options(column or []),
        delimiter=delimiter_option(delimiter),
        header_row=header_row_option(header_row, no_header=no_header),
        encoding=known_encoding(encoding),
        sheet=sheet,
    )


def _options(service: str | None, service_date: str | None, output: str | None) -> dict[str, Any]:
    faults = []
    code = written_service(service)
    if code is not None and code not in set(Service):
        faults.append(Fault("/service", "unknown-code", f"可选 / one of {', '.join(Service)}"))
    day = written_date(service_date)
    try:
        _ = day and datetime.strptime(day, "%Y-%m-%d").date()  # noqa: DTZ007 - a date
    except ValueError:
        faults.append(Fault("/service_date", "bad-date", "须为 / must be YYYY-MM-DD"))
    kind = output or "csv"
    if kind not in writer.FORMATS.values():
        faults.append(Fault("/output", "unknown-code", f"可选 / one of {', '.join(sorted(_MEDIA_TYPES))}"))
    if faults:
        raise Invalid("validation", f"{faults[0].pointer}: {faults[0].message}", faults=faults)
    return {"service": code, "service_date": day, "output": kind}


def _claim(caller: Principal, key: str | None, path: Path, options: dict[str, Any]) -> IdempotencyClaim | None:
    """Return what makes two uploads the same: the file and the options, not how they were wrapped."""
    if key is None:
        return None
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    digest.update(json.dumps(options, sort_keys=True).encode())
    return IdempotencyClaim.of(caller.client, _ROUTE, key, digest.digest())


def _queued(
    database: Database,
    settings: Settings,
    caller: Principal,
    path: Path,
    options: dict[str, Any],
    claim: IdempotencyClaim | None,
) -> str:
    """Queue the job of the folder that has the file, and return its id, or that of the first job of the same key."""
    job_id = path.parent.name
    owner = Owner(caller.client, caller.subject, caller.key_id)
    try:
        with database.write() as session:
            first: str | None = idempotency.recall(session, claim) if claim else None
            if first is not None:
                return first
            client_files.require_room(settings, session, caller.client, more=path.stat().st_size)
            bulk.submit(session, owner, path, options, job_id)
            if claim:
                idempotency.remember(session, claim, job_id)
    except IntegrityError:
        # Somebody else with the same key was first and has committed meanwhile.
        with database.read() as session:
            theirs: str | None = idempotency.recall(session, claim) if claim else None
        if theirs is None:
            raise
        return theirs
    return job_id


@router.get("", dependencies=[_READERS], responses=declared(404), summary="The jobs of a client 任务列表")
def search(
    caller: Caller,
    session: Reading,
    state: JobState | None = None,
    cursor: Annotated[str | None, Query(max_length=36)] = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE_MAX)] = 50,
) -> JobPage:
    """Return the jobs of the caller's client (an auditor's: of all), newest first."""
    wanted = JobSearch(bulk.KIND, _sees(caller), state, cursor)
    found = queue.found(session, wanted, limit + 1)
    items = [_out(session, job) for job in found[:limit]]
    return JobPage(items=items, next_cursor=items[-1].id if len(found) > limit else None)


@router.get(
    "/{job_id}",
    dependencies=[_READERS],
    responses=declared(404),
    summary="How far a job is 任务状态",
)
def read(job_id: str, caller: Caller, database: AppDatabase) -> JobOut:
    """Return the state of a job."""
    return _shown(database, job_id, caller)


@router.get(
    "/{job_id}/results",
    dependencies=[_READERS],
    responses={**declared(404, 409), 200: {"content": {kind: {} for kind in _MEDIA_TYPES.values()}}},
    response_class=FileResponse,
    summary="The answered file 任务结果",
)
def results(job_id: str, caller: Caller, database: AppDatabase, settings: AppSettings) -> FileResponse:
    """Return the file with an answer in each row, in the order of the rows that were sent; 409 until it is done.

    404 `job-results-gone` some days later (`CUTOFF_JOB_FILES_DAYS`), when the files have been removed.
    """
    with database.read() as session:
        job = queue.view(session, job_id, _sees(caller))
    if job.state is not JobState.DONE:
        raise Conflict("job-not-done", f"任务尚未完成 / the job is not done: {job.state}")
    path = bulk.result_of(settings, job)
    return FileResponse(path, media_type=_MEDIA_TYPES[str(job.options["output"])], filename=path.name)


@router.get(
    "/{job_id}/events",
    dependencies=[_READERS],
    responses={**declared(404), 200: {"content": {"text/event-stream": {}}}},
    response_class=StreamingResponse,
    summary="Progress as it happens (SSE) 任务进度",
)
def events(
    job_id: str, caller: Caller, database: AppDatabase, directory: AppKeys, request: Request
) -> StreamingResponse:
    """Send an event `progress` whenever the state has changed, and an event `end` with the last one.

    The stream ends without an `end` when the key that asked for it is revoked or expires.
    """
    _shown(database, job_id, caller)
    streams: ClientBudget = request.app.state.event_streams
    feed: JobFeed[JobOut] = request.app.state.job_feed
    place = ExitStack()
    place.enter_context(streams.taken(caller.client))

    async def holds() -> bool:
        try:
            if not directory.is_known(caller.key_id):
                await anyio.to_thread.run_sync(directory.require_valid, caller.key_id)
        except (Unauthenticated, Unavailable):
            return False
        return True

    async def stream() -> AsyncIterator[str]:
        last = ""
        while not await request.is_disconnected() and await holds():
            shown = await feed.state(job_id)
            text = shown.model_dump_json(by_alias=True)
            if shown.state.is_final:
                yield f"event: end\ndata: {text}\n\n"
                return
            # A comment keeps proxies from closing a stream on which nothing happens.
            yield f"event: progress\ndata: {text}\n\n" if text != last else ": waiting\n\n"
            last = text
            await anyio.sleep(EVERY_S)

    return _Stream(stream(), place)


class _Stream(StreamingResponse):
    """A stream of events that has a place among the open ones until it ends, however it ends."""

    def __init__(self, events: AsyncIterator[str], place: ExitStack) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place:
            await super().__call__(scope, receive, send)


def feed_of(database: Database) -> JobFeed[JobOut]:
    """Return what the streams of a process show; who may see a job has been asked before."""

    def read(job_id: str) -> JobOut:
        with database.read() as session:
            return _out(session, queue.view(session, job_id, None))

    return JobFeed(read)


@router.post(
    "/{job_id}/cancel",
    dependencies=[_SCREENERS],
    responses=declared(404, 409),
    summary="Stop a job 取消任务",
)
def cancel(job_id: str, caller: Caller, database: AppDatabase) -> JobOut:
    """Stop a job; what it had done is dropped.  Cancelling twice is the same; 409 where it has ended."""
    with database.write() as session:
        queue.cancel(session, job_id, _sees(caller), clock.now())
    return _shown(database, job_id, caller)


def _sees(caller: Principal) -> str | None:
    return None if caller.sees_all_clients else caller.client


def _shown(database: Database, job_id: str, caller: Principal) -> JobOut:
    with database.read() as session:
        return _out(session, queue.view(session, job_id, _sees(caller)))


def _out(session: ReadSession, job: JobView) -> JobOut:
    progress = bulk.progress_of(session, job, clock.now())
    return JobOut.model_validate(
        {
            "id": job.id,
            "state": job.state,
            "rows_total": progress.rows_total,
            "rows_done": progress.rows_done,
            **{name: count for name, count in progress.counts.as_json().items() if name in _COUNTS_SHOWN},
            "rows_per_second": progress.rows_per_second,
            "eta_seconds": progress.eta_seconds,
            "error": job.error,
            "created_at": job.created_at,
            "finished_at": job.finished_at,
            "report": (job.result or {}).get("report"),
        }
    )
