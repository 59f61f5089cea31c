"""Which listed rows are worth an alignment: those that share a key and whose odds, at best, suffice.

What the query holds at all, wherever it stands, bounds each term of the evidence from the better side,
and the policies that need nothing but counts are tried on it, so no acceptable row is lost here.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0914, PLR0915, PLR0917, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.matching.catalogue import (
    GROUP,
    CORES_INSIDE,
    COUNT_MASK,
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
    SKETCH_SHAPE_SHIFT,
    SKETCH_SOUNDS,
    SKETCH_TRADE_MAX,
    SKETCH_TRADE_SHIFT,
    SOUND_BITS,
    SOUND_NONE,
    SOUND_SHIFT,
    TRADE_SHIFT,
    Catalogue,
    core_trait,
    fold_sounds,
    hash_name,
)
from app.matching.decide import TRADE_MET_MIN, UNMET_SHARE_MAX
from app.matching.evidence import (
    CORE_INITIAL,
    CORE_LONG,
    CORE_MISSING,
    CORE_SHAPE,
    CORE_SOUND,
    CORE_SOUTHERN,
    CORE_THREE,
    CORE_UNLIKE,
    CORE_UNMET_SHARE,
    CORELESS,
    FORM_MET,
    FORM_NONE,
    LATIN,
    REGION_AGREES,
    REGION_IN_PLACE,
    SHORT,
    SLIP,
    TRADE_LENGTHS,
    TRADE_SHAPES_MAX,
    WEDGED,
    Rule,
    has_form_character,
    is_group,
)
from app.matching.grams import (
    EDGES_MAX,
    LETTER_A,
    LETTER_Z,
    QUERY_KEYS_MAX,
    Kinds,
    Ways,
    plain_keys,
    query_ways,
    spelled_postings,
)
from app.matching.postings import LIST, look_up
from app.names.characters import CODES, FAMILIES_MAX, READINGS_MAX, Characters
from app.names.parts import BRANCH, BREAK, CORE, DIGITS, FORM, LENGTH_MAX, NOISE, OPEN, REGION, TRADE, cover
from app.names.table import lookup
from app.names.words import NO_PROVINCE, Words

EXTRA_FREE: Final = 1
EXTRA_MAX: Final = 3
EXTRA_ODDS_MAX: Final = -1.2
"""Up to three query characters that nothing explains, beyond one, cost at least so much each, wherever they stand."""
SHAPES_MAX: Final = 2
"""More characters of a 字号 than this are never met by shape: the odds do not allow it."""
PLACES_MAX: Final = 64
LIGHT_MAX: Final = 6
PIECES_MAX: Final = 16
CORE_LONG_MIN: Final = 4
TRADE_LONG: Final = 6
"""From these lengths on the odds do not grow."""
_BITS: Final = np.uint64(63)


class Query(NamedTuple):
    """Working space of one query: its characters, marks, labels, regions and ways.

    ``provinces`` [1]: the bit set of provinces that it may mean.
    """

    codes: NDArray[np.int32]
    marks: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    regions: NDArray[np.int32]
    provinces: NDArray[np.uint64]
    ways: Ways


class Held(NamedTuple):
    """What the query holds: bit sets of code points and of families of shapes; by sound, where it stands.

    ``places`` [sound]: the bit set of the places, all ones in a query of more than 64 characters; ``any_sound``
    [1]: the sounds themselves, modulo 64, as a bit set.
    """

    chars: NDArray[np.uint64]
    places: NDArray[np.uint64]
    shapes: NDArray[np.uint64]
    any_sound: NDArray[np.uint64]


class Bounds(NamedTuple):
    """Working space of the candidate search.

    ``found``: the candidates of the query; ``piece_places``, ``piece_contents``: of each piece of the query
    the places, and how many of its characters a listed name has to explain; ``best``: see :func:`_fill_best`.
    """

    held: Held
    found: NDArray[np.int32]
    keys: NDArray[np.uint64]
    postings: NDArray[np.int32]
    piece_places: NDArray[np.uint64]
    piece_contents: NDArray[np.int32]
    best: NDArray[np.float64]


def query_space() -> Query:
    """Return working space for one query."""
    size = LENGTH_MAX
    return Query(
        np.zeros(size, np.int32),
        np.zeros(size, np.uint8),
        np.zeros(size, np.uint8),
        np.full(size, -1, np.int32),
        np.zeros(1, np.uint64),
        Ways(
            np.zeros(size, np.int32),
            np.zeros((size, EDGES_MAX), np.int32),
            np.zeros((size, EDGES_MAX), np.int32),
            np.zeros((size, EDGES_MAX), np.int32),
        ),
    )


def bounds_space(rows: int, tables: Characters) -> Bounds:
    """Return working space for a catalogue of so many rows."""
    shapes = (int(tables.families.max()) >> 6) + 1
    return Bounds(
        Held(
            np.zeros(CODES >> 6, np.uint64),
            np.zeros(SOUND_NONE + 1, np.uint64),
            np.zeros(shapes, np.uint64),
            np.zeros(1, np.uint64),
        ),
        np.zeros(rows, np.int32),
        np.zeros(QUERY_KEYS_MAX, np.uint64),
        np.zeros(QUERY_KEYS_MAX, np.int32),
        np.zeros(PIECES_MAX, np.uint64),
        np.zeros(PIECES_MAX, np.int32),
        np.zeros((4, SHAPES_MAX + 1)),
    )


@njit(cache=True)
def label(own: Query, size: int, lexicon: Words) -> None:  # pragma: no cover - compiled
    """Label the parts of a query, and note its provinces.

    A region behind the legal form may be that of a branch, and letters may spell any region.
    """
    cover(own.codes, own.marks, size, lexicon, False, own.labels, own.regions)
    provinces = np.uint64(0)
    in_front = False
    seen_form = False
    latin = False
    for i in range(size):
        latin = latin or LETTER_A <= own.codes[i] <= LETTER_Z
        seen_form = seen_form or own.labels[i] == FORM
        if own.regions[i] >= 0 and lexicon.provinces[own.regions[i]] != 0:
            provinces |= lexicon.provinces[own.regions[i]]
            in_front = in_front or not seen_form
    if not in_front:
        provinces |= ~np.uint64(0) if latin else NO_PROVINCE
    own.provinces[0] = provinces


@njit(cache=True)
def _hold(own: Query, size: int, families: NDArray[np.int16], held: Held, on: bool) -> None:  # pragma: no cover
    """Note every character, sound and shape that the query can be read to hold, or (not ``on``) forget them."""
    codes, ways = own.codes, own.ways
    counts, sounds = ways.counts, ways.sounds
    chars, places, shapes = held.chars, held.places, held.shapes
    one = np.uint64(1)
    any_sound = np.uint64(0)
    for i in range(size):
        code = codes[i]
        word = code >> 6
        chars[word] = chars[word] | (one << (np.uint64(code) & _BITS)) if on else np.uint64(0)
        place = one << np.uint64(i) if size <= PLACES_MAX else ~np.uint64(0)
        for k in range(counts[i]):
            sound = sounds[i, k]
            if sound < SOUND_NONE:
                places[sound] = places[sound] | place if on else np.uint64(0)
                any_sound |= one << (np.uint64(sound) & _BITS)
        for k in range(FAMILIES_MAX):
            family = families[code, k]
            if family == 0:
                break
            word = family >> 6
            shapes[word] = shapes[word] | (one << (np.uint64(family) & _BITS)) if on else np.uint64(0)
    held.any_sound[0] = any_sound


@njit(cache=True)
def ones(bits: np.uint64) -> int:  # pragma: no cover - compiled
    """Return how many bits are set."""
    bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True)
def _shaped(code: int, families: NDArray[np.int16], bits: NDArray[np.uint64]) -> bool:  # pragma: no cover
    """Whether the query holds what looks like this character."""
    for k in range(FAMILIES_MAX):
        family = families[code, k]
        if family == 0:
            break
        if (bits[family >> 6] >> (np.uint64(family) & _BITS)) & np.uint64(1) != 0:
            return True
    return False


@njit(cache=True)
def _places(trait: np.uint64, held: Held) -> np.uint64:  # pragma: no cover - compiled
    """Return where the query holds a listed character or what sounds like it; all ones where that is not known."""
    at = np.uint64(0)
    for k in range(READINGS_MAX + 1):
        at |= held.places[(trait >> np.uint64(SOUND_SHIFT + k * SOUND_BITS)) & np.uint64(SOUND_NONE)]
    code = trait & np.uint64(0xFFFF)
    here = (held.chars[code >> np.uint64(6)] >> (code & _BITS)) & np.uint64(1) != 0
    return ~np.uint64(0) if trait & NUMERAL != 0 or (here and at == 0) else at


@njit(cache=True)
def _all_shaped(
    listed: Catalogue, r: int, core: int, spared: int, held: Held, families: NDArray[np.int16]
) -> bool:  # pragma: no cover - compiled
    """Whether the query holds by shape what of a 字号 it holds neither itself nor by sound, but for some spared."""
    for i in range(core):
        trait = core_trait(listed, r, i)
        if _places(trait, held) == 0 and not _shaped(trait & np.uint64(0xFFFF), families, held.shapes):
            spared -= 1
            if spared < 0:
                return False
    return True


@njit(cache=True)
def _apart(listed: Catalogue, r: int, core: int, light: np.uint64, held: Held) -> int:  # pragma: no cover - compiled
    """Return how many characters the query wedges into a 字号 at least, where it meets all of it in order.

    ``light``: places of the query whose characters may stand between without a cost.
    """
    one = np.uint64(1)
    count = 0
    before = ~np.uint64(0)
    for i in range(core):
        at = _places(core_trait(listed, r, i), held)
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
def core_odds(
    core: int, unlike: int, apart: int, may_slip: bool, weights: NDArray[np.float64]
) -> float:  # pragma: no cover - compiled
    """Return what a 字号 takes off the odds at least, with so many characters that are not met by themselves.

    What the query holds alike, or apart, may still be a slip in its place, which can cost less.
    """
    lost = max(weights[CORE_UNLIKE], weights[CORE_MISSING]) + weights[CORE_UNMET_SHARE] / max(core, 1)
    like = max(weights[CORE_SOUND], weights[CORE_SOUTHERN], weights[CORE_SHAPE])
    if unlike > 1:
        return unlike * max(like, lost)
    odds = unlike * like + apart * weights[WEDGED]
    return max(odds, lost + weights[SLIP]) if may_slip else odds


@njit(cache=True)
def form_odds(complete: bool, latin: bool, has_form: bool, weights: NDArray[np.float64]) -> float:  # pragma: no cover
    """Return what the legal form of a query, its letters and its being short add to the odds at most."""
    odds = 0.0
    if latin:
        odds += weights[LATIN]
    if has_form or latin:
        odds += weights[FORM_MET]
    if not has_form or latin:
        odds += weights[FORM_NONE]
        if complete:
            odds += weights[SHORT]
    return odds


@njit(cache=True)
def part_odds(
    core: int, region: int, region_met: int, coreless: bool, weights: NDArray[np.float64]
) -> float:  # pragma: no cover - compiled
    """Return what the length of a 字号 and its region add to the odds at most."""
    odds = 0.0
    if region > 0:
        odds += weights[REGION_IN_PLACE] if region_met * 3 >= region * 2 else max(0.0, weights[REGION_AGREES])
    if core == 3:  # noqa: PLR2004 - the length that the term is named for
        odds += weights[CORE_THREE]
    elif core > 3:  # noqa: PLR2004
        odds += weights[CORE_LONG]
    if coreless:
        odds += weights[CORELESS]
    return odds


@njit(cache=True)
def _fill_best(
    latin: bool, whole: float, partial: float, weights: NDArray[np.float64], best: NDArray[np.float64]
) -> None:  # pragma: no cover - compiled
    """Fill ``best`` [shape of a sketch, characters not met by themselves]: the odds at most but for the trade."""
    for shape in range(4):
        core = (2, 3, LENGTH_MAX, LENGTH_MAX)[shape]
        for unlike in range(SHAPES_MAX + 1):
            if unlike == 0 or latin:
                best[shape, unlike] = whole
            else:
                best[shape, unlike] = partial + core_odds(core, unlike, 0, True, weights)
            best[shape, unlike] += part_odds(core, 1, 1, shape == 3, weights)  # noqa: PLR2004 - without a 字号


def kinds_of(numbers: Rule) -> Kinds:
    """Return the kinds of keys that can lead to an accepted pair under a rule.

    Every kind stands for evidence that is short of something; where even the best of everything else
    does not make up for it, nobody need ask for the key.
    """
    weights = numbers.weights
    like = max(weights[CORE_SOUND], weights[CORE_SOUTHERN], weights[CORE_SHAPE])
    alike = best_odds(2, core_odds(2, 1, 0, True, weights), numbers) >= numbers.weak_min
    # Letters may be an initial, which costs less.
    initial = best_odds(2, weights[CORE_INITIAL], numbers) >= numbers.weak_min
    heard = best_odds(CORE_LONG_MIN, like, numbers) >= numbers.weak_min
    end = best_odds(CORE_LONG_MIN, 0.0, numbers, coreless=True) >= numbers.weak_min
    return Kinds(alike, alike or initial, alike, heard, end, numbers.reach)


def best_odds(core: int, core_part: float, numbers: Rule, *, coreless: bool = False) -> float:
    """Return the best log-odds of a pair whose 字号 takes off so much; nothing but a whole one is short."""
    complete = core_part >= 0
    return max(
        numbers.constant
        + core_part
        + form_odds(complete, False, has_form, numbers.weights)
        + part_odds(core, 1, 1, coreless, numbers.weights)
        + numbers.trade_odds[0, trade, trade]
        for trade in ((0,) if coreless else (0, TRADE_LONG))
        for has_form in (False, True)
    )


@njit(cache=True)
def candidates(
    size: int, listed: Catalogue, tables: Characters, lexicon: Words, numbers: Rule, own: Query, work: Bounds
) -> int:  # pragma: no cover - compiled
    """Label the query, fill its candidates (rows that may be accepted), and return how many."""
    label(own, size, lexicon)
    found = work.found
    count = 0
    spelled = query_ways(own.codes, size, tables, own.ways)
    if spelled or own.provinces[0] == ~np.uint64(0):
        posted, postings = spelled_postings(
            size, own.provinces[0], listed.kinds, own.ways, work.keys, listed.postings, work.postings
        )
    else:
        keys = plain_keys(size, own.provinces[0], listed.kinds, own.ways, work.keys)
        posted, postings = look_up(work.keys, keys, listed.postings, work.postings, 0)
    if postings > 0:
        count = _promising(posted, postings, size, spelled, listed, tables, numbers, own, work)
    name = lookup(listed.equal.keys, listed.equal.values, hash_name(own.codes, size))
    if name >= 0:
        low = 0 if name == 0 else listed.equal_ends[name - 1]
        for place in range(low, listed.equal_ends[name]):
            r = listed.equal_rows[place]
            known = False
            for k in range(count):
                known = known or found[k] == r
            if not known:
                found[count] = r
                count += 1
    return count


@njit(cache=True)
def _promising(
    posted: NDArray[np.int32],
    postings: int,
    size: int,
    spelled: bool,
    listed: Catalogue,
    tables: Characters,
    numbers: Rule,
    own: Query,
    work: Bounds,
) -> int:  # pragma: no cover - compiled
    """Keep the rows of the postings whose odds may suffice.

    First what the trade can be at best, then the 字号, then the trade itself.  An alignment keeps the
    order of both names, so no more of them is met than their longest common subsequence has, computed
    on bit sets of places (Hyyrö 2004), but for neighbours that are swapped.
    """
    own_codes, labels, marks = own.codes, own.labels, own.marks
    provinces = own.provinces[0]
    records, traits = listed.records, listed.traits
    list_ends, list_rows, list_sounds = listed.postings.ends, listed.postings.rows, listed.postings.sounds
    families = tables.families
    found = work.found
    chars, places, shapes = work.held.chars, work.held.places, work.held.shapes
    weights, constant, weak_min = numbers.weights, numbers.constant, numbers.weak_min
    none, one, word = np.uint64(0), np.uint64(1), np.uint64(6)
    begin_mask = np.uint64(0xFFFFFFFF)
    sketch_sounds = np.uint64(SKETCH_SOUNDS)
    code_mask, sound_mask = np.uint64(0xFFFF), np.uint64(SOUND_NONE)
    first, second = np.uint64(SOUND_SHIFT), np.uint64(SOUND_SHIFT + SOUND_BITS)
    third, fourth = np.uint64(SOUND_SHIFT + 2 * SOUND_BITS), np.uint64(SOUND_SHIFT + 3 * SOUND_BITS)
    _hold(own, size, families, work.held, True)
    absent = ~work.held.any_sound[0]
    latin = False
    has_form = False
    has_region = False
    pieces = 0
    piece_places, piece_contents = work.piece_places, work.piece_contents
    apart_before = True
    light = none
    for i in range(size):
        code = own_codes[i]
        kind = labels[i]
        latin = latin or LETTER_A <= code <= LETTER_Z
        has_form = has_form or has_form_character(kind, code)
        has_region = has_region or kind == REGION
        if kind != CORE and kind != TRADE and kind != DIGITS and i < PLACES_MAX:  # noqa: PLR1714
            light |= one << np.uint64(i)
        # What a mark, a legal form or a word of payment sets off may be no part of the name.
        if kind == FORM or kind == NOISE or kind == BRANCH:  # noqa: PLR1714
            apart_before = True
            continue
        if (apart_before or marks[i] & (BREAK | OPEN) != 0) and pieces < PIECES_MAX:
            piece_places[pieces] = none
            piece_contents[pieces] = 0
            pieces += 1
        apart_before = False
        piece_places[pieces - 1] |= one << np.uint64(i) if i < PLACES_MAX else none
        piece_contents[pieces - 1] += (kind == CORE or kind == TRADE) and not is_group(code)  # noqa: PLR1714
    whole = constant + form_odds(True, latin, has_form, weights)
    partial = constant + form_odds(False, latin, has_form, weights)
    variant = (0 if has_form else 1) if not latin else 2
    trade_odds = numbers.trade_odds
    best = work.best
    _fill_best(latin, whole, partial, weights, best)
    absent_folded = ~fold_sounds(work.held.any_sound[0])
    in_places = size <= PLACES_MAX and not spelled
    explained = not latin and in_places and pieces < PIECES_MAX
    # One character may be written by its initial.
    spared = 1 if latin else 0
    count = 0
    for p in range(postings):
        value = posted[p]
        low = 0
        high = 1
        if value >= LIST:
            low, high = list_ends[value - LIST], list_ends[value - LIST + 1]
        for place in range(low, high):
            r = value - 1
            if value >= LIST:
                sketch = list_rows[place]
                shape = np.int64(sketch >> np.uint64(SKETCH_SHAPE_SHIFT))
                trade = np.int64(sketch >> np.uint64(SKETCH_TRADE_SHIFT)) & SKETCH_TRADE_MAX
                silent = ones((sketch >> np.uint64(32)) & absent_folded & sketch_sounds)
                met = min(trade, trade - ones(list_sounds[place] & absent) + TRADE_SHAPES_MAX)
                if silent > SHAPES_MAX + spared:
                    continue
                if best[shape, min(silent, SHAPES_MAX)] + trade_odds[variant, trade, max(met, 0)] < weak_min:
                    continue
                r = np.int64(sketch & begin_mask)
            counts = np.int64(records[r, RECORD_COUNTS] >> np.uint64(32))
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
            swapped = none
            before = none
            somewhere = none
            left = ~none
            begin = np.int64(records[r, RECORD_COUNTS] & begin_mask)
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
                swapped |= (at << one) & before
                before = at
                somewhere |= at
                common = left & at
                left = (left + common) | (left - common)
            if not two and not coreless and same < 2 and not latin:  # noqa: PLR2004 - a pair of them
                # Without a pair, all must be met.
                allowed = 0
            lost = max(0, core - silent - ones(~left) - (swapped != none) - spared)
            if silent + lost > allowed + spared and (
                lost > 0
                or silent > SHAPES_MAX + spared
                or not _all_shaped(listed, r, core, spared, work.held, families)
            ):
                continue
            meets = provinces & records[r, RECORD_PROVINCES] != none
            half = two and silent + lost > spared
            if (half or coreless) and not meets:
                continue
            if half and same == 0 and not latin:
                continue
            unlike = max(0, sounding - lost) + max(0, silent - spared) + lost
            complete = unlike == 0
            trade_met = min(trade, trade - ones(records[r, RECORD_TRADE_SOUNDS] & absent) + TRADE_SHAPES_MAX)
            content = 0
            if explained:
                # The 字号 is met in one of these pieces, and what else is in it is to be explained.
                content = PLACES_MAX
                for k in range(pieces):
                    if piece_places[k] & somewhere != none:
                        content = min(content, piece_contents[k])
            extra = min(max(content - core - trade_met - EXTRA_FREE, 0), EXTRA_MAX)
            core_part = core_odds(core, unlike, 0, allowed > 0 and (not two or meets), weights)
            odds = core_part + (whole if complete else partial) + EXTRA_ODDS_MAX * extra
            odds += part_odds(core, rest - trade, rest - trade, coreless, weights)
            odds += trade_odds[variant, min(trade, TRADE_LENGTHS - 1), min(trade_met, TRADE_LENGTHS - 1)]
            if odds < weak_min:
                continue
            if counts & IS_ONE_RUN != 0 and unlike <= 1 and silent + lost == 0 and swapped == none and in_places:
                apart = _apart(listed, r, core, light, work.held)
                core_part = core_odds(core, unlike, apart, allowed > 0 and (not two or meets), weights)
            trade_met = 0
            trade_shaped = 0
            groups = 0
            region = 0
            region_met = 0
            branch = 0
            branch_met = 0
            alone = ~none
            for i in range(begin, begin + rest):
                trait = traits[i]
                at = _places(trait, work.held)
                part = trait >> np.uint64(PART_SHIFT)
                if part == REGION:
                    region += 1
                    region_met += at != none
                elif part == BRANCH:
                    branch += 1
                    branch_met += at != none
                else:
                    if trait & GROUP != none:
                        if complete or at != none:
                            groups += 1
                            at = ~none
                    elif at == none and trade_shaped < TRADE_SHAPES_MAX:
                        if _shaped(trait & code_mask, families, shapes):
                            trade_shaped += 1
                            at = ~none
                    trade_met += at != none
                    swapped |= (at << one) & before
                    before = at
                    common = alone & at
                    alone = (alone + common) | (alone - common)
                    common = left & at
                    left = (left + common) | (left - common)
            slack = (swapped != none) + spared
            trade_met = min(trade_met, ones(~alone) + slack)
            together = core - lost + trade_met
            if counts & IS_IN_ORDER != 0:
                # Where silent characters stand is not known.
                together = min(together, ones(~left) + slack + silent)
            if half and (trade == 0 or trade_met < TRADE_MET_MIN * trade):
                continue
            if (half or coreless) and not has_region and region_met * 3 < region * 2:
                continue
            if branch > 0 and branch_met == 0:
                continue
            if branch > 0 and silent + lost > spared and (unlike > 1 or trade_met < trade or region_met < region):
                continue
            extra = content - (together - groups) - silent - lost - EXTRA_FREE
            if coreless and extra > 0:
                continue
            trade_met = min(trade_met, together - core + lost + max(0, allowed - lost))
            odds = core_part + (whole if complete else partial)
            odds += part_odds(core, region, region_met, coreless, weights)
            odds += trade_odds[variant, min(trade, TRADE_LENGTHS - 1), min(trade_met, TRADE_LENGTHS - 1)]
            odds += EXTRA_ODDS_MAX * min(max(extra, 0), EXTRA_MAX)
            known = odds < weak_min
            for k in range(count):
                known = known or found[k] == r
            if not known:
                found[count] = r
                count += 1
    _hold(own, size, families, work.held, False)
    return count
