"""``/v1/sweeps``: the whole book against the lists, with a report for an authority (专项排查)."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app import clock
from app.access import Role, idempotency
from app.api.counterparties import ClientParam, seen
from app.api.idempotency import IdempotencyHeader, claim_of, replay_headers
from app.api.problems import declared
from app.dependencies import HEAVY, AppDatabase, AppSettings, Body, Caller, Reading, allow, routes
from app.jobs.queue import Owner
from app.monitoring import sweep_report, sweeps
from app.monitoring.sweeps import Asked, SweepView
from app.policy.vocabulary import Service

router = routes(prefix="/v1/sweeps", tags=["sweeps"])

_WRITERS = allow(Role.SCREENER, Role.ANALYST)
_READERS = allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)
_PDF: Final = "application/pdf"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SweepIn(_Model):
    """What to sweep; left out, the lists in force, today and the services of each counterparty."""

    as_of: date | None = Field(None, description="Decide for this local date.")
    known_at: AwareDatetime | None = Field(None, description="With what was known then.")
    services: list[Service] | None = Field(None, min_length=1, max_length=20)
    lists: dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        None, description="List versions by code, drafts among them: a what-if, of which nothing is a decision."
    )


class SweepOut(_Model):
    """A sweep as it is now."""

    id: str
    client: str
    asked_by: str
    state: Literal["QUEUED", "RUNNING", "DONE", "FAILED"]
    asked: dict[str, Any]
    what_if: bool
    basis: dict[str, Any] | None
    counts: dict[str, Any] | None
    findings_sha256: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class SweepList(_Model):
    """The newest sweeps."""

    items: list[SweepOut]


@router.post(
    "",
    dependencies=[_WRITERS],
    status_code=201,
    responses=declared(404, 409, 415),
    response_model=SweepOut,
    summary="Sweep the whole book 发起专项排查",
)
def create(
    body: Body,
    caller: Caller,
    database: AppDatabase,
    asked: SweepIn | None = None,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Queue a sweep of the whole book; a worker computes it, and `/report` has what it found."""
    claim = claim_of(caller, "POST /v1/sweeps", idempotency_key, body)
    wanted = asked or SweepIn()
    question = Asked(
        as_of=wanted.as_of,
        known_at=wanted.known_at,
        services=tuple(wanted.services) if wanted.services is not None else None,
        lists=wanted.lists,
    )
    with database.write() as session:
        text = idempotency.recall(session, claim) if claim else None
        if text is None:
            owner = Owner(caller.client, caller.subject, caller.key_id)
            sweep_id = sweeps.ask(session, owner, question, clock.now())
            session.flush()
            text = _shown(sweeps.read(session, caller.client, sweep_id)).model_dump_json()
            if claim:
                idempotency.remember(session, claim, text)
    return Response(text, status_code=201, media_type="application/json", headers=replay_headers(claim))


@router.get("", dependencies=[_READERS], responses=declared(), summary="The newest sweeps 排查列表")
def every(
    caller: Caller,
    session: Reading,
    client: ClientParam = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SweepList:
    """Return the newest sweeps of the caller's client (an auditor's: of all)."""
    return SweepList(items=[_shown(one) for one in sweeps.sweeps(session, seen(caller, client), limit=limit)])


@router.get("/{sweep_id}", dependencies=[_READERS], responses=declared(404), summary="One sweep 单次排查")
def read(sweep_id: str, caller: Caller, session: Reading) -> SweepOut:
    """Return a sweep as it is now."""
    return _shown(sweeps.read(session, seen(caller, None), sweep_id))


@router.get(
    "/{sweep_id}/report",
    dependencies=[_READERS, HEAVY],
    responses={**declared(404, 409), 200: {"content": {"application/json": {}, _XLSX: {}, _PDF: {}}}},
    response_class=Response,
    summary="The report of a sweep 排查报告",
)
def report(
    sweep_id: str,
    caller: Caller,
    session: Reading,
    settings: AppSettings,
    report_format: Annotated[Literal["json", "xlsx", "pdf"], Query(alias="format")] = "json",
) -> Response:
    """Return the report: scope, basis, coverage, counts, findings with clauses and documents, signatures to fill.

    409 `sweep-not-done` until it is.
    """
    view = sweeps.read(session, seen(caller, None), sweep_id)
    sweeps.require_done(view)
    found = sweeps.findings(session, view)
    if report_format == "pdf":
        name = {"Content-Disposition": f'attachment; filename="sweep-{view.id}.pdf"'}
        return Response(sweep_report.as_pdf(view, found, settings.font_dir), media_type=_PDF, headers=name)
    if report_format == "xlsx":
        name = {"Content-Disposition": f'attachment; filename="sweep-{view.id}.xlsx"'}
        return Response(sweep_report.as_workbook(view, found), media_type=_XLSX, headers=name)
    return Response(sweep_report.as_text(view, found), media_type="application/json")


def _shown(view: SweepView) -> SweepOut:
    return SweepOut(
        id=view.id,
        client=view.client,
        asked_by=view.subject,
        state=view.state,
        asked=view.asked.as_json(),
        what_if=view.is_what_if,
        basis=dict(view.basis) if view.basis is not None else None,
        counts=dict(view.counts) if view.counts is not None else None,
        findings_sha256=view.findings_sha256,
        error=view.error,
        created_at=view.created_at,
        finished_at=view.finished_at,
    )
