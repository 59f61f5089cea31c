"""Lists on their way to other processes: dossiers packed by themselves, and unpacked only when they are asked for.

A worker of a bulk run meets few of the listed entities; unpacking all of them would take it longer than its first
chunk, and the dataclasses' own way of pickling is slow.
"""

import io
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from typing import Any, Final, Self

from app.identifiers import Identifier
from app.matching import Entry, ListedName
from app.policy.model import (
    Approval,
    Document,
    Dossier,
    Event,
    Listing,
    Relation,
    TimedIdentifier,
    TimedName,
    WindDown,
)

_KINDS: Final = (Approval, Document, Dossier, Event, Listing, Relation, TimedIdentifier, TimedName, WindDown)
_KINDS_OF_ENTRIES: Final = (Entry, Identifier, ListedName)


_NAMES: Final[Mapping[type, tuple[str, ...]]] = {
    kind: tuple(field.name for field in fields(kind)) for kind in _KINDS + _KINDS_OF_ENTRIES
}


def _made(kind: type, *values: Any) -> Any:  # noqa: ANN401 - an object of any of the kinds
    """Return the object of a kind that has these values in its fields, in their order."""
    return kind(**dict(zip(_NAMES[kind], values, strict=True)))


def _reducer(kind: type) -> Callable[[Any], Any]:
    """Return a function that says how to make an object again."""
    values = attrgetter(*_NAMES[kind])
    return lambda one: (_made, (kind, *values(one)))


_REDUCERS: Final[Mapping[type, Callable[[Any], Any]]] = {kind: _reducer(kind) for kind in _NAMES}

# What classes are called is written once a bundle; a larger one costs whoever wants but one dossier of it.
_BUNDLE: Final = 4

# A long run meets every entity in the end; so many stay unpacked, at some two kilobytes each.
_UNPACKED_MAX: Final = 4_096


class PackedDossiers(Mapping[str, Dossier]):
    """Dossiers by entity id, as bytes until they are asked for.

    ``bundle_of`` says in which of the ``bundles`` each of them is.
    """

    def __init__(self, bundle_of: Mapping[str, int], bundles: Sequence[bytes]) -> None:
        self._bundle_of = bundle_of
        self._bundles = bundles
        self._unpacked: dict[str, Dossier] = {}

    @classmethod
    def of(cls, dossiers: Mapping[str, Dossier]) -> Self:
        """Pack all dossiers."""
        bundle_of = {entity_id: place // _BUNDLE for place, entity_id in enumerate(dossiers)}
        each = iter(dossiers.values())
        bundles = []
        while some := tuple(islice(each, _BUNDLE)):
            bundles.append(pack(some))
        return cls(bundle_of, bundles)

    def __reduce__(self) -> tuple[type[Self], tuple[Mapping[str, int], Sequence[bytes]]]:
        return type(self), (self._bundle_of, self._bundles)

    def __getitem__(self, entity_id: str) -> Dossier:
        if entity_id not in self._unpacked:
            some: tuple[Dossier, ...] = pickle.loads(self._bundles[self._bundle_of[entity_id]])  # noqa: S301 - made here
            if len(self._unpacked) >= _UNPACKED_MAX:
                self._unpacked.clear()
            self._unpacked |= {dossier.entity_id: dossier for dossier in some}
        return self._unpacked[entity_id]

    def __contains__(self, entity_id: object) -> bool:
        return entity_id in self._bundle_of

    def __iter__(self) -> Iterator[str]:
        return iter(self._bundle_of)

    def __len__(self) -> int:
        return len(self._bundle_of)


def pack(value: object) -> bytes:
    """Return a pickle of anything that holds lists, made and read faster than the dataclasses would have it."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(value)
    return buffer.getvalue()
