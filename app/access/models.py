"""The tables of clients, API keys, the console's sessions, and of first answers."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.access.role import Role
from app.db import Base, JsonText, UtcDateTime

_ROLES = ", ".join(f"'{role}'" for role in Role)


class Client(Base):
    """A client: a system of the bank, whose records no other client sees."""

    __tablename__ = "client"

    code: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiKey(Base):
    """One key.  The key itself is never stored, only its SHA-256: 256 random bits need no slow hash.

    ``scopes`` None is everything that the role may do; ``successor_id`` is the key that replaces it.  One with an
    ``issuer`` has no secret: it is a person of that identity provider.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint(f"role IN ({_ROLES})", name="role"),
        Index("ix_api_key_issuer_subject_role_client", "issuer", "subject", "role", "client", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    client: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scopes: Mapped[list[str] | None] = mapped_column(JsonText)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    successor_id: Mapped[str | None] = mapped_column(String(36))
    issuer: Mapped[str | None] = mapped_column(String(200))


class ConsoleSession(Base):
    """One session of the console.  The token is never stored, only its SHA-256.

    ``authenticated_at`` is when the person last gave their credentials to an identity provider; None with a key.
    """

    __tablename__ = "console_session"
    __table_args__ = (Index("ix_console_session_seen_at", "seen_at"),)

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_key.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    authenticated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginTicket(Base):
    """A link that opens one session, once.  The ticket is never stored, only its SHA-256."""

    __tablename__ = "login_ticket"
    __table_args__ = (Index("ix_login_ticket_expires_at", "expires_at"),)

    ticket_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_key.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdempotencyKey(Base):
    """The first answer to a POST with an ``Idempotency-Key``, as JSON."""

    __tablename__ = "idempotency_key"

    client: Mapped[str] = mapped_column(String(200), primary_key=True)
    route: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
