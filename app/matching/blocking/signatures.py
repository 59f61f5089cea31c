"""What candidate search asks of a listed row, packed so that a row costs one line of the processor's cache.

A *trait* is what is asked of one listed character, in 64 bits.  A *record* has the traits of the first
characters of the 字号, and what bounds the rest.  A *sketch* is kept beside a row in the lists of a key, so
that most rows need not be looked at.
"""

# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit
from app.matching.blocking.blocking_keys import sounds_of
from app.matching.comparison.features import is_group
from app.names.characters import READINGS_MAX, Characters
from app.names.segmentation import CORE, FORM, TRADE

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
is in one run, and whether all of the trade is behind it.
"""

SKETCH_SOUNDS: Final = (1 << 24) - 1
SKETCH_TRADE_SHIFT: Final = 56
SKETCH_TRADE_MAX: Final = 31
SKETCH_SHAPE_SHIFT: Final = 61
"""A sketch: the sounds of the 字号 modulo 24 from bit 32 on, the length of the trade, of which the longest tells
nothing, and the shape of the 字号.
"""
SHAPE_LENGTHS: Final = (2, 3, 4, 5)
SHAPE_LONG: Final = len(SHAPE_LENGTHS)
SHAPE_CORELESS: Final = SHAPE_LONG + 1
SKETCH_SHAPES: Final = SHAPE_CORELESS + 1
"""The shapes: by length, the first for up to so many characters; longer; none."""


@leaf
def number(bits: np.uint64) -> int:  # pragma: no cover - compiled
    """Return bits as a signed number: with others it makes numbers, where unsigned ones would make floats."""
    return np.int64(bits)  # type: ignore[return-value]


@leaf
def ones(bits: np.uint64) -> int:  # pragma: no cover - compiled
    """Return how many bits are set."""
    bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return number((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@leaf
def core_trait(
    records: NDArray[np.uint64], traits: NDArray[np.uint64], row: int, i: int
) -> np.uint64:  # pragma: no cover - compiled
    """Return the trait of the i-th character of the 字号 of a row."""
    if i < CORES_INSIDE:
        return np.uint64(records[row, RECORD_CORES + i])
    counts = records[row, RECORD_COUNTS]
    rest = (counts >> np.uint64(32 + REST_SHIFT)) & np.uint64(COUNT_MASK)
    return np.uint64(traits[number(counts & np.uint64(0xFFFFFFFF)) + number(rest) + i - CORES_INSIDE])


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
def records_of(
    codes: NDArray[np.int32],
    parts: NDArray[np.uint8],
    ends: NDArray[np.int64],
    coreless: NDArray[np.bool_],
    provinces: NDArray[np.uint64],
    tables: Characters,
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:  # pragma: no cover - compiled
    """Return what candidate search asks of each row: records and traits."""
    records = np.zeros((ends.size, RECORD), np.uint64)
    # One more than is filled, so that a list whose names are all 字号 has a trait to fetch too.
    traits = np.zeros(codes.size + 1, np.uint64)
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
            if part not in (CORE, FORM):
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
    return records, traits[: filled + 1].copy()


def sketches_of(records: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return of each row what a list of rows keeps of its 字号 and its trade, above 32 bits for its number."""
    counts = (records[:, RECORD_COUNTS] >> np.uint64(32)).astype(np.int64)
    core = counts & COUNT_MASK
    trade = np.minimum((counts >> TRADE_SHIFT) & COUNT_MASK, SKETCH_TRADE_MAX)
    shape = np.where(counts & IS_CORELESS != 0, SHAPE_CORELESS, np.clip(core - SHAPE_LENGTHS[0], 0, SHAPE_LONG))
    above = fold_sounds(records[:, RECORD_CORE_SOUNDS]).astype(np.int64) | trade << 24 | shape << 29
    sketches: NDArray[np.uint64] = above.astype(np.uint64) << np.uint64(32)
    return sketches


@njit(cache=True)
def fold_sounds(sounds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # pragma: no cover - generic
    """Return a bit set of sounds modulo 64 as one modulo 24."""
    return (sounds | sounds >> np.uint64(24) | sounds >> np.uint64(48)) & np.uint64(SKETCH_SOUNDS)
