"""How far the odds of one listed row can go at most, stage by stage: 字号, then region and branch, then trade.

What the query holds at all, wherever it is (:mod:`.row_overlap`), bounds each term of the evidence from the better
side.

Two cases are bounded apart, since the policies allow no mixture: *like*, all of the 字号 is met, perhaps by what is
alike; *lacking*, some of it is not met at all.  Odds are log-odds.
"""

# ruff: noqa: PLR0913, PLR0917, FBT001
# Compiled loops: tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
from app.matching.blocking.query_features import QueryBits, content_of, places_of
from app.matching.blocking.row_overlap import (
    CoreMet,
    QueryBounds,
    RestMet,
    RowParts,
    RowTables,
    TradeMet,
    foreign_inside,
    left_with_shapes,
    meet_core,
    meet_rest,
    meet_trade,
    read_row,
    regions_may_agree,
    with_shapes,
)
from app.matching.blocking.score_bounds import EXTRA_MAX, EXTRA_ODDS_MAX, SHAPES_MAX, core_odds, lacking_odds, part_odds
from app.matching.blocking.signatures import ones
from app.matching.comparison.classify import TRADE_MET_MIN
from app.matching.comparison.features import TRADE_LENGTHS, ScoringModel

CORELESS_EXTRA_MAX: Final = 1
"""A name without 字号 is met as a whole, but for one slip at most."""
_NONE: Final = np.uint64(0)


class CoreBound(NamedTuple):
    """What the 字号 leaves possible: nothing where neither ``like`` nor ``lacking`` is.

    ``off``: how many characters at least are met neither by themselves nor by sound, in order: by shape or not at all;
    ``unlike``: how many at least not by themselves; ``is_half``: one of two is off; ``least``, ``most``: how many are
    not met where some are not; ``odds``: what it takes off the odds at least where all of it is met.
    """

    like: bool
    lacking: bool
    off: int
    unlike: int
    is_half: bool
    least: int
    most: int
    odds: float


@leaf
def keep_by_core(
    block: NDArray[np.int32],
    filled: int,
    query: QueryBounds,
    tables: RowTables,
    held: QueryBits,
    numbers: ScoringModel,
) -> int:  # pragma: no cover - compiled
    """Keep those of the first ``filled`` postings whose 字号, at best, lets the odds suffice; return how many.

    Most rows end here, so arrays are taken out of their tuples once: within the loop each tuple would be counted anew.
    """
    records, traits, chars, places = tables.records, tables.traits, held.chars, held.places
    weights, trade_odds = numbers.weights, numbers.trade_odds
    kept = 0
    for n in range(filled):
        if _is_kept(block, kept, n):
            continue
        row = read_row(block[n], query, records)
        if row.silent > max(row.allowed, SHAPES_MAX) + query.spared:
            continue
        met = meet_core(row, query, records, traits, chars, places)
        core = bound_core(row, met, query, weights)
        if (core.like or core.lacking) and odds_of_core(row, core, query, weights, trade_odds) >= query.weak_min:
            block[kept] = block[n]
            kept += 1
    return kept


@leaf
def _is_kept(block: NDArray[np.int32], kept: int, n: int) -> bool:  # pragma: no cover - compiled
    """Whether the row of a posting is kept already, by another key; one that is not weak says less of it, and holds."""
    for k in range(kept):
        if abs(block[k]) == abs(block[n]):
            block[k] = max(block[k], block[n])
            return True
    return False


