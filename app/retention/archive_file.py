"""The file of an archive: Parquet, one row a decision with its record, and a manifest beside it.

A file is written under a name that is no archive's, and gets its own, which has the beginning of its hash, only when
it is whole on the disk.  What is read back is compared with the tree: the hash of the record is the leaf of its place,
and the hash in the record is that over the decision's row.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from app.audit.archives import SealedText
from app.audit.merkle import leaf_hash
from app.errors import Conflict
from app.screening.archived_rows import ROW_COLUMNS, DecisionRows
from app.screening.row_digest import DECIDED, fields, is_received_changed, row_sha256

FORMAT: Final = "cutoff-archive-1"
BATCH: Final = 1_000
_GROUP_ROWS: Final = 5_000
_TIMES: Final = {"known_at", "screened_at"}
_HASH_CHARS: Final = 12
_READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedDecision:
    """A decision with its record in the audit log."""

    rows: DecisionRows
    sealed: SealedText

    def fault(self, leaf: bytes | None) -> str | None:
        """Return what is wrong with it, given the leaf of the tree at its place; None where nothing is."""
        if leaf_hash(self.sealed.text.encode()) != leaf:
            return "the record is not the one that was sealed at its place"
        said = orjson.loads(self.sealed.text)
        if (said["id"], said["kind"]) != (self.rows.id, DECIDED) or self.sealed.id != self.rows.id:
            return "the record is of another decision"
        hashed = row_sha256(fields(self.rows.row, self.rows.entities, self.rows.identifiers))
        if hashed != said["content"].get("row_sha256"):
            return "the decision is not the one that was recorded"
        if is_received_changed(said["content"], self.rows.row["received"]):
            return "the request that was received is not the one that was recorded"
        return None


def _schema() -> pa.Schema:
    def kind(name: str) -> pa.DataType:
        if name in _TIMES:
            return pa.timestamp("us", tz="UTC")
        return pa.date32() if name == "service_local_date" else pa.large_string()

    identifier = pa.struct([("scheme", pa.string()), ("value", pa.string())])
    return pa.schema(
        [
            *((name, kind(name)) for name in ROW_COLUMNS),
            ("entities", pa.list_(pa.string())),
            ("identifiers", pa.list_(identifier)),
            ("audit_index", pa.int64()),
            ("audit_recorder", pa.int64()),
            ("audit_seq", pa.int64()),
            ("audit_record", pa.large_string()),
        ],
        metadata={"format": FORMAT},
    )


class ArchiveFileWriter:
    """Writes a file of decisions; at the end of its context the file is on the disk, under the name it was given."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[dict[str, Any]] = []
        self._writer: Any = None
        self.digest = Digest()

    def __enter__(self) -> Self:
        """Begin the file anew."""
        self._writer = pq.ParquetWriter(self._path, _schema(), compression="zstd")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left; what failed is removed."""
        if kind is None:
            self._flush()
        self._writer.close()
        if kind is None:
            _sync(self._path)
        else:
            self._path.unlink(missing_ok=True)

    def write(self, decisions: Sequence[ArchivedDecision]) -> None:
        """Write some decisions."""
        for one in decisions:
            self.digest.add(one)
            self._waiting.append(
                {
                    **one.rows.row,
                    "entities": list(one.rows.entities),
                    "identifiers": [{"scheme": scheme, "value": value} for scheme, value in one.rows.identifiers],
                    "audit_index": one.sealed.place,
                    "audit_recorder": one.sealed.recorder,
                    "audit_seq": one.sealed.seq,
                    "audit_record": one.sealed.text,
                }
            )
        if len(self._waiting) >= _GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=_schema()))
            self._waiting = []


class Digest:
    """What was written or read so far, as one hash and a count: the same decisions in the same order give the same."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, one: ArchivedDecision) -> None:
        """Take a decision in."""
        texts = fields(one.rows.row, one.rows.entities, one.rows.identifiers)
        texts += [one.rows.row["received"], str(one.sealed.place), one.sealed.text]
        self._hash.update(bytes.fromhex(row_sha256(texts)))
        self.count += 1

    @property
    def hex(self) -> str:
        """Return the hash."""
        return self._hash.hexdigest()


def read_archive(path: Path) -> Iterator[list[ArchivedDecision]]:
    """Yield the decisions of a file, in batches.  Raises :class:`Conflict` where it cannot be read."""
    try:
        with pq.ParquetFile(path) as file:
            if (file.schema_arrow.metadata or {}).get(b"format") != FORMAT.encode():
                raise unreadable(path, "it is no archive")
            for batch in file.iter_batches(batch_size=BATCH):
                yield [_decision(row) for row in batch.to_pylist()]
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise unreadable(path, type(error).__name__) from error


def unreadable(path: Path, why: str) -> Conflict:
    """Return the error of a file that is not what it should be."""
    return Conflict(
        "archive-damaged", f"{path.name}: 归档文件已损坏或被改动 / the archive is damaged or changed: {why}"
    )


def _decision(row: dict[str, Any]) -> ArchivedDecision:
    sealed = SealedText(
        id=row["id"],
        recorder=row["audit_recorder"],
        seq=row["audit_seq"],
        place=row["audit_index"],
        text=row["audit_record"],
    )
    rows = DecisionRows(
        row={name: row[name] for name in ROW_COLUMNS},
        entities=tuple(row["entities"]),
        identifiers=tuple((one["scheme"], one["value"]) for one in row["identifiers"]),
    )
    return ArchivedDecision(rows=rows, sealed=sealed)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ_BYTES):
            found.update(part)
    return found.hexdigest()


def name_of(month: str, sha256: str) -> str:
    """Return the name of a file of a month: its content's, so that no other file is ever overwritten."""
    return f"decisions-{month}-{sha256[:_HASH_CHARS]}.parquet"


def manifest_name(file_name: str) -> str:
    """Return the name of the manifest of a file."""
    return file_name.removesuffix(".parquet") + ".json"


def put_in_place(part: Path, path: Path) -> None:
    """Give a file that is whole its name, durably."""
    part.replace(path)
    _sync(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    _sync(part)
    put_in_place(part, path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
