"""Search of many names at once: candidates, alignment, evidence, decision."""

# ruff: noqa: C901, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit
from app.matching.blocking.candidates import CandidateBuffers, bounds_space, candidates
from app.matching.blocking.encoded_list import EncodedList
from app.matching.blocking.query_features import QueryWorkspace, label, query_space
from app.matching.comparison.alignment import AlignmentBuffers, align, alignment_buffers, prepare
from app.matching.comparison.classify import NONE, classify
from app.matching.comparison.comparison_vector import compare
from app.matching.comparison.features import TERMS, ScoringModel
from app.matching.model.encoding import decode_row
from app.names.characters import Characters
from app.names.lexicon import Words

EQUAL: Final = 1
ALTERED: Final = 2
"""Flags of a pair: the names are equal; the query was altered beyond folding to make them so."""


class SearchBuffers(NamedTuple):
    """Working space of a search, for one thread."""

    own: QueryWorkspace
    room: AlignmentBuffers
    terms: NDArray[np.float64]
    bounds: CandidateBuffers


def space(listed: EncodedList) -> SearchBuffers:
    """Return a new working space for a catalogue."""
    return SearchBuffers(query_space(), alignment_buffers(), np.zeros(len(TERMS)), bounds_space(listed.ends.size))


class Pairs(NamedTuple):
    """Accepted pairs, one row each: query row, listed row, log-odds, strength rank and flags."""

    query: NDArray[np.int32]
    listed: NDArray[np.int32]
    odds: NDArray[np.float32]
    rank: NDArray[np.uint8]
    flags: NDArray[np.uint8]


@leaf
def examine(
    r: int,
    size: int,
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    work: SearchBuffers,
) -> tuple[float, int, bool]:  # pragma: no cover - compiled
    """Align the prepared query in ``work`` with one listed row; return log-odds, rank and whether they are equal."""
    own = work.own
    first = 0 if r == 0 else listed.ends[r - 1]
    codes = listed.codes[first : listed.ends[r]]
    parts = listed.parts[first : listed.ends[r]]
    equal = codes.size == size
    if equal:
        for i in range(size):
            if codes[i] != own.codes[i]:
                equal = False
                break
    align(codes, parts, own.codes, size, tables, work.room)
    compare(
        parts,
        codes,
        listed.regions[r],
        listed.coreless[r],
        listed.branches[r],
        (listed.provinces[r] & own.provinces[0]) != 0,
        own.codes,
        own.labels,
        own.marks,
        own.regions,
        size,
        tables,
        lexicon.meanings,
        work.room,
        numbers,
        work.terms,
    )
    odds, rank = classify(work.terms, numbers)
    return odds, rank, equal


@leaf
def read_query(
    source: NDArray[np.uint32], start: int, end: int, tables: Characters, lexicon: Words, work: SearchBuffers
) -> tuple[int, bool]:  # pragma: no cover - compiled
    """Read one row into ``work`` and label it; return its size and whether it was altered."""
    own = work.own
    size, altered = decode_row(source, start, end, tables, own.codes, own.marks)
    if size > 0:
        label(own, size, lexicon, tables)
        prepare(own.codes, own.labels, size, tables, work.room)
    return size, altered


@njit(cache=True)
def _candidates_of_many(
    postings: int,
    size: int,
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    work: SearchBuffers,
) -> int:  # pragma: no cover - compiled
    """Do what :func:`candidates` does, with room for so many postings."""
    own, usual = work.own, work.bounds
    room = np.zeros(postings, np.int32)
    larger = CandidateBuffers(usual.held, usual.found, usual.keys, room, usual.best, usual.block, usual.state)
    return candidates(size, listed, tables, lexicon, numbers, own, larger)


