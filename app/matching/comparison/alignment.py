"""One weighted alignment of a query with a listed name.

Every character of the listed name is met by one character of the query, by the letters of its pinyin,
by its initial, by its components written one after another, or not at all.  What it costs depends on
the part of the name it belongs to: a missing character of the 字号 weighs eight times one of 有限公司.
What the query has besides costs by its own label, so that remarks around a name are nearly free.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit
from app.names.characters import (
    FAMILIES_MAX,
    READINGS_MAX,
    SPLIT_PARTS_MAX,
    SPLITS_MAX,
    SYLLABLE_LETTERS_MAX,
    Characters,
)
from app.names.hash_table import chain, lookup
from app.names.segmentation import CORE, FORM, LENGTH_MAX

SAME: Final = 0
VARIANT: Final = 1
SOUND: Final = 2
SHAPE: Final = 3
SOUTHERN: Final = 4
PINYIN: Final = 5
INITIAL: Final = 6
SPLIT: Final = 7
UNLIKE: Final = 8
SWAPPED: Final = 9
MISSING: Final = 10
"""By what a listed character is met."""

PART_WEIGHT: Final = np.array([1.0, 0.45, 0.5, 0.12, 0.2, 0.3, 0.3, 0.8, 0.3], np.float32)
"""What a listed character weighs, by its label (CORE, REGION, TRADE, FORM, BRANCH, NOISE, -, DIGITS, PLACE)."""
EXTRA_WEIGHT: Final = np.array([0.55, 0.3, 0.3, 0.1, 0.15, 0.05, 0.3, 0.1, 0.3], np.float32)
"""What a query character that meets nothing costs, by its label."""
LIKENESS_COST: Final = np.array([0.0, 0.05, 0.25, 0.35, 0.45, 0.15, 0.6, 0.15, 0.75, 0.5, 1.0], np.float32)
"""The share of its weight that a listed character costs, by likeness."""
_MAY_STAND_FOR: Final = np.array(
    # CORE, REGION, TRADE, FORM, BRANCH, NOISE, -, DIGITS
    [
        [1, 1, 1, 0, 1, 1, 1, 1],
        [1, 1, 1, 0, 0, 0, 1, 1],
        [1, 1, 1, 0, 1, 1, 1, 1],
        [1, 0, 1, 1, 0, 0, 1, 0],
        [1, 0, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1],
    ],
    np.bool_,
)
"""Whether a query character of some label (column) may by likeness match a listed one of some part (row).

