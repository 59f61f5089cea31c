"""Keys of candidate search: what a listed name and any query that may be it have in common.

A key is built of two or three *symbols* (classes of sound, so that homophones share them) that stand
close together.  Of a 字号 of three characters or more, one unmet character leaves two others within
three places of each other: such pairs are keys.  A shorter 字号 may keep a single character, which then
must stand beside the trade or region that the scorer asks to agree: such triples are keys too.  A name
without 字号 is met as a whole or not at all: its triples of neighbours are keys.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.names.characters import READINGS_MAX, Characters
from app.names.parts import CORE, FORM
from app.names.table import chain, lookup

REACH: Final = 3
"""Within how many places the symbols of a key stand."""
QUERY_KEYS_MAX: Final = 4096
EDGES_MAX: Final = 12
_PAIR: Final = np.uint64(11)
_RIGHT: Final = np.uint64(12)
_LEFT: Final = np.uint64(13)
_LATIN_END: Final = 128
_LETTER_A: Final = 97
_LETTER_Z: Final = 122


@njit(cache=True, inline="always")
def pair_key(one: int, other: int) -> np.uint64:  # pragma: no cover - compiled
    """Return the key of two symbols in this order."""
    return chain(chain(_PAIR, np.uint64(one)), np.uint64(other))


@njit(cache=True, inline="always")
def right_key(one: int, second: int, third: int) -> np.uint64:  # pragma: no cover - compiled
    """Return the key of a symbol and two neighbours behind it."""
    return chain(chain(chain(_RIGHT, np.uint64(one)), np.uint64(second)), np.uint64(third))


@njit(cache=True, inline="always")
def left_key(first: int, second: int, one: int) -> np.uint64:  # pragma: no cover - compiled
    """Return the key of a symbol and two neighbours before it."""
    return chain(chain(chain(_LEFT, np.uint64(first)), np.uint64(second)), np.uint64(one))


@njit(cache=True)
def symbols_of(code: int, tables: Characters, out: NDArray[np.int32]) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the symbols of all readings of a character; return how many."""
    out[0] = tables.symbol[code]
    count = 1
    for i in range(1, READINGS_MAX):
        reading = tables.syllables[code, i]
        if reading == 0:
            break
        symbol = tables.merged[reading]
        new = True
        for j in range(count):
            new = new and out[j] != symbol
        if new:
            out[count] = symbol
            count += 1
    return count


@njit(cache=True)
def listed_keys(
    codes: NDArray[np.int32], parts: NDArray[np.uint8], coreless: bool, tables: Characters, out: NDArray[np.uint64]
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the keys of a listed name; return how many."""
    size = codes.size
    mine = np.empty(READINGS_MAX, np.int32)
    other = np.empty(READINGS_MAX, np.int32)
    count = 0
    core = 0
    for i in range(size):
        core += parts[i] == CORE
    for i in range(size):
        if parts[i] != CORE or count + 64 > out.size:
            continue
        if coreless and core > REACH:
            if i + 2 < size and parts[i + 1] == CORE and parts[i + 2] == CORE:
                out[count] = left_key(tables.symbol[codes[i]], tables.symbol[codes[i + 1]], tables.symbol[codes[i + 2]])
                count += 1
            continue
        readings = symbols_of(codes[i], tables, mine)
        for j in range(i + 1, min(size, i + REACH + 1)):
            if parts[j] != CORE:
                continue
            theirs = symbols_of(codes[j], tables, other)
            for a in range(readings):
                for b in range(theirs):
                    out[count] = pair_key(mine[a], other[b])
                    count += 1
        if core > 2:  # noqa: PLR2004 - a pair is always left of three
            continue
        for a in range(readings):
            for j in range(i + 1, min(size - 1, i + REACH + 1)):
                if parts[j] != CORE and parts[j + 1] != CORE:
                    out[count] = right_key(mine[a], tables.symbol[codes[j]], tables.symbol[codes[j + 1]])
                    count += 1
                    break
            for j in range(i - 1, max(0, i - REACH - 1), -1):
                if parts[j] != CORE and parts[j - 1] != CORE and parts[j] != FORM:
                    out[count] = left_key(tables.symbol[codes[j - 1]], tables.symbol[codes[j]], mine[a])
                    count += 1
                    break
    return count


@njit(cache=True)
def query_edges(
    codes: NDArray[np.int32],
    size: int,
    tables: Characters,
    counts: NDArray[np.int32],
    ends: NDArray[np.int32],
    symbols: NDArray[np.int32],
) -> None:  # pragma: no cover - compiled
    """Fill the ways on from each position of a query: a character, a spelled syllable, a split character."""
    for start in range(size):
        code = codes[start]
        counts[start] = 1
        ends[start, 0] = start + 1
        symbols[start, 0] = tables.symbol[code]
        key = chain(np.uint64(0), np.uint64(code))
        if _LETTER_A <= code <= _LETTER_Z:
            for end in range(start + 1, min(size, start + 6) + 1):
                if end > start + 1:
                    if codes[end - 1] >= _LATIN_END:
                        break
                    key = chain(key, np.uint64(codes[end - 1]))
                syllable = lookup(tables.spelling, key)
                if syllable > 0 and counts[start] < EDGES_MAX:
                    ends[start, counts[start]] = end
                    symbols[start, counts[start]] = tables.merged[syllable]
                    counts[start] += 1
            continue
        for end in range(start + 2, min(size, start + 3) + 1):
            key = chain(key, np.uint64(codes[end - 1]))
            char = lookup(tables.composed, key)
            if char > 0 and counts[start] < EDGES_MAX:
                ends[start, counts[start]] = end
                symbols[start, counts[start]] = tables.symbol[char]
                counts[start] += 1


@njit(cache=True)
def query_keys(
    size: int,
    counts: NDArray[np.int32],
    ends: NDArray[np.int32],
    symbols: NDArray[np.int32],
    out: NDArray[np.uint64],
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the keys of a query along its ways; return how many."""
    count = 0
    limit = out.size - 4
    for s1 in range(size):
        for e1 in range(counts[s1]):
            a = symbols[s1, e1]
            s2 = ends[s1, e1]
            if s2 >= size:
                continue
            for e2 in range(counts[s2]):
                b = symbols[s2, e2]
                if count >= limit:
                    return count
                out[count] = pair_key(a, b)
                count += 1
                s3 = ends[s2, e2]
                if s3 >= size:
                    continue
                for e3 in range(counts[s3]):
                    c = symbols[s3, e3]
                    if count >= limit:
                        return count
                    out[count] = pair_key(a, c)
                    out[count + 1] = right_key(a, b, c)
                    out[count + 2] = left_key(a, b, c)
                    count += 3
                    s4 = ends[s3, e3]
                    if s4 >= size:
                        continue
                    for e4 in range(counts[s4]):
                        d = symbols[s4, e4]
                        if count >= limit:
                            return count
                        out[count] = pair_key(a, d)
                        out[count + 1] = right_key(a, c, d)
                        out[count + 2] = left_key(a, b, d)
                        count += 3
                        s5 = ends[s4, e4]
                        if s5 >= size:
                            continue
                        for e5 in range(counts[s5]):
                            if count >= limit:
                                return count
                            out[count] = right_key(a, d, symbols[s5, e5])
                            out[count + 1] = left_key(a, b, symbols[s5, e5])
                            count += 2
    return count
