"""Keys of candidate search: what a listed name and any query that may be accepted have in common.

They are made of exactly what `comparison.blocking_rule` asks of an accepted pair, so nothing is lost between
the two.  A *sound* is the class of a reading after the southern mergers, so that every homophone shares it.

=========  ==========================================================================================
PAIR       two characters of the 字号 that make a key, themselves
LEFT       of a 字号 of two, the first itself, the second by sound; RIGHT: the other way round
SPELLED    both by sound: for queries that spell one of them out
START      of a 字号 of two, one character itself, the first two of the trade by sound, the province
HEARD      the last two of the 字号 and the first of the trade by sound, the province
END        the first or the last characters of a name without 字号 by sound, the province
=========  ==========================================================================================

A key is a number of 64 bits: kind, province and up to three members of 17 bits, so that no two collide.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0917, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit
from app.matching.blocking.postings import KIND_SHIFT, Postings, look_up
from app.matching.comparison.blocking_rule import (
    HEARD_REACH,
    PAIR_HEARD,
    REACH,
    core_span,
    end_length,
    heard_end,
    key_pairs,
    trade_start,
)
from app.names.characters import LETTER_A, LETTER_Z, READINGS_MAX, Characters
from app.names.hash_table import chain, lookup
from app.names.segmentation import CORE

KEYS_PER_NAME_MAX: Final = 8192
QUERY_KEYS_MAX: Final = 1 << 15
_KEYS_PER_PLACE_MAX: Final = 16 + 64 * (3 + 4 * 16 + 2)
"""Of one place of a query: in 64 provinces 3 START, 4 HEARD for each of 16 readings, 2 END."""
EDGES_MAX: Final = 12
PROVINCES: Final = 64
_MEMBER_BITS: Final = np.uint64(17)
_PROVINCE_SHIFT: Final = np.uint64(51)
_NONE: Final = (1 << 17) - 1
"""Stands where a key has no third member."""
_PAIR, _LEFT, _RIGHT, _SPELLED, _START, _HEARD, _END = range(1, 8)
WEAK: Final = np.uint64(1 << _LEFT | 1 << _RIGHT | 1 << _START)
"""The kinds of keys, as a bit set, that stand for a 字号 of which one character is not itself."""
PLAIN, SPLIT_UP, SPELLED_OUT = range(3)
"""What ways a query has: only its characters, components of characters, letters that spell syllables."""
_NUMERALS: Final = 1 << 16
"""Added to the value of a numeral, so that it is no code point."""


class KeyKinds(NamedTuple):
    """Which kinds of keys can lead to an accepted pair at all, for a list of some size.

    ``sound``: LEFT and RIGHT; ``start``: START; ``start_plain``: START, asked
    by a query without letters; ``heard``: HEARD; ``end``: END.  ``reach``: within how many places the
    two of a PAIR are in a query without letters.
    """

    sound: bool
    start: bool
    start_plain: bool
    heard: bool
    end: bool
    reach: int


class LatticeWalk(NamedTuple):
    """Working space along the ways of a query.

    ``mine``: the sounds of one character; ``starts``, ``picks``, ``apart`` [depth]: of a walk, where its way begins,
    the next way to try there, and whether one before it is no character of the query.
    """

    mine: NDArray[np.int32]
    starts: NDArray[np.int32]
    picks: NDArray[np.int32]
    apart: NDArray[np.bool_]


class ReadingLattice(NamedTuple):
    """The ways on from each position of a query: a character, a reading of it, a syllable, a split character.

    ``counts`` [position]; ``ends``, ``sounds``, ``selves`` [position, way]: where it leads, by what sound, and
    by which character, numerals by value (-1: only the sound is known).
    """

    counts: NDArray[np.int32]
    ends: NDArray[np.int32]
    sounds: NDArray[np.int32]
    selves: NDArray[np.int32]
    walk: LatticeWalk


def lattice_space(size: int) -> ReadingLattice:
    """Return room for the ways of a query of so many characters."""
    return ReadingLattice(
        np.zeros(size, np.int32),
        np.zeros((size, EDGES_MAX), np.int32),
        np.zeros((size, EDGES_MAX), np.int32),
        np.zeros((size, EDGES_MAX), np.int32),
        LatticeWalk(
            np.zeros(READINGS_MAX + 1, np.int32),
            np.zeros(REACH + 1, np.int32),
            np.zeros(REACH + 1, np.int32),
            np.zeros(REACH + 2, np.bool_),
        ),
    )


@njit(cache=True, inline="always")
def _key2(kind: int, one: int, other: int) -> np.uint64:  # pragma: no cover - compiled
    return (np.uint64(kind) << KIND_SHIFT) | (np.uint64(one) << _MEMBER_BITS) | np.uint64(other)


@njit(cache=True, inline="always")
def _key3(kind: int, province: int, one: int, second: int, third: int) -> np.uint64:  # pragma: no cover - compiled
    members = (((np.uint64(one) << _MEMBER_BITS) | np.uint64(second)) << _MEMBER_BITS) | np.uint64(third)
    return (np.uint64(kind) << KIND_SHIFT) | (np.uint64(province) << _PROVINCE_SHIFT) | members


@njit(cache=True, inline="always")
def _self(code: int, numeral: NDArray[np.uint8]) -> int:  # pragma: no cover - compiled
    """Return a number for a character that all writings of one numeral share (壹, 一, 1)."""
    return _NUMERALS + int(numeral[code]) if numeral[code] != 0 else code


@njit(cache=True, inline="always")
def sounds_of(
    code: int,
    symbol: NDArray[np.int32],
    syllables: NDArray[np.int16],
    merged: NDArray[np.int32],
    out: NDArray[np.int32],
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the sounds of a character, the commonest first; return how many."""
    out[0] = symbol[code]
    count = 1
    for i in range(READINGS_MAX):
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
    codes: NDArray[np.int32],
    parts: NDArray[np.uint8],
    coreless: bool,
    provinces: np.uint64,
    kinds: KeyKinds,
    tables: Characters,
    out: NDArray[np.uint64],
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the keys of a listed name; return how many."""
    symbol, syllables, merged, numeral = tables.symbol, tables.syllables, tables.merged, tables.numeral
    size = codes.size
    mine = np.empty(READINGS_MAX + 1, np.int32)
    theirs = np.empty(READINGS_MAX + 1, np.int32)
    count = 0
    if coreless:
        return _end_keys(codes, parts, provinces, symbol, out) if kinds.end else 0
    firsts = np.empty(3, np.int32)
    seconds = np.empty(3, np.int32)
    pairs, core = key_pairs(parts, firsts, seconds)
    for k in range(pairs):
        one, other = codes[firsts[k]], codes[seconds[k]]
        sounds = sounds_of(one, symbol, syllables, merged, mine)
        others = sounds_of(other, symbol, syllables, merged, theirs)
        one, other = _self(one, numeral), _self(other, numeral)
        out[count] = _key2(_PAIR, one, other)
        count += 1
        if kinds.sound and core == PAIR_HEARD:
            for b in range(others):
                out[count] = _key2(_LEFT, one, theirs[b])
                count += 1
            for a in range(sounds):
                out[count] = _key2(_RIGHT, mine[a], other)
                count += 1
        for a in range(sounds):
            for b in range(others):
                out[count] = _key2(_SPELLED, mine[a], theirs[b])
                count += 1
    if core == PAIR_HEARD and kinds.start:
        for i in range(size):
            start = trade_start(parts, i) if parts[i] == CORE else -1
            for province in range(PROVINCES):
                if start > 0 and (provinces >> np.uint64(province)) & np.uint64(1) != 0:
                    one = _self(codes[i], numeral)
                    out[count] = _key3(_START, province, one, symbol[codes[start]], symbol[codes[start + 1]])
                    count += 1
    return _heard_keys(codes, parts, provinces, tables, mine, theirs, out, count) if kinds.heard else count


@njit(cache=True)
def _end_keys(
    codes: NDArray[np.int32],
    parts: NDArray[np.uint8],
    provinces: np.uint64,
    symbol: NDArray[np.int32],
    out: NDArray[np.uint64],
) -> int:  # pragma: no cover - compiled
    """Fill ``out`` with the END keys of a name without 字号; return how many."""
    core, first, last = core_span(parts)
    length = end_length(core)
    count = 0
    if core < length:
        return 0
    for begin in (first, last + 1 - length):
        whole = True
        for i in range(begin, begin + length):
            whole = whole and parts[i] == CORE
        third = symbol[codes[begin + 2]] if length > 2 else _NONE  # noqa: PLR2004 - two or three
        for province in range(PROVINCES):
            if whole and (provinces >> np.uint64(province)) & np.uint64(1) != 0:
                out[count] = _key3(_END, province, symbol[codes[begin]], symbol[codes[begin + 1]], third)
                count += 1
    return count


@njit(cache=True)
def _heard_keys(
    codes: NDArray[np.int32],
    parts: NDArray[np.uint8],
    provinces: np.uint64,
    tables: Characters,
    mine: NDArray[np.int32],
    theirs: NDArray[np.int32],
    out: NDArray[np.uint64],
    count: int,
) -> int:  # pragma: no cover - compiled
    """Append the HEARD keys of a listed name to ``count`` others; return how many there are.

    ``mine``, ``theirs``: room for the sounds of a character.
    """
    first, second, start = heard_end(parts)
    if start <= 0:
        return count
    sounds = sounds_of(codes[first], tables.symbol, tables.syllables, tables.merged, mine)
    others = sounds_of(codes[second], tables.symbol, tables.syllables, tables.merged, theirs)
    for province in range(PROVINCES):
        if (provinces >> np.uint64(province)) & np.uint64(1) != 0:
            for a in range(sounds):
                for b in range(others):
                    out[count] = _key3(_HEARD, province, mine[a], theirs[b], tables.symbol[codes[start]])
                    count += 1
    return count


def neighbours_of(keys: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return by two sounds, one behind the other, which kinds of keys with a province have them there, as a bit set.

    They are the trade of a START, the last two of a HEARD, the first two of an END.  Whoever asks for many keys
    looks here first; some pairs of sounds share a number, which costs a key too many.
    """
    found = np.zeros(1 << 16, np.uint8)
    members = np.uint64((1 << 17) - 1)
    for kind, shift in ((_START, 0), (_HEARD, 0), (_END, 17)):
        some = keys[keys >> KIND_SHIFT == kind] >> np.uint64(shift)
        found[_neighbours(some >> _MEMBER_BITS & members, some & members)] |= 1 << kind
    return found


