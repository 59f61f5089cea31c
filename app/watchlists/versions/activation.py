"""Putting versions in force: now, at a stated time, and what may follow what."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError

from app.db import ReadSession, WriteSession
from app.errors import Conflict, Invalid
from app.policy.transitions import is_possible
from app.policy.vocabulary import Action, Category
from app.watchlists.history.effective_dates import event_date
from app.watchlists.history.list_state import state_of
from app.watchlists.history.version import VersionRecord, VersionRef
from app.watchlists.versions import store
from app.watchlists.versions.lifecycle import VERBS, Verb, may
from app.watchlists.versions.models import VersionRow
from app.watchlists.versions.transition import Actor, backfilled_too_early, lock, move, record, somebody_was_first, step

SCHEDULE: Final = "schedule"
_PAST_MAX: Final = timedelta(minutes=1)
"""How long a request may be under way before its time counts as past."""

_POSTPONE: Final = Verb("postpone", "暂缓启用", frozenset({"scheduled"}), "approved")


def activate(
    session: WriteSession, code: str, number: int, actor: Actor, now: datetime, *, at: datetime | None = None
) -> VersionRecord:
    """Put an approved version in force, now or at a stated time; the version in force is superseded.

    A time in the past is refused: what was known then cannot be changed.  Raises :class:`Invalid` for it,
    :class:`Conflict` where the version is not approved, is older than the one in force, or rests on a version
    that is not in force (any more).
    """
    if at is not None and at < now - _PAST_MAX:
        raise Invalid(
            "activate-in-past",
            f"启用时间 {at.isoformat()} 已过；名单不能追溯启用，立即启用请不填时间 "
            "(the time has passed: a list is never in force backwards; leave it out to activate now)",
        )
    lock(session, code, None)
    _apply_due(session, now, code)
    version = store.version_row(session, code, number)
    active = store.active_version(session, code)
    verb = VERBS["schedule"] if at is not None and at > now else VERBS["activate"]
    may(verb, version.state, version.maker, actor.subject)
    _check_succession(session, version, active)
    if at is None or at <= now:
        return _put_in_force(session, version, active, _known_from(version, active, now), actor, now)
    if version.backfilled:
        raise Conflict("backfill-scheduled", "补录的版本只能立即启用 (a backfilled version is activated at once)")
    return move(session, code, number, verb, actor, now, note=f"at {at.isoformat()}", activate_at=at)


def activate_due(session: WriteSession, now: datetime) -> tuple[VersionRef, ...]:
    """Put in force every scheduled version whose time has come; return those.  Called whenever a process refreshes.

    A version that cannot follow the one in force any more goes back to approved, with an event that says why.
    """
    return _apply_due(session, now, None)


def due(session: ReadSession, now: datetime) -> bool:
    """Whether some scheduled version's time has come, so that a refresh writes only when there is something to do."""
    statement = select(VersionRow.id).where(VersionRow.state == "scheduled", VersionRow.activate_at <= now).limit(1)
    return session.scalar(statement) is not None


def _check_succession(session: WriteSession, version: VersionRow, active: VersionRecord | None) -> None:
    """Refuse a version that cannot follow the one in force."""
    if active is not None and version.version < active.version:
        raise Conflict(
            "older-version",
            f"第 {version.version} 版早于在用的第 {active.version} 版；要退回请用 rollback "
            f"(version {version.version} is older than version {active.version}, in force; use rollback)",
        )
    if version.base_version == (active.version if active else None):
        return
    base = f"第 {version.base_version} 版" if version.base_version else "空名单"
    now = f"第 {active.version} 版" if active else "无"
    if version.file_kind == "DELTA":
        raise Conflict(
            "base-version",
            f"本版以{base}为基线，而在用版本是{now}；请以在用版本为基线重新导入 "
            f"(it rests on version {version.base_version}, in force is {active.version if active else None}: "
            "import it again on the version in force)",
        )
    _check_still_possible(session, version, active)


def _check_still_possible(session: WriteSession, version: VersionRow, active: VersionRecord | None) -> None:
    """Check the events of a FULL file again where another version came into force since it was imported."""
    state = state_of(store.lineage(session, version.list_code, active.version)) if active else {}
    for row in store.entries(session, version.list_code, version.version):
        action, category = Action(row["action"]), Category(row["category"])
        entity = state.get(row["external_id"])
        line = entity.lines.get(category) if entity else None
        repeated = line is not None and line.last_event == (action, event_date(row))
        if not repeated and not is_possible(action, category, line.status if line else None, is_full=True):
            raise Conflict(
                "list-moved-on",
                f"导入之后名单已有变化，主体 {row['external_id']} 的操作 {action} 不再可行；请重新导入 "
                f"(the list has moved on since the import: {action} of {row['external_id']} is not possible any more)",
            )


def _known_from(version: VersionRow, active: VersionRecord | None, moment: datetime) -> datetime:
    """Return since when a version is known that comes into force at a moment; never before the one in force was."""
    known_from = version.received_at if version.backfilled else moment
    if not active or not active.known_from or known_from >= active.known_from:
        return known_from
    if version.backfilled:
        raise Conflict("backfill-before-known", backfilled_too_early(active).message)
    raise Conflict(
        "clock-behind",
        f"启用时间早于在用版本的启用时间 {active.known_from.isoformat()}，请核对时钟 "
        "(the moment is before the activation of the version in force; check the clock)",
    )


def _put_in_force(
    session: WriteSession,
    version: VersionRow,
    active: VersionRecord | None,
    known_from: datetime,
    actor: Actor,
    now: datetime,
) -> VersionRecord:
    parent = version.rollback_to if version.rollback_to is not None else (active.version if active else None)
    before = store.version(session, version.list_code, parent).categories if parent is not None else frozenset()
    try:
        if active:
            superseded = session.execute(
                update(VersionRow)
                .where(VersionRow.id == active.version_id, VersionRow.state == "active")
                .values(state="superseded")
                .execution_options(synchronize_session=False)
            )
            if not isinstance(superseded, CursorResult) or superseded.rowcount != 1:
                raise somebody_was_first(version)
        step(
            session,
            version,
            VERBS["activate"],
            {
                "parent_version": parent,
                "categories": sorted(before | frozenset(version.categories)),
                "activated_at": now,
                "known_from": known_from,
            },
        )
    except IntegrityError as error:
        raise somebody_was_first(version) from error
    record(session, version, "activate", actor, now)
    return store.record_of(version)


def _apply_due(session: WriteSession, now: datetime, code: str | None) -> tuple[VersionRef, ...]:
    statement = (
        select(VersionRow)
        .where(VersionRow.state == "scheduled", VersionRow.activate_at <= now)
        .order_by(VersionRow.activate_at, VersionRow.version)
        .with_for_update(skip_locked=True)
    )
    if code is not None:
        statement = statement.where(VersionRow.list_code == code)
    activated = []
    for version in session.scalars(statement).all():
        lock(session, version.list_code, None)
        active = store.active_version(session, version.list_code)
        actor = Actor(version.checker or SCHEDULE, SCHEDULE)
        try:
            _check_succession(session, version, active)
            known_from = _known_from(version, active, version.activate_at or now)
        except Conflict as conflict:
            step(session, version, _POSTPONE, {"activate_at": None})
            record(session, version, _POSTPONE.name, actor, now, conflict.message)
            continue
        activated.append(_put_in_force(session, version, active, known_from, actor, now).ref)
    return tuple(activated)
