"""The event loop stores by a connection of its own on PostgreSQL, and whatever goes wrong there ends well."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from asking import AUTHOR, asked
from event_loop import run_apart
from sqlalchemy import func, select

from app.access.idempotency import IdempotencyClaim
from app.db import Database
from app.errors import Conflict
from app.screening import loop_connection
from app.screening.loop_connection import LoopConnection
from app.screening.models import Screening
from app.screening.record_statement import RecordUnit
from app.screening.recorder import Recorder, RecorderLimits
from app.screening.serialise import SerialisedDecision
from app.screening.service import ScreeningService

_PATIENCE_S = 30.0
Opened = list[LoopConnection]


@pytest.fixture
def service(screening_service: ScreeningService) -> ScreeningService:
    if screening_service.database.is_sqlite:
        pytest.skip("an embedded database is written by a thread alone")
    return screening_service


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    found: Opened = []
    connect = loop_connection.connect_loop

    def watched(database: Database) -> LoopConnection | None:
        connection = connect(database)
        assert connection is not None
        found.append(connection)
        return connection

    monkeypatch.setattr(loop_connection, "connect_loop", watched)
    return found


@asynccontextmanager
async def running(service: ScreeningService, opened: Opened, **limits: float) -> AsyncIterator[Recorder]:
    recorder = Recorder(service.database, RecorderLimits(**limits))  # type: ignore[arg-type]
    recorder.start(asyncio.get_running_loop())
    await until(lambda: bool(opened))
    await asyncio.sleep(0.05)
    try:
        yield recorder
    finally:
        await asyncio.to_thread(recorder.stop)


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def unit(sealed: SerialisedDecision, key: str | None = None, body: bytes = b"{}") -> RecordUnit:
    claim = None if key is None else IdempotencyClaim.of("core", "POST /v1/screenings", key, body)
    return RecordUnit.of([sealed], [sealed.text], AUTHOR, claim)


def decided(service: ScreeningService, count: int) -> list[SerialisedDecision]:
    return [service.decide(asked()) for _ in range(count)]


def stored(service: ScreeningService) -> set[str]:
    with service.database.read() as session:
        return set(session.scalars(select(Screening.id)))


def test_many_are_stored_by_the_connection_of_the_loop(service: ScreeningService, opened: Opened) -> None:
    """Enough of them that the socket does not take a group in one piece."""
    sealed = decided(service, 300)

    async def record_all() -> None:
        async with running(service, opened) as recorder:
            sent: list[int] = []
            send = opened[0].send
            opened[0].send = lambda units: (sent.append(len(units)), send(units))[1]  # type: ignore[method-assign]
            texts = await asyncio.gather(*(recorder.record(unit(one)) for one in sealed))
            assert [text for (text,) in texts] == [one.text for one in sealed]
            assert sent == [256, 44]
            assert recorder.waiting == 0

    run_apart(record_all())
    assert stored(service) == {one.answer["id"] for one in sealed}


def test_a_connection_that_is_lost_takes_no_decision_with_it(service: ScreeningService, opened: Opened) -> None:
    sealed = decided(service, 40)

    async def record_all() -> None:
        async with running(service, opened) as recorder:
            waiting = [asyncio.ensure_future(recorder.record(unit(one))) for one in sealed[:20]]
            await asyncio.sleep(0)
            with socket.socket(fileno=os.dup(opened[0].fileno())) as found:
                found.shutdown(socket.SHUT_RDWR)
            waiting += [asyncio.ensure_future(recorder.record(unit(one))) for one in sealed[20:]]
            await asyncio.gather(*waiting)
            await until(lambda: len(opened) > 1)

    run_apart(record_all())
    assert stored(service) == {one.answer["id"] for one in sealed}


def test_a_lost_answer_of_a_commit_is_one_record(
    service: ScreeningService, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = decided(service, 3)

    async def record_all() -> None:
        async with running(service, opened) as recorder:
            finish = opened[0].finish

            def lost() -> bool:
                if finish():
                    raise ConnectionResetError
                return False

            monkeypatch.setattr(opened[0], "finish", lost)
            texts = await asyncio.gather(*(recorder.record(unit(one, f"k{at}")) for at, one in enumerate(sealed)))
            assert [text for (text,) in texts] == [one.text for one in sealed]

    run_apart(record_all())
    with service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Screening)) == len(sealed)


def test_a_taken_claim_gets_the_first_answer_and_the_others_their_own(
    service: ScreeningService, opened: Opened
) -> None:
    first, again, other, beside = decided(service, 4)

    async def record_all() -> None:
        async with running(service, opened) as recorder:
            assert await recorder.record(unit(first, "key")) == [first.text]
            repeated, reused, alone = await asyncio.gather(
                recorder.record(unit(again, "key")),
                recorder.record(unit(other, "key", b"[]")),
                recorder.record(unit(beside)),
                return_exceptions=True,
            )
            assert repeated == [first.text]
            assert isinstance(reused, Conflict)
            assert alone == [beside.text]
            assert len(opened) == 1

    run_apart(record_all())
    assert stored(service) == {first.answer["id"], beside.answer["id"]}


def test_a_database_that_does_not_answer_is_cut_and_the_decision_told_as_unknown(
    service: ScreeningService, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sealed,) = decided(service, 1)

    async def record_all() -> None:
        async with running(service, opened, stall_s=0.3) as recorder:
            monkeypatch.setattr(opened[0], "finish", lambda: False)
            # The commit was made, and nobody heard of it: the thread looks whether it is there.
            assert await recorder.record(unit(sealed)) == [sealed.text]
            await until(lambda: recorder.failure is None and len(opened) > 1)

    run_apart(record_all())
    assert stored(service) == {sealed.answer["id"]}


def test_what_is_on_its_way_is_stored_before_the_end(service: ScreeningService, opened: Opened) -> None:
    sealed = decided(service, 5)

    async def record_all() -> None:
        async with running(service, opened) as recorder:
            waiting = [asyncio.ensure_future(recorder.record(unit(one))) for one in sealed]
            await asyncio.sleep(0)
            await asyncio.to_thread(recorder.stop)
            await asyncio.gather(*waiting)

    run_apart(record_all())
    assert stored(service) == {one.answer["id"] for one in sealed}
