"""Which records are archived: kept as files, their hashes kept in the tree.

An archive takes places of the tree: their records may leave the database, and their leaf hashes stay in its tiles.
Which places, and the hash of the file, is itself recorded (``retention.archived``) before anything leaves; the record
of a restoration (``retention.restored``) ends that.  Only places of full tiles are taken, since only of those the
database keeps the hashes.
"""

import hashlib
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import delete, insert, select, update

from app.audit.merkle import TILE_HASHES
from app.audit.models import ArchivedRecord, AuditArchive, AuditRow
from app.audit.store import full_tile, newest_checkpoint, seals_of
from app.db import ReadSession, WriteSession

ARCHIVED: Final = "retention.archived"
RESTORED: Final = "retention.restored"
BEGUN: Final = "BEGUN"
DONE: Final = "DONE"
TAKEN_BACK: Final = "RESTORED"
_CHUNK: Final = 2_000
_RECORDERS_KEPT: Final = 256
_TILES_KEPT: Final = 1_024
_NO_END: Final = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One archive: a file of the decisions of a month.

    ``state`` is BEGUN while its records leave the database, DONE, or RESTORED; ``runs`` are the places that it takes,
    each the first and the one behind the last; ``record_id`` is the record that tells of it.
    """

    no: int
    month: str
    state: str
    file_name: str
    file_sha256: str
    records: int
    runs: tuple[tuple[int, int], ...]
    manifest_sha256: str
    record_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """Where a record went that is not in the database any more."""

    id: str
    client: str
    place: int
    month: str
    file_name: str


def first_place(archive: Archive) -> int | None:
    """Return the first place of an archive."""
    return archive.runs[0][0] if archive.runs else None


def runs_of(places: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Return places as runs.

    >>> runs_of([7, 1, 2])
    ((1, 3), (7, 8))
    """
    runs: list[tuple[int, int]] = []
    for place in sorted(places):
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return tuple(runs)


def _text_of(runs: Iterable[tuple[int, int]]) -> bytes:
    return " ".join(f"{first}-{end}" for first, end in runs).encode()


def places_sha256(runs: Iterable[tuple[int, int]]) -> str:
    """Return the hash over places, which the record of an archive has."""
    return hashlib.sha256(_text_of(runs)).hexdigest()


def _read_runs(packed: bytes) -> tuple[tuple[int, int], ...]:
    """Read places as they are stored; none where they cannot be read, so that they excuse nothing."""
    try:
        words = zlib.decompress(packed).decode().split()
        return tuple((int(first), int(end)) for first, _, end in (word.partition("-") for word in words))
    except (ValueError, zlib.error):
        return ()


def archives(session: ReadSession) -> list[Archive]:
    """Return all archives, oldest first."""
    return [_archive(row) for row in session.scalars(select(AuditArchive).order_by(AuditArchive.no))]


def in_force(session: ReadSession) -> list[Archive]:
    """Return the archives that were not restored and whose record says the same of them."""
    return [one for one in archives(session) if one.state != TAKEN_BACK and is_recorded(session, one)]


def is_recorded(session: ReadSession, archive: Archive) -> bool:
    """Whether the record of an archive says the same of it as its row."""
    text = session.scalar(select(AuditRow.text).where(AuditRow.id == archive.record_id, AuditRow.kind == ARCHIVED))
    try:
        said = orjson.loads(text)["content"] if text is not None else None
    except (ValueError, KeyError, TypeError):
        return False
    return isinstance(said, dict) and content_of(archive).items() <= said.items()


def content_of(archive: Archive) -> dict[str, Any]:
    """Return what is recorded of an archive."""
    return {
        "archive": archive.no,
        "month": archive.month,
        "file_name": archive.file_name,
        "file_sha256": archive.file_sha256,
        "records": archive.records,
        "places_sha256": places_sha256(archive.runs),
        "manifest_sha256": archive.manifest_sha256,
    }


def _archive(row: AuditArchive) -> Archive:
    return Archive(
        no=row.no,
        month=row.month,
        state=row.state,
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        records=row.records,
        runs=_read_runs(row.places),
        manifest_sha256=row.manifest_sha256,
        record_id=row.record_id,
        created_at=row.created_at,
    )


def store_archive(session: WriteSession, archive: Archive) -> None:
    """Store that there is an archive; its record is the caller's to append in the same transaction."""
    session.add(
        AuditArchive(
            no=archive.no,
            month=archive.month,
            state=archive.state,
            file_name=archive.file_name,
            file_sha256=archive.file_sha256,
            records=archive.records,
            places=zlib.compress(_text_of(archive.runs)),
            manifest_sha256=archive.manifest_sha256,
            record_id=archive.record_id,
            created_at=archive.created_at,
        )
    )
    session.flush()


def set_state(session: WriteSession, no: int, state: str) -> None:
    """Say how far an archive is."""
    session.execute(update(AuditArchive).where(AuditArchive.no == no).values(state=state))


def archived_months(session: ReadSession) -> list[str]:
    """Return the months of which decisions are in an archive and not in the database, oldest first."""
    statement = select(AuditArchive.month).where(AuditArchive.state != TAKEN_BACK).distinct()
    return list(session.scalars(statement.order_by(AuditArchive.month)))


