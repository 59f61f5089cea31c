"""Changes of lists: upload, four eyes, activation, rollback, and one entity at once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Body, Depends, File, Form, Header, Request, Response, UploadFile
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import FormData

from app import clock
from app.access import Principal, Role, idempotency
from app.access.idempotency import IdempotencyClaim
from app.access.person import is_same_person
from app.api.idempotency import IdempotencyHeader, claim_of, replay_headers
from app.api.list_progress import answered_by_lines
from app.api.list_schemas import DraftOut, ListVersionShortOut, RefusedFile
from app.api.lists import Code, Number
from app.api.problems import FAMILIES, MEDIA_TYPE, declared, problem_body
from app.db import WriteSession
from app.dependencies import AppDatabase, AppSettings, Caller, Writing, allow, routes, takes_files
from app.errors import Fault, Forbidden, Invalid
from app.progress_stream import MEDIA_TYPE as PROGRESS_TYPE
from app.tabular.finding import errors
from app.watchlists.checks.annotate import annotated
from app.watchlists.checks.validate import Progress, no_progress
from app.watchlists.history.version import VersionRecord
from app.watchlists.layout.columns import BY_ALIAS
from app.watchlists.layout.file_header import OPTIONS
from app.watchlists.layout.published import PUBLISHED, PUBLISHED_OPTIONS
from app.watchlists.versions import service, store
from app.watchlists.versions.importing import Checked, Upload
from app.watchlists.versions.list_intake import ListIntake
from app.watchlists.versions.row_json import shown_diff, shown_version
from app.watchlists.versions.transition import Actor

router = routes(prefix="/v1/lists", tags=["lists"])

_MAKERS = allow(Role.LIST_MAKER, Role.LIST_CHECKER)
_CHECKERS = allow(Role.LIST_CHECKER)
_DIFF_SHOWN_MAX: Final = 1_000
_AHEAD_MAX: Final = timedelta(days=3_653)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DRAFT_RESPONSES: Final = {
    **declared(409, 415),
    422: {
        "model": RefusedFile,
        "description": FAMILIES["invalid"][1],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/RefusedFile"}}, _XLSX: {}},
    },
}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ActivateIn(_Request):
    """When to activate; now when left out."""

    at: AwareDatetime | None = Field(None, description="RFC 3339 with an offset; at most ten years ahead.")


class RejectIn(_Request):
    """Why a version is sent back."""

    reason: str = Field(min_length=1, max_length=2_000)


class WithdrawIn(_Request):
    """Why a version is taken back."""

    reason: str | None = Field(None, max_length=2_000)


class RollbackIn(_Request):
    """The version to return to."""

    to_version: int = Field(ge=1, le=2**31 - 1)


async def _form(request: Request) -> FormData:
    return await request.form()


_AT_FAULT: Final = Fault("/at", "bad-time", "启用时间应在十年之内 / at most ten years ahead")
_ENTRY_EXAMPLES: Final = {
    "add": {
        "value": {
            "external_id": "FJ-0001",
            "action": "ADD",
            "category": "VIOLATING",
            "entity_kind": "VENUE",
            "legal_name": "福建示例大宗商品交易中心有限公司",
            "reg_region_code": "350100",
            "jurisdiction": "350100",
            "determined_on": "2017-03-15",
            "effective_from": "2017-03-20",
            "issuing_doc_no": "示例〔2017〕1号",
        }
    }
}
OptionField = Annotated[str | None, Form(max_length=400)]
PublishedField = Annotated[
    str | None,
    Form(
        max_length=5,
        description="`true`：按公布的名单读取，未印出的项由 category 等字段给出 / "
        "`true` takes the list as an office publishes it; what it does not print comes as category, jurisdiction, "
        "determined_on and effective_from.",
    ),
]


@router.post(
    "/{code}/versions",
    dependencies=[_MAKERS],
    status_code=201,
    responses=_DRAFT_RESPONSES,
    response_model=DraftOut,
    summary="Upload a file as a draft 上传名单",
)
@takes_files
def upload(  # noqa: PLR0913, PLR0917 - FastAPI calls it by keyword, with the fields of the form
    code: Code,
    caller: Caller,
    database: AppDatabase,
    settings: AppSettings,
    form: Annotated[FormData, Depends(_form)],
    file: Annotated[UploadFile, File(description="CSV, XLSX, XLS or NDJSON.")],
    file_kind: OptionField = None,
    list_issuer: OptionField = None,
    issuing_doc_no: OptionField = None,
    issued_on: OptionField = None,
    effective_on: OptionField = None,
    received_at: OptionField = None,
    jurisdiction_code: OptionField = None,
    base_version: OptionField = None,
    as_published: PublishedField = None,
    category: OptionField = None,
    entity_kind: OptionField = None,
    jurisdiction: OptionField = None,
    determined_on: OptionField = None,
    effective_from: OptionField = None,
    accept: Annotated[str | None, Header(max_length=1_000, include_in_schema=False)] = None,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Check a file cell by cell and store it as a draft; 422 with every finding where something refuses it.

    With `Accept` of an XLSX a refusal is the annotated workbook; with `application/x-ndjson` the answer is 200 and
    lines of progress, the last of which has the status and body.  A `list_checker` may upload backfilled files only.
    """
    unknown = sorted(set(form) - {"file", *OPTIONS, PUBLISHED, *PUBLISHED_OPTIONS})
    if unknown:
        raise _unknown_fields(unknown)
    values = (
        file_kind,
        list_issuer,
        issuing_doc_no,
        issued_on,
        effective_on,
        received_at,
        jurisdiction_code,
        base_version,
        as_published,
        category,
        entity_kind,
        jurisdiction,
        determined_on,
        effective_from,
    )
    names = (*OPTIONS, PUBLISHED, *PUBLISHED_OPTIONS)
    options = {name: text for name, text in zip(names, values, strict=True) if text}
    sent = Upload(file.filename or "", file.file.read(), options, caller.client)
    intake = _Uploads(ListIntake.open(database, settings), caller, idempotency_key)
    if PROGRESS_TYPE in (accept or ""):
        return answered_by_lines(lambda progress: intake.take_in(code, sent, progress=progress))
    return intake.take_in(code, sent, wants_workbook=_XLSX in (accept or ""))


