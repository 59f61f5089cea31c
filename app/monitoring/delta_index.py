"""An index over a few entries that answers as the index of the whole list would: under the whole list's rule.

What may be accepted depends on the size of the list; an index of a hundred new entries must not be more generous
than the list that they are a part of.
"""

# The matcher offers no such index yet: this is the one place that reaches into it.
# ruff: noqa: SLF001

import threading
from collections.abc import Sequence

from app.matching import Entry, Index
from app.matching.blocking.encoded_list import catalogue
from app.matching.blocking.score_bounds import kinds_of
from app.matching.model.index_rows import rows_of
from app.matching.search.phrase_search import anchors
from app.matching.search.searcher import Searcher


def delta_index(entries: Sequence[Entry], whole: Index) -> Index:
    """Return an index of some entries whose decisions are those of ``whole``, of which they are a part."""
    rows = rows_of(entries)
    engine = Searcher.__new__(Searcher)
    engine._rule = whole._engine._rule
    engine.listed = catalogue(rows.texts, kinds_of(engine._rule))
    engine._anchors = anchors(engine.listed)
    engine._local = threading.local()
    return Index(tuple(entries), engine, rows)


def size_step(whole: Index) -> str:
    """Return a name for the rule that holds at the size of a list: where it changes, any pair may."""
    rule = whole._engine._rule
    return f"{rule.constant:.9f}/{rule.reach}"
