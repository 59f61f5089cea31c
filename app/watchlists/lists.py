"""The lists as some versions of them say, as plain data that any process can hold: nothing here knows the database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.matching import Index
from app.policy.model import Dossier
from app.watchlists.packed import PackedDossiers
from app.watchlists.version import VersionRef


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The lists as some versions of them say; ``refs`` by code, ``dossiers`` by entity id, parents linked."""

    refs: tuple[VersionRef, ...]
    dossiers: Mapping[str, Dossier]
    index: Index

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its lists."""
        return frozenset(ref.code for ref in self.refs)

    def packed(self) -> "Snapshot":
        """Return the same snapshot in a form that other processes load in no time."""
        return replace(self, dossiers=PackedDossiers.of(self.dossiers))
