"""That workers are alive, and how much waits for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update

from app.db import ReadSession, WriteSession
from app.jobs.models import Job, WorkerBeat
from app.jobs.state import JobState

FORGOTTEN_AFTER: Final = timedelta(days=1)
_UNFINISHED: Final = (JobState.QUEUED, JobState.RUNNING)


def beat(session: WriteSession, worker: str, now: datetime) -> None:
    """Write down that a worker is alive, and forget those that have long been gone."""
    seen = session.execute(
        update(WorkerBeat).where(WorkerBeat.name == worker).values(seen_at=now).returning(WorkerBeat.name)
    )
    if seen.first() is None:
        session.add(WorkerBeat(name=worker, seen_at=now))
        session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < now - FORGOTTEN_AFTER))


@dataclass(frozen=True, slots=True)
class QueueState:
    """Jobs that are not finished, by state; since when the oldest of them waits; when a worker was last alive."""

    jobs: dict[str, int]
    oldest_at: datetime | None
    worker_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker, and when it was last alive."""

    name: str
    seen_at: datetime


def workers(session: ReadSession) -> list[WorkerView]:
    """Return the workers of the last day, those seen last first."""
    found = session.scalars(select(WorkerBeat).order_by(WorkerBeat.seen_at.desc(), WorkerBeat.name))
    return [WorkerView(one.name, one.seen_at) for one in found]


def queue_state(session: ReadSession) -> QueueState:
    """Return the state of the queue."""
    counts = session.execute(
        select(Job.state, func.count()).where(Job.state.in_(_UNFINISHED)).group_by(Job.state)
    ).all()
    return QueueState(
        {state.value: 0 for state in _UNFINISHED} | {str(state): count for state, count in counts},
        session.scalar(select(func.min(Job.created_at)).where(Job.state == JobState.QUEUED)),
        session.scalar(select(func.max(WorkerBeat.seen_at))),
    )
