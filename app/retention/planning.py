"""What may leave the database now, and what has left it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.audit import archives
from app.audit.archives import Archive
from app.db import ReadSession
from app.retention.holds import HoldsInForce
from app.retention.months import due_months, span_of
from app.screening import archived_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMonth:
    """A month that is old enough, with how many decisions of it are in the database, and how many of those are held."""

    month: str
    decisions: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPlan:
    """The months that may go, and the archives that there are."""

    due: tuple[DueMonth, ...]
    archives: tuple[Archive, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        return {
            "due": [{"month": one.month, "decisions": one.decisions, "held": one.held} for one in self.due],
            "archives": [
                {
                    "no": one.no,
                    "month": one.month,
                    "state": one.state,
                    "file": one.file_name,
                    "sha256": one.file_sha256,
                    "decisions": one.records,
                    "created_at": one.created_at.isoformat(),
                }
                for one in self.archives
            ],
        }


def plan(session: ReadSession, kept: int, now: datetime) -> RetentionPlan:
    """Return what is old enough where so many months are kept."""
    holds = HoldsInForce.of(session)
    due = []
    for month in due_now(session, kept, now):
        start, end = span_of(month)
        count = archived_rows.count_between(session, start, end)
        is_held = month in holds.months
        held = count if is_held else archived_rows.held_between(session, start, end, holds.clients, holds.screenings)
        due.append(DueMonth(month=month, decisions=count, held=held))
    return RetentionPlan(due=tuple(due), archives=tuple(archives.archives(session)))


def due_now(session: ReadSession, kept: int, now: datetime) -> list[str]:
    """Return the months that are old enough and have decisions in the database, oldest first."""
    first = archived_rows.first_screened_at(session)
    months = [] if first is None else due_months(first, kept, now)
    return [month for month in months if archived_rows.has_between(session, *span_of(month))]
