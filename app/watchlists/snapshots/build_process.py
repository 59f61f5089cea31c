"""The process that makes one large snapshot and hands it over (:mod:`.builder`)."""

import gc
import io
import os
import pickle
import sys
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from app.db import Database
from app.watchlists.snapshots.frames import loaded, receive, send
from app.watchlists.snapshots.packed import pack
from app.watchlists.snapshots.snapshot import Snapshot
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

_PIECE: Final = 50
"""Entities in one piece: whoever receives it can do nothing else until it is unpickled, a millisecond."""
_NICENESS: Final = 3
"""Whoever answers comes first, but the new lists must not come late either: until then the old ones grow stale."""


def main() -> None:
    """Make the snapshot that is asked for on the standard input, and hand it over on the standard output."""
    os.nice(_NICENESS)
    gc.disable()  # all that it makes stays until it ends
    with os.fdopen(os.dup(1), "wb") as target:
        # Whatever is printed must not come between the pieces.
        os.dup2(2, 1)
        url, refs, before = loaded(receive(sys.stdin.buffer))
        threading.Thread(target=_end_with_asker, daemon=True).start()
        database = Database(url, pool_size=1)
        try:
            snapshot = SnapshotCache(database).made(refs, before)
        finally:
            database.close()
        for frame in _frames(snapshot):
            send(target, frame)


def _end_with_asker() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _frames(snapshot: Snapshot) -> Iterator[Any]:
    """Yield the pieces of a snapshot: what there is, the entities, the index and its arrays."""
    index, spellings = snapshot.index, snapshot.spellings
    index.entries = ()
    arrays: list[pickle.PickleBuffer] = []
    packed = io.BytesIO()
    pickle.Pickler(packed, protocol=5, buffer_callback=arrays.append).dump(index)
    count = -(-len(snapshot.dossiers) // _PIECE)
    yield pickle.dumps((snapshot.size_step, count, len(arrays)))
    each = iter(zip(snapshot.dossiers.items(), snapshot.entries, strict=True))
    while some := tuple(islice(each, _PIECE)):
        ids = [entity_id for (entity_id, _), _ in some]
        dossiers, entries = [dossier for (_, dossier), _ in some], [entry for _, entry in some]
        yield pack((dossiers, entries, {entity_id: spellings[entity_id] for entity_id in ids}))
    yield packed.getbuffer()
    yield from (array.raw() for array in arrays)
