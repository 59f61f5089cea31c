"""The listed names as flat arrays, and the postings of their keys: what compiled search reads."""

# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.matching.grams import KEYS_PER_NAME_MAX, Kinds, listed_keys, sounds_of
from app.matching.postings import Postings, postings_of
from app.matching.reading import read, row_ends, take
from app.matching.evidence import is_group
from app.names.characters import READINGS_MAX, Characters, characters
from app.names.parts import BRANCH, CORE, LENGTH_MAX, REGION, TRADE, read_listed
from app.names.table import Table, chain, table_of
from app.names.words import NO_PROVINCE, Words, words

REGIONS_MAX: Final = 3
SOUND_SHIFT: Final = 16
SOUND_BITS: Final = 9
SOUND_NONE: Final = (1 << SOUND_BITS) - 1
PART_SHIFT: Final = 54
NUMERAL: Final = np.uint64(1 << 52)
GROUP: Final = np.uint64(1 << 53)
"""How the traits of a listed character lie in 64 bits; its code point is in the lowest 16."""
RECORD_CORE_SOUNDS, RECORD_TRADE_SOUNDS, RECORD_PROVINCES, RECORD_COUNTS, RECORD_CORES = range(5)
RECORD: Final = 8
CORES_INSIDE: Final = RECORD - RECORD_CORES
"""Columns of a record, a line of the processor's cache: the sounds of the 字号 and of the trade, modulo 64, of
those characters that have only one, as bit sets; the provinces; where the other traits begin, below the counts;
the traits of the first characters of the 字号.
"""
COUNT_MASK: Final = 0xFF
REST_SHIFT: Final = 8
TRADE_SHIFT: Final = 16
IS_CORELESS: Final = 1 << 24
IS_ONE_RUN: Final = 1 << 25
IS_IN_ORDER: Final = 1 << 26
"""The counts of a row: the length of the 字号, of the rest, of the trade in it; whether there is no 字号, whether it
stands in one run, and whether all of the trade stands behind it.
"""

SKETCH_SOUNDS: Final = (1 << 24) - 1
SKETCH_TRADE_SHIFT: Final = 56
SKETCH_TRADE_MAX: Final = 63
SKETCH_SHAPE_SHIFT: Final = 62
"""A sketch: the sounds of the 字号 modulo 24 from bit 32 on, the length of the trade, and the shape of the 字号 (of
up to two, of three, of more characters, or none).
"""


