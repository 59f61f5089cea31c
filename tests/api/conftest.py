"""Fixtures of the tests through HTTP."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from client import Api, running
from watchlist_rows import VENUE, load

from app.db import Database


@pytest.fixture
def api(db: Database) -> Iterator[Api]:
    """Return the running application with one list in force, on each database."""
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db) as api:
        yield api


@pytest.fixture(scope="module")
def light_api(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Return the running application with one list in force, on SQLite only; the tests of a module share it."""
    path = tmp_path_factory.mktemp("api") / "cutoff.db"
    shutil.copyfile(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    load(database, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(database, rate_burst=100_000, auth_failures_burst=100_000) as api:
        yield api
    database.close()
