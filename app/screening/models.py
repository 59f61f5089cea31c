"""The tables of recorded decisions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, JsonText, UtcDateTime


class RuleVersion(Base):
    """One version of the decision table with its parameters and texts, as it was."""

    __tablename__ = "rule_version"

    version: Mapped[str] = mapped_column(String(80), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Screening(Base):
    """One decision, as answered; ``answer`` is the very text of the response.

    ``request`` is what was understood; ``received`` what a caller of the API or a person at the console sent, None for
    what came from a file.  The other columns are for search and replay.  ``name_key`` is the folded name of the
    counterparty.
    """

    __tablename__ = "screening"
    __table_args__ = (
        CheckConstraint("outcome IN ('PASS', 'REVIEW', 'BLOCK')", name="outcome"),
        Index("ix_screening_client_screened_at_id", "client", "screened_at", "id"),
        Index("ix_screening_screened_at_id", "screened_at", "id"),
        Index("ix_screening_reference", "reference"),
        Index("ix_screening_name_key", "name_key"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    key_id: Mapped[str | None] = mapped_column(String(36))
    subject: Mapped[str] = mapped_column(String(200))
    via: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str | None] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(400))
    outcome: Mapped[str] = mapped_column(String(6))
    hindsight_outcome: Mapped[str] = mapped_column(String(6))
    service: Mapped[str] = mapped_column(String(30))
    service_local_date: Mapped[date] = mapped_column(Date)
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    screened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rule_version: Mapped[str] = mapped_column(ForeignKey("rule_version.version"))
    engine_version: Mapped[str] = mapped_column(String(80))
    request: Mapped[dict[str, Any]] = mapped_column(JsonText)
    circumstances: Mapped[dict[str, Any]] = mapped_column(JsonText)
    received: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    record_sha256: Mapped[str] = mapped_column(String(64))


class ScreeningEntity(Base):
    """That a decision matched a listed entity."""

    __tablename__ = "screening_entity"
    __table_args__ = (Index("ix_screening_entity_entity_id_screening_id", "entity_id", "screening_id"),)

    screening_id: Mapped[str] = mapped_column(ForeignKey("screening.id"), primary_key=True)
    entity_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class ScreeningIdentifier(Base):
    """That a decision was asked with an identifier, in its normal form."""

    __tablename__ = "screening_identifier"
    __table_args__ = (Index("ix_screening_identifier_scheme_value_screening_id", "scheme", "value", "screening_id"),)

    screening_id: Mapped[str] = mapped_column(ForeignKey("screening.id"), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(300), primary_key=True)


class OutboxEvent(Base):
    """Something that a client is to be notified, in the order in which it was written; delivery is another matter.

    One ``release`` for each client, entity and list version that withdrew its listing for error.
    """

    __tablename__ = "outbox_event"
    __table_args__ = (
        UniqueConstraint("type", "client", "entity_id", "list_version"),
        Index("ix_outbox_event_client_id", "client", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(40))
    client: Mapped[str] = mapped_column(String(200))
    entity_id: Mapped[str] = mapped_column(String(36))
    list_version: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
