"""Entries in, an immutable index out; queries in, hits out."""

from app.matching.entry import (
    Difference,
    Entry,
    Explanation,
    FieldEvidence,
    Hit,
    ListedName,
    NameType,
    PartEvidence,
    Query,
    QueryName,
    Strength,
)
from app.matching.index import MATCHER_VERSION, Index, NameHits


def warm_up() -> None:
    """Compile and cache what the matcher compiles, so that the first search does not wait for it."""
    Index.build(()).search_names(["示例"])


__all__ = [
    "MATCHER_VERSION",
    "Difference",
    "Entry",
    "Explanation",
    "FieldEvidence",
    "Hit",
    "Index",
    "ListedName",
    "NameHits",
    "NameType",
    "PartEvidence",
    "Query",
    "QueryName",
    "Strength",
    "warm_up",
]
