"""What is in force, ready to be asked: the dossiers and the index of a set of list versions.

A :class:`Snapshot` is immutable and a pure function of its version refs, so the present, the past, replay
and bulk differ only in the refs.  A :class:`SnapshotCache` keeps the snapshots of one process: the current one,
which a thread keeps up with the database, and the last few others.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from app import clock
from app.db import Database, ReadSession
from app.errors import Unavailable
from app.matching import SizeStep
from app.policy.model import Dossier
from app.watchlists.history.projection import entry_of, fold, fold_onto, link
from app.watchlists.history.version import VersionRef
from app.watchlists.snapshots.builder import BuilderError, SnapshotBuilder
from app.watchlists.snapshots.collector import collector_paused
from app.watchlists.snapshots.single_flight import SingleFlightCache
from app.watchlists.snapshots.snapshot import Snapshot
from app.watchlists.versions import store

_CLOCK_TOLERANCE = timedelta(seconds=1)
_SNAPSHOTS_KEPT = 16
_FOLDS_KEPT = 64
_ENTITIES_KEPT = 1_000_000
_LARGE = 10_000
"""So many entities, or rows of lists, make a snapshot that is made apart where answers would wait for it."""
_PREFIX = 2

__all__ = ["CurrentSnapshot", "Snapshot", "SnapshotCache"]

log = structlog.get_logger("cutoff.snapshot")


@dataclass(frozen=True, slots=True)
class CurrentSnapshot:
    """The snapshot in force, and how long ago the database confirmed that it is.

    ``is_clock_behind`` says that the database knows of a version from a moment that this process has not reached.
    """

    snapshot: Snapshot
    age_s: float
    is_clock_behind: bool = False

    def require_clock(self) -> None:
        """Raise :class:`Unavailable` ``process-clock-behind`` where this process has not reached the present."""
        if self.is_clock_behind:
            raise Unavailable(
                "process-clock-behind",
                "本机时钟落后于名单的生效时间 / this machine's clock is behind the lists in force",
            )


class SnapshotCache:
    """The snapshots of one process.

    It ``builds`` their indexes as it makes them; who only hands them on lets the receiver do that.  Large ones are left
    to the ``builder``, if there is one, once there is a current one: until then nobody waits for answers.
    """

    def __init__(self, database: Database, *, builds: bool = True, builder: SnapshotBuilder | None = None) -> None:
        self._database = database
        self._builds = builds
        self._builder = builder
        self._snapshots: SingleFlightCache[tuple[tuple[str, int], ...], Snapshot] = SingleFlightCache(
            _SNAPSHOTS_KEPT, lambda snapshot: len(snapshot.dossiers), _ENTITIES_KEPT
        )
        self._folds: SingleFlightCache[tuple[str, int], Mapping[str, Dossier]] = SingleFlightCache(
            _FOLDS_KEPT, len, _ENTITIES_KEPT
        )
        self._current: tuple[Snapshot, float] | None = None
        self._is_clock_behind = False
        self.content_fault: str | None = None

    def check_content(self) -> None:
        """Look whether the database still has what the lists in force were made of; ``content_fault`` says what not.

        What is in memory stays right, and so do the answers; but a process that starts now would have another list.
        """
        current = self._current
        if current is None:
            return
        try:
            for ref in current[0].refs:
                with self._database.read() as session:
                    store.check_content(session, ref.code, ref.version)
        except Unavailable as error:
            self.content_fault = error.message
            log.error("list_content_changed", fault=error.message)  # noqa: TRY400 - the message is all there is to it
        else:
            self.content_fault = None

    @property
    def current(self) -> CurrentSnapshot:
        """The snapshot in force as last confirmed.  Raises :class:`Unavailable` before the first confirmation."""
        found = self._current
        if found is None:
            raise Unavailable("lists-unconfirmed", "名单尚未加载 / which lists are in force is not known yet")
        snapshot, confirmed = found
        return CurrentSnapshot(snapshot, time.monotonic() - confirmed, self._is_clock_behind)

    def refresh(self) -> Snapshot:
        """Ask the database what is in force, make its snapshot and make that the current one.

        It only reads; :mod:`.scheduler` puts in force what is due.  The age counts from the question, and
        only once the answer's snapshot is in use: where making it takes too long, or fails, the old one grows stale.
        """
        asked = time.monotonic()
        now = clock.now()
        with self._database.read() as session:
            # The present is what the database says is active, also where this machine's clock has not got there yet.
            newest = store.newest_known_from(session) or now
            refs = store.versions_in_force(session, max(now, newest))
        snapshot = self.at(refs)
        self._is_clock_behind = newest - now > _CLOCK_TOLERANCE
        previous = self._current
        self._current = (snapshot, asked)
        if previous is None or previous[0].refs != snapshot.refs:
            log.info("in_force", lists={ref.code: ref.version for ref in snapshot.refs})
        return snapshot

    def known_at(self, moment: datetime) -> Snapshot:
        """Return the snapshot of what was known at a moment that has passed."""
        with self._database.read() as session:
            refs = store.versions_in_force(session, moment)
        return self.at(refs)

    def at(self, refs: Iterable[VersionRef]) -> Snapshot:
        """Return the snapshot of these versions, at most one of each list."""
        ordered = tuple(sorted(refs, key=lambda ref: ref.code))
        return self._snapshots.get(tuple((ref.code, ref.version) for ref in ordered), partial(self._make, ordered))

    def _make(self, refs: tuple[VersionRef, ...]) -> Snapshot:
        started = time.perf_counter()
        rows = self._rows(refs)
        before = self._current[0].size_step if self._current else None
        snapshot = self._made_apart(refs, before) if rows >= _LARGE else None
        is_apart = snapshot is not None
        if snapshot is None:
            with collector_paused(is_large=rows >= _LARGE):
                snapshot = self.made(refs, before)
                if self._builder is not None:
                    # Else the first person who looks something up would wait for it.
                    _ = snapshot.spellings
        log.info(
            "built",
            lists=len(refs),
            entities=len(snapshot.dossiers),
            apart=is_apart,
            ms=round((time.perf_counter() - started) * 1000),
        )
        return snapshot

    def _rows(self, refs: tuple[VersionRef, ...]) -> int:
        """Return about how many rows or entities there are to work on for the lists of some versions."""
        with self._database.read() as session:
            return sum(self._rows_of(session, ref) for ref in refs)

    def _rows_of(self, session: ReadSession, ref: VersionRef) -> int:
        """Return them for one list: the entities of a version that is folded, and the rows of all after it."""
        kept = self._folds.keys()
        folded = max((version for code, version in kept if code == ref.code), default=0)
        entities = self._folds.peek((ref.code, folded)) or ()
        return len(entities) + store.row_total(session, ref.code, after=folded)

    def _made_apart(self, refs: tuple[VersionRef, ...], before: SizeStep | None) -> Snapshot | None:
        """Have a snapshot made by another process; None where that does not happen, and it has to be made here."""
        if self._builder is None or self._current is None:
            return None
        try:
            return self._builder.make(refs, before)
        except BuilderError as error:
            log.warning("not_built_apart", error=str(error))
            return None

    def made(self, refs: tuple[VersionRef, ...], before: SizeStep | None) -> Snapshot:
        """Make the snapshot of some versions here and now; ``before`` is the step of the lists until now."""
        dossiers: dict[str, Dossier] = {}
        for ref in refs:
            dossiers.update(self._folds.get((ref.code, ref.version), partial(self._fold, ref)))
        linked = link(in_order(dossiers))
        snapshot = Snapshot.of(refs, linked, tuple(entry_of(dossier) for dossier in linked.values()), before)
        if self._builds:
            _ = snapshot.index
        return snapshot

    def _fold(self, ref: VersionRef) -> Mapping[str, Dossier]:
        """Fold a version's lineage, from the newest version before it that is folded already."""
        with self._database.read() as session:
            kept = self._folds.keys()
            folded = sorted((version for code, version in kept if code == ref.code), reverse=True)
            for version in folded:
                added = store.lineage_since(session, ref.code, ref.version, version)
                known = self._folds.peek((ref.code, version))
                if added is not None and known is not None:
                    for one in added:
                        known = fold_onto(known, ref.code, ref.jurisdiction, one)
                    return known
            return fold(ref.code, ref.jurisdiction, store.lineage(session, ref.code, ref.version))


def in_order(dossiers: Mapping[str, Dossier]) -> dict[str, Dossier]:
    """Return dossiers in the order of their ids, sorted in parts: sorting all at once lets nobody else go on."""
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for entity_id in dossiers:
        parts[entity_id[:_PREFIX]].append(entity_id)
    return {entity_id: dossiers[entity_id] for prefix in sorted(parts) for entity_id in sorted(parts[prefix])}
