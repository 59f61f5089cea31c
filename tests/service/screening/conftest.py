"""A screening_service over each database, with one list in force."""

import pytest
from watchlist_rows import VENUE, load

from app.db import Database
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache


@pytest.fixture
def screening_service(db: Database) -> ScreeningService:
    """Return a desk with one list in force."""
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    snapshots = SnapshotCache(db)
    snapshots.refresh()
    return ScreeningService.open(db, snapshots, Settings())
