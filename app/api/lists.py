"""``/v1/lists``: lists, their immutable versions, what differs, who uses what; reads only."""

from dataclasses import asdict
from datetime import datetime, time
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from app import clock
from app.access import Principal, Role
from app.access.budget import ClientBudget
from app.api.list_schemas import (
    AdoptionOut,
    DeltaOut,
    DiffOut,
    EntryPage,
    ImpactOut,
    ListOut,
    ListPage,
    SignatureOut,
    SigningKeyOut,
    VersionDetail,
    VersionPage,
)
from app.api.problems import declared
from app.db import ReadSession
from app.dependencies import HEAVY, OPEN, AppDatabase, AppScreeningService, AppSettings, Caller, Reading, allow, routes
from app.errors import Conflict, Forbidden, NotFound
from app.monitoring.impact_on_books import book_impact
from app.screening import adoption as adoptions
from app.screening.impact import impact as impact_of
from app.tabular.limits import FileLimits
from app.watchlists.checks.annotate import annotated as annotated_workbook
from app.watchlists.files.template import template
from app.watchlists.history.identity import entity_id
from app.watchlists.history.list_state import EntityState, state_of
from app.watchlists.history.persons import masked, masked_row, names_persons
from app.watchlists.history.version import VersionRecord
from app.watchlists.versions import store, version_diff
from app.watchlists.versions.content_hash import content as content_of
from app.watchlists.versions.export import export
from app.watchlists.versions.row_json import shown_diff, shown_event, shown_list, shown_version
from app.watchlists.versions.signing import SigningKey

router = routes(prefix="/v1", tags=["lists"])

