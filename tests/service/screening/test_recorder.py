"""Many are recorded together: each hears of its own, nobody is stranded, and nothing is recorded twice."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from asking import AUTHOR, asked
from event_loop import run_apart
from sqlalchemy import func, select

from app.access.idempotency import IdempotencyClaim
from app.db import Database
from app.errors import Conflict, CutoffError, Unavailable
from app.screening import loop_connection, record_statement, store
from app.screening.models import Screening, ScreeningIdentifier
from app.screening.record_statement import RecordConnection, RecordUnit
from app.screening.recorder import Recorder, RecorderLimits
from app.screening.serialise import SerialisedDecision
from app.screening.service import ScreeningService


class Faulty:
    """A connection that does what it is told before or after it stores."""

    before: Callable[[Sequence[RecordUnit]], None] | None = None
    after: Callable[[Sequence[RecordUnit]], None] | None = None

    def __init__(self, real: RecordConnection) -> None:
        self.real = real

    def store(self, units: Sequence[RecordUnit]) -> None:
        if Faulty.before is not None:
            Faulty.before(units)
        self.real.store(units)
        if Faulty.after is not None:
            Faulty.after(units)

    def known(self, ids: Sequence[str]) -> set[str]:
        return self.real.known(ids)

    def probe(self) -> None:
        self.real.probe()

    def fileno(self) -> int | None:
        return self.real.fileno()

    def close(self) -> None:
        self.real.close()


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> type[Faulty]:
    connect = record_statement.connect
    monkeypatch.setattr(record_statement, "connect", lambda database: Faulty(connect(database)))
    monkeypatch.setattr(loop_connection, "connect_loop", lambda _database: None)
    monkeypatch.setattr(Faulty, "before", None)
    monkeypatch.setattr(Faulty, "after", None)
    return Faulty


@asynccontextmanager
async def running(database: Database, **limits: float) -> AsyncIterator[Recorder]:
    recorder = Recorder(database, RecorderLimits(**limits))  # type: ignore[arg-type]
    recorder.start(asyncio.get_running_loop())
    try:
        yield recorder
    finally:
        await asyncio.to_thread(recorder.stop)


def unit(sealed: SerialisedDecision, key: str | None = None, body: bytes = b"{}") -> RecordUnit:
    claim = None if key is None else IdempotencyClaim.of("core", "POST /v1/screenings", key, body)
    return RecordUnit.of([sealed], [sealed.text], AUTHOR, claim)


async def failed(recorder: Recorder) -> None:
    """Wait until a recorder says that it cannot record; the time limit of the run ends it."""
    while recorder.failure is None:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.02)


def recorded(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Screening)) or 0


def run(step: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_apart(step())


def test_what_is_answered_is_recorded_word_for_word(screening_service: ScreeningService) -> None:
    party = {"identifiers": [{"scheme": "DOMAIN", "value": "yangben.example"}], "remark": '引号"\\\t换行\n𬭎\u2028'}
    sealed = [screening_service.decide(asked(reference=f"r-{i}", counterparty=party)) for i in range(40)]

    async def step() -> None:
        async with running(screening_service.database) as recorder:
            answers = await asyncio.gather(*(recorder.record(unit(one)) for one in sealed))
        assert [text for (text,) in answers] == [one.text for one in sealed]

    run(step)
    with screening_service.database.read() as session:
        for one in sealed:
            assert store.answer_text(session, one.answer["id"], "core") == one.text
            row = session.get_one(Screening, one.answer["id"])
            assert row.request == one.asked.to_json()
            assert (row.screened_at, row.service_local_date) == (one.circumstances.screened_at, one.asked.service_date)
        assert session.scalar(select(func.count()).select_from(ScreeningIdentifier)) == len(sealed)


def test_a_row_is_the_same_whoever_stores_it(screening_service: ScreeningService) -> None:
    """By the recorder or in a transaction of one's own: every column, but for the id and the moment."""
    grouped, alone = screening_service.decide(asked(reference="r")), screening_service.decide(asked(reference="r"))

    async def step() -> None:
        async with running(screening_service.database) as recorder:
            await recorder.record(unit(grouped))

    run(step)
    screening_service.keep([alone], [alone.text], AUTHOR, None)
    with screening_service.database.read() as session:
        one, other = (session.get_one(Screening, sealed.answer["id"]) for sealed in (grouped, alone))
        differ = {"id", "answer", "record_sha256", "known_at", "screened_at"}
        for column in set(Screening.__table__.c.keys()) - differ:
            assert getattr(one, column) == getattr(other, column), column


def test_one_key_is_one_record_however_many_ask_at_once(screening_service: ScreeningService) -> None:
    sealed = [screening_service.decide(asked()) for _ in range(30)]

    async def step() -> None:
        async with running(screening_service.database) as one, running(screening_service.database) as other:
            answers = await asyncio.gather(
                *((one, other)[i % 2].record(unit(decision, "k")) for i, decision in enumerate(sealed))
            )
            assert len({text for (text,) in answers}) == 1
            with pytest.raises(Conflict):
                await one.record(unit(sealed[0], "k", b"other"))

    run(step)
    assert recorded(screening_service.database) == 1


