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
    HEAD_CORE,
    HEAD_CORELESS,
    HEAD_CORES,
    HEAD_OTHER,
    HEAD_OTHERS,
    HEAD_RUNS,
    NUMERAL,
    PART_SHIFT,
    SOUND_BITS,
    SOUND_NONE,
    SOUND_SHIFT,
    Catalogue,
    hash_name,
)
from app.matching.decide import TRADE_MET_MIN, UNMET_SHARE_MAX, Rule
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
    TRADE_DROPPED,
    TRADE_LENGTH,
    TRADE_MET,
    TRADE_NONE,
    TRADE_UNMET,
    is_form,
    is_group,
    may_be_form,
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
from app.names.parts import BRANCH, BREAK, CORE, FORM, LENGTH_MAX, NOISE, OPEN, REGION, TRADE, cover
from app.names.table import lookup
from app.names.words import NO_PROVINCE, Words

EXTRA_FREE: Final = 1
EXTRA_MAX: Final = 3
EXTRA_ODDS_MAX: Final = -1.2
"""Up to three query characters that nothing explains, beyond one, cost at least so much each, wherever they stand."""
_BEST_CORE_MAX: Final = 6
SHAPES_MAX: Final = 2
"""More characters of a 字号 than this are never met by shape: the odds do not allow it."""
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
    """What the query holds, wherever: bit sets of code points and families of shapes, and a flag by sound."""

    chars: NDArray[np.uint64]
    sounds: NDArray[np.bool_]
    shapes: NDArray[np.uint64]


class Bounds(NamedTuple):
    """Working space of the candidate search.

    ``seen`` [row]: the stamp of the last query that met it; ``stamp`` [1]: the last stamp given;
    ``found``: the candidates of the query.
    """

    held: Held
    seen: NDArray[np.int32]
    stamp: NDArray[np.int32]
    found: NDArray[np.int32]
    keys: NDArray[np.uint64]
    postings: NDArray[np.int32]


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
        Held(np.zeros(CODES >> 6, np.uint64), np.zeros(SOUND_NONE + 1, np.bool_), np.zeros(shapes, np.uint64)),
        np.zeros(rows, np.int32),
        np.zeros(1, np.int32),
        np.zeros(rows, np.int32),
        np.zeros(QUERY_KEYS_MAX, np.uint64),
        np.zeros(QUERY_KEYS_MAX, np.int32),
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
def _hold(own: Query, size: int, families: NDArray[np.int32], held: Held, on: bool) -> None:  # pragma: no cover
    """Note every character, sound and shape that the query can be read to hold, or (not ``on``) forget them."""
    codes, ways = own.codes, own.ways
    counts, sounds = ways.counts, ways.sounds
    chars_bits, sound_flags, shape_bits = held.chars, held.sounds, held.shapes
    one = np.uint64(1)
    for i in range(size):
        code = codes[i]
        word = code >> 6
        chars_bits[word] = chars_bits[word] | (one << (np.uint64(code) & _BITS)) if on else np.uint64(0)
        for k in range(counts[i]):
            sound_flags[min(sounds[i, k], SOUND_NONE)] = on
        for k in range(FAMILIES_MAX):
            family = families[code, k]
            if family == 0:
                break
            word = family >> 6
            shape_bits[word] = shape_bits[word] | (one << (np.uint64(family) & _BITS)) if on else np.uint64(0)
    sound_flags[SOUND_NONE] = False


@njit(cache=True)
def _shaped(code: int, families: NDArray[np.int32], bits: NDArray[np.uint64]) -> bool:  # pragma: no cover
    """Whether the query holds what looks like this character."""
    for k in range(FAMILIES_MAX):
        family = families[code, k]
        if family == 0:
            break
        if (bits[family >> 6] >> (np.uint64(family) & _BITS)) & np.uint64(1) != 0:
            return True
    return False


@njit(cache=True)
def _silent_shape(
    trait: np.uint64,
    chars: NDArray[np.uint64],
    sounds: NDArray[np.bool_],
    shapes: NDArray[np.uint64],
    families: NDArray[np.int32],
) -> bool:  # pragma: no cover - compiled
    """Whether a character of a 字号 is in the query neither itself nor by sound, but by shape."""
    code = trait & np.uint64(0xFFFF)
    if (chars[code >> np.uint64(6)] >> (code & _BITS)) & np.uint64(1) != 0 or trait & NUMERAL != 0:
        return False
    for k in range(READINGS_MAX + 1):
        if sounds[(trait >> np.uint64(SOUND_SHIFT + k * SOUND_BITS)) & np.uint64(SOUND_NONE)]:
            return False
    return _shaped(code, families, shapes)


