"""Archiving: a month of decisions becomes a file, is read back, is recorded, and only then leaves the database.

Whatever kills it on the way loses nothing: until the file has its name there is no archive; from then on it is recorded
which file has which places of the tree; and decisions leave in small transactions, each with the note where they went.
Run again, it goes on with what was begun.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import text

from app import clock
from app.audit import AuditEntry, append, archives
from app.audit.archives import ARCHIVED, BEGUN, DONE, RESTORED, TAKEN_BACK, Archive, Leaves, Places
from app.audit.sealer import Sealer
from app.audit.store import newest_checkpoint
from app.db import Database, ReadSession, WriteSession
from app.errors import Conflict, Unavailable
from app.retention import archive_file
from app.retention.archive_file import ArchivedDecision, ArchiveFileWriter, Digest, read_archive
from app.retention.first_answers import take_answers_out
from app.retention.holds import HoldsInForce
from app.retention.months import span_of
from app.screening import archived_rows
from app.screening.row_digest import DECIDED

_LOCK_KEY: Final = 0x63757432  # "cut2": beside the locks of the schema and of sealing
_LOCK_FILE: Final = ".archive.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedMonth:
    """What became of a month: how many decisions are in its file, left the database, or stay and why."""

    month: str
    file_name: str | None
    archived: int
    removed: int
    held: int
    not_sealed: int


@dataclass(slots=True)
class _Gathered:
    """What is known of a file when it is written."""

    places: list[int] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    clients: Counter[str] = field(default_factory=Counter)
    held: int = 0
    not_sealed: int = 0
    known: Places = field(default_factory=Places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """Archives months of a database into a folder, as its owner; ``by`` is the person who has it done.

    ``step`` is told what was done, for a progress line, and may stop the process there in a test.
    """

    database: Database
    sealer: Sealer
    folder: Path
    by: str
    os_user: str
    now: Callable[[], datetime] = clock.now
    step: Callable[[str], None] = lambda _: None

    def resume(self) -> list[ArchivedMonth]:
        """Finish what was begun.  Raises :class:`Conflict` where its file is not in the folder, or is another one."""
        with self.database.read() as session:
            begun = [one for one in archives.archives(session) if one.state == BEGUN]
        return [self._finish(one, _Gathered()) for one in begun if not self._is_abandoned(one)]

    def _is_abandoned(self, archive: Archive) -> bool:
        """Give an archive up whose file is lost before anything left the database; all of it is still there.

        Raises :class:`Conflict` where the file is lost and something has left, or it is another one.
        """
        if not (self.folder / archive.file_name).is_file():
            with self.database.write() as session:
                if not archives.archived_ids(session, archive.no):
                    take_back(session, archive, 0, by=self.by, os_user=self.os_user, now=self.now())
                    return True
        require_file(self.folder, archive)
        return False

    def month(self, month: str) -> ArchivedMonth:
        """Archive a month.  Raises :class:`Conflict` where a decision is not as its record says, naming the first."""
        self.sealer.seal_all()
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".decisions-{month}.parquet.part"
        gathered = _Gathered()
        with ArchiveFileWriter(part) as writer:
            for decisions in self._decisions(month, gathered):
                writer.write(decisions)
        if not gathered.places:
            part.unlink()
            return ArchivedMonth(
                month=month, file_name=None, archived=0, removed=0, held=gathered.held, not_sealed=gathered.not_sealed
            )
        self.step("written")
        self._read_back(part, writer.digest)
        sha256 = archive_file.file_sha256(part)
        name = archive_file.name_of(month, sha256)
        archive_file.put_in_place(part, self.folder / name)
        self.step("named")
        archive = self._begin(month, name, sha256, gathered)
        self.step("recorded")
        self.sealer.seal_all()
        return self._finish(archive, gathered)

    def _decisions(self, month: str, gathered: _Gathered) -> Iterator[list[ArchivedDecision]]:
        """Yield the decisions of a month that may go, each compared with its record, and note the others."""
        start, end = span_of(month)
        after: tuple[datetime, str] | None = None
        while True:
            with self.database.read() as session:
                rows = archived_rows.decisions_between(session, start, end, after=after, limit=archive_file.BATCH)
                if not rows:
                    return
                after = rows[-1].row["screened_at"], rows[-1].id
                held = HoldsInForce.of(session)
                free = [one for one in rows if not held.has(month, one.row["client"], one.id)]
                gathered.held += len(rows) - len(free)
                yield self._sealed(session, free, gathered)

    def _sealed(
        self, session: ReadSession, rows: list[archived_rows.DecisionRows], gathered: _Gathered
    ) -> list[ArchivedDecision]:
        """Return those of some decisions whose hash stays in a full tile, with their records."""
        end, leaves = archives.full_tiles_end(session), Leaves(session)
        sealed = archives.sealed_texts(session, gathered.known, [one.id for one in rows], DECIDED)
        found = []
        for one in rows:
            record = sealed.get(one.id)
            if record is None or record.place >= end:
                gathered.not_sealed += 1
                continue
            decision = ArchivedDecision(rows=one, sealed=record)
            _require_whole(decision, leaves)
            gathered.places.append(record.place)
            gathered.outcomes[one.row["outcome"]] += 1
            gathered.clients[one.row["client"]] += 1
            found.append(decision)
        return found

    def _read_back(self, path: Path, written: Digest) -> None:
        """Read a file and compare it with the tree and with what was written.  Raises :class:`Conflict`."""
        read = Digest()
        with self.database.read() as session:
            leaves = Leaves(session)
            for decisions in read_archive(path):
                for one in decisions:
                    _require_whole(one, leaves)
                    read.add(one)
        if (read.hex, read.count) != (written.hex, written.count):
            raise archive_file.unreadable(path, "it is not what was written")

    def _begin(self, month: str, name: str, sha256: str, gathered: _Gathered) -> Archive:
        """Write the manifest of a file, and record which places of the tree it has."""
        places = gathered.places
        with self.database.read() as session:
            checkpoint = newest_checkpoint(session)
        manifest = {
            "format": archive_file.FORMAT,
            "month": month,
            "file": name,
            "sha256": sha256,
            "bytes": (self.folder / name).stat().st_size,
            "decisions": len(places),
            "outcomes": dict(sorted(gathered.outcomes.items())),
            "clients": dict(sorted(gathered.clients.items())),
            "first_index": min(places),
            "last_index": max(places),
            "places": [list(run) for run in archives.runs_of(places)],
            "checkpoint": checkpoint.note if checkpoint is not None else None,
            "written_at": self.now().isoformat(),
        }
        written = json.dumps(manifest, ensure_ascii=False) + "\n"
        archive_file.write_text(self.folder / archive_file.manifest_name(name), written)
        with self.database.write() as session:
            _one_at_a_time(session)
            known = archives.archives(session)
            if any(one.state == BEGUN for one in known):
                raise Conflict("archive-under-way", "另一归档尚未完成 / another archive is not finished yet")
            archive = Archive(
                no=max((one.no for one in known), default=0) + 1,
                month=month,
                state=BEGUN,
                file_name=name,
                file_sha256=sha256,
                records=len(places),
                runs=archives.runs_of(places),
                manifest_sha256=hashlib.sha256(written.encode()).hexdigest(),
                record_id=str(uuid.uuid4()),
                created_at=self.now(),
            )
            archives.store_archive(session, archive)
            entry = AuditEntry(
                id=archive.record_id,
                kind=ARCHIVED,
                at=archive.created_at,
                subject=self.by,
                via="cli",
                content={**archives.content_of(archive), "os_user": self.os_user},
            )
            append(session, [entry])
        return archive

    def _finish(self, archive: Archive, gathered: _Gathered) -> ArchivedMonth:
        """Remove from the database what an archive has and nobody holds, batch by batch."""
        removed = held = 0
        for decisions in read_archive(self.folder / archive.file_name):
            by_id = {one.rows.id: one for one in decisions}
            with self.database.write() as session:
                holds = HoldsInForce.of(session)
                clients = archived_rows.clients_of(session, list(by_id))
                gone = [(key, client) for key, client in clients.items() if not holds.has(archive.month, client, key)]
                held += len(clients) - len(gone)
                records = [(key, client, by_id[key].sealed.place) for key, client in gone]
                removed += _remove(session, archive.no, records)
            self.step("removed")
        take_answers_out(self.database, archive.no, archive.month)
        with self.database.write() as session:
            archives.set_state(session, archive.no, DONE)
        return ArchivedMonth(
            month=archive.month,
            file_name=archive.file_name,
            archived=archive.records,
            removed=removed,
            held=gathered.held + held,
            not_sealed=gathered.not_sealed,
        )


def _remove(session: WriteSession, no: int, records: list[tuple[str, str, int]]) -> int:
    if not records:
        return 0
    archives.take_out(session, no, records)
    ids = [record_id for record_id, _, _ in records]
    counts = archived_rows.remove_decisions(session, ids), archives.remove(session, ids)
    if counts != (len(ids), len(ids)):
        raise Unavailable(
            "archive-not-removed", f"移出行数不符，未移出 / {counts} rows instead of {len(ids)}: nothing is removed"
        )
    return len(ids)


def take_back(session: WriteSession, archive: Archive, restored: int, *, by: str, os_user: str, now: datetime) -> None:
    """Note and record that an archive has nothing any more that is not in the database."""
    archives.set_state(session, archive.no, TAKEN_BACK)
    content = {"archive": archive.no, "month": archive.month, "records": restored, "os_user": os_user}
    append(session, [AuditEntry(id=str(uuid.uuid4()), kind=RESTORED, at=now, subject=by, via="cli", content=content)])


def _require_whole(one: ArchivedDecision, leaves: Leaves) -> None:
    fault = one.fault(leaves.at(one.sealed.place))
    if fault is not None:
        raise Conflict(
            "record-damaged",
            f"index {one.sealed.place} id {one.rows.id}: 记录与封存不符，未归档；请运行 cutoff audit verify / {fault}: "
            "nothing is archived, run cutoff audit verify",
        )


def require_file(folder: Path, archive: Archive) -> Path:
    """Return the file of an archive.  Raises :class:`Conflict` where it is not in the folder, or is another one."""
    path = folder / archive.file_name
    if not path.is_file():
        raise Conflict("archive-missing", f"{path}: 没有此归档文件 / the archive's file is not there")
    if archive_file.file_sha256(path) != archive.file_sha256:
        raise archive_file.unreadable(path, "its hash is not the recorded one")
    return path


def _one_at_a_time(session: WriteSession) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a folder to one process.  Raises :class:`Conflict` where another works in it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Conflict("folder-in-use", f"{folder}: 另一进程正在使用 / another process works in it") from error
    finally:
        os.close(descriptor)
