"""Webhooks of a client: made, shown, rotated, ended; and the deliveries to them, read and sent again."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db import ReadSession, WriteSession
from app.errors import Conflict, Invalid, NotFound, TooMany
from app.notify.http_client import Rules, check_url
from app.notify.models import Delivery, DeliveryAttempt, Webhook
from app.notify.signature import SecretMaker, fingerprint

EVENTS: Final = (
    "list.activated",
    "decision.changed",
    "alert.opened",
    "job.finished",
    "release",
    "audit.checkpoint",
)
TEST_EVENT: Final = "test"
WEBHOOKS_MAX: Final = 20
FIRST_SECRET: Final = 1
"""The number of the secret that a webhook begins with."""
ROTATION: Final = timedelta(hours=24)
"""How long a secret that was replaced signs beside the new one."""

_IDS: Final = uuid.UUID("0d9d7c1e-5f0e-5c55-8a44-201706300008")
_TURN_KEY: Final = 0x686F6F6B


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """A webhook without its secrets; ``rotating_until`` is when the replaced secret ends, if there is one."""

    id: str
    client: str
    url: str
    events: tuple[str, ...]
    created_by: str
    created_at: datetime
    rotating_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One attempt to deliver."""

    no: int
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivery with its attempts."""

    id: str
    webhook_id: str
    event: str
    event_id: str
    subject: str
    state: str
    attempts: tuple[AttemptView, ...]
    next_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None
    body: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be notified: ``id`` is the same for the same thing in every process, ``subject`` keeps an order."""

    id: str
    event: str
    subject: str
    data: Mapping[str, Any]


def create(
    session: WriteSession,
    client: str,
    url: str,
    events: Sequence[str],
    *,
    subject: str,
    rules: Rules,
    maker: SecretMaker,
    now: datetime,
) -> tuple[WebhookView, str]:
    """Make a webhook and return it with its secret, which is shown this once.  Raises :class:`Invalid`."""
    check_url(url, rules)
    unknown = sorted(set(events) - set(EVENTS))
    if unknown or not events:
        raise Invalid("unknown-event", f"events: 须为 / one or more of {', '.join(EVENTS)}")
    if len(webhooks(session, client)) >= WEBHOOKS_MAX:
        raise TooMany("too-many-webhooks", f"最多 {WEBHOOKS_MAX} 个 / at most {WEBHOOKS_MAX} webhooks")
    webhook_id = str(uuid.uuid4())
    secret = maker.secret(webhook_id, FIRST_SECRET)
    row = Webhook(
        id=webhook_id,
        client=client,
        url=url,
        events=sorted(set(events)),
        secrets=[{"no": FIRST_SECRET, "sha256": fingerprint(secret), "until": None}],
        created_by=subject,
        created_at=now,
        deleted_at=None,
    )
    session.add(row)
    session.flush()
    return _view(row), secret


def webhooks(session: ReadSession, client: str | None) -> list[WebhookView]:
    """Return the webhooks of a client that were not ended, oldest first; None: of all."""
    statement = select(Webhook).where(Webhook.deleted_at.is_(None)).order_by(Webhook.created_at, Webhook.id)
    if client is not None:
        statement = statement.where(Webhook.client == client)
    return [_view(row) for row in session.scalars(statement)]


def read(session: ReadSession, client: str | None, webhook_id: str) -> WebhookView:
    """Return one webhook.  Raises :class:`NotFound`."""
    return _view(_row(session, client, webhook_id))


def rotate(
    session: WriteSession, client: str, webhook_id: str, maker: SecretMaker, now: datetime
) -> tuple[WebhookView, str]:
    """Give a webhook a new secret; the one before signs beside it for a day."""
    row = _row(session, client, webhook_id)
    no = 1 + max((one.get("no", 0) for one in row.secrets), default=0)
    secret = maker.secret(webhook_id, no)
    kept = [{**one, "until": (now + ROTATION).isoformat()} for one in row.secrets if one["until"] is None]
    row.secrets = [{"no": no, "sha256": fingerprint(secret), "until": None}, *kept]
    session.flush()
    return _view(row), secret


def end(session: WriteSession, client: str, webhook_id: str, now: datetime) -> None:
    """End a webhook; what still waits for it is delivered no more."""
    _row(session, client, webhook_id).deleted_at = now
    waiting = (Delivery.webhook_id == webhook_id, Delivery.state == "WAITING")
    session.execute(update(Delivery).where(*waiting).values(state="DEAD"))


def signing_secrets(row: Webhook, maker: SecretMaker, now: datetime) -> list[str]:
    """Return the secrets that sign at a moment, the newest first.

    One that the key makes otherwise than it was shown is none: with another key file nothing is signed.
    """
    valid = [one for one in row.secrets if one["until"] is None or datetime.fromisoformat(one["until"]) > now]
    made = [(maker.secret(row.id, one["no"]), one["sha256"]) for one in valid if "no" in one]
    return [secret for secret, known in made if fingerprint(secret) == known]


# Deliveries


