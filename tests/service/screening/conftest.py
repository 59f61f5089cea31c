"""A desk over each database, with one list in force."""

import pytest
from watchlist_rows import VENUE, load

from app.db import Database
from app.screening.service import Desk
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import Shelf


@pytest.fixture
def desk(db: Database) -> Desk:
    """Return a desk with one list in force."""
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    shelf = Shelf(db)
    shelf.refresh()
    return Desk.open(db, shelf, Settings())
