"""What a query holds of one listed row, part by part, in characters: 字号, region and branch, trade.

An alignment keeps the order of both names, so no more of them is met than their longest common subsequence has,
computed on bit sets of places (Hyyrö 2004), but for neighbours that are swapped.  A place is a bit of 64: character
``i`` of the query is bit ``i``.
"""

# ruff: noqa: FBT001
# Compiled loops: tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
from app.matching.blocking.query_features import QueryBits, QueryProfile, places_of, shape_places
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
from app.matching.comparison.classify import UNMET_SHARE_MAX
from app.matching.comparison.features import TRADE_SHAPES_MAX
from app.names.lexicon import regions_agree
from app.names.segmentation import BRANCH, REGION, TRADE

LIGHT_MAX: Final = 6
_BITS: Final = np.uint64(63)
_WORD: Final = np.uint64(6)
_NONE: Final = np.uint64(0)
_ONE: Final = np.uint64(1)
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
def with_shapes(
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
def left_with_shapes(
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
def foreign_inside(
    row: RowParts, light: np.uint64, tables: RowTables, held: QueryBits
) -> int:  # pragma: no cover - compiled
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
