"""Whether an alignment leaves what candidate search looks for: a policy, so that search can lose nothing.

A pair of names is accepted only where one of these holds; the keys of `app.matching.blocking.blocking_keys` are made of
exactly that, so brute force with the same scorer accepts nothing that the search does not find.

* *Pair*: two of the 字号 that make a key (its first two, its last two; of three, any two) are met by
  themselves, in order within reach or the other way round as neighbours; or one of them is spelled out.
* *Neighbours*: the two of a 字号 of two are met one behind the other, one of them by sound.
* *Start*: of a 字号 of two, one character is met by itself, the first two of the trade are behind it
  within reach, and the provinces of both names meet: one character alone says too little.
* *Heard*: all characters of the 字号 are met, its last two perhaps by sound alone; close behind them
  is the first of the trade, and the provinces meet.
* *End*: a name without 字号 is met as a whole with one slip at most, so its first or its last
  characters sound right one behind the other, and the provinces meet.
"""

# ruff: noqa: PLR0913, PLR0917, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit
from app.matching.comparison.alignment import (
    MISSING,
    PINYIN,
    SAME,
    SOUND,
    SOUTHERN,
    SPLIT,
    SWAPPED,
    UNLIKE,
    VARIANT,
    AlignmentBuffers,
)
from app.names.characters import LETTER_A, LETTER_Z, READINGS_MAX, SYLLABLE_LETTERS_MAX, Characters
from app.names.segmentation import CORE, TRADE

REACH: Final = 3
"""Within how many characters the members of a key are, in either name; 1 in a query of a very long list."""
PAIR_HEARD: Final = 2
"""The length of a 字号 of which one character may be met by sound alone."""
PAIRS: Final = np.array([0, 0, 1, 3, 2])
"""How many pairs make keys, by the length of a 字号."""
HEARD_REACH: Final = 2
"""The same, where characters are only heard: one may be between."""
END_SHORT: Final = 2
END_LONG: Final = 3
END_LONG_MIN: Final = 6
"""A whole name of six characters is recognised by three at an end, a shorter one by two."""


@njit(cache=True, inline="always")
def end_length(core: int) -> int:  # pragma: no cover - compiled
    """Return how many characters at an end of a name without 字号 make its key."""
    return END_LONG if core >= END_LONG_MIN else END_SHORT


@leaf
def core_span(parts: NDArray[np.uint8]) -> tuple[int, int, int]:  # pragma: no cover - compiled
    """Return the length of the 字号 and the places of its first and its last character, or -1 each."""
    core = 0
    first = -1
    last = -1
    for i in range(parts.size):
        if parts[i] == CORE:
            core += 1
            last = i
            if first < 0:
                first = i
    return core, first, last


@njit(cache=True, inline="always")
def trade_start(parts: NDArray[np.uint8], at: int) -> int:  # pragma: no cover - compiled
    """Return where the trade begins behind a character of the 字号, within reach, or -1."""
    found = -1
    for j in range(at + 1, min(parts.size - 1, at + REACH + 1)):
        if parts[j] == TRADE and parts[j + 1] == TRADE:
            found = j
            break
    return found


@leaf
def _units(found: AlignmentBuffers, start: int, end: int) -> int:  # pragma: no cover - compiled
    """Return how many units of the query are in a stretch: characters, spelled syllables, split characters."""
    count = 0
    place = start
    while place < end:
        met = found.used[place]
        place = max(place + 1, found.met_to[met - 1] if met > 0 else 0)
        count += 1
    return count


@njit(cache=True, inline="always")
def _by_itself(kind: int) -> bool:  # pragma: no cover - compiled
    return kind == SAME or kind == VARIANT or kind == SPLIT or kind == SWAPPED  # noqa: PLR1714


@njit(cache=True, inline="always")
def _heard(kind: int) -> bool:  # pragma: no cover - compiled
    return kind == SOUND or kind == SOUTHERN  # noqa: PLR1714


@leaf
def _sounds_right(
    at: int, listed: NDArray[np.int32], query: NDArray[np.int32], found: AlignmentBuffers, tables: Characters
) -> bool:  # pragma: no cover - compiled
    """Whether a listed character is met by what sounds like its commonest reading, spells it or is its parts."""
    kind = found.likeness[at]
    code = listed[at]
    if kind == PINYIN:
        for k in range(READINGS_MAX):
            reading = tables.syllables[code, k]
            if reading != 0 and tables.merged[reading] == tables.symbol[code]:
                same = True
                for place in range(SYLLABLE_LETTERS_MAX):
                    letter = tables.letters[reading, place]
                    inside = found.met_from[at] + place < found.met_to[at]
                    same = same and inside == (letter != 0)
                    same = same and (not inside or query[found.met_from[at] + place] == letter)
                if same:
                    return True
        return False
    if not (kind <= SOUND or kind == SOUTHERN):
        return bool(kind == SPLIT)
    return bool(tables.symbol[code] == tables.symbol[query[found.met_from[at]]])


