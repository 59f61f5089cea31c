"""Fixtures of the tests of pages, without a browser."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from client import Api, running
from watchlist_rows import VENUE, load

from app.db import Database

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def api(db: Database) -> Iterator[Api]:
    """Return the running application with one list in force, on each database."""
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db, rate_burst=100_000, request_timeout_s=300) as api:
        yield api


@pytest.fixture
def one_api(sqlite_db: Database) -> Iterator[Api]:
    """Return the running application with one list in force, on SQLite only."""
    load(sqlite_db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(sqlite_db, rate_burst=100_000, request_timeout_s=300) as api:
        yield api
