"""The second lock: the application's role, with the service's own checks left out, sees nothing of another client."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from asking import asked
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from watchlist_rows import VENUE, load

from app import clock
from app.access import Role, keys
from app.audit import AuditEntry, append
from app.db import Base, Database, roles
from app.screening.models import Screening
from app.screening.record import Author
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

pytestmark = pytest.mark.postgres

NAME = "cutoff_app_of_tests"


@pytest.fixture
def app_db(postgres_db: Database) -> Iterator[Database]:
    """Return the database as the application's role sees it."""
    roles.grant(postgres_db.engine, postgres_db.url.set(username=NAME, password="not-looked-at"))
    database = Database(postgres_db.url.set(username=NAME))
    yield database
    database.close()
    with postgres_db.write() as session:
        session.execute(text(f"DROP OWNED BY {NAME}"))


@pytest.fixture
def filled(app_db: Database) -> Database:
    """Put a list, and of each of two clients a decision, a key and a record, into it: all as that role."""
    load(app_db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    snapshots = SnapshotCache(app_db)
    snapshots.refresh()
    screening_service = ScreeningService.open(app_db, snapshots, Settings())
    for client in ("one", "two"):
        screening_service.screen(asked(), Author(client, "s", None, "api"))
        with app_db.write() as session:
            keys.create(session, Role.SCREENER, client=client)
    return app_db


def test_every_table_of_clients_has_the_lock(postgres_db: Database) -> None:
    wanted = {table.name for table in Base.metadata.sorted_tables if "client" in table.c}
    with postgres_db.read() as session:
        forced = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        assert wanted <= set(session.scalars(text(forced)))


def test_the_role_is_neither_owner_nor_above_the_lock(app_db: Database) -> None:
    with app_db.read() as session:
        answer = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert session.execute(text(answer)).one() == (False, False, False, False)
        owned = text("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert session.scalar(owned) == 0


def test_a_transaction_of_a_client_sees_counts_and_copies_its_own_rows_only(filled: Database) -> None:
    for client in ("one", "two"):
        with filled.read(client) as session:
            assert session.scalars(select(Screening.client)).all() == [client]
            for table in ("screening", "api_key", "screening_entity"):
                assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 1
            assert set(session.scalars(text("SELECT client FROM audit_record"))) == {client}
            driver = session.connection().connection.driver_connection
            with driver.cursor().copy("COPY (SELECT client FROM screening) TO STDOUT") as copied:
                assert b"".join(bytes(part) for part in copied).decode().split() == [client]
    with filled.read() as session:
        assert session.scalar(text("SELECT count(*) FROM screening")) == 2


def test_a_transaction_of_a_client_writes_no_row_of_another(filled: Database) -> None:
    with pytest.raises(DBAPIError, match="row-level security"), filled.write("one") as session:
        append(session, [AuditEntry(id=str(uuid.uuid4()), kind="test.done", at=clock.now(), client="two")])
    with filled.write("one") as session:
        session.execute(text("UPDATE api_key SET name = 'taken'"))
    with filled.read() as session:
        named = {(row.client, row.name) for row in session.execute(text("SELECT client, name FROM api_key"))}
    assert named == {("one", "taken"), ("two", "screener")}


def test_a_transaction_that_names_no_client_sees_nothing(filled: Database) -> None:
    url = filled.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        for table in ("screening", "api_key", "audit_record", "screening_entity", "screening_identifier"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize("table", ["screening", "audit_record", "audit_tile", "list_entry", "screening_entity"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "TRUNCATE {}", "ALTER TABLE {} DISABLE TRIGGER ALL"])
def test_the_role_has_no_right_to_change_what_is_append_only(filled: Database, table: str, verb: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), filled.write() as session:
        session.execute(text(verb.format(table)))


def test_a_view_shows_a_client_its_own_rows_only(filled: Database, postgres_db: Database) -> None:
    with postgres_db.write() as session:
        session.execute(text("CREATE VIEW seen WITH (security_invoker) AS SELECT client FROM screening"))
        session.execute(text(f"GRANT SELECT ON seen TO {NAME}"))
    with filled.read("one") as session:
        assert session.scalars(text("SELECT client FROM seen")).all() == ["one"]
