"""Listed names that occur as a whole in a text: a remark, a promotion, a name with something around it.

No likeness here: in twenty thousand characters something is always like something.  A name counts where
its folded characters follow one another, with or without its legal form; a name of fewer than four
characters only where marks or the ends of the text set it off.
"""

# ruff: noqa: C901, PLR0912, PLR0915, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import njit
from app.matching.blocking.encoded_list import EncodedList
from app.matching.model.encoding import decode_row
from app.names.characters import CODES, Characters
from app.names.hash_table import HashTable, chain, lookup, table_of
from app.names.segmentation import CORE, FORM

ANCHOR: Final = 4
"""Characters by which a name is looked up in a text."""
_STEM_MIN: Final = 6
_LETTERS_MIN: Final = 3
"""A shorter word in letters is set off by marks alone."""
_HAN, _LETTER, _DIGIT = range(3)
_LATIN_END: Final = 0x250
_ZERO, _NINE = ord("0"), ord("9")


class PrefixIndex(NamedTuple):
    """Where to look up listed names in a text.

    ``table``: hash of the first characters to posting; ``ends``, ``rows``: the rows of each posting;
    ``sizes`` [row]: how many characters of the name must be in the text; ``begins``: whether any name begins
    with a code point; ``lengths`` [length]: whether any name is looked up by so many characters.
    """

    table: HashTable
    ends: NDArray[np.int64]
    rows: NDArray[np.int32]
    sizes: NDArray[np.int16]
    begins: NDArray[np.bool_]
    lengths: NDArray[np.bool_]


def anchors(listed: EncodedList, is_whole: NDArray[np.bool_]) -> PrefixIndex:
    """Return the anchors of those rows of a catalogue that count where they are in a text."""
    keys, sizes = _anchor_keys(listed)
    sizes[~is_whole] = 0
    begins = np.zeros(CODES, np.bool_)
    starts = np.append(0, listed.ends[:-1]) if listed.ends.size else np.zeros(0, np.int64)
    begins[listed.codes[starts[sizes > 0]]] = True
    lengths = np.zeros(ANCHOR + 1, np.bool_)
    lengths[np.minimum(ANCHOR, (listed.ends - starts)[sizes > 0])] = True
    order = np.argsort(keys, kind="stable").astype(np.int32)
    order = order[sizes[order] > 0]
    distinct, starts = np.unique(keys[order], return_index=True)
    ends = np.append(starts[1:], order.size).astype(np.int64)
    table = table_of(distinct, np.arange(distinct.size, dtype=np.int32))
    return PrefixIndex(table, ends, order, sizes, begins, lengths)


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


class Occurrences(NamedTuple):
    """Listed rows that are in texts, parallel arrays: the text, the row, its first and behind its last place."""

    text: NDArray[np.int32]
    row: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]


@njit(cache=True)
def occurrences(
    source: NDArray[np.uint32],
    row_end: NDArray[np.int64],
    listed: EncodedList,
    by: PrefixIndex,
    tables: Characters,
    in_names: bool,
) -> Occurrences:  # pragma: no cover - compiled
    """Return the rows that are in the texts, each once a text.

    ``in_names``: the texts are names, of which a listed one is only a part; letters and digits set it off too.
    """
    longest = 1
    start = 0
    for text in range(row_end.size):
        longest = max(longest, row_end[text] - start)
        start = row_end[text] + 1
    codes = np.empty(longest, np.int32)
    marks = np.empty(longest, np.uint8)
    texts = np.empty(64, np.int32)
    rows = np.empty(64, np.int32)
    first = np.empty(64, np.int32)
    last = np.empty(64, np.int32)
    found = 0
    start = 0
    for text in range(row_end.size):
        size, _ = decode_row(source, start, row_end[text], tables, codes, marks)
        start = row_end[text] + 1
        own = found
        for at in range(size):
            script = _script(codes[at])
            if not by.begins[codes[at]]:
                continue
            key = np.uint64(0)
            for length in range(1, min(ANCHOR, size - at) + 1):
                key = chain(key, np.uint64(codes[at + length - 1]))
                posting = lookup(by.table.keys, by.table.values, key) if by.lengths[length] else -1
                if posting < 0:
                    continue
                low = 0 if posting == 0 else by.ends[posting - 1]
                for place in range(low, by.ends[posting]):
                    row = by.rows[place]
                    begin = 0 if row == 0 else listed.ends[row - 1]
                    needed = by.sizes[row]
                    if min(ANCHOR, listed.ends[row] - begin) != length or at + needed > size:
                        continue
                    if in_names and needed == size:
                        continue
                    if not _is_set_off(codes, marks, size, at, at + needed, in_names):
                        continue
                    if in_names and script == _HAN and listed.coreless[row] and listed.regions[row, 0] < 0:
                        # 国际金融公司 is called by words that are in many names.
                        alone = at == 0 or marks[at] != 0
                        alone = alone and (at + needed == size or marks[at + needed] != 0)
                        if not alone:
                            continue
                    same = True
                    for i in range(needed):
                        if codes[at + i] != listed.codes[begin + i]:
                            same = False
                            break
                    for k in range(own, found):
                        same = same and rows[k] != row
                    if not same:
                        continue
                    if found == rows.size:
                        texts = np.append(texts, np.empty(found, np.int32))
                        rows = np.append(rows, np.empty(found, np.int32))
                        first = np.append(first, np.empty(found, np.int32))
                        last = np.append(last, np.empty(found, np.int32))
                    texts[found] = text
                    rows[found] = row
                    first[found] = at
                    last[found] = at + needed
                    found += 1
    return Occurrences(texts[:found], rows[:found], first[:found], last[:found])


@njit(cache=True)
def _is_set_off(
    codes: NDArray[np.int32], marks: NDArray[np.uint8], size: int, start: int, end: int, in_names: bool
) -> bool:  # pragma: no cover - compiled
    """Whether a stretch may be a name by itself: a long one anywhere, but no part of a word in letters."""
    script = _script(codes[start])
    if end - start >= ANCHOR:
        whole = script == _HAN or start == 0 or marks[start] != 0 or _script(codes[start - 1]) != script
        script = _script(codes[end - 1])
        return whole and (script == _HAN or end == size or marks[end] != 0 or _script(codes[end]) != script)
    before = start == 0 or marks[start] != 0
    behind = end == size or marks[end] != 0
    if in_names and script != _DIGIT and (script == _HAN or end - start >= _LETTERS_MIN):
        before = before or _script(codes[start - 1]) != script
        behind = behind or _script(codes[end]) != script
    return before and behind


@njit(cache=True)
def _script(code: int) -> int:  # pragma: no cover - compiled
    if code >= _LATIN_END:
        return _HAN
    return _DIGIT if _ZERO <= code <= _NINE else _LETTER
