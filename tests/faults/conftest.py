"""A listed venue, a key to ask about it, and a real server over the database under test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger import FAST, venue_and_key
from server import Server

from app.db import Database


@pytest.fixture
def key(db: Database) -> str:
    return venue_and_key(db)


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Iterator[Server]:
    server = Server(db.url.render_as_string(hide_password=False), tmp_path / "server.log", **FAST)
    yield server
    server.kill_if_running()
