"""Keys of candidate search: what a listed name and any query that may be accepted have in common.

A pair of names is accepted in one of few ways, and each leaves a key behind:

* Two characters of the 字号 are the same and stand within three places of each other: a *pair* of
  characters.  Where the query is spelled in pinyin or split into components: a pair of sounds.
* Fewer are the same, because one is unmet or because they only sound alike.  Then the trade must agree,
  and one character of the 字号 sounds right: its sound with the *first two or three of the trade*.
* The name has no trade: the sound with the *two characters before or behind*.
* The name has no 字号: it is met as a whole with one slip at most, so that of two *threes* of neighbours
  without a common character one is left.

Sounds are classes after the southern mergers, so that every homophone shares them.
"""

# ruff: noqa: C901, PLR0912, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.names.characters import READINGS_MAX, Characters
from app.names.parts import CORE, FORM, TRADE
from app.names.table import chain, lookup

REACH: Final = 3
"""Within how many places the members of a key stand."""
QUERY_KEYS_MAX: Final = 8192
EDGES_MAX: Final = 12
_PAIR: Final = np.uint64(11)
_RIGHT: Final = np.uint64(12)
_RIGHT_THREE: Final = np.uint64(13)
_LEFT: Final = np.uint64(14)
_THREE: Final = np.uint64(15)
_EXACT: Final = 1 << 20
"""Added to a code point, so that it is no class of sound."""
_LATIN_END: Final = 128
LETTER_A: Final = 97
LETTER_Z: Final = 122


@njit(cache=True, inline="always")
def _key2(kind: np.uint64, one: int, other: int) -> np.uint64:  # pragma: no cover - compiled
    return chain(chain(kind, np.uint64(one)), np.uint64(other))


@njit(cache=True, inline="always")
def _key3(kind: np.uint64, one: int, second: int, third: int) -> np.uint64:  # pragma: no cover - compiled
    return chain(chain(chain(kind, np.uint64(one)), np.uint64(second)), np.uint64(third))


@njit(cache=True, inline="always")
def _key4(kind: np.uint64, one: int, second: int, third: int, fourth: int) -> np.uint64:  # pragma: no cover
    return chain(chain(chain(chain(kind, np.uint64(one)), np.uint64(second)), np.uint64(third)), np.uint64(fourth))


@njit(cache=True, inline="always")
def _exact(code: int, numeral: NDArray[np.uint8]) -> int:  # pragma: no cover - compiled
    """Return a number for a character that all writings of one numeral share (壹, 一, 1)."""
    return _EXACT + (numeral[code] if numeral[code] != 0 else code)


@njit(cache=True, inline="always")
def symbols_of(
    code: int,
    symbol: NDArray[np.int32],
    syllables: NDArray[np.int16],
    merged: NDArray[np.int32],
    out: NDArray[np.int32],
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the sounds of all readings of a character; return how many."""
    out[0] = symbol[code]
    count = 1
    for i in range(1, READINGS_MAX):
        reading = syllables[code, i]
        if reading == 0:
            break
        kind = merged[reading]
        new = True
        for j in range(count):
            new = new and out[j] != kind
        if new:
            out[count] = kind
            count += 1
    return count


@njit(cache=True)
def listed_keys(
    codes: NDArray[np.int32], parts: NDArray[np.uint8], coreless: bool, tables: Characters, out: NDArray[np.uint64]
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the keys of a listed name; return how many."""
    symbol, syllables, merged, numeral = tables.symbol, tables.syllables, tables.merged, tables.numeral
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
                a, b, c = codes[i], codes[i + 1], codes[i + 2]
                out[count] = _key3(_THREE, _exact(a, numeral), _exact(b, numeral), _exact(c, numeral))
                out[count + 1] = _key3(_THREE, symbol[a], symbol[b], symbol[c])
                count += 2
            continue
        readings = symbols_of(codes[i], symbol, syllables, merged, mine)
        for j in range(i + 1, min(size, i + REACH + 1)):
            if parts[j] != CORE:
                continue
            out[count] = _key2(_PAIR, _exact(codes[i], numeral), _exact(codes[j], numeral))
            count += 1
            theirs = symbols_of(codes[j], symbol, syllables, merged, other)
            for a in range(readings):
                for b in range(theirs):
                    out[count] = _key2(_PAIR, mine[a], other[b])
                    count += 1
        for a in range(readings):
            beside = False
            for j in range(i + 1, min(size - 1, i + REACH + 1)):
                if parts[j] == TRADE and parts[j + 1] == TRADE:
                    if j + 2 < size and parts[j + 2] == TRADE:
                        out[count] = _key4(
                            _RIGHT_THREE, mine[a], symbol[codes[j]], symbol[codes[j + 1]], symbol[codes[j + 2]]
                        )
                    else:
                        out[count] = _key3(_RIGHT, mine[a], symbol[codes[j]], symbol[codes[j + 1]])
                    count += 1
                    beside = True
                    break
            if beside or core > 2:  # noqa: PLR2004 - of three, two are left
                continue
            for j in range(i - 1, max(0, i - REACH - 1), -1):
                if parts[j] != CORE and parts[j - 1] != CORE and parts[j] != FORM:
                    out[count] = _key3(_LEFT, symbol[codes[j - 1]], symbol[codes[j]], mine[a])
                    count += 1
                    break
            for j in range(i + 1, min(size - 1, i + REACH + 1)):
                if parts[j] != CORE and parts[j + 1] != CORE:
                    out[count] = _key3(_RIGHT, mine[a], symbol[codes[j]], symbol[codes[j + 1]])
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
) -> bool:  # pragma: no cover - compiled
    """Fill the ways on from each position of a query: a character, a spelled syllable, a split character.

    The first way of a position is its own character.  Return whether there are others.
    """
    spelling_keys, spelling_values = tables.spelling.keys, tables.spelling.values
    composed_keys, composed_values = tables.composed.keys, tables.composed.values
    symbol, merged = tables.symbol, tables.merged
    more = False
    run = 0
    for start in range(size):
        code = codes[start]
        counts[start] = 1
        ends[start, 0] = start + 1
        symbols[start, 0] = symbol[code]
        key = chain(np.uint64(0), np.uint64(code))
        if LETTER_A <= code <= LETTER_Z:
            if run <= start:
                run = start
                while run < size and LETTER_A <= codes[run] <= LETTER_Z:
                    run += 1
            for end in range(start + 1, min(run, start + 6) + 1):
                if end > start + 1:
                    key = chain(key, np.uint64(codes[end - 1]))
                syllable = lookup(spelling_keys, spelling_values, key)
                if syllable > 0 and counts[start] < EDGES_MAX:
                    ends[start, counts[start]] = end
                    symbols[start, counts[start]] = merged[syllable]
                    counts[start] += 1
                    more = True
            continue
        for end in range(start + 2, min(size, start + 3) + 1):
            key = chain(key, np.uint64(codes[end - 1]))
            char = lookup(composed_keys, composed_values, key)
            if char > 0 and counts[start] < EDGES_MAX:
                ends[start, counts[start]] = end
                symbols[start, counts[start]] = symbol[char]
                counts[start] += 1
                more = True
    return more