@leaf
def may_be_accepted(
    posting: int,
    query: QueryBounds,
    regions: NDArray[np.int32],
    tables: RowTables,
    held: QueryBits,
    numbers: ScoringModel,
) -> bool:  # pragma: no cover - compiled
    """Whether the odds of a row that :func:`keep_by_core` keeps may suffice with all of its parts."""
    row = read_row(posting, query, tables.records)
    met = meet_core(row, query, tables.records, tables.traits, held.chars, held.places)
    if met.idle > 0:
        met = with_shapes(row, met, query, tables, held)
    core = bound_core(row, met, query, numbers.weights)
    content = content_of(query.profile, held, met.somewhere)
    # At most these characters of the query stay for region and branch to explain.
    unexplained = content - (row.core - max(core.least, met.idle)) - row.trade_met
    rest = meet_rest(row, unexplained, query, tables, held)
    agrees = True
    if (row.is_two or row.is_coreless) and rest.region_met * 3 < rest.region * 2:
        # In letters a region is spelled, and named by no word.
        spelled = query.profile.latin and query.profile.has_region
        agrees = spelled or regions_may_agree(row.row, query.size, regions, tables)
    like, lacking = bound_rest(row, met, core, rest, agrees, content, query, numbers)
    left = met.left
    if like and (core.off > 0 or met.sounding > 0 or met.idle > 0):
        # What sounds like a character far away may look like one in its place.
        slack = met.swaps + query.spared
        left = left_with_shapes(row, slack, tables, held)
        like = ones(~left) + slack >= row.core
        left = left if like else met.left
    if not like and not lacking:
        return False
    apart = _apart_at_most(row, met, core, rest.beside, query, tables, held)
    trade = meet_trade(row, met, core.unlike == 0, left, query, tables, held)
    return bound_trade(row, met, core, rest, trade, like, lacking, content, apart, query, numbers)


@leaf
def bound_core(
    row: RowParts, met: CoreMet, query: QueryBounds, weights: NDArray[np.float64]
) -> CoreBound:  # pragma: no cover - compiled
    """Return what is possible by what the query holds of the 字号."""
    latin = query.profile.latin
    # Without a pair that are themselves, all must be met.
    alone = not row.is_two and not row.is_coreless and met.same < 2 and not latin  # noqa: PLR2004 - a pair of them
    most = 0 if alone else row.allowed
    off = max(0, max(met.silent, row.core - ones(~met.left) - met.swaps) - query.spared)
    unlike = off + max(0, met.sounding - off + max(0, met.silent - query.spared))
    # Two that are both themselves, with much between them, have no key of their own.
    unlike = max(unlike, row.weak if met.same < row.core else 0)
    half = row.is_two and off > 0
    # A 字号 that lacks a character has none that is met by shape, and of two, none that is met by sound.
    least = max(off, 1)
    lacking = least <= most and not (row.is_two and (unlike > least or not row.provinces_meet))
    like = off <= SHAPES_MAX and not (row.is_two and off > most)
    if ((half or row.is_coreless) and not row.provinces_meet) or (half and met.same == 0 and not latin):
        like = False
        lacking = False
    return CoreBound(like, lacking, off, unlike, half, least, most, core_odds(unlike, 0, weights))


@leaf
def odds_of_core(
    row: RowParts,
    core: CoreBound,
    query: QueryBounds,
    weights: NDArray[np.float64],
    trade_odds: NDArray[np.float64],
) -> float:  # pragma: no cover - compiled
    """Return the odds at most by 字号 and trade: the region agrees, nothing of the query stays unexplained."""
    most = core.odds if core.like else -np.inf
    if core.lacking:
        complete = row.trade_met == row.trade
        most = max(most, lacking_odds(row.core, core.least, core.unlike - core.least, 0, complete, weights))
    others = _others(core, query) + _trade_odds(row.trade, row.trade_met, query, trade_odds)
    return others + part_odds(row.core, 1, 1, row.is_coreless, weights) + most


@leaf
def _others(core: CoreBound, query: QueryBounds) -> float:  # pragma: no cover - compiled
    return query.whole if core.unlike == 0 else query.partial


@leaf
def _trade_odds(
    trade: int, met: int, query: QueryBounds, trade_odds: NDArray[np.float64]
) -> float:  # pragma: no cover - compiled
    return float(trade_odds[query.variant, min(trade, TRADE_LENGTHS - 1), min(max(0, met), TRADE_LENGTHS - 1)])


