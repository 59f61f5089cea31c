"""Real servers through bad days: what clients were answered is what is recorded, word for word and once each."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ledger import FAST, QUESTION, Clients, venue_and_key
from server import Server
from sqlalchemy import text
from sqlalchemy.engine import make_url
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.db import Database

BACK_WITHIN_S = 5.0


@contextmanager
def admin(database: Database, url: str) -> Iterator[Callable[[str], None]]:
    """Give what runs SQL beside the database under test."""
    other = Database(make_url(url))
    try:
        with other.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield lambda sql: connection.execute(text(sql)) and None
    finally:
        other.close()
        database.engine.dispose()


def ready(server: Server, *, within_s: float = BACK_WITHIN_S, status: int = 200) -> None:
    deadline = time.monotonic() + within_s
    while server.call("GET", "/readyz")[0] != status:
        assert time.monotonic() < deadline, server.call("GET", "/readyz")
        time.sleep(0.05)


def test_kill_9_again_and_again(server: Server, key: str, db: Database) -> None:
    server.start()
    with Clients(server, key) as clients:
        for _ in range(2):
            clients.until_more()
            server.stop(signal.SIGKILL)
            server.start()
        clients.until_more()
    clients.ledger.check(db)
    assert not clients.ledger.unsettled


@pytest.mark.parametrize("workers", [1, 2])
def test_told_to_stop_under_load(server: Server, key: str, db: Database, workers: int) -> None:
    options = ("--workers", str(workers))
    server.start(*options)
    with Clients(server, key) as clients:
        clients.until_more()
        assert server.stop(signal.SIGTERM) == 0
        server.start(*options)
        clients.until_more()
    clients.ledger.check(db)
    assert not clients.ledger.unsettled


def test_one_key_from_many_clients_on_two_processes(server: Server, key: str, db: Database) -> None:
    server.start("--workers", "2")
    answers: list[tuple[int, bytes]] = []

    def ask() -> None:
        answers.append(server.call("POST", "/v1/screenings", key, QUESTION, {"Idempotency-Key": "one"}))

    threads = [threading.Thread(target=ask) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} == {200}
    assert len({content for _, content in answers}) == 1
    with db.read() as session:
        assert session.scalar(text("SELECT count(*) FROM screening")) == 1


def test_a_key_revoked_in_one_process_is_refused_in_another(server: Server, key: str, db: Database) -> None:
    server.start("--workers", "2")
    for _ in range(20):
        assert server.call("POST", "/v1/screenings", key, QUESTION)[0] == 200
    with db.write() as session:
        (found,) = (one for one in keys.list_keys(session) if one.revoked_at is None)
        keys.revoke(session, found.id)
        other = keys.create(session, Role.SCREENER, name="other")[1]
    revoked = time.monotonic()
    assert server.call("POST", "/v1/screenings", other, QUESTION)[0] == 200
    while time.monotonic() - revoked < 2.0:
        server.call("POST", "/v1/screenings", key, QUESTION)
        time.sleep(0.05)
    assert {server.call("POST", "/v1/screenings", key, QUESTION)[0] for _ in range(20)} == {401}


@pytest.fixture
def postgres_key(postgres_db: Database) -> str:
    load(postgres_db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with postgres_db.write() as session:
        return keys.create(session, Role.SCREENER)[1]


@pytest.fixture
def postgres_served(postgres_db: Database, tmp_path: Path) -> Iterator[Server]:
    server = Server(postgres_db.url.render_as_string(hide_password=False), tmp_path / "server.log", **FAST)
    yield server
    server.kill_if_running()


@pytest.mark.postgres
def test_a_day_of_the_database(
    postgres_served: Server, postgres_key: str, postgres_db: Database, postgres_server: str
) -> None:
    """One server through one fault after the other: each ends within seconds of its cause, and the ledger holds."""
    server, name = postgres_served, postgres_db.url.database
    terminate = (
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    )
    server.start()
    with admin(postgres_db, postgres_server) as sql, Clients(server, postgres_key) as clients:
        clients.until_more()
        for _ in range(3):
            sql(terminate)
            time.sleep(0.3)
        clients.until_more()
        faults = {
            "gone": (f"ALTER DATABASE {name} ALLOW_CONNECTIONS false", f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"),
            "read-only": (
                f"ALTER DATABASE {name} SET default_transaction_read_only = on",
                f"ALTER DATABASE {name} RESET default_transaction_read_only",
            ),
        }
        for fault, (begin, end) in faults.items():
            sql(begin)
            sql(terminate)
            ready(server, within_s=10, status=503)
            assert server.call("GET", "/healthz")[0] == 200
            before = clients.answered()
            time.sleep(0.5)
            assert clients.answered() - before <= 8, fault
            sql(end)
            sql(terminate)  # connections keep the settings that they began with
            assert clients.until_more(1, within_s=15) <= BACK_WITHIN_S + 2.5, fault
            ready(server)
    clients.ledger.check(postgres_db)
    assert not clients.ledger.unsettled
    refused = [seconds for status, seconds in clients.ledger.tries if status == 503]
    # A fault that ends within the time of a request may refuse nobody: those who wait are answered then.
    assert max(refused, default=0) < 8


@pytest.mark.postgres
def test_a_table_that_is_away_or_does_not_answer(
    postgres_served: Server, postgres_key: str, postgres_db: Database
) -> None:
    server, url = postgres_served, postgres_db.url.render_as_string(hide_password=False)
    server.start()
    with admin(postgres_db, url) as sql, Clients(server, postgres_key) as clients:
        clients.until_more()
        sql("ALTER TABLE screening RENAME TO screening_away")
        ready(server, within_s=10, status=503)
        assert server.call("POST", "/v1/screenings", postgres_key, QUESTION)[0] == 503
        assert server.call("GET", "/v1/screenings?limit=1", postgres_key)[0] == 503
        sql("ALTER TABLE screening_away RENAME TO screening")
        clients.until_more(1, within_s=15)
        holder = Database(make_url(url))
        with holder.engine.connect() as connection:
            connection.execute(text("LOCK TABLE screening IN ACCESS EXCLUSIVE MODE"))
            ready(server, within_s=10, status=503)
            started = time.monotonic()
            assert server.call("GET", "/healthz")[0] == 200
            assert server.call("POST", "/v1/screenings", postgres_key, QUESTION)[0] == 503
            assert time.monotonic() - started < 5
            connection.rollback()
        holder.close()
        clients.until_more(1, within_s=15)
        ready(server)
    clients.ledger.check(postgres_db)


def test_an_embedded_database_that_another_process_holds(sqlite_db: Database, tmp_path: Path) -> None:
    key = venue_and_key(sqlite_db)
    server = Server(sqlite_db.url.render_as_string(hide_password=False), tmp_path / "server.log", **FAST)
    try:
        server.start()
        with Clients(server, key) as clients:
            clients.until_more()
            with sqlite_db.engine.execution_options(writes=True).connect() as holder:
                holder.exec_driver_sql("SELECT 1")
                ready(server, within_s=10, status=503)
                assert server.call("GET", "/healthz")[0] == 200
                holder.rollback()
            clients.until_more(1, within_s=15)
            ready(server)
        clients.ledger.check(sqlite_db)
    finally:
        server.kill_if_running()
