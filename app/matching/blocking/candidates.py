"""Which listed rows are worth an alignment: those that share a key and whose odds, at best, suffice.

What the query holds at all, wherever it is, bounds each term of the evidence from the better side,
and the policies that need nothing but counts are tried on it, so no acceptable row is lost here.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import njit
from app.matching.blocking.blocking_keys import PLAIN, QUERY_KEYS_MAX, SPELLED_OUT, WEAK, plain_keys, spelled_postings
from app.matching.blocking.encoded_list import EncodedList, hash_name
from app.matching.blocking.postings import distinct, look_up
from app.matching.blocking.query_features import (
    PLACES_MAX,
    QueryBits,
    QueryWorkspace,
    content_of,
    held_space,
    label,
    places_of,
    profile_query,
    set_bits,
    shape_places,
)
from app.matching.blocking.score_bounds import (
    EXTRA_MAX,
    EXTRA_ODDS_MAX,
    SHAPES_MAX,
    core_odds,
    fill_best,
    form_odds,
    lacking_odds,
    part_odds,
)
from app.matching.blocking.signature_filter import BLOCK, filter_block
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
from app.names.characters import Characters
from app.names.hash_table import lookup
from app.names.lexicon import Words
from app.names.segmentation import BRANCH, REGION, TRADE

CORELESS_EXTRA_MAX: Final = 1
"""A name without 字号 is met as a whole, but for one slip at most."""
LIGHT_MAX: Final = 6
_BITS: Final = np.uint64(63)
_HAIR: Final = 1e-9
_POSTINGS_MANY: Final = 200


class CandidateBuffers(NamedTuple):
    """Working space of the candidate search.

    ``found``: the candidates of the query; ``best``: see :func:`.score_bounds.fill_best`; ``block``, ``state``:
    see :func:`.signature_filter.filter_block`.
    """

    held: QueryBits
    found: NDArray[np.int32]
    keys: NDArray[np.uint64]
    postings: NDArray[np.int32]
    best: NDArray[np.float64]
    block: NDArray[np.int32]
    state: NDArray[np.int64]


def bounds_space(rows: int) -> CandidateBuffers:
    """Return working space for a catalogue of so many rows."""
    return CandidateBuffers(
        held_space(),
        np.zeros(rows, np.int32),
        np.zeros(QUERY_KEYS_MAX, np.uint64),
        np.zeros(QUERY_KEYS_MAX, np.int32),
        np.zeros((4, SHAPES_MAX + 1)),
        np.zeros(BLOCK, np.int32),
        np.zeros(3, np.int64),
    )


@njit(cache=True)
def _left_with_shapes(
    records: NDArray[np.uint64],
    traits: NDArray[np.uint64],
    r: int,
    core: int,
    allowed: int,
    codes: NDArray[np.int32],
    seen: NDArray[np.uint64],
    size: int,
    families: NDArray[np.int16],
    bloom: NDArray[np.uint64],
    chars: NDArray[np.uint64],
    places: NDArray[np.uint64],
) -> np.uint64:  # pragma: no cover - compiled
    """Return the state of the common subsequence behind a 字号 whose characters may be met by shape.

    All ones, for nothing in common, if more than ``allowed`` of its characters are nowhere in the query at all.
    """
    left = ~np.uint64(0)
    for i in range(core):
        trait = core_trait(records, traits, r, i)
        at = places_of(trait, chars, places)
        code = number(trait & np.uint64(0xFFFF))
        at |= shape_places(code, bloom[code], codes, seen, size, families)
        if at == 0:
            allowed -= 1
            if allowed < 0:
                return ~np.uint64(0)
        common = left & at
        left = (left + common) | (left - common)
    return left


@njit(cache=True)
def _apart(
    records: NDArray[np.uint64],
    traits: NDArray[np.uint64],
    r: int,
    core: int,
    light: np.uint64,
    chars: NDArray[np.uint64],
    places: NDArray[np.uint64],
) -> int:  # pragma: no cover - compiled
    """Return how many characters the query wedges into a 字号 at least, where it meets all of it in order.

    ``light``: places of the query whose characters may be between without a cost.
    """
    one = np.uint64(1)
    count = 0
    before = ~np.uint64(0)
    for i in range(core):
        at = places_of(core_trait(records, traits, r, i), chars, places)
        reach = before << one if i > 0 else before
        for _ in range(LIGHT_MAX):
            reach |= (reach & light) << one
        if reach & at == 0:
            count += 1
            reach |= (reach & ~light) << one
            for _ in range(LIGHT_MAX):
                reach |= (reach & light) << one
            count += reach & at == 0
        before = at
    return count


@njit(cache=True)
def _add(r: int, count: int, found: NDArray[np.int32]) -> int:  # pragma: no cover - compiled
    """Add a row to the ``count`` candidates unless it is among them; return how many there are."""
    for k in range(count):
        if found[k] == r:
            return count
    found[count] = r
    return count + 1


@njit(cache=True)
def candidates(
    size: int,
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    own: QueryWorkspace,
    work: CandidateBuffers,
) -> int:  # pragma: no cover - compiled
    """Label the query, fill its candidates (rows that may be accepted), and return how many."""
    ways = label(own, size, lexicon, tables)
    found = work.found
    count = 0
    provinces, kinds = own.provinces[0], listed.kinds
    posted, postings = work.postings, 0
    place = 0 if ways != SPELLED_OUT else size
    while place < size:
        keys, place = plain_keys(place, size, provinces, kinds, listed.neighbours, own.ways, work.keys)
        posted, postings = look_up(work.keys, keys, WEAK, listed.postings, posted, postings)
    if ways != PLAIN:
        posted, postings = spelled_postings(
            size, provinces, ways == SPELLED_OUT, kinds, own.ways, work.keys, listed.postings, posted, postings
        )
    if postings > _POSTINGS_MANY:
        # A text that says one thing again and again asks for the same rows again and again.
        postings = distinct(posted, postings)
    if postings > 0:
        count = _promising(posted, postings, size, ways, listed, tables, numbers, own, work)
    name = lookup(listed.equal.keys, listed.equal.values, hash_name(own.codes, size))
    if name >= 0:
        low = 0 if name == 0 else listed.equal_ends[name - 1]
        for place in range(low, listed.equal_ends[name]):
            count = _add(listed.equal_rows[place], count, found)
    return count


@njit(cache=True)
def _promising(
    posted: NDArray[np.int32],
    postings: int,
    size: int,
    ways: int,
    listed: EncodedList,
    tables: Characters,
    numbers: ScoringModel,
    own: QueryWorkspace,
    work: CandidateBuffers,
) -> int:  # pragma: no cover - compiled
    """Keep the rows of the postings whose odds may suffice.

    First what trade and 字号 can be at best, then the region, then the trade itself.  An alignment keeps the
    order of both names, so no more of them is met than their longest common subsequence has, computed
    on bit sets of places (Hyyrö 2004), but for neighbours that are swapped.
    """
    records, traits = listed.records, listed.traits
    families, bloom, numeral = tables.families, tables.bloom, tables.numeral
    found, best, held, block, state = work.found, work.best, work.held, work.block, work.state
    weights, trade_odds = numbers.weights, numbers.trade_odds
    # The terms are summed in another order here, and may end a hair lower.
    weak_min = numbers.weak_min - _HAIR
    provinces, codes = own.provinces[0], own.codes
    set_bits(own, size, bloom, held, True)
    kind = profile_query(own, size, ways, held)
    latin, light = kind.latin, kind.light
    chars, places, seen = held.chars, held.places, held.seen
    none, one, word = np.uint64(0), np.uint64(1), np.uint64(6)
    begin_mask = np.uint64(0xFFFFFFFF)
    code_mask, sound_mask = np.uint64(0xFFFF), np.uint64(SOUND_NONE)
    first, second = np.uint64(SOUND_SHIFT), np.uint64(SOUND_SHIFT + SOUND_BITS)
    third, fourth = np.uint64(SOUND_SHIFT + 2 * SOUND_BITS), np.uint64(SOUND_SHIFT + 3 * SOUND_BITS)
    absent = ~held.any_sound[0]
    whole = numbers.constant + form_odds(True, latin, kind.has_form, weights)
    partial = numbers.constant + form_odds(False, latin, kind.has_form, weights)
    variant = (0 if kind.has_form else 1) if not latin else 2
    fill_best(latin, whole, partial, weights, best)
    in_places = size <= PLACES_MAX and ways == PLAIN
    # One character may be written by its initial.
    spared = 1 if latin else 0
    count = 0
    state[0] = state[1] = 0
    filled = BLOCK
    while filled == BLOCK:
        filled = filter_block(
            posted,
            postings,
            latin,
            absent,
            best,
            trade_odds[variant],
            weak_min,
            listed.postings,
            records,
            traits,
            block,
            state,
        )
        for n in range(filled):
            r = abs(block[n]) - 1
            # Behind such a key, the two of a 字号 that makes it are not both themselves, or another key leads here.
            weak = block[n] < 0 and not latin
            counts = number(records[r, RECORD_COUNTS] >> np.uint64(32))
            core = counts & COUNT_MASK
            rest = (counts >> REST_SHIFT) & COUNT_MASK
            trade = (counts >> TRADE_SHIFT) & COUNT_MASK
            coreless = counts & IS_CORELESS != 0
            two = core == 2 and not coreless  # noqa: PLR2004 - half of it is one
            allowed = 1 if coreless or two else int(UNMET_SHARE_MAX * core)
            if ones(records[r, RECORD_CORE_SOUNDS] & absent) > max(allowed, SHAPES_MAX) + spared:
                continue
            sounding = 0
            silent = 0
            same = 0
            idle = 0
            swapped = none
            before = none
            somewhere = none
            left = ~none
            begin = number(records[r, RECORD_COUNTS] & begin_mask)
            for i in range(core):
                trait = records[r, RECORD_CORES + i] if i < CORES_INSIDE else traits[begin + rest + i - CORES_INSIDE]
                code = trait & code_mask
                at = (
                    places[(trait >> first) & sound_mask]
                    | places[(trait >> second) & sound_mask]
                    | places[(trait >> third) & sound_mask]
                    | places[(trait >> fourth) & sound_mask]
                )
                if (chars[code >> word] >> (code & _BITS)) & one != none or trait & NUMERAL != none:
                    same += 1
                    if at == none or trait & NUMERAL != none:
                        at = ~none
                elif at != none:
                    # Spelled in pinyin, it costs nothing.
                    sounding += not latin
                else:
                    silent += 1
                # What is in a region, or in a legal form, is to be explained by nothing.
                idle += at != none and at & kind.content == none
                swapped |= (at << one) & before
                before = at
                somewhere |= at
                common = left & at
                left = (left + common) | (left - common)
            if not two and not coreless and same < 2 and not latin:  # noqa: PLR2004 - a pair of them
                # Without a pair, all must be met.
                allowed = 0
            swaps = ones(swapped)
            # Characters that are met neither by themselves nor by sound, in order: by shape, or not at all.
            off = max(0, max(silent, core - ones(~left) - swaps) - spared)
            if off > allowed and (off > SHAPES_MAX or two):
                continue
            unlike = max(off + max(0, sounding - off + max(0, silent - spared)), weak)
            meets = provinces & records[r, RECORD_PROVINCES] != none
            half = two and off > 0
            if (half or coreless) and not meets:
                continue
            if half and same == 0 and not latin:
                continue
            # A 字号 that lacks a character has none that is met by shape, and of two, none that is met by sound.
            least = max(off, 1)
            lacking = least <= allowed and not (two and (unlike > least or not meets))
            complete = unlike == 0
            trade_met = min(trade, trade - ones(records[r, RECORD_TRADE_SOUNDS] & absent) + TRADE_SHAPES_MAX)
            trade_part = trade_odds[variant, min(trade, TRADE_LENGTHS - 1), min(trade_met, TRADE_LENGTHS - 1)]
            others = (whole if complete else partial) + trade_part
            like = off <= SHAPES_MAX
            core_part = core_odds(unlike, 0, weights)
            most = core_part if like else -np.inf
            if lacking:
                most = max(most, lacking_odds(core, least, unlike - least, 0, trade_met == trade, weights))
            if others + part_odds(core, 1, 1, coreless, weights) + most < weak_min:
                continue
            content = content_of(kind, held, somewhere)
            # What is in its place by shape, or not at all, may be what was idle.
            active = core - max(0, idle - off)
            unexplained = content - (core - max(least, idle)) - trade_met
            hidden = 0
            region = 0
            region_met = 0
            branch = 0
            branch_met = 0
            beside = light
            for i in range(begin, begin + rest):
                trait = traits[i]
                part = trait >> np.uint64(PART_SHIFT)
                if part == TRADE:
                    continue
                at = places_of(trait, chars, places)
                beside |= at
                if part == REGION:
                    region += 1
                    region_met += at != none
                elif part == BRANCH:
                    branch += 1
                    branch_met += at != none
                if at & kind.content == none and unexplained > hidden:
                    code = trait & code_mask
                    at = shape_places(number(code), bloom[code], codes, seen, size, families)
                # 广省 may be 广东省, though nothing labels it so.
                hidden += at & kind.content != none
            if (two or coreless) and not kind.has_region and region_met * 3 < region * 2:
                lacking = False
                if half or coreless:
                    continue
            if branch > 0 and branch_met == 0:
                continue
            region_part = part_odds(core, region, region_met, coreless, weights)
            others += region_part
            if lacking:
                may_slip = trade_met == trade and region_met == region
                lost_part = lacking_odds(core, least, unlike - least, unexplained - hidden, may_slip, weights)
                lacking = others + lost_part >= weak_min
            unexplained = content - active - trade_met - hidden
            if like:
                like = others + core_part + EXTRA_ODDS_MAX * min(max(unexplained, 0), EXTRA_MAX) >= weak_min
            if like and off > 0:
                left_like = _left_with_shapes(
                    records, traits, r, core, swaps + spared, codes, seen, size, families, bloom, chars, places
                )
                like = ones(~left_like) + swaps + spared >= core
                left = left_like if like else left
            if not like and not lacking:
                continue
            apart = 0
            if counts & IS_ONE_RUN != 0 and unlike <= 1 and off == 0 and swapped == none and in_places:
                # What else the listed name has may be swapped with a character of its 字号.
                for i in range(begin, begin + rest):
                    beside |= places_of(traits[i], chars, places)
                apart = _apart(records, traits, r, core, beside, chars, places)
                core_part = core_odds(unlike, apart, weights)
            idle_trade = 0
            trade_met = 0
            trade_same = 0
            trade_shaped = 0
            alone = ~none
            for i in range(begin, begin + rest):
                trait = traits[i]
                if trait >> np.uint64(PART_SHIFT) != TRADE:
                    continue
                code = trait & code_mask
                at = places_of(trait, chars, places)
                trade_same += (chars[code >> word] >> (code & _BITS)) & one != none or numeral[code] != 0
                trade_met += at != none
                shaped = none
                if at & kind.content == none:
                    shaped = shape_places(number(code), bloom[code], codes, seen, size, families)
                idle_trade += (at | shaped) & kind.content == none
                trade_shaped += at == none and shaped != none
                at |= shaped
                if trait & GROUP != none and (complete or at != none):
                    # 集团 comes and goes like a legal form.
                    trade_met += at == none
                    at = ~none
                swapped |= (at << one) & before
                before = at
                common = alone & at
                alone = (alone + common) | (alone - common)
                common = left & at
                left = (left + common) | (left - common)
            slack = ones(swapped) + spared
            trade_met = min(trade_met + min(trade_shaped, TRADE_SHAPES_MAX), ones(~alone) + slack)
            together = core + trade
            if counts & IS_IN_ORDER != 0:
                together = min(together, ones(~left) + slack)
            if two and (trade == 0 or trade_met < TRADE_MET_MIN * trade):
                lacking = False
                if half:
                    continue
            may_slip = trade_same == trade and region_met == region
            unexplained = content - min(together, active + trade - idle_trade) - hidden
            if coreless and unexplained > CORELESS_EXTRA_MAX:
                continue
            others = (whole if complete else partial) + region_part
            if like:
                met = min(max(0, min(trade_met, together - core)), TRADE_LENGTHS - 1)
                odds = others + core_part + trade_odds[variant, min(trade, TRADE_LENGTHS - 1), met]
                like = odds + EXTRA_ODDS_MAX * min(max(unexplained - apart, 0), EXTRA_MAX) >= weak_min
            if lacking and not like and (branch == 0 or (may_slip and unlike <= 1)):
                for unmet in range(least, allowed + 1):
                    strange = content - min(together, core - max(unmet, idle) + trade - idle_trade) - hidden
                    odds = others + lacking_odds(core, unmet, max(0, unlike - unmet), strange, may_slip, weights)
                    met = min(max(0, min(trade_met, together - core + unmet)), TRADE_LENGTHS - 1)
                    odds += trade_odds[variant, min(trade, TRADE_LENGTHS - 1), met]
                    like = like or odds >= weak_min
            if like:
                count = _add(r, count, found)
    set_bits(own, size, bloom, held, False)
    return count
