"""Delivering: what is due is sent, in order for each webhook and subject, again with growing pauses over three days.

A worker takes a delivery under a lease, sends outside of any transaction and writes the attempt with its outcome in
one.  A worker that is killed between sending and writing sends again: the receiver tells the same by ``webhook-id``.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpcore
import httpx
import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from app import clock
from app.db import Database, WriteSession
from app.notify.http_client import RefusedAddressError, Reply, Sender
from app.notify.models import Delivery, DeliveryAttempt, Webhook
from app.notify.signature import SecretMaker, headers
from app.notify.webhooks import signing_secrets

PAUSES: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 43_200, 43_200, 43_200, 21_600)
)
"""The pauses after each failed attempt: some three days in all; then the delivery is dead until somebody sends it."""

_LEASE: Final = timedelta(seconds=60)
_POLL_S: Final = 1.0
_OK: Final = range(200, 300)
_GONE: Final = 410
_ERROR_CHARS: Final = 400

log = structlog.get_logger("cutoff.notify")

Post = Callable[[str, bytes, dict[str, str]], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A delivery that this worker may send."""

    id: str
    client: str
    attempt: int
    url: str
    event_id: str
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Deliverer:
    """Sends what is due; ``post`` is how, ``maker`` knows the secrets."""

    database: Database
    post: Post
    maker: SecretMaker
    worker: str = "deliverer"
    now: Callable[[], datetime] = field(default=clock.now)

    @classmethod
    def of(cls, database: Database, sender: Sender, maker: SecretMaker, worker: str) -> "Deliverer":
        """Return a deliverer that sends over the network."""
        return cls(database, sender.post, maker, worker)

    def run(self, stop: threading.Event) -> None:
        """Send what is due until asked to stop."""
        while not stop.is_set():
            try:
                if not self.step():
                    stop.wait(_POLL_S)
            except Exception as error:  # noqa: BLE001 - the database may be away for a while; the deliverer outlives it
                log.error("delivery_failed", error=type(error).__name__)  # noqa: TRY400 - a message may hold an address
                stop.wait(_POLL_S * 5)

    def step(self) -> bool:
        """Send one delivery; False where none is due."""
        with self.database.write() as session:
            taken = self._take(session)
        if taken is None:
            return False
        status, error, duration_ms = self._sent(taken)
        with self.database.write() as session:
            self._settle(session, taken, status, error, duration_ms)
        return True

    def _take(self, session: WriteSession) -> _Taken | None:
        """Take the next delivery that is due and that no earlier one of its subject keeps waiting."""
        now = self.now()
        earlier = aliased(Delivery)
        blocked = (
            select(earlier.seq)
            .where(
                earlier.webhook_id == Delivery.webhook_id,
                earlier.subject == Delivery.subject,
                earlier.state == "WAITING",
                earlier.seq < Delivery.seq,
            )
            .exists()
        )
        statement = (
            select(Delivery, Webhook)
            .join(Webhook, Webhook.id == Delivery.webhook_id)
            .where(
                Delivery.state == "WAITING",
                Delivery.next_at <= now,
                Webhook.deleted_at.is_(None),
                ~blocked,
            )
            .order_by(Delivery.next_at, Delivery.seq)
            .limit(1)
            .with_for_update(skip_locked=True, of=Delivery)
        )
        found = session.execute(statement).first()
        if found is None:
            return None
        delivery, webhook = found
        # The lease: who comes next finds it due only when this worker must be gone.
        delivery.next_at, delivery.worker = now + _LEASE, self.worker
        delivery.attempts += 1
        return _Taken(
            id=delivery.id,
            client=delivery.client,
            attempt=delivery.attempts,
            url=webhook.url,
            event_id=delivery.event_id,
            body=delivery.body.encode(),
            secrets=tuple(signing_secrets(webhook, self.maker, now)),
        )

    def _sent(self, taken: _Taken) -> tuple[int | None, str | None, int]:
        try:
            signed = headers(taken.event_id, self.now(), taken.body, taken.secrets)
            reply = self.post(taken.url, taken.body, signed)
        except RefusedAddressError as error:
            return None, f"refused: {error}"[:_ERROR_CHARS], 0
        except (OSError, ValueError, httpx.HTTPError, httpcore.NetworkError, httpcore.TimeoutException) as error:
            return None, f"{type(error).__name__}: {error}"[:_ERROR_CHARS], 0
        except httpcore.ProtocolError as error:
            return None, type(error).__name__, 0
        return reply.status, None, reply.duration_ms

    def _settle(
        self, session: WriteSession, taken: _Taken, status: int | None, error: str | None, duration_ms: int
    ) -> None:
        now = self.now()
        values: dict[str, object] = {}
        if status is not None and status in _OK:
            values = {"state": "DELIVERED", "delivered_at": now}
        elif taken.attempt > len(PAUSES) or status == _GONE:
            values = {"state": "DEAD"}
        else:
            values = {"next_at": now + PAUSES[taken.attempt - 1]}
        # A worker whose lease ran out while another sent must not undo what that has written.
        mine = (Delivery.id == taken.id, Delivery.attempts == taken.attempt, Delivery.state == "WAITING")
        session.execute(update(Delivery).where(*mine).values(**values))
        session.add(
            DeliveryAttempt(
                delivery_id=taken.id,
                no=taken.attempt,
                client=taken.client,
                at=now,
                status=status,
                error=error,
                duration_ms=duration_ms,
            )
        )