def find_archived(session: ReadSession, record_id: str) -> Archived | None:
    """Return where a record went, None where it is none that was archived."""
    statement = (
        select(ArchivedRecord.client, ArchivedRecord.place, AuditArchive.month, AuditArchive.file_name)
        .join(AuditArchive, AuditArchive.no == ArchivedRecord.archive)
        .where(ArchivedRecord.id == record_id)
    )
    found = session.execute(statement).first()
    if found is None:
        return None
    return Archived(id=record_id, client=found.client, place=found.place, month=found.month, file_name=found.file_name)


def archived_places(session: ReadSession) -> Iterator[tuple[int, int]]:
    """Yield place and archive of every record that is archived, by place."""
    statement = select(ArchivedRecord.place, ArchivedRecord.archive).order_by(ArchivedRecord.place)
    for row in session.execute(statement.execution_options(yield_per=_CHUNK)):
        yield row.place, row.archive


def archived_ids(session: ReadSession, no: int) -> dict[str, tuple[str, int]]:
    """Return client and place of every record that an archive has, by id."""
    statement = select(ArchivedRecord.id, ArchivedRecord.client, ArchivedRecord.place).where(
        ArchivedRecord.archive == no
    )
    return {row.id: (row.client, row.place) for row in session.execute(statement)}


def archived_among(session: ReadSession, no: int, ids: Sequence[str]) -> set[str]:
    """Return those of some records that are in an archive and not in the database."""
    statement = select(ArchivedRecord.id).where(ArchivedRecord.archive == no, ArchivedRecord.id.in_(ids))
    return set(session.scalars(statement))


class ArchivedPlaces:
    """Knows which places of the tree are those of archives in force."""

    def __init__(self, session: ReadSession) -> None:
        self._runs = sorted(run for one in in_force(session) for run in one.runs)

    def has(self, place: int) -> bool:
        """Whether the record of a place is archived, or may be."""
        at = bisect_right(self._runs, (place, _NO_END)) - 1
        return at >= 0 and place < self._runs[at][1]


# Records on their way out of the database and back.


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    """A record with its place in the tree, as it is archived."""

    id: str
    recorder: int
    seq: int
    place: int
    text: str


def full_tiles_end(session: ReadSession) -> int:
    """Return up to which place the hashes of leaves are kept beside the records, under a signed checkpoint."""
    newest = newest_checkpoint(session)
    return 0 if newest is None else newest.checkpoint.size // TILE_HASHES * TILE_HASHES


class Places:
    """Knows the places of records; asked in the order of time, it reads the seals of each recorder once."""

    def __init__(self) -> None:
        self._seals: dict[int, list[tuple[int, int, int]]] = {}

    def of(self, session: ReadSession, recorder: int, seq: int) -> int | None:
        """Return the place of a record that was sealed before the first question about its recorder, else None."""
        seals = self._seals.get(recorder)
        if seals is None:
            if len(self._seals) >= _RECORDERS_KEPT:
                self._seals.pop(next(iter(self._seals)))
            seals = self._seals[recorder] = seals_of(session, recorder)
        at = bisect_right(seals, (seq, _NO_END, 0)) - 1
        if at < 0:
            return None
        first_seq, end_seq, first_index = seals[at]
        return first_index + seq - first_seq if seq < end_seq else None


class Leaves:
    """Gives the hashes that the full tiles keep of records."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._tiles: dict[int, Sequence[bytes]] = {}

    def at(self, place: int) -> bytes | None:
        """Return the hash of a place, None where no full tile has it."""
        number = place // TILE_HASHES
        tile = self._tiles.get(number)
        if tile is None:
            if len(self._tiles) >= _TILES_KEPT:
                self._tiles.pop(next(iter(self._tiles)))
            tile = self._tiles[number] = full_tile(self._session, number)
        return tile[place % TILE_HASHES] if tile else None


def sealed_texts(session: ReadSession, places: Places, ids: Sequence[str], kind: str) -> dict[str, SealedText]:
    """Return by id the records of a kind that have a place."""
    rows = session.execute(
        select(AuditRow.id, AuditRow.recorder, AuditRow.seq, AuditRow.text).where(
            AuditRow.id.in_(ids), AuditRow.kind == kind
        )
    )
    found = {}
    for row in rows.all():
        place = places.of(session, row.recorder, row.seq)
        if place is not None:
            found[row.id] = SealedText(id=row.id, recorder=row.recorder, seq=row.seq, place=place, text=row.text)
    return found


def take_out(session: WriteSession, no: int, records: Sequence[tuple[str, str, int]]) -> None:
    """Note that an archive has records, each its id, client and place, so that they may be removed."""
    rows = [{"id": record_id, "client": client, "archive": no, "place": place} for record_id, client, place in records]
    session.execute(insert(ArchivedRecord), rows)


def remove(session: WriteSession, ids: Sequence[str]) -> int:
    """Remove records that were taken out; return how many there were."""
    return session.execute(delete(AuditRow).where(AuditRow.id.in_(ids))).rowcount  # type: ignore[attr-defined,no-any-return]  # of a DELETE


def put_back(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put records back as they were, and note that the archive does not have them alone any more."""
    session.execute(insert(AuditRow), [dict(row) for row in rows])
    session.execute(delete(ArchivedRecord).where(ArchivedRecord.id.in_([row["id"] for row in rows])))
