"""``/v1/counterparties``: the book of a client under watch, one counterparty or all of them."""

import json
import shutil
import uuid
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any, Final, Literal

import anyio.to_thread
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app import clock
from app.access import Principal, Role, idempotency
from app.api.idempotency import IdempotencyHeader, claim_of, replay_headers
from app.api.problems import declared
from app.api.screening_schemas import CounterpartyIn, MatchOut, ReasonOut
from app.bulk.readers.read_options import ReadOptions, column_options
from app.bulk.service import job_files
from app.db import Database
from app.dependencies import AppDatabase, AppSettings, Body, Caller, Reading, allow, routes, takes_files
from app.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from app.jobs.queue import Owner
from app.monitoring import book, book_jobs, client_files, coverage
from app.monitoring.coverage import CounterpartyView
from app.monitoring.upload import member_of, take_in
from app.policy.vocabulary import Service
from app.screening.intake import TextLimits
from app.settings import Settings

router = routes(prefix="/v1/counterparties", tags=["counterparties"])

_WRITERS = allow(Role.SCREENER, Role.ANALYST)
_READERS = allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)
_PAGE_MAX: Final = 200
_ENDINGS: Final = {
    "application/x-ndjson": ".ndjson",
    "application/ndjson": ".ndjson",
    "application/jsonl": ".ndjson",
    "application/json": ".json",
    "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.apache.parquet": ".parquet",
}
_ENDING_CHARS_MAX: Final = 16
_FIRST_BYTES: Final = 4
_MULTIPART: Final = "multipart/form-data"