@njit(cache=True)
def plain_keys(
    codes: NDArray[np.int32], size: int, tables: Characters, out: NDArray[np.uint64]
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the keys of a query taken character by character; return how many."""
    symbol, numeral = tables.symbol, tables.numeral
    count = 0
    for i in range(size - 1):
        sound = symbol[codes[i]]
        exact = _exact(codes[i], numeral)
        for gap in range(1, REACH + 1):
            j = i + gap
            if j >= size:
                break
            out[count] = _key2(_PAIR, exact, _exact(codes[j], numeral))
            count += 1
            if j + 1 >= size:
                continue
            second, third = symbol[codes[j]], symbol[codes[j + 1]]
            key = _key3(_RIGHT, sound, second, third)
            out[count] = key
            count += 1
            if j + 2 < size:
                out[count] = _key4(_RIGHT_THREE, sound, second, third, symbol[codes[j + 2]])
                count += 1
            if i + 1 + gap < size:
                out[count] = _key3(_LEFT, sound, symbol[codes[i + 1]], symbol[codes[i + 1 + gap]])
                count += 1
        if i + 2 < size:
            out[count] = _key3(_THREE, exact, _exact(codes[i + 1], numeral), _exact(codes[i + 2], numeral))
            count += 1
    return count


@njit(cache=True)
def way_keys(
    size: int,
    counts: NDArray[np.int32],
    ends: NDArray[np.int32],
    symbols: NDArray[np.int32],
    out: NDArray[np.uint64],
    filled: int,
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` behind ``filled`` with the keys of sounds along all ways of a query; return how many in all."""
    count = filled
    limit = out.size - 8
    for s1 in range(size):
        for e1 in range(counts[s1]):
            a = symbols[s1, e1]
            s2 = ends[s1, e1]
            if s2 >= size:
                continue
            for e2 in range(counts[s2]):
                b = symbols[s2, e2]
                spelled = e1 > 0 or e2 > 0
                if count >= limit:
                    return count
                if spelled:
                    out[count] = _key2(_PAIR, a, b)
                    count += 1
                s3 = ends[s2, e2]
                if s3 >= size:
                    continue
                for e3 in range(counts[s3]):
                    c = symbols[s3, e3]
                    spelled3 = spelled or e3 > 0
                    if count >= limit:
                        return count
                    if spelled3:
                        out[count] = _key2(_PAIR, a, c)
                        out[count + 1] = _key3(_RIGHT, a, b, c)
                        out[count + 2] = _key3(_LEFT, a, b, c)
                        out[count + 3] = _key3(_THREE, a, b, c)
                        count += 4
                    s4 = ends[s3, e3]
                    if s4 >= size:
                        continue
                    for e4 in range(counts[s4]):
                        d = symbols[s4, e4]
                        if count >= limit:
                            return count
                        if spelled3 or e4 > 0:
                            out[count] = _key2(_PAIR, a, d)
                            out[count + 1] = _key3(_RIGHT, a, c, d)
                            out[count + 2] = _key3(_LEFT, a, b, d)
                            out[count + 3] = _key4(_RIGHT_THREE, a, b, c, d)
                            count += 4
                        s5 = ends[s4, e4]
                        if s5 >= size:
                            continue
                        for e5 in range(counts[s5]):
                            if count >= limit:
                                return count
                            if spelled3 or e4 > 0 or e5 > 0:
                                out[count] = _key4(_RIGHT_THREE, a, c, d, symbols[s5, e5])
                                out[count + 1] = _key3(_RIGHT, a, d, symbols[s5, e5])
                                count += 2
    return count
