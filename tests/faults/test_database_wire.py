"""Real servers whose database is slow, silent, refuses, fails over, or takes a commit and never says so."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ledger import FAST, QUESTION, Clients, venue_and_key
from server import Server
from sqlalchemy import text
from sqlalchemy.engine import make_url
from test_ledger import BACK_WITHIN_S, admin, ready
from wire import Wire

from app.db import Database, roles

pytestmark = pytest.mark.postgres
# A machine that is busy with other things starts no connection in a moment.
PATIENCE_S = 60.0
APPLICATION = "cutoff_test_application"


@pytest.fixture
def key(postgres_db: Database) -> str:
    return venue_and_key(postgres_db)


@pytest.fixture
def wire(postgres_db: Database) -> Iterator[Wire]:
    with Wire(postgres_db.url.render_as_string(hide_password=False)) as wire:
        yield wire


@pytest.fixture
def server(wire: Wire, tmp_path: Path) -> Iterator[Server]:
    server = Server(wire.url.render_as_string(hide_password=False), tmp_path / "server.log", **FAST)
    yield server
    server.kill_if_running()


def _silent(wire: Wire) -> Callable[[], None]:
    wire.flows.clear()
    return wire.flows.set


def _gone(wire: Wire) -> Callable[[], None]:
    wire.refuses = True
    wire.cut()

    def back() -> None:
        wire.refuses = False

    return back


@pytest.mark.parametrize("fault", [_silent, pytest.param(_gone, marks=pytest.mark.long)])
def test_away_it_is_refused_and_back_it_goes_on(
    server: Server, key: str, wire: Wire, postgres_db: Database, fault: Callable[[Wire], Callable[[], None]]
) -> None:
    """A failover is the second: all connections end, none is taken for a while, and then another server answers."""
    server.start()
    with Clients(server, key, patience_s=PATIENCE_S) as clients:
        clients.until_more(within_s=PATIENCE_S)
        end = fault(wire)
        ready(server, within_s=20, status=503)
        assert server.call("GET", "/healthz")[0] == 200
        assert server.call("POST", "/v1/screenings", key, QUESTION)[0] == 503
        end()
        assert clients.until_more(1, within_s=PATIENCE_S) <= BACK_WITHIN_S + 5
        ready(server, within_s=PATIENCE_S)
    clients.ledger.check(postgres_db)
    assert not clients.ledger.unsettled


def test_commits_whose_answers_are_lost_are_recorded_once(
    server: Server, key: str, wire: Wire, postgres_db: Database
) -> None:
    server.start()
    with Clients(server, key, patience_s=PATIENCE_S) as clients:
        clients.until_more(within_s=PATIENCE_S)
        for _ in range(4):
            wire.loses_answers = True
            time.sleep(0.4)
            wire.loses_answers = False
            clients.until_more(4, within_s=PATIENCE_S)
    clients.ledger.check(postgres_db)
    assert not clients.ledger.unsettled


@pytest.mark.long
def test_slow_it_is_slow_and_nothing_is_lost(server: Server, key: str, wire: Wire, postgres_db: Database) -> None:
    server.start()
    with Clients(server, key, patience_s=PATIENCE_S) as clients:
        clients.until_more(within_s=PATIENCE_S)
        wire.delay_s = 0.2
        clients.until_more(40, within_s=PATIENCE_S)
        assert server.call("GET", "/healthz")[0] == 200
        wire.delay_s = 0.0
        clients.until_more(40, within_s=PATIENCE_S)
    clients.ledger.check(postgres_db)
    assert not clients.ledger.unsettled


@pytest.mark.long
def test_cut_again_and_again_it_never_answers_what_is_not_recorded(
    server: Server, key: str, wire: Wire, postgres_db: Database
) -> None:
    server.start()
    with Clients(server, key, patience_s=PATIENCE_S) as clients:
        clients.until_more(within_s=PATIENCE_S)
        for _ in range(20):
            wire.cut()
            time.sleep(0.15)
        clients.until_more(within_s=PATIENCE_S)
        ready(server, within_s=PATIENCE_S)
    clients.ledger.check(postgres_db)
    assert not clients.ledger.unsettled


@pytest.mark.long
@pytest.mark.parametrize("fault", ["connections", "rights"])
def test_a_role_without_connections_or_rights_records_nothing(
    key: str, postgres_db: Database, tmp_path: Path, fault: str
) -> None:
    url = postgres_db.url.set(username=APPLICATION, password="sample-only")
    name = roles.grant(postgres_db.engine, url)
    server = Server(url.render_as_string(hide_password=False), tmp_path / "server.log", **FAST)
    begin, end = {
        "connections": (f"ALTER ROLE {name} CONNECTION LIMIT 0", f"ALTER ROLE {name} CONNECTION LIMIT -1"),
        "rights": (f"REVOKE INSERT ON screening FROM {name}", f"GRANT INSERT ON screening TO {name}"),
    }[fault]
    try:
        server.start()
        with (
            admin(postgres_db, postgres_db.url.render_as_string(hide_password=False)) as sql,
            Clients(server, key, patience_s=PATIENCE_S) as clients,
        ):
            clients.until_more(within_s=PATIENCE_S)
            sql(begin)
            sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}'")
            ready(server, within_s=20, status=503)
            assert server.call("POST", "/v1/screenings", key, QUESTION)[0] == 503
            sql(end)
            clients.until_more(1, within_s=PATIENCE_S)
            ready(server, within_s=PATIENCE_S)
        clients.ledger.check(postgres_db)
    finally:
        server.kill_if_running()
        _drop_role(postgres_db, name)


def _drop_role(database: Database, name: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {name}"))
        connection.execute(text(f"DROP ROLE {name}"))


@pytest.mark.long
def test_a_key_that_cannot_be_confirmed_opens_nothing(server: Server, key: str, postgres_db: Database) -> None:
    """Revoked while the table of keys does not answer: refused within two seconds all the same."""
    server.start()
    assert server.call("POST", "/v1/screenings", key, QUESTION)[0] == 200
    holder = Database(make_url(postgres_db.url.render_as_string(hide_password=False)))
    with holder.engine.connect() as connection:
        connection.execute(text("LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE"))
        connection.execute(text("UPDATE api_key SET revoked_at = now()"))
        locked = time.monotonic()
        while time.monotonic() - locked < 2.5:
            server.call("POST", "/v1/screenings", key, QUESTION)
            time.sleep(0.1)
        assert server.call("POST", "/v1/screenings", key, QUESTION)[0] in {401, 503}
        connection.commit()
    holder.close()
    deadline = time.monotonic() + PATIENCE_S
    while server.call("POST", "/v1/screenings", key, QUESTION)[0] != 401:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.long
def test_a_schema_that_grows_under_a_running_server_stops_nothing(
    server: Server, key: str, postgres_db: Database
) -> None:
    """A release first adds what the next one needs; the processes of the one before go on with it."""
    url = postgres_db.url.render_as_string(hide_password=False)
    server.start()
    with admin(postgres_db, url) as sql, Clients(server, key, patience_s=PATIENCE_S) as clients:
        clients.until_more(within_s=PATIENCE_S)
        sql("ALTER TABLE screening ADD COLUMN of_a_later_release text")
        sql("ALTER TABLE api_key ADD COLUMN of_a_later_release integer NOT NULL DEFAULT 0")
        sql("CREATE TABLE of_a_later_release (id bigint PRIMARY KEY)")
        sql("UPDATE alembic_version SET version_num = '9999_of_a_later_release'")
        clients.until_more(40, within_s=PATIENCE_S)
        ready(server)
    clients.ledger.check(postgres_db)
    assert clients.statuses() == {200}