Watched = Literal["PASS", "REVIEW", "BLOCK", "UNKNOWN"]
ClientParam = Annotated[str | None, Query(max_length=200, description="For an auditor: whose.")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class CounterpartyPut(_Model):
    """One counterparty of a book."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "C-1",
                    "counterparty": {"name": "福建示例大宗商品交易中心有限公司", "kind": "ORGANISATION"},
                    "services": ["FUND_SETTLEMENT"],
                    "opened_on": "2016-05-01",
                }
            ]
        },
    )

    id: str | None = Field(None, max_length=200, description="The caller's id; that of the path where there is one.")
    counterparty: CounterpartyIn
    services: list[Service] | None = Field(None, description="FUND_SETTLEMENT when left out.", max_length=20)
    opened_on: date | None = None


class StandingOut(_Model):
    """The decision in force on one service; UNKNOWN where no finished run has made one."""

    service: Service
    outcome: Watched
    outcome_matched: Watched = Field(description="The outcome before suppressions.")
    reasons: list[ReasonOut]
    matches: list[MatchOut]
    since: datetime | None
    next_date: date | None = Field(description="The next date on which the decision may change by itself.")
    suppressed_by: list[str]


class ListVersionOfBook(_Model):
    """A list version that a book was decided by."""

    code: str
    version: int


class CoverageOfOne(_Model):
    """On what the decision rests; null where there is none."""

    list_versions: list[ListVersionOfBook]
    rule_version: str
    engine_version: str
    decided_for_date: date
    decided_at: datetime


class BookCounterpartyOut(_Model):
    """A counterparty of a book as it is now."""

    id: str
    client: str
    revision: int
    counterparty: dict[str, Any]
    further_parties: list[dict[str, Any]] = Field(description="Further legal names and persons of the same row.")
    services: list[Service]
    opened_on: date | None
    updated_at: datetime
    closed_at: datetime | None
    content_sha256: str
    outcome: Watched
    standing: list[StandingOut]
    coverage: CoverageOfOne | None
    error: str | None = Field(description="Why it could not be decided.")


class BookPage(_Model):
    """Counterparties by client and id; ``next_cursor`` leads to those after."""

    items: list[BookCounterpartyOut]
    next_cursor: str | None


class RowErrorOut(_Model):
    """What is wrong with a row of a file; ``row`` is its number as the user sees it."""

    row: int
    code: str
    message: str


class BookUploadOut(_Model):
    """What became of a file; the first 1,000 errors (rows not taken) and warnings (cells left out) are reported."""

    created: int
    changed: int
    unchanged: int
    closed: int
    errors: list[RowErrorOut]
    errors_total: int
    warnings: list[RowErrorOut]
    warnings_total: int
    columns: dict[str, str] = Field(description="As what each column of a table was read.")
    columns_not_read: list[str]
    sheets_left_out: list[str]


class BookJobOut(_Model):
    """A large book has become a job: see ``GET /v1/jobs/{id}``, whose ``report`` is what the call would answer."""

    job_id: str
    state: Literal["QUEUED"]


async def _uploaded(request: Request) -> AsyncIterator[Path]:
    """Write the body, or the file of a form, to a file of the right ending; it is gone when the call is answered."""
    settings: Settings = request.app.state.settings
    incoming = settings.data_dir.resolve() / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(dir=incoming))
    try:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == _MULTIPART:
            yield await _of_form(request, folder)
        else:
            path = folder / "book"
            with path.open("wb") as file:
                async for piece in request.stream():
                    file.write(piece)
            yield path.rename(path.with_suffix(_ENDINGS.get(media_type) or _ending_of(path)))
    finally:
        await anyio.to_thread.run_sync(shutil.rmtree, folder, True)


async def _of_form(request: Request, folder: Path) -> Path:
    async with request.form() as form:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise Invalid(
                "validation", "/file: 缺少文件 / the form has no file", faults=[Fault("/file", "missing", "file")]
            )
        path = folder / f"book{Path(file.filename or '').suffix.lower()[:_ENDING_CHARS_MAX]}"
        with path.open("wb") as stored:
            while piece := await file.read(1 << 20):
                stored.write(piece)
    return path


def _ending_of(path: Path) -> str:
    """Tell a file by its first bytes where the caller does not say what it is."""
    with path.open("rb") as file:
        first = file.read(_FIRST_BYTES)
    if first.startswith(b"PK\x03\x04"):
        return ".xlsx"
    if first == b"PAR1":
        return ".parquet"
    return ".json" if first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")) else ".csv"


# The file may also be the body itself, by its content type; generators of clients know forms only.
_BODY_DOC: Final = {
    "requestBody": {
        "required": True,
        "content": {
            _MULTIPART: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}


@router.put(
    "",
    dependencies=[_WRITERS],
    responses={**declared(409, 413, 415), 202: {"model": BookJobOut}},
    openapi_extra=_BODY_DOC,
    summary="Put many counterparties from a file 批量维护客户",
)
@takes_files
def put_many(
    caller: Caller,
    database: AppDatabase,
    settings: AppSettings,
    response: Response,
    path: Annotated[Path, Depends(_uploaded, scope="function")],
    mode: Annotated[Literal["merge", "replace"], Query(description="replace closes who is not named.")] = "merge",
    confirm: Annotated[bool, Query(description="Let a replacement close any share of the book.")] = False,  # noqa: FBT002 - a query parameter
    column: Annotated[
        list[str] | None, Query(description="HEADER=FIELD: what a column is; HEADER=- leaves it out.", max_length=200)
    ] = None,
) -> BookUploadOut | BookJobOut:
    """Put every counterparty of an NDJSON, CSV, XLSX or Parquet file; a large one becomes a job (202).

    A row that cannot be read is reported in `errors`; the others are taken.  A column of a table that is not read and
    looks like names or codes refuses the file (422 `unread-names`) until `column` says what it is.

    `mode=replace` closes the counterparties that the file does not name, and is refused (409 `book-close-share`) where
    that is more of the book than `CUTOFF_BOOK_CLOSE_MAX_SHARE`, unless `confirm=true`.

    The file may also be the body itself, as `application/x-ndjson`, `text/csv`, or the type of XLSX, XLS or
    Parquet.
    """
    replace, reading = mode == "replace", ReadOptions(columns=column_options(column or []))
    if path.stat().st_size > settings.book_at_once_bytes_max:
        job_id = _queued(database, settings, caller, path, reading, replace=replace, confirmed=confirm)
        response.status_code = 202
        response.headers["Location"] = f"/v1/jobs/{job_id}"
        return BookJobOut(job_id=job_id, state="QUEUED")
    options = book_jobs.options_of(settings, replace=replace, confirmed=confirm, reading=reading)
    return BookUploadOut.model_validate(take_in(database, caller.client, path, options).as_json())


def _queued(  # the words of a job
    database: Database,
    settings: Settings,
    caller: Principal,
    path: Path,
    reading: ReadOptions,
    *,
    replace: bool,
    confirmed: bool,
) -> str:
    job_id = str(uuid.uuid4())
    folder = job_files.folder_of(settings, job_id)
    folder.mkdir(parents=True)
    try:
        kept = folder / f"input{path.suffix}"
        shutil.move(path, kept)
        owner = Owner(caller.client, caller.subject, caller.key_id)
        options = {"replace": replace, "confirmed": confirmed, "reading": reading.as_json()}
        with database.write() as session:
            client_files.require_room(settings, session, caller.client, more=kept.stat().st_size)
            book_jobs.submit(session, owner, kept, options, job_id)
    except BaseException:
        job_files.remove(settings, job_id)
        raise
    return job_id


@router.post(
    "",
    dependencies=[_WRITERS],
    status_code=201,
    responses=declared(409, 415),
    response_model=BookCounterpartyOut,
    summary="Add one counterparty 新增客户",
)
def create(
    asked: CounterpartyPut,
    body: Body,
    caller: Caller,
    database: AppDatabase,
    settings: AppSettings,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Add a counterparty that is not in the book yet; 409 `counterparty-exists` where an open one has the id."""
    claim = claim_of(caller, "POST /v1/counterparties", idempotency_key, body)
    one = member_of(asked.model_dump(mode="json"), _limits(settings))
    with database.write() as session:
        first = idempotency.recall(session, claim) if claim else None
        if first is not None:
            return _json(first, 201, replay_headers(claim))
        try:
            known = book.read(session, caller.client, one.id)
        except NotFound:
            known = None
        if known is not None and known.closed_at is None:
            raise Conflict(
                "counterparty-exists", f"客户编号 {one.id} 已存在 / there is a counterparty {one.id} already"
            )
        book.put(session, caller.client, [one], clock.now())
        shown = _shown(coverage.view(session, caller.client, one.id, clock.now())).model_dump_json()
        if claim:
            idempotency.remember(session, claim, shown)
    return _json(shown, 201)


@router.get("", dependencies=[_READERS], responses=declared(), summary="Search the book 查询客户")
def search(
    caller: Caller,
    session: Reading,
    name: Annotated[str | None, Query(max_length=400, description="Any part of the name.")] = None,
    closed: Annotated[bool | None, Query(description="Only closed ones, or only open ones.")] = None,
    outcome: Annotated[Literal["REVIEW", "BLOCK"] | None, Query(description="Decided so for some service.")] = None,
    client: ClientParam = None,
    cursor: Annotated[str | None, Query(max_length=800)] = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE_MAX)] = 50,
) -> BookPage:
    """Return counterparties of the caller's client (an auditor's: of all) by client and id, with their standing."""
    wanted = book.BookSearch(name=name, is_closed=closed, outcome=outcome)
    after = _cursor(cursor)
    found = book.search(session, seen(caller, client), wanted, after=after, limit=limit + 1)
    shown = coverage.views(session, found[:limit], clock.now())
    last = found[limit - 1] if len(found) > limit else None
    return BookPage(
        items=[_shown(one) for one in shown],
        next_cursor=json.dumps([last[0], last[1].member.id], ensure_ascii=False) if last else None,
    )


