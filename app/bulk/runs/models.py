"""The tables of recorded bulk runs; nothing in them is ever changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, JsonText, UtcDateTime


class BulkRun(Base):
    """That a file was screened as a whole: the proof of a sweep (R01).

    ``basis`` holds the list versions, the rule version, the defaults and the reading of the columns; with
    them and the file of ``input_sha256`` every row can be computed again.
    """

    __tablename__ = "bulk_run"
    __table_args__ = (Index("ix_bulk_run_client_finished_at", "client", "finished_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    client: Mapped[str] = mapped_column(String(200))
    key_id: Mapped[str | None] = mapped_column(String(36))
    subject: Mapped[str] = mapped_column(String(200))
    via: Mapped[str] = mapped_column(String(10))
    input_name: Mapped[str] = mapped_column(String(400))
    input_sha256: Mapped[str] = mapped_column(String(64))
    output_name: Mapped[str] = mapped_column(String(400))
    output_sha256: Mapped[str] = mapped_column(String(64))
    options: Mapped[dict[str, Any]] = mapped_column(JsonText)
    basis: Mapped[dict[str, Any]] = mapped_column(JsonText)
    counts: Mapped[dict[str, Any]] = mapped_column(JsonText)
    findings: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BulkFinding(Base):
    """That a row of a run was not PASS.

    ``no`` counts the findings of a run; ``row_no`` counts the rows of the file from 0.  A faulty row has
    no screening, and that of another may be archived.  ``key`` and ``digest`` are what a later run is compared by.
    """

    __tablename__ = "bulk_finding"
    __table_args__ = (
        CheckConstraint("outcome IN ('REVIEW', 'BLOCK')", name="outcome"),
        Index("ix_bulk_finding_screening_id", "screening_id"),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("bulk_run.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    row_no: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(6))
    screening_id: Mapped[str | None] = mapped_column(String(36))
