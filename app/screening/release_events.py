"""Notices for clients: a release for each that a listing withdrawn for error had stopped or delayed.

A listing that its issuer withdraws for error is void from its origin; whoever was answered BLOCK or REVIEW on the
entity, or on one that inherited from it, gets one notice for each list version that withdrew it.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import clock
from app.db import Database, ReadSession, WriteSession
from app.policy.evaluate import DEPTH_MAX
from app.policy.model import Dossier, Event
from app.policy.vocabulary import Action, Outcome
from app.screening.models import OutboxEvent, Screening, ScreeningEntity
from app.watchlists.history.version import VersionRef
from app.watchlists.snapshots.snapshot_cache import Snapshot, SnapshotCache

RELEASE: Final = "release"
_IDS_TOLD_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """One event; ``id`` grows in the order in which events were written."""

    id: int
    type: str
    client: str
    created_at: datetime
    data: dict[str, Any]


class ReleasePublisher:
    """Writes the releases of what was withdrawn, whenever the lists in force have changed.

    Another process may still answer by the old lists for ``settle_s`` after a change, so it looks again then.
    """

    def __init__(self, database: Database, snapshots: SnapshotCache, settle_s: float) -> None:
        self._database = database
        self._snapshots = snapshots
        self._settle_s = settle_s
        self._seen: tuple[VersionRef, ...] | None = None
        self._look_again_at = math.inf

    def publish(self) -> None:
        """Write the notices; none where nothing has changed, or where it was written before."""
        snapshot = self._snapshots.current.snapshot
        now = time.monotonic()
        has_changed = snapshot.refs != self._seen
        if has_changed or now >= self._look_again_at:
            write_releases(self._database, snapshot)
            self._seen = snapshot.refs
            self._look_again_at = now + self._settle_s if has_changed else math.inf


def write_releases(database: Database, snapshot: Snapshot) -> None:
    """Write a release for every client that is to have one and has none yet."""
    withdrawn = [(dossier, event) for dossier in snapshot.dossiers.values() for event in _withdrawals(dossier)]
    heirs = _heirs(snapshot) if withdrawn else {}
    for dossier, event in withdrawn:
        affected = _with_heirs(dossier.entity_id, heirs)
        with database.read() as session:
            clients = _stopped(session, affected, dossier.entity_id, event.list_version)
        for client, screenings in clients.items():
            written = OutboxEvent(
                type=RELEASE,
                client=client,
                entity_id=dossier.entity_id,
                list_version=event.list_version,
                data=_release(dossier, event, affected, screenings),
                created_at=clock.now(),
            )
            try:
                with database.write() as session:
                    _take_turn(session)
                    session.add(written)
            except IntegrityError:
                # Another process was first; theirs says the same.
                continue


def _take_turn(session: WriteSession) -> None:
    """Let ids be committed in their order, so that a reader's cursor passes none that comes later."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE outbox_event IN SHARE ROW EXCLUSIVE MODE"))


def events(
    session: ReadSession, client: str | None, *, kind: str | None = None, after: int = 0, limit: int = 100
) -> list[ClientEvent]:
    """Return events in the order in which they were written, those after an id; ``client`` None sees those of all."""
    statement = select(OutboxEvent).where(OutboxEvent.id > after).order_by(OutboxEvent.id).limit(limit)
    if client is not None:
        statement = statement.where(OutboxEvent.client == client)
    if kind is not None:
        statement = statement.where(OutboxEvent.type == kind)
    return [ClientEvent(one.id, one.type, one.client, one.created_at, one.data) for one in session.scalars(statement)]


def newest(session: ReadSession, client: str, since: datetime, limit: int) -> list[ClientEvent]:
    """Return the last releases of a client that were written at or after a moment, in their order."""
    statement = (
        select(OutboxEvent)
        .where(OutboxEvent.client == client, OutboxEvent.type == RELEASE, OutboxEvent.created_at >= since)
        .order_by(OutboxEvent.id.desc())
        .limit(limit)
    )
    found = session.scalars(statement).all()
    return [ClientEvent(one.id, one.type, one.client, one.created_at, one.data) for one in reversed(found)]


def _withdrawals(dossier: Dossier) -> Iterator[Event]:
    for listing in dossier.listings:
        for event in listing.events:
            if event.action is Action.WITHDRAW_ERROR:
                yield event


def _heirs(snapshot: Snapshot) -> Mapping[str, frozenset[str]]:
    """Return by entity those that state a tie to it."""
    heirs: defaultdict[str, set[str]] = defaultdict(set)
    for dossier in snapshot.dossiers.values():
        for relation in dossier.relations:
            for parent in relation.parent_ids:
                heirs[parent].add(dossier.entity_id)
    return {parent: frozenset(children) for parent, children in heirs.items()}


def _with_heirs(entity_id: str, heirs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return an entity and those that inherit from it, as many steps down as inheritance goes."""
    found = frozenset({entity_id})
    for _ in range(DEPTH_MAX):
        found = found.union(*(heirs.get(one, frozenset()) for one in found))
    return found


def _stopped(session: ReadSession, affected: frozenset[str], entity_id: str, list_version: int) -> dict[str, list[str]]:
    """Return the screenings to look at again, newest first, by client, of those that have no notice yet."""
    written = select(OutboxEvent.client).where(
        OutboxEvent.type == RELEASE, OutboxEvent.entity_id == entity_id, OutboxEvent.list_version == list_version
    )
    statement = (
        select(Screening.client, Screening.id)
        .join(ScreeningEntity, ScreeningEntity.screening_id == Screening.id)
        .where(
            ScreeningEntity.entity_id.in_(sorted(affected)),
            Screening.outcome.in_((Outcome.BLOCK.value, Outcome.REVIEW.value)),
            Screening.client.not_in(written),
        )
        .order_by(Screening.screened_at.desc(), Screening.id.desc())
        .distinct()
    )
    clients: dict[str, list[str]] = {}
    for client, screening_id in session.execute(statement.add_columns(Screening.screened_at)).columns(0, 1):
        clients.setdefault(client, []).append(screening_id)
    return clients


def _release(dossier: Dossier, event: Event, affected: frozenset[str], screenings: list[str]) -> dict[str, Any]:
    return {
        "entity_id": dossier.entity_id,
        "external_id": dossier.external_id,
        "list_code": dossier.list_code,
        "list_version": event.list_version,
        "legal_name": dossier.legal_name,
        "void_from": event.effective_on.isoformat(),
        "withdraw_reason": dossier.row.get("withdraw_reason"),
        "affected_entity_ids": sorted(affected),
        "screenings": screenings[:_IDS_TOLD_MAX],
        "screenings_total": len(screenings),
        "text_zh": f"“{dossier.legal_name}”的列入已由名单机关按误列撤销，请重新筛查并解除据此采取的限制。",
        "text_en": f"The listing of “{dossier.legal_name}” was withdrawn for error; screen again and release.",
    }