@leaf
def bound_rest(
    row: RowParts,
    met: CoreMet,
    core: CoreBound,
    rest: RestMet,
    agrees: bool,
    content: int,
    query: QueryBounds,
    numbers: ScoringModel,
) -> tuple[bool, bool]:  # pragma: no cover - compiled
    """Return which case, like or lacking, stays possible with region and branch.

    ``agrees``: whether the region may be the same, where a short name asks for it, though its characters are others.
    """
    like, lacking = core.like, core.lacking
    if not agrees:
        if core.is_half or row.is_coreless:
            return False, False
        lacking = False
    if rest.branch > 0 and rest.branch_met == 0:
        return False, False
    others = _others(core, query) + _trade_odds(row.trade, row.trade_met, query, numbers.trade_odds)
    others += part_odds(row.core, rest.region, rest.region_met, row.is_coreless, numbers.weights)
    if lacking:
        may_slip = row.trade_met == row.trade and rest.region_met == rest.region
        strange = content - (row.core - max(core.least, met.idle)) - row.trade_met - rest.hidden
        lost = lacking_odds(row.core, core.least, core.unlike - core.least, strange, may_slip, numbers.weights)
        lacking = others + lost >= query.weak_min
    if like:
        # What is in its place by shape may be what was idle.
        strange = content - (row.core - max(0, met.idle - core.off)) - row.trade_met - rest.hidden
        like = others + core.odds + _extra_odds(strange) >= query.weak_min
    return like, lacking


@leaf
def _extra_odds(strange: int) -> float:  # pragma: no cover - compiled
    """Return what characters of the query that nothing explains take off the odds at least."""
    return EXTRA_ODDS_MAX * min(max(strange, 0), EXTRA_MAX)


@leaf
def _apart_at_most(
    row: RowParts,
    met: CoreMet,
    core: CoreBound,
    beside: np.uint64,
    query: QueryBounds,
    tables: RowTables,
    held: QueryBits,
) -> int:  # pragma: no cover - compiled
    """Return how many characters inside a 字号 are foreign at least, where that can be told from places; else 0."""
    told = row.is_one_run and core.unlike <= 1 and core.off == 0 and met.swapped == _NONE and query.in_places
    if not told:
        return 0
    # What else the listed name has may be swapped with a character of its 字号.
    for i in range(row.begin, row.begin + row.rest):
        beside |= places_of(tables.traits[i], held.chars, held.places)
    return foreign_inside(row, beside, tables, held)


@leaf
def bound_trade(
    row: RowParts,
    met: CoreMet,
    core: CoreBound,
    rest: RestMet,
    trade: TradeMet,
    like: bool,
    lacking: bool,
    content: int,
    apart: int,
    query: QueryBounds,
    numbers: ScoringModel,
) -> bool:  # pragma: no cover - compiled
    """Whether the odds of one of the two cases may suffice, with all parts."""
    if row.is_two and (row.trade == 0 or trade.met < TRADE_MET_MIN * row.trade):
        if core.is_half:
            return False
        lacking = False
    explained = row.core - max(0, met.idle - core.off) + row.trade - trade.idle
    strange = content - min(trade.together, explained) - rest.hidden
    if row.is_coreless and strange > CORELESS_EXTRA_MAX:
        return False
    others = _others(core, query) + part_odds(row.core, rest.region, rest.region_met, row.is_coreless, numbers.weights)
    if like:
        odds = others + core_odds(core.unlike, apart, numbers.weights)
        odds += _trade_odds(row.trade, min(trade.met, trade.together - row.core), query, numbers.trade_odds)
        if odds + _extra_odds(strange - apart) >= query.weak_min:
            return True
    may_slip = trade.same == row.trade and rest.region_met == rest.region
    if lacking and (rest.branch == 0 or (may_slip and core.unlike <= 1)):
        for unmet in range(core.least, core.most + 1):
            explained = row.core - max(unmet, met.idle) + row.trade - trade.idle
            strange = content - min(trade.together, explained) - rest.hidden
            odds = others + lacking_odds(
                row.core, unmet, max(0, core.unlike - unmet), strange, may_slip, numbers.weights
            )
            odds += _trade_odds(row.trade, min(trade.met, trade.together - row.core + unmet), query, numbers.trade_odds)
            if odds >= query.weak_min:
                return True
    return False
