"""Alerts as people work them: read, take, comment, find, confirm.  Every step is written beside the alert for good."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.access.person import is_same_person
from app.audit import AuditEntry, append
from app.clock import SHANGHAI, local_date
from app.db import ReadSession, WriteSession, compact_json
from app.errors import Conflict, Invalid, NotFound
from app.monitoring import book
from app.monitoring.alert_rules import (
    OWN_TEXTS,
    AlertState,
    Verdicts,
    differences,
    is_beyond_people,
    priority_of,
)
from app.monitoring.calendar_store import calendar
from app.monitoring.models import Alert, AlertEvent, Suppression
from app.monitoring.working_days import Calendar

_TEXT_MAX: Final = 4_000
_PERSON_MAX: Final = 200


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
    events = _events(session, [alert.id for alert in found])
    return [_view(alert, events.get(alert.id, ()), now, days) for alert in found]


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
    return _view(alert, _events(session, [alert_id]).get(alert_id, ()), now, calendar(session))


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


# What people do


def assign(session: WriteSession, client: str, alert_id: str, assignee: str | None, actor: str, now: datetime) -> None:
    """Give an alert to a person, or to nobody (None).  Raises :class:`Conflict` for one that is closed."""
    alert = _open(session, client, alert_id)
    if assignee is not None and not 0 < len(assignee.strip()) <= _PERSON_MAX:
        raise Invalid("bad-assignee", f"assignee: 1–{_PERSON_MAX} 个字符 / characters")
    alert.assignee = assignee.strip() if assignee is not None else None
    if alert.state != AlertState.PENDING_CONFIRMATION:
        alert.state = AlertState.ASSIGNED if alert.assignee else AlertState.OPEN
    _tell(session, alert, "ASSIGNED", actor, now, {"assignee": alert.assignee})


def comment(session: WriteSession, client: str, alert_id: str, text: str, actor: str, now: datetime) -> None:
    """Add a comment; a closed alert takes comments too."""
    _tell(session, _locked(session, client, alert_id), "COMMENT", actor, now, {"text": _checked(text, "text")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What a person found, why, and for a false positive until when at most (its last day)."""

    verdict: Verdicts
    reason: str
    expires_on: date | None = None


def dispose(session: WriteSession, client: str, alert_id: str, found: Disposition, actor: str, now: datetime) -> None:
    """Write down what a person found.

    TRUE_MATCH closes the alert; ESCALATED raises it and leaves it open; FALSE_POSITIVE waits for another person.
    Raises :class:`Conflict` ``block-stays`` for a false positive where a CONFIRMED match blocks.
    """
    alert = _open(session, client, alert_id)
    if alert.state == AlertState.PENDING_CONFIRMATION:
        raise Conflict("alert-pending", "该预警已待复核 / the alert already waits for a second person")
    reason = _checked(found.reason, "reason")
    if found.expires_on is not None and found.verdict is not Verdicts.FALSE_POSITIVE:
        raise Invalid("validation", "expires_on: 仅用于误报 / only for FALSE_POSITIVE")
    if found.expires_on is not None and found.expires_on < local_date(now):
        raise Invalid("validation", "expires_on: 已过 / has passed")
    data = {"verdict": found.verdict.value, "reason": reason}
    if found.verdict is Verdicts.FALSE_POSITIVE:
        _refuse_block(alert)
        expires_on = found.expires_on.isoformat() if found.expires_on else None
        data["expires_on"] = expires_on or ""
        alert.state = AlertState.PENDING_CONFIRMATION
        alert.proposal = {
            "verdict": found.verdict.value,
            "reason": reason,
            "expires_on": expires_on,
            "by": actor,
            "at": now.isoformat(),
            "content_sha256": alert.sides["content_sha256"],
            "entity_sha256": alert.sides["entity_sha256"],
        }
    elif found.verdict is Verdicts.ESCALATED:
        alert.is_escalated = True
        alert.verdict = Verdicts.ESCALATED
        alert.priority = priority_of(alert.outcome, alert.strength, is_escalated=True)
    else:
        _close(alert, Verdicts.TRUE_MATCH, now)
    _tell(session, alert, "DISPOSITION", actor, now, data)
    if alert.state == AlertState.CLOSED:
        _tell(session, alert, "CLOSED", actor, now, {"verdict": Verdicts.TRUE_MATCH.value})


def confirm(session: WriteSession, client: str, alert_id: str, actor: str, now: datetime) -> str:
    """Confirm a false positive as a second person; return the id of the suppression that is made of it.

    Raises :class:`Conflict`: ``same-person``, ``not-pending``, ``block-stays``.
    """
    alert = _open(session, client, alert_id)
    proposal = _proposal(alert)
    _refuse_same_person(proposal, actor)
    _refuse_block(alert)
    suppression = Suppression(
        id=str(uuid.uuid4()),
        client=client,
        counterparty_id=alert.counterparty_id,
        entity_id=alert.entity_id,
        content_sha256=proposal["content_sha256"],
        entity_sha256=proposal["entity_sha256"],
        strength=alert.strength,
        alert_id=alert.id,
        reason=proposal["reason"],
        made_by=proposal["by"],
        confirmed_by=actor,
        confirmed_at=now,
        expires_on=date.fromisoformat(proposal["expires_on"]) if proposal["expires_on"] else None,
        revoked_at=None,
        revoked_by=None,
        revoked_revision=None,
    )
    session.add(suppression)
    _close(alert, Verdicts.FALSE_POSITIVE, now)
    _tell(session, alert, "CONFIRMED", actor, now, {"suppression_id": suppression.id, "by": proposal["by"]})
    _tell(session, alert, "CLOSED", actor, now, {"verdict": Verdicts.FALSE_POSITIVE.value})
    return suppression.id


