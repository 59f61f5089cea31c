"""``/v1/keys`` and ``/v1/clients``: who may call, and for which client system."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError

from app.access import Role, clients, idempotency, keys
from app.access.idempotency import IdempotencyClaim
from app.access.keys import Key
from app.access.records import By
from app.api.idempotency import IdempotencyHeader, claim_of, replay_headers
from app.api.problems import declared
from app.dependencies import AppDatabase, AppKeys, Body, Caller, Reading, allow, routes
from app.errors import Conflict

router = routes(prefix="/v1", tags=["access"])

_ADMIN = allow(Role.ADMIN)
_READERS = allow(Role.ADMIN, Role.AUDITOR)
_Text = Annotated[str, Field(min_length=1, max_length=200)]
_KeyId = Annotated[str, Path(max_length=36)]
_Cursor = Annotated[str | None, Query(max_length=200, description="From the page before.")]
_Limit = Annotated[int, Query(ge=1, le=200)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class KeyOut(_Shape):
    """A key without its secret."""

    id: str
    name: str
    subject: str = Field(description="The person: keys of one subject are one pair of eyes.")
    client: str
    role: Role
    scopes: list[str] | None = Field(description="What the role is narrowed to; null is all of it.")
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the half minute.")
    successor_id: str | None = Field(description="The key that replaces it.")


class NewKeyOut(KeyOut):
    """A new key.  ``key`` is shown this once; an answer that is given again has null."""

    key: str | None


class KeyPage(_Shape):
    """Keys, oldest first."""

    items: list[KeyOut]
    next_cursor: str | None


class KeyIn(_Shape):
    """A key to be made."""

    role: Role
    name: _Text
    subject: _Text | None = Field(None, description="The person behind it; the name when left out.")
    client: _Text = "default"
    expires_at: AwareDatetime | None = None
    scopes: list[str] | None = Field(
        None, max_length=50, description="Such as `screenings:read`, `screenings:write`, `jobs:write`; null is all."
    )


class RotationIn(_Shape):
    """How long the old key holds beside the new one."""

    overlap_seconds: int = Field(86_400, ge=0, le=int(keys.OVERLAP_MAX.total_seconds()))


class ClientIn(_Shape):
    """A client system to be made."""

    code: _Text
    name: _Text | None = None


class ClientOut(_Shape):
    """A client system."""

    code: str
    name: str
    created_at: datetime
    closed_at: datetime | None


class ClientPage(_Shape):
    """Client systems by code."""

    items: list[ClientOut]
    next_cursor: str | None


@router.get("/keys", dependencies=[_READERS], responses=declared(), summary="API keys 密钥列表")
def list_keys(session: Reading, cursor: _Cursor = None, limit: _Limit = 100) -> KeyPage:
    """Return the keys of all clients, oldest first, without their secrets."""
    known = keys.list_keys(session)
    start = next((i + 1 for i, key in enumerate(known) if key.id == cursor), 0)
    page = known[start : start + limit]
    is_last = start + limit >= len(known)
    return KeyPage(items=[_key_out(key) for key in page], next_cursor=None if is_last else page[-1].id)


@router.post(
    "/keys", dependencies=[_ADMIN], status_code=201, responses=declared(404, 409, 415), summary="Make a key 新建密钥"
)
def create_key(
    asked: KeyIn,
    body: Body,
    caller: Caller,
    database: AppDatabase,
    response: Response,
    idempotency_key: IdempotencyHeader = None,
) -> NewKeyOut:
    """Make a key for a client that exists and is open; its secret is in this answer and nowhere else."""

    def make(session: Any) -> tuple[Key, str]:  # noqa: ANN401 - a write session
        return keys.create(
            session,
            asked.role,
            name=asked.name,
            subject=asked.subject,
            client=asked.client,
            expires_at=asked.expires_at,
            scopes=asked.scopes,
            makes_client=False,
            by=By.caller(caller),
        )

    claim = claim_of(caller, "POST /v1/keys", idempotency_key, body)
    answer = _made(database, claim, make)
    response.headers.update(replay_headers(claim))
    return answer


@router.post(
    "/keys/{key_id}/rotate",
    dependencies=[_ADMIN],
    status_code=201,
    responses=declared(404, 409, 415),
    summary="Replace a key 更换密钥",
)
def rotate_key(
    key_id: _KeyId,
    asked: RotationIn,
    body: Body,
    caller: Caller,
    database: AppDatabase,
    directory: AppKeys,
    response: Response,
    idempotency_key: IdempotencyHeader = None,
) -> NewKeyOut:
    """Make a successor of a key; the old one holds until the overlap is over."""

    def make(session: Any) -> tuple[Key, str]:  # noqa: ANN401 - a write session
        return keys.rotate(session, key_id, overlap=timedelta(seconds=asked.overlap_seconds), by=By.caller(caller))

    claim = claim_of(caller, f"POST /v1/keys/{key_id}/rotate", idempotency_key, body)
    answer = _made(database, claim, make)
    response.headers.update(replay_headers(claim))
    directory.forget(key_id)
    return answer


@router.delete("/keys/{key_id}", dependencies=[_ADMIN], responses=declared(404, 409), summary="Revoke a key 吊销密钥")
def revoke_key(key_id: _KeyId, caller: Caller, database: AppDatabase, directory: AppKeys) -> KeyOut:
    """Revoke a key: this process refuses it at once, every other one within two seconds."""
    with database.write() as session:
        key = keys.revoke(session, key_id, by=By.caller(caller))
    directory.forget(key_id)
    return _key_out(key)


@router.get("/clients", dependencies=[_READERS], responses=declared(), summary="Client systems 客户系统列表")
def list_clients(session: Reading, cursor: _Cursor = None, limit: _Limit = 100) -> ClientPage:
    """Return the clients by code."""
    known = [client for client in clients.list_clients(session) if cursor is None or client.code > cursor]
    page = [ClientOut.model_validate(client) for client in known[:limit]]
    return ClientPage(items=page, next_cursor=page[-1].code if len(known) > limit else None)


@router.post(
    "/clients",
    dependencies=[_ADMIN],
    status_code=201,
    responses=declared(409, 415),
    summary="Make a client 新建客户系统",
)
def create_client(
    asked: ClientIn,
    body: Body,
    caller: Caller,
    database: AppDatabase,
    response: Response,
    idempotency_key: IdempotencyHeader = None,
) -> ClientOut:
    """Make a client, whose records nobody else's keys see."""
    claim = claim_of(caller, "POST /v1/clients", idempotency_key, body)
    first = _recalled(database, claim)
    if first is None:
        try:
            with database.write() as session:
                made = ClientOut.model_validate(
                    clients.create(session, asked.code, name=asked.name, by=By.caller(caller))
                )
                first = made.model_dump(mode="json")
                if claim is not None:
                    idempotency.remember(session, claim, first)
        except IntegrityError as error:
            first = _recalled(database, claim)
            if first is None:
                raise Conflict("client-exists", f"客户系统已存在 / the client {asked.code} exists already") from error
    response.headers.update(replay_headers(claim))
    return ClientOut.model_validate(first)


