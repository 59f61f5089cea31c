"""Sessions of the console: rows that the server can end at once, opened by a key or through an identity provider.

The browser holds 256 random bits and the table their SHA-256.  A session ends when nothing was asked for some time,
when it has become too old however busy it was, when the person leaves, and with the key that opened it.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, update

from app import clock
from app.access import keys
from app.access.models import ApiKey, ConsoleSession, LoginTicket
from app.access.role import Principal
from app.db import ReadSession, WriteSession
from app.errors import Unauthenticated

_RANDOM_BYTES: Final = 32
_KEPT: Final = timedelta(days=30)
_SEEN_EVERY: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session may be idle, and how long it may last at all, in seconds."""

    idle_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class Visit:
    """An open session: who is there, and whether it is time to note that they still are."""

    token_sha256: str
    principal: Principal
    opened_at: datetime
    seen_at: datetime
    is_due: bool


def open_by_key(session: WriteSession, secret: str) -> tuple[Principal, str]:
    """Open a session for whoever holds a key and return them with the token, which is stored nowhere.

    Raises ``Unauthenticated`` where the key is unknown, expired or revoked.
    """
    principal = keys.authenticate(session, secret.strip())
    return principal, _open(session, principal.key_id)


def open_by_issuer(session: WriteSession, key_id: str, authenticated_at: datetime) -> tuple[Principal, str]:
    """Open a session for a person of an identity provider, who gave their credentials there at a moment."""
    return keys.holder(session, key_id), _open(session, key_id, authenticated_at)


def issue_ticket(session: WriteSession, key_id: str, valid_for: timedelta) -> str:
    """Return a ticket that opens one session for the holder of a key, once, for as long as it is valid."""
    ticket = secrets.token_urlsafe(_RANDOM_BYTES)
    now = clock.now()
    session.add(
        LoginTicket(
            ticket_sha256=digest(ticket), key_id=key_id, created_at=now, expires_at=now + valid_for, used_at=None
        )
    )
    session.flush()
    return ticket


def ticket_holder(session: ReadSession, ticket: str) -> Principal:
    """Return whom a ticket is for.  Raises ``Unauthenticated`` where it was used, is too old or none of ours."""
    found = session.get(LoginTicket, digest(ticket))
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        raise Unauthenticated(
            "ticket-spent", "一次性登录链接已用过或已过期 / the one-time link was used or has expired"
        )
    return keys.holder(session, found.key_id)


def open_by_ticket(session: WriteSession, ticket: str) -> tuple[Principal, str]:
    """Open a session by a ticket, which is spent by it.  Raises as :func:`ticket_holder` does."""
    principal = ticket_holder(session, ticket)
    spent = session.execute(
        update(LoginTicket)
        .where(LoginTicket.ticket_sha256 == digest(ticket), LoginTicket.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(LoginTicket.ticket_sha256)
    ).first()
    if spent is None:  # somebody was first between the question and the answer
        raise Unauthenticated(
            "ticket-spent", "一次性登录链接已用过或已过期 / the one-time link was used or has expired"
        )
    return principal, _open(session, principal.key_id)


def visit(session: ReadSession, token: str, lifetime: Lifetime) -> Visit:
    """Return the session of a token.

    Raises ``Unauthenticated``: ``session-unknown``, ``session-ended`` after leaving or by age, ``session-idle``, and
    what the key of the session raises once it is revoked or has expired.
    """
    found = session.get(ConsoleSession, digest(token))
    if found is None:
        raise Unauthenticated("session-unknown", "请登录 / please sign in")
    now = clock.now()
    if found.ended_at is not None or now - found.created_at >= timedelta(seconds=lifetime.max_s):
        raise Unauthenticated("session-ended", "登录已结束，请重新登录 / the session has ended: sign in again")
    if now - found.seen_at >= timedelta(seconds=lifetime.idle_s):
        raise Unauthenticated("session-idle", "登录已过期，请重新登录 / the session has expired: sign in again")
    principal = replace(keys.holder(session, found.key_id), authenticated_at=found.authenticated_at)
    is_due = now - found.seen_at >= min(_SEEN_EVERY, timedelta(seconds=lifetime.idle_s / 4))
    return Visit(found.token_sha256, principal, found.created_at, found.seen_at, is_due)


def note_seen(session: WriteSession, token_sha256: str) -> None:
    """Note that a session is in use; one that has ended stays ended."""
    session.execute(
        update(ConsoleSession)
        .where(ConsoleSession.token_sha256 == token_sha256, ConsoleSession.ended_at.is_(None))
        .values(seen_at=clock.now())
    )


def end(session: WriteSession, token: str) -> None:
    """End a session; ending one that is none, or has ended, changes nothing."""
    session.execute(
        update(ConsoleSession)
        .where(ConsoleSession.token_sha256 == digest(token), ConsoleSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def digest(token: str) -> str:
    """Return what is stored of a token or a ticket."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _open(session: WriteSession, key_id: str, authenticated_at: datetime | None = None) -> str:
    now = clock.now()
    session.execute(delete(ConsoleSession).where(ConsoleSession.seen_at < now - _KEPT))
    session.execute(delete(LoginTicket).where(LoginTicket.expires_at < now - _KEPT))
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    session.add(
        ConsoleSession(
            token_sha256=digest(token),
            key_id=key_id,
            created_at=now,
            seen_at=now,
            ended_at=None,
            authenticated_at=authenticated_at,
        )
    )
    session.flush()
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))
    return token
