"""What is recorded, read: records, the tree's hashes, checkpoints, proofs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, SQLColumnExpression, and_, bindparam, func, select

from app.audit import merkle
from app.audit.audit_record import AuditRecord
from app.audit.checkpoint import Checkpoint, proof_text
from app.audit.merkle import HASH_BYTES, TILE_HASHES, Tree, leaf_hash
from app.audit.models import AuditCheckpoint, AuditCosignature, AuditRecorder, AuditRow, AuditSeal, AuditTile
from app.audit.note import split
from app.db import ReadSession
from app.errors import NotFound, Unavailable

PAGE_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """A checkpoint with the note that signs it, the lines of witnesses included."""

    checkpoint: Checkpoint
    note: str
    sealed_at: datetime


# The questions of a proof, made once: building them would take longer than the database does to answer.
_TILE: Final = select(AuditTile.hashes).where(
    AuditTile.level == bindparam("level"), AuditTile.place == bindparam("place")
)
_ROOTS: Final = (
    select(AuditTile.root)
    .where(
        AuditTile.level == bindparam("level"),
        AuditTile.place >= bindparam("start"),
        AuditTile.place < bindparam("end"),
    )
    .order_by(AuditTile.place)
)
_OF_RUN: Final = and_(
    AuditRow.recorder == bindparam("recorder"), AuditRow.seq >= bindparam("start"), AuditRow.seq < bindparam("end")
)
_RECORDS: Final = select(AuditRow).where(_OF_RUN).order_by(AuditRow.seq)
_TEXTS: Final = select(AuditRow.text).where(_OF_RUN).order_by(AuditRow.seq)
_SEALS: Final = (
    select(AuditSeal.recorder, AuditSeal.first_index, AuditSeal.first_seq, AuditSeal.records)
    .where(
        AuditSeal.first_index
        >= func.coalesce(
            select(AuditSeal.first_index)
            .where(AuditSeal.first_index <= bindparam("start"))
            .order_by(AuditSeal.first_index.desc())
            .limit(1)
            .scalar_subquery(),
            0,
        ),
        AuditSeal.first_index < bindparam("end"),
    )
    .order_by(AuditSeal.first_index)
)
_COVERING: Final = (
    select(AuditCheckpoint)
    .where(AuditCheckpoint.size > bindparam("index"))
    .order_by(AuditCheckpoint.size.desc())
    .limit(1)
)
_WITNESSED: Final = _COVERING.where(AuditCheckpoint.size.in_(select(AuditCosignature.size)))
_COSIGNATURES: Final = (
    select(AuditCosignature.line).where(AuditCosignature.size == bindparam("size")).order_by(AuditCosignature.name)
)


def newest_checkpoint(session: ReadSession) -> StoredCheckpoint | None:
    """Return the newest checkpoint, None where nothing is sealed yet."""
    row = session.scalar(select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1))
    return None if row is None else _stored(session, row)


def checkpoint_for(session: ReadSession, index: int) -> StoredCheckpoint:
    """Return a checkpoint over the record of an index: the newest that a witness signed, else the newest of all.

    Raises :class:`Unavailable` where it is not sealed yet.
    """
    row = session.scalar(_WITNESSED, {"index": index}) or session.scalar(_COVERING, {"index": index})
    if row is None:
        raise _not_sealed()
    return _stored(session, row)


def first_proof(session: ReadSession, record: AuditRecord) -> str:
    """Return the proof of a record by the first checkpoint over it, without witnesses: always the same text."""
    if record.index is None:
        raise _not_sealed()
    statement = select(AuditCheckpoint).where(AuditCheckpoint.size > record.index).order_by(AuditCheckpoint.size)
    row = session.scalar(statement.limit(1))
    if row is None:
        raise _not_sealed()
    return proof_text(record.index, path(session, record.index, row.size), row.note)


def checkpoints(session: ReadSession) -> Iterator[StoredCheckpoint]:
    """Return all checkpoints, oldest first."""
    rows = session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.size).execution_options(yield_per=1000))
    lines: dict[int, list[str]] = {}
    for one in session.scalars(select(AuditCosignature).order_by(AuditCosignature.size, AuditCosignature.name)):
        lines.setdefault(one.size, []).append(one.line)
    for row in rows:
        yield _with_lines(row, lines.get(row.size, []))


def tree(session: ReadSession, size: int) -> Tree:
    """Return the right edge of the tree of the first ``size`` leaves, to which more can be appended."""
    found = Tree(size, [])
    level, places = 0, size
    while True:
        start = places - places % TILE_HASHES
        found.edge.append(list(hashes_of(session, level, start, places)))
        places //= TILE_HASHES
        level += 1
        if not places:
            return found


def hashes_of(session: ReadSession, level: int, start: int, end: int) -> Sequence[bytes]:
    """Return the hashes of a tile level from a place up to another in the same tile."""
    if start == end:
        return []
    place = start // TILE_HASHES
    tile = session.scalar(_TILE, {"level": level, "place": place})
    if tile is not None:
        first = place * TILE_HASHES
        return [tile[HASH_BYTES * (i - first) : HASH_BYTES * (i + 1 - first)] for i in range(start, end)]
    if level:
        return list(session.scalars(_ROOTS, {"level": level - 1, "start": start, "end": end}))
    return [leaf_hash(text.encode()) for text in _texts_at(session, start, end)]


def records_at(session: ReadSession, start: int, end: int) -> list[AuditRecord]:
    """Return the sealed records with indexes from ``start`` up to ``end``, in their order."""
    found: list[AuditRecord] = []
    for run, shift in _runs(session, start, end):
        found += [_record(row, row.seq + shift) for row in session.scalars(_RECORDS, run)]
    return found


def _texts_at(session: ReadSession, start: int, end: int) -> Iterator[str]:
    """Yield the texts of the sealed records with indexes from ``start`` up to ``end``, in their order."""
    for run, _ in _runs(session, start, end):
        yield from session.scalars(_TEXTS, run)


def _runs(session: ReadSession, start: int, end: int) -> Iterator[tuple[dict[str, int], int]]:
    """Yield which records of a recorder each sealing has between two indexes, and index less seq of all of them."""
    for recorder, first_index, first_seq, records in session.execute(_SEALS, {"start": start, "end": end}).all():
        shift = first_index - first_seq
        first, last = max(start, first_index) - shift, min(end, first_index + records) - shift
        yield {"recorder": recorder, "start": first, "end": last}, shift


def find(session: ReadSession, record_id: str) -> AuditRecord:
    """Return a record by its id; its index is None while it is not sealed.  Raises :class:`NotFound`."""
    row = session.scalar(select(AuditRow).where(AuditRow.id == record_id))
    if row is None:
        raise NotFound("record-not-found", "没有此记录 / there is no such record")
    return _record(row, _index_of(session, row.recorder, row.seq))


def recorded_contents(session: ReadSession, kind: str) -> list[dict[str, Any]]:
    """Return what the records of a kind say; for kinds of which there are few."""
    texts = session.scalars(select(AuditRow.text).where(AuditRow.kind == kind))
    return [said["content"] for said in map(json.loads, texts)]


def seals_of(session: ReadSession, recorder: int) -> list[tuple[int, int, int]]:
    """Return the runs of a recorder's sealed records: the first number, the one behind the last, the first's place."""
    statement = select(AuditSeal.first_seq, AuditSeal.records, AuditSeal.first_index)
    rows = session.execute(statement.where(AuditSeal.recorder == recorder).order_by(AuditSeal.first_seq))
    return [(row.first_seq, row.first_seq + row.records, row.first_index) for row in rows]


def full_tile(session: ReadSession, number: int) -> Sequence[bytes]:
    """Return the leaves of a tile that is full, none where it is not."""
    tile = session.scalar(_TILE, {"level": 0, "place": number})
    return [] if tile is None else [tile[i : i + HASH_BYTES] for i in range(0, len(tile), HASH_BYTES)]


def numbered_places(session: ReadSession, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield place, recorder and number of every place from ``start`` up to ``end``."""
    for run, shift in _runs(session, start, end):
        for seq in range(run["start"], run["end"]):
            yield seq + shift, run["recorder"], seq