@router.post(
    "/clients/{code}/close",
    dependencies=[_ADMIN],
    responses=declared(404, 409),
    summary="Close a client and revoke its keys 停用客户系统",
)
def close_client(
    code: Annotated[str, Path(max_length=200)], caller: Caller, database: AppDatabase, directory: AppKeys
) -> ClientOut:
    """Close a client: its keys are revoked, its records are kept."""
    with database.write() as session:
        client, revoked = clients.close(session, code, by=By.caller(caller))
    for key_id in revoked:
        directory.forget(key_id)
    return ClientOut.model_validate(client)


def _made(database: AppDatabase, claim: IdempotencyClaim | None, make: Any) -> NewKeyOut:  # noqa: ANN401 - a function of a session
    """Make a key; what is remembered for its idempotency key has no secret in it."""
    first = _recalled(database, claim)
    if first is not None:
        return NewKeyOut.model_validate({**first, "key": None})
    try:
        with database.write() as session:
            key, secret = make(session)
            shown = _key_out(key)
            if claim is not None:
                idempotency.remember(session, claim, shown.model_dump(mode="json"))
    except IntegrityError:
        first = _recalled(database, claim)
        if first is None:
            raise
        return NewKeyOut.model_validate({**first, "key": None})
    return NewKeyOut(**shown.model_dump(), key=secret)


def _recalled(database: AppDatabase, claim: IdempotencyClaim | None) -> Any:  # noqa: ANN401 - JSON
    if claim is None:
        return None
    with database.read() as session:
        return idempotency.recall(session, claim)


def _key_out(key: Key) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        subject=key.subject,
        client=key.client,
        role=key.role,
        scopes=sorted(key.scopes) if key.scopes is not None else None,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        successor_id=key.successor_id,
    )