class Catalogue(NamedTuple):
    """Listed names, one row each.

    ``codes``, ``parts``: characters and their labels, row ``r`` at ``ends[r-1]:ends[r]``.  ``coreless``:
    whether it has no 字号; ``branches``: where its branch part begins; ``regions``: up to three region
    numbers (-1: none), ``provinces``: the bit set of their provinces, or ``NO_PROVINCE``.  ``records``
    [row, RECORD], ``traits``: what candidate search asks of a row and of the rest of its characters.
    ``kinds``, ``postings``: the kinds of keys that it has, and the rows of each key; ``equal``, ``equal_ends``,
    ``equal_rows``: from the hash of a whole name to a number, and the rows of each number.
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
    kinds: Kinds
    postings: Postings
    equal: Table
    equal_ends: NDArray[np.int64]
    equal_rows: NDArray[np.int32]


def catalogue(texts: Sequence[str], kinds: Kinds) -> Catalogue:
    """Return the catalogue of listed texts, one row each, in their order."""
    source = read(texts) if texts else np.zeros(0, np.uint32)
    codes, parts, ends, coreless, branches, regions, provinces, hashes = _read_all(
        source, row_ends(source), words(), characters()
    )
    buffer = np.empty(KEYS_PER_NAME_MAX, np.uint64)
    counts = _count_keys(codes, parts, ends, coreless, provinces, kinds, characters(), buffer)
    keys = np.empty(int(counts.sum()), np.uint64)
    rows = np.empty(keys.size, np.int32)
    _fill_keys(codes, parts, ends, coreless, provinces, kinds, characters(), buffer, keys, rows)
    records, traits = _records(codes, parts, ends, coreless, provinces, characters())
    equal, equal_ends, equal_rows = _postings(hashes, np.arange(hashes.size, dtype=np.int32))
    return Catalogue(
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
        postings_of(keys, rows, _sketches(records), records[:, RECORD_TRADE_SOUNDS]),
        equal,
        equal_ends,
        equal_rows,
    )


def _postings(keys: NDArray[np.uint64], rows: NDArray[np.int32]) -> tuple[Table, NDArray[np.int64], NDArray[np.int32]]:
    """Return a table from key to number, and the distinct rows of each number, ascending."""
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    keep = np.ones(keys.size, np.bool_)
    keep[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    keys, rows = keys[keep], rows[keep]
    distinct, starts = np.unique(keys, return_index=True)
    ends = np.append(starts[1:], keys.size).astype(np.int64)
    return table_of(distinct, np.arange(distinct.size, dtype=np.int32)), ends, rows


@njit(cache=True)
def core_trait(listed: Catalogue, row: int, i: int) -> np.uint64:  # pragma: no cover - compiled
    """Return the trait of the i-th character of the 字号 of a row."""
    if i < CORES_INSIDE:
        return listed.records[row, RECORD_CORES + i]
    counts = listed.records[row, RECORD_COUNTS]
    rest = (counts >> np.uint64(32 + REST_SHIFT)) & np.uint64(COUNT_MASK)
    return listed.traits[np.int64(counts & np.uint64(0xFFFFFFFF)) + np.int64(rest) + i - CORES_INSIDE]


@njit(cache=True)
def _trait(code: int, part: int, tables: Characters, mine: NDArray[np.int32]) -> tuple[np.uint64, np.uint64]:
    """Return the trait of a listed character, and its only sound as a bit set, or nothing."""
    known = sounds_of(code, tables.symbol, tables.syllables, tables.merged, mine)
    trait = np.uint64(code) | np.uint64(part) << np.uint64(PART_SHIFT)
    for k in range(READINGS_MAX + 1):
        # A character without a reading sounds like nothing but itself.
        sound = min(mine[k], SOUND_NONE) if k < known else SOUND_NONE
        trait |= np.uint64(sound) << np.uint64(SOUND_SHIFT + k * SOUND_BITS)
    only = np.uint64(0)
    if part == CORE and tables.numeral[code] != 0:
        trait |= NUMERAL
    elif part == TRADE and is_group(code):
        trait |= GROUP
    elif known == 1 and mine[0] < SOUND_NONE:
        only = np.uint64(1) << np.uint64(mine[0] & 63)
    return trait, only


@njit(cache=True)
def _records(
    codes: NDArray[np.int32],
    parts: NDArray[np.uint8],
    ends: NDArray[np.int64],
    coreless: NDArray[np.bool_],
    provinces: NDArray[np.uint64],
    tables: Characters,
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:  # pragma: no cover - compiled
    """Return what candidate search asks of each row: records and traits."""
    records = np.zeros((ends.size, RECORD), np.uint64)
    traits = np.empty(codes.size, np.uint64)
    mine = np.empty(READINGS_MAX + 1, np.int32)
    filled = 0
    start = 0
    for row in range(ends.size):
        begin = filled
        trade = 0
        core = 0
        runs = 0
        in_order = True
        for i in range(start, ends[row]):
            part = parts[i]
            if part == REGION or part == BRANCH or part == TRADE:  # noqa: PLR1714
                traits[filled], only = _trait(codes[i], part, tables, mine)
                filled += 1
                if part == TRADE:
                    trade += 1
                    records[row, RECORD_TRADE_SOUNDS] |= only
        rest = filled - begin
        seen = 0
        for i in range(start, ends[row]):
            seen += parts[i] == TRADE
            if parts[i] != CORE:
                continue
            trait, only = _trait(codes[i], CORE, tables, mine)
            if core < CORES_INSIDE:
                records[row, RECORD_CORES + core] = trait
            else:
                traits[filled] = trait
                filled += 1
            core += 1
            records[row, RECORD_CORE_SOUNDS] |= only
            runs += i == start or parts[i - 1] != CORE
            in_order = in_order and seen == 0
        records[row, RECORD_PROVINCES] = provinces[row]
        counts = (
            core
            | rest << REST_SHIFT
            | trade << TRADE_SHIFT
            | (IS_CORELESS if coreless[row] else 0)
            | (IS_ONE_RUN if runs == 1 else 0)
            | (IS_IN_ORDER if in_order else 0)
        )
        records[row, RECORD_COUNTS] = np.uint64(counts) << np.uint64(32) | np.uint64(begin)
        start = ends[row]
    return records, traits[:filled].copy()


def _sketches(records: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return of each row what a list of rows keeps of its 字号 and its trade, above 32 bits for its number."""
    counts = (records[:, RECORD_COUNTS] >> np.uint64(32)).astype(np.int64)
    core = counts & COUNT_MASK
    trade = np.minimum((counts >> TRADE_SHIFT) & COUNT_MASK, SKETCH_TRADE_MAX)
    shape = np.where(counts & IS_CORELESS != 0, 3, np.clip(core - 2, 0, 2))
    above = fold_sounds(records[:, RECORD_CORE_SOUNDS]).astype(np.int64) | trade << 24 | shape << 30
    return above.astype(np.uint64) << np.uint64(32)


@njit(cache=True)
def fold_sounds(sounds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # pragma: no cover - generic
    """Return a bit set of sounds modulo 64 as one modulo 24."""
    return (sounds | sounds >> np.uint64(24) | sounds >> np.uint64(48)) & np.uint64(SKETCH_SOUNDS)


@njit(cache=True)
def hash_name(codes: NDArray[np.int32], size: int) -> np.uint64:  # pragma: no cover - compiled
    """Return the hash of a whole name."""
    key = np.uint64(size)
    for i in range(size):
        key = chain(key, np.uint64(codes[i]))
    return key


@njit(cache=True)
def _read_all(
    source: NDArray[np.uint32], row_end: NDArray[np.int64], lexicon: Words, tables: Characters
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
        size, _ = take(source, start, row_end[row], tables, own, marks)
        start = row_end[row] + 1
        hashes[row] = hash_name(own, size)
        if size > 0:
            has_core, branches[row] = read_listed(own, marks, size, lexicon, labels, places)
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
    kinds: Kinds,
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
    kinds: Kinds,
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
