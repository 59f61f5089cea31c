"""Comparison vectors of labelled pairs: what the fitting of the weights learns from.

Candidates are searched under a lenient rule, so that pairs on the other side of the present thresholds are there too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.comparison.classify import CONFIRMED, NONE, classify
from app.matching.comparison.features import TERMS, Feature, ScoringModel
from app.matching.index import Index
from app.matching.model.encoding import encode, row_ends
from app.matching.search.rows_search import examine, read_query
from app.names.characters import characters
from app.names.lexicon import words
from benchmarks import subject
from benchmarks.dataset import Dataset

LENIENCE = 2.5
"""By how much the log-odds may fall short of the present threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """Labelled pairs, one row each.

    ``vectors`` [pair, term]; ``query``: the text that was asked, numbered; ``right``: whether the listed row is of the
    entity meant; ``kind``: of the disguise, "" for a name that is not listed; ``entity``: the key of the listed one;
    ``allowed``: whether no policy forbids the pair, whatever its odds.
    """

    vectors: NDArray[np.float64]
    query: NDArray[np.int64]
    right: NDArray[np.bool_]
    kind: NDArray[np.str_]
    entity: NDArray[np.str_]
    allowed: NDArray[np.bool_]

    def where(self, keep: NDArray[np.bool_]) -> "Comparisons":
        """Return some of the pairs."""
        columns: dict[str, Any] = {name: getattr(self, name)[keep] for name in self.__slots__}
        return Comparisons(**columns)


def comparisons(data: Dataset, unlisted: Sequence[str]) -> Comparisons:
    """Return the comparisons of the disguised names of a data set, and of names that are not on its list."""
    index = subject.build(data.listed)
    engine = index._engine  # noqa: SLF001 - the benchmark looks inside
    texts = [item.query for item in data.positives] + list(unlisted)
    found = _candidates(index, texts)
    expected = [item.expected for item in data.positives] + [""] * len(unlisted)
    kinds = [item.kind for item in data.positives] + [""] * len(unlisted)
    keys = [data.listed[int(entry)].key for entry in index._entry]  # noqa: SLF001
    # What is meant is learnt from even where the search does not reach it.
    pairs = sorted({*found, *((q, r) for q, key in enumerate(expected) if key for r in _rows_of(keys, key))})
    work, source = engine._space(), encode(texts)  # noqa: SLF001
    ends = row_ends(source)
    lenient = _lenient(engine._rule, 1e9)  # noqa: SLF001
    vectors, allowed, size, read = [], [], 0, -1
    for query, row in pairs:
        if read != query:
            begin = int(ends[query - 1]) + 1 if query else 0
            size, _ = read_query(source, begin, int(ends[query]), characters(), words(), work)
            read = query
        if size == 0:
            vectors.append(np.zeros(len(TERMS)))
            allowed.append(False)
            continue
        examine(row, size, engine.listed, characters(), words(), lenient, work)
        vectors.append(work.terms.copy())
        allowed.append(classify(work.terms, lenient)[1] != NONE and not work.terms[Feature.BEYOND_REACH])
    query = np.array([query for query, _ in pairs])
    entity = np.array([keys[row] for _, row in pairs])
    return Comparisons(
        vectors=np.array(vectors),
        query=query,
        right=entity == np.array(expected)[query],
        kind=np.array(kinds)[query],
        entity=entity,
        allowed=np.array(allowed),
    )


def _rows_of(keys: Sequence[str], key: str) -> list[int]:
    return [row for row, other in enumerate(keys) if other == key]


def _candidates(index: Index, texts: Sequence[str]) -> set[tuple[int, int]]:
    """Return what a lenient search accepts."""
    engine = index._engine  # noqa: SLF001 - the benchmark looks inside
    rule = engine._rule  # noqa: SLF001
    engine._rule = _lenient(rule, LENIENCE)  # noqa: SLF001
    try:
        found = engine._searched(encode(texts), exhaustive=False)  # noqa: SLF001
    finally:
        engine._rule = rule  # noqa: SLF001
    assert CONFIRMED == 0  # noqa: S101 - equal names are among them
    return set(zip(found.query.tolist(), found.listed.tolist(), strict=True))


def _lenient(rule: ScoringModel, by: float) -> ScoringModel:
    return rule._replace(weak_min=rule.weak_min - by)
