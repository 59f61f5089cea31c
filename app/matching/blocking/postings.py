"""From a key of candidate search to the listed rows that have it: a bit filter, a table, lists of rows."""

# Compiled loops: tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit

_FILL_MAX: Final = 0.5
_BITS_PER_KEY: Final = 8
_WORD_BITS: Final = 6
_VALUE: Final = (1 << 32) - 1
KIND_SHIFT: Final = np.uint64(57)
"""From this bit on a key says of what kind it is."""
LIST: Final = 1 << 30
"""Values from here on are numbers of lists; there are fewer rows."""


class Postings(NamedTuple):
    """Rows by key.

    ``bits``: a filter that most absent keys do not pass; ``slots``: an open-addressing table, half a hash
    above a value.  A value is 1 + the row where there is one, else ``LIST`` + the number of a list; 0: empty.
    Two keys that agree in half a hash answer for each other, which costs a row too many.  ``ends``, ``rows``,
    ``sounds``: the lists, number ``n`` at ``ends[n]:ends[n + 1]``: rows below their sketches, and the sounds
    of their trades, so that most need not be looked at.
    """

    bits: NDArray[np.uint64]
    slots: NDArray[np.uint64]
    ends: NDArray[np.int64]
    rows: NDArray[np.uint64]
    sounds: NDArray[np.uint64]


@njit(cache=True, inline="always")
def _spread(key: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    """Return the key with its bits spread."""
    value = (key ^ (key >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    return (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)


@njit(cache=True, inline="always")
def _filter_bits(spread: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    """Return the two bits of a key in its word of the filter."""
    one = np.uint64(1)
    return (one << ((spread >> np.uint64(52)) & np.uint64(63))) | (one << (spread >> np.uint64(58)))


@leaf
def look_up(
    keys: NDArray[np.uint64], count: int, weak: np.uint64, listed: Postings, out: NDArray[np.int32], found: int
) -> int:  # pragma: no cover - compiled
    """Append the values of the keys that have rows to ``out`` behind ``found``; return how many there are.

    Those that do not fit are counted.  The values of ``weak`` keys, those of kinds in that bit set, are negated.
    """
    bits, slots = listed.bits, listed.slots
    word_mask = np.uint64(bits.size - 1)
    mask = np.uint64(slots.size - 1)
    low, one = np.uint64(_VALUE), np.uint64(1)
    for k in range(count):
        spread = _spread(keys[k])
        wanted = _filter_bits(spread)
        if bits[(spread >> np.uint64(20)) & word_mask] & wanted != wanted:
            continue
        slot = (spread >> np.uint64(8)) & mask
        while slots[slot] != 0:
            if (slots[slot] ^ spread) & ~low == 0:
                if found < out.size:
                    value = np.int32(slots[slot] & low)
                    out[found] = -value if (weak >> (keys[k] >> KIND_SHIFT)) & one != 0 else value
                found += 1
            slot = (slot + np.uint64(1)) & mask
    return found


@leaf
def distinct(posted: NDArray[np.int32], postings: int) -> int:  # pragma: no cover - compiled
    """Keep each posting once, in ascending order; return how many there are."""
    # A heap is sorted in its place; Numba's own sort makes an array, and a leaf has none.
    for top in range(postings // 2 - 1, -1, -1):
        _sink(posted, top, postings)
    for end in range(postings - 1, 0, -1):
        posted[0], posted[end] = posted[end], posted[0]
        _sink(posted, 0, end)
    count = 1
    for p in range(1, postings):
        if posted[p] != posted[count - 1]:
            posted[count] = posted[p]
            count += 1
    return count


@leaf
def _sink(heap: NDArray[np.int32], top: int, size: int) -> None:  # pragma: no cover - compiled
    """Move the first of a heap down to its place."""
    value = heap[top]
    at = top
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and heap[below + 1] > heap[below]:
            below += 1
        if heap[below] <= value:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = value


@njit(cache=True)
def _fill(distinct: NDArray[np.uint64], values: NDArray[np.int64], into: Postings) -> None:  # pragma: no cover
    bits, slots = into.bits, into.slots
    word_mask = np.uint64(bits.size - 1)
    mask = np.uint64(slots.size - 1)
    for i in range(distinct.size):
        spread = _spread(distinct[i])
        bits[(spread >> np.uint64(20)) & word_mask] |= _filter_bits(spread)
        slot = (spread >> np.uint64(8)) & mask
        while slots[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = (spread & ~np.uint64(_VALUE)) | np.uint64(values[i])


def _power_of_two(least: float) -> int:
    return 1 << max(4, int(np.ceil(np.log2(max(1.0, least)))))


def postings_of(
    keys: NDArray[np.uint64], rows: NDArray[np.int32], sketches: NDArray[np.uint64], sounds: NDArray[np.uint64]
) -> Postings:
    """Return the postings of parallel keys and rows; a row that has a key twice is listed once.

    ``sketches``, ``sounds`` [row]: what the lists keep beside a row, above its number and apart.
    """
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    keep = np.ones(keys.size, np.bool_)
    keep[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    keys, rows = keys[keep], rows[keep]
    first = np.ones(keys.size, np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, keys.size))
    several = sizes > 1
    number = np.cumsum(several) - 1
    values = np.where(several, LIST + number, 1 + rows[starts].astype(np.int64))
    in_list = np.repeat(several, sizes)
    ends = np.append(0, np.cumsum(sizes[several])).astype(np.int64)
    slots = _power_of_two(starts.size / _FILL_MAX)
    found = Postings(
        np.zeros(_power_of_two(starts.size * _BITS_PER_KEY / (1 << _WORD_BITS)), np.uint64),
        np.zeros(slots, np.uint64),
        ends,
        sketches[rows[in_list]] | rows[in_list].astype(np.uint64),
        sounds[rows[in_list]],
    )
    _fill(keys[starts], values, found)
    return found
