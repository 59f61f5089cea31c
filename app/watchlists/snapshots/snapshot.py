"""The lists as some versions of them say, as plain data that any process can hold: nothing here knows the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from app.matching import Entry, Index, SizeStep, size_step_of
from app.names.fold import fold
from app.policy.model import Dossier
from app.watchlists.history.version import VersionRef
from app.watchlists.snapshots.packed import PackedDossiers

Spellings = dict[str, tuple[frozenset[str], tuple[str, ...]]]
"""By entity id, what entities are known by exactly, and their names, all folded."""


@dataclass(frozen=True)
class Snapshot:
    """The lists as some versions of them say; ``refs`` by code, ``dossiers`` by entity id, parents linked.

    ``entries`` are what the matcher is to know of the dossiers, ``size_step`` for how long a list its rules are.
    """

    refs: tuple[VersionRef, ...]
    dossiers: Mapping[str, Dossier]
    entries: tuple[Entry, ...]
    size_step: SizeStep

    @classmethod
    def of(
        cls,
        refs: tuple[VersionRef, ...],
        dossiers: Mapping[str, Dossier],
        entries: tuple[Entry, ...],
        before: SizeStep | None = None,
    ) -> "Snapshot":
        """Return the snapshot in the step of its size; ``before``: the step of the lists until now, if known."""
        return cls(refs, dossiers, entries, size_step_of(sum(len(entry.names) for entry in entries), before))

    @cached_property
    def index(self) -> Index:
        """The index over the entries, built when it is first asked for; it travels with the snapshot from then on."""
        return Index.build(self.entries, size_step=self.size_step)

    @cached_property
    def spellings(self) -> Spellings:
        """For looking entities up."""
        return {
            entity_id: (
                frozenset(fold(text) for text in (one.external_id, *(code.value for code in one.identifiers))),
                tuple(fold(name.text) for name in one.names),
            )
            for entity_id, one in self.dossiers.items()
        }

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its lists."""
        return frozenset(ref.code for ref in self.refs)

    def with_made(self, index: Index, spellings: Spellings) -> "Snapshot":
        """Return this snapshot with what another process has made of it."""
        vars(self).update(index=index, spellings=spellings)
        return self

    def packed(self) -> "Snapshot":
        """Return the same snapshot, its index not built, in a form that other processes load in no time."""
        return Snapshot(self.refs, PackedDossiers.of(self.dossiers), self.entries, self.size_step)
