"""The tables of the record: append-only, private to this package."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class AuditRecorder(Base):
    """Somebody who writes records one after the other: a lane of one process."""

    __tablename__ = "audit_recorder"
    __table_args__ = (Index("ix_audit_recorder_started_at", "started_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """One record; ``text`` is the leaf of the tree, the other columns are for search."""

    __tablename__ = "audit_record"
    __table_args__ = (Index("ix_audit_record_at", "at"),)

    recorder: Mapped[int] = mapped_column(ForeignKey("audit_recorder.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    client: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(Text)


class AuditSeal(Base):
    """That neighbouring records of one recorder took neighbouring places in the tree."""

    __tablename__ = "audit_seal"
    __table_args__ = (Index("ix_audit_seal_recorder_first_seq", "recorder", "first_seq"),)

    first_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorder: Mapped[int] = mapped_column(ForeignKey("audit_recorder.id"))
    first_seq: Mapped[int]
    records: Mapped[int]


class AuditTile(Base):
    """A full tile of 256 hashes, and its root, which is one hash of the level above."""

    __tablename__ = "audit_tile"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)


class AuditCheckpoint(Base):
    """A signed checkpoint."""

    __tablename__ = "audit_checkpoint"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditCosignature(Base):
    """The line of a witness under a checkpoint."""

    __tablename__ = "audit_cosignature"

    size: Mapped[int] = mapped_column(ForeignKey("audit_checkpoint.size"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    line: Mapped[str] = mapped_column(Text)


class AuditArchive(Base):
    """A file that has the decisions of a month and their records; ``places`` are packed runs of the tree's places."""

    __tablename__ = "archive"
    __table_args__ = (CheckConstraint("state IN ('BEGUN', 'DONE', 'RESTORED')", name="state"),)

    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(String(7))
    state: Mapped[str] = mapped_column(String(10))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    records: Mapped[int]
    places: Mapped[bytes] = mapped_column(LargeBinary)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ArchivedRecord(Base):
    """Where a record went that is in an archive and not in the database."""

    __tablename__ = "archived_record"
    __table_args__ = (Index("ix_archived_record_archive_place", "archive", "place"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    archive: Mapped[int] = mapped_column(ForeignKey("archive.no"))
    place: Mapped[int]
