"""What whole-name scores of other libraries find on the same names, at the same rates of false alerts.

Each gets the folded names (NFKC, simplified, without punctuation) and compares every query with every listed name.  Its
threshold is set so that no more of the unlisted names alert than the rate allows: in its favour, since the same names
set it and are measured.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from app.names.fold import fold
from benchmarks.dataset import Dataset

RATES = (0.0005, 0.001, 0.005, 0.01)
Scores = Callable[[Sequence[str], Sequence[str]], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class PeerRow:
    """A peer, and its recall at each of :data:`RATES`."""

    title: str
    recall: tuple[float, ...]


def peer_rows(data: Dataset) -> list[PeerRow]:
    """Return what each peer finds of the disguised names of a data set."""
    listed = [fold(one.name) for one in data.listed]
    asked = [fold(one.query) for one in data.positives]
    others = [fold(name) for name in data.negatives]
    place = {one.key: number for number, one in enumerate(data.listed)}
    meant = np.array([place[one.expected] for one in data.positives])
    rows = []
    for title, scores in _PEERS.items():
        own = scores(asked, listed)[np.arange(len(asked)), meant]
        highest = np.sort(scores(others, listed).max(axis=1))[::-1]
        # Names whose score is the threshold itself do not alert.
        recall = [float((own > highest[int(rate * len(others))]).mean()) for rate in RATES]
        rows.append(PeerRow(title, tuple(recall)))
    return rows


def _cdist(scorer: Any) -> Scores:  # noqa: ANN401 - rapidfuzz has no type for its scorers
    return lambda asked, listed: process.cdist(asked, listed, scorer=scorer, dtype=np.float32, workers=1)


def _cosine(asked: Sequence[str], listed: Sequence[str]) -> NDArray[Any]:
    """Return the cosine of character bigrams weighed by how rare they are, as ``sparse_dot_topn`` compares names."""
    grams = [_bigrams(name) for name in listed]
    seen = Counter(gram for one in grams for gram in one)
    number = {gram: column for column, gram in enumerate(seen)}
    weight = np.array([log(1 + len(listed) / count) for count in seen.values()], np.float32)

    def matrix(names: Sequence[Counter[str]]) -> NDArray[np.float32]:
        found = np.zeros((len(names), len(number)), np.float32)
        for row, one in enumerate(names):
            for gram, count in one.items():
                if gram in number:
                    found[row, number[gram]] = count
        found *= weight
        return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9))

    right = matrix(grams).T
    # In blocks, so that memory stays small.
    return np.concatenate(
        [matrix([_bigrams(name) for name in asked[at : at + 1000]]) @ right for at in range(0, len(asked), 1000)]
    )


def _bigrams(name: str) -> Counter[str]:
    return Counter(map("".join, pairwise(f"^{name}$")))


_PEERS: dict[str, Scores] = {
    "rapidfuzz `fuzz.ratio`": _cdist(fuzz.ratio),
    "rapidfuzz `fuzz.WRatio`": _cdist(fuzz.WRatio),
    "rapidfuzz `JaroWinkler`": _cdist(JaroWinkler.similarity),
    "bigrams, TF-IDF, cosine (`sparse_dot_topn`)": _cosine,
}