def return_(session: WriteSession, client: str, alert_id: str, reason: str, actor: str, now: datetime) -> None:
    """Send a proposed false positive back.  The proposer may take it back too."""
    alert = _open(session, client, alert_id)
    proposal = _proposal(alert)
    alert.state = AlertState.ASSIGNED if alert.assignee else AlertState.OPEN
    alert.proposal = None
    _tell(session, alert, "RETURNED", actor, now, {"reason": _checked(reason, "reason"), "by": proposal["by"]})


# Suppressions


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


def revoke(session: WriteSession, client: str, suppression_id: str, actor: str, now: datetime) -> str:
    """End a suppression and return its counterparty; the next run looks at it again.

    Raises :class:`NotFound`, :class:`Conflict` where it has ended.
    """
    found = session.get(Suppression, suppression_id, with_for_update=True, populate_existing=True)
    if found is None or found.client != client:
        raise NotFound("suppression-not-found", f"没有此抑制 / there is no suppression {suppression_id}")
    if found.revoked_at is not None:
        raise Conflict("suppression-revoked", "该抑制已撤销 / it has been revoked already")
    found.revoked_at, found.revoked_by = now, actor
    found.revoked_revision = book.bump(session, client, now)
    alert = session.get(Alert, found.alert_id)
    if alert is not None:
        _tell(session, alert, "SUPPRESSION_REVOKED", actor, now, {"suppression_id": found.id})
    return found.counterparty_id


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


def _locked(session: WriteSession, client: str, alert_id: str) -> Alert:
    alert = session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
    if alert is None or alert.client != client:
        raise NotFound("alert-not-found", f"没有此预警 / there is no alert {alert_id}")
    return alert


def _open(session: WriteSession, client: str, alert_id: str) -> Alert:
    alert = _locked(session, client, alert_id)
    if alert.state == AlertState.CLOSED:
        raise Conflict("alert-closed", "该预警已关闭 / the alert is closed")
    return alert


def _proposal(alert: Alert) -> Mapping[str, Any]:
    if alert.state != AlertState.PENDING_CONFIRMATION or alert.proposal is None:
        raise Conflict("not-pending", "该预警没有待复核的结论 / nothing waits for a second person")
    return alert.proposal


def _refuse_same_person(proposal: Mapping[str, Any], actor: str) -> None:
    if is_same_person(proposal["by"], actor):
        raise Conflict("same-person", "须由另一人复核 / another person must confirm")


def _refuse_block(alert: Alert) -> None:
    if alert.entity_id != OWN_TEXTS and is_beyond_people(alert.outcome, alert.strength):
        raise Conflict(
            "block-stays",
            "已确认主体的停止服务不能人工放行，只有监管机关的文件能改变 / "
            "a BLOCK by a CONFIRMED match cannot be waved through; only an authority's document changes it",
        )


def _close(alert: Alert, verdict: Verdicts, now: datetime) -> None:
    alert.state = AlertState.CLOSED
    alert.verdict = verdict
    alert.closed_at = now


def _checked(text: str, place: str) -> str:
    if not 0 < len(text.strip()) <= _TEXT_MAX:
        raise Invalid("validation", f"{place}: 须为1–{_TEXT_MAX}个字符 / 1 to {_TEXT_MAX} characters")
    return text.strip()


def _tell(session: WriteSession, alert: Alert, event: str, actor: str, now: datetime, data: Mapping[str, Any]) -> None:
    session.add(AlertEvent(client=alert.client, alert_id=alert.id, event=event, actor=actor, at=now, data=dict(data)))
    session.flush()
    entry = AuditEntry(
        id=str(uuid.uuid4()),
        kind=f"alert.{event.lower()}"[:40],
        at=now,
        client=alert.client,
        subject=actor,
        content={"alert_id": alert.id, "data_sha256": hashlib.sha256(compact_json(data).encode()).hexdigest()},
    )
    append(session, [entry])


# How an alert is shown


def _events(session: ReadSession, ids: Sequence[str]) -> dict[str, list[EventView]]:
    found: dict[str, list[EventView]] = {}
    for one in session.scalars(select(AlertEvent).where(AlertEvent.alert_id.in_(ids)).order_by(AlertEvent.id)):
        shown = EventView(event=one.event, actor=one.actor, at=one.at, data=one.data)
        found.setdefault(one.alert_id, []).append(shown)
    return found


def _view(alert: Alert, events: Sequence[EventView], now: datetime, days: Calendar) -> AlertView:
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
