"""``/v1/alerts`` and ``/v1/suppressions``: what people are to look at, what they found, and what keeps silent since."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app import clock
from app.access import Role
from app.api.counterparties import ClientParam, seen
from app.api.problems import declared
from app.dependencies import AppDatabase, AppSuppressions, Caller, Reading, allow, routes
from app.errors import Invalid
from app.monitoring import alert_queue, alerts
from app.monitoring.alert_queue import AlertSearch
from app.monitoring.alert_rules import AlertState, Verdicts
from app.monitoring.alerts import Disposition

router = routes(prefix="/v1", tags=["alerts"])

_ANALYSTS = allow(Role.ANALYST)
_READERS = allow(Role.ANALYST, Role.AUDITOR)
_PAGE_MAX: Final = 200
_DUE: Final = ("OVERDUE", "TODAY", "SOON", "LATER")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class AlertEventOut(_Model):
    """One thing that happened to an alert; ``actor`` is null where the program did it."""

    event: str
    actor: str | None
    at: datetime
    data: dict[str, Any]


class AttachmentOut(_Model):
    """A file that a person added; its content is at ``/attachments/{id}`` of the alert."""

    id: str
    name: str
    media_type: str = Field(description="Told by the content, never by the name.")
    size: int = Field(description="In bytes.")
    sha256: str
    added_by: str
    added_at: datetime


class AlertDifferenceOut(_Model):
    """What differs from both sides as they were when the alert was last closed."""

    place: str
    before: Any
    after: Any


class AlertOut(_Model):
    """One alert with both sides, the explanation, and its whole history."""

    id: str
    client: str
    counterparty_id: str
    counterparty_name: str
    entity_id: str | None = Field(description="Null for a finding in the counterparty's own texts.")
    entity_name: str | None
    episode: int = Field(description="Counts how often this pair has been opened.")
    state: AlertState
    outcome: Literal["PASS", "REVIEW", "BLOCK"]
    strength: str
    category: str
    priority: int = Field(description="1 comes first, 4 last.")
    is_escalated: bool
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    assignee: str | None
    verdict: str | None
    proposal: dict[str, Any] | None = Field(description="What waits for the second person.")
    waiting_for: Literal["ANALYST", "SECOND_PERSON", "NOBODY"]
    is_overdue: bool
    age_working_days: int
    waited_for_analyst_days: int
    waited_for_second_person_days: int
    sides: dict[str, Any] = Field(description="The counterparty and the listed entity, why they match, and reasons.")
    changed: list[AlertDifferenceOut]
    events: list[AlertEventOut]
    attachments: list[AttachmentOut]


class AlertPage(_Model):
    """Alerts by priority and due date; ``next_cursor`` leads to those after."""

    items: list[AlertOut]
    next_cursor: str | None


class AssignIn(_Model):
    """Who is to work on an alert: the caller where left out, nobody for null."""

    assignee: str | None = Field(None, max_length=200)


class CommentIn(_Model):
    """A comment."""

    text: str = Field(min_length=1, max_length=4_000)


class DispositionIn(_Model):
    """What a person found; ``expires_on`` is the last day of a suppression."""

    verdict: Verdicts
    reason: str = Field(min_length=1, max_length=4_000)
    expires_on: date | None = None


class ReturnIn(_Model):
    """Why a finding is sent back."""

    reason: str = Field(min_length=1, max_length=4_000)


class SuppressionOut(_Model):
    """A confirmed false positive; it holds only while both contents are what they were."""

    id: str
    client: str
    counterparty_id: str
    entity_id: str | None
    content_sha256: str
    entity_sha256: str
    strength: str
    alert_id: str
    reason: str
    made_by: str
    confirmed_by: str
    confirmed_at: datetime
    expires_on: date | None
    revoked_at: datetime | None
    revoked_by: str | None


class SuppressionPage(_Model):
    """Suppressions by id; ``next_cursor`` leads to those after."""

    items: list[SuppressionOut]
    next_cursor: str | None


@router.get("/alerts", dependencies=[_READERS], responses=declared(), summary="Search alerts 预警列表")
def search(  # noqa: PLR0913, PLR0917 - FastAPI calls it by keyword, with what a search may be narrowed by
    caller: Caller,
    session: Reading,
    state: Annotated[list[AlertState] | None, Query(description="Repeatable.")] = None,
    assignee: Annotated[str | None, Query(max_length=200)] = None,
    due: Annotated[str | None, Query(description="OVERDUE, TODAY, SOON, LATER, or a date: due by then.")] = None,
    category: Annotated[str | None, Query(max_length=20)] = None,
    outcome: Literal["PASS", "REVIEW", "BLOCK"] | None = None,
    counterparty_id: Annotated[str | None, Query(max_length=200)] = None,
    entity_id: Annotated[str | None, Query(max_length=36)] = None,
    client: ClientParam = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE_MAX)] = 50,
) -> AlertPage:
    """Return the alerts of the caller's client (an auditor's: of all), the most urgent first."""
    word, day = _due(due)
    wanted = AlertSearch(
        states=tuple(state or ()),
        assignee=assignee,
        due=word,
        due_by=day,
        category=category,
        outcome=outcome,
        counterparty_id=counterparty_id,
        entity_id=entity_id,
    )
    found = alert_queue.search(
        session, seen(caller, client), wanted, clock.now(), after=_cursor(cursor), limit=limit + 1
    )
    next_cursor = None
    if len(found) > limit:
        priority, due_at, alert_id = alert_queue.cursor_of(found[limit - 1])
        next_cursor = json.dumps([priority, due_at.isoformat(), alert_id])
    return AlertPage(items=[AlertOut.model_validate(one) for one in found[:limit]], next_cursor=next_cursor)


@router.get("/alerts/{alert_id}", dependencies=[_READERS], responses=declared(404), summary="One alert 单个预警")
def read(alert_id: str, caller: Caller, session: Reading) -> AlertOut:
    """Return an alert with both sides and everything that happened to it."""
    return AlertOut.model_validate(alert_queue.read(session, seen(caller, None), alert_id, clock.now()))


@router.post(
    "/alerts/{alert_id}/assign", dependencies=[_ANALYSTS], responses=declared(404, 409), summary="Take or give 分派"
)
def assign(alert_id: str, caller: Caller, database: AppDatabase, asked: AssignIn | None = None) -> AlertOut:
    """Give an alert to a person; to the caller where the body or its field is left out, to nobody for null."""
    assignee = caller.subject if asked is None or "assignee" not in asked.model_fields_set else asked.assignee
    with database.write() as session:
        alerts.assign(session, caller.client, alert_id, assignee, caller.subject, clock.now())
        return AlertOut.model_validate(alert_queue.read(session, caller.client, alert_id, clock.now()))


@router.post(
    "/alerts/{alert_id}/comment", dependencies=[_ANALYSTS], responses=declared(404), summary="Add a comment 批注"
)
def comment(alert_id: str, asked: CommentIn, caller: Caller, database: AppDatabase) -> AlertOut:
    """Add a comment; a closed alert takes comments too."""
    with database.write() as session:
        alerts.comment(session, caller.client, alert_id, asked.text, caller.subject, clock.now())
        return AlertOut.model_validate(alert_queue.read(session, caller.client, alert_id, clock.now()))


@router.post(
    "/alerts/{alert_id}/disposition",
    dependencies=[_ANALYSTS],
    responses=declared(404, 409),
    summary="Say what was found 处置",
)
def disposition(alert_id: str, asked: DispositionIn, caller: Caller, database: AppDatabase) -> AlertOut:
    """Write down a verdict.

    TRUE_MATCH closes the alert, ESCALATED raises it, FALSE_POSITIVE waits for `/confirm` by another person.  409
    `block-stays`: a BLOCK by a CONFIRMED match cannot be waved through.
    """
    found = Disposition(verdict=asked.verdict, reason=asked.reason, expires_on=asked.expires_on)
    with database.write() as session:
        alerts.dispose(session, caller.client, alert_id, found, caller.subject, clock.now())
        return AlertOut.model_validate(alert_queue.read(session, caller.client, alert_id, clock.now()))


@router.post(
    "/alerts/{alert_id}/confirm",
    dependencies=[_ANALYSTS],
    responses=declared(404, 409),
    summary="Confirm as a second person 复核通过",
)
def confirm(alert_id: str, caller: Caller, database: AppDatabase, suppressions: AppSuppressions) -> AlertOut:
    """Confirm a false positive: the pair keeps silent while both contents stay what they are.  409 `same-person`."""
    with database.write() as session:
        alerts.confirm(session, caller.client, alert_id, caller.subject, clock.now())
        shown = AlertOut.model_validate(alert_queue.read(session, caller.client, alert_id, clock.now()))
    suppressions.refresh()
    return shown


@router.post(
    "/alerts/{alert_id}/return",
    dependencies=[_ANALYSTS],
    responses=declared(404, 409),
    summary="Send a verdict back 退回",
)
def return_(alert_id: str, asked: ReturnIn, caller: Caller, database: AppDatabase) -> AlertOut:
    """Send a proposed false positive back to the analyst."""
    with database.write() as session:
        alerts.return_(session, caller.client, alert_id, asked.reason, caller.subject, clock.now())
        return AlertOut.model_validate(alert_queue.read(session, caller.client, alert_id, clock.now()))


@router.get("/suppressions", dependencies=[_READERS], responses=declared(), summary="Confirmed false positives 抑制")
def suppressions(
    caller: Caller,
    session: Reading,
    counterparty_id: Annotated[str | None, Query(max_length=200)] = None,
    revoked: Annotated[bool, Query(description="Show revoked ones too.")] = False,  # noqa: FBT002 - a query parameter
    client: ClientParam = None,
    cursor: Annotated[str | None, Query(max_length=36)] = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE_MAX)] = 100,
) -> SuppressionPage:
    """Return the confirmed false positives of the caller's client (an auditor's: of all)."""
    found = alert_queue.suppressions(
        session,
        seen(caller, client),
        counterparty_id=counterparty_id,
        after=cursor,
        limit=limit + 1,
        with_revoked=revoked,
    )
    return SuppressionPage(
        items=[SuppressionOut.model_validate(one) for one in found[:limit]],
        next_cursor=found[limit - 1].id if len(found) > limit else None,
    )


@router.delete(
    "/suppressions/{suppression_id}",
    dependencies=[_ANALYSTS],
    status_code=204,
    responses=declared(404, 409),
    summary="End a suppression 撤销抑制",
)
def revoke(suppression_id: str, caller: Caller, database: AppDatabase, suppressions: AppSuppressions) -> None:
    """End a suppression: the pair opens again with the next run."""
    with database.write() as session:
        alerts.revoke(session, caller.client, suppression_id, caller.subject, clock.now())
    suppressions.refresh()


def _due(text: str | None) -> tuple[str | None, date | None]:
    if text is None:
        return None, None
    if text.upper() in _DUE:
        return text.upper(), None
    try:
        return None, date.fromisoformat(text)
    except ValueError:
        raise Invalid("validation", f"due: 须为 / must be one of {', '.join(_DUE)} or YYYY-MM-DD") from None


def _cursor(text: str | None) -> alert_queue.Cursor | None:
    if text is None:
        return None
    try:
        priority, due_at, alert_id = json.loads(text)
        return int(priority), datetime.fromisoformat(due_at), str(alert_id)
    except (ValueError, TypeError):
        raise Invalid("bad-cursor", "cursor 有误 / is none that was given out") from None