@leaf
def key_pairs(
    parts: NDArray[np.uint8], first: NDArray[np.int32], second: NDArray[np.int32]
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Fill in the places of the pairs of a 字号 that make keys; return their number and the length of the 字号."""
    core = 0
    for i in range(parts.size):
        if parts[i] == CORE:
            # The first two are in the first pair, the last two in the second.
            if core < 2:  # noqa: PLR2004 - two make a pair
                (first if core == 0 else second)[0] = i
            first[1] = second[1]
            second[1] = i
            core += 1
    if core == 3:  # noqa: PLR2004 - any two of three
        first[2] = first[0]
        second[2] = second[1]
    return PAIRS[min(core, PAIRS.size - 1)], core


@leaf
def _pair(parts: NDArray[np.uint8], reach: int, found: AlignmentBuffers) -> bool:  # pragma: no cover - compiled
    first, second = found.first, found.second
    count, core = key_pairs(parts, first, second)
    for k in range(count):
        i, j = first[k], second[k]
        one, other = found.likeness[i], found.likeness[j]
        if _by_itself(one) and _by_itself(other):
            if _follows(found, i, j, reach) or found.met_to[j] == found.met_from[i]:
                return True
        elif PINYIN in (one, other):
            if (
                (one == PINYIN or _by_itself(one) or _heard(one))
                and (other == PINYIN or _by_itself(other) or _heard(other))
                and _follows(found, i, j, REACH)
            ):
                return True
        elif (
            core == PAIR_HEARD
            and ((_by_itself(one) and _heard(other)) or (_heard(one) and _by_itself(other)))
            and found.met_to[i] == found.met_from[j]
        ):
            return True
    return False


@leaf
def _start(
    parts: NDArray[np.uint8],
    listed: NDArray[np.int32],
    query: NDArray[np.int32],
    found: AlignmentBuffers,
    tables: Characters,
) -> bool:  # pragma: no cover - compiled
    for i in range(parts.size):
        if parts[i] != CORE or not _by_itself(found.likeness[i]):
            continue
        start = trade_start(parts, i)
        if (
            start > 0
            and _sounds_right(start, listed, query, found, tables)
            and _sounds_right(start + 1, listed, query, found, tables)
            and found.met_from[start + 1] == found.met_to[start]
            and _follows(found, i, start, REACH)
        ):
            return True
    return False


@leaf
def _follows(found: AlignmentBuffers, one: int, other: int, reach: int) -> bool:  # pragma: no cover - compiled
    """Whether one listed character is met behind another, within reach."""
    return bool(
        found.met_from[other] >= found.met_to[one] and _units(found, found.met_to[one], found.met_from[other]) < reach
    )


@leaf
def heard_end(parts: NDArray[np.uint8]) -> tuple[int, int, int]:  # pragma: no cover - compiled
    """Return where the last two of the 字号 and the first of the trade are, close to each other; or -1 each."""
    for start in range(2, parts.size):
        if parts[start] != TRADE:
            continue
        second = start - 1
        while second > start - HEARD_REACH and parts[second] != CORE:
            second -= 1
        first = second - 1
        while first > second - HEARD_REACH and first > 0 and parts[first] != CORE:
            first -= 1
        if first >= 0 and parts[second] == CORE and parts[first] == CORE:
            return first, second, start
    return -1, -1, -1


@leaf
def _heard_pair(
    parts: NDArray[np.uint8],
    listed: NDArray[np.int32],
    query: NDArray[np.int32],
    found: AlignmentBuffers,
    tables: Characters,
) -> bool:  # pragma: no cover - compiled
    for i in range(parts.size):
        if parts[i] == CORE and (found.likeness[i] == UNLIKE or found.likeness[i] == MISSING):
            return False
    first, second, start = heard_end(parts)
    if start < 0 or not _sounds_right(start, listed, query, found, tables):
        return False
    for i in (first, second):
        kind = found.likeness[i]
        if not (_by_itself(kind) or _heard(kind) or kind == PINYIN):
            return False
    return _follows(found, first, second, HEARD_REACH) and _follows(found, second, start, HEARD_REACH)


@leaf
def _end(
    parts: NDArray[np.uint8],
    listed: NDArray[np.int32],
    query: NDArray[np.int32],
    found: AlignmentBuffers,
    tables: Characters,
) -> bool:  # pragma: no cover - compiled
    core, first, last = core_span(parts)
    length = end_length(core)
    if core < length:
        return False
    for begin in (first, last + 1 - length):
        whole = True
        for i in range(begin, begin + length):
            whole = (
                whole
                and parts[i] == CORE
                and _sounds_right(i, listed, query, found, tables)
                and (i == begin or found.met_from[i] == found.met_to[i - 1])
            )
        if whole:
            return True
    return False


@leaf
def shares_blocking_key(
    parts: NDArray[np.uint8],
    listed: NDArray[np.int32],
    coreless: bool,
    provinces_meet: bool,
    query: NDArray[np.int32],
    size: int,
    reach: int,
    tables: Characters,
    found: AlignmentBuffers,
) -> bool:  # pragma: no cover - compiled
    """Whether candidate search finds such a pair."""
    for j in range(size):
        if LETTER_A <= query[j] <= LETTER_Z:
            reach = REACH
    if coreless:
        return provinces_meet and _end(parts, listed, query, found, tables)
    if _pair(parts, reach, found):
        return True
    if not provinces_meet:
        return False
    core, _, _ = core_span(parts)
    if core == PAIR_HEARD and _start(parts, listed, query, found, tables):
        return True
    return _heard_pair(parts, listed, query, found, tables)
