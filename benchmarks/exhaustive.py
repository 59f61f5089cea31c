"""What the candidate search misses: pairs that the same scorer accepts when it sees every pair."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from app.matching.model.index_rows import RowKind, rows_of
from app.matching.model.size_step import size_step_of
from app.matching.search.searcher import Searcher
from benchmarks import subject
from benchmarks.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Missed:
    """The outcome of a comparison; ``names`` are (query, listed name) of every pair missed."""

    pairs_scored: int
    pairs_accepted: int
    names: tuple[tuple[str, str], ...]


def _accepted(engine: Searcher, queries: Sequence[str], *, exhaustive: bool) -> set[tuple[int, int]]:
    found = engine.pairs(queries, exhaustive=exhaustive)
    return set(zip(found.query.tolist(), found.listed.tolist(), strict=True))


def missed_by_search(data: Dataset, pairs: int, seed: int = 5) -> Missed:
    """Score about ``pairs`` pairs by brute force and by search: half disguised names, half others."""
    rows = rows_of(subject.entries(data.listed))
    engine = Searcher(rows.texts, rows.kind != RowKind.STEM, size_step_of(len(data.listed)))
    draw = random.Random(seed)  # noqa: S311  # a sample, not a secret
    count = pairs // max(1, len(rows.texts))
    disguised = [item.query for item in data.positives]
    others = [*data.negatives, *data.brands]
    queries = [
        *draw.sample(disguised, min(count // 2, len(disguised))),
        *draw.sample(others, min(count - min(count // 2, len(disguised)), len(others))),
    ]
    if not queries:
        return Missed(0, 0, ())
    everything = _accepted(engine, queries, exhaustive=True)
    missed = sorted(everything - _accepted(engine, queries, exhaustive=False))
    return Missed(
        len(queries) * len(rows.texts),
        len(everything),
        tuple((queries[query], rows.texts[row]) for query, row in missed),
    )