The 门 of a 厦门 looks like a 司, and is none.
"""
_UNLIKE_EXTRA: Final = np.float32(0.5)
_UNLIKE_FORM: Final = np.float32(1.0)
_NEIGHBOUR_BONUS: Final = np.float32(0.04)
_STEP_QUERY: Final = 100
_STEP_LISTED: Final = 101
_LATIN_END: Final = 128


class AlignmentBuffers(NamedTuple):
    """Working space of an alignment, and its outcome.

    ``likeness`` [listed]: by what each listed character is met; ``met_from``, ``met_to`` [listed]: where
    in the query; ``used`` [query]: 1 + the listed character that it meets, or 0.  ``heard``, ``seen``
    [query]: bit sets of sounds and shapes; ``composed`` [query]: whether components of a character end
    here; ``extra`` [query]: what it costs to meet nothing; ``labels`` [query]: the part it is of;
    ``first``, ``second`` [3]: room for pairs of listed characters.
    """

    cost: NDArray[np.float32]
    step: NDArray[np.uint8]
    span: NDArray[np.uint8]
    likeness: NDArray[np.uint8]
    met_from: NDArray[np.int32]
    met_to: NDArray[np.int32]
    used: NDArray[np.int32]
    heard: NDArray[np.uint64]
    seen: NDArray[np.uint64]
    composed: NDArray[np.bool_]
    extra: NDArray[np.float32]
    labels: NDArray[np.uint8]
    first: NDArray[np.int32]
    second: NDArray[np.int32]


@njit(cache=True)
def alignment_buffers() -> AlignmentBuffers:  # pragma: no cover - compiled
    """Return a new working space."""
    size = LENGTH_MAX + 1
    return AlignmentBuffers(
        np.zeros((size, size), np.float32),
        np.zeros((size, size), np.uint8),
        np.zeros((size, size), np.uint8),
        np.zeros(size, np.uint8),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
        np.zeros(size, np.uint64),
        np.zeros(size, np.uint64),
        np.zeros(size, np.bool_),
        np.zeros(size, np.float32),
        np.zeros(size, np.uint8),
        np.zeros(3, np.int32),
        np.zeros(3, np.int32),
    )


@njit(cache=True, inline="always")
def _likeness(
    given: int,
    listed: int,
    syllables: NDArray[np.int16],
    merged: NDArray[np.int32],
    families: NDArray[np.int16],
    bloom: NDArray[np.uint64],
    numeral: NDArray[np.uint8],
) -> int:  # pragma: no cover - compiled
    """Return by what one character is like another that is not the same."""
    kind = UNLIKE
    if numeral[given] != 0 and numeral[given] == numeral[listed]:
        kind = VARIANT
    else:
        for i in range(READINGS_MAX):
            ours = syllables[listed, i]
            if ours == 0:
                break
            for j in range(READINGS_MAX):
                theirs = syllables[given, j]
                if theirs == 0:
                    break
                if ours == theirs:
                    kind = SOUND
                elif kind == UNLIKE and merged[ours] == merged[theirs]:
                    kind = SOUTHERN
        if kind != SOUND and bloom[given] & bloom[listed] != 0:
            for i in range(FAMILIES_MAX):
                family = families[listed, i]
                if family == 0:
                    break
                for j in range(FAMILIES_MAX):
                    if families[given, j] == family:
                        kind = SHAPE
    return kind


@njit(cache=True, inline="always")
def _spelled(
    query: NDArray[np.int32], end: int, listed: int, syllables: NDArray[np.int16], letters: NDArray[np.uint8]
) -> int:  # pragma: no cover - compiled
    """Return how many letters before ``end`` spell a reading of the listed character, or 0; the longest."""
    best = 0
    for i in range(READINGS_MAX):
        reading = syllables[listed, i]
        if reading == 0:
            break
        size = 0
        while size < SYLLABLE_LETTERS_MAX and letters[reading, size] != 0:
            size += 1
        if size > best and size <= end:
            same = True
            for j in range(size):
                same = same and query[end - size + j] == letters[reading, j]
            if same:
                best = size
    return best


@njit(cache=True, inline="always")
def _initial(
    letter: int, listed: int, syllables: NDArray[np.int16], letters: NDArray[np.uint8]
) -> bool:  # pragma: no cover - compiled
    found = False
    for i in range(READINGS_MAX):
        reading = syllables[listed, i]
        found = found or (reading != 0 and letters[reading, 0] == letter)
    return found


@njit(cache=True, inline="always")
def _split(
    query: NDArray[np.int32], end: int, listed: int, splits: NDArray[np.uint16]
) -> int:  # pragma: no cover - compiled
    """Return how many characters before ``end`` are the components of the listed one, or 0."""
    found = 0
    for i in range(SPLITS_MAX):
        size = 0
        while size < SPLIT_PARTS_MAX and splits[listed, i, size] != 0:
            size += 1
        if 1 < size <= end and found == 0:
            same = True
            for j in range(size):
                same = same and query[end - size + j] == splits[listed, i, j]
            if same:
                found = size
    return found


@leaf
def prepare(
    query: NDArray[np.int32], labels: NDArray[np.uint8], size: int, tables: Characters, out: AlignmentBuffers
) -> None:  # pragma: no cover - compiled
    """Note what alignments ask of each character of a query, once for all listed names."""
    heard, seen, composed, extra = out.heard, out.seen, out.composed, out.extra
    composed_keys, composed_values = tables.composed.keys, tables.composed.values
    for j in range(size):
        code = query[j]
        heard[j] = tables.heard[code]
        seen[j] = tables.bloom[code]
        extra[j] = EXTRA_WEIGHT[labels[j]]
        out.labels[j] = labels[j]
        composed[j] = False
    for start in range(size):
        if not tables.composed_first[query[start]]:
            continue
        key = chain(np.uint64(0), np.uint64(query[start]))
        for end in range(start + 1, min(size, start + SPLIT_PARTS_MAX)):
            key = chain(key, np.uint64(query[end]))
            composed[end] = composed[end] or lookup(composed_keys, composed_values, key) >= 0


@leaf
def align(
    listed: NDArray[np.int32],
    parts: NDArray[np.uint8],
    query: NDArray[np.int32],
    size: int,
    tables: Characters,
    out: AlignmentBuffers,
) -> float:  # pragma: no cover - compiled
    """Align a listed name with the first ``size`` characters of a prepared query; return the cost.

    ``cost[i, j]`` is what the first ``i`` listed characters cost at least with the first ``j`` of the query; ``step``
    the last move of that way, ``span`` how many characters of the query it takes.
    """
    rows = listed.size
    # Arrays are taken out of their tuples once: within the loops each tuple would be counted anew.
    cost, step, span = out.cost, out.step, out.span
    heard, seen, composed, extra, labels = out.heard, out.seen, out.composed, out.extra, out.labels
    syllables, merged, letters, splits = tables.syllables, tables.merged, tables.letters, tables.splits
    families, bloom, numeral = tables.families, tables.bloom, tables.numeral
    cost[0, 0] = 0.0
    for j in range(1, size + 1):
        cost[0, j] = cost[0, j - 1] + extra[j - 1]
        step[0, j] = _STEP_QUERY
    for i in range(1, rows + 1):
        char = listed[i - 1]
        part = parts[i - 1]
        weight = PART_WEIGHT[part]
        # In the middle of a legal form, likeness counts only behind what is met.
        inside_form = part == FORM and i > 1 and parts[i - 2] == FORM
        # Nothing stands for a character of a legal form but itself.
        unlike = weight * LIKENESS_COST[UNLIKE] + (_UNLIKE_FORM if part == FORM else np.float32(0.0))
        unlike_extra = np.float32(0.0) if part == FORM else _UNLIKE_EXTRA
        char_heard, char_seen = tables.heard[char], bloom[char]
        above = cost[i - 1, 0]
        here = above + weight
        cost[i, 0] = here
        step[i, 0] = _STEP_LISTED
        for j in range(1, size + 1):
            given = query[j - 1]
            diagonal = above
            above = cost[i - 1, j]
            best = above + weight
            move = _STEP_LISTED
            length = 0
            price = here + extra[j - 1]
            if price < best:
                best = price
                move = _STEP_QUERY
            before = step[i - 1, j - 1]
            kind = SAME if given == char else UNLIKE
            if given != char and ((heard[j - 1] & char_heard) | (seen[j - 1] & char_seen)) != 0:
                kind = _likeness(given, char, syllables, merged, families, bloom, numeral)
                out_of_place = not _MAY_STAND_FOR[part, labels[j - 1]] or (inside_form and before >= UNLIKE)
                kind = UNLIKE if out_of_place and kind != VARIANT else kind
            if kind == UNLIKE:
                price = diagonal + unlike + unlike_extra * extra[j - 1]
            else:
                price = diagonal + weight * LIKENESS_COST[kind]
                if before < UNLIKE:
                    price -= _NEIGHBOUR_BONUS
            if price < best:
                best = price
                move = kind
                length = 1
            if given < _LATIN_END and char >= _LATIN_END:
                best, move, length = _met_by_letters(
                    char, weight, query, i, j, cost, syllables, letters, best, move, length
                )
            elif composed[j - 1]:
                taken = _split(query, j, char, splits)
                price = cost[i - 1, j - taken] + weight * LIKENESS_COST[SPLIT]
                if taken > 0 and price < best:
                    best, move, length = price, SPLIT, taken
            cost[i, j] = best
            step[i, j] = move
            span[i, j] = length
            here = best
    _trace(listed, query, rows, size, out)
    _drop_lone_likeness(parts, rows, out)
    return float(cost[rows, size])


@leaf
def _met_by_letters(
    char: int,
    weight: np.float32,
    query: NDArray[np.int32],
    i: int,
    j: int,
    cost: NDArray[np.float32],
    syllables: NDArray[np.int16],
    letters: NDArray[np.uint8],
    best: np.float32,
    move: int,
    length: int,
) -> tuple[np.float32, int, int]:  # pragma: no cover - compiled
    """Return the cheapest move so far, or that by the letters of a reading or by its initial, where it costs less."""
    taken = _spelled(query, j, char, syllables, letters)
    if taken > 0:
        price = cost[i - 1, j - taken] + weight * LIKENESS_COST[PINYIN] - _NEIGHBOUR_BONUS
        if price < best:
            best, move, length = price, PINYIN, taken
    if _initial(query[j - 1], char, syllables, letters):
        price = cost[i - 1, j - 1] + weight * LIKENESS_COST[INITIAL]
        if price < best:
            best, move, length = price, INITIAL, 1
    return best, move, length


@leaf
def _trace(
    listed: NDArray[np.int32], query: NDArray[np.int32], rows: int, size: int, out: AlignmentBuffers
) -> None:  # pragma: no cover - compiled
    for j in range(size):
        out.used[j] = 0
    i, j = rows, size
    while i > 0 or j > 0:
        move = out.step[i, j]
        if i == 0 or move == _STEP_QUERY:
            j -= 1
            continue
        i -= 1
        if j == 0 or move == _STEP_LISTED:
            out.likeness[i] = MISSING
            out.met_from[i] = -1
            out.met_to[i] = -1
            continue
        length = out.span[i + 1, j]
        out.likeness[i] = move
        out.met_to[i] = j
        j -= length
        out.met_from[i] = j
        for place in range(j, j + length):
            out.used[place] = i + 1
    _mark_swaps(listed, query, rows, size, out)


@leaf
def _mark_swaps(
    listed: NDArray[np.int32], query: NDArray[np.int32], rows: int, size: int, out: AlignmentBuffers
) -> None:  # pragma: no cover - compiled
    """Mark neighbours in reversed order: 金汇 written 汇金."""
    for i in range(rows):
        if i + 1 < rows and out.likeness[i] != SAME and out.likeness[i + 1] != SAME:
            j = _swapped_at(listed, query, size, i, out)
            if j >= 0:
                for k in range(i, i + 2):
                    for place in range(max(out.met_from[k], 0), out.met_to[k]):
                        out.used[place] = 0
                for k in range(i, i + 2):
                    out.likeness[k] = SWAPPED
                    out.met_from[k] = j + (k == i)
                    out.met_to[k] = out.met_from[k] + 1
                    out.used[out.met_from[k]] = k + 1
                continue
        kind = out.likeness[i]
        # 毅 of 复毅 looks like the 投 of 毅复投资; where it is itself right before 复, it is that 毅.
        if kind != MISSING and kind != SOUND and kind != SHAPE and kind != SOUTHERN:  # noqa: PLR1714 - compiled
            continue
        at = -1
        if i + 1 < rows and out.likeness[i + 1] == SAME and out.met_to[i + 1] < size:
            at = out.met_to[i + 1]
        if at < 0 or query[at] != listed[i] or out.used[at] != 0:
            at = -1
            if i > 0 and out.likeness[i - 1] == SAME and out.met_from[i - 1] > 0:
                at = out.met_from[i - 1] - 1
        if at >= 0 and query[at] == listed[i] and out.used[at] == 0:
            for place in range(max(out.met_from[i], 0), out.met_to[i]):
                out.used[place] = 0
            out.likeness[i] = SWAPPED
            out.met_from[i] = at
            out.met_to[i] = at + 1
            out.used[at] = i + 1


@leaf
def _swapped_at(
    listed: NDArray[np.int32], query: NDArray[np.int32], size: int, i: int, out: AlignmentBuffers
) -> int:  # pragma: no cover - compiled
    """Return where the query has two neighbours the other way round, near what they were aligned with; or -1."""
    if listed[i] == listed[i + 1]:
        return -1
    for k in range(i, i + 2):
        for back in range(2):
            j = out.met_from[k] - back
            if out.met_from[k] < 0 or j < 0 or j + 1 >= size:
                continue
            if query[j] != listed[i + 1] or query[j + 1] != listed[i]:
                continue
            if out.used[j] in (0, i + 1, i + 2) and out.used[j + 1] in (0, i + 1, i + 2):
                return int(j)
    return -1


@leaf
def _drop_lone_likeness(parts: NDArray[np.uint8], rows: int, out: AlignmentBuffers) -> None:  # pragma: no cover
    """Take back what outside the 字号 is met by likeness alone: in a word, a slip has the rest of the word beside it.

    The 家 behind 天地 looks like the 实 of 天地实业, and is none.
    """
    for i in range(rows):
        kind = out.likeness[i]
        part = parts[i]
        if part == CORE or (kind != SOUND and kind != SHAPE and kind != SOUTHERN):  # noqa: PLR1714 - compiled
            continue
        before = i > 0 and parts[i - 1] == part and out.likeness[i - 1] <= VARIANT
        before = before and out.met_to[i - 1] == out.met_from[i]
        behind = i + 1 < rows and parts[i + 1] == part and out.likeness[i + 1] <= VARIANT
        behind = behind and out.met_from[i + 1] == out.met_to[i]
        if not before and not behind:
            for place in range(out.met_from[i], out.met_to[i]):
                out.used[place] = 0
            out.likeness[i] = MISSING
            out.met_from[i] = -1
            out.met_to[i] = -1
