"""A world with decisions of two months and of two clients, over each database."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from archived_world import JULY, JUNE, World

from app.db import Database


@pytest.fixture
def world(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(db, tmp_path)
    made.decide(monkeypatch, [(JUNE, "core", 5), (JUNE, "loans", 3), (JULY, "core", 2)])
    return made
