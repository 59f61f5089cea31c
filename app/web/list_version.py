"""One version of a list as maker and checker see it: the sheet, the names read, the difference, the decision."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Path, Query, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from app import clock
from app.access import Principal, Role
from app.access.person import is_same_person
from app.db import ReadSession, WriteSession
from app.dependencies import AppDatabase, AppScreeningService, AppSettings, Reading
from app.errors import CutoffError, Forbidden, Invalid, NotFound
from app.screening.impact import Impact
from app.screening.impact import impact as impact_of
from app.settings import Settings
from app.tabular.finding import Finding, Severity
from app.tabular.limits import FileLimits
from app.watchlists.checks.annotate import annotated
from app.watchlists.checks.findable import PROVED, not_found
from app.watchlists.checks.picture import Picture, picture
from app.watchlists.history.diff import Diff
from app.watchlists.history.projection import fold
from app.watchlists.history.version import VersionRecord, VersionRows
from app.watchlists.snapshots.single_flight import SingleFlightCache
from app.watchlists.versions import service, store, version_diff
from app.watchlists.versions.export import export
from app.watchlists.versions.transition import Actor
from app.web.background import Background
from app.web.cell_words import in_words
from app.web.kept_form import RETURNING
from app.web.lists import FINDINGS_SHOWN, MAKER_ROLES, PICTURE_ROWS, XLSX, Code, download
from app.web.page import DRAFT_ROLES, LIST_ROLES, RECORD_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.visit import Sent, Shown, Visitor, allow, same_person_again

_VERSION_MAX: Final = 2**31 - 1
_ENTRIES_SHOWN: Final = 50
_IMPACT_LAST: Final = 200
_WAIT_S, _GLANCE_S = 3, 0.5
"""How long a whole page, and a part of one, wait for the impact before they say that it is being computed."""
_INLINE_ROWS_MAX: Final = 500
_AHEAD_MAX: Final = timedelta(days=3_653)
_MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
    "ndjson": "application/x-ndjson",
}
_STEPS: Final = ("upload", "submit", "approve", "activate")
_DONE_BY: Final = {"draft": 1, "submitted": 2, "approved": 3, "scheduled": 3, "active": 4, "superseded": 4}

_DIFFS: Final[SingleFlightCache[Hashable, Diff]] = SingleFlightCache(4)
_PICTURES: Final[SingleFlightCache[Hashable, Picture | None]] = SingleFlightCache(8)
"""Of versions, whose rows and files never change; of a long list each takes some tenths of a second."""

router = pages()

Number = Annotated[int, Path(ge=1, le=_VERSION_MAX)]
Cursor = Annotated[str, Query(max_length=400)]


@dataclass(frozen=True, slots=True)
class NameRead:
    """One name that a row was read as having; ``finds_itself`` None where no search by names asks for it."""

    external_id: str
    text: str
    type: str
    finds_itself: bool | None


@router.get("/lists/{code}/versions/{number}", dependencies=[allow(*LIST_ROLES)])
def version(
    code: Code,
    number: Number,
    page: Shown,
    visitor: Visitor,
    session: Reading,
    settings: AppSettings,
    after: Cursor = "",
    diff_after: Cursor = "",
) -> Response:
    """Show a version: to its maker what was read, to its checker what to decide, to others what is in force."""
    return _show(
        page, visitor, session, settings, _seen(session, code, number, visitor), after=after, diff_after=diff_after
    )


@router.post("/lists/{code}/versions/{number}", dependencies=[allow(*MAKER_ROLES)])
def decide(
    code: Code,
    number: Number,
    page: Shown,
    visitor: Visitor,
    database: AppDatabase,
    settings: AppSettings,
    form: Sent,
) -> Response:
    """Submit, withdraw, approve, send back, activate or schedule; whoever checks gives their key once more."""
    if RETURNING in form:
        with database.read() as session:
            found = _seen(session, code, number, visitor)
            return _show(page, visitor, session, settings, found, given=form, note=page.texts("kept.look"))
    try:
        with database.write() as session:
            _do(session, visitor, code, number, form, page)
    except CutoffError as error:
        if error.family not in {"forbidden", "conflict", "invalid"}:
            raise
        with database.read() as session:
            found = _seen(session, code, number, visitor)
            return _show(page, visitor, session, settings, found, error=error, given=form)
    return RedirectResponse(f"/lists/{code}/versions/{number}", status_code=303)


@router.get("/lists/{code}/versions/{number}/sheet", dependencies=[allow(*DRAFT_ROLES)])
def sheet(
    code: Code, number: Number, page: Shown, visitor: Visitor, session: Reading, settings: AppSettings
) -> Response:
    """Show the picture of the uploaded sheet by itself, for lists that are long."""
    found = _seen(session, code, number, visitor)
    findings = store.findings(session, code, number)
    return page.show(
        "_version_sheet.html" if page.is_partial else "version_part.html",
        section="lists",
        part="_version_sheet.html",
        heading=page.texts("sheet.title"),
        code=code,
        number=number,
        findings=findings,
        picture=_picture(session, found, findings, settings),
    )


@router.get("/lists/{code}/versions/{number}/difference", dependencies=[allow(*LIST_ROLES)])
def difference(
    code: Code, number: Number, page: Shown, visitor: Visitor, database: AppDatabase, diff_after: Cursor = ""
) -> Response:
    """Show what a version says otherwise than the one before it, by itself, for lists that are long.

    It is made beside the page the first time, as both versions are read whole.
    """
    with database.read() as session:
        found = _seen(session, code, number, visitor)
        before = store.predecessor(session, found)

    def compared() -> dict[str, Any]:
        with database.read() as session:
            return _difference(session, found, before, diff_after)

    runs: Background[dict[str, Any]] = page.request.app.state.differences
    run = runs.current((*_diff_key(found, before), diff_after), compared, _GLANCE_S if page.is_partial else _WAIT_S)
    return page.show(
        "_version_diff.html" if page.is_partial else "version_part.html",
        section="lists",
        part="_version_diff.html",
        heading=page.texts("version.diff", number=before) if before else page.texts("version.diff_first"),
        code=code,
        number=number,
        run=run,
        in_words=in_words,
        **(run.found or {}),
    )


@router.get("/lists/{code}/versions/{number}/impact", dependencies=[allow(*DRAFT_ROLES)])
def impact(
    code: Code,
    number: Number,
    page: Shown,
    visitor: Visitor,
    database: AppDatabase,
    screening_service: AppScreeningService,
) -> Response:
    """Show what activating a version would change among the last screenings.

    The index of a long list takes seconds to make: it is made beside the page, which asks again until it is there.
    """
    with database.read() as session:
        waiting = store.version(session, code, number)
    snapshot = screening_service.snapshots.current.snapshot

    def computed() -> Impact:
        return impact_of(database, snapshot, screening_service.parameters, waiting, _IMPACT_LAST, clock.now())

    impacts: Background[Impact] = page.request.app.state.impacts
    key = (code, number, waiting.sha256, waiting.state, snapshot.refs)
    run = impacts.current(key, computed, _GLANCE_S if page.is_partial else _WAIT_S)
    return page.show(
        "_impact.html" if page.is_partial else "impact.html",
        section="lists",
        code=code,
        number=number,
        run=run,
        impact=run.found,
        can_read_records=visitor.role in RECORD_ROLES,
    )


@router.get("/lists/{code}/versions/{number}/annotated.xlsx", dependencies=[allow(*DRAFT_ROLES)])
def annotated_file(code: Code, number: Number, session: Reading, settings: AppSettings) -> Response:
    """Return the uploaded file with its doubtful cells marked."""
    name, data = store.uploaded_file(session, code, number)
    book = annotated(data, name, store.findings(session, code, number), FileLimits.of(settings))
    return download(book, f"{code}-v{number}-annotated.xlsx", XLSX)


@router.get("/lists/{code}/versions/{number}/export", dependencies=[allow(*LIST_ROLES)])
def exported(
    code: Code,
    number: Number,
    visitor: Visitor,
    session: Reading,
    file_format: Annotated[str, Query(alias="format", pattern="^(csv|xlsx|ndjson)$")] = "xlsx",
) -> Response:
    """Return the rows of a version as a file."""
    found = _seen(session, code, number, visitor)
    name = f"{code}-v{number}.{file_format}"
    return download(export(found, store.entries(session, code, number), name), name, _MEDIA_TYPES[file_format])


def _do(session: WriteSession, visitor: Principal, code: str, number: int, form: FormData, page: Page) -> None:
    now, actor, verb = clock.now(), Actor(visitor.subject, "console"), str(form.get("do", ""))
    if verb == "withdraw":
        service.withdraw(session, code, number, actor, now, reason=str(form.get("reason", "")).strip() or None)
    elif verb == "submit":
        is_own = is_same_person(store.version(session, code, number).maker, visitor.subject)
        if visitor.role is Role.LIST_CHECKER and not is_own:
            raise Forbidden("wrong-role", page.texts("version.checker_submits_own"))
        service.submit(session, code, number, actor, now)
    elif verb in _CHECKS:
        if visitor.role is not Role.LIST_CHECKER:
            raise Forbidden("wrong-role", page.texts("version.only_checker"))
        same_person_again(session, visitor, str(form.get("key", "")))
        if verb == "reject":
            service.reject(session, code, number, actor, now, reason=str(form.get("reason", "")))
            return
        if verb.startswith("approve"):
            service.approve(session, code, number, actor, now)
        if verb in {"approve_now", "activate"}:
            service.activate(session, code, number, actor, now)
        elif verb in {"approve_at", "schedule"}:
            service.activate(session, code, number, actor, now, at=_moment(str(form.get("at", "")), now, page))
    else:
        raise Invalid("validation", page.texts("version.choose"))


_CHECKS: Final = frozenset({"approve", "approve_now", "approve_at", "activate", "schedule", "reject"})


def _moment(text: str, now: datetime, page: Page) -> datetime:
    """Return a Beijing time as it was typed.  Raises :class:`Invalid` for none, or one too far away."""
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)
    except ValueError as error:
        raise Invalid("bad-time", page.texts("version.choose_time")) from error
    if not now < at < now + _AHEAD_MAX:
        raise Invalid("bad-time", page.texts("version.time_ahead"))
    return at


def _seen(session: ReadSession, code: str, number: int, visitor: Principal) -> VersionRecord:
    """Return a version that the person may see; one that was never in force is no business of the others."""
    found = store.version(session, code, number)
    if found.known_from is None and visitor.role not in DRAFT_ROLES:
        raise NotFound("version-unknown", f"名单 {code} 没有第 {number} 版 / list {code} has no version {number}")
    return found


def _show(  # noqa: PLR0913 - what the page is made of
    page: Page,
    visitor: Principal,
    session: ReadSession,
    settings: Settings,
    found: VersionRecord,
    *,
    after: str = "",
    diff_after: str = "",
    error: CutoffError | None = None,
    given: FormData | None = None,
    note: str | None = None,
) -> Response:
    code, number = found.code, found.version
    findings = store.findings(session, code, number)
    is_large = store.row_total(session, code) > _INLINE_ROWS_MAX
    rows = store.entries(session, code, number, after=after or None, limit=_ENTRIES_SHOWN + 1)
    before = store.predecessor(session, found)
    sees_drafts = visitor.role in DRAFT_ROLES
    is_maker = is_same_person(found.maker, visitor.subject)
    return page.show(
        "list_version.html",
        status=STATUSES[error.family] if error else 200,
        section="lists",
        version=found,
        code=code,
        number=number,
        history=store.history(session, code, number),
        findings=findings,
        errors=sum(one.severity is Severity.ERROR for one in findings),
        shown_max=FINDINGS_SHOWN,
        picture=_picture(session, found, findings, settings) if sees_drafts and not is_large else None,
        is_large=is_large,
        names=_names(found, rows[:_ENTRIES_SHOWN]),
        rows=rows[:_ENTRIES_SHOWN],
        next_rows=rows[_ENTRIES_SHOWN - 1]["external_id"] if len(rows) > _ENTRIES_SHOWN else None,
        before=before,
        run=None,
        in_words=in_words,
        **({} if is_large else _difference(session, found, before, diff_after)),
        done=_DONE_BY.get(found.state, 1),
        steps=_STEPS,
        error=error,
        note=note,
        given=given or {},
        sees_drafts=sees_drafts,
        is_maker=is_maker,
        is_checker=visitor.role is Role.LIST_CHECKER,
        is_making=visitor.role in MAKER_ROLES,
    )


def _diff_key(found: VersionRecord, before: int | None) -> tuple[Hashable, ...]:
    return found.code, found.version, found.sha256, found.uploaded_at, before


def _difference(session: ReadSession, found: VersionRecord, before: int | None, diff_after: str) -> dict[str, Any]:
    difference = _DIFFS.get(
        _diff_key(found, before), lambda: version_diff.between(session, found.code, before, found.version)
    )
    entities, next_diff = difference.page(diff_after or None, _ENTRIES_SHOWN)
    return {"difference": difference, "entities": entities, "next_diff": next_diff}


def _picture(
    session: ReadSession, found: VersionRecord, findings: Sequence[Finding], settings: Settings
) -> Picture | None:
    try:
        name, data = store.uploaded_file(session, found.code, found.version)
    except NotFound:
        return None
    key = (found.code, found.version, found.sha256, found.uploaded_at, len(findings))
    return _PICTURES.get(key, lambda: picture(data, name, findings, FileLimits.of(settings), PICTURE_ROWS))


def _names(found: VersionRecord, rows: Sequence[Mapping[str, Any]]) -> list[NameRead]:
    """Return every name that the rows were read as, with what it is taken for, and whether it finds its own row."""
    known_from = found.known_from or found.received_at
    alone = VersionRows(found.version, known_from, found.backfilled, found.file_kind, tuple(rows))
    dossiers = fold(found.code, found.jurisdiction, [alone]).values()
    lost = {(rows[place]["external_id"], text) for place, text in not_found(rows, found.row_count)}
    return [
        *(
            NameRead(
                one.external_id,
                name.text,
                f"name_type.{name.type}",
                (one.external_id, name.text) not in lost if name.type in PROVED else None,
            )
            for one in dossiers
            for name in one.names
        ),
        *(
            NameRead(one.external_id, code.value, f"scheme.{code.scheme.value}", None)
            for one in dossiers
            for code in one.identifiers
            if code.scheme.value == "DOMAIN"
        ),
    ]
