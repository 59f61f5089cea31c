"""The listed names as flat arrays, and the postings of their keys: what compiled search reads."""

# ruff: noqa: PLR0913, PLR0917
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit
from app.matching.blocking.blocking_keys import KEYS_PER_NAME_MAX, KeyKinds, listed_keys, neighbours_of
from app.matching.blocking.postings import Postings, postings_of
from app.matching.blocking.signatures import RECORD_TRADE_SOUNDS, records_of, sketches_of
from app.matching.model.encoding import decode_row, encode, row_ends
from app.names.characters import Characters, characters
from app.names.hash_table import HashTable, chain, table_of
from app.names.lexicon import NO_PROVINCE, Words, words
from app.names.segmentation import CORE, LENGTH_MAX, CoverSpace, cover_space, segment_listed

REGIONS_MAX: Final = 3


class EncodedList(NamedTuple):
    """Listed names, one row each.

    ``codes``, ``parts``: characters and their labels, row ``r`` at ``ends[r-1]:ends[r]``.  ``coreless``:
    whether it has no 字号; ``branches``: where its branch part begins; ``regions``: up to three region
    numbers (-1: none), ``provinces``: the bit set of their provinces, or ``NO_PROVINCE``.  ``records``
    [row, RECORD], ``traits``: what candidate search asks of a row and of the rest of its characters.
    ``kinds``, ``postings``: the kinds of keys that it has, and the rows of each key; ``neighbours``: see
    :func:`.blocking_keys.neighbours_of`; ``equal``, ``equal_ends``, ``equal_rows``: from the hash of a
    whole name to a number, and the rows of each number.
    """

    codes: NDArray[np.int32]
    parts: NDArray[np.uint8]
    ends: NDArray[np.int64]
    coreless: NDArray[np.bool_]
    branches: NDArray[np.int16]
    regions: NDArray[np.int32]
    provinces: NDArray[np.uint64]
    records: NDArray[np.uint64]
    traits: NDArray[np.uint64]
    kinds: KeyKinds
    postings: Postings
    neighbours: NDArray[np.uint8]
    equal: HashTable
    equal_ends: NDArray[np.int64]
    equal_rows: NDArray[np.int32]


def catalogue(texts: Sequence[str], kinds: KeyKinds) -> EncodedList:
    """Return the catalogue of listed texts, one row each, in their order."""
    source = encode(texts) if texts else np.zeros(0, np.uint32)
    codes, parts, ends, coreless, branches, regions, provinces, hashes = _read_all(
        source, row_ends(source), words(), characters(), cover_space()
    )
    buffer = np.empty(KEYS_PER_NAME_MAX, np.uint64)
    counts = _count_keys(codes, parts, ends, coreless, provinces, kinds, characters(), buffer)
    keys = np.empty(int(counts.sum()), np.uint64)
    rows = np.empty(keys.size, np.int32)
    _fill_keys(codes, parts, ends, coreless, provinces, kinds, characters(), buffer, keys, rows)
    records, traits = records_of(codes, parts, ends, coreless, provinces, characters())
    equal, equal_ends, equal_rows = _postings(hashes, np.arange(hashes.size, dtype=np.int32))
    return EncodedList(
        codes,
        parts,
        ends,
        coreless,
        branches,
        regions,
        provinces,
        records,
        traits,
        kinds,
        postings_of(keys, rows, sketches_of(records), records[:, RECORD_TRADE_SOUNDS]),
        neighbours_of(keys),
        equal,
        equal_ends,
        equal_rows,
    )


