"""审计: who did what, newest first, and the checkpoint that it is sealed by."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import Query, Response

from app import clock
from app.access import Role
from app.access.records import Keys
from app.audit import store
from app.audit.audit_record import AuditRecord
from app.audit.installation import published, verifiers_of
from app.audit.verify import verify
from app.dependencies import AppDatabase, AppSettings, Reading
from app.errors import Invalid
from app.screening.audit_evidence import Decisions
from app.web.page import Page
from app.web.route import STATUSES, pages
from app.web.visit import Shown, allow

_PAGE: Final = 100

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
        error=error,
    )


@router.get("/audit/verify", dependencies=[allow(Role.AUDITOR)])
def verified(page: Shown, database: AppDatabase, settings: AppSettings) -> Response:
    """Verify the whole log as ``cutoff audit verify`` does, and show what was found; nothing is changed."""
    beside = published(settings.data_dir)
    trusted = [beside] if beside is not None else []
    report = verify(database, verifiers_of(settings), [Decisions(), Keys()], trusted=trusted)
    return page.show("audit_verified.html", section="audit", report=report)


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