READERS = allow(Role.SCREENER, Role.ANALYST, Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR)
DRAFT_READERS = allow(Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR)
_SEES_DRAFTS = frozenset({Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR})
SEES_PERSONS = frozenset({Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR})
"""Roles that read the names of natural persons in lists."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": _XLSX, "ndjson": "application/x-ndjson"}
_VERSION_MAX = 2**31 - 1

Code = Annotated[str, Path(max_length=63, description="The list's code.")]
Number = Annotated[int, Path(ge=1, le=_VERSION_MAX, description="The version's number.")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")]
PageSize = Annotated[int, Query(ge=1, le=1_000)]


@router.get("/lists", dependencies=[READERS], responses=declared(), response_model=ListPage, summary="All lists 名单")
def lists(session: Reading) -> dict[str, Any]:
    """Return every list with the version in force."""
    return {"items": [shown_list(one) for one in store.lists(session)]}


@router.get(
    "/lists/template",
    dependencies=[READERS],
    responses=declared(),
    response_class=Response,
    summary="The blank upload template 上传模板",
)
def upload_template() -> Response:
    """Return the workbook in which an office writes a list: batch, entries with one example row, and what to write."""
    return _download(template(), "cutoff-list-template.xlsx", _XLSX)


@router.get(
    "/lists/{code}",
    dependencies=[READERS],
    responses=declared(404),
    response_model=ListOut,
    summary="One list 单个名单",
)
def one_list(code: Code, session: Reading) -> dict[str, Any]:
    """Return one list with the version in force."""
    return shown_list(store.list_summary(session, code))


@router.get(
    "/lists/{code}/versions",
    dependencies=[READERS],
    responses=declared(404),
    response_model=VersionPage,
    summary="Versions of a list 名单版本",
)
def versions(
    code: Code,
    caller: Caller,
    session: Reading,
    cursor: Annotated[int | None, Query(ge=1, le=_VERSION_MAX)] = None,
    limit: PageSize = 100,
) -> dict[str, Any]:
    """Return the versions of a list, newest first; those never activated only to those who work on lists."""
    found = store.versions(
        session, code, before=cursor, limit=limit + 1, only_activated=caller.role not in _SEES_DRAFTS
    )
    more = len(found) > limit
    return {
        "items": [shown_version(one) for one in found[:limit]],
        "next_cursor": str(found[limit - 1].version) if more else None,
    }


@router.get(
    "/lists/{code}/versions/{number}",
    dependencies=[READERS],
    responses=declared(404),
    response_model=VersionDetail,
    summary="One version 单个版本",
)
def version(code: Code, number: Number, caller: Caller, session: Reading) -> dict[str, Any]:
    """Return a version, what happened to it, and what was found in its file."""
    found = _seen(session, code, number, caller)
    return {
        **shown_version(found),
        "history": [shown_event(one) for one in store.history(session, code, number)],
        "findings": [one.as_json() for one in store.findings(session, code, number)],
    }


@router.get(
    "/lists/{code}/versions/{number}/entries",
    dependencies=[READERS],
    responses=declared(404),
    response_model=EntryPage,
    summary="Rows of a version 版本条目",
)
def entries(
    code: Code, number: Number, caller: Caller, session: Reading, cursor: Cursor = None, limit: PageSize = 100
) -> dict[str, Any]:
    """Return the canonical rows that a version brought, by `external_id`.

    Names of persons are masked for roles that do not handle lists.
    """
    _seen(session, code, number, caller)
    rows = store.entries(session, code, number, after=cursor, limit=limit + 1)
    more = len(rows) > limit
    items = rows[:limit] if caller.role in SEES_PERSONS else [masked_row(row) for row in rows[:limit]]
    return {"items": items, "next_cursor": rows[limit - 1]["external_id"] if more else None}


@router.get(
    "/lists/{code}/versions/{number}/diff",
    dependencies=[READERS],
    responses=declared(404),
    response_model=DiffOut,
    summary="What a list says otherwise with one version than with another 版本差异",
)
def diff(
    code: Code,
    number: Number,
    caller: Caller,
    session: Reading,
    against: Annotated[int | None, Query(ge=1, le=_VERSION_MAX, description="Default: the one before it.")] = None,
    cursor: Cursor = None,
    limit: PageSize = 1_000,
) -> dict[str, Any]:
    """Compare the list as it is with this version to what it is with another, field by field."""
    found = _seen(session, code, number, caller)
    if against is not None:
        _seen(session, code, against, caller)
    before = against if against is not None else store.predecessor(session, found)
    shown = shown_diff(version_diff.between(session, code, before, number), after=cursor, limit=limit)
    if caller.role not in SEES_PERSONS:
        for change in (one for entity in shown["entities"] for one in entity["changes"]):
            change["before"] = masked(change["field"], change["before"])
            change["after"] = masked(change["field"], change["after"])
    return shown


@router.get(
    "/lists/{code}/versions/{number}/impact",
    dependencies=[DRAFT_READERS],
    responses=declared(404, 409),
    response_model=ImpactOut,
    summary="What activating a version would change 启用影响",
)
def impact(
    request: Request,
    code: Code,
    number: Number,
    caller: Caller,
    database: AppDatabase,
    screening_service: AppScreeningService,
    settings: AppSettings,
    last: Annotated[int, Query(ge=1, le=2_000, description="How many of the last screenings to look at.")] = 200,
) -> dict[str, Any]:
    """Decide the last screenings and the books by the lists in force, and as if this version were among them."""
    with database.read() as session:
        waiting = store.version(session, code, number)
    current = screening_service.snapshots.current.snapshot
    heavy: ClientBudget = request.app.state.heavy_calls
    with heavy.taken(caller.client, items=last):
        found = impact_of(database, current, screening_service.parameters, waiting, last, clock.now())
        in_books = book_impact(screening_service, waiting, settings.impact_book_max, clock.now())
    return {
        "looked_at": found.looked_at,
        "changed": found.changed,
        "by_change": found.by_change,
        "examples": [
            {
                "screening_id": one.screening_id,
                "service": one.service,
                "service_date": one.service_date,
                "outcome_now": one.outcome_now,
                "outcome_then": one.outcome_then,
                "external_ids": one.external_ids,
            }
            for one in found.examples
        ],
        "book": None if in_books is None else asdict(in_books),
    }


@router.get(
    "/lists/{code}/versions/{number}/export",
    dependencies=[READERS, HEAVY],
    responses=declared(404),
    response_class=Response,
    summary="A version as a file 导出",
)
def exported(
    code: Code,
    number: Number,
    caller: Caller,
    session: Reading,
    file_format: Annotated[str, Query(alias="format", pattern="^(csv|xlsx|ndjson)$")] = "xlsx",
) -> Response:
    """Return the rows of a version as CSV, XLSX or NDJSON; importing the file gives the same sha256.

    Names of persons are masked for roles that do not handle lists; such a file gives another sha256.
    """
    found = _seen(session, code, number, caller)
    name = f"{code}-v{number}.{file_format}"
    rows = store.entries(session, code, number)
    if caller.role not in SEES_PERSONS:
        rows = [masked_row(row) for row in rows]
    return _download(export(found, rows, name), name, _MEDIA_TYPES[file_format])


@router.get(
    "/lists/{code}/versions/{number}/annotated",
    dependencies=[DRAFT_READERS, HEAVY],
    responses=declared(404),
    response_class=Response,
    summary="The uploaded file with the doubtful cells marked 标注后的上传文件",
)
def annotated(code: Code, number: Number, session: Reading, settings: AppSettings) -> Response:
    """Return the file that a version was uploaded as, its doubtful cells marked, with a sheet of all findings."""
    name, data = store.uploaded_file(session, code, number)
    book = annotated_workbook(data, name, store.findings(session, code, number), FileLimits.of(settings))
    return _download(book, f"{code}-v{number}-annotated.xlsx", _XLSX)


@router.get(
    "/lists/{code}/versions/{number}/content",
    dependencies=[READERS, HEAVY],
    responses=declared(404),
    response_class=Response,
    summary="The bytes whose SHA-256 is the version's 规范化内容",
)
def content(code: Code, number: Number, caller: Caller, session: Reading) -> Response:
    """Return the canonical content (RFC 8785) that `sha256` is over, and that the signature's statement names.

    403 for roles that do not handle lists where the content names persons: masked it would not be what is signed.
    """
    _seen(session, code, number, caller)
    rows = store.entries(session, code, number)
    if caller.role not in SEES_PERSONS and any(names_persons(row) for row in rows):
        raise Forbidden(
            "wrong-role",
            f"内容含自然人姓名，角色 {caller.role} 不可读 / it names persons, which this role may not read",
        )
    body = b"".join(content_of(rows))
    return _download(body, f"{code}-v{number}.json", "application/json")


@router.get(
    "/lists/{code}/versions/{number}/signature",
    dependencies=[READERS],
    responses=declared(404, 409),
    response_model=SignatureOut,
    summary="Detached signature of a version 版本签名",
)
def signature(code: Code, number: Number, caller: Caller, session: Reading, settings: AppSettings) -> dict[str, Any]:
    """Return the Ed25519 signature of a version that is or was in force."""
    signed = SigningKey.of(settings.data_dir).sign(_seen(session, code, number, caller))
    return {
        "algorithm": "Ed25519",
        "key_id": signed.key_id,
        "statement": signed.statement,
        "signature": signed.signature,
    }


@router.get(
    "/list-signing-key",
    dependencies=[OPEN],
    responses=declared(),
    response_model=SigningKeyOut,
    summary="The key that versions are signed with 名单签名公钥",
)
def signing_key(settings: AppSettings) -> dict[str, Any]:
    """Return the public key, as OpenSSL reads it."""
    key = SigningKey.of(settings.data_dir)
    return {"algorithm": "Ed25519", "key_id": key.key_id, "public_key_pem": key.public_pem}


@router.get(
    "/lists/{code}/delta",
    dependencies=[READERS],
    responses=declared(404, 409),
    response_model=DeltaOut,
    summary="What changed since a version 增量",
)
def delta(
    code: Code,
    caller: Caller,
    session: Reading,
    since: Annotated[int, Query(ge=0, le=_VERSION_MAX, description="The version of the copy; 0 for no copy yet.")],
    cursor: Cursor = None,
    limit: PageSize = 1_000,
) -> dict[str, Any]:
    """Return the entities that were added, changed or removed, as they are now, for a caller that keeps a copy."""
    active = store.list_summary(session, code).active
    if active is None:
        raise Conflict("no-active-version", f"名单 {code} 没有在用版本 (no version of the list is in force)")
    if since:
        _seen(session, code, since, caller)
    difference = version_diff.between(session, code, since or None, active.version)
    page, next_cursor = difference.page(cursor, limit)
    state = state_of(store.lineage(session, code, active.version))
    return {
        "code": code,
        "since": since,
        "version": active.version,
        "sha256": active.sha256,
        "items": [
            _delta_entity(
                code,
                one.kind,
                one.external_id,
                state.get(one.external_id),
                is_masked=caller.role not in SEES_PERSONS,
            )
            for one in page
        ],
        "next_cursor": next_cursor,
    }


@router.get(
    "/lists/{code}/adoption",
    dependencies=[READERS],
    responses=declared(404),
    response_model=AdoptionOut,
    summary="Who answers with which version 采用情况",
)
def adoption(code: Code, caller: Caller, session: Reading) -> dict[str, Any]:
    """Return by which version each client was last answered and since when, and how long versions took.

    A `screener` and an `analyst` see their own client.
    """
    found = adoptions.adoption(session, code)
    if caller.role not in _SEES_DRAFTS:
        found = [one for one in found if one.client == caller.client]
    activated = store.versions(session, code, limit=100, only_activated=True)
    active = store.list_summary(session, code).active
    return {
        "code": code,
        "active_version": active.version if active else None,
        "clients": [
            {"client": one.client, "version": one.version, "since": one.since, "last_answered_at": one.last}
            for one in found
        ],
        "delays": [_delay(one) for one in activated],
    }


def _seen(session: ReadSession, code: str, number: int, caller: Principal) -> VersionRecord:
    """Return a version that the caller may see; a version never activated is no business of the others."""
    found = store.version(session, code, number)
    if found.known_from is None and caller.role not in _SEES_DRAFTS:
        raise NotFound("version-unknown", f"名单 {code} 没有第 {number} 版 (list {code} has no version {number})")
    return found


def _download(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _delta_entity(
    code: str, kind: str, external_id: str, state: EntityState | None, *, is_masked: bool
) -> dict[str, Any]:
    cells = {**state.cells, **state.extra} if state else {}
    return {
        "kind": kind,
        "external_id": external_id,
        "entity_id": str(entity_id(code, external_id)),
        "listings": [
            {"category": category.value, "status": line.status.value} for category, line in state.lines.items()
        ]
        if state
        else [],
        "cells": masked_row(cells) if is_masked else cells,
    }


def _delay(version: VersionRecord) -> dict[str, Any]:
    activated_at = version.activated_at
    if activated_at is None:
        raise ValueError(f"version {version.version} was never activated")
    document = datetime.combine(version.issued_on, time(), clock.SHANGHAI)
    return {
        "version": version.version,
        "issued_on": version.issued_on,
        "received_at": version.received_at,
        "activated_at": activated_at,
        "document_to_activation_s": (activated_at - document).total_seconds(),
        "receipt_to_activation_s": (activated_at - version.received_at).total_seconds(),
    }
