"""``/v1/audit``: the record of what happened, its checkpoints, and proofs to take away."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.access import Principal, Role
from app.api.problems import declared
from app.audit import store
from app.audit.archives import find_archived
from app.audit.audit_record import AuditRecord
from app.audit.sealer import Sealer, sealed
from app.audit.store import AuditSearch
from app.db import Database
from app.dependencies import AppDatabase, Caller, Reading, allow, routes
from app.errors import Invalid, NotFound

router = routes(prefix="/v1/audit", tags=["audit"])

_READERS = allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


class AuditRecordOut(BaseModel):
    """One record.  ``record`` is its very text, whose bytes are the leaf of the tree."""

    model_config = ConfigDict(extra="forbid")

    id: str
    index: int | None = Field(description="Its place in the tree; null while it is not sealed.")
    kind: str
    at: datetime
    client: str | None
    subject: str | None
    content: dict[str, Any]
    record: str


class AuditPage(BaseModel):
    """Records, newest first."""

    model_config = ConfigDict(extra="forbid")

    items: list[AuditRecordOut]
    next_cursor: str | None


@router.get("", dependencies=[_READERS], responses=declared(), summary="What happened 审计记录")
def records(
    caller: Caller,
    session: Reading,
    kind: Annotated[
        str | None, Query(max_length=40, description="Such as `screening.decided`, `list.approve`.")
    ] = None,
    client: Annotated[str | None, Query(max_length=200, description="For auditors: of this client.")] = None,
    since: Annotated[AwareDatetime | None, Query()] = None,
    until: Annotated[AwareDatetime | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=120, description="From the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=store.PAGE_MAX)] = 50,
) -> AuditPage:
    """Return records, newest first: an auditor's of all, everybody else's of their own client."""
    whose = client if caller.sees_all_clients else caller.client
    wanted = AuditSearch(client=whose, kind=kind, since=since, until=until)
    found = store.search(session, wanted, after=_place(cursor), limit=limit)
    items = [_shown(one) for one in found]
    following = f"{items[-1].at.isoformat()} {items[-1].id}" if len(items) == limit else None
    return AuditPage(items=items, next_cursor=following)


@router.get(
    "/checkpoint",
    dependencies=[_READERS],
    responses=_TEXT | declared(404),
    response_class=Response,
    summary="The newest signed checkpoint 最新检查点",
)
def checkpoint(session: Reading) -> Response:
    """Return the newest checkpoint as a signed note (https://c2sp.org/tlog-checkpoint)."""
    newest = store.newest_checkpoint(session)
    if newest is None:
        raise NotFound("no-checkpoint", "尚无检查点 / nothing is sealed yet")
    return _plain(newest.note)


@router.get(
    "/proof/{record_id}",
    dependencies=[_READERS],
    responses=_TEXT | declared(404),
    response_class=Response,
    summary="The proof of a record 记录的证明",
)
def proof(
    record_id: Annotated[str, Path(max_length=64)], caller: Caller, request: Request, database: AppDatabase
) -> Response:
    """Return the proof that a record is in a signed checkpoint (https://c2sp.org/tlog-proof).

    A decision's record has the id of the screening.  One that was recorded just now is sealed first; one that is
    archived is proved as before.
    """
    with database.read() as session:
        archived = find_archived(session, record_id)
        if archived is not None and (caller.sees_all_clients or caller.client == archived.client):
            return _plain(store.proof_at(session, archived.place))
    sealed_record(database, request.app.state.sealer, caller, record_id)
    with database.read() as session:
        return _plain(store.proof(session, store.find(session, record_id)))


def sealed_record(database: Database, sealer: Sealer, caller: Principal, record_id: str) -> AuditRecord:
    """Return a record that the caller may see, once it is sealed.

    Raises :class:`NotFound`, and :class:`Unavailable` where it is not sealed in time.
    """
    with database.read() as session:
        record = store.find(session, record_id)
    if not caller.sees_all_clients and record.to_json()["client"] != caller.client:
        raise NotFound("record-not-found", "没有此记录 / there is no such record")
    return sealed(database, sealer, record_id)


def _plain(text: str) -> Response:
    return Response(text, media_type="text/plain; charset=utf-8")


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    moment, _, record_id = cursor.replace(" 00:00 ", "+00:00 ").partition(" ")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise Invalid("bad-cursor", "cursor: 无法读取 / cannot be read") from error
    if at.tzinfo is None or not record_id:
        raise Invalid("bad-cursor", "cursor: 无法读取 / cannot be read")
    return at, record_id


def _shown(record: AuditRecord) -> AuditRecordOut:
    said = record.to_json()
    return AuditRecordOut(
        id=record.id,
        index=record.index,
        kind=said["kind"],
        at=datetime.fromisoformat(said["at"]),
        client=said["client"],
        subject=said["subject"],
        content=said["content"],
        record=record.text,
    )
