"""Writes records in the transaction of what they tell of, so that there is never one without the other.

Every recorder numbers its records without a gap and puts the hash of each into the next, so that a record which
vanishes before it is sealed leaves a hole.  Records of one recorder follow each other, so a transaction has a recorder
to itself from its first record to its end; a process has as many of them as transactions write at the same time.
"""

import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Table, event, insert
from sqlalchemy.orm import Session, SessionTransaction

from app import clock
from app.audit.audit_record import FIRST_PREVIOUS, AuditEntry
from app.audit.merkle import leaf_hash
from app.audit.models import AuditRecorder, AuditRow
from app.db import Database, WriteSession

RECORDER_MAX_AGE: Final = timedelta(hours=24)
"""A recorder is given up at this age, so that whoever seals need only look at the newest."""
_INFO: Final = "audit_recorder"
TABLE: Final = cast("Table", AuditRow.__table__)
RECORDER_TABLE: Final = cast("Table", AuditRecorder.__table__)
# The table, not the model: the mapper would look at every row for nothing.
_INSERT: Final = insert(TABLE)


@dataclass(slots=True)
class RecorderPosition:
    """How far a recorder is: the last record that is committed, and the last one written."""

    id: int
    started_at: datetime
    seq: int = 0
    previous: str = FIRST_PREVIOUS
    written_seq: int = field(default=0)
    written_previous: str = field(default=FIRST_PREVIOUS)
    is_committed: bool = field(default=False)
    is_doubtful: bool = field(default=False)


_free: WeakKeyDictionary[Any, list[RecorderPosition]] = WeakKeyDictionary()
"""By engine the recorders of this process that no transaction has."""
_lock = threading.Lock()
_written_to: set[str] = set()


def has_written(database: Database) -> bool:
    """Whether this process has recorded anything in a database."""
    return str(database.url) in _written_to


def append(session: WriteSession, entries: Sequence[AuditEntry]) -> None:
    """Record what happened, in the session's transaction.  Cheap: one hash and one row for each."""
    if not entries:
        return
    session.execute(_INSERT, _rows(_recorder_of(session), entries))


def _rows(recorder: RecorderPosition, entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """Return the rows of records that follow the last one written."""
    rows = []
    for entry in entries:
        seq = recorder.written_seq + 1
        text = entry.text(recorder.id, seq, recorder.written_previous)
        recorder.written_seq, recorder.written_previous = seq, leaf_hash(text.encode()).hex()
        rows.append(
            {
                "recorder": recorder.id,
                "seq": seq,
                "id": entry.id,
                "kind": entry.kind,
                "client": entry.client,
                "at": entry.at,
                "text": text,
            }
        )
    return rows


class Lane:
    """A recorder for one who writes by statements of its own and without a session, one transaction after the other.

    ``insert`` stores the row of a recorder, committed, and returns its id.  After an error whose outcome is unknown a
    lane is given up: its chain then ends with what is committed.
    """

    def __init__(self, database: Database, insert: Callable[[str, datetime], int]) -> None:
        self._database = str(database.url)
        started_at = clock.now()
        self._recorder = RecorderPosition(insert(_process(), started_at), started_at)

    @property
    def is_old(self) -> bool:
        """Whether another lane has to take over."""
        return self._recorder.started_at < clock.now() - RECORDER_MAX_AGE

    def rows(self, entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
        """Return the rows of the records that come next; they count once :meth:`committed` was called."""
        recorder = self._recorder
        recorder.written_seq, recorder.written_previous = recorder.seq, recorder.previous
        return _rows(recorder, entries)

    def committed(self) -> None:
        """Take note that the rows last returned are committed."""
        recorder = self._recorder
        recorder.seq, recorder.previous = recorder.written_seq, recorder.written_previous
        _written_to.add(self._database)


def _process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:200]


def _recorder_of(session: WriteSession) -> RecorderPosition:
    found: RecorderPosition | None = session.info.get(_INFO)
    if found is None:
        found = session.info[_INFO] = _taken(session) or _made(session)
    return found


def _taken(session: WriteSession) -> RecorderPosition | None:
    """Take a free recorder that is not too old."""
    oldest = clock.now() - RECORDER_MAX_AGE
    with _lock:
        free = _free.get(session.get_bind(), [])
        while free:
            recorder = free.pop()
            if recorder.started_at > oldest:
                return recorder
    return None


def _made(session: WriteSession) -> RecorderPosition:
    row = AuditRecorder(process=_process(), started_at=clock.now())
    session.add(row)
    session.flush()
    return RecorderPosition(row.id, row.started_at)


@event.listens_for(WriteSession, "before_commit")
def _committing(session: Session) -> None:
    recorder: RecorderPosition | None = session.info.get(_INFO)
    if recorder is not None and not session.in_nested_transaction():
        recorder.is_doubtful = True  # until the database has answered nobody knows which record is the last


@event.listens_for(WriteSession, "after_commit")
def _committed(session: Session) -> None:
    if session.in_nested_transaction():
        return
    recorder: RecorderPosition | None = session.info.pop(_INFO, None)
    if recorder is None:
        return
    recorder.seq, recorder.previous = recorder.written_seq, recorder.written_previous
    recorder.is_committed, recorder.is_doubtful = True, False
    _written_to.add(str(session.get_bind().engine.url))
    _give_back(session, recorder)


@event.listens_for(WriteSession, "after_soft_rollback")
def _rolled_back(session: Session, transaction: SessionTransaction) -> None:
    recorder: RecorderPosition | None = session.info.pop(_INFO, None)
    if recorder is None or transaction.nested or recorder.is_doubtful or not recorder.is_committed:
        return  # it is given up: its chain ends with what is committed, which is no hole
    recorder.written_seq, recorder.written_previous = recorder.seq, recorder.previous
    _give_back(session, recorder)


def _give_back(session: Session, recorder: RecorderPosition) -> None:
    with _lock:
        _free.setdefault(session.get_bind(), []).append(recorder)


def _forget_all() -> None:
    """Forget the recorders in a process that was forked: they are the parent's."""
    global _lock  # noqa: PLW0603 - a lock that was held at the fork is held for ever
    _lock = threading.Lock()
    _free.clear()
    _written_to.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