@router.put(
    "/{counterparty_id:path}",
    dependencies=[_WRITERS],
    responses=declared(415),
    summary="Put one counterparty 维护客户",
)
def put_one(
    counterparty_id: str, asked: CounterpartyPut, caller: Caller, database: AppDatabase, settings: AppSettings
) -> BookCounterpartyOut:
    """Write a counterparty as it now is; an equal one changes nothing, a closed one opens again."""
    if asked.id is not None and asked.id != counterparty_id:
        detail = "与路径中的编号不同 / is not the id of the path"
        raise Invalid("validation", f"/id: {detail}", faults=[Fault("/id", "other-id", detail)])
    one = member_of({**asked.model_dump(mode="json"), "id": counterparty_id}, _limits(settings))
    with database.write() as session:
        book.put(session, caller.client, [one], clock.now())
        return _shown(coverage.view(session, caller.client, one.id, clock.now()))


@router.get(
    "/{counterparty_id:path}",
    dependencies=[_READERS],
    responses=declared(404),
    summary="One counterparty with its standing 单个客户",
)
def read(counterparty_id: str, caller: Caller, session: Reading, client: ClientParam = None) -> BookCounterpartyOut:
    """Return a counterparty, what is decided of it, and on what that rests: UNKNOWN where nothing is, never PASS."""
    whose = seen(caller, client) or caller.client
    return _shown(coverage.view(session, whose, counterparty_id, clock.now()))