@njit(cache=True)
def _neighbours(one, other):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # pragma: no cover - generic
    return (one * np.uint64(509) + other) & np.uint64(0xFFFF)


@leaf
def build_lattice(
    codes: NDArray[np.int32], size: int, tables: Characters, ways: ReadingLattice
) -> int:  # pragma: no cover
    """Fill the ways on from each position of a query; return ``PLAIN``, ``SPLIT_UP`` or ``SPELLED_OUT``.

    The first way of a position is its own character by its commonest reading.
    """
    spelling_keys, spelling_values = tables.spelling.keys, tables.spelling.values
    composed_keys, composed_values = tables.composed.keys, tables.composed.values
    composed_first = tables.composed_first
    symbol, syllables, merged, numeral = tables.symbol, tables.syllables, tables.merged, tables.numeral
    counts, ends, sounds, selves = ways.counts, ways.ends, ways.sounds, ways.selves
    mine = ways.walk.mine
    kind = PLAIN
    run = 0
    for start in range(size):
        code = codes[start]
        count = sounds_of(code, symbol, syllables, merged, mine)
        for k in range(count):
            ends[start, k] = start + 1
            sounds[start, k] = mine[k]
            selves[start, k] = _self(code, numeral)
        if LETTER_A <= code <= LETTER_Z:
            if run <= start:
                run = start
                while run < size and LETTER_A <= codes[run] <= LETTER_Z:
                    run += 1
            key = np.uint64(0)
            for end in range(start + 1, min(run, start + 6) + 1):
                key = chain(key, np.uint64(codes[end - 1]))
                syllable = lookup(spelling_keys, spelling_values, key)
                if syllable > 0 and count < EDGES_MAX:
                    ends[start, count] = end
                    sounds[start, count] = merged[syllable]
                    selves[start, count] = -1
                    count += 1
                    kind = SPELLED_OUT
        elif composed_first[code]:
            key = chain(np.uint64(0), np.uint64(code))
            for end in range(start + 2, min(size, start + 3) + 1):
                key = chain(key, np.uint64(codes[end - 1]))
                char = lookup(composed_keys, composed_values, key)
                if char <= 0:
                    continue
                for k in range(sounds_of(char, symbol, syllables, merged, mine)):
                    if count < EDGES_MAX:
                        ends[start, count] = end
                        sounds[start, count] = mine[k]
                        selves[start, count] = _self(char, numeral)
                        count += 1
                        kind = max(kind, SPLIT_UP)
        counts[start] = count
    return kind


