"""The tables of lists.  Private to this package: others call its store and service."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, JsonText, UtcDateTime

STATES = ("draft", "submitted", "approved", "scheduled", "active", "superseded", "rejected", "withdrawn")


# Compared byte by byte on both databases, so that pages and hashes follow one order.
EXTERNAL_ID = String(100).with_variant(String(100, collation="C"), "postgresql")


def _in(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class ListRow(Base):
    """One list.  What may change about a list is in its versions."""

    __tablename__ = "list"

    code: Mapped[str] = mapped_column(String(63), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VersionRow(Base):
    """One version.  What it says never changes; its state and the moments of its life do, in one direction."""

    __tablename__ = "list_version"
    __table_args__ = (
        UniqueConstraint("list_code", "version"),
        CheckConstraint(_in("state", STATES), "state"),
        CheckConstraint(_in("file_kind", ("FULL", "DELTA")), "file_kind"),
        # Four eyes: the checker is another person than the maker.
        CheckConstraint("checker IS NULL OR checker <> maker", "four_eyes"),
        # Nothing is approved, scheduled or in force without a checker.
        CheckConstraint(
            "state NOT IN ('approved', 'scheduled', 'active', 'superseded') OR checker IS NOT NULL", "checked"
        ),
        CheckConstraint(
            "(state IN ('active', 'superseded')) = (known_from IS NOT NULL AND activated_at IS NOT NULL)", "known"
        ),
        CheckConstraint("state <> 'scheduled' OR activate_at IS NOT NULL", "scheduled"),
        Index(
            "uq_list_version_active",
            "list_code",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_list_version_state", "state"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    list_code: Mapped[str] = mapped_column(ForeignKey("list.code"))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str] = mapped_column(String(64))
    file_kind: Mapped[str] = mapped_column(String(5))
    # The version whose state the file was checked against; a DELTA may only be activated on it.
    base_version: Mapped[int | None]
    # The version before it in its lineage, fixed at activation.
    parent_version: Mapped[int | None]
    # For a rollback the version whose state it brings back.
    rollback_to: Mapped[int | None]
    list_name: Mapped[str | None] = mapped_column(Text)
    list_issuer: Mapped[str] = mapped_column(Text)
    uploader_org: Mapped[str | None] = mapped_column(Text)
    issuing_doc_no: Mapped[str | None] = mapped_column(Text)
    issued_on: Mapped[date]
    effective_on: Mapped[date]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    jurisdiction_code: Mapped[str] = mapped_column(String(6))
    row_count: Mapped[int]
    categories: Mapped[Any] = mapped_column(JsonText)
    findings: Mapped[Any] = mapped_column(JsonText)
    maker: Mapped[str] = mapped_column(Text)
    checker: Mapped[str | None] = mapped_column(Text)
    backfilled: Mapped[bool]
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activate_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    known_from: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EntryRow(Base):
    """One canonical row of a version.  Rows are added with their version and never change."""

    __tablename__ = "list_entry"

    version_id: Mapped[int] = mapped_column(ForeignKey("list_version.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    entity_id: Mapped[str] = mapped_column(String(36), index=True)
    row: Mapped[Any] = mapped_column(JsonText)


class FileRow(Base):
    """The file that a version was uploaded as, byte for byte: the evidence of what the regulator sent."""

    __tablename__ = "list_file"

    version_id: Mapped[int] = mapped_column(ForeignKey("list_version.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class EventRow(Base):
    """One thing that happened to a version: who did what, from where, when and why.  Never changes."""

    __tablename__ = "list_version_event"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("list_version.id"), index=True)
    event: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(Text)
    via: Mapped[str] = mapped_column(String(10))
    os_user: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(Text)
