"""Listed names that stand as a whole in a long text (a remark, a promotion).

No likeness here: in twenty thousand characters something is always like something.  A name counts where
its folded characters stand one after another, with or without its legal form; a name of fewer than four
characters only where marks or the ends of the text set it off.
"""

# ruff: noqa: C901
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import njit
from app.matching.blocking.encoded_list import EncodedList
from app.names.hash_table import HashTable, chain, lookup, table_of
from app.names.segmentation import CORE, FORM

ANCHOR: Final = 4
"""Characters by which a name is looked up in a text."""
_STEM_MIN: Final = 6


class PrefixIndex(NamedTuple):
    """Where to look up listed names in a text.

    ``table``: hash of the first characters to posting; ``ends``, ``rows``: the rows of each posting;
    ``sizes`` [row]: how many characters of the name must stand in the text.
    """

    table: HashTable
    ends: NDArray[np.int64]
    rows: NDArray[np.int32]
    sizes: NDArray[np.int16]


def anchors(listed: EncodedList) -> PrefixIndex:
    """Return the anchors of a catalogue."""
    keys, sizes = _anchor_keys(listed)
    order = np.argsort(keys, kind="stable").astype(np.int32)
    order = order[sizes[order] > 0]
    distinct, starts = np.unique(keys[order], return_index=True)
    ends = np.append(starts[1:], order.size).astype(np.int64)
    return PrefixIndex(table_of(distinct, np.arange(distinct.size, dtype=np.int32)), ends, order, sizes)


@njit(cache=True)
def _anchor_keys(listed: EncodedList) -> tuple[NDArray[np.uint64], NDArray[np.int16]]:  # pragma: no cover - compiled
    count = listed.ends.size
    keys = np.zeros(count, np.uint64)
    sizes = np.zeros(count, np.int16)
    start = 0
    for row in range(count):
        end = listed.ends[row]
        size = end - start
        stem = size
        has_core = False
        while stem > 0 and listed.parts[start + stem - 1] == FORM:
            stem -= 1
        for i in range(start, start + stem):
            has_core = has_core or listed.parts[i] == CORE
        sizes[row] = stem if has_core and not listed.coreless[row] and stem >= _STEM_MIN else size
        for i in range(min(ANCHOR, size)):
            keys[row] = chain(keys[row], np.uint64(listed.codes[start + i]))
        start = end
    return keys, sizes


@njit(cache=True)
def stand_in(
    codes: NDArray[np.int32], marks: NDArray[np.uint8], size: int, listed: EncodedList, by: PrefixIndex
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:  # pragma: no cover - compiled
    """Return the rows that stand in the text, each once, with the first and the last place of each."""
    rows = np.empty(64, np.int32)
    first = np.empty(64, np.int32)
    last = np.empty(64, np.int32)
    seen = np.zeros(listed.ends.size, np.bool_)
    found = 0
    for start in range(size):
        key = np.uint64(0)
        for length in range(1, ANCHOR + 1):
            if start + length > size:
                break
            key = chain(key, np.uint64(codes[start + length - 1]))
            posting = lookup(by.table.keys, by.table.values, key)
            if posting < 0:
                continue
            low = 0 if posting == 0 else by.ends[posting - 1]
            for place in range(low, by.ends[posting]):
                row = by.rows[place]
                begin = 0 if row == 0 else listed.ends[row - 1]
                needed = by.sizes[row]
                if seen[row] or min(ANCHOR, listed.ends[row] - begin) != length or start + needed > size:
                    continue
                if needed < ANCHOR and not (
                    (start == 0 or marks[start] != 0) and (start + needed == size or marks[start + needed] != 0)
                ):
                    continue
                same = True
                for i in range(needed):
                    if codes[start + i] != listed.codes[begin + i]:
                        same = False
                        break
                if not same:
                    continue
                seen[row] = True
                if found == rows.size:
                    rows = np.append(rows, np.empty(found, np.int32))
                    first = np.append(first, np.empty(found, np.int32))
                    last = np.append(last, np.empty(found, np.int32))
                rows[found] = row
                first[found] = start
                last[found] = start + needed
                found += 1
    return rows[:found], first[:found], last[:found]
