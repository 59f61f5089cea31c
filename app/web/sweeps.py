"""专项排查: the whole book against the lists, also as of a date or as known then, with its report."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import Path, Query, Response
from fastapi.responses import RedirectResponse

from app import clock
from app.db import ReadSession
from app.dependencies import AppDatabase, AppSettings, Reading
from app.errors import CutoffError, Invalid
from app.jobs.queue import Owner
from app.jobs.state import JobState
from app.monitoring import sweep_report, sweeps
from app.monitoring.sweeps import Asked
from app.policy.vocabulary import Service
from app.web.kept_form import RETURNING
from app.web.page import RECORD_ROLES, SCREENING_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.visit import Sent, Shown, Visitor, allow, sees

_SWEEPS: Final = 50
_FINDINGS: Final = 200
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = pages()

SweepId = Annotated[str, Path(max_length=60)]


@router.get("/sweeps", dependencies=[allow(*RECORD_ROLES)])
def every(page: Shown, visitor: Visitor, session: Reading) -> Response:
    """Show the newest sweeps, and the form for another."""
    return _show(page, session, sees(visitor), can_ask=visitor.role in SCREENING_ROLES)


@router.post("/sweeps", dependencies=[allow(*SCREENING_ROLES)])
def ask(page: Shown, visitor: Visitor, database: AppDatabase, form: Sent) -> Response:
    """Queue a sweep of the whole book."""
    if RETURNING in form:
        with database.read() as session:
            return _show(page, session, sees(visitor), can_ask=True, given=form, note=page.texts("kept.look"))
    try:
        asked = _asked(page, str(form.get("as_of", "")), str(form.get("known_at", "")), str(form.get("service", "")))
        with database.write() as session:
            owner = Owner(visitor.client, visitor.subject, visitor.key_id)
            sweep_id = sweeps.ask(session, owner, asked, clock.now())
    except CutoffError as error:
        with database.read() as session:
            return _show(page, session, sees(visitor), can_ask=True, error=error, given=form)
    return RedirectResponse(f"/sweeps/{sweep_id}", status_code=303)


@router.get("/sweeps/{sweep_id}", dependencies=[allow(*RECORD_ROLES)])
def one(sweep_id: SweepId, page: Shown, visitor: Visitor, session: Reading) -> Response:
    """Show the state of a sweep, and what it found."""
    view = sweeps.read(session, sees(visitor), sweep_id)
    if page.is_partial and JobState(view.state).is_final:
        return page.load_again()
    found = list(islice(sweeps.findings(session, view), _FINDINGS + 1)) if view.state == "DONE" else []
    return page.show(
        "_sweep_state.html" if page.is_partial else "sweep.html",
        section="book",
        view=view,
        findings=found[:_FINDINGS],
        has_more=len(found) > _FINDINGS,
    )


@router.get("/sweeps/{sweep_id}/report", dependencies=[allow(*RECORD_ROLES)])
def report(
    sweep_id: SweepId,
    visitor: Visitor,
    session: Reading,
    settings: AppSettings,
    file_format: Annotated[str, Query(alias="format", pattern="^(json|xlsx|pdf)$")] = "xlsx",
) -> Response:
    """Return the report of a sweep as a workbook, on paper, or as JSON."""
    view = sweeps.read(session, sees(visitor), sweep_id)
    sweeps.require_done(view)
    found = sweeps.findings(session, view)
    name = {"Content-Disposition": f'attachment; filename="sweep-{view.id}.{file_format}"'}
    if file_format == "pdf":
        printed = sweep_report.as_pdf(view, found, settings.font_dir)
        return Response(printed, media_type="application/pdf", headers=name)
    if file_format == "xlsx":
        return Response(sweep_report.as_workbook(view, found), media_type=_XLSX, headers=name)
    return Response(sweep_report.as_text(view, found), media_type="application/json", headers=name)


def _asked(page: Page, as_of: str, known_at: str, service: str) -> Asked:
    """Return the question as typed, times in Beijing.  Raises :class:`Invalid`."""
    try:
        day = date.fromisoformat(as_of) if as_of else None
        moment = datetime.fromisoformat(known_at).replace(tzinfo=clock.SHANGHAI) if known_at else None
        services = (Service(service),) if service else None
    except ValueError as error:
        raise Invalid("validation", page.texts("alert.bad_date")) from error
    return Asked(as_of=day, known_at=moment, services=services)


def _show(
    page: Page,
    session: ReadSession,
    client: str | None,
    *,
    can_ask: bool,
    error: CutoffError | None = None,
    given: Mapping[str, Any] | None = None,
    note: str | None = None,
) -> Response:
    return page.show(
        "sweeps.html",
        status=STATUSES[error.family] if error else 200,
        section="book",
        sweeps=sweeps.sweeps(session, client, limit=_SWEEPS),
        can_ask=can_ask,
        services=tuple(Service),
        given=given or {},
        note=note,
        error=error,
    )
