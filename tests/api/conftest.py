"""Fixtures of the tests through HTTP."""

from collections.abc import Iterator

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


@pytest.fixture
def light_api(sqlite_db: Database) -> Iterator[Api]:
    """Return the running application with one list in force, on SQLite only."""
    load(sqlite_db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(sqlite_db) as api:
        yield api
