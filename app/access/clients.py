"""Clients: the systems whose records are kept apart."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from app import clock
from app.access import records
from app.access.models import ApiKey, Client
from app.access.records import OPERATOR, By
from app.access.texts import checked
from app.db import ReadSession, WriteSession
from app.errors import Conflict, Invalid, NotFound

RESERVED = frozenset({"*"})
"""What no client may be called: row-level security reads it as all clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRecord:
    """A stored client."""

    code: str
    name: str
    created_at: datetime
    closed_at: datetime | None


def create(session: WriteSession, code: str, *, name: str | None = None, by: By = OPERATOR) -> ClientRecord:
    """Make a client.  Raises :class:`Invalid` for its texts and :class:`Conflict` where there is one already."""
    code = checked("client", code)
    if code in RESERVED:
        raise Invalid("bad-client", f"client: {code} 为保留字 / is reserved")
    if session.get(Client, code) is not None:
        raise Conflict("client-exists", f"客户系统 {code} 已存在 / the client {code} exists already")
    row = Client(code=code, name=checked("name", name or code), created_at=clock.now(), closed_at=None)
    session.add(row)
    session.flush()
    records.tell(session, "client.created", by, code, {"name": row.name})
    return _record(row)


def list_clients(session: ReadSession) -> list[ClientRecord]:
    """Return all clients by code."""
    return [_record(row) for row in session.scalars(select(Client).order_by(Client.code))]


def open_client(session: ReadSession, code: str) -> ClientRecord:
    """Return a client that is open.  Raises :class:`NotFound`, and :class:`Conflict` for a closed one."""
    row = session.get(Client, code)
    if row is None:
        raise NotFound("client-not-found", f"没有客户系统 {code} / there is no client {code}")
    if row.closed_at is not None:
        raise Conflict("client-closed", f"客户系统 {code} 已停用 / the client {code} is closed")
    return _record(row)


def close(session: WriteSession, code: str, *, by: By = OPERATOR) -> tuple[ClientRecord, list[str]]:
    """Close a client and revoke its keys; return it with the ids of those keys.  Its records are kept.

    Raises :class:`NotFound`, and :class:`Conflict` where it is closed already.
    """
    open_client(session, code)
    moment = clock.now()
    row = session.get_one(Client, code, with_for_update=True)
    row.closed_at = moment
    revoked = list(session.scalars(select(ApiKey.id).where(ApiKey.client == code, ApiKey.revoked_at.is_(None))))
    session.execute(update(ApiKey).where(ApiKey.id.in_(revoked)).values(revoked_at=moment))
    session.flush()
    records.tell(session, "client.closed", by, code, {"keys": len(revoked)})
    for key_id in revoked:
        records.tell(session, records.REVOKED, by, code, {"revoked_id": key_id})
    return _record(row), revoked


def _record(row: Client) -> ClientRecord:
    return ClientRecord(code=row.code, name=row.name, created_at=row.created_at, closed_at=row.closed_at)
