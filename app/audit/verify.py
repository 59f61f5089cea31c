"""Verifies the whole record: nothing changed, missing, inserted, reordered or rolled back, and if so what came first.

Everything is computed anew from the texts of the records: the chain of every recorder, the leaves, the tiles, the
root at every checkpoint, and the signatures.  What a record tells of (a decision, a version of a list) is compared by
those who know it, each an :class:`Evidence`.  Of records that are archived the tree has the hashes, which stand for
them; a record that is neither there nor archived is missing.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

import orjson
from sqlalchemy import select, text

from app.audit import archives, store
from app.audit.archives import Leaves
from app.audit.audit_record import FIRST_PREVIOUS
from app.audit.checkpoint import Checkpoint
from app.audit.merkle import HASH_BYTES, TILE_HASHES, Tree, leaf_hash
from app.audit.models import AuditRow, AuditSeal, AuditTile
from app.audit.note import Verifier, opened
from app.db import Database, ReadSession
from app.errors import Invalid

_CHUNK: Final = 2_000
_FAULTS_MAX: Final = 1_000
_COLUMNS: Final = ("recorder", "seq", "id", "kind", "client", "at")


class How(StrEnum):
    """What is wrong with a record."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A record that is not as it was; ``index`` None where it has no place in the tree."""

    how: How
    index: int | None
    id: str | None
    detail: str

    @property
    def order(self) -> tuple[bool, int]:
        """What comes first: by place, then whatever has none."""
        return self.index is None, self.index or 0


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """What a record says of something else."""

    index: int | None
    id: str
    content: Mapping[str, Any]


class Evidence(Protocol):
    """Knows what the records of some kinds tell of."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of records that it compares."""
        ...

    def damage(self, session: ReadSession, records: Sequence[RecordedFact]) -> Iterator[Damage]:
        """Compare what some records tell with what there is."""
        ...

    def unrecorded(self, session: ReadSession) -> Iterator[Damage]:
        """Return what there is that no record tells of."""
        ...


