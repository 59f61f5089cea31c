"""Which listed rows are worth an alignment: those that share a key and whose odds, at best, suffice.

What the query holds at all, wherever it is, bounds each term of the evidence from the better side,
and the policies that need nothing but counts are tried on it, so no acceptable row is lost here.
"""

# ruff: noqa: PLR0913, PLR0917
# Compiled code gets its tables as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
from app.matching.blocking.blocking_keys import PLAIN, QUERY_KEYS_MAX, SPELLED_OUT, WEAK, plain_keys, spelled_postings
from app.matching.blocking.encoded_list import EncodedList, hash_name
from app.matching.blocking.postings import distinct, look_up
from app.matching.blocking.query_features import (
    PLACES_MAX,
    QueryBits,
    QueryWorkspace,
    held_space,
    label,
    profile_query,
    set_bits,
)
from app.matching.blocking.row_bounds import keep_by_core, may_be_accepted
from app.matching.blocking.row_overlap import QueryBounds, RowTables
from app.matching.blocking.score_bounds import SHAPES_MAX, fill_best, form_odds
from app.matching.blocking.signature_filter import BLOCK, filter_block
from app.matching.blocking.signatures import SKETCH_SHAPES
from app.matching.comparison.features import ScoringModel
from app.names.characters import Characters
from app.names.hash_table import lookup
from app.names.lexicon import Words

_HAIR: Final = 1e-9
_POSTINGS_MANY: Final = 200


class CandidateBuffers(NamedTuple):
    """Working space of the candidate search.

    ``found``: the candidates of the query; ``best``: see :func:`.score_bounds.fill_best`; ``block``, ``state``:
    see :func:`.signature_filter.filter_block`.
    """

    held: QueryBits
    found: NDArray[np.int32]
    keys: NDArray[np.uint64]
    postings: NDArray[np.int32]
    best: NDArray[np.float64]
    block: NDArray[np.int32]
    state: NDArray[np.int64]


def bounds_space(rows: int) -> CandidateBuffers:
    """Return working space for a catalogue of so many rows."""
    return CandidateBuffers(
        held_space(),
        np.zeros(rows, np.int32),
        np.zeros(QUERY_KEYS_MAX, np.uint64),
        np.zeros(QUERY_KEYS_MAX, np.int32),
        np.zeros((2, SKETCH_SHAPES, SHAPES_MAX + 1)),
        np.zeros(BLOCK, np.int32),
        np.zeros(3, np.int64),
    )


@leaf
def _add(r: int, count: int, found: NDArray[np.int32]) -> int:  # pragma: no cover - compiled
    """Add a row to the ``count`` candidates unless it is among them; return how many there are."""
    for k in range(count):
        if found[k] == r:
            return count
    found[count] = r
    return count + 1


@leaf
def candidates(
    size: int,
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    own: QueryWorkspace,
    work: CandidateBuffers,
) -> int:  # pragma: no cover - compiled
    """Label the query, fill its candidates (rows that may be accepted), and return how many.

    Where its postings do not fit, return the number of those that there are, negated.
    """
    ways = label(own, size, lexicon, tables)
    found = work.found
    count = 0
    provinces, kinds = own.provinces[0], listed.kinds
    posted = work.postings
    postings = 0
    place = 0 if ways != SPELLED_OUT else size
    while place < size:
        keys, place = plain_keys(place, size, provinces, kinds, listed.neighbours, own.ways, work.keys)
        postings = look_up(work.keys, keys, WEAK, listed.postings, posted, postings)
    if ways != PLAIN:
        postings = spelled_postings(
            size, provinces, ways == SPELLED_OUT, kinds, own.ways, work.keys, listed.postings, posted, postings
        )
    if postings > posted.size:
        return -postings
    if postings > _POSTINGS_MANY:
        # A text that says one thing again and again asks for the same rows again and again.
        postings = distinct(posted, postings)
    if postings > 0:
        count = _promising(posted, postings, size, ways, listed, tables, lexicon, numbers, own, work)
    name = lookup(listed.equal.keys, listed.equal.values, hash_name(own.codes, size))
    if name >= 0:
        low = 0 if name == 0 else listed.equal_ends[name - 1]
        for place in range(low, listed.equal_ends[name]):
            count = _add(listed.equal_rows[place], count, found)
    return count


@leaf
def _promising(
    posted: NDArray[np.int32],
    postings: int,
    size: int,
    ways: int,
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    own: QueryWorkspace,
    work: CandidateBuffers,
) -> int:  # pragma: no cover - compiled
    """Keep the rows of the postings whose odds may suffice, block by block; return how many."""
    held, block, state = work.held, work.block, work.state
    set_bits(own, size, tables.families, held, True)
    query = _query_bounds(own, size, ways, held, numbers)
    fill_best(query.profile.latin, query.whole, query.partial, numbers.weights, work.best)
    rows = RowTables(listed.records, listed.traits, listed.regions, lexicon.meanings, tables.families, tables.numeral)
    count = 0
    state[0] = state[1] = 0
    filled = BLOCK
    while filled == BLOCK:
        filled = filter_block(
            posted,
            postings,
            query.profile.latin,
            query.absent,
            work.best,
            numbers.trade_odds[query.variant],
            query.weak_min,
            listed.postings,
            listed.records,
            listed.traits,
            block,
            state,
        )
        kept = keep_by_core(block, filled, query, rows, held, numbers)
        for n in range(kept):
            if may_be_accepted(block[n], query, own.regions, rows, held, numbers):
                count = _add(abs(block[n]) - 1, count, work.found)
    set_bits(own, size, tables.families, held, False)
    return count


@leaf
def _query_bounds(
    own: QueryWorkspace, size: int, ways: int, held: QueryBits, numbers: ScoringModel
) -> QueryBounds:  # pragma: no cover - compiled
    """Return what a query whose bits are set brings to the bound of every row."""
    profile = profile_query(own, size, ways, held)
    latin, has_form = profile.latin, profile.has_form
    return QueryBounds(
        profile=profile,
        size=size,
        provinces=own.provinces[0],
        absent=~held.any_sound[0],
        # One character may be written by its initial.
        spared=1 if latin else 0,
        variant=(0 if has_form else 1) if not latin else 2,
        whole=numbers.constant + form_odds(True, latin, has_form, numbers.weights),
        partial=numbers.constant + form_odds(False, latin, has_form, numbers.weights),
        # The terms are summed in another order here, and may end a hair lower.
        weak_min=numbers.weak_min - _HAIR,
        in_places=size <= PLACES_MAX and ways == PLAIN,
    )