def began_at(session: ReadSession) -> datetime | None:
    """Return since when there is a record, None where there is none yet."""
    return session.scalar(select(func.min(AuditRecorder.started_at)))


def proof(session: ReadSession, record: AuditRecord) -> str:
    """Return the proof of a record, as c2sp.org/tlog-proof writes it.

    Raises :class:`Unavailable` while the record is not sealed, which takes a second or two.
    """
    if record.index is None:
        raise _not_sealed()
    return proof_at(session, record.index)


def proof_at(session: ReadSession, index: int) -> str:
    """Return the proof of whatever record is at a place of the tree, as :func:`proof` does."""
    found = checkpoint_for(session, index)
    return proof_text(index, path(session, index, found.checkpoint.size), found.note)


def path(session: ReadSession, index: int, size: int) -> list[bytes]:
    """Return the inclusion proof of a leaf in the tree of the first ``size`` leaves; each tile is read once."""
    tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def hashes(level: int, start: int, end: int) -> Sequence[bytes]:
        place = start // TILE_HASHES
        first = place * TILE_HASHES
        tile = tiles.get((level, place))
        if tile is None:
            last = min(first + TILE_HASHES, size // TILE_HASHES**level)
            tile = tiles[level, place] = hashes_of(session, level, first, last)
        return tile[start - first : end - first]

    return merkle.inclusion(index, size, hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSearch:
    """What records are looked for; None does not narrow.  ``client`` are that client's own."""

    client: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(
    session: ReadSession, wanted: AuditSearch, *, after: tuple[datetime, str] | None = None, limit: int = PAGE_MAX
) -> list[AuditRecord]:
    """Return records, newest first, those older than the time and id of ``after``."""
    statement = select(AuditRow).order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit)
    if wanted.client is not None:
        statement = statement.where(AuditRow.client == wanted.client)
    if wanted.kind is not None:
        statement = statement.where(AuditRow.kind == wanted.kind)
    if wanted.since is not None:
        statement = statement.where(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditRow.at < wanted.until)
    if after is not None:
        moment, record_id = after
        statement = statement.where((AuditRow.at < moment) | and_(AuditRow.at == moment, AuditRow.id < record_id))
    rows = session.scalars(statement).all()
    return [_record(row, _index_of(session, row.recorder, row.seq)) for row in rows]


def sealed_records(session: ReadSession, wanted: AuditSearch) -> Iterator[AuditRecord]:
    """Return all sealed records in the order of the tree."""
    statement = _sealed().order_by(AuditSeal.first_index, AuditRow.seq).execution_options(yield_per=2000)
    if wanted.client is not None:
        statement = statement.where(AuditRow.client == wanted.client)
    if wanted.since is not None:
        statement = statement.where(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditRow.at < wanted.until)
    for row, index in _indexed(session, statement):
        yield _record(row, index)


def recorded_ids(record_id: SQLColumnExpression[str]) -> Select[str]:
    """Return the question whether there is a record of an id, for questions of other rooms."""
    return select(AuditRow.id).where(AuditRow.id == record_id)


def _sealed() -> Select[AuditRow, int, int]:
    is_its = and_(
        AuditSeal.recorder == AuditRow.recorder,
        AuditRow.seq >= AuditSeal.first_seq,
        AuditRow.seq < AuditSeal.first_seq + AuditSeal.records,
    )
    return select(AuditRow, AuditSeal.first_index, AuditSeal.first_seq).join(AuditSeal, is_its)


def _indexed(session: ReadSession, statement: Select[AuditRow, int, int]) -> Iterator[tuple[AuditRow, int]]:
    for row, first_index, first_seq in session.execute(statement):
        yield row, first_index + row.seq - first_seq


def _index_of(session: ReadSession, recorder: int, seq: int) -> int | None:
    statement = (
        select(AuditSeal)
        .where(AuditSeal.recorder == recorder, AuditSeal.first_seq <= seq)
        .order_by(AuditSeal.first_seq.desc())
        .limit(1)
    )
    seal = session.scalar(statement)
    if seal is None or seq >= seal.first_seq + seal.records:
        return None
    return seal.first_index + seq - seal.first_seq


def _record(row: AuditRow, index: int | None) -> AuditRecord:
    return AuditRecord(index=index, id=row.id, recorder=row.recorder, seq=row.seq, text=row.text)


def _stored(session: ReadSession, row: AuditCheckpoint) -> StoredCheckpoint:
    lines = session.scalars(_COSIGNATURES, {"size": row.size})
    return _with_lines(row, list(lines))


def _with_lines(row: AuditCheckpoint, lines: Sequence[str]) -> StoredCheckpoint:
    note = row.note + "".join(lines)
    return StoredCheckpoint(checkpoint=Checkpoint.read(split(note)[0]), note=note, sealed_at=row.sealed_at)


def _not_sealed() -> Unavailable:
    return Unavailable(
        "not-sealed-yet", "记录尚未封存，请稍后重试 / the record is not sealed yet: try again in a second"
    )
