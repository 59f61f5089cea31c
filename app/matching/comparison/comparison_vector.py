"""What an alignment says for and against: some forty readable terms, each a number of one meaning.

The terms speak of parts: how the 字号 is met, whether trade and region confirm or contradict, what the
query has besides.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917, PLR1714, SIM109, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.jit import njit
from app.matching.comparison.alignment import (
    INITIAL,
    MISSING,
    PINYIN,
    SHAPE,
    SOUND,
    SOUTHERN,
    SPLIT,
    SWAPPED,
    UNLIKE,
    VARIANT,
    AlignmentBuffers,
)
from app.matching.comparison.blocking_rule import shares_blocking_key
from app.matching.comparison.features import (
    BARE,
    BESIDE,
    BEYOND_REACH,
    BRANCH_ADDED,
    BRANCH_CORE_UNMET,
    BRANCH_UNMET,
    CORE_IN_REGION,
    CORE_INITIAL,
    CORE_LONG,
    CORE_MISSING,
    CORE_ONE,
    CORE_PINYIN,
    CORE_SHAPE,
    CORE_SOUND,
    CORE_SOUTHERN,
    CORE_SWAPPED,
    CORE_THREE,
    CORE_TWO_SHAPE,
    CORE_UNLIKE,
    CORE_UNMET_SHARE,
    CORELESS,
    COUNTRY_ADDED,
    FORM_MET,
    FORM_NONE,
    GLUED,
    LATIN,
    LATIN_END,
    NUMERAL_CONFLICT,
    PLACE_UNMET,
    QUERY_CORELESS,
    REGION_ADDED,
    REGION_AGREES,
    REGION_CONTRADICTS,
    REGION_IN_PLACE,
    REGION_MISSING,
    REGION_NESTED,
    SHORT,
    SHORT_TWO,
    SLIP,
    TRADE_DROPPED,
    TRADE_LENGTH,
    TRADE_MET,
    TRADE_NONE,
    TRADE_OTHER,
    TRADE_SHAPES_MAX,
    TRADE_UNMET,
    UNLIKE_REST,
    WEDGED,
    ScoringModel,
    has_form_character,
    is_group,
)
from app.names.characters import Characters
from app.names.lexicon import COUNTRY, regions_agree, same_region
from app.names.segmentation import BRANCH, BREAK, CORE, DIGITS, FORM, NOISE, OPEN, PLACE, REGION, TRADE

_LIKE_CREDIT: Final = 0.8
_WEDGED_WORD: Final = 0.3
_NUMBERED: Final = np.array([ord(char) for char in "号期厂店队矿院部组街路局处所库仓标"])
"""What numbers stand before that tell one from the other."""


@njit(cache=True)
def compare(
    parts: NDArray[np.uint8],
    listed: NDArray[np.int32],
    listed_regions: NDArray[np.int32],
    coreless: bool,
    branch_at: int,
    provinces_meet: bool,
    query: NDArray[np.int32],
    labels: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    query_regions: NDArray[np.int32],
    size: int,
    tables: Characters,
    meanings: NDArray[np.int32],
    found: AlignmentBuffers,
    numbers: ScoringModel,
    terms: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled
    """Fill ``terms`` from an alignment, or only so far that it is clear to be none."""
    terms[:] = 0.0
    rows = parts.size
    core = 0
    trade = 0
    trade_met = 0.0
    trade_free = 0
    shapes = 0
    form = 0
    form_met = 0
    branch = 0
    branch_met = 0
    region = 0
    region_met = 0
    core_low, core_high = size, -1
    low, high = size, -1
    for i in range(rows):
        kind = found.likeness[i]
        part = parts[i]
        met = kind < UNLIKE or kind == SWAPPED
        if met:
            low = min(low, found.met_from[i])
            high = max(high, found.met_to[i] - 1)
        if part == CORE:
            core += 1
            if kind != MISSING:
                terms[CORE_IN_REGION] += labels[found.met_from[i]] == REGION
                core_low = min(core_low, found.met_from[i])
                core_high = max(core_high, found.met_to[i] - 1)
            if kind == SOUND:
                terms[CORE_SOUND] += 1
            elif kind == SHAPE or kind == SPLIT:
                terms[CORE_SHAPE] += 1
            elif kind == SOUTHERN:
                terms[CORE_SOUTHERN] += 1
            elif kind == PINYIN:
                terms[CORE_PINYIN] += 1
            elif kind == INITIAL:
                terms[CORE_INITIAL] += 1
            elif kind == SWAPPED:
                terms[CORE_SWAPPED] += 1
            elif kind == UNLIKE:
                terms[CORE_UNLIKE] += 1
                terms[BRANCH_CORE_UNMET] += i >= branch_at
            elif kind == MISSING:
                terms[CORE_MISSING] += 1
                terms[BRANCH_CORE_UNMET] += i >= branch_at
        elif part == TRADE:
            trade += 1
            shapes += kind == SHAPE
            if met and (kind != SHAPE or shapes <= TRADE_SHAPES_MAX):
                trade_met += 1.0 if kind <= VARIANT else _LIKE_CREDIT
            elif kind == MISSING and is_group(listed[i]):
                # 集团 comes and goes like a legal form.
                trade_free += 1
        elif part == FORM:
            form += 1
            form_met += met
        elif part == BRANCH:
            branch += 1
            branch_met += met
        elif part == REGION:
            region += 1
            if kind != SHAPE and met:
                region_met += 1
        elif part == PLACE and not met:
            terms[PLACE_UNMET] = 1
        elif part == DIGITS and not met:
            terms[NUMERAL_CONFLICT] += 1
        if kind == UNLIKE:
            given = query[found.met_from[i]]
            if part != FORM and tables.numeral[listed[i]] != 0 and tables.numeral[given] != 0:
                terms[NUMERAL_CONFLICT] += 1
            if part == TRADE and labels[found.met_from[i]] == TRADE:
                terms[TRADE_OTHER] += 1
            elif part != CORE and part != FORM:
                other = labels[found.met_from[i]]
                terms[UNLIKE_REST] += (other == CORE or other == TRADE) and not is_group(given)
    unmet = terms[CORE_UNLIKE] + terms[CORE_MISSING]
    if unmet + terms[CORE_SOUND] + terms[CORE_SHAPE] + terms[CORE_SOUTHERN] > 0:
        trade_free = 0
    terms[CORE_UNMET_SHARE] = unmet / max(core, 1)
    terms[CORE_ONE] = core == 1
    terms[CORE_THREE] = core == 3  # noqa: PLR2004 - the length that the term is named for
    terms[CORE_LONG] = core > 3  # noqa: PLR2004
    terms[CORE_TWO_SHAPE] = terms[CORE_SHAPE] if core <= 2 else 0.0  # noqa: PLR2004
    terms[CORELESS] = coreless
    terms[LATIN] = terms[CORE_PINYIN] == core and core > 0
    has_form = False
    for j in range(size):
        if has_form_character(labels[j], query[j], j) or (
            query[j] < LATIN_END and found.used[j] > 0 and parts[found.used[j] - 1] == FORM
        ):
            has_form = True
    terms[FORM_NONE] = not has_form
    if form > 0:
        terms[FORM_MET] = form_met / form
    if trade == 0:
        terms[TRADE_NONE] = 1
    else:
        terms[TRADE_MET] = (trade_met + trade_free) / trade
        terms[TRADE_LENGTH] = min(trade_met, 6.0) / 6.0
        terms[TRADE_DROPPED if terms[FORM_NONE] else TRADE_UNMET] = min(trade - trade_free - trade_met, 4.0) / 4.0
    if _is_hopeless(unmet, terms, numbers):
        terms[BEYOND_REACH] = 1
        return
    terms[BEYOND_REACH] = not shares_blocking_key(
        parts, listed, coreless, provinces_meet, query, size, numbers.reach, tables, found
    )
    terms[NUMERAL_CONFLICT] += _other_number(listed, query, size, tables.numeral, found)
    _weigh_extras(query, parts, labels, marks, found, size, core_low, core_high, low, high, terms)
    terms[TRADE_OTHER] = min(terms[TRADE_OTHER], 4.0) / 4.0
    _weigh_regions(listed_regions, labels, query_regions, meanings, found, parts, size, high, region, region_met, terms)
    if branch > 0:
        terms[BRANCH_UNMET] = branch_met == 0
    terms[BARE] = trade > 0 and trade_met == 0 and terms[REGION_AGREES] == 0
    others = terms[CORE_SOUND] + terms[CORE_SHAPE] + terms[CORE_SOUTHERN] + terms[CORE_INITIAL] + terms[CORE_SWAPPED]
    others += terms[WEDGED] + terms[GLUED] + terms[BESIDE] + terms[TRADE_OTHER] + terms[UNLIKE_REST]
    terms[QUERY_CORELESS] = 1
    for j in range(size):
        if labels[j] == CORE or labels[j] == DIGITS:
            terms[QUERY_CORELESS] = 0
        elif labels[j] == BRANCH and found.used[j] == 0:
            terms[BRANCH_ADDED] = 1
    if terms[FORM_NONE] and unmet == 0 and others == 0 and terms[CORE_PINYIN] == 0:
        terms[SHORT] = 1
        terms[SHORT_TWO] = core <= 2  # noqa: PLR2004
    if (
        unmet == 1
        and terms[PLACE_UNMET] == 0
        and others == 0
        and trade_met == trade
        and region_met == region
        and form_met == form
    ):
        terms[SLIP] = 1
    extra = terms[WEDGED] + terms[GLUED] + terms[BESIDE]
    if branch_at < rows and ((unmet > 0 and terms[SLIP] == 0) or extra >= 2):  # noqa: PLR2004 - more than a slip
        # Banks share words and places with all their sisters: only a lone slip is forgiven.
        terms[BRANCH_UNMET] = 1


@njit(cache=True)
def _is_numbered(
    codes: NDArray[np.int32], at: int, size: int, numeral: NDArray[np.uint8]
) -> bool:  # pragma: no cover - compiled
    """Whether the numerals that a place lies in number something (十三号)."""
    while at < size and numeral[codes[at]] != 0:
        at += 1
    if at < size:
        for i in range(_NUMBERED.size):
            if codes[at] == _NUMBERED[i]:
                return True
    return False


@njit(cache=True)
def _other_number(
    listed: NDArray[np.int32],
    query: NDArray[np.int32],
    size: int,
    numeral: NDArray[np.uint8],
    found: AlignmentBuffers,
) -> int:  # pragma: no cover - compiled
    """Return whether one of the names has a numeral more in a number that both have (三号, 十三号)."""
    for i in range(listed.size):
        if numeral[listed[i]] == 0 or found.likeness[i] != MISSING:
            continue
        beside = i + 1 < listed.size and numeral[listed[i + 1]] != 0 and found.likeness[i + 1] <= VARIANT
        beside = beside or (i > 0 and numeral[listed[i - 1]] != 0 and found.likeness[i - 1] <= VARIANT)
        if beside and _is_numbered(listed, i, listed.size, numeral):
            return 1
    for j in range(size):
        if numeral[query[j]] == 0 or found.used[j] != 0:
            continue
        beside = j + 1 < size and numeral[query[j + 1]] != 0 and found.used[j + 1] != 0
        beside = beside or (j > 0 and numeral[query[j - 1]] != 0 and found.used[j - 1] != 0)
        if beside and _is_numbered(query, j, size, numeral):
            return 1
    return 0


@njit(cache=True)
def _is_hopeless(
    unmet: float, terms: NDArray[np.float64], numbers: ScoringModel
) -> bool:  # pragma: no cover - compiled
    """Whether 字号, trade and legal form are so that nothing which is still to be weighed can mend it."""
    weights = numbers.weights
    trade_other = terms[TRADE_OTHER]
    odds = numbers.constant - weights[TRADE_OTHER] * trade_other + weights[REGION_IN_PLACE]
    for i in range(terms.size):
        odds += weights[i] * terms[i]
    odds += weights[TRADE_OTHER] * min(trade_other, 4.0) / 4.0
    if unmet == 1:
        odds += weights[SLIP]
    elif unmet == 0 and terms[FORM_NONE] > 0:
        odds += weights[SHORT] + weights[SHORT_TWO]
    return bool(odds < numbers.weak_min)


@njit(cache=True)
def _detached(
    labels: NDArray[np.uint8], marks: NDArray[np.uint8], start: int, end: int
) -> bool:  # pragma: no cover - compiled
    """Whether something parts two places of the query: a mark, a legal form, a branch word, noise."""
    for j in range(start, end):
        if marks[j] & (BREAK | OPEN) or labels[j] == FORM or labels[j] == NOISE or labels[j] == BRANCH:
            return True
    return False


@njit(cache=True)
def _inside_form(
    parts: NDArray[np.uint8], found: AlignmentBuffers, size: int, at: int
) -> bool:  # pragma: no cover - compiled
    """Whether an unmet letter stands between characters of the legal form (zeren in youxianzerengongsi)."""
    left = at
    while left >= 0 and found.used[left] == 0:
        left -= 1
    right = at
    while right < size and found.used[right] == 0:
        right += 1
    if left < 0 or right >= size:
        return False
    return bool(parts[found.used[left] - 1] == FORM and parts[found.used[right] - 1] == FORM)


@njit(cache=True)
def _weigh_extras(
    query: NDArray[np.int32],
    parts: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    found: AlignmentBuffers,
    size: int,
    core_low: int,
    core_high: int,
    low: int,
    high: int,
    terms: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled
    """Weigh what the query has and the listed name has not, by where it stands."""
    for j in range(size):
        if found.used[j] != 0:
            continue
        label = labels[j]
        if core_low < j < core_high:
            # What a region in between says, the terms of region say.
            if label == CORE or label == DIGITS or label == TRADE:
                terms[WEDGED] += 1
            elif label == FORM or label == BRANCH:
                terms[WEDGED] += _WEDGED_WORD
    j = core_low - 1
    while j >= 0 and found.used[j] == 0 and labels[j] == CORE and marks[j + 1] & (BREAK | OPEN) == 0:
        terms[GLUED] += 1
        j -= 1
    left = j
    j = core_high + 1
    while j > 0 and j < size and found.used[j] == 0 and labels[j] == CORE and marks[j] & (BREAK | OPEN) == 0:
        terms[GLUED] += 1
        j += 1
    right = j
    for j in range(size):
        if found.used[j] != 0 or core_low < j < core_high or left < j < right:
            continue
        if labels[j] != CORE and labels[j] != TRADE:
            continue
        if query[j] < LATIN_END and _inside_form(parts, found, size, j):
            continue
        if j < low and _detached(labels, marks, j + 1, low + 1):
            continue
        if j > high and _detached(labels, marks, max(high, 0), j + 1):
            continue
        if labels[j] == CORE:
            terms[BESIDE] += 1
        elif not is_group(query[j]):
            terms[TRADE_OTHER] += 1
    terms[GLUED] = min(terms[GLUED], 3.0)
    terms[WEDGED] = min(terms[WEDGED], 4.0)
    terms[BESIDE] = min(terms[BESIDE], 4.0)


@njit(cache=True)
def _weigh_regions(
    listed_regions: NDArray[np.int32],
    labels: NDArray[np.uint8],
    query_regions: NDArray[np.int32],
    meanings: NDArray[np.int32],
    found: AlignmentBuffers,
    parts: NDArray[np.uint8],
    size: int,
    high: int,
    region: int,
    region_met: int,
    terms: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled
    """Weigh the regions of both names by the hierarchy of places."""
    in_place = region > 0 and region_met * 3 >= region * 2
    agrees = in_place
    nested = True
    contradicts = False
    added = False
    seen_form = False
    for j in range(size):
        if labels[j] == FORM and found.used[j] != 0:
            seen_form = True
        if query_regions[j] < 0 or seen_form:
            continue
        end = j + 1
        while end < size and labels[end] == REGION and query_regions[end] < 0:
            end += 1
        as_region = True
        elsewhere = False
        for place in range(j, end):
            met = found.used[place] - 1
            if met < 0:
                as_region = False
            elif parts[met] != REGION:
                elsewhere = True
            elif found.likeness[met] == UNLIKE or found.likeness[met] == SHAPE:
                # 浙江 is not 河北, whatever their characters share.
                as_region = False
        if elsewhere or as_region:
            continue
        if meanings[query_regions[j], 0] == COUNTRY:
            if region == 0:
                terms[COUNTRY_ADDED] = 1
            continue
        any_listed = False
        one_agrees = False
        one_contradicts = False
        for r in range(listed_regions.size):
            if listed_regions[r] < 0 or meanings[listed_regions[r], 0] == COUNTRY:
                continue
            any_listed = True
            if regions_agree(query_regions[j], listed_regions[r], meanings):
                one_agrees = True
                nested = nested and not same_region(query_regions[j], listed_regions[r], meanings)
            else:
                one_contradicts = True
        if any_listed:
            agrees = agrees or one_agrees
            contradicts = contradicts or (one_contradicts and j <= high + 1)
        elif region == 0:
            added = True
    terms[REGION_IN_PLACE] = in_place and not contradicts
    terms[REGION_AGREES] = agrees and not in_place and not contradicts
    terms[REGION_CONTRADICTS] = contradicts
    terms[REGION_NESTED] = terms[REGION_AGREES] > 0 and nested
    terms[REGION_MISSING] = region > 0 and not agrees and not contradicts
    terms[REGION_ADDED] = added and not contradicts
