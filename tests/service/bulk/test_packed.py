"""The lists on their way to worker processes: what arrives is what was sent."""

import pickle

from app.bulk.runs.run_store import DatabaseRunStore
from app.watchlists.snapshots.packed import pack
from app.watchlists.snapshots.snapshot_cache import SnapshotCache


def test_packed_dossiers_are_those_that_were_packed(ground: DatabaseRunStore) -> None:
    snapshot = SnapshotCache(ground.database).refresh()
    arrived = pickle.loads(pickle.dumps(snapshot.packed()))  # noqa: S301 - made here
    assert len(snapshot.dossiers) > 300
    assert list(arrived.dossiers) == list(snapshot.dossiers)
    assert arrived.refs == snapshot.refs
    assert all(arrived.dossiers[entity_id] == dossier for entity_id, dossier in snapshot.dossiers.items())
    assert "no-such-entity" not in arrived.dossiers
    assert any(dossier.relations for dossier in snapshot.dossiers.values())


def test_a_packed_snapshot_arrives_with_its_index(ground: DatabaseRunStore) -> None:
    snapshot = SnapshotCache(ground.database).refresh()
    arrived = pickle.loads(pack(snapshot))  # noqa: S301 - made here
    assert arrived.entries == snapshot.entries
    assert any(entry.identifiers for entry in arrived.entries)
    assert "index" in vars(arrived), "each process would build it again"
    assert arrived.index.entries == snapshot.entries
