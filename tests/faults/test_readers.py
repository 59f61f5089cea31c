"""Many who read stop nobody: neither each other, nor screenings, nor the health checks; on both databases."""

import http.client
import json
import resource
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from client import running
from server import Server, unlimited_server
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.db import Database
from app.dependencies import Reading, routes
from app.screening import record_statement

READS = ("/v1/lists", "/v1/lists/qa", "/v1/screenings?limit=5", "/v1/rules", "/v1/lists/qa/versions/1/entries")
QUESTION = {
    "service": "FUND_SETTLEMENT",
    "service_date": "2017-07-03",
    "counterparty": {"name": "福建示例商贸有限公司"},
}


@dataclass
class Answers:
    """What one kind of client was answered, and how long each took."""

    seen: list[tuple[int, float, bool]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def bad(self, within_s: float) -> list[tuple[int, float, bool]]:
        """Return what is no success and no 503 with Retry-After within some time."""
        return [one for one in self.seen if one[0] != 200 and not (one[0] == 503 and one[2] and one[1] <= within_s)]

    def p99_s(self) -> float:
        times = sorted(seconds for _, seconds, _ in self.seen)
        return times[int(len(times) * 0.99)]


def _ask(
    server: Server, until: float, answers: Answers, pause_s: float, request: Callable[[int], tuple[Any, ...]]
) -> None:
    """Ask over one connection that stays open."""
    turn = 0
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        while time.monotonic() < until:
            method, path, headers, body = request(turn)
            turn += 1
            started = time.monotonic()
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                response.read()
            except OSError as error:
                answers.broken.append(repr(error))
                return
            seconds = time.monotonic() - started
            answers.seen.append((response.status, seconds, response.headers["Retry-After"] is not None))
            time.sleep(pause_s)


def _flood(database: Database, folder: Path, readers: int, seconds: float) -> tuple[Answers, Answers, Answers]:
    load(database, "qa", VENUE)
    with database.write() as session:
        key = keys.create(session, Role.SCREENER, name="flood")[1]
    server = unlimited_server(database, folder)
    try:
        read, screened, health = Answers(), Answers(), Answers()
        auth = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = json.dumps(QUESTION)
        until = time.monotonic() + seconds
        work: list[tuple[Any, ...]] = [
            *[
                (read, 0.0, lambda turn, place=place: ("GET", READS[(turn + place) % len(READS)], auth, None))
                for place in range(readers)
            ],
            *[(screened, 0.0, lambda _turn: ("POST", "/v1/screenings", auth, body)) for _ in range(16)],
            (health, 0.02, lambda _turn: ("GET", "/healthz", {}, None)),
        ]
        threads = [threading.Thread(target=_ask, args=(server, until, *one)) for one in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return read, screened, health
    finally:
        server.kill_if_running()


def _check(read: Answers, screened: Answers, health: Answers, within_s: float) -> None:
    assert not read.broken + screened.broken + health.broken
    assert not (bad := [one for answers in (read, screened, health) for one in answers.bad(within_s)]), bad[:5]
    assert len([one for one in screened.seen if one[0] == 200]) >= 16
    assert len(read.seen) >= 64


def test_readers_stop_neither_screenings_nor_health_checks(db: Database, tmp_path: Path) -> None:
    read, screened, health = _flood(db, tmp_path, readers=64, seconds=4)
    _check(read, screened, health, within_s=5.0)
    assert {status for status, _, _ in health.seen} == {200}
    # How fast is measured by make check-long: other tests run on the machine too.
    assert max(seconds for _, seconds, _ in health.seen) < 5.0


@pytest.mark.long
@pytest.mark.parametrize("readers", [64, 256])
def test_readers_leave_health_checks_fast(db: Database, tmp_path: Path, readers: int) -> None:
    read, screened, health = _flood(db, tmp_path, readers, seconds=20)
    print(readers, len(read.seen), len(screened.seen), round(health.p99_s() * 1000, 1))  # noqa: T201 - a measurement
    _check(read, screened, health, within_s=1.0)
    assert health.p99_s() <= 0.1


def _error(database: Database) -> str | None:
    """Try to record as the recorder does, and return how it failed."""
    connection = record_statement.connect(database)
    try:
        connection.probe()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return type(error).__name__
    finally:
        connection.close()
    return None


def _unready(api: Any) -> Any:
    """Wait until the recorder has found out by itself, and return what readiness says."""
    deadline = time.monotonic() + 5
    while (answer := api.call("GET", "/readyz", None)).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer


def test_readiness_says_whether_decisions_can_be_recorded(db: Database) -> None:
    load(db, "qa", VENUE)
    with running(db) as api:
        assert api.call("GET", "/readyz", None).status_code == 200
        with api.app.state.database.engine.connect() as connection:
            connection.exec_driver_sql("ALTER TABLE screening RENAME TO screening_away")
            connection.commit()
        answer = _unready(api)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:cutoff:problem:recording-impossible")
        assert int(answer.headers["Retry-After"]) >= 1
        assert api.call("GET", "/healthz", None).status_code == 200


@pytest.mark.postgres
def test_a_standby_records_nothing(postgres_db: Database) -> None:
    name = postgres_db.url.database
    with postgres_db.engine.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        connection.commit()
    postgres_db.engine.dispose()
    assert _error(postgres_db) == "ReadOnlySqlTransaction"


def test_a_file_that_cannot_be_written_records_nothing(sqlite_db: Database) -> None:
    assert _error(sqlite_db) is None
    path = Path(str(sqlite_db.url.database))
    connection = record_statement.connect(sqlite_db)
    connection._raw.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]
    with pytest.raises(sqlite3.OperationalError):
        connection.probe()
    connection.close()
    assert path.exists()


def test_a_full_disk_records_nothing(sqlite_db: Database) -> None:
    assert _error(sqlite_db) is None
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 << 10, before[1]))
    try:
        error = _error(sqlite_db)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert error == "OSError"
    assert _error(sqlite_db) is None


