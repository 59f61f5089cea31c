"""审计: who did what, newest first, and the checkpoint that it is sealed by."""

import shutil
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from app import clock
from app.access import Role
from app.access.records import Keys
from app.audit import offline_verifier, store
from app.audit.audit_export import export
from app.audit.audit_record import AuditRecord
from app.audit.installation import published, sealer_of, verifiers_of
from app.audit.verify import Evidence, Report, verify
from app.dependencies import AppDatabase, AppSettings, Reading
from app.errors import Invalid
from app.monitoring.attachments import Attachments
from app.retention.archive_evidence import Archives
from app.retention.holds import Holds
from app.screening.audit_evidence import Decisions, read_fields
from app.screening.row_digest import DECIDED
from app.web.background import Background
from app.web.page import Page
from app.web.route import STATUSES, pages
from app.web.visit import Shown, allow

_PAGE: Final = 50
_WAIT_S: Final = 3
"""How long a page waits for a verification to end before it says that it is under way."""
_ZIP: Final = "application/zip"
_EXPORT: Final = "cutoff-audit"
_KIND: Final = "audit_kind."

router = pages()

Word = Annotated[str, Query(max_length=100)]


@router.get("/audit", dependencies=[allow(Role.AUDITOR)])
def audit(
    page: Shown,
    session: Reading,
    kind: Word = "",
    client: Annotated[str, Query(max_length=200)] = "",
    since: Word = "",
    until: Word = "",
    after: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """Show the audit log, narrowed by what is given."""
    error = None
    records: list[AuditRecord] = []
    try:
        wanted = store.AuditSearch(
            client=client or None,
            kind=kind or None,
            since=_day(since, 0, page),
            until=_day(until, 1, page),
        )
        records = store.search(session, wanted, after=_after(after, page), limit=_PAGE + 1)
    except Invalid as refused:
        error = refused
    shown = [(one, one.to_json()) for one in records[:_PAGE]]
    return page.show(
        "audit.html",
        status=STATUSES["invalid"] if error else 200,
        section="audit",
        checkpoint=store.newest_checkpoint(session),
        records=shown,
        given={"kind": kind, "client": client, "since": since, "until": until},
        next_after=f"{shown[-1][1]['at']} {shown[-1][0].id}" if len(records) > _PAGE else None,
        kinds=_kinds(page),
        export_query=urlencode({"client": client, "since": since, "until": until}),
        error=error,
    )


def _kinds(page: Page) -> list[str]:
    """Return the kinds of records that have a word in the catalogue, in its order."""
    return [key.removeprefix(_KIND) for key in page.texts.texts if key.startswith(_KIND)]


@router.get("/audit/export", dependencies=[allow(Role.AUDITOR)])
def exported(
    page: Shown,
    database: AppDatabase,
    settings: AppSettings,
    client: Annotated[str, Query(max_length=200)] = "",
    since: Word = "",
    until: Word = "",
) -> Response:
    """Return what ``cutoff audit export`` writes, and the program that verifies it, as one ZIP file.

    The file lies in a temporary folder until it is sent: a record of years is more than memory should hold.
    """
    wanted = store.AuditSearch(client=client or None, since=_day(since, 0, page), until=_day(until, 1, page))
    sealer_of(database, settings).seal_all()
    folder = Path(mkdtemp(prefix="cutoff-audit-"))
    try:
        export(database, folder / _EXPORT, wanted, verifiers_of(settings), {DECIDED: read_fields})
        shutil.copyfile(offline_verifier.__file__, folder / _EXPORT / "verify.py")
        packed = shutil.make_archive(str(folder / _EXPORT), "zip", folder, _EXPORT)
    except BaseException:
        shutil.rmtree(folder)
        raise
    after = BackgroundTask(shutil.rmtree, folder)
    return FileResponse(packed, media_type=_ZIP, filename=f"{_EXPORT}.zip", background=after)


@router.get("/audit/verify", dependencies=[allow(Role.AUDITOR)])
def verified(page: Shown, database: AppDatabase, settings: AppSettings) -> Response:
    """Verify the whole log as ``cutoff audit verify`` does, and show what was found; nothing is changed.

    A long log takes minutes: whoever asked may leave, and a page that waits looks again by itself.
    """

    def whole() -> Report:
        beside = published(settings.data_dir)
        trusted = [beside] if beside is not None else []
        evidence: list[Evidence] = [Decisions(), Keys(), Attachments(), Archives(), Holds()]
        return verify(database, verifiers_of(settings), evidence, trusted=trusted)

    verifications: Background[Report] = page.request.app.state.verifications
    run = verifications.current("all", whole, 0 if page.is_partial else _WAIT_S)
    if page.is_partial and run.ended_at is None:
        return Response(status_code=204)
    return page.show("audit_verified.html", section="audit", run=run, report=run.found)


def _day(text: str, days_after: int, page: Page) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=days_after), time(), clock.SHANGHAI)
    except (ValueError, OverflowError) as error:
        raise Invalid("validation", page.texts("alert.bad_date")) from error


def _after(text: str, page: Page) -> tuple[datetime, str] | None:
    if not text:
        return None
    moment, _, record_id = text.partition(" ")
    try:
        return datetime.fromisoformat(moment), record_id
    except ValueError as error:
        raise Invalid("validation", page.texts("alert.bad_date")) from error
