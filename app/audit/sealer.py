"""Seals what was recorded: gives the records their places in the tree and signs a checkpoint over them.

Any process may seal; one at a time does.  What is hashed and signed is prepared outside of the transaction that writes
it, which only looks whether the log still ends where it was looked up.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import func, insert, select, text

from app import clock
from app.audit import store
from app.audit.audit_record import AuditRecord
from app.audit.audit_recorder import RECORDER_MAX_AGE
from app.audit.checkpoint import Checkpoint
from app.audit.merkle import Tile, Tree, leaf_hash
from app.audit.models import AuditCheckpoint, AuditRecorder, AuditRow, AuditSeal, AuditTile
from app.audit.note import Signer, signed
from app.db import Database, ReadSession, WriteSession
from app.errors import Unavailable

_LOCK_KEY: Final = 0x63757431  # "cut1": beside the lock of the schema
_RECORDS_MAX: Final = 20_000
_PIECE: Final = 256
_PAUSE_S: Final = 0.001
_LOOKED_BACK: Final = RECORDER_MAX_AGE + timedelta(hours=2)
_ALL_EVERY_S: Final = 3600.0
_PUBLISHED_EVERY_S: Final = 60.0
_SEALED_WITHIN_S: Final = 2.0
_LOOK_EVERY_S: Final = 0.05
PUBLISHED_FILE: Final = "audit-checkpoints.txt"
"""Where a data folder keeps checkpoints outside of the database: a database that is rolled back alone is found out."""

_SEALED: Final = func.coalesce(
    select(AuditSeal.first_seq + AuditSeal.records - 1)
    .where(AuditSeal.recorder == AuditRecorder.id)
    .order_by(AuditSeal.first_seq.desc())
    .limit(1)
    .scalar_subquery(),
    0,
)
_WRITTEN: Final = select(func.max(AuditRow.seq)).where(AuditRow.recorder == AuditRecorder.id).scalar_subquery()
# In one question: every process that ever started leaves recorders behind.
_BEHIND: Final = select(AuditRecorder.id, _SEALED).where(_WRITTEN > _SEALED).order_by(AuditRecorder.id)

log = structlog.get_logger("cutoff.audit")


@dataclass(slots=True)
class _Batch:
    """What one sealing is to write."""

    tree: Tree
    seals: list[dict[str, int]] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)


class Sealer:
    """Seals at least every ``interval_s``, in a thread of its own where it is started."""

    def __init__(
        self, database: Database, signers: Sequence[Signer], *, interval_s: float = 1.0, folder: Path | None = None
    ) -> None:
        self._database = database
        self._signers = tuple(signers)
        self._interval_s = interval_s
        self._folder = folder
        self._tree: Tree | None = None
        self._looked_at_all: float | None = None
        self._published_at = 0.0
        self._wanted = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._signers[0].verifier.name

    def start(self) -> None:
        """Begin to seal."""
        self._thread = threading.Thread(target=self._keep_sealing, name="sealer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Seal what is left and end."""
        self._stop.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
        self._try(self.seal_all)

    def wake(self) -> None:
        """Ask for a sealing now rather than within the interval; returns at once."""
        self._wanted.set()

    def seal_all(self) -> None:
        """Seal until nothing is left, and publish the last checkpoint."""
        while self.seal() == _RECORDS_MAX:
            pass
        self._publish(is_last=True)

    def seal(self) -> int:
        """Seal what was recorded, up to a number of records; return how many.

        Raises :class:`Unavailable` where the log of the database is another one.
        """
        with self._database.read() as session:
            newest = store.newest_checkpoint(session)
            size = newest.checkpoint.size if newest is not None else 0
            if newest is not None and newest.checkpoint.origin != self.origin:
                raise Unavailable(
                    "audit-origin",
                    f"审计日志名称为 {newest.checkpoint.origin}，与设置不符 / the log is named "
                    f"{newest.checkpoint.origin}: set CUTOFF_AUDIT_ORIGIN to it",
                )
            if self._tree is None or self._tree.size != size:
                self._tree = store.tree(session, size)
            batch = self._gathered(session, self._tree.copy())
        if not batch.seals:
            return 0
        checkpoint = Checkpoint(self.origin, batch.tree.size, batch.tree.root)
        note = signed(checkpoint.text(), self._signers)
        with self._database.write() as session:
            if not _is_turn(session, size):
                return 0
            _write(session, batch, note)
        sealed = batch.tree.size - size
        self._tree = batch.tree
        self._publish(note)
        return sealed

    def _gathered(self, session: ReadSession, tree: Tree) -> _Batch:
        """Collect the records that have no place yet, recorder by recorder."""
        batch = _Batch(tree)
        for recorder, sealed in self._recorders(session):
            left = _RECORDS_MAX - sum(seal["records"] for seal in batch.seals)
            if not left:
                break
            first_index = tree.size
            for leaves in _leaves(session, recorder, sealed, left):
                batch.tiles += tree.extend(leaves)
            if tree.size > first_index:
                seal = {"first_index": first_index, "recorder": recorder, "first_seq": sealed + 1}
                batch.seals.append(seal | {"records": tree.size - first_index})
        return batch

    def _recorders(self, session: ReadSession) -> list[tuple[int, int]]:
        """Return the recorders that have written more than is sealed, and up to which record each of them is.

        Looked at are those not too old, and all of them now and then.
        """
        statement = _BEHIND
        now = time.monotonic()
        if self._looked_at_all is None or now - self._looked_at_all > _ALL_EVERY_S:
            self._looked_at_all = now
        else:
            statement = statement.where(AuditRecorder.started_at > clock.now() - _LOOKED_BACK)
        return [(recorder, sealed) for recorder, sealed in session.execute(statement)]

    def _publish(self, note: str | None = None, *, is_last: bool = False) -> None:
        """Append the checkpoint to the file beside the database: each minute, and the last one."""
        if self._folder is None:
            return
        now = time.monotonic()
        if note is None and is_last:
            with self._database.read() as session:
                newest = store.newest_checkpoint(session)
            note = newest.note if newest is not None else None
        elif now - self._published_at < _PUBLISHED_EVERY_S:
            return
        if note is None:
            return
        self._published_at = now
        path = self._folder / PUBLISHED_FILE
        if is_last and path.exists() and path.read_text(encoding="utf-8").endswith(note + "\n"):
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(note + "\n")
        if self._thread is not None:  # a command's output is not a log
            log.info("audit_checkpoint", note=note)

    def _keep_sealing(self) -> None:
        while not self._stop.is_set():
            was_wanted = self._wanted.wait(self._interval_s)
            self._wanted.clear()
            if was_wanted or self._is_due():
                self._try(self._seal_some)

    def _seal_some(self) -> None:
        while self.seal() == _RECORDS_MAX and not self._stop.is_set():
            pass

    def _is_due(self) -> bool:
        """Whether nobody else has sealed just now."""
        try:
            with self._database.read() as session:
                newest = session.scalar(select(func.max(AuditCheckpoint.sealed_at)))
        except Exception:  # noqa: BLE001 - the sealing itself will say so
            return True
        return newest is None or clock.now() - newest > timedelta(seconds=self._interval_s * 0.5)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - what is not sealed now is sealed the next time
            log.warning("audit_not_sealed", error=type(error).__name__)


