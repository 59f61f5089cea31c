"""A change of one version: who made it, the lock on its list, the guarded step, the record of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import AuditEntry, append
from app.db import WriteSession
from app.errors import Conflict, Invalid
from app.watchlists.history.version import VersionRecord
from app.watchlists.versions import store
from app.watchlists.versions.integrity import ACTIVATED, activation_id, said_of
from app.watchlists.versions.lifecycle import Verb, may
from app.watchlists.versions.models import EventRow, ListRow, VersionRow


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: the person, from where (``api``, ``cli`` or ``schedule``), and as which user of the machine."""

    subject: str
    via: str
    os_user: str | None = None


def lock(session: WriteSession, code: str, created_at: datetime | None) -> None:
    """Hold the list against others who change it; create it where ``created_at`` is given.

    On SQLite the transaction holds the whole database already.
    """
    held = session.scalar(select(ListRow.code).where(ListRow.code == code).with_for_update())
    if held is None and created_at is None:
        raise store.unknown_list(code)
    if held is None:
        try:
            with session.begin_nested():
                session.execute(insert(ListRow), {"code": code, "created_at": created_at})
        except IntegrityError:
            # Somebody else created it meanwhile; wait for that transaction and go on with the list.
            session.scalar(select(ListRow.code).where(ListRow.code == code).with_for_update())


def move(
    session: WriteSession,
    code: str,
    number: int,
    verb: Verb,
    actor: Actor,
    now: datetime,
    *,
    note: str | None = None,
    **values: object,
) -> VersionRecord:
    """Do to a version what a verb says, where its state and the person allow it, and record it."""
    version = store.version_row(session, code, number)
    may(verb, version.state, version.maker, actor.subject)
    step(session, version, verb, values)
    record(session, version, verb.name, actor, now, note)
    return store.record_of(version)


def step(session: WriteSession, version: VersionRow, verb: Verb, values: Mapping[str, object]) -> None:
    """Change the state of a version that is still in the state that was read; of two at once, one gets Conflict."""
    statement = (
        update(VersionRow)
        .where(VersionRow.id == version.id, VersionRow.state == version.state)
        .values(state=verb.to, **values)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise somebody_was_first(version)
    session.refresh(version)


def somebody_was_first(version: VersionRow) -> Conflict:
    """Return the error for the one of two who came second."""
    return Conflict(
        "version-changed",
        f"名单 {version.list_code} 第 {version.version} 版刚被他人处理，请刷新后再试 "
        "(somebody else has just changed this version)",
    )


def record(
    session: WriteSession, version: VersionRow, event: str, actor: Actor, at: datetime, note: str | None = None
) -> None:
    """Record what happened to a version."""
    session.execute(
        insert(EventRow),
        {
            "version_id": version.id,
            "event": event,
            "actor": actor.subject,
            "via": actor.via,
            "os_user": actor.os_user,
            "at": at,
            "note": note,
        },
    )
    is_activation = f"list.{event}" == ACTIVATED
    entry = AuditEntry(
        id=activation_id(version.list_code, version.version) if is_activation else str(uuid.uuid4()),
        kind=f"list.{event}",
        at=at,
        subject=actor.subject,
        via=actor.via,
        content={**said_of(version), "state": version.state, "os_user": actor.os_user, "note": note},
    )
    append(session, [entry])


def backfilled_too_early(active: VersionRecord) -> Invalid:
    """Return the refusal of a backfilled version that would be known before the one in force was."""
    known = active.known_from.isoformat() if active.known_from else ""
    return Invalid(
        "backfill-before-known",
        f"补录版本的接收时间不能早于在用的第 {active.version} 版的知悉时间 {known}；请改用当前接收时间 "
        f"(a backfilled version cannot be known before version {active.version}, in force, was)",
    )
