"""The matcher under test, as the benchmarks call it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.matching.index import Index
from app.matching.model.types import Entry, ListedName, Query, QueryName, Strength
from benchmarks.dataset import Listed

REGION_CODE = "350100"  # every entry has it, whatever its name says, as in the measure from outside
_STRENGTHS = tuple(Strength)


@dataclass(frozen=True, slots=True)
class Found:
    """One listed entity that a query may be."""

    key: str
    name: str
    score: int
    strength: Strength


def entries(listed: Iterable[Listed]) -> tuple[Entry, ...]:
    """Return listed names as entries of an index."""
    return tuple(Entry(key=entry.key, names=(ListedName(entry.name),), region_code=REGION_CODE) for entry in listed)


def build(listed: Iterable[Listed]) -> Index:
    """Build the index over a list of names."""
    return Index.build(entries(listed))


def search(index: Index, queries: Sequence[str]) -> list[tuple[Found, ...]]:
    """Return the accepted entities of each query, best first, by the batch search."""
    answers: list[list[Found]] = [[] for _ in queries]
    hits = index.search_names(queries)
    columns = (hits.query, hits.entry, hits.name, hits.score, hits.strength)
    for query, position, name, score, rank in zip(*(column.tolist() for column in columns), strict=True):
        entry = index.entries[position]
        answers[query].append(Found(entry.key, entry.names[name].text, score, _STRENGTHS[rank]))
    return [tuple(sorted(found, key=lambda hit: (hit.strength.rank, -hit.score, hit.key))) for found in answers]


def search_single(index: Index, query: str) -> tuple[tuple[str, int, Strength], ...]:
    """Key, score and strength of each hit of one query, by the single search."""
    hits = index.search(Query(names=(QueryName(query),)))
    return tuple((hit.key, hit.score, hit.strength) for hit in hits if hit.strength is not Strength.KEYWORD)


def explain(index: Index, query: str, key: str) -> str:
    """Say in a line why a query was held for the entity."""
    hits = index.search(Query(names=(QueryName(query),)), limit=100)
    return next((hit.explanation.summary_zh for hit in hits if hit.key == key), "")