@njit(cache=True)
def search_rows(
    source: NDArray[np.uint32],
    row_end: NDArray[np.int64],
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    exhaustive: bool,
    work: SearchBuffers,
) -> tuple[Pairs, int]:  # pragma: no cover - compiled
    """Return the accepted pairs of all query rows, and how many pairs were aligned.

    ``exhaustive`` scores every listed name without candidate search: the reference that the search must
    not fall short of.
    """
    capacity = max(64, row_end.size)
    out_query = np.empty(capacity, np.int32)
    out_listed = np.empty(capacity, np.int32)
    out_odds = np.empty(capacity, np.float32)
    out_rank = np.empty(capacity, np.uint8)
    out_flags = np.empty(capacity, np.uint8)
    filled = 0
    aligned = 0
    own = work.own
    found = work.bounds.found
    start = 0
    for row in range(row_end.size):
        size, altered = decode_row(source, start, row_end[row], tables, own.codes, own.marks)
        start = row_end[row] + 1
        if size == 0:
            continue
        if exhaustive:
            label(own, size, lexicon, tables)
            count = listed.ends.size
            for r in range(count):
                found[r] = r
        else:
            count = candidates(size, listed, tables, lexicon, numbers, own, work.bounds)
            if count < 0:
                count = _candidates_of_many(-count, size, listed, tables, lexicon, numbers, work)
        if count > 0:
            prepare(own.codes, own.labels, size, tables, work.room)
        for k in range(count):
            aligned += 1
            odds, rank, equal = examine(found[k], size, listed, tables, lexicon, numbers, work)
            flags = 0
            if equal:
                flags = EQUAL | (ALTERED if altered else 0)
            elif rank == NONE:
                continue
            if filled == capacity:
                capacity *= 2
                out_query = _grown(out_query)
                out_listed = _grown(out_listed)
                out_odds = _grown(out_odds)
                out_rank = _grown(out_rank)
                out_flags = _grown(out_flags)
            out_query[filled] = row
            out_listed[filled] = found[k]
            out_odds[filled] = odds
            out_rank[filled] = rank
            out_flags[filled] = flags
            filled += 1
    return (
        Pairs(out_query[:filled], out_listed[:filled], out_odds[:filled], out_rank[:filled], out_flags[:filled]),
        aligned,
    )


@njit(cache=True)
def search_own_rows(
    source: NDArray[np.uint32],
    row_end: NDArray[np.int64],
    own_rows: NDArray[np.int32],
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    work: SearchBuffers,
) -> Pairs:  # pragma: no cover - compiled
    """Return the accepted pairs of each query row with the one listed row that ``own_rows`` gives for it.

    The candidate search is that of :func:`search_rows`; only one of its candidates is aligned, so that a list of
    names that are all alike takes no longer than another.
    """
    query = np.empty(row_end.size, np.int32)
    rows = np.empty(row_end.size, np.int32)
    rows_odds = np.empty(row_end.size, np.float32)
    rows_rank = np.empty(row_end.size, np.uint8)
    rows_flags = np.empty(row_end.size, np.uint8)
    filled = 0
    own = work.own
    start = 0
    for row in range(row_end.size):
        size, altered = decode_row(source, start, row_end[row], tables, own.codes, own.marks)
        start = row_end[row] + 1
        if size == 0:
            continue
        count = candidates(size, listed, tables, lexicon, numbers, own, work.bounds)
        if count < 0:
            count = _candidates_of_many(-count, size, listed, tables, lexicon, numbers, work)
        if not np.any(work.bounds.found[:count] == own_rows[row]):
            continue
        prepare(own.codes, own.labels, size, tables, work.room)
        odds, rank, equal = examine(own_rows[row], size, listed, tables, lexicon, numbers, work)
        if not equal and rank == NONE:
            continue
        query[filled] = row
        rows[filled] = own_rows[row]
        rows_odds[filled] = odds
        rows_rank[filled] = rank
        rows_flags[filled] = (EQUAL | (ALTERED if altered else 0)) if equal else 0
        filled += 1
    return Pairs(query[:filled], rows[:filled], rows_odds[:filled], rows_rank[:filled], rows_flags[:filled])


@njit(cache=True)
def _grown(array):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # pragma: no cover - compiled, generic
    larger = np.empty(array.size * 2, array.dtype)
    larger[: array.size] = array
    return larger
