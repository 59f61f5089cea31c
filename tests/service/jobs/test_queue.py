"""The queue: every chunk is done once, whoever dies."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.db import Database
from app.errors import Conflict, NotFound, TooMany
from app.jobs import queue
from app.jobs.queue import ChunkClaim, NewChunk, Owner
from app.jobs.state import JobState

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
OWNER = Owner("core", "teller", None)


def job(db: Database, chunks: int = 1, **more: object) -> str:
    with db.write() as session:
        job_id = queue.create(session, "bulk", OWNER, {}, NewChunk("plan", {}, 1), now=NOW, **more)  # type: ignore[arg-type]
        queue.add_chunks(session, job_id, [NewChunk("screen", {"n": n}, 10) for n in range(1, chunks)], start=1)
    return job_id


def claimed(db: Database, worker: str = "w", now: datetime = NOW) -> ChunkClaim | None:
    with db.write() as session:
        return queue.claim(session, worker, now, LEASE)


def finished(db: Database, claim: ChunkClaim, result: dict[str, int]) -> bool:
    with db.write() as session:
        done = queue.finish(session, claim)
        if done:
            queue.set_result(session, claim, result)
        return done


def test_chunks_are_claimed_in_order_and_once(db: Database) -> None:
    job_id = job(db, 3)
    claims = [claimed(db), claimed(db), claimed(db)]
    assert [claim.no for claim in claims if claim] == [0, 1, 2]
    assert claimed(db) is None
    with db.read() as session:
        assert queue.view(session, job_id, "core").state is JobState.RUNNING


def test_a_dead_workers_chunk_goes_to_another_and_the_dead_one_cannot_finish_it(db: Database) -> None:
    job_id = job(db)
    first = claimed(db, "dead")
    assert claimed(db, "next", NOW + LEASE / 2) is None
    second = claimed(db, "next", NOW + LEASE * 2)
    assert first
    assert second
    assert (second.no, second.attempt) == (first.no, 2)
    assert not finished(db, first, {"by": 1})
    assert finished(db, second, {"by": 2})
    assert not finished(db, second, {"by": 3})
    with db.read() as session:
        assert queue.results(session, job_id, "plan") == [{"by": 2}]
        assert queue.waiting(session, job_id) == 0


def test_a_heartbeat_keeps_a_chunk(db: Database) -> None:
    job(db)
    claim = claimed(db)
    assert claim
    with db.write() as session:
        assert queue.extend(session, claim, NOW + LEASE / 2, LEASE)
    assert claimed(db, now=NOW + LEASE * 1.2) is None
    assert claimed(db, now=NOW + LEASE * 1.6) is not None
    with db.write() as session:
        assert not queue.extend(session, claim, NOW, LEASE)


def test_a_chunk_that_fails_every_worker_fails_its_job(db: Database) -> None:
    job_id = job(db)
    for _ in range(queue.ATTEMPTS_MAX):
        claim = claimed(db)
        assert claim
        with db.write() as session:
            queue.give_back(session, claim, "ValueError")
    assert claimed(db) is None
    with db.read() as session:
        seen = queue.view(session, job_id, None)
    assert seen.state is JobState.FAILED
    assert "ValueError" in (seen.error or "")


def test_a_cancelled_job_is_left_alone(db: Database) -> None:
    job_id = job(db, 2)
    claim = claimed(db)
    assert claim
    with db.write() as session:
        queue.cancel(session, job_id, "core", NOW)
    assert not finished(db, claim, {})
    assert claimed(db) is None
    with db.write() as session:
        assert queue.cancel(session, job_id, "core", NOW).state is JobState.CANCELLED


def test_a_job_that_has_ended_cannot_be_cancelled(db: Database) -> None:
    job_id = job(db)
    assert claimed(db)
    with db.write() as session:
        queue.complete(session, job_id, {"ok": 1}, NOW)
    with db.write() as session, pytest.raises(Conflict):
        queue.cancel(session, job_id, "core", NOW)


def test_jobs_of_others_are_not_seen(db: Database) -> None:
    job_id = job(db)
    with db.read() as session, pytest.raises(NotFound):
        queue.view(session, job_id, "other")


def test_a_client_has_a_limit_of_unfinished_jobs(db: Database) -> None:
    for _ in range(2):
        job(db, open_max=2)
    with pytest.raises(TooMany):
        job(db, open_max=2)


def test_many_workers_do_every_chunk_once(db: Database) -> None:
    job_id = job(db, 60)
    done: list[int] = []
    guard = threading.Lock()

    def work(name: str) -> None:
        while claim := claimed(db, name):
            assert finished(db, claim, {"no": claim.no})
            with guard:
                done.append(claim.no)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work, f"w{i}") for i in range(4)]:
            future.result()
    assert sorted(done) == list(range(60))
    with db.read() as session:
        seen = queue.view(session, job_id, None)
        assert seen.units_done == 1 + 59 * 10
        assert queue.waiting(session, job_id) == 0