@njit(cache=True)
def best_odds(
    core: int,
    unmet: int,
    sounding: int,
    shaped: int,
    trade: int,
    trade_met: int,
    region: int,
    region_met: int,
    coreless: bool,
    latin: bool,
    has_form: bool,
    hidden_form: bool,
    constant: float,
    weights: NDArray[np.float64],
) -> float:  # pragma: no cover - compiled
    """Return log-odds that no alignment with such counts exceeds."""
    odds: float = constant
    if region > 0:
        odds += weights[REGION_IN_PLACE] if region_met * 3 >= region * 2 else max(0.0, weights[REGION_AGREES])
    if sounding > 0:
        odds += sounding * max(weights[CORE_SOUND], weights[CORE_SOUTHERN], weights[CORE_SHAPE])
    odds += shaped * weights[CORE_SHAPE]
    if unmet > 0:
        odds += unmet * max(weights[CORE_UNLIKE], weights[CORE_MISSING]) + weights[CORE_UNMET_SHARE] * unmet / core
    if unmet == 1 and sounding + shaped == 0:
        odds += weights[SLIP]
    if core == 3:  # noqa: PLR2004 - the length that the term is named for
        odds += weights[CORE_THREE]
    elif core > 3:  # noqa: PLR2004
        odds += weights[CORE_LONG]
    if coreless:
        odds += weights[CORELESS]
    if latin:
        odds += weights[LATIN]
    if has_form or hidden_form or latin:
        odds += weights[FORM_MET]
    if not has_form or latin:
        odds += weights[FORM_NONE]
        if unmet + sounding + shaped == 0:
            odds += weights[SHORT]
    if trade == 0:
        odds += weights[TRADE_NONE]
    else:
        odds += weights[TRADE_MET] * trade_met / trade + weights[TRADE_LENGTH] * min(trade_met, 6.0) / 6.0
        if not latin:
            odds += weights[TRADE_UNMET if has_form else TRADE_DROPPED] * min(trade - trade_met, 4.0) / 4.0
    return odds


def kinds_of(numbers: Rule) -> Kinds:
    """Return the kinds of keys that can lead to an accepted pair under a rule.

    Every kind stands for evidence that is short of something; where even the best of everything else
    does not make up for it, nobody need ask for the key.
    """

    def alive(core: int, unmet: int, sounding: int, shaped: int, *, coreless: bool = False, extra: float = 0.0) -> bool:
        best = max(
            best_odds(
                core, unmet, sounding, shaped, trade, trade, 2, 2, coreless, False, has_form, True,
                numbers.constant + extra, numbers.weights,
            )
            for trade in (0, 6)
            for has_form in (False, True)
        )
        return best >= numbers.weak_min

    lengths = range(2, _BEST_CORE_MAX)
    sound = alive(2, 0, 1, 0)
    start_plain = alive(2, 1, 0, 0) or alive(2, 0, 0, 1)
    # Letters may be an initial, which costs less.
    start = start_plain or alive(2, 0, 0, 0, extra=numbers.weights[CORE_INITIAL] - numbers.weights[SHORT])
    heard = any(alive(core, 0, 1, 0) for core in lengths)
    end = any(alive(core, unmet, 0, 0, coreless=True) for core in lengths for unmet in (0, 1))
    return Kinds(sound, start, start_plain, heard, end)


