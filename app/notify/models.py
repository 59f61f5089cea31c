"""The tables of webhooks: where to, what is to be delivered, and each attempt."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, JsonText, UtcDateTime


class Webhook(Base):
    """One address of a client that gets its events.

    ``secrets`` are those that sign, the newest first: number, SHA-256 and end of each, never the secret itself.
    """

    __tablename__ = "webhook"
    __table_args__ = (Index("ix_webhook_client", "client"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(JsonText)
    secrets: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Base):
    """One event on its way to one webhook.

    ``seq`` orders those of the same ``subject`` (a counterparty): a later one waits for the earlier.  ``body`` is the
    very text that is signed and sent, the same at every attempt.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('WAITING', 'DELIVERED', 'DEAD')", name="state"),
        UniqueConstraint("webhook_id", "event_id"),
        Index("ix_webhook_delivery_state_next_at", "state", "next_at"),
        Index("ix_webhook_delivery_webhook_id_subject_seq", "webhook_id", "subject", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    client: Mapped[str] = mapped_column(String(200))
    webhook_id: Mapped[str] = mapped_column(String(36))
    event_id: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    worker: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeliveryAttempt(Base):
    """One attempt to deliver, append-only: what the receiver answered, or why nothing came back."""

    __tablename__ = "webhook_attempt"

    delivery_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    client: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(400))
    duration_ms: Mapped[int]
