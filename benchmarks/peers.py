"""What others offer for the same job, each given the same folded names and one thread.

They answer less: a whole-name score and no reading of parts.  The sparse product is timed without the
extraction of its bigrams, so in its favour.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from math import log

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from app.names.fold import fold

SPARSE_TOP_N = 25
SPARSE_SCORE_MIN = 0.3
CUTOFF_PERCENT = 75.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to compare queries with the list; ``prepare`` gives the function that is timed."""

    title: str
    prepare: Callable[[Sequence[str], Sequence[str]], Callable[[slice], object]]


def _ratio(listed: Sequence[str], queries: Sequence[str]) -> Callable[[slice], object]:
    left, right = list(map(fold, queries)), list(map(fold, listed))
    return lambda part: process.cdist(
        left[part], right, scorer=fuzz.ratio, score_cutoff=CUTOFF_PERCENT, dtype=np.uint8, workers=1
    )


def _jaro_winkler(listed: Sequence[str], queries: Sequence[str]) -> Callable[[slice], object]:
    left, right = list(map(fold, queries)), list(map(fold, listed))
    return lambda part: process.cdist(
        left[part], right, scorer=JaroWinkler.similarity, score_cutoff=CUTOFF_PERCENT / 100, dtype=np.float32, workers=1
    )


def _sparse(listed: Sequence[str], queries: Sequence[str]) -> Callable[[slice], object]:
    from scipy.sparse import csr_matrix  # noqa: PLC0415  # an optional extra
    from sparse_dot_topn import sp_matmul_topn  # noqa: PLC0415  # an optional extra

    bigrams = [Counter(map("".join, pairwise(f"^{fold(name)}$"))) for name in listed]
    number = {gram: column for column, gram in enumerate(sorted(set().union(*bigrams)))}
    seen = Counter(gram for grams in bigrams for gram in grams)
    weight = {gram: log(1 + len(listed) / count) for gram, count in seen.items()}

    def matrix(rows: Sequence[Counter[str]]) -> csr_matrix:
        columns, values, ends = [], [], [0]
        for grams in rows:
            known = {number[gram]: count * weight[gram] for gram, count in grams.items() if gram in number}
            length = sum(value * value for value in known.values()) ** 0.5 or 1.0
            columns.extend(known)
            values.extend(value / length for value in known.values())
            ends.append(len(columns))
        return csr_matrix((np.array(values, np.float32), columns, ends), shape=(len(rows), len(number)))

    left = matrix([Counter(map("".join, pairwise(f"^{fold(name)}$"))) for name in queries])
    right = matrix(bigrams).T.tocsr()
    return lambda part: sp_matmul_topn(left[part], right, top_n=SPARSE_TOP_N, threshold=SPARSE_SCORE_MIN, n_threads=1)


def peers() -> Iterator[Peer]:
    """Return the peers that are installed."""
    yield Peer("rapidfuzz ratio", _ratio)
    yield Peer("Jaro-Winkler", _jaro_winkler)
    if find_spec("scipy") and find_spec("sparse_dot_topn"):
        yield Peer("sparse_dot_topn", _sparse)
