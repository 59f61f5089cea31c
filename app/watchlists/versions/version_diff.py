"""What a list says with one version and with another."""

from app.db import ReadSession
from app.watchlists.history.diff import Diff, diff
from app.watchlists.history.list_state import state_of
from app.watchlists.versions import store


def between(session: ReadSession, code: str, before: int | None, after: int) -> Diff:
    """Return what differs between two versions; before the first version (None) a list says nothing.

    Where one descends from the other, only the versions between them are read.
    """
    start = state_of(store.lineage(session, code, before)) if before is not None else {}
    added = store.lineage_since(session, code, after, before) if before is not None else None
    if added is None:
        return diff(start, state_of(store.lineage(session, code, after)))
    return diff(start, state_of(added, start))