def test_the_attempt_leaves_nothing_behind(db: Database) -> None:
    def state() -> object:
        with db.read() as session:
            sql = "PRAGMA user_version" if db.is_sqlite else "SELECT count(*) FROM screening"
            return session.scalar(text(sql))

    before = state()
    assert _error(db) is None
    assert state() == before


def test_a_database_that_does_not_answer_turns_readiness_off(sqlite_db: Database) -> None:
    """The lists may have been confirmed just before; the attempt to record is what hangs."""
    load(sqlite_db, "qa", VENUE)
    with running(sqlite_db, freshness_max_s=1.0, refresh_interval_s=0.1) as api:
        _ready(api)
        with sqlite_db.engine.execution_options(writes=True).connect() as holder:
            holder.exec_driver_sql("SELECT 1")
            time.sleep(1.5)
            answer = api.call("GET", "/readyz", None)
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:cutoff:problem:recording-impossible")
            holder.rollback()
        _ready(api)


def _ready(api: Any) -> None:
    deadline = time.monotonic() + 10
    while api.call("GET", "/readyz", None).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_whoever_finds_no_connection_is_told_within_a_second(sqlite_db: Database) -> None:
    with running(sqlite_db, pool_size=1) as api, ExitStack() as held:
        key = api.key()
        assert api.call("GET", "/v1/lists").status_code == 200
        database = api.app.state.database
        for _ in range(5):
            try:
                held.enter_context(database.engine.connect())
            except PoolTimeout:
                break
        started = time.monotonic()
        answer = api.client.get("/v1/lists", headers={"Authorization": f"Bearer {key}"})
        assert time.monotonic() - started < 5
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:cutoff:problem:database-unavailable")
        assert int(answer.headers["Retry-After"]) >= 1


def test_a_session_is_refused_to_a_coroutine() -> None:
    async def read(session: Reading) -> None:
        del session

    with pytest.raises(TypeError, match="event loop"):
        routes().get("/x")(read)
