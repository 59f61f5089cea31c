"""What people do with alerts: take, comment, find, confirm.  Every step is written beside the alert for good."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from app.access.person import is_same_person
from app.audit import AuditEntry, append
from app.clock import local_date
from app.db import WriteSession, compact_json
from app.errors import Conflict, Invalid, NotFound
from app.monitoring import book
from app.monitoring.alert_rules import (
    OWN_TEXTS,
    AlertState,
    Verdicts,
    is_beyond_people,
    priority_of,
)
from app.monitoring.models import Alert, AlertEvent, Suppression

_TEXT_MAX: Final = 4_000
_PERSON_MAX: Final = 200


def assign(session: WriteSession, client: str, alert_id: str, assignee: str | None, actor: str, now: datetime) -> None:
    """Give an alert to a person, or to nobody (None).  Raises :class:`Conflict` for one that is closed."""
    alert = _open(session, client, alert_id)
    if assignee is not None and not 0 < len(assignee.strip()) <= _PERSON_MAX:
        raise Invalid("bad-assignee", f"assignee: 1–{_PERSON_MAX} 个字符 / characters")
    alert.assignee = assignee.strip() if assignee is not None else None
    if alert.state != AlertState.PENDING_CONFIRMATION:
        alert.state = AlertState.ASSIGNED if alert.assignee else AlertState.OPEN
    write_event(session, alert, "ASSIGNED", actor, now, {"assignee": alert.assignee})


def comment(session: WriteSession, client: str, alert_id: str, text: str, actor: str, now: datetime) -> None:
    """Add a comment; a closed alert takes comments too."""
    write_event(session, locked(session, client, alert_id), "COMMENT", actor, now, {"text": _checked(text, "text")})


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
    write_event(session, alert, "DISPOSITION", actor, now, data)
    if alert.state == AlertState.CLOSED:
        write_event(session, alert, "CLOSED", actor, now, {"verdict": Verdicts.TRUE_MATCH.value})


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
    write_event(session, alert, "CONFIRMED", actor, now, {"suppression_id": suppression.id, "by": proposal["by"]})
    write_event(session, alert, "CLOSED", actor, now, {"verdict": Verdicts.FALSE_POSITIVE.value})
    return suppression.id


def return_(session: WriteSession, client: str, alert_id: str, reason: str, actor: str, now: datetime) -> None:
    """Send a proposed false positive back.  The proposer may take it back too."""
    alert = _open(session, client, alert_id)
    proposal = _proposal(alert)
    alert.state = AlertState.ASSIGNED if alert.assignee else AlertState.OPEN
    alert.proposal = None
    write_event(session, alert, "RETURNED", actor, now, {"reason": _checked(reason, "reason"), "by": proposal["by"]})


# Suppressions


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
        write_event(session, alert, "SUPPRESSION_REVOKED", actor, now, {"suppression_id": found.id})
    return found.counterparty_id


def locked(session: WriteSession, client: str, alert_id: str) -> Alert:
    """Return an alert that nobody else changes meanwhile.  Raises :class:`NotFound`, also for another client's."""
    alert = session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
    if alert is None or alert.client != client:
        raise NotFound("alert-not-found", f"没有此预警 / there is no alert {alert_id}")
    return alert


def _open(session: WriteSession, client: str, alert_id: str) -> Alert:
    alert = locked(session, client, alert_id)
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


def write_event(
    session: WriteSession,
    alert: Alert,
    event: str,
    actor: str,
    now: datetime,
    data: Mapping[str, Any],
    *,
    record_id: str | None = None,
    recorded: Mapping[str, str] | None = None,
) -> None:
    """Write down what happened to an alert, beside it and in the audit log.

    The log has the hash of ``data``, and ``recorded`` as it is; ``record_id`` is the id of its record where it is of
    one thing.
    """
    session.add(AlertEvent(client=alert.client, alert_id=alert.id, event=event, actor=actor, at=now, data=dict(data)))
    session.flush()
    entry = AuditEntry(
        id=record_id or str(uuid.uuid4()),
        kind=f"alert.{event.lower()}"[:40],
        at=now,
        client=alert.client,
        subject=actor,
        content={
            "alert_id": alert.id,
            "data_sha256": hashlib.sha256(compact_json(data).encode()).hexdigest(),
            **(recorded or {}),
        },
    )
    append(session, [entry])
