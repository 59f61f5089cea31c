"""The tables of the book: counterparties, what was decided of them, what changed, and who looked at it.

``client`` comes first in every key: no row of one client is ever found by the keys of another.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, JsonText, UtcDateTime


class Book(Base):
    """The book of one client; ``revision`` grows with every change of a counterparty."""

    __tablename__ = "book"

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    revision: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CounterpartyRow(Base):
    """One counterparty of a book.

    ``revision`` is that of the book at its last change, ``opened_revision`` that at which it was opened;
    ``parties`` are its readings (the main one first), in the form of a screening request; ``content_sha256`` is over
    them alone.
    """

    __tablename__ = "counterparty"
    __table_args__ = (
        Index("ix_counterparty_client_revision", "client", "revision"),
        {"sqlite_with_rowid": False},
    )

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    revision: Mapped[int]
    opened_revision: Mapped[int]
    content_sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(400))
    parties: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    services: Mapped[list[str]] = mapped_column(JsonText)
    opened_on: Mapped[date | None] = mapped_column(Date)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CounterpartyText(Base):
    """One text of an open counterparty that a search reads; ``kind`` is NAME, TEXT or PRODUCT."""

    __tablename__ = "counterparty_text"
    __table_args__ = (
        CheckConstraint("kind IN ('NAME', 'TEXT', 'PRODUCT')", name="kind"),
        {"sqlite_with_rowid": False},
    )

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    counterparty_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(7))
    text: Mapped[str] = mapped_column(Text)


class CounterpartyIdentifier(Base):
    """One key under which an open counterparty is found by an identifier; a USCC gives its organisation code too."""

    __tablename__ = "counterparty_identifier"
    __table_args__ = (
        Index("ix_counterparty_identifier_client_counterparty_id", "client", "counterparty_id"),
        {"sqlite_with_rowid": False},
    )

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(400), primary_key=True)
    counterparty_id: Mapped[str] = mapped_column(String(200), primary_key=True)


class Pair(Base):
    """That a counterparty may be a listed entity, whatever the law makes of it."""

    __tablename__ = "book_pair"
    __table_args__ = (Index("ix_book_pair_client_entity_id", "client", "entity_id"),)

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    counterparty_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    entity_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    strength: Mapped[str] = mapped_column(String(10))
    score: Mapped[int]
    name_listed: Mapped[str] = mapped_column(Text)
    content_sha256: Mapped[str] = mapped_column(String(64))
    entity_sha256: Mapped[str] = mapped_column(String(64))


class Standing(Base):
    """The decision on one counterparty and service; there is one only where there was something to decide.

    A covered counterparty without a row passes by coverage.  ``decision`` holds reasons and matches;
    ``findings_outcome`` is the outcome of its own texts alone; ``next_date`` the next date on which the decision may
    change.
    """

    __tablename__ = "book_standing"
    __table_args__ = (
        CheckConstraint("outcome IN ('PASS', 'REVIEW', 'BLOCK')", name="outcome"),
        Index("ix_book_standing_client_next_date", "client", "next_date"),
        Index("ix_book_standing_client_outcome", "client", "outcome"),
    )

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    counterparty_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    service: Mapped[str] = mapped_column(String(30), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(6))
    findings_outcome: Mapped[str] = mapped_column(String(6))
    decision: Mapped[dict[str, Any]] = mapped_column(JsonText)
    decision_sha256: Mapped[str] = mapped_column(String(64))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    next_date: Mapped[date | None] = mapped_column(Date)


class CoverageRow(Base):
    """The basis on which the whole book of a client was last decided, and who is deciding it anew.

    ``lease_until`` keeps other processes from doing the same work; it is no lock: what counts is that
    ``basis_id`` is still the one from which a step began when it is written.
    """

    __tablename__ = "book_coverage"

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    basis_id: Mapped[str | None] = mapped_column(String(64))
    basis: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    book_revision: Mapped[int]
    decided_for_date: Mapped[date | None] = mapped_column(Date)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lists_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    whole_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    differences: Mapped[int]
    worker: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RunStep(Base):
    """One finished step of re-screening, append-only: from which basis to which, why, and how much it looked at."""

    __tablename__ = "book_run_step"
    __table_args__ = (Index("ix_book_run_step_client_id", "client", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    cause: Mapped[str] = mapped_column(String(6))
    mode: Mapped[str] = mapped_column(String(6))
    basis_from: Mapped[str | None] = mapped_column(String(64))
    basis_to: Mapped[str] = mapped_column(String(64))
    basis: Mapped[dict[str, Any]] = mapped_column(JsonText)
    affected: Mapped[int]
    changes: Mapped[int]
    errors: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CoverageError(Base):
    """A counterparty that could not be decided: its outcome is UNKNOWN until a later step decides it."""

    __tablename__ = "book_error"

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    counterparty_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    error: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChangeRow(Base):
    """One change of a decision, append-only; ``id`` is computed from what it is, so that it is there once."""

    __tablename__ = "book_change"
    __table_args__ = (
        CheckConstraint("kind IN ('NEW', 'WORSE', 'EASED', 'RELEASED', 'TEXT')", name="kind"),
        UniqueConstraint("id"),
        Index("ix_book_change_client_seq", "client", "seq"),
        Index("ix_book_change_client_counterparty_id", "client", "counterparty_id"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(36))
    client: Mapped[str] = mapped_column(String(200))
    counterparty_id: Mapped[str] = mapped_column(String(200))
    service: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(8))
    from_outcome: Mapped[str] = mapped_column(String(7))
    to_outcome: Mapped[str] = mapped_column(String(7))
    cause: Mapped[str] = mapped_column(String(6))
    decision: Mapped[dict[str, Any]] = mapped_column(JsonText)
    basis_from: Mapped[str | None] = mapped_column(String(64))
    basis_to: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Alert(Base):
    """One alert: a counterparty that may be a listed entity, for people to look at.

    ``entity_id`` is empty for a finding in the counterparty's own texts.  A closed alert stays; what happens later
    to the same pair is its next ``episode``.  ``sides`` holds both sides as they are now, ``sides_closed`` as they
    were when the episode before was closed.
    """

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("state IN ('OPEN', 'ASSIGNED', 'PENDING_CONFIRMATION', 'CLOSED')", name="state"),
        UniqueConstraint("client", "counterparty_id", "entity_id", "episode"),
        Index(
            "ix_alert_one_open",
            "client",
            "counterparty_id",
            "entity_id",
            unique=True,
            sqlite_where=text("state <> 'CLOSED'"),
            postgresql_where=text("state <> 'CLOSED'"),
        ),
        Index("ix_alert_client_state_due_at", "client", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    counterparty_id: Mapped[str] = mapped_column(String(200))
    entity_id: Mapped[str] = mapped_column(String(36))
    episode: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(6))
    strength: Mapped[str] = mapped_column(String(10))
    category: Mapped[str] = mapped_column(String(20))
    priority: Mapped[int]
    is_escalated: Mapped[bool]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assignee: Mapped[str | None] = mapped_column(String(200))
    verdict: Mapped[str | None] = mapped_column(String(20))
    proposal: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    sides: Mapped[dict[str, Any]] = mapped_column(JsonText)
    sides_closed: Mapped[dict[str, Any] | None] = mapped_column(JsonText)


class AlertEvent(Base):
    """One thing that happened to an alert, append-only."""

    __tablename__ = "alert_event"
    __table_args__ = (Index("ix_alert_event_alert_id_id", "alert_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    alert_id: Mapped[str] = mapped_column(String(36))
    event: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(JsonText)


class AlertAttachment(Base):
    """A file that a person added to an alert, append-only.

    ``size`` is in bytes; ``content`` is read only where it is handed out.
    """

    __tablename__ = "alert_attachment"
    __table_args__ = (
        UniqueConstraint("client", "alert_id", "no"),
        UniqueConstraint("client", "alert_id", "sha256"),
        Index("ix_alert_attachment_client_size", "client", "size"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    alert_id: Mapped[str] = mapped_column(String(36))
    no: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    added_by: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Suppression(Base):
    """A confirmed false positive: this pair is silent while both contents are what they were.

    It is never changed but to end it: ``revoked_at``, by whom, and at which revision of the book.
    """

    __tablename__ = "suppression"
    __table_args__ = (Index("ix_suppression_client_counterparty_id", "client", "counterparty_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    counterparty_id: Mapped[str] = mapped_column(String(200))
    entity_id: Mapped[str] = mapped_column(String(36))
    content_sha256: Mapped[str] = mapped_column(String(64))
    entity_sha256: Mapped[str] = mapped_column(String(64))
    strength: Mapped[str] = mapped_column(String(10))
    alert_id: Mapped[str] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(200))
    confirmed_by: Mapped[str] = mapped_column(String(200))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_on: Mapped[date | None] = mapped_column(Date)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(String(200))
    revoked_revision: Mapped[int | None]


class CalendarDay(Base):
    """A day that is not as its weekday says: a public holiday, or a weekend day that is worked."""

    __tablename__ = "calendar_day"

    on: Mapped[date] = mapped_column("on_date", Date, primary_key=True)
    is_working: Mapped[bool]
    note: Mapped[str | None] = mapped_column(String(200))


class Sweep(Base):
    """One sweep of a whole book (专项排查): what was asked, on which basis, and what came of it."""

    __tablename__ = "sweep"
    __table_args__ = (
        CheckConstraint("state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED')", name="state"),
        Index("ix_sweep_client_created_at", "client", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    asked: Mapped[dict[str, Any]] = mapped_column(JsonText)
    is_what_if: Mapped[bool]
    basis: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    counts: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    findings_sha256: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SweepFinding(Base):
    """One decision of a sweep that is not PASS, or that could not be made (UNKNOWN); append-only."""

    __tablename__ = "sweep_finding"

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    sweep_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counterparty_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(400))
    service: Mapped[str] = mapped_column(String(30))
    outcome: Mapped[str] = mapped_column(String(7))
    decision: Mapped[dict[str, Any]] = mapped_column(JsonText)
