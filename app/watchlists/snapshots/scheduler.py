"""Scheduled versions come into force here: a step of the threads and commands that work, never of a read.

Every process that answers takes the step before it asks what is in force, each second.  Where the step fails (the
database cannot be written), that process does not go on to confirm its lists: they grow stale, and it answers REVIEW
rather than by a list that should have gone.
"""

from app import clock
from app.db import Database
from app.watchlists.snapshots.snapshot import Snapshot
from app.watchlists.snapshots.snapshot_cache import SnapshotCache
from app.watchlists.versions import activation


def activate_due(database: Database) -> bool:
    """Put in force what was scheduled for a time that has come; return whether there was anything."""
    now = clock.now()
    with database.read() as session:
        is_due = activation.due(session, now)
    if is_due:
        with database.write() as session:
            activation.activate_due(session, now)
    return is_due


def caught_up(database: Database, cache: SnapshotCache) -> Snapshot:
    """Put in force what is due, and return what is in force then, taken up by the cache."""
    activate_due(database)
    return cache.refresh()


def caught_up_by_a_right_clock(database: Database, cache: SnapshotCache) -> Snapshot:
    """Return what :func:`caught_up` does, for files and books: no answer of theirs says that it is stale.

    Raises :class:`Unavailable` ``process-clock-behind``.
    """
    snapshot = caught_up(database, cache)
    cache.current.require_clock()
    return snapshot