@leaf
def plain_keys(
    first: int,
    size: int,
    provinces: np.uint64,
    kinds: KeyKinds,
    neighbours: NDArray[np.uint8],
    ways: ReadingLattice,
    out: NDArray[np.uint64],
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Fill ``out`` with the keys of a query taken character by character, from a position on.

    Return how many there are, and the position from which on they did not fit: mostly the end.
    """
    counts, sounds, selves = ways.counts, ways.sounds, ways.selves
    reach = kinds.reach
    for i in range(size):
        if LETTER_A <= selves[i, 0] <= LETTER_Z:
            reach = REACH
    count = 0
    for i in range(first, size - 1):
        if count + _KEYS_PER_PLACE_MAX > out.size:
            return count, i
        one, sound = selves[i, 0], sounds[i, 0]
        for j in range(i + 1, min(size, i + reach + 1)):
            out[count] = _key2(_PAIR, one, selves[j, 0])
            count += 1
        # Neighbours may have been swapped.
        other = selves[i + 1, 0]
        out[count] = _key2(_PAIR, other, one)
        count += 1
        if kinds.sound:
            for b in range(counts[i + 1]):
                out[count] = _key2(_LEFT, one, sounds[i + 1, b])
                count += 1
            for a in range(counts[i]):
                out[count] = _key2(_RIGHT, sounds[i, a], other)
                count += 1
        second, third = sounds[i + 1, 0], sounds[i + 2, 0] if i + 2 < size else _NONE
        beside = neighbours[_neighbours(np.uint64(sound), np.uint64(second))]
        left = provinces if kinds.start_plain or kinds.heard or kinds.end else np.uint64(0)
        province = 0
        while left != 0:
            if left & np.uint64(1) != 0:
                if kinds.start_plain and beside & (1 << _START) != 0:
                    for at in range(max(0, i - REACH), i):
                        out[count] = _key3(_START, province, selves[at, 0], sound, second)
                        count += 1
                if kinds.heard:
                    for at in range(max(1, i - HEARD_REACH), i):
                        for b in range(counts[at]):
                            heard = sounds[at, b]
                            if neighbours[_neighbours(np.uint64(heard), np.uint64(sound))] & (1 << _HEARD) == 0:
                                continue
                            for before in range(max(0, at - HEARD_REACH), at):
                                for a in range(counts[before]):
                                    out[count] = _key3(_HEARD, province, sounds[before, a], heard, sound)
                                    count += 1
                if kinds.end and beside & (1 << _END) != 0:
                    out[count] = _key3(_END, province, sound, second, _NONE)
                    count += 1
                    if third != _NONE:
                        out[count] = _key3(_END, province, sound, second, third)
                        count += 1
            left >>= np.uint64(1)
            province += 1
    return count, size


@leaf
def _province_keys(
    size: int,
    depth: int,
    behind: int,
    one: int,
    a: int,
    b: int,
    wanted: bool,
    provinces: np.uint64,
    kinds: KeyKinds,
    ways: ReadingLattice,
    out: NDArray[np.uint64],
    count: int,
) -> int:  # pragma: no cover - compiled
    """Append the keys with a province for two members of a walk and what may be behind them.

    Unless the two are ``wanted`` themselves, only with a member that is no character of the query.
    """
    counts, ends, sounds = ways.counts, ways.ends, ways.sounds
    beside = depth == 1 and kinds.end
    left = provinces if kinds.start or kinds.heard or beside else np.uint64(0)
    province = 0
    while left != 0:
        if left & np.uint64(1) != 0:
            if beside and wanted:
                out[count] = _key3(_END, province, a, b, _NONE)
                count += 1
            for m in range(counts[behind] if behind < size else 0):
                c = sounds[behind, m]
                with_third = wanted or _is_written_apart(ways, behind, m)
                if one >= 0 and with_third:
                    out[count] = _key3(_START, province, one, b, c)
                    count += 1
                if beside and with_third:
                    out[count] = _key3(_END, province, a, b, c)
                    count += 1
                if depth > HEARD_REACH:
                    continue
                if with_third:
                    out[count] = _key3(_HEARD, province, a, b, c)
                    count += 1
                further = ends[behind, m]
                for n in range(counts[further] if further < size else 0):
                    if with_third or _is_written_apart(ways, further, n):
                        out[count] = _key3(_HEARD, province, a, b, sounds[further, n])
                        count += 1
        left >>= np.uint64(1)
        province += 1
    return count


@leaf
def _is_written_apart(ways: ReadingLattice, at: int, way: int) -> bool:  # pragma: no cover - compiled
    """Whether a way is a spelled syllable or a split character, not a character of the query."""
    return bool(ways.selves[at, way] < 0 or ways.ends[at, way] > at + 1)


@leaf
def spelled_postings(
    size: int,
    provinces: np.uint64,
    everything: bool,
    kinds: KeyKinds,
    ways: ReadingLattice,
    keys: NDArray[np.uint64],
    listed: Postings,
    out: NDArray[np.int32],
    found: int,
) -> int:  # pragma: no cover - compiled
    """Append the postings that a query shares along its ways behind ``found`` others; return how many there are.

    One may come twice, and those that do not fit into ``out`` are counted.
    ``everything``: along all ways, else only along those that are not characters of the query from end to end.
    """
    counts, ends, sounds, selves = ways.counts, ways.ends, ways.sounds, ways.selves
    starts, picks, apart = ways.walk.starts, ways.walk.picks, ways.walk.apart
    limit = keys.size - 4 - PROVINCES * (2 + EDGES_MAX * (4 + EDGES_MAX))
    count = 0
    for first in range(size):
        near = everything
        for at in range(first, min(size, first + REACH + HEARD_REACH + 2)):
            near = near or _is_written_apart(ways, at, counts[at] - 1)
        if not near:
            continue
        for e in range(counts[first]):
            # A walk of up to REACH more ways, depth first.
            depth = 1
            starts[1] = ends[first, e]
            picks[1] = 0
            apart[1] = everything or _is_written_apart(ways, first, e)
            while depth > 0:
                at = starts[depth]
                if at >= size or picks[depth] >= counts[at]:
                    depth -= 1
                    continue
                k = picks[depth]
                picks[depth] += 1
                if count > limit:
                    found = look_up(keys, count, WEAK, listed, out, found)
                    count = 0
                a, b = sounds[first, e], sounds[at, k]
                one, other = selves[first, e], selves[at, k]
                wanted = apart[depth] or _is_written_apart(ways, at, k)
                if not wanted:
                    pass
                elif one >= 0 and other >= 0:
                    keys[count] = _key2(_PAIR, one, other)
                    count += 1
                    if depth == 1:
                        keys[count] = _key2(_PAIR, other, one)
                        keys[count + 1] = _key2(_LEFT, one, b)
                        keys[count + 2] = _key2(_RIGHT, a, other)
                        count += 3
                else:
                    keys[count] = _key2(_SPELLED, a, b)
                    count += 1
                behind = ends[at, k]
                count = _province_keys(size, depth, behind, one, a, b, wanted, provinces, kinds, ways, keys, count)
                if depth < REACH:
                    depth += 1
                    starts[depth] = behind
                    picks[depth] = 0
                    apart[depth] = wanted
    return look_up(keys, count, WEAK, listed, out, found)
