"""Entries in, an immutable index out; queries in, hits out."""

from app.disk_cache import forget_others
from app.matching.index import Index, NameHits, NameMatches
from app.matching.model.matcher_version import matcher_version
from app.matching.model.size_step import SizeStep, size_step_named, size_step_of, size_steps
from app.matching.model.types import (
    Entry,
    Explanation,
    FieldEvidence,
    Hit,
    ListedName,
    NameDifference,
    NameType,
    PartEvidence,
    Query,
    QueryName,
    Strength,
)

MATCHER_VERSION = matcher_version()
"""The version of the matcher, a part of the engine version that every decision records."""


def warm_up() -> None:
    """Compile the matcher and store the machine code, so that no later process waits for it.

    Setup calls this once (some thirty seconds to a minute); afterwards a first search takes about a second.
    Where the machine code lies: see :mod:`app.disk_cache`.
    """
    # Numba compiles anew for a column of several rows, which no single one has.
    listed = (
        "福建示例大宗商品交易中心有限公司",
        "福建示例文化产权交易所有限公司",
        "示例中心",
        "Fujian Sample Exchange",
    )
    index = Index.build([Entry(name, (ListedName(name),)) for name in listed])
    index.search_names(["示例"])
    index.names_found_by_themselves()
    # Met as it is, without its form, with a slip, beside another name, in Latin letters, and in a text.
    asked = (listed[0], listed[0][:-4], listed[0].replace("例", "列"), f"甲公司（原{listed[0]}）", listed[3])
    for name in asked:
        index.search(Query((QueryName(name), QueryName(f"转{name}货款", free_text=True))))
    forget_others()


__all__ = [
    "MATCHER_VERSION",
    "Entry",
    "Explanation",
    "FieldEvidence",
    "Hit",
    "Index",
    "ListedName",
    "NameDifference",
    "NameHits",
    "NameMatches",
    "NameType",
    "PartEvidence",
    "Query",
    "QueryName",
    "SizeStep",
    "Strength",
    "size_step_named",
    "size_step_of",
    "size_steps",
    "warm_up",
]
