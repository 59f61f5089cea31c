"""What a change of the lists touches: by content, never by events, so that a rollback is a change like any other."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.matching import Entry
from app.monitoring.boundaries import heirs
from app.policy.model import Dossier
from app.watchlists.snapshots.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Touched:
    """``entity_ids`` whose decisions may differ; ``entries`` of the new state under which others may now be found."""

    entity_ids: frozenset[str]
    entries: tuple[Entry, ...]


def touched(old: Snapshot, new: Snapshot) -> Touched:
    """Return what differs between two states of the lists.

    An entity is touched where its dossier differs or where it inherits, before or after, from one that does.
    """
    differing = _differing(old.dossiers, new.dossiers)
    entity_ids = heirs(old.dossiers, differing) | heirs(new.dossiers, differing)
    before = {entry.key: entry for entry in old.entries if entry.key in differing}
    entries = tuple(entry for entry in new.entries if entry.key in differing and before.get(entry.key) != entry)
    return Touched(entity_ids, entries)


def _differing(old: Mapping[str, Dossier], new: Mapping[str, Dossier]) -> frozenset[str]:
    gone = old.keys() - new.keys()
    changed = {key for key, dossier in new.items() if (before := old.get(key)) is not dossier and before != dossier}
    return frozenset(gone | changed)