@router.delete(
    "/{counterparty_id:path}",
    dependencies=[_WRITERS],
    responses=declared(404, 409),
    summary="Close one counterparty 关闭客户",
)
def close(counterparty_id: str, caller: Caller, database: AppDatabase) -> BookCounterpartyOut:
    """Close a counterparty: it is no longer watched; what was recorded of it stays."""
    with database.write() as session:
        book.close_one(session, caller.client, counterparty_id, clock.now())
        return _shown(coverage.view(session, caller.client, counterparty_id, clock.now()))


def seen(caller: Principal, client: str | None) -> str | None:
    """Return whose records a caller asks for: its own, or as an auditor those of one client or of all (None)."""
    if caller.sees_all_clients:
        return client
    if client not in {None, caller.client}:
        raise Forbidden("other-client", "只能查看本系统的记录 / this key sees the records of its own client only")
    return caller.client


def _cursor(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    try:
        client, after = json.loads(text)
    except (ValueError, TypeError):
        raise Invalid("bad-cursor", "cursor 有误 / is none that was given out") from None
    if not isinstance(client, str) or not isinstance(after, str):
        raise Invalid("bad-cursor", "cursor 有误 / is none that was given out")
    return client, after


def _limits(settings: Settings) -> TextLimits:
    return TextLimits(clock.now(), settings.name_chars_max, settings.text_chars_max)


def _json(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status_code=status, media_type="application/json", headers=headers)


def _shown(view: CounterpartyView) -> BookCounterpartyOut:
    one = view.entry.member
    parties = book.parties_as_json(one)
    basis = view.coverage
    return BookCounterpartyOut.model_validate(
        {
            "id": one.id,
            "client": view.client,
            "revision": view.entry.revision,
            "counterparty": parties[0],
            "further_parties": parties[1:],
            "services": list(one.services),
            "opened_on": one.opened_on,
            "updated_at": view.entry.updated_at,
            "closed_at": view.entry.closed_at,
            "content_sha256": one.content_sha256,
            "outcome": view.outcome,
            "standing": list(view.standing),
            "coverage": None
            if basis is None
            else {
                "list_versions": [{"code": code, "version": version} for code, version in basis.lists],
                "rule_version": basis.rule_version,
                "engine_version": basis.engine_version,
                "decided_for_date": basis.decided_for_date,
                "decided_at": basis.decided_at,
            },
            "error": view.error,
        }
    )