def _leaves(session: ReadSession, recorder: int, sealed: int, count: int) -> Iterator[list[bytes]]:
    """Yield the leaves of the records behind a sealed one, up to a number, some hundreds at a time.

    Between them whoever answers in this process goes on: a busy second has thousands.
    """
    last, end = sealed, sealed + count
    while last < end:
        statement = (
            select(AuditRow.seq, AuditRow.text)
            .where(AuditRow.recorder == recorder, AuditRow.seq > last)
            .order_by(AuditRow.seq)
            .limit(min(_PIECE, end - last))
        )
        leaves: list[bytes] = []
        rows = session.execute(statement).all()
        for seq, leaf in rows:
            if seq != last + 1:
                break
            leaves.append(leaf_hash(leaf.encode()))
            last = seq
        yield leaves
        if len(leaves) < len(rows):
            # Nothing is sealed behind a hole: verification names the record that is missing.
            log.error("audit_record_missing", recorder=recorder, seq=last + 1)
            return
        if len(rows) < _PIECE:
            return
        time.sleep(_PAUSE_S)


def _is_turn(session: WriteSession, size: int) -> bool:
    """Take the lock of sealing, and look whether the log still ends where it did."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    return (session.scalar(select(func.max(AuditCheckpoint.size))) or 0) == size


def _write(session: WriteSession, batch: _Batch, note: str) -> None:
    session.execute(insert(AuditSeal), batch.seals)
    if batch.tiles:
        rows = [
            {"level": tile.level, "place": tile.place, "hashes": b"".join(tile.hashes), "root": tile.root}
            for tile in batch.tiles
        ]
        session.execute(insert(AuditTile), rows)
    session.execute(insert(AuditCheckpoint), [{"size": batch.tree.size, "note": note, "sealed_at": clock.now()}])


def sealed(database: Database, sealer: Sealer, record_id: str) -> AuditRecord:
    """Return a record once it is sealed.  Raises ``NotFound``, and :class:`Unavailable` where that takes too long."""
    deadline = time.monotonic() + _SEALED_WITHIN_S
    while True:
        with database.read() as session:
            record = store.find(session, record_id)
        if record.index is not None:
            return record
        if time.monotonic() > deadline:
            raise Unavailable("not-sealed-yet", "记录尚未封存 / the record is not sealed yet: try again in a second")
        sealer.wake()
        time.sleep(_LOOK_EVERY_S)
