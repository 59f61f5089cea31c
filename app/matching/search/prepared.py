"""Everything that a search works with as one object of compiled code, made once for an index and a thread.

A call of compiled code looks at each array that it is given.  Catalogue, tables and working space have more than a
hundred of them, and looking at these took longer than searching the names of most calls.
"""

# ruff: noqa: FBT001
# Compiled code gets its options as arguments.

from typing import Any, NamedTuple

import numpy as np
from numba.core import config, types
from numba.experimental import structref
from numpy.typing import NDArray

from app.jit import njit
from app.matching.blocking.encoded_list import EncodedList
from app.matching.comparison.features import ScoringModel
from app.matching.model.encoding import row_ends
from app.matching.search.batch_search import search_texts
from app.matching.search.phrase_search import Occurrences, PrefixIndex, occurrences
from app.matching.search.rows_search import Pairs, SearchBuffers
from app.names.characters import Characters
from app.names.lexicon import Words

_Arrays = tuple[NDArray[Any], ...]


class SearchTables(NamedTuple):
    """What a search works with: the list, where its names are looked up in texts, tables, weights, working space."""

    listed: EncodedList
    anchors: PrefixIndex
    tables: Characters
    lexicon: Words
    numbers: ScoringModel
    work: SearchBuffers


@structref.register
class _PreparedType(types.StructRef):
    def preprocess_fields(self, fields: Any) -> Any:  # noqa: ANN401 - Numba's own
        return tuple((name, types.unliteral(kind)) for name, kind in fields)  # type: ignore[no-untyped-call]  # Numba is so


class _Prepared(structref.StructRefProxy):
    pass


structref.define_proxy(_Prepared, _PreparedType, SearchTables._fields)  # type: ignore[no-untyped-call]  # as above


@njit(cache=True)
def _kept(
    listed: EncodedList,
    anchors: PrefixIndex,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    work: SearchBuffers,
) -> Any:  # noqa: ANN401 - Numba's own  # pragma: no cover - compiled
    return _Prepared(listed, anchors, tables, lexicon, numbers, work)  # type: ignore[no-untyped-call]  # as above


def prepared(of: SearchTables) -> SearchTables:
    """Return the same, as an object that compiled code takes in one piece; for one thread, as its working space is."""
    return of if config.DISABLE_JIT else _kept(*of)  # type: ignore[attr-defined]  # as above


@njit(cache=True)
def search(source: NDArray[np.uint32], exhaustive: bool, by: SearchTables) -> Pairs:  # pragma: no cover - compiled
    """See :func:`.batch_search.search_texts`."""
    return search_texts(source, by.listed, by.tables, by.lexicon, by.numbers, exhaustive, by.work)


@njit(cache=True)
def stand(source: NDArray[np.uint32], in_names: bool, by: SearchTables) -> Occurrences:  # pragma: no cover - compiled
    """See :func:`.phrase_search.occurrences`."""
    return occurrences(source, row_ends(source), by.listed, by.anchors, by.tables, in_names)


@njit(cache=True)
def search_and_stand(source: NDArray[np.uint32], by: SearchTables) -> _Arrays:  # pragma: no cover - compiled
    """Return the arrays of both, of names: those of :class:`.Pairs`, then those of :class:`.Occurrences`."""
    found = search_texts(source, by.listed, by.tables, by.lexicon, by.numbers, False, by.work)
    inside = occurrences(source, row_ends(source), by.listed, by.anchors, by.tables, True)
    return (
        found.query,
        found.listed,
        found.odds,
        found.rank,
        found.flags,
        inside.text,
        inside.row,
        inside.first,
        inside.last,
    )
