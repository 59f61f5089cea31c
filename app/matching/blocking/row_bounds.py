"""How far the odds of one listed row can go at most, stage by stage: 字号, then region and branch, then trade.

What the query holds at all, wherever it is, bounds each term of the evidence from the better side.  An alignment
keeps the order of both names, so no more of them is met than their longest common subsequence has, computed on
bit sets of places (Hyyrö 2004), but for neighbours that are swapped.

Two cases are bounded apart, since the policies allow no mixture: *like*, all of the 字号 is met, perhaps by what is
alike; *lacking*, some of it is not met at all.  A place is a bit of 64: character ``i`` of the query is bit ``i``.
Odds are log-odds.
"""

# ruff: noqa: PLR0913, PLR0917, FBT001
# Compiled loops: tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
from app.matching.blocking.query_features import (
    QueryBits,
    QueryProfile,
    content_of,
    places_of,
    shape_places,
)
from app.matching.blocking.score_bounds import (
    EXTRA_MAX,
    EXTRA_ODDS_MAX,
    SHAPES_MAX,
    core_odds,
    lacking_odds,
    part_odds,
)
from app.matching.blocking.signatures import (
    CORES_INSIDE,
    COUNT_MASK,
    GROUP,
    IS_CORELESS,
    IS_IN_ORDER,
    IS_ONE_RUN,
    NUMERAL,
    PART_SHIFT,
    RECORD_CORE_SOUNDS,
    RECORD_CORES,
    RECORD_COUNTS,
    RECORD_PROVINCES,
    RECORD_TRADE_SOUNDS,
    REST_SHIFT,
    SOUND_BITS,
    SOUND_NONE,
    SOUND_SHIFT,
    TRADE_SHIFT,
    core_trait,
    number,
    ones,
)
from app.matching.comparison.classify import TRADE_MET_MIN, UNMET_SHARE_MAX
from app.matching.comparison.features import TRADE_LENGTHS, TRADE_SHAPES_MAX, ScoringModel
from app.names.lexicon import regions_agree
from app.names.segmentation import BRANCH, REGION, TRADE

CORELESS_EXTRA_MAX: Final = 1
"""A name without 字号 is met as a whole, but for one slip at most."""
LIGHT_MAX: Final = 6
_BITS: Final = np.uint64(63)
_WORD: Final = np.uint64(6)
_NONE: Final = np.uint64(0)
_ONE: Final = np.uint64(1)
_ALL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_CODE: Final = np.uint64(0xFFFF)
_BEGIN: Final = np.uint64(0xFFFFFFFF)
_SOUND: Final = np.uint64(SOUND_NONE)
_FIRST: Final = np.uint64(SOUND_SHIFT)
_SECOND: Final = np.uint64(SOUND_SHIFT + SOUND_BITS)
_THIRD: Final = np.uint64(SOUND_SHIFT + 2 * SOUND_BITS)
_FOURTH: Final = np.uint64(SOUND_SHIFT + 3 * SOUND_BITS)


class QueryBounds(NamedTuple):
    """What a query brings to the bound of every row.

    ``size``: its characters; ``provinces``: the bit set of those it may mean; ``absent``: the sounds, modulo 64,
    that it has not; ``spared``: how many characters of a 字号 an initial may be for; ``variant``: which trade odds
    are its own, see :class:`.ScoringModel`; ``whole``, ``partial``: the odds at most of all but 字号, region and trade,
    where the 字号 is met by itself, and where it is not; ``weak_min``: the odds that an accepted pair has at least;
    ``in_places``: whether each of its characters has a place of its own and is written as one.
    """

    profile: QueryProfile
    size: int
    provinces: np.uint64
    absent: np.uint64
    spared: int
    variant: int
    whole: float
    partial: float
    weak_min: float
    in_places: bool


class RowTables(NamedTuple):
    """What is asked of rows, characters, regions: see :class:`.EncodedList`, :class:`.Characters`, :class:`.Words`."""

    records: NDArray[np.uint64]
    traits: NDArray[np.uint64]
    regions: NDArray[np.int32]
    meanings: NDArray[np.int32]
    families: NDArray[np.int16]
    numeral: NDArray[np.uint8]


