"""Alerts and suppressions as people see them: one, a page of the queue, how many, and how old."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.clock import SHANGHAI, local_date
from app.db import ReadSession
from app.errors import Invalid, NotFound
from app.monitoring import attachments
from app.monitoring.alert_rules import (
    AlertState,
    Verdicts,
    differences,
)
from app.monitoring.attachments import AttachmentView
from app.monitoring.calendar_store import calendar
from app.monitoring.models import Alert, AlertEvent, Suppression
from app.monitoring.working_days import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One thing that happened to an alert; ``actor`` is None where the program did it."""

    event: str
    actor: str | None
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One alert with everything that a desk shows.

    ``waiting_for`` is ANALYST, SECOND_PERSON or NOBODY; the working days waited for the second person are counted
    apart.  ``changed`` is what differs from both sides as they were when it was last closed.
    """

    id: str
    client: str
    counterparty_id: str
    counterparty_name: str
    entity_id: str | None
    entity_name: str | None
    episode: int
    state: AlertState
    outcome: str
    strength: str
    category: str
    priority: int
    is_escalated: bool
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    assignee: str | None
    verdict: str | None
    proposal: Mapping[str, Any] | None
    waiting_for: str
    is_overdue: bool
    age_working_days: int
    waited_for_analyst_days: int
    waited_for_second_person_days: int
    sides: Mapping[str, Any]
    changed: Sequence[Mapping[str, Any]]
    events: tuple[EventView, ...] = ()
    attachments: tuple[AttachmentView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSearch:
    """What to look for: ``due`` is OVERDUE, TODAY, SOON (within three working days) or LATER."""

    states: tuple[AlertState, ...] = ()
    assignee: str | None = None
    is_assigned: bool | None = None
    due: str | None = None
    due_by: date | None = None
    category: str | None = None
    outcome: str | None = None
    counterparty_id: str | None = None
    entity_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionView:
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


Cursor = tuple[int, datetime, str]


def search(
    session: ReadSession,
    client: str | None,
    wanted: AlertSearch,
    now: datetime,
    *,
    after: Cursor | None = None,
    limit: int = 50,
) -> list[AlertView]:
    """Return alerts by priority, due date and id, those after a cursor; ``client`` None: of all."""
    days = calendar(session)
    statement = select(Alert).where(*_conditions(client, wanted, now, days))
    if after is not None:
        priority, due_at, alert_id = after
        statement = statement.where(
            or_(
                Alert.priority > priority,
                and_(Alert.priority == priority, Alert.due_at > due_at),
                and_(Alert.priority == priority, Alert.due_at == due_at, Alert.id > alert_id),
            )
        )
    found = session.scalars(statement.order_by(Alert.priority, Alert.due_at, Alert.id).limit(limit)).all()
    ids = [alert.id for alert in found]
    events, files = _events(session, ids), attachments.of_alerts(session, ids)
    return [_view(alert, events.get(alert.id, ()), files.get(alert.id, ()), now, days) for alert in found]


def total(session: ReadSession, client: str | None, wanted: AlertSearch, now: datetime) -> int:
    """Return how many alerts :func:`search` finds without a cursor and a limit."""
    statement = select(func.count()).select_from(Alert).where(*_conditions(client, wanted, now, calendar(session)))
    return session.scalar(statement) or 0


def cursor_of(alert: AlertView) -> Cursor:
    """Return the cursor behind an alert."""
    return alert.priority, alert.due_at, alert.id


def _conditions(
    client: str | None, wanted: AlertSearch, now: datetime, days: Calendar
) -> Iterator[ColumnElement[bool]]:
    equal = (
        (Alert.client, client),
        (Alert.assignee, wanted.assignee),
        (Alert.category, wanted.category),
        (Alert.outcome, wanted.outcome),
        (Alert.counterparty_id, wanted.counterparty_id),
        (Alert.entity_id, wanted.entity_id),
    )
    for column, value in equal:
        if value is not None:
            yield column == value
    if wanted.states:
        yield Alert.state.in_(wanted.states)
    if wanted.is_assigned is not None:
        yield Alert.assignee.is_not(None) if wanted.is_assigned else Alert.assignee.is_(None)
    if wanted.due_by is not None:
        yield Alert.due_at < _day_start(wanted.due_by + timedelta(days=1))
    if wanted.due is not None:
        since, until = _due_span(wanted.due, now, days)
        yield Alert.due_at >= since
        yield Alert.due_at < until
        yield Alert.state != AlertState.CLOSED


def _due_span(due: str, now: datetime, days: Calendar) -> tuple[datetime, datetime]:
    today = local_date(now)
    tomorrow = _day_start(today + timedelta(days=1))
    soon = _day_start(days.add(today, 3) + timedelta(days=1))
    ever, never = datetime(1970, 1, 1, tzinfo=SHANGHAI), datetime(9990, 1, 1, tzinfo=SHANGHAI)
    spans = {"OVERDUE": (ever, now), "TODAY": (now, tomorrow), "SOON": (tomorrow, soon), "LATER": (soon, never)}
    if due not in spans:
        raise Invalid("validation", f"due: {due} 须为 / must be one of {', '.join(spans)} or a date")
    return spans[due]


def _day_start(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def read(session: ReadSession, client: str | None, alert_id: str, now: datetime) -> AlertView:
    """Return one alert.  Raises :class:`NotFound`, also where it is of another client."""
    alert = session.get(Alert, alert_id, populate_existing=True)
    if alert is None or (client is not None and alert.client != client):
        raise NotFound("alert-not-found", f"没有此预警 / there is no alert {alert_id}")
    files = attachments.of_alerts(session, [alert_id]).get(alert_id, ())
    return _view(alert, _events(session, [alert_id]).get(alert_id, ()), files, now, calendar(session))


def counts(session: ReadSession, client: str | None, now: datetime) -> dict[str, int]:
    """Return how many open alerts there are: all, overdue, unassigned, and waiting for the second person."""
    statement = select(Alert.due_at, Alert.assignee, Alert.state).where(Alert.state != AlertState.CLOSED)
    if client is not None:
        statement = statement.where(Alert.client == client)
    found = session.execute(statement).all()
    return {
        "open": len(found),
        "overdue": sum(one.due_at < now for one in found),
        "unassigned": sum(one.assignee is None for one in found),
        "second_person": sum(one.state == AlertState.PENDING_CONFIRMATION for one in found),
    }


def ages(session: ReadSession, client: str | None, now: datetime) -> dict[int, tuple[int, int]]:
    """Return how many open alerts are how many working days old: those for an analyst, those for a second person."""
    statement = (
        select(Alert.opened_at, Alert.state, func.count())
        .where(Alert.state != AlertState.CLOSED)
        .group_by(Alert.opened_at, Alert.state)
    )
    if client is not None:
        statement = statement.where(Alert.client == client)
    days, today = calendar(session), local_date(now)
    old: dict[date, int] = {}
    found: dict[int, tuple[int, int]] = {}
    for opened_at, state, count in session.execute(statement):
        day = local_date(opened_at)
        if day not in old:
            old[day] = days.between(day, today)
        analyst, second = found.get(old[day], (0, 0))
        is_second = state == AlertState.PENDING_CONFIRMATION
        found[old[day]] = (analyst, second + count) if is_second else (analyst + count, second)
    return found


def suppressions(
    session: ReadSession,
    client: str | None,
    *,
    counterparty_id: str | None = None,
    after: str | None = None,
    limit: int = 100,
    with_revoked: bool = False,
) -> list[SuppressionView]:
    """Return confirmed false positives by id, those after an id; ``client`` None: of all."""
    statement = select(Suppression).order_by(Suppression.id).limit(limit)
    if client is not None:
        statement = statement.where(Suppression.client == client)
    if counterparty_id is not None:
        statement = statement.where(Suppression.counterparty_id == counterparty_id)
    if after is not None:
        statement = statement.where(Suppression.id > after)
    if not with_revoked:
        statement = statement.where(Suppression.revoked_at.is_(None))
    return [_suppression_view(one) for one in session.scalars(statement)]


def _suppression_view(one: Suppression) -> SuppressionView:
    return SuppressionView(
        id=one.id,
        client=one.client,
        counterparty_id=one.counterparty_id,
        entity_id=one.entity_id or None,
        content_sha256=one.content_sha256,
        entity_sha256=one.entity_sha256,
        strength=one.strength,
        alert_id=one.alert_id,
        reason=one.reason,
        made_by=one.made_by,
        confirmed_by=one.confirmed_by,
        confirmed_at=one.confirmed_at,
        expires_on=one.expires_on,
        revoked_at=one.revoked_at,
        revoked_by=one.revoked_by,
    )


def _events(session: ReadSession, ids: Sequence[str]) -> dict[str, list[EventView]]:
    found: dict[str, list[EventView]] = {}
    for one in session.scalars(select(AlertEvent).where(AlertEvent.alert_id.in_(ids)).order_by(AlertEvent.id)):
        shown = EventView(event=one.event, actor=one.actor, at=one.at, data=one.data)
        found.setdefault(one.alert_id, []).append(shown)
    return found


def _view(
    alert: Alert, events: Sequence[EventView], files: Sequence[AttachmentView], now: datetime, days: Calendar
) -> AlertView:
    until = alert.closed_at or now
    analyst, second = _waited(alert, events, until, days)
    listed = alert.sides.get("listed")
    waiting = {AlertState.CLOSED: "NOBODY", AlertState.PENDING_CONFIRMATION: "SECOND_PERSON"}
    return AlertView(
        id=alert.id,
        client=alert.client,
        counterparty_id=alert.counterparty_id,
        counterparty_name=alert.sides["counterparty"]["parties"][0]["name"],
        entity_id=alert.entity_id or None,
        entity_name=listed["legal_name"] if listed else None,
        episode=alert.episode,
        state=AlertState(alert.state),
        outcome=alert.outcome,
        strength=alert.strength,
        category=alert.category,
        priority=alert.priority,
        is_escalated=alert.is_escalated,
        opened_at=alert.opened_at,
        due_at=alert.due_at,
        closed_at=alert.closed_at,
        assignee=alert.assignee,
        verdict=alert.verdict,
        proposal=alert.proposal,
        waiting_for=waiting.get(AlertState(alert.state), "ANALYST"),
        is_overdue=alert.state != AlertState.CLOSED and alert.due_at < now,
        age_working_days=days.between(local_date(alert.opened_at), local_date(until)),
        waited_for_analyst_days=analyst,
        waited_for_second_person_days=second,
        sides=alert.sides,
        changed=differences(alert.sides_closed, alert.sides),
        events=tuple(events),
        attachments=tuple(files),
    )


def _waited(alert: Alert, events: Sequence[EventView], until: datetime, days: Calendar) -> tuple[int, int]:
    """Return the working days that the alert waited for an analyst, and for a second person."""
    waited = {False: 0, True: 0}
    since, is_second = alert.opened_at, False
    for one in events:
        becomes = is_second
        if one.event == "DISPOSITION" and one.data.get("verdict") == Verdicts.FALSE_POSITIVE:
            becomes = True
        elif one.event in {"RETURNED", "CONFIRMED"}:
            becomes = False
        if becomes != is_second:
            waited[is_second] += days.between(local_date(since), local_date(one.at))
            since, is_second = one.at, becomes
    waited[is_second] += days.between(local_date(since), local_date(until))
    return waited[False], waited[True]