@njit(cache=True)
def candidates(
    size: int, listed: Catalogue, tables: Characters, lexicon: Words, numbers: Rule, own: Query, work: Bounds
) -> int:  # pragma: no cover - compiled
    """Label the query, fill its candidates (rows that may be accepted), and return how many."""
    label(own, size, lexicon)
    found = work.found
    count = 0
    if query_ways(own.codes, size, tables, own.ways) or own.provinces[0] == ~np.uint64(0):
        posted, postings = spelled_postings(
            size, own.provinces[0], listed.kinds, own.ways, work.keys, listed.postings, work.postings
        )
    else:
        keys = plain_keys(size, own.provinces[0], listed.kinds, own.ways, work.keys)
        posted, postings = look_up(work.keys, keys, listed.postings, work.postings, 0)
    if postings > 0:
        count = _promising(posted, postings, size, listed, tables, numbers, own, work)
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
    listed: Catalogue,
    tables: Characters,
    numbers: Rule,
    own: Query,
    work: Bounds,
) -> int:  # pragma: no cover - compiled
    """Keep the rows of the postings whose odds may suffice."""
    own_codes, labels, marks = own.codes, own.labels, own.marks
    provinces = own.provinces[0]
    heads, cores, others, all_provinces = listed.heads, listed.cores, listed.others, listed.provinces
    list_ends, list_rows = listed.postings.ends, listed.postings.rows
    families = tables.families
    seen, found = work.seen, work.found
    chars, sounds, shapes = work.held.chars, work.held.sounds, work.held.shapes
    weights, constant, weak_min = numbers.weights, numbers.constant, numbers.weak_min
    one, word = np.uint64(1), np.uint64(6)
    code_mask, sound_mask = np.uint64(0xFFFF), np.uint64(SOUND_NONE)
    first, second = np.uint64(SOUND_SHIFT), np.uint64(SOUND_SHIFT + SOUND_BITS)
    third, fourth = np.uint64(SOUND_SHIFT + 2 * SOUND_BITS), np.uint64(SOUND_SHIFT + 3 * SOUND_BITS)
    work.stamp[0] += 1
    stamp = work.stamp[0]
    _hold(own, size, families, work.held, True)
    latin = False
    has_form = False
    hidden_form = False
    has_region = False
    one_piece = True
    content = 0
    for i in range(size):
        code = own_codes[i]
        kind = labels[i]
        latin = latin or LETTER_A <= code <= LETTER_Z
        has_form = has_form or is_form(kind, code)
        hidden_form = hidden_form or (kind != FORM and may_be_form(code))
        has_region = has_region or kind == REGION
        content += (kind == CORE or kind == TRADE) and not is_group(code)  # noqa: PLR1714
        # What stands behind a mark, a legal form or a word of payment may be no part of the name.
        one_piece = one_piece and (
            kind != NOISE
            and kind != BRANCH
            and marks[i] & (BREAK | OPEN) == 0
            and not (i > 0 and labels[i - 1] == FORM and kind != FORM)
        )
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
            r = list_rows[place] if value >= LIST else value - 1
            if seen[r] == stamp:
                continue
            seen[r] = stamp
            core = heads[r, HEAD_CORE]
            coreless = heads[r, HEAD_CORELESS] != 0
            sounding = 0
            silent = 0
            same = 0
            begin = heads[r, HEAD_CORES]
            for i in range(begin, begin + core):
                trait = cores[i]
                code = trait & code_mask
                if (chars[code >> word] >> (code & _BITS)) & one != 0 or trait & NUMERAL != 0:
                    same += 1
                    continue
                if (
                    sounds[(trait >> first) & sound_mask]
                    or sounds[(trait >> second) & sound_mask]
                    or sounds[(trait >> third) & sound_mask]
                    or sounds[(trait >> fourth) & sound_mask]
                ):
                    # Spelled in pinyin, it costs nothing.
                    sounding += not latin
                else:
                    silent += 1
            two = core == 2 and not coreless  # noqa: PLR2004 - half of it is one
            allowed = 1 if coreless or two else int(UNMET_SHARE_MAX * core)
            if not two and not coreless and same < 2 and not latin:  # noqa: PLR2004 - a pair of them
                # Without a pair, all must be met.
                allowed = 0
            if silent > max(allowed, SHAPES_MAX) + spared:
                continue
            if silent > allowed + spared:
                # All of them must be met by shape.
                begin = heads[r, HEAD_CORES]
                shaped = 0
                for i in range(begin, begin + core):
                    shaped += _silent_shape(cores[i], chars, sounds, shapes, families)
                if shaped + spared < silent:
                    continue
            if (coreless or (two and silent > spared)) and provinces & all_provinces[r] == 0:
                continue
            trade = 0
            trade_met = 0
            region = 0
            region_met = 0
            branch = 0
            branch_met = 0
            begin = heads[r, HEAD_OTHERS]
            for i in range(begin, begin + heads[r, HEAD_OTHER]):
                trait = others[i]
                code = trait & code_mask
                here = (
                    (chars[code >> word] >> (code & _BITS)) & one != 0
                    or sounds[(trait >> first) & sound_mask]
                    or sounds[(trait >> second) & sound_mask]
                    or sounds[(trait >> third) & sound_mask]
                    or sounds[(trait >> fourth) & sound_mask]
                )
                part = trait >> np.uint64(PART_SHIFT)
                if part == REGION:
                    region += 1
                    region_met += here
                elif part == BRANCH:
                    branch += 1
                    branch_met += here
                else:
                    trade += 1
                    trade_met += here or trait & GROUP != 0 or _shaped(code, families, shapes)
            if two and silent > spared and (trade == 0 or trade_met < TRADE_MET_MIN * trade):
                continue
            shaped = 0
            if silent > 0:
                begin = heads[r, HEAD_CORES]
                for i in range(begin, begin + core):
                    shaped += _silent_shape(cores[i], chars, sounds, shapes, families)
            unmet = silent - shaped
            if latin and unmet > 0:
                unmet -= 1
            if unmet > allowed or (unmet >= core and not coreless) or (unmet > 0 and shaped > spared):
                continue
            half = two and unmet == 1
            if half and sounding + shaped > 0:
                continue
            if (half or coreless) and not has_region and region_met * 3 < region * 2:
                continue
            if branch > 0 and branch_met == 0:
                continue
            extra = 0
            if one_piece and not latin and not hidden_form:
                extra = content - core - trade_met - region_met - EXTRA_FREE
            if coreless and extra > region:
                continue
            odds = best_odds(
                core,
                unmet,
                sounding,
                shaped,
                trade,
                trade_met,
                region,
                region_met,
                coreless,
                latin,
                has_form,
                hidden_form,
                constant,
                weights,
            )
            if odds + (EXTRA_ODDS_MAX if heads[r, HEAD_RUNS] == 1 else 0.0) * min(max(extra, 0), EXTRA_MAX) >= weak_min:
                found[count] = r
                count += 1
    _hold(own, size, families, work.held, False)
    return count