class RowParts(NamedTuple):
    """How a listed row is built: how many characters its parts have, and where its traits are.

    ``begin``: where the traits of the ``rest`` begin, all but 字号 and legal form; ``is_two``: whether it has a 字号 of
    two characters (or one); ``allowed``: how many characters of the 字号 may be not met; ``weak``: 1 where its key says
    that one of a 字号 of two is not itself.  Against the query: ``silent``: characters of the 字号 of which it has no
    sound, at least; ``trade_met``: characters of the trade that it meets at most, in any order; ``provinces_meet``:
    whether both may be of one province.
    """

    row: int
    begin: int
    core: int
    rest: int
    trade: int
    is_coreless: bool
    is_two: bool
    is_one_run: bool
    is_in_order: bool
    allowed: int
    weak: int
    silent: int
    trade_met: int
    provinces_meet: bool


class CoreMet(NamedTuple):
    """What the query holds of a 字号, in characters.

    ``same``: by themselves; ``sounding``: only by sound; ``silent``: neither; ``idle``: at places only that need no
    explanation; ``swaps``: pairs that may be the other way round.  ``swapped``, ``last``, ``somewhere``: the
    places of such pairs, of the last character by itself, of any; ``left``: the state of the common
    subsequence, a 0 for each in order.
    """

    same: int
    sounding: int
    silent: int
    idle: int
    swaps: int
    swapped: np.uint64
    last: np.uint64
    somewhere: np.uint64
    left: np.uint64


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


class RestMet(NamedTuple):
    """What the query holds of region and branch, in characters.

    ``hidden``: how many characters to explain they may explain; ``beside``: the places of whatever is not the 字号.
    """

    hidden: int
    region: int
    region_met: int
    branch: int
    branch_met: int
    beside: np.uint64


class TradeMet(NamedTuple):
    """What the query holds of the trade, in characters.

    ``met``: in order, by themselves, by sound and one by shape; ``same``: by themselves; ``idle``: met by nothing
    that needs an explanation; ``together``: of 字号 and trade in order.
    """

    met: int
    same: int
    idle: int
    together: int


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
        met = _with_shapes(row, met, query, tables, held)
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
        left = _left_with_shapes(row, slack, tables, held)
        like = ones(~left) + slack >= row.core
        left = left if like else met.left
    if not like and not lacking:
        return False
    apart = _apart_at_most(row, met, core, rest.beside, query, tables, held)
    trade = meet_trade(row, met, core.unlike == 0, left, query, tables, held)
    return bound_trade(row, met, core, rest, trade, like, lacking, content, apart, query, numbers)


@leaf
def read_row(posting: int, query: QueryBounds, records: NDArray[np.uint64]) -> RowParts:  # pragma: no cover - compiled
    """Return how a row is built: a posting is 1 + its number, negated where its key was weak."""
    row = abs(posting) - 1
    counts = number(records[row, RECORD_COUNTS] >> np.uint64(32))
    core = counts & COUNT_MASK
    coreless = counts & IS_CORELESS != 0
    two = core == 2 and not coreless  # noqa: PLR2004 - half of it is one
    trade = (counts >> TRADE_SHIFT) & COUNT_MASK
    return RowParts(
        row=row,
        begin=number(records[row, RECORD_COUNTS] & _BEGIN),
        core=core,
        rest=(counts >> REST_SHIFT) & COUNT_MASK,
        trade=trade,
        is_coreless=coreless,
        is_two=two,
        is_one_run=counts & IS_ONE_RUN != 0,
        is_in_order=counts & IS_IN_ORDER != 0,
        allowed=1 if coreless or two else int(UNMET_SHARE_MAX * core),
        weak=1 if posting < 0 and not query.profile.latin else 0,
        silent=ones(records[row, RECORD_CORE_SOUNDS] & query.absent),
        trade_met=min(trade, trade - ones(records[row, RECORD_TRADE_SOUNDS] & query.absent) + TRADE_SHAPES_MAX),
        provinces_meet=query.provinces & records[row, RECORD_PROVINCES] != _NONE,
    )


