"""People of an identity provider as this system knows them: each a key without a secret, for one role of one client.

So sessions, rates, records and revocation are those of keys.  An identity whose role or client changes at the issuer is
another key, and the one before ends with it, its sessions too.  One that was revoked here stays out, whatever the
issuer says.
"""

import secrets
import uuid
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.access import clients, records
from app.access.keys import Key, as_key, digest, is_known_person, require_valid
from app.access.models import ApiKey, Client
from app.access.oidc import Identity, NotAdmitted
from app.access.records import By
from app.db import Database, ReadSession, WriteSession
from app.errors import Conflict, Forbidden, NotFound, Unauthenticated

_VIA = "oidc"


def key_of(database: Database, identity: Identity, *, default_client: str) -> Key:
    """Return the key of an identity, made at its first use.

    The key expires with the token.  Raises :class:`Unauthenticated` where it was revoked, and :class:`NotAdmitted`
    where there is no such client or the subject looks like another one.
    """
    try:
        return _key_of(database, identity, default_client)
    except Forbidden as error:
        raise NotAdmitted(error, identity.subject) from error


def _key_of(database: Database, identity: Identity, default_client: str) -> Key:
    with database.read() as session:
        found = _usable(_rows(session, identity), identity)
        key = as_key(found) if found is not None and found.expires_at is None else None
    if key is None:
        try:
            with database.write() as session:
                key = _taken_in(session, identity, default_client)
        except IntegrityError:
            # Another process was first.
            with database.read() as session:
                row = _usable(_rows(session, identity), identity)
                if row is None:
                    raise
                key = as_key(row)
    require_valid(key)
    return replace(key, expires_at=identity.expires_at)


def _taken_in(session: WriteSession, identity: Identity, default_client: str) -> Key:
    by = By(identity.subject, None, _VIA)
    rows = _rows(session, identity)
    found = _usable(rows, identity)
    now = clock.now()
    for row in rows:
        if row is not found and row.expires_at is None:
            row.expires_at = now
            records.tell(session, "key.replaced", by, row.client, {"replaced_id": row.id, "role": row.role})
    if found is not None:
        if found.expires_at is not None:
            found.expires_at = None
            records.tell(session, "key.renewed", by, found.client, {"renewed_id": found.id, "role": found.role})
        return as_key(found)
    return as_key(_new(session, identity, default_client, by))


def _new(session: WriteSession, identity: Identity, default_client: str, by: By) -> ApiKey:
    if session.get(Client, identity.client) is None and identity.client == default_client:
        clients.create(session, identity.client, by=by)
    try:
        clients.open_client(session, identity.client)
        if not is_known_person(session, identity.subject):
            raise Forbidden(
                "subject-looks-alike",
                "该身份与已有人员难以区分 / the subject cannot be told apart from another one",
            )
    except (NotFound, Conflict) as error:
        raise Forbidden("no-client", f"客户系统不可用 / {error.message}") from error
    row = ApiKey(
        id=str(uuid.uuid4()),
        # Of a secret that nobody knows: this key opens by tokens of its issuer only.
        key_sha256=digest(secrets.token_urlsafe(32)),
        name=identity.name,
        subject=identity.subject,
        client=identity.client,
        role=identity.role.value,
        created_at=clock.now(),
        expires_at=None,
        revoked_at=None,
        scopes=None,
        last_used_at=None,
        successor_id=None,
        issuer=identity.issuer,
    )
    session.add(row)
    session.flush()
    records.tell_created(session, row, by, None)
    return row


def _rows(session: ReadSession, identity: Identity) -> list[ApiKey]:
    statement = select(ApiKey).where(ApiKey.issuer == identity.issuer, ApiKey.subject == identity.subject)
    return list(session.scalars(statement.order_by(ApiKey.created_at)))


def _usable(rows: list[ApiKey], identity: Identity) -> ApiKey | None:
    """Return the row of an identity as it is now.  Raises :class:`Unauthenticated` where any of its was revoked."""
    if any(row.revoked_at is not None for row in rows):
        raise Unauthenticated("key-revoked", "该身份已被吊销 / this identity has been revoked")
    return next((row for row in rows if (row.role, row.client) == (identity.role.value, identity.client)), None)
