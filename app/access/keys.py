"""API keys: made, read, checked, replaced and revoked."""

import hashlib
import re
import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from app import clock
from app.access import clients, records
from app.access.models import ApiKey, Client
from app.access.person import is_same_person, skeletons, spelling
from app.access.records import OPERATOR, By
from app.access.role import Principal, Role
from app.access.texts import checked
from app.db import ReadSession, WriteSession
from app.errors import Conflict, Invalid, NotFound, Unauthenticated

_PREFIX: Final = "cutoff_"
_RANDOM_BYTES: Final = 32
_SCOPE: Final = re.compile(r"[a-z][a-z-]{0,40}:(read|write)")
_SCOPES_MAX: Final = 50
OVERLAP_MAX: Final = timedelta(days=30)
"""The longest time for which a replaced key and its successor both hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A stored key, without the secret."""

    id: str
    name: str
    subject: str
    client: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    scopes: frozenset[str] | None = None
    last_used_at: datetime | None = None
    successor_id: str | None = None

    @property
    def principal(self) -> Principal:
        """Who acts with this key."""
        return Principal(self.id, self.name, self.subject, self.client, self.role, self.scopes)


def create(  # noqa: PLR0913 - the words of a key by name, each with its default
    session: WriteSession,
    role: Role,
    *,
    name: str | None = None,
    subject: str | None = None,
    client: str | None = None,
    expires_at: datetime | None = None,
    scopes: Iterable[str] | None = None,
    makes_client: bool = True,
    by: By = OPERATOR,
    predecessor_id: str | None = None,
) -> tuple[Key, str]:
    """Make a key and return it with its secret, which is shown this once and stored nowhere.

    The name defaults to the role, the subject (the person) to the name, the client (the system) to ``default``.
    A client that does not exist is made, unless ``makes_client`` is false.  Raises :class:`Invalid` for an empty or
    overlong text, a scope that is none or an expiry that has passed, :class:`Conflict` for a closed client or a
    subject that looks like another one, and :class:`NotFound` for a client that is not there.
    """
    name = checked("name", name if name is not None else role.value)
    subject = _person(session, checked("subject", subject if subject is not None else name))
    client = checked("client", client if client is not None else "default")
    moment = clock.now()
    if expires_at is not None and expires_at <= moment:
        raise Invalid("key-expiry-past", "失效时间已过 / the expiry has already passed")
    if makes_client and session.get(Client, client) is None:
        clients.create(session, client, by=by)
    clients.open_client(session, client)
    secret = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    row = ApiKey(
        id=str(uuid.uuid4()),
        key_sha256=digest(secret),
        name=name,
        subject=subject,
        client=client,
        role=role.value,
        created_at=moment,
        expires_at=expires_at,
        revoked_at=None,
        scopes=_scopes(scopes),
        last_used_at=None,
        successor_id=None,
    )
    session.add(row)
    session.flush()
    records.tell_created(session, row, by, predecessor_id)
    return as_key(row), secret


def rotate(session: WriteSession, key_id: str, *, overlap: timedelta, by: By = OPERATOR) -> tuple[Key, str]:
    """Make a successor of a key, which itself holds for ``overlap`` more; return the successor and its secret.

    The successor never expires later than the key did not: it keeps the key's own expiry.  Raises
    :class:`NotFound`, :class:`Conflict` for a key that holds no more or was replaced, :class:`Invalid` for an overlap
    that is negative or longer than :data:`OVERLAP_MAX`.
    """
    if not timedelta(0) <= overlap <= OVERLAP_MAX:
        raise Invalid("bad-overlap", f"重叠期须为 0 至 {OVERLAP_MAX.days} 天 / 0 to {OVERLAP_MAX.days} days")
    row = _row(session, key_id)
    moment = clock.now()
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= moment):
        raise Conflict("key-not-valid", f"密钥已失效 / the key {key_id} holds no more")
    if row.successor_id is not None:
        raise Conflict("key-already-rotated", f"密钥已更换 / the key {key_id} has a successor already")
    successor, secret = create(
        session,
        Role(row.role),
        name=row.name,
        subject=row.subject,
        client=row.client,
        expires_at=row.expires_at,
        scopes=row.scopes,
        by=by,
        predecessor_id=row.id,
    )
    end = moment + overlap
    row.expires_at = end if row.expires_at is None else min(row.expires_at, end)
    row.successor_id = successor.id
    session.flush()
    return successor, secret