@leaf
def meet_core(
    row: RowParts,
    query: QueryBounds,
    records: NDArray[np.uint64],
    traits: NDArray[np.uint64],
    chars: NDArray[np.uint64],
    places: NDArray[np.uint64],
) -> CoreMet:  # pragma: no cover - compiled
    """Count what the query holds of a 字号."""
    latin, content = query.profile.latin, query.profile.content
    same = 0
    sounding = 0
    silent = 0
    idle = 0
    swapped = _NONE
    before = _NONE
    somewhere = _NONE
    left = ~_NONE
    behind = row.begin + row.rest - CORES_INSIDE
    for i in range(row.core):
        trait = records[row.row, RECORD_CORES + i] if i < CORES_INSIDE else traits[behind + i]
        code = trait & _CODE
        at = (
            places[(trait >> _FIRST) & _SOUND]
            | places[(trait >> _SECOND) & _SOUND]
            | places[(trait >> _THIRD) & _SOUND]
            | places[(trait >> _FOURTH) & _SOUND]
        )
        itself = (chars[code >> _WORD] >> (code & _BITS)) & _ONE != _NONE
        if itself or trait & NUMERAL != _NONE:
            same += 1
            if at == _NONE or trait & NUMERAL != _NONE:
                at = ~_NONE
        elif at != _NONE:
            # Spelled in pinyin, it costs nothing.
            sounding += not latin
        else:
            silent += 1
        # What is in a region, or in a legal form, is to be explained by nothing.
        idle += at != _NONE and at & content == _NONE
        # Two that are swapped are both themselves.
        here = at if itself else _NONE
        swapped |= (here << _ONE) & before
        before = here
        somewhere |= at
        common = left & at
        left = (left + common) | (left - common)
    return CoreMet(same, sounding, silent, idle, ones(swapped), swapped, before, somewhere, left)


@leaf
def _with_shapes(
    row: RowParts, met: CoreMet, query: QueryBounds, tables: RowTables, held: QueryBits
) -> CoreMet:  # pragma: no cover - compiled
    """Count as idle only what does not look like a character of the query that needs an explanation either."""
    content = query.profile.content
    idle = 0
    for i in range(row.core):
        trait = core_trait(tables.records, tables.traits, row.row, i)
        at = places_of(trait, held.chars, held.places)
        if at == _NONE or at & content != _NONE:
            continue
        code = number(trait & _CODE)
        likes = shape_places(code, tables.families, held.shapes)
        idle += likes & content == _NONE
    return CoreMet(met.same, met.sounding, met.silent, idle, met.swaps, met.swapped, met.last, met.somewhere, met.left)


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
def meet_rest(
    row: RowParts,
    unexplained: int,
    query: QueryBounds,
    tables: RowTables,
    held: QueryBits,
) -> RestMet:  # pragma: no cover - compiled
    """Count what the query holds of region and branch, and which of its characters they may explain.

    ``unexplained``: how many characters of the query there are at most to explain.
    """
    traits, chars, places = tables.traits, held.chars, held.places
    region = 0
    region_met = 0
    branch = 0
    branch_met = 0
    any_itself = False
    beside = query.profile.light
    for i in range(row.begin, row.begin + row.rest):
        trait = traits[i]
        part = trait >> np.uint64(PART_SHIFT)
        if part == TRADE:
            continue
        code = trait & _CODE
        at = places_of(trait, chars, places)
        beside |= at
        any_itself |= (chars[code >> _WORD] >> (code & _BITS)) & _ONE != _NONE or tables.numeral[code] != 0
        if part == REGION:
            region += 1
            region_met += at != _NONE
        elif part == BRANCH:
            branch += 1
            branch_met += at != _NONE
    # Outside the 字号 likeness counts only beside what is met by itself: 石狮 sounds like the 司 of any 公司.
    hidden = 0
    if any_itself:
        hidden = _hidden_by_rest(row, unexplained, query, tables, held)
    elif query.in_places and not query.profile.latin:
        region_met = 0
        branch_met = 0
    return RestMet(hidden, region, region_met, branch, branch_met, beside)


@leaf
def _hidden_by_rest(
    row: RowParts,
    unexplained: int,
    query: QueryBounds,
    tables: RowTables,
    held: QueryBits,
) -> int:  # pragma: no cover - compiled
    """Return how many characters of the query that need an explanation region and branch may meet."""
    content = query.profile.content
    hidden = 0
    for i in range(row.begin, row.begin + row.rest):
        trait = tables.traits[i]
        if trait >> np.uint64(PART_SHIFT) == TRADE:
            continue
        at = places_of(trait, held.chars, held.places)
        if at & content == _NONE and unexplained > hidden:
            code = trait & _CODE
            at = shape_places(number(code), tables.families, held.shapes)
        # 广省 may be 广东省, though nothing labels it so.
        hidden += at & content != _NONE
    return hidden


