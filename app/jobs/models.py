"""The tables of the queue."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, JsonText, UtcDateTime
from app.jobs.state import ChunkState, JobState

_JOB_STATES = ", ".join(f"'{state}'" for state in JobState)
_CHUNK_STATES = ", ".join(f"'{state}'" for state in ChunkState)


class Job(Base):
    """One piece of work that somebody asked for.  ``options`` and ``memo`` belong to its kind.

    ``memo`` is what its first chunk found out and the others need.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(f"state IN ({_JOB_STATES})", name="state"),
        Index("ix_job_client_created_at", "client", "created_at"),
        Index("ix_job_state_created_at", "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(10))
    client: Mapped[str] = mapped_column(String(200))
    key_id: Mapped[str | None] = mapped_column(String(36))
    subject: Mapped[str] = mapped_column(String(200))
    options: Mapped[dict[str, Any]] = mapped_column(JsonText)
    memo: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    error: Mapped[str | None] = mapped_column(Text)
    units_total: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Chunk(Base):
    """A part of a job that one worker does in one go.

    ``attempt`` counts claims and is the fencing token: only the worker of the last claim may finish it.
    ``units`` is its size (rows of a file), ``result`` what the worker found.
    """

    __tablename__ = "chunk"
    __table_args__ = (
        CheckConstraint(f"state IN ({_CHUNK_STATES})", name="state"),
        Index("ix_chunk_state_lease_until", "state", "lease_until"),
    )

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stage: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    attempt: Mapped[int]
    worker: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText)
    units: Mapped[int]
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    error: Mapped[str | None] = mapped_column(Text)


class WorkerBeat(Base):
    """A worker, and when it was last alive."""

    __tablename__ = "worker"
    __table_args__ = (Index("ix_worker_seen_at", "seen_at"),)

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
