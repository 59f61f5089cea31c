"""Search of many names at once: keys, cheap bounds, alignment, evidence, decision."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.matching.align import Bench, align, bench
from app.matching.catalogue import Catalogue, hash_name
from app.matching.decide import NONE, Rule, decide
from app.matching.evidence import TERMS, weigh
from app.matching.grams import EDGES_MAX, QUERY_KEYS_MAX, query_edges, query_keys, symbols_of
from app.matching.reading import take
from app.names.characters import READINGS_MAX, Characters
from app.names.parts import CORE, LENGTH_MAX, cover
from app.names.table import lookup
from app.names.words import Words

EQUAL: Final = 1
ALTERED: Final = 2
"""Flags of a pair: the names are equal; the query was altered beyond folding to make them so."""


class Query(NamedTuple):
    """Working space of one query: its characters, marks, labels, regions, ways and keys."""

    codes: NDArray[np.int32]
    marks: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    regions: NDArray[np.int32]
    edge_counts: NDArray[np.int32]
    edge_ends: NDArray[np.int32]
    edge_symbols: NDArray[np.int32]
    keys: NDArray[np.uint64]


class Space(NamedTuple):
    """Working space of a search, for one thread.

    ``seen`` [row], ``present`` [symbol]: the stamp of the last query that met them; ``stamp`` [1]: the
    last stamp given.
    """

    own: Query
    room: Bench
    terms: NDArray[np.float64]
    seen: NDArray[np.int64]
    present: NDArray[np.int64]
    found: NDArray[np.int32]
    stamp: NDArray[np.int64]


def space(listed: Catalogue, tables: Characters) -> Space:
    """Return a new working space for a catalogue."""
    size = LENGTH_MAX
    own = Query(
        np.zeros(size, np.int32),
        np.zeros(size, np.uint8),
        np.zeros(size, np.uint8),
        np.full(size, -1, np.int32),
        np.zeros(size, np.int32),
        np.zeros((size, EDGES_MAX), np.int32),
        np.zeros((size, EDGES_MAX), np.int32),
        np.zeros(QUERY_KEYS_MAX, np.uint64),
    )
    rows = listed.ends.size
    symbols = int(tables.symbol.max()) + 1
    return Space(
        own,
        bench(),
        np.zeros(len(TERMS)),
        np.zeros(rows, np.int64),
        np.zeros(symbols, np.int64),
        np.zeros(rows, np.int32),
        np.zeros(1, np.int64),
    )


class Pairs(NamedTuple):
    """Accepted pairs, one row each: query row, listed row, log-odds, strength rank and flags."""

    query: NDArray[np.int32]
    listed: NDArray[np.int32]
    odds: NDArray[np.float32]
    rank: NDArray[np.uint8]
    flags: NDArray[np.uint8]


@njit(cache=True)
def _mark_symbols(stamp: int, size: int, tables: Characters, work: Space) -> None:  # pragma: no cover - compiled
    """Stamp every symbol that the query can be read to hold."""
    own = work.own
    mine = np.empty(READINGS_MAX, np.int32)
    for i in range(size):
        for edge in range(own.edge_counts[i]):
            work.present[own.edge_symbols[i, edge]] = stamp
        for k in range(symbols_of(own.codes[i], tables, mine)):
            work.present[mine[k]] = stamp


@njit(cache=True)
def _may_match(
    codes: NDArray[np.int32], parts: NDArray[np.uint8], coreless: bool, stamp: int, tables: Characters, work: Space
) -> bool:  # pragma: no cover - compiled
    """Return False for a listed name too little of whose 字号 is in the query for any acceptance."""
    core = 0
    met = 0
    for i in range(codes.size):
        if parts[i] != CORE:
            continue
        core += 1
        if work.present[tables.symbol[codes[i]]] == stamp:
            met += 1
        else:
            for k in range(1, READINGS_MAX):
                reading = tables.syllables[codes[i], k]
                if reading != 0 and work.present[tables.merged[reading]] == stamp:
                    met += 1
                    break
    return met * 5 >= core * 4 if coreless else met * 2 >= core


@njit(cache=True)
def _candidates(
    stamp: int, size: int, listed: Catalogue, tables: Characters, work: Space
) -> int:  # pragma: no cover - compiled
    """Fill the candidates of a query: rows that share a key and may still match; return how many."""
    own = work.own
    query_edges(own.codes, size, tables, own.edge_counts, own.edge_ends, own.edge_symbols)
    keys = query_keys(size, own.edge_counts, own.edge_ends, own.edge_symbols, own.keys)
    count = 0
    marked = False
    for k in range(keys):
        key = lookup(listed.keys, own.keys[k])
        if key < 0:
            continue
        if not marked:
            _mark_symbols(stamp, size, tables, work)
            marked = True
        low = 0 if key == 0 else listed.posting_ends[key - 1]
        for place in range(low, listed.posting_ends[key]):
            r = listed.posting_rows[place]
            if work.seen[r] == stamp:
                continue
            work.seen[r] = stamp
            first = 0 if r == 0 else listed.ends[r - 1]
            codes = listed.codes[first : listed.ends[r]]
            parts = listed.parts[first : listed.ends[r]]
            if _may_match(codes, parts, listed.coreless[r], stamp, tables, work):
                work.found[count] = r
                count += 1
    name = lookup(listed.equal, hash_name(own.codes, size))
    if name >= 0:
        low = 0 if name == 0 else listed.equal_ends[name - 1]
        for place in range(low, listed.equal_ends[name]):
            r = listed.equal_rows[place]
            if work.seen[r] != stamp:
                work.seen[r] = stamp
                work.found[count] = r
                count += 1
    return count


@njit(cache=True)
def examine(
    r: int, size: int, listed: Catalogue, tables: Characters, lexicon: Words, numbers: Rule, work: Space
) -> tuple[float, int, bool]:  # pragma: no cover - compiled
    """Align the query in ``work`` with one listed row; return log-odds, rank and whether they are equal."""
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
    align(codes, parts, own.codes, own.labels, size, tables, work.room)
    weigh(
        parts,
        codes,
        listed.regions[r],
        listed.coreless[r],
        listed.branches[r],
        own.codes,
        own.labels,
        own.marks,
        own.regions,
        size,
        tables,
        lexicon.meanings,
        work.room,
        work.terms,
    )
    odds, rank = decide(work.terms, numbers)
    return odds, rank, equal


@njit(cache=True)
def read_query(
    source: NDArray[np.uint32], start: int, end: int, tables: Characters, lexicon: Words, work: Space
) -> tuple[int, bool]:  # pragma: no cover - compiled
    """Read one row into ``work`` and label it; return its size and whether it was altered."""
    own = work.own
    size, altered = take(source, start, end, tables, own.codes, own.marks)
    if size > 0:
        cover(own.codes, own.marks, size, lexicon, False, own.labels, own.regions)
    return size, altered


@njit(cache=True)
def search_rows(
    source: NDArray[np.uint32],
    row_end: NDArray[np.int64],
    listed: Catalogue,
    tables: Characters,
    lexicon: Words,
    numbers: Rule,
    exhaustive: bool,
    work: Space,
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
    start = 0
    for row in range(row_end.size):
        size, altered = take(source, start, row_end[row], tables, own.codes, own.marks)
        start = row_end[row] + 1
        if size == 0:
            continue
        if exhaustive:
            count = listed.ends.size
            for r in range(count):
                work.found[r] = r
        else:
            work.stamp[0] += 1
            count = _candidates(work.stamp[0], size, listed, tables, work)
        if count == 0:
            continue
        cover(own.codes, own.marks, size, lexicon, False, own.labels, own.regions)
        for k in range(count):
            aligned += 1
            odds, rank, equal = examine(work.found[k], size, listed, tables, lexicon, numbers, work)
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
            out_listed[filled] = work.found[k]
            out_odds[filled] = odds
            out_rank[filled] = rank
            out_flags[filled] = flags
            filled += 1
    return (
        Pairs(out_query[:filled], out_listed[:filled], out_odds[:filled], out_rank[:filled], out_flags[:filled]),
        aligned,
    )


@njit(cache=True)
def _grown(array):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # pragma: no cover - compiled, generic
    larger = np.empty(array.size * 2, array.dtype)
    larger[: array.size] = array
    return larger