def _postings(
    keys: NDArray[np.uint64], rows: NDArray[np.int32]
) -> tuple[HashTable, NDArray[np.int64], NDArray[np.int32]]:
    """Return a table from key to number, and the distinct rows of each number, ascending."""
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    keep = np.ones(keys.size, np.bool_)
    keep[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    keys, rows = keys[keep], rows[keep]
    distinct, starts = np.unique(keys, return_index=True)
    ends = np.append(starts[1:], keys.size).astype(np.int64)
    return table_of(distinct, np.arange(distinct.size, dtype=np.int32)), ends, rows


@leaf
def hash_name(codes: NDArray[np.int32], size: int) -> np.uint64:  # pragma: no cover - compiled
    """Return the hash of a whole name."""
    key = np.uint64(size)
    for i in range(size):
        key = chain(key, np.uint64(codes[i]))
    return key


@njit(cache=True)
def _read_all(
    source: NDArray[np.uint32], row_end: NDArray[np.int64], lexicon: Words, tables: Characters, cover: CoverSpace
) -> tuple[
    NDArray[np.int32],
    NDArray[np.uint8],
    NDArray[np.int64],
    NDArray[np.bool_],
    NDArray[np.int16],
    NDArray[np.int32],
    NDArray[np.uint64],
    NDArray[np.uint64],
]:  # pragma: no cover - compiled
    count = row_end.size
    codes = np.empty(source.size, np.int32)
    parts = np.empty(source.size, np.uint8)
    ends = np.empty(count, np.int64)
    coreless = np.zeros(count, np.bool_)
    branches = np.zeros(count, np.int16)
    regions = np.full((count, REGIONS_MAX), -1, np.int32)
    provinces = np.zeros(count, np.uint64)
    hashes = np.empty(count, np.uint64)
    own = np.empty(LENGTH_MAX, np.int32)
    marks = np.zeros(LENGTH_MAX, np.uint8)
    labels = np.zeros(LENGTH_MAX, np.uint8)
    places = np.full(LENGTH_MAX, -1, np.int32)
    start = 0
    filled = 0
    for row in range(count):
        size, _ = decode_row(source, start, row_end[row], tables, own, marks)
        start = row_end[row] + 1
        hashes[row] = hash_name(own, size)
        if size > 0:
            has_core, branches[row] = segment_listed(own, marks, size, lexicon, labels, places, cover)
            coreless[row] = not has_core
            latin = 0
            for i in range(size):
                latin += own[i] < 128  # noqa: PLR2004 - ASCII
            if latin * 2 > size:
                # A foreign name has no 字号 to look for: it is met as a whole.
                coreless[row] = True
                branches[row] = size
                for i in range(size):
                    labels[i] = CORE
                    places[i] = -1
        found = 0
        for i in range(size):
            codes[filled + i] = own[i]
            parts[filled + i] = labels[i]
            if places[i] >= 0:
                provinces[row] |= lexicon.provinces[places[i]]
                if found < REGIONS_MAX:
                    regions[row, found] = places[i]
                    found += 1
        if provinces[row] == 0:
            provinces[row] = NO_PROVINCE
        filled += size
        ends[row] = filled
    return codes[:filled].copy(), parts[:filled].copy(), ends, coreless, branches, regions, provinces, hashes


@njit(cache=True)
def _count_keys(
    codes: NDArray[np.int32],
    parts: NDArray[np.uint8],
    ends: NDArray[np.int64],
    coreless: NDArray[np.bool_],
    provinces: NDArray[np.uint64],
    kinds: KeyKinds,
    tables: Characters,
    buffer: NDArray[np.uint64],
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    counts = np.empty(ends.size, np.int64)
    start = 0
    for row in range(ends.size):
        counts[row] = listed_keys(
            codes[start : ends[row]], parts[start : ends[row]], coreless[row], provinces[row], kinds, tables, buffer
        )
        start = ends[row]
    return counts


@njit(cache=True)
def _fill_keys(
    codes: NDArray[np.int32],
    parts: NDArray[np.uint8],
    ends: NDArray[np.int64],
    coreless: NDArray[np.bool_],
    provinces: NDArray[np.uint64],
    kinds: KeyKinds,
    tables: Characters,
    buffer: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    rows: NDArray[np.int32],
) -> None:  # pragma: no cover - compiled
    start = 0
    filled = 0
    for row in range(ends.size):
        count = listed_keys(
            codes[start : ends[row]], parts[start : ends[row]], coreless[row], provinces[row], kinds, tables, buffer
        )
        for i in range(count):
            keys[filled + i] = buffer[i]
            rows[filled + i] = row
        filled += count
        start = ends[row]