@dataclass(slots=True)
class Report:
    """What verification found."""

    records: int = 0
    archived: int = 0
    unsealed: int = 0
    checkpoints: int = 0
    compared: int = 0
    checkpoint: Checkpoint | None = None
    damage: list[Damage] = field(default_factory=list)

    @property
    def first(self) -> Damage | None:
        """The first record that is damaged."""
        return min(self.damage, key=lambda one: one.order, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whose evidence is compared: records from ``since`` up to ``until``; None does not narrow."""

    since: datetime | None = None
    until: datetime | None = None

    def has(self, at: str) -> bool:
        """Whether a time as records write it lies in the period."""
        if self.since is None and self.until is None:
            return True
        moment = datetime.fromisoformat(at)
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


def verify(
    database: Database,
    verifiers: Sequence[Verifier],
    evidence: Sequence[Evidence] = (),
    *,
    trusted: Sequence[str] = (),
    period: Period | None = None,
) -> Report:
    """Verify the record of a database against the keys of its log, and against notes that are ``trusted``.

    Raises :class:`Invalid` where a trusted note is none of this log.
    """
    known = [Checkpoint.read(opened(note, verifiers)[0]) for note in trusted]
    with database.read() as session:
        if not database.is_sqlite:
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        run = _Verification(session, verifiers, evidence, period or Period())
        run.scan()
        run.compare_archived()
        run.compare_places()
        run.compare_checkpoints(known)
        run.compare_evidence()
    return run.report


class _Verification:
    """One walk over the whole record."""

    def __init__(
        self, session: ReadSession, verifiers: Sequence[Verifier], evidence: Sequence[Evidence], period: Period
    ) -> None:
        self.report = Report()
        self._session = session
        self._verifiers = verifiers
        self._evidence = evidence
        self._period = period
        self._flagged: set[int] = set()
        self._seals: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        size = 0
        for seal in session.scalars(select(AuditSeal).order_by(AuditSeal.first_index)):
            if seal.first_index != size:
                self._add(How.MISSING, min(size, seal.first_index), None, "the places of the tree are not one run")
            size = seal.first_index + seal.records
            self._seals[seal.recorder].append((seal.first_seq, seal.first_seq + seal.records, seal.first_index))
        for seals in self._seals.values():
            seals.sort()
        self._size = size
        self._leaves = bytearray(size * HASH_BYTES)
        self._is_there = bytearray(size)
        self._is_archived = bytearray(size)
        self._take_archived()
        self._broken: list[_Link] = []
        self._last: dict[int, tuple[int | None, str]] = {}
        self._facts: dict[str, list[RecordedFact]] = defaultdict(list)
        self._kinds = {kind for one in evidence for kind in one.kinds}

    def _add(self, how: How, index: int | None, record_id: str | None, detail: str) -> None:
        if index is not None:
            self._flagged.add(index)
        if len(self.report.damage) < _FAULTS_MAX:
            self.report.damage.append(Damage(how=how, index=index, id=record_id, detail=detail))

    def _take_archived(self) -> None:
        """Take the hashes of archived records from the tiles of the tree."""
        leaves = Leaves(self._session)
        for archive in archives.in_force(self._session):
            for first, end in archive.runs:
                for place in range(first, min(end, self._size)):
                    leaf = leaves.at(place)
                    if leaf is not None:
                        self._leaves[place * HASH_BYTES : (place + 1) * HASH_BYTES] = leaf
                        self._is_archived[place] = 1

    def scan(self) -> None:
        """Read every record once, recorder by recorder, and compute its leaf and its chain."""
        statement = (
            select(
                AuditRow.recorder, AuditRow.seq, AuditRow.id, AuditRow.kind, AuditRow.client, AuditRow.at, AuditRow.text
            )
            .order_by(AuditRow.recorder, AuditRow.seq)
            .execution_options(yield_per=_CHUNK)
        )
        chain: _Chain | None = None
        for recorder, seq, record_id, kind, client, at, leaf in self._session.execute(statement):
            if chain is None or chain.recorder != recorder:
                self._end_of(chain)
                chain = _Chain(recorder, iter(self._seals.get(recorder, [])))
            index = chain.place_of(seq)
            if seq != chain.expected:
                self._missing(recorder, chain.expected, seq)
                self._bridge(chain, seq)
            digest = leaf_hash(leaf.encode())
            self._note_leaf(index, digest)
            said = _said(leaf)
            columns = (recorder, seq, record_id, kind, client, at.isoformat())
            if said is None or columns != tuple(said.get(name) for name in _COLUMNS):
                self._add(How.CHANGED, index, record_id, "its columns and its text differ")
            elif seq == chain.expected and said.get("previous") != chain.previous:
                self._broken.append(_Link(chain.last, (index, record_id), said.get("previous")))
            if said is not None and kind in self._kinds and self._period.has(said["at"]):
                self._facts[kind].append(RecordedFact(index, record_id, said.get("content") or {}))
            chain.step(seq, digest, index, record_id)
        self._end_of(chain)
        for recorder, seals in self._seals.items():
            if recorder not in self._last:
                self._missing(recorder, 1, max(end for _, end, _ in seals))

    def _note_leaf(self, index: int | None, digest: bytes) -> None:
        self.report.records += 1
        if index is None:
            self.report.unsealed += 1
        elif index < self._size:
            self._leaves[index * HASH_BYTES : (index + 1) * HASH_BYTES] = digest
            self._is_there[index] = 1

    def _end_of(self, chain: "_Chain | None") -> None:
        """Look whether records that were sealed are missing behind a recorder's last one."""
        if chain is None:
            return
        self._last[chain.recorder] = chain.last
        sealed = max((end for _, end, _ in self._seals.get(chain.recorder, [])), default=0)
        if sealed > chain.expected:
            self._missing(chain.recorder, chain.expected, sealed)

    def _missing(self, recorder: int, start: int, end: int) -> None:
        """Name the records of a recorder from a number up to another that are not archived."""
        named = 0
        seq = start
        while seq < end and named < _FAULTS_MAX:
            index = self._index_of(recorder, seq)
            if index is not None and index < self._size and self._is_archived[index]:
                self.report.archived += 1
            else:
                self._add(How.MISSING, index, None, f"record {seq} of recorder {recorder} is not there")
                named += 1
            seq += 1

    def _bridge(self, chain: "_Chain", seq: int) -> None:
        """Let a chain go on behind an archived record, whose hash the tree has."""
        index = self._index_of(chain.recorder, seq - 1)
        if index is not None and index < self._size and self._is_archived[index]:
            chain.step(seq - 1, self._leaf(index), index, "")

    def _index_of(self, recorder: int, seq: int) -> int | None:
        seals = self._seals.get(recorder, [])
        at = bisect_right(seals, (seq, 1 << 62, 0)) - 1
        if at < 0 or seq >= seals[at][1]:
            return None
        return seals[at][2] + seq - seals[at][0]

    def compare_archived(self) -> None:
        """Compare which records are archived and not there with where the database says that they went."""
        noted = {place for place, _ in archives.archived_places(self._session)}
        gone = set()
        if 1 in self._is_archived:
            gone = {place for place in range(self._size) if self._is_archived[place] and not self._is_there[place]}
        for place in sorted(gone - noted)[:_FAULTS_MAX]:
            self._add(How.MISSING, place, None, "it is in an archive, and the database does not say so any more")
        for place in sorted(noted - gone)[:_FAULTS_MAX]:
            if place >= self._size or self._is_there[place]:
                self._add(How.INSERTED, place, self._id_at(place), "it is called archived, and is here")

    def compare_places(self) -> None:
        """Compare the leaves with the tiles that were written when they were sealed."""
        full = self._size // TILE_HASHES
        statement = (
            select(AuditTile.place, AuditTile.hashes)
            .where(AuditTile.level == 0)
            .order_by(AuditTile.place)
            .execution_options(yield_per=200)
        )
        moved: dict[bytes, int] = {}
        wrong: list[int] = []
        seen = 0
        for place, hashes in self._session.execute(statement):
            if place != seen or place >= full:
                self._add(How.MISSING, min(place, seen) * TILE_HASHES, None, "a tile of the tree is not there")
                continue
            seen += 1
            first = place * TILE_HASHES
            own = bytes(self._leaves[first * HASH_BYTES : (first + TILE_HASHES) * HASH_BYTES])
            if own == hashes:
                continue
            for i in range(TILE_HASHES):
                here = slice(i * HASH_BYTES, (i + 1) * HASH_BYTES)
                if own[here] != hashes[here] and self._is_there[first + i]:
                    wrong.append(first + i)
                    moved[bytes(hashes[here])] = first + i
        if seen < full:
            self._add(How.MISSING, seen * TILE_HASHES, None, "a tile of the tree is not there")
        for index in wrong:
            is_elsewhere = self._leaf(index) in moved
            how, detail = (
                (How.REORDERED, f"it is the record of place {moved[self._leaf(index)]}")
                if is_elsewhere
                else (How.CHANGED, "its hash is not the one that was sealed")
            )
            self._add(how, index, self._id_at(index), detail)

    def compare_checkpoints(self, trusted: Sequence[Checkpoint]) -> None:
        """Compute the root at every checkpoint, compare it with what is signed, and check the signatures."""
        self._settle_chains()
        tree = Tree()
        by_size: dict[int, bytes] = {0: tree.root}
        wanted = sorted({one.size for one in trusted})
        covered, is_broken = 0, False
        for stored in store.checkpoints(self._session):
            checkpoint = stored.checkpoint
            self.report.checkpoints += 1
            if checkpoint.size > self._size:
                self._add(How.MISSING, self._size, None, f"a checkpoint has {checkpoint.size} records")
                continue
            while wanted and wanted[0] < checkpoint.size:
                size = wanted.pop(0)
                self._extend(tree, size)
                by_size[size] = tree.root
            self._extend(tree, checkpoint.size)
            by_size[checkpoint.size] = tree.root
            if tree.root != checkpoint.root and not is_broken:
                is_broken = True
                self._place_of_break(covered, checkpoint.size)
            self._check_signature(stored.note, covered)
            covered = checkpoint.size
            self.report.checkpoint = checkpoint
        if covered < self._size:
            self._add(How.MISSING, covered, None, "no checkpoint is signed over it")
        for size in [one for one in wanted if one <= self._size]:
            self._extend(tree, size)
            by_size[size] = tree.root
        for one in trusted:
            if one.size > self._size:
                detail = f"the trusted checkpoint has {one.size} records, the log {self._size}"
                self._add(How.ROLLED_BACK, self._size, None, detail)
            elif by_size[one.size] != one.root and not is_broken:
                self._add(How.ROLLED_BACK, 0, None, f"the first {one.size} records are not those of the trusted one")

    def compare_evidence(self) -> None:
        """Compare what the records tell of with what there is, both ways."""
        for one in self._evidence:
            for kind in sorted(one.kinds):
                facts = self._facts[kind]
                for start in range(0, len(facts), _CHUNK):
                    part = facts[start : start + _CHUNK]
                    self.report.compared += len(part)
                    for damage in one.damage(self._session, part):
                        self._add(damage.how, damage.index, damage.id, damage.detail)
            for damage in one.unrecorded(self._session):
                self._add(damage.how, damage.index, damage.id, damage.detail)

    def _settle_chains(self) -> None:
        """Name the records at broken links: the one before, or the one that says something else of it.

        Where the tiles do not tell, the root does: with what the links say put in the place of what is there, it is
        the signed one again if the records before the links are those that were changed.
        """
        open_links = [
            link for link in self._broken if link.before[0] not in self._flagged and link.behind[0] not in self._flagged
        ]
        befores = {link.before for link in open_links}
        firm = [link for link in open_links if link.behind not in befores]
        if self._would_be_signed(open_links):
            blamed = [link.before for link in open_links]
        elif self._would_be_signed(firm):
            blamed = [link.before for link in firm]
        else:
            lasts = set(self._last.values())
            blamed = [link.behind if link.behind in lasts or not link.before[1] else link.before for link in firm]
            blamed += [link.behind for link in open_links if link not in firm]
        for index, record_id in blamed:
            self._add(How.CHANGED, index, record_id, "the chain of its recorder is broken here")

    def _would_be_signed(self, links: "Sequence[_Link]") -> bool:
        """Whether the root is the signed one with the leaves that some links say were before them."""
        newest = store.newest_checkpoint(self._session)
        places = [(link.before[0], link.leaf) for link in links]
        if not links or newest is None or newest.checkpoint.size > self._size:
            return False
        leaves = bytearray(self._leaves)
        for index, leaf in places:
            if index is None or leaf is None:
                return False
            leaves[index * HASH_BYTES : (index + 1) * HASH_BYTES] = leaf
        tree = Tree()
        tree.extend(bytes(leaves[i * HASH_BYTES : (i + 1) * HASH_BYTES]) for i in range(newest.checkpoint.size))
        return tree.root == newest.checkpoint.root

    def _place_of_break(self, start: int, end: int) -> None:
        """Name a record between two checkpoints of which the second has another root."""
        if any(start <= index < end for index in self._flagged):
            return
        ends = sorted(index for index, _ in self._last.values() if index is not None and start <= index < end)
        index = ends[0] if ends else start
        detail = f"the root over the records from {start} up to {end} is not the one that was signed"
        self._add(How.CHANGED, index, self._id_at(index), detail)

    def _check_signature(self, note: str, covered: int) -> None:
        try:
            opened(note, self._verifiers)
        except Invalid as error:
            self._add(How.CHANGED, covered, self._id_at(covered), f"the checkpoint over it: {error.message}")

    def _extend(self, tree: Tree, size: int) -> None:
        leaves, width = self._leaves, HASH_BYTES
        tree.extend(bytes(leaves[i * width : (i + 1) * width]) for i in range(tree.size, size))

    def _leaf(self, index: int) -> bytes:
        return bytes(self._leaves[index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def _id_at(self, index: int) -> str | None:
        found = store.records_at(self._session, index, index + 1)
        return found[0].id if found else None


@dataclass(frozen=True, slots=True)
class _Link:
    """A record, by its index and id, that does not have the hash of the one ``before`` it; it says ``previous``."""

    before: tuple[int | None, str]
    behind: tuple[int | None, str]
    previous: object

    @property
    def leaf(self) -> bytes | None:
        """The hash that it says, None where it is none."""
        try:
            leaf = bytes.fromhex(str(self.previous))
        except ValueError:
            return None
        return leaf if len(leaf) == HASH_BYTES else None


@dataclass(slots=True)
class _Chain:
    """The records of one recorder, as they are walked: which comes next, and where its place is.

    ``places`` are runs of records: the first number, the one behind the last, the index of the first.
    """

    recorder: int
    places: Iterator[tuple[int, int, int]]
    expected: int = 1
    previous: str = FIRST_PREVIOUS
    last: tuple[int | None, str] = (None, "")
    run: tuple[int, int, int] = (0, 0, 0)

    def place_of(self, seq: int) -> int | None:
        """Return the index of a record, None where it has none; asked in the order of numbers."""
        while seq >= self.run[1]:
            self.run = next(self.places, (1 << 62, 1 << 62, 0))
        start, _, first = self.run
        return first + seq - start if seq >= start else None

    def step(self, seq: int, digest: bytes, index: int | None, record_id: str) -> None:
        """Go on behind a record."""
        self.expected, self.previous, self.last = seq + 1, digest.hex(), (index, record_id)


def _said(leaf: str) -> dict[str, Any] | None:
    try:
        said = orjson.loads(leaf)
    except ValueError:
        return None
    return said if isinstance(said, dict) and isinstance(said.get("at"), str) else None