def test_a_client_that_goes_away_strands_nobody(screening_service: ScreeningService, faulty: type[Faulty]) -> None:
    sealed = [screening_service.decide(asked()) for _ in range(20)]
    faulty.before = lambda _units: time.sleep(0.2)

    async def step() -> None:
        async with running(screening_service.database) as recorder:
            first = asyncio.ensure_future(recorder.record(unit(sealed[0])))
            await asyncio.sleep(0.05)
            others = [asyncio.ensure_future(recorder.record(unit(one))) for one in sealed[1:]]
            await asyncio.sleep(0.01)
            for one in others[::3]:
                one.cancel()
            found = await asyncio.gather(first, *others, return_exceptions=True)
            assert sum(isinstance(one, asyncio.CancelledError) for one in found) == len(others[::3])
            assert sum(isinstance(one, list) for one in found) == 20 - len(others[::3])

    run(step)


def test_a_wrong_unit_fails_alone(screening_service: ScreeningService) -> None:
    sealed = [screening_service.decide(asked()) for _ in range(10)]
    units = [unit(one) for one in sealed]
    wrong = [{**row, "rule_version": "none"} for row in units[4].rows.screenings]
    units[4] = replace(units[4], rows=replace(units[4].rows, screenings=wrong))

    async def step() -> None:
        async with running(screening_service.database) as recorder:
            found = await asyncio.gather(*(recorder.record(one) for one in units), return_exceptions=True)
        assert [i for i, one in enumerate(found) if not isinstance(one, list)] == [4]

    run(step)
    assert recorded(screening_service.database) == 9


@pytest.mark.parametrize("key", [None, "k"])
def test_a_commit_whose_answer_is_lost_is_one_record(
    screening_service: ScreeningService, faulty: type[Faulty], key: str | None
) -> None:
    sealed = screening_service.decide(asked())
    times: list[int] = []

    def lose(_units: Sequence[RecordUnit]) -> None:
        times.append(1)
        if len(times) == 1:
            raise ConnectionError

    faulty.after = lose

    async def step() -> None:
        async with running(screening_service.database) as recorder:
            assert await recorder.record(unit(sealed, key)) == [sealed.text]

    run(step)
    assert len(times) == 1
    assert recorded(screening_service.database) == 1


def test_while_the_database_is_away_whoever_comes_is_refused_at_once(
    screening_service: ScreeningService, faulty: type[Faulty]
) -> None:
    sealed = [screening_service.decide(asked()) for _ in range(3)]
    away = threading.Event()
    away.set()

    def fail(_units: Sequence[RecordUnit]) -> None:
        if away.is_set():
            raise ConnectionError

    faulty.before = fail

    async def step() -> None:
        async with running(screening_service.database, timeout_s=40.0, probe_s=60) as recorder:
            first = asyncio.ensure_future(recorder.record(unit(sealed[0])))
            await failed(recorder)
            assert recorder.failure == "ConnectionError"
            started = time.monotonic()
            with pytest.raises(Unavailable):
                await recorder.record(unit(sealed[1]))
            assert time.monotonic() - started < 10  # the first one waits for 40
            away.clear()
            assert await first == [sealed[0].text]
            assert recorder.failure is None
            assert await recorder.record(unit(sealed[2])) == [sealed[2].text]

    run(step)
    assert recorded(screening_service.database) == 2


def test_what_is_not_recorded_in_time_is_not_answered(
    screening_service: ScreeningService, faulty: type[Faulty]
) -> None:
    sealed = screening_service.decide(asked())
    answered = threading.Event()
    faulty.before = lambda _units: answered.wait(30) and None

    async def step() -> None:
        async with running(screening_service.database, timeout_s=0.3, stall_s=0.4) as recorder:
            try:
                started = time.monotonic()
                with pytest.raises(CutoffError):
                    await recorder.record(unit(sealed))
                assert time.monotonic() - started < 10
                await failed(recorder)
                assert recorder.failure == "stalled"
            finally:
                answered.set()

    run(step)


def test_a_thread_records_like_the_loop(screening_service: ScreeningService) -> None:
    sealed = screening_service.decide(asked())

    async def step() -> None:
        async with running(screening_service.database) as recorder:
            assert await asyncio.to_thread(recorder.record_now, unit(sealed, "k")) == [sealed.text]
            assert await asyncio.to_thread(recorder.record_now, unit(screening_service.decide(asked()), "k")) == [
                sealed.text
            ]

    run(step)
    assert recorded(screening_service.database) == 1


def test_questions_decided_together_are_decided_as_if_alone(screening_service: ScreeningService) -> None:
    names = [
        "福建示例大宗商品交易中心有限公司",
        "福州样本海鲜酒楼有限公司",
        "示例微盘平台",
        "样本交易所",
        "某某样本税务所",
    ]
    questions = [
        asked(name, service_date=day, counterparty={"kind": kind, "products": products})
        for name in names
        for day in ("2017-06-29", "2017-07-03")
        for kind in ("UNKNOWN", "PERSON")
        for products in ([], ["黄金"])
    ]
    vary = {"id", "known_at", "screened_at", "record_sha256"}
    for _ in range(2):
        for one, question in zip(screening_service.decide_now(questions), questions, strict=True):
            alone = screening_service.decide(question)
            kept = [{k: v for k, v in json.loads(text).items() if k not in vary} for text in (one.text, alone.text)]
            assert kept[0] == kept[1]