def authenticate(session: ReadSession, secret: str) -> Principal:
    """Return who holds the key.  Raises :class:`Unauthenticated` where it is unknown, expired or revoked."""
    key = find(session, [digest(secret)]).get(digest(secret))
    if key is None:
        raise Unauthenticated("key-unknown", "密钥无效 / the key is unknown")
    require_valid(key)
    return key.principal


def holder(session: ReadSession, key_id: str) -> Principal:
    """Return who holds the key of an id; raises as :func:`authenticate` does."""
    row = session.get(ApiKey, key_id)
    if row is None:
        raise Unauthenticated("key-unknown", "密钥无效 / the key is unknown")
    key = as_key(row)
    require_valid(key)
    return key.principal


def require_valid(key: Key) -> None:
    """Raise :class:`Unauthenticated` for a key that is revoked or expired."""
    if key.revoked_at is not None:
        raise Unauthenticated("key-revoked", "密钥已吊销 / the key has been revoked")
    if key.expires_at is not None and key.expires_at <= clock.now():
        raise Unauthenticated("key-expired", "密钥已过期 / the key has expired")


def find(session: ReadSession, digests: Sequence[str]) -> dict[str, Key]:
    """Return the keys with these digests, as :func:`digest` makes them, by digest."""
    rows = session.scalars(select(ApiKey).where(ApiKey.key_sha256.in_(digests)))
    return {row.key_sha256: as_key(row) for row in rows}


def one(session: ReadSession, key_id: str, *, client: str | None = None) -> Key:
    """Return a key by its id, of a client where one is given.  Raises :class:`NotFound`."""
    row = session.get(ApiKey, key_id)
    if row is None or (client is not None and row.client != client):
        raise NotFound("key-not-found", f"没有此密钥 / no key has the id {key_id}")
    return as_key(row)


def list_keys(session: ReadSession) -> list[Key]:
    """Return all keys, oldest first."""
    return [as_key(row) for row in session.scalars(select(ApiKey).order_by(ApiKey.created_at, ApiKey.id))]


def revoke(session: WriteSession, key_id: str, *, by: By = OPERATOR) -> Key:
    """Revoke a key by its id.  Raises :class:`NotFound`, and :class:`Conflict` where it already is."""
    row = _row(session, key_id)
    if row.revoked_at is not None:
        raise Conflict("key-already-revoked", f"密钥已吊销 / the key {key_id} is already revoked")
    row.revoked_at = clock.now()
    session.flush()
    records.tell(session, records.REVOKED, by, row.client, {"revoked_id": row.id})
    return as_key(row)


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _row(session: WriteSession, key_id: str) -> ApiKey:
    row = session.get(ApiKey, key_id, with_for_update=True)
    if row is None:
        raise NotFound("key-not-found", f"没有此密钥 / no key has the id {key_id}")
    return row


def _person(session: ReadSession, subject: str) -> str:
    """Return how a subject is written already.  Raises :class:`Conflict` where it only looks like another one."""
    if not all(skeletons(subject)):
        raise Invalid("bad-key-field", "subject: 没有可见字符 / has no character that a reader sees")
    for known in session.scalars(select(ApiKey.subject).distinct().order_by(ApiKey.subject)):
        if spelling(known) == spelling(subject):
            return known
        if is_same_person(known, subject):
            raise Conflict(
                "subject-looks-alike",
                f"人员“{subject}”与已有的“{known}”难以区分，请使用同一写法或另取名称 / the subject looks like the "
                f"existing one {known!r}: write it alike, or take another name",
            )
    return subject


def is_known_person(session: ReadSession, subject: str) -> bool:
    """Whether a subject is written as one that is known, or looks like none of them."""
    known = session.scalars(select(ApiKey.subject).distinct())
    return all(one == subject or not is_same_person(one, subject) for one in known)


def _scopes(scopes: Iterable[str] | None) -> list[str] | None:
    if scopes is None:
        return None
    known = sorted(set(scopes))
    bad = [scope for scope in known if not _SCOPE.fullmatch(scope)]
    if bad or not 0 < len(known) <= _SCOPES_MAX:
        detail = f"scopes: 形如 screenings:read、lists:write / such as screenings:read, lists:write: {bad[:3]}"
        raise Invalid("bad-scope", detail)
    return known


def as_key(row: ApiKey) -> Key:
    """Return a stored key without its secret."""
    return Key(
        id=row.id,
        name=row.name,
        subject=row.subject,
        client=row.client,
        role=Role(row.role),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        scopes=frozenset(row.scopes) if row.scopes is not None else None,
        last_used_at=row.last_used_at,
        successor_id=row.successor_id,
    )