def enqueue(
    session: WriteSession, client: str, messages: Sequence[Message], now: datetime, *, only: str | None = None
) -> int:
    """Queue messages for every webhook of a client that asks for their event; one that is queued stays as it is.

    ``only`` is the one webhook that gets them, whatever it asks for.  Return how many deliveries were queued.
    """
    statement = select(Webhook).where(Webhook.client == client, Webhook.deleted_at.is_(None))
    if only is not None:
        statement = statement.where(Webhook.id == only)
    rows = [
        _delivery(webhook, message, now)
        for webhook in session.scalars(statement.order_by(Webhook.id))
        for message in messages
        if only is not None or message.event in webhook.events
    ]
    if not rows:
        return 0
    is_postgres = session.get_bind().dialect.name == "postgresql"
    if is_postgres:
        # Numbers are given in the order of commits, by which those of one subject are sent.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TURN_KEY})
    dialect = postgresql if is_postgres else sqlite
    for row in rows:
        session.execute(dialect.insert(Delivery).values(**row).on_conflict_do_nothing())
    return len(rows)


def _delivery(webhook: Webhook, message: Message, now: datetime) -> dict[str, Any]:
    body = {"type": message.event, "timestamp": now.isoformat(), "data": message.data}
    return {
        "id": str(uuid.uuid5(_IDS, f"{webhook.id}\x1f{message.id}")),
        "client": webhook.client,
        "webhook_id": webhook.id,
        "event_id": message.id,
        "event": message.event,
        "subject": message.subject,
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        "state": "WAITING",
        "attempts": 0,
        "next_at": now,
        "worker": None,
        "created_at": now,
        "delivered_at": None,
    }


def deliveries(
    session: ReadSession,
    client: str | None,
    webhook_id: str,
    *,
    state: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[DeliveryView]:
    """Return the deliveries of a webhook, newest first, those under a number only.  Raises :class:`NotFound`."""
    _row(session, client, webhook_id, ended=True)
    statement = select(Delivery).where(Delivery.webhook_id == webhook_id).order_by(Delivery.seq.desc()).limit(limit)
    if state is not None:
        statement = statement.where(Delivery.state == state)
    if before is not None:
        statement = statement.where(Delivery.seq < before)
    found = session.scalars(statement).all()
    attempts: dict[str, list[AttemptView]] = {}
    of_them = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_([one.id for one in found]))
    for one in session.scalars(of_them.order_by(DeliveryAttempt.no)):
        shown = AttemptView(no=one.no, at=one.at, status=one.status, error=one.error, duration_ms=one.duration_ms)
        attempts.setdefault(one.delivery_id, []).append(shown)
    return [_delivery_view(one, attempts.get(one.id, ())) for one in found]


def newest_of(session: ReadSession, webhook_id: str, subject: str) -> DeliveryView | None:
    """Return what a webhook was last told of a subject, without its attempts; None where it was told nothing."""
    statement = select(Delivery).where(Delivery.webhook_id == webhook_id, Delivery.subject == subject)
    found = session.scalar(statement.order_by(Delivery.seq.desc()).limit(1))
    return None if found is None else _delivery_view(found, ())


def redeliver(session: WriteSession, client: str, webhook_id: str, delivery_id: str, now: datetime) -> None:
    """Send a delivery again, whatever became of it.  Raises :class:`NotFound`, :class:`Conflict` where it waits."""
    _row(session, client, webhook_id)
    statement = select(Delivery).where(Delivery.id == delivery_id, Delivery.webhook_id == webhook_id)
    found = session.scalars(statement.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("delivery-not-found", f"没有此投递 / there is no delivery {delivery_id}")
    if found.state == "WAITING":
        raise Conflict("delivery-waiting", "该投递仍在等待 / it is waiting to be delivered")
    found.state, found.next_at = "WAITING", now


def _delivery_view(one: Delivery, attempts: Sequence[AttemptView]) -> DeliveryView:
    return DeliveryView(
        id=one.id,
        webhook_id=one.webhook_id,
        event=one.event,
        event_id=one.event_id,
        subject=one.subject,
        state=one.state,
        attempts=tuple(attempts),
        next_at=one.next_at if one.state == "WAITING" else None,
        created_at=one.created_at,
        delivered_at=one.delivered_at,
        body=one.body,
        seq=one.seq,
    )


def _row(session: ReadSession, client: str | None, webhook_id: str, *, ended: bool = False) -> Webhook:
    found = session.get(Webhook, webhook_id)
    is_there = found is not None and (ended or found.deleted_at is None)
    if found is None or not is_there or (client is not None and found.client != client):
        raise NotFound("webhook-not-found", f"没有此 webhook / there is no webhook {webhook_id}")
    return found


def _view(row: Webhook) -> WebhookView:
    untils = [datetime.fromisoformat(one["until"]) for one in row.secrets if one["until"] is not None]
    return WebhookView(
        id=row.id,
        client=row.client,
        url=row.url,
        events=tuple(row.events),
        created_by=row.created_by,
        created_at=row.created_at,
        rotating_until=max(untils, default=None),
    )