@leaf
def regions_may_agree(
    row: int, size: int, given: NDArray[np.int32], tables: RowTables
) -> bool:  # pragma: no cover - compiled
    """Whether a region that the query names is one of the listed name's, or one lies in the other.

    ``given`` [place]: the number of the region that begins there, or -1.
    """
    for j in range(size):
        for k in range(tables.regions.shape[1]):
            listed = tables.regions[row, k]
            if given[j] >= 0 and listed >= 0 and regions_agree(given[j], listed, tables.meanings):
                return True
    return False


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
def _left_with_shapes(
    row: RowParts, allowed: int, tables: RowTables, held: QueryBits
) -> np.uint64:  # pragma: no cover - compiled
    """Return the state of the common subsequence behind a 字号 whose characters may be met by shape.

    All ones, for nothing in common, if more than ``allowed`` of its characters are nowhere in the query at all.
    """
    left = ~_NONE
    for i in range(row.core):
        trait = core_trait(tables.records, tables.traits, row.row, i)
        at = places_of(trait, held.chars, held.places)
        code = number(trait & _CODE)
        at |= shape_places(code, tables.families, held.shapes)
        if at == _NONE:
            allowed -= 1
            if allowed < 0:
                return ~_NONE
        common = left & at
        left = (left + common) | (left - common)
    return left


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
    return _apart(row, beside, tables, held)


@leaf
def _apart(row: RowParts, light: np.uint64, tables: RowTables, held: QueryBits) -> int:  # pragma: no cover - compiled
    """Return how many characters the query wedges into a 字号 at least, where it meets all of it in order.

    ``light``: places of the query whose characters may be between without a cost.
    """
    count = 0
    before = ~_NONE
    for i in range(row.core):
        at = places_of(core_trait(tables.records, tables.traits, row.row, i), held.chars, held.places)
        reach = before << _ONE if i > 0 else before
        for _ in range(LIGHT_MAX):
            reach |= (reach & light) << _ONE
        if reach & at == _NONE:
            count += 1
            reach |= (reach & ~light) << _ONE
            for _ in range(LIGHT_MAX):
                reach |= (reach & light) << _ONE
            count += reach & at == _NONE
        before = at
    return count


@leaf
def meet_trade(
    row: RowParts,
    met: CoreMet,
    complete: bool,
    left: np.uint64,
    query: QueryBounds,
    tables: RowTables,
    held: QueryBits,
) -> TradeMet:  # pragma: no cover - compiled
    """Count what the query holds of the trade, in order behind a 字号 whose common subsequence is ``left``."""
    traits, chars, places, content = tables.traits, held.chars, held.places, query.profile.content
    idle = 0
    some = 0
    same = 0
    shaped = 0
    free = 0
    swapped, before = met.swapped, met.last
    alone = ~_NONE
    for i in range(row.begin, row.begin + row.rest):
        trait = traits[i]
        if trait >> np.uint64(PART_SHIFT) != TRADE:
            continue
        code = trait & _CODE
        at = places_of(trait, chars, places)
        itself = (chars[code >> _WORD] >> (code & _BITS)) & _ONE != _NONE
        same += itself or tables.numeral[code] != 0
        some += at != _NONE
        likes = _NONE
        if at & content == _NONE:
            likes = shape_places(number(code), tables.families, held.shapes)
        idle += (at | likes) & content == _NONE
        shaped += at == _NONE and likes != _NONE
        at |= likes
        if trait & GROUP != _NONE and (complete or at != _NONE):
            # 集团 comes and goes like a legal form.
            some += at == _NONE
            free += 1
        here = at if itself else _NONE
        swapped |= (here << _ONE) & before
        before = here
        common = alone & at
        alone = (alone + common) | (alone - common)
        common = left & at
        left = (left + common) | (left - common)
    slack = ones(swapped) + query.spared + free
    in_order = min(some + min(shaped, TRADE_SHAPES_MAX), ones(~alone) + slack)
    together = row.core + row.trade
    if row.is_in_order:
        together = min(together, ones(~left) + slack)
    return TradeMet(in_order, same, idle, together)


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
