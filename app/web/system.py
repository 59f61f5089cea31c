"""系统: how fresh the lists are, what queues and workers do, who holds keys, and where clients are reported."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Path, Response
from fastapi.responses import RedirectResponse

from app import __version__, clock
from app.access import Principal, Role, clients, keys
from app.access.records import By
from app.bulk.runs import run_records
from app.db import Database, ReadSession, WriteSession
from app.dependencies import AppDatabase, AppScreeningService, AppSettings, Reading
from app.errors import CutoffError, Invalid
from app.jobs import heartbeat, queue
from app.notify import webhooks
from app.screening.service import ScreeningService
from app.settings import Settings
from app.web.page import SYSTEM_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.visit import Sent, Shown, Visitor, allow, same_person_again, sees

KEEPER_ROLES: Final = (Role.ADMIN, Role.AUDITOR)
"""Those who see keys, jobs and workers of everybody."""

WEBHOOK_ROLES: Final = (Role.SCREENER, Role.ANALYST, Role.ADMIN, Role.AUDITOR)
_SENDING_ROLES: Final = (Role.SCREENER, Role.ANALYST, Role.ADMIN)
_JOBS: Final = 20
_DELIVERIES: Final = 50
_KEY_DAYS_MAX: Final = 3_650
_IS_ALIVE: Final = timedelta(seconds=30)

router = pages()

HookId = Annotated[str, Path(max_length=60)]


@router.get("/system", dependencies=[allow(*SYSTEM_ROLES)])
def system(
    page: Shown,
    visitor: Visitor,
    session: Reading,
    database: AppDatabase,
    screening_service: AppScreeningService,
    settings: AppSettings,
) -> Response:
    """Show the state of this process; keys, clients, jobs and workers to administrators and auditors."""
    return _show(page, visitor, session, database, screening_service, settings)


@router.post("/system", dependencies=[allow(Role.ADMIN)])
def change(
    page: Shown,
    visitor: Visitor,
    database: AppDatabase,
    screening_service: AppScreeningService,
    settings: AppSettings,
    form: Sent,
) -> Response:
    """Issue a key, whose secret is shown this once, or revoke one; whoever does it gives their own key once more."""
    try:
        with database.write() as session:
            made = _do(session, visitor, form, page)
    except CutoffError as error:
        if error.family not in {"forbidden", "conflict", "invalid", "not-found"}:
            raise
        with database.read() as session:
            return _show(page, visitor, session, database, screening_service, settings, error=error, given=form)
    if made is None:
        return RedirectResponse("/system#h-keys", status_code=303)
    return page.show("key_made.html", section="system", key=made[0], secret=made[1])


@router.get("/system/webhooks/{webhook_id}", dependencies=[allow(*WEBHOOK_ROLES)])
def deliveries(webhook_id: HookId, page: Shown, visitor: Visitor, session: Reading) -> Response:
    """Show what was delivered to a webhook, newest first, with every attempt."""
    return page.show(
        "webhook.html",
        section="system",
        hook=webhooks.read(session, sees(visitor), webhook_id),
        deliveries=webhooks.deliveries(session, sees(visitor), webhook_id, limit=_DELIVERIES),
        shown_max=_DELIVERIES,
        can_send=visitor.role in _SENDING_ROLES,
    )


@router.post("/system/webhooks/{webhook_id}", dependencies=[allow(*_SENDING_ROLES)])
def send_again(webhook_id: HookId, visitor: Visitor, database: AppDatabase, form: Sent) -> Response:
    """Send a delivery again, under the same id."""
    with database.write() as session:
        webhooks.redeliver(session, visitor.client, webhook_id, str(form.get("delivery", "")), clock.now())
    return RedirectResponse(f"/system/webhooks/{webhook_id}", status_code=303)


def _do(session: WriteSession, visitor: Principal, form: Mapping[str, Any], page: Page) -> tuple[keys.Key, str] | None:
    verb, by = str(form.get("do", "")), By(visitor.subject, visitor.key_id, "console")
    same_person_again(session, visitor, str(form.get("key", "")))
    if verb == "revoke":
        keys.revoke(session, str(form.get("key_id", "")), by=by)
        return None
    if verb != "issue":
        raise Invalid("validation", page.texts("system.choose"))
    person, role = str(form.get("person", "")).strip(), str(form.get("role", ""))
    days = str(form.get("days", "")).strip()
    if not person or role not in set(Role):
        raise Invalid("validation", page.texts("system.person_and_role"))
    if days and not (days.isascii() and days.isdecimal() and 0 < int(days) <= _KEY_DAYS_MAX):
        raise Invalid("validation", page.texts("system.days_wrong", most=_KEY_DAYS_MAX))
    return keys.create(
        session,
        Role(role),
        name=str(form.get("name", "")).strip() or person,
        subject=person,
        client=str(form.get("client", "")).strip() or visitor.client,
        expires_at=clock.now() + timedelta(days=int(days)) if days else None,
        makes_client=False,
        by=by,
    )


def _show(
    page: Page,
    visitor: Principal,
    session: ReadSession,
    database: Database,
    screening_service: ScreeningService,
    settings: Settings,
    *,
    error: CutoffError | None = None,
    given: Mapping[str, Any] | None = None,
) -> Response:
    current, now = screening_service.snapshots.current, clock.now()
    is_keeper = visitor.role in KEEPER_ROLES
    return page.show(
        "system.html",
        status=STATUSES[error.family] if error else 200,
        section="system",
        version=__version__,
        database=database.url.get_backend_name(),
        age_s=current.age_s,
        freshness_max_s=settings.freshness_max_s,
        refs=current.snapshot.refs,
        entities=len(current.snapshot.dossiers),
        is_keeper=is_keeper,
        can_change=visitor.role is Role.ADMIN,
        queue=heartbeat.queue_state(session) if is_keeper else None,
        workers=heartbeat.workers(session) if is_keeper else [],
        alive_since=now - _IS_ALIVE,
        jobs=queue.newest(session, _JOBS) if is_keeper else [],
        nights=run_records.runs(session, "nightly", _JOBS) if is_keeper else [],
        keys=keys.list_keys(session) if is_keeper else [],
        clients=clients.list_clients(session) if is_keeper else [],
        roles=tuple(Role),
        hooks=webhooks.webhooks(session, sees(visitor)) if visitor.role in WEBHOOK_ROLES else [],
        sees_hooks=visitor.role in WEBHOOK_ROLES,
        error=error,
        given=given or {},
    )
