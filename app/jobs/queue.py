"""A durable queue on the database: claim under a lease, finish once, and let nobody wait for the dead.

Every claim raises the chunk's ``attempt``, which is its fencing token: a worker whose lease ran out and
whose chunk another one took cannot finish it any more.  The result of a chunk and its mark DONE are one
commit, so none is lost and none counts twice.  PostgreSQL skips rows that another worker has locked;
on SQLite a write transaction begins with BEGIN IMMEDIATE, so claims take turns.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from app.db import ReadSession, WriteSession
from app.errors import Conflict, NotFound, TooMany
from app.jobs.models import Chunk, Job
from app.jobs.state import ChunkState, JobState

ATTEMPTS_MAX = 5


@dataclass(frozen=True, slots=True)
class Owner:
    """Who asked for a job."""

    client: str
    subject: str
    key_id: str | None


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk to be done: its stage, what its worker needs, and its size."""

    stage: str
    payload: Mapping[str, Any]
    units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkClaim:
    """A chunk that this worker may work on until ``lease_until``."""

    job_id: str
    kind: str
    no: int
    stage: str
    attempt: int
    payload: Mapping[str, Any]
    options: Mapping[str, Any]
    memo: Mapping[str, Any] | None
    owner: Owner
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it is now; ``units_done`` counts the finished chunks."""

    id: str
    kind: str
    state: JobState
    owner: Owner
    options: Mapping[str, Any]
    memo: Mapping[str, Any] | None
    result: Mapping[str, Any] | None
    error: str | None
    units_total: int | None
    units_done: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def create(
    session: WriteSession,
    kind: str,
    owner: Owner,
    options: Mapping[str, Any],
    first: NewChunk,
    *,
    now: datetime,
    job_id: str | None = None,
    open_max: int | None = None,
) -> str:
    """Queue a job with its first chunk and return its id.

    Raises TooMany where the owner's client has ``open_max`` unfinished jobs of the kind already.
    """
    if open_max is not None:
        _one_at_a_time(session, owner.client)
    if open_max is not None and _open_jobs(session, kind, owner.client) >= open_max:
        raise TooMany("too-many-jobs", f"未完成的任务已达 {open_max} 个 / {open_max} jobs are unfinished already")
    job = Job(
        id=job_id or str(uuid.uuid4()),
        kind=kind,
        state=JobState.QUEUED,
        client=owner.client,
        key_id=owner.key_id,
        subject=owner.subject,
        options=dict(options),
        created_at=now,
    )
    session.add(job)
    session.flush()
    add_chunks(session, job.id, [first], start=0)
    return job.id


def add_chunks(session: WriteSession, job_id: str, chunks: Iterable[NewChunk], *, start: int) -> None:
    """Add chunks to a job, numbered from ``start``."""
    session.add_all(
        Chunk(
            job_id=job_id,
            no=no,
            stage=chunk.stage,
            state=ChunkState.WAITING,
            attempt=0,
            payload=dict(chunk.payload),
            units=chunk.units,
        )
        for no, chunk in enumerate(chunks, start=start)
    )
    session.flush()


def claim(session: WriteSession, worker: str, now: datetime, lease: timedelta) -> ChunkClaim | None:
    """Take the next chunk that waits, or whose worker's lease ran out; None where there is none.

    A chunk that failed :data:`ATTEMPTS_MAX` workers fails its job: it would kill the next one too.
    """
    free = or_(Chunk.state == ChunkState.WAITING, and_(Chunk.state == ChunkState.CLAIMED, Chunk.lease_until < now))
    statement = (
        select(Chunk, Job)
        .join(Job, Job.id == Chunk.job_id)
        .where(free, Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
        .order_by(Job.created_at, Chunk.job_id, Chunk.no)
        .limit(1)
        .with_for_update(skip_locked=True, of=Chunk)
    )
    found = session.execute(statement).first()
    if found is None:
        return None
    chunk, job = found
    if chunk.attempt >= ATTEMPTS_MAX:
        fail(session, job.id, f"分片 {chunk.no} 多次失败 / chunk {chunk.no} failed too often: {chunk.error or ''}", now)
        return claim(session, worker, now, lease)
    chunk.state, chunk.worker, chunk.lease_until = ChunkState.CLAIMED, worker, now + lease
    chunk.attempt += 1
    if job.state == JobState.QUEUED:
        session.execute(
            update(Job)
            .where(Job.id == job.id, Job.state == JobState.QUEUED)
            .values(state=JobState.RUNNING, started_at=now)
        )
    session.flush()
    owner = Owner(job.client, job.subject, job.key_id)
    return ChunkClaim(
        job_id=job.id,
        kind=job.kind,
        no=chunk.no,
        stage=chunk.stage,
        attempt=chunk.attempt,
        payload=chunk.payload,
        options=job.options,
        memo=job.memo,
        owner=owner,
        created_at=job.created_at,
    )


def extend(session: WriteSession, held: ChunkClaim, now: datetime, lease: timedelta) -> bool:
    """Keep a claim alive; False where it is lost, or its job is no longer wanted."""
    wanted = select(Job.id).where(Job.id == held.job_id, Job.state == JobState.RUNNING).exists()
    return _touch(session, held, wanted, lease_until=now + lease)


def holds(session: ReadSession, held: ChunkClaim) -> bool:
    """Whether a claim still holds and its job is still wanted."""
    wanted = select(Chunk.no).join(Job, Job.id == Chunk.job_id)
    wanted = wanted.where(Chunk.job_id == held.job_id, Chunk.no == held.no, Chunk.attempt == held.attempt)
    return session.scalar(wanted.where(Job.state == JobState.RUNNING)) is not None


def finish(session: WriteSession, held: ChunkClaim) -> bool:
    """Mark a chunk as done; False where the claim is lost or the job not wanted, and then nothing has changed."""
    wanted = select(Job.id).where(Job.id == held.job_id, Job.state == JobState.RUNNING).exists()
    return _touch(session, held, wanted, state=ChunkState.DONE, lease_until=None)


def set_result(session: WriteSession, held: ChunkClaim, result: Mapping[str, Any]) -> None:
    """Write what a chunk found, in the transaction that has finished it."""
    session.execute(update(Chunk).where(Chunk.job_id == held.job_id, Chunk.no == held.no).values(result=dict(result)))


def give_back(session: WriteSession, held: ChunkClaim, error: str | None) -> bool:
    """Let another worker have the chunk at once."""
    return _touch(session, held, None, state=ChunkState.WAITING, lease_until=None, error=error)


def _touch(session: WriteSession, held: ChunkClaim, also: Any, **values: Any) -> bool:  # noqa: ANN401 - SQL and columns
    statement = update(Chunk).where(
        Chunk.job_id == held.job_id,
        Chunk.no == held.no,
        Chunk.state == ChunkState.CLAIMED,
        Chunk.attempt == held.attempt,
    )
    if also is not None:
        statement = statement.where(also)
    done = session.execute(statement.values(**values).returning(Chunk.no))
    return done.first() is not None


def waiting(session: ReadSession, job_id: str) -> int:
    """Return how many chunks of a job are not done."""
    statement = select(func.count()).where(Chunk.job_id == job_id, Chunk.state != ChunkState.DONE)
    return session.scalar(statement) or 0


def chunk_count(session: ReadSession, job_id: str) -> int:
    """Return how many chunks a job has."""
    return session.scalar(select(func.count()).where(Chunk.job_id == job_id)) or 0


def lock(session: WriteSession, job_id: str) -> Job:
    """Hold a job until the transaction ends, so that two workers that finish last take turns."""
    return session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one()


def results(session: ReadSession, job_id: str, stage: str) -> list[Mapping[str, Any]]:
    """Return what the finished chunks of a stage found, in their order."""
    statement = (
        select(Chunk.result)
        .where(Chunk.job_id == job_id, Chunk.stage == stage, Chunk.state == ChunkState.DONE)
        .order_by(Chunk.no)
    )
    return [result for result in session.scalars(statement) if result is not None]


def complete(session: WriteSession, job_id: str, result: Mapping[str, Any], now: datetime) -> None:
    """Mark a running job as done."""
    _end(session, job_id, JobState.DONE, now, result=dict(result))


def fail(session: WriteSession, job_id: str, error: str, now: datetime) -> None:
    """Mark a job as failed; its chunks stay as they are."""
    _end(session, job_id, JobState.FAILED, now, error=error)


def cancel(session: WriteSession, job_id: str, client: str | None, now: datetime) -> JobView:
    """Stop a job; cancelling a cancelled one changes nothing.  Raises NotFound, Conflict where it has ended."""
    job = view(session, job_id, client)
    if job.state is JobState.CANCELLED:
        return job
    if job.state.is_final:
        raise Conflict("job-ended", f"任务已结束 / the job has ended: {job.state}")
    _end(session, job_id, JobState.CANCELLED, now)
    return view(session, job_id, client)


def _end(session: WriteSession, job_id: str, state: JobState, now: datetime, **values: Any) -> None:  # noqa: ANN401 - columns
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
        .values(state=state, finished_at=now, **values)
    )
    session.expire_all()


def ended(session: ReadSession, job_ids: Collection[str]) -> dict[str, datetime | None]:
    """Return when each of these jobs ended, None for one that has not; ids of no job are left out."""
    rows = session.execute(select(Job.id, Job.finished_at).where(Job.id.in_(job_ids)))
    return {row.id: row.finished_at for row in rows}


def of_client(session: ReadSession, job_ids: Collection[str], client: str) -> list[str]:
    """Return which of these jobs are a client's."""
    return list(session.scalars(select(Job.id).where(Job.id.in_(job_ids), Job.client == client)))


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job that has ended, in short."""

    id: str
    kind: str
    state: JobState
    error: str | None
    finished_at: datetime | None


def finished_since(session: ReadSession, client: str, since: datetime, limit: int) -> list[EndedJob]:
    """Return the jobs of a client that ended at or after a moment, the last ones, in the order in which they ended."""
    statement = (
        select(Job.id, Job.kind, Job.state, Job.error, Job.finished_at)
        .where(Job.client == client, Job.finished_at >= since)
        .order_by(Job.finished_at.desc(), Job.id)
        .limit(limit)
    )
    found = session.execute(statement).all()
    return [EndedJob(row.id, row.kind, JobState(row.state), row.error, row.finished_at) for row in reversed(found)]


def view(session: ReadSession, job_id: str, client: str | None) -> JobView:
    """Return a job as it is now; ``client`` None sees those of all.  Raises NotFound."""
    job = session.scalars(select(Job).where(Job.id == job_id)).first()
    if job is None or (client is not None and job.client != client):
        raise NotFound("job-not-found", f"没有此任务 / there is no job {job_id}")
    return _view(session, job)


def newest(session: ReadSession, limit: int) -> list[JobView]:
    """Return the newest jobs of all kinds and clients."""
    statement = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    return [_view(session, job) for job in session.scalars(statement)]


def recent(session: ReadSession, kind: str, client: str | None, limit: int) -> list[JobView]:
    """Return the newest jobs of a kind; ``client`` None sees those of all."""
    statement = select(Job).where(Job.kind == kind).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    if client is not None:
        statement = statement.where(Job.client == client)
    return [_view(session, job) for job in session.scalars(statement)]


def _view(session: ReadSession, job: Job) -> JobView:
    done = session.scalar(
        select(func.coalesce(func.sum(Chunk.units), 0)).where(Chunk.job_id == job.id, Chunk.state == ChunkState.DONE)
    )
    return JobView(
        id=job.id,
        kind=job.kind,
        state=JobState(job.state),
        owner=Owner(job.client, job.subject, job.key_id),
        options=job.options,
        memo=job.memo,
        result=job.result,
        error=job.error,
        units_total=job.units_total,
        units_done=int(done or 0),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


@dataclass(frozen=True, slots=True)
class JobSearch:
    """What jobs are looked for by; ``client`` None sees those of all, ``before`` is the last job of the page before."""

    kind: str
    client: str | None
    state: JobState | None = None
    before: str | None = None


def found(session: ReadSession, wanted: JobSearch, limit: int) -> list[JobView]:
    """Return jobs as they are now, newest first.  Raises NotFound where ``before`` is none that the client sees."""
    statement = select(Job.id).where(Job.kind == wanted.kind)
    if wanted.client is not None:
        statement = statement.where(Job.client == wanted.client)
    if wanted.state is not None:
        statement = statement.where(Job.state == wanted.state)
    if wanted.before is not None:
        last = view(session, wanted.before, wanted.client)
        is_older = or_(Job.created_at < last.created_at, and_(Job.created_at == last.created_at, Job.id < last.id))
        statement = statement.where(is_older)
    ids = session.scalars(statement.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)).all()
    return [view(session, job_id, wanted.client) for job_id in ids]


def _one_at_a_time(session: WriteSession, client: str) -> None:
    """Let the jobs of a client be counted and queued one by one; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"jobs:{client}", 0))))


def _open_jobs(session: ReadSession, kind: str, client: str) -> int:
    statement = select(func.count()).where(
        Job.kind == kind, Job.client == client, Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    )
    return session.scalar(statement) or 0