@router.post(
    "/{code}/entries",
    dependencies=[_MAKERS],
    status_code=201,
    responses=_DRAFT_RESPONSES,
    response_model=DraftOut,
    summary="One entity added, changed or closed 单个主体报送",
)
@takes_files
def one_entity(
    code: Code,
    caller: Caller,
    database: AppDatabase,
    settings: AppSettings,
    entry: Annotated[dict[str, Any], Body(openapi_examples=_ENTRY_EXAMPLES)],
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Store one row as a DELTA draft: its cells by English alias, and the fields of a batch beside them."""
    unknown = sorted(entry.keys() - BY_ALIAS.keys() - set(OPTIONS) | entry.keys() & {"file_kind"})
    if unknown:
        raise _unknown_fields(unknown)
    options = {name: str(entry[name]) for name in OPTIONS if entry.get(name) is not None}
    row = {name: value for name, value in entry.items() if name in BY_ALIAS}
    sent = Upload("entry.ndjson", json.dumps(row).encode(), {**options, "file_kind": "DELTA"}, caller.client)
    intake = _Uploads(ListIntake.open(database, settings), caller, idempotency_key)
    return intake.take_in(code, sent)


@router.post(
    "/{code}/versions/{number}/submit",
    dependencies=[_MAKERS],
    responses=declared(404, 409),
    response_model=ListVersionShortOut,
    summary="Hand a draft to the checker 提交复核",
)
def submit(code: Code, number: Number, caller: Caller, session: Writing) -> dict[str, Any]:
    """Submit a draft.  A `list_checker` submits its own drafts only: backfilled files and rollbacks.

    A rollback that another person began becomes a new version of the caller's, which is answered; whoever began it
    may then approve it.
    """
    if caller.role is Role.LIST_CHECKER and not is_same_person(
        store.version(session, code, number).maker, caller.subject
    ):
        raise Forbidden("wrong-role", "复核角色只能提交自己的草稿 (a list_checker submits its own drafts only)")
    return shown_version(service.submit(session, code, number, _actor(caller), clock.now()))


@router.post(
    "/{code}/versions/{number}/approve",
    dependencies=[_CHECKERS],
    responses=declared(404, 409),
    response_model=ListVersionShortOut,
    summary="Approve a version and sign off its warnings 复核通过",
)
def approve(code: Code, number: Number, caller: Caller, session: Writing) -> dict[str, Any]:
    """Approve a submitted version; never one's own.  Approving signs off the warnings of its file."""
    return shown_version(service.approve(session, code, number, _actor(caller), clock.now()))


@router.post(
    "/{code}/versions/{number}/reject",
    dependencies=[_CHECKERS],
    responses=declared(404, 409),
    response_model=ListVersionShortOut,
    summary="Send a version back 退回",
)
def reject(code: Code, number: Number, body: RejectIn, caller: Caller, session: Writing) -> dict[str, Any]:
    """Send a version back to its maker, with a reason; never one's own."""
    done = service.reject(session, code, number, _actor(caller), clock.now(), reason=body.reason)
    return shown_version(done)


@router.post(
    "/{code}/versions/{number}/withdraw",
    dependencies=[_MAKERS],
    responses=declared(404, 409),
    response_model=ListVersionShortOut,
    summary="Take back one's own version 撤回",
)
def withdraw(
    code: Code, number: Number, caller: Caller, session: Writing, body: WithdrawIn | None = None
) -> dict[str, Any]:
    """Take back one's own version before it is in force."""
    reason = body.reason if body else None
    return shown_version(service.withdraw(session, code, number, _actor(caller), clock.now(), reason=reason))


@router.post(
    "/{code}/versions/{number}/activate",
    dependencies=[_CHECKERS],
    responses=declared(404, 409),
    response_model=ListVersionShortOut,
    summary="Put a version in force 启用",
)
def activate(
    code: Code, number: Number, caller: Caller, session: Writing, body: ActivateIn | None = None
) -> dict[str, Any]:
    """Put an approved version in force, now or at a stated time."""
    at, now = (body.at if body else None), clock.now()
    if at is not None and not now - _AHEAD_MAX < at < now + _AHEAD_MAX:
        raise Invalid("bad-time", "启用时间应在十年之内 (at most ten years ahead)", faults=[_AT_FAULT])
    return shown_version(service.activate(session, code, number, _actor(caller), now, at=at))


@router.post(
    "/{code}/rollback",
    dependencies=[_CHECKERS],
    status_code=201,
    responses=declared(404, 409),
    response_model=ListVersionShortOut,
    summary="Draft a version that brings back an earlier one 退回旧版",
)
def rollback(
    code: Code,
    body: RollbackIn,
    caller: Caller,
    database: AppDatabase,
    response: Response,
    idempotency_key: IdempotencyHeader = None,
) -> dict[str, Any]:
    """Make the draft of a new version with the lineage of an earlier one; it takes four eyes as any other."""
    claim = claim_of(caller, f"POST {code}/rollback", idempotency_key, body.model_dump_json().encode())
    try:
        with database.write() as session:
            first: dict[str, Any] | None = idempotency.recall(session, claim) if claim else None
            shown = first or shown_version(
                service.rollback(session, code, body.to_version, _actor(caller), clock.now())
            )
            if claim and first is None:
                idempotency.remember(session, claim, shown)
    except IntegrityError:
        # Somebody else with the same key was first and has committed meanwhile.
        with database.read() as session:
            theirs: dict[str, Any] | None = idempotency.recall(session, claim) if claim else None
        if theirs is None:
            raise
        shown = theirs
    response.headers["Location"] = f"/v1/lists/{code}/versions/{shown['version']}"
    response.headers.update(replay_headers(claim))
    return shown


@dataclass(frozen=True, slots=True)
class _Uploads:
    """Takes in the files of one caller."""

    intake: ListIntake
    caller: Principal
    idempotency_key: str | None

    def take_in(
        self, code: str, sent: Upload, *, wants_workbook: bool = False, progress: Progress = no_progress
    ) -> Response:
        """Check a file and store it, or refuse it; the same key and file get the first answer again."""
        service.check_code(code)
        claim = claim_of(self.caller, f"POST {code}/versions", self.idempotency_key, _fingerprint(sent))
        first = self._recall(claim)
        if first is not None:
            return _created(code, first, claim)
        now = clock.now()
        checked = self.intake.check(code, sent, now, progress)
        if checked.is_refused or checked.batch is None:
            return self._refused(checked, sent, wants_workbook=wants_workbook)
        only_backfills = self.caller.role is Role.LIST_CHECKER
        stored: dict[str, Any] = {}

        def remember(session: WriteSession, version: VersionRecord) -> None:
            stored.update(_draft(version, checked))
            if claim is not None:
                idempotency.remember(session, claim, stored)

        try:
            self.intake.store(
                code, sent, checked, _actor(self.caller), now, only_backfills=only_backfills, also=remember
            )
        except IntegrityError:
            first = self._recall(claim)
            if first is None:
                raise
            stored = first
        return _created(code, stored, claim)

    def _recall(self, claim: IdempotencyClaim | None) -> dict[str, Any] | None:
        if claim is None:
            return None
        with self.intake.database.read() as session:
            first: dict[str, Any] | None = idempotency.recall(session, claim)
            return first

    def _refused(self, checked: Checked, sent: Upload, *, wants_workbook: bool) -> Response:
        found = checked.report.in_order()
        if wants_workbook:
            book = annotated(sent.data, sent.name, found, self.intake.checker.limits)
            return Response(book, status_code=422, media_type=_XLSX)
        report = checked.report
        faults = [
            Fault(f"/{one.row or ''}/{one.column or ''}", one.code, f"{one.text_zh} ({one.text_en})")
            for one in errors(found)
        ]
        detail = f"文件有 {report.errors} 处错误，未导入 / {report.errors} errors: nothing was imported"
        problem = json.loads(problem_body(422, "list-file-refused", FAMILIES["invalid"][1], detail, faults=faults))
        problem |= {
            "rows": report.rows,
            "error_count": report.errors,
            "warning_count": report.warnings,
            "findings": [one.as_json() for one in found],
        }
        return Response(json.dumps(problem, ensure_ascii=False), status_code=422, media_type=MEDIA_TYPE)


def _draft(done: VersionRecord, checked: Checked) -> dict[str, Any]:
    return {
        **shown_version(done),
        "findings": [one.as_json() for one in checked.report.in_order()],
        "diff": shown_diff(checked.diff, limit=_DIFF_SHOWN_MAX),
    }


def _created(code: str, answer: Mapping[str, Any], claim: IdempotencyClaim | None) -> Response:
    headers = {"Location": f"/v1/lists/{code}/versions/{answer['version']}", **replay_headers(claim)}
    body = json.dumps(answer, ensure_ascii=False)
    return Response(body, status_code=201, media_type="application/json", headers=headers)


def _fingerprint(sent: Upload) -> bytes:
    """Return what makes two uploads the same; the boundary of the form does not count."""
    parts = {"name": sent.name, "options": dict(sent.options), "sha256": hashlib.sha256(sent.data).hexdigest()}
    return json.dumps(parts, sort_keys=True).encode()


def _actor(caller: Principal) -> Actor:
    return Actor(caller.subject, "api")


def _unknown_fields(names: list[str]) -> Invalid:
    faults = [Fault(f"/{name[:200]}", "extra-forbidden", "没有这个字段 / there is no such field") for name in names]
    return Invalid("validation", f"未知字段 / unknown: {', '.join(name[:80] for name in names[:20])}", faults=faults)
