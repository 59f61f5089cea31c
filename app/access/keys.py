"""API keys: made, read, checked and revoked."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.access.models import ApiKey
from app.access.role import Principal, Role
from app.db import ReadSession, WriteSession
from app.errors import Conflict, Invalid, NotFound, Unauthenticated

_PREFIX = "cutoff_"
_RANDOM_BYTES = 32
_TEXT_MAX = 200


@dataclass(frozen=True, slots=True)
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


def create(  # the four words of a key, each with its default
    session: WriteSession,
    role: Role,
    *,
    name: str | None = None,
    subject: str | None = None,
    client: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """Make a key and return it with its secret, which is shown this once and stored nowhere.

    The name defaults to the role, the subject (the person) to the name, the client (the system) to
    ``default``.  Raises :class:`Invalid` for an empty or overlong text or an expiry that has passed.
    """
    name = name if name is not None else role.value
    subject = subject if subject is not None else name
    client = client if client is not None else "default"
    for field, text in (("name", name), ("subject", subject), ("client", client)):
        if not 0 < len(text.strip()) <= _TEXT_MAX or not text.isprintable():
            raise Invalid(
                "bad-key-field", f"{field}: 须为1–{_TEXT_MAX}个可见字符 / 1 to {_TEXT_MAX} printable characters"
            )
    moment = clock.now()
    if expires_at is not None and expires_at <= moment:
        raise Invalid("key-expiry-past", "失效时间已过 / the expiry has already passed")
    secret = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    row = ApiKey(
        id=str(uuid.uuid4()),
        key_sha256=_digest(secret),
        name=name.strip(),
        subject=subject.strip(),
        client=client.strip(),
        role=role.value,
        created_at=moment,
        expires_at=expires_at,
        revoked_at=None,
    )
    session.add(row)
    session.flush()
    return _key(row), secret


def authenticate(session: ReadSession, secret: str) -> Principal:
    """Return who holds the key.  Raises :class:`Unauthenticated` where it is unknown, expired or revoked.

    It asks the database every time, so that a revocation holds from the very next request.
    """
    return _holder(session.scalar(select(ApiKey).where(ApiKey.key_sha256 == _digest(secret))))


def holder(session: ReadSession, key_id: str) -> Principal:
    """Return who holds the key of an id; raises as :func:`authenticate` does."""
    return _holder(session.get(ApiKey, key_id))


def _holder(row: ApiKey | None) -> Principal:
    if row is None:
        raise Unauthenticated("key-unknown", "密钥无效 / the key is unknown")
    if row.revoked_at is not None:
        raise Unauthenticated("key-revoked", "密钥已吊销 / the key has been revoked")
    if row.expires_at is not None and row.expires_at <= clock.now():
        raise Unauthenticated("key-expired", "密钥已过期 / the key has expired")
    return Principal(row.id, row.name, row.subject, row.client, Role(row.role))


def list_keys(session: ReadSession) -> list[Key]:
    """Return all keys, oldest first."""
    return [_key(row) for row in session.scalars(select(ApiKey).order_by(ApiKey.created_at, ApiKey.id))]


def revoke(session: WriteSession, key_id: str) -> Key:
    """Revoke a key by its id.  Raises :class:`NotFound`, and :class:`Conflict` where it already is."""
    row = session.get(ApiKey, key_id, with_for_update=True)
    if row is None:
        raise NotFound("key-not-found", f"没有此密钥 / no key has the id {key_id}")
    if row.revoked_at is not None:
        raise Conflict("key-already-revoked", f"密钥已吊销 / the key {key_id} is already revoked")
    row.revoked_at = clock.now()
    session.flush()
    return _key(row)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: ApiKey) -> Key:
    return Key(
        row.id, row.name, row.subject, row.client, Role(row.role), row.created_at, row.expires_at, row.revoked_at
    )
