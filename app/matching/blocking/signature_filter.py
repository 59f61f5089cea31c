"""Which rows of the postings their sketches do not rule out, block by block."""

# ruff: noqa: PLR0913, PLR0917, FBT001
# Compiled loops: a call between them costs more than their length, and tables come as arguments.

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
from app.matching.blocking.postings import LIST, Postings
from app.matching.blocking.score_bounds import SHAPES_MAX
from app.matching.blocking.signatures import (
    RECORD_COUNTS,
    SKETCH_SHAPE_SHIFT,
    SKETCH_SOUNDS,
    SKETCH_TRADE_MAX,
    SKETCH_TRADE_SHIFT,
    fold_sounds,
    number,
    ones,
)
from app.matching.comparison.features import TRADE_SHAPES_MAX

BLOCK: Final = 128
"""So many rows are fetched at a time, so that their lines of the cache are waited for together."""


@leaf
def filter_block(
    posted: NDArray[np.int32],
    postings: int,
    latin: bool,
    absent: np.uint64,
    best: NDArray[np.float64],
    trade_odds: NDArray[np.float64],
    weak_min: float,
    listed: Postings,
    records: NDArray[np.uint64],
    traits: NDArray[np.uint64],
    block: NDArray[np.int32],
    state: NDArray[np.int64],
) -> int:  # pragma: no cover - compiled
    """Fill a block with rows of the postings whose sketches do not rule them out, and fetch them; return how many.

    A row is there as 1 + its number, negated where its key was.  ``state``: where to go on; at the end what was
    fetched, so that fetching is not found idle.  ``absent``: the sounds, modulo 64, that the query has not.
    """
    ends, rows, sounds = listed.ends, listed.rows, listed.sounds
    spared = 1 if latin else 0
    silent_sounds = ~fold_sounds(~absent) & np.uint64(SKETCH_SOUNDS)
    filled = 0
    p, place = state[0], state[1]
    while p < postings and filled < block.size:
        value = posted[p]
        if abs(value) < LIST:
            block[filled] = value
            filled += 1
            p += 1
            continue
        number_of = abs(value) - LIST
        least = 1 if value < 0 and not latin else 0
        place = max(place, ends[number_of])
        while place < ends[number_of + 1] and filled < block.size:
            sketch = rows[place]
            shape = number(sketch >> np.uint64(SKETCH_SHAPE_SHIFT))
            trade = number(sketch >> np.uint64(SKETCH_TRADE_SHIFT)) & SKETCH_TRADE_MAX
            silent = ones((sketch >> np.uint64(32)) & silent_sounds)
            met = trade
            if trade < SKETCH_TRADE_MAX:
                met = max(0, min(trade, trade - ones(sounds[place] & absent) + TRADE_SHAPES_MAX))
            slips = 1 if met == trade else 0
            odds = best[slips, shape, min(max(silent, least), SHAPES_MAX)] + trade_odds[trade, met]
            if silent <= SHAPES_MAX + spared and odds >= weak_min:
                row = np.int32(1 + number(sketch & np.uint64(0xFFFFFFFF)))
                block[filled] = -row if value < 0 else row
                filled += 1
            place += 1
        if place == ends[number_of + 1]:
            p += 1
            place = 0
    state[0], state[1] = p, place
    fetched = np.uint64(0)
    for n in range(filled):
        fetched ^= records[abs(block[n]) - 1, RECORD_COUNTS]
    for n in range(filled):
        begin = number(records[abs(block[n]) - 1, RECORD_COUNTS] & np.uint64(0xFFFFFFFF))
        fetched ^= traits[min(begin, traits.size - 1)]
    state[2] = number(fetched)
    return filled
