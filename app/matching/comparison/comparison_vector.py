"""What an alignment says for and against: some forty readable terms, each a number of one meaning.

The terms speak of parts: how the 字号 is met, whether trade and region confirm or contradict, what the
query has besides.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917, PLR1714, SIM109, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
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
    LATIN_END,
    TRADE_SHAPES_MAX,
    Feature,
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
"""What numbers precede that distinguish one from the other."""


class PartsMet(NamedTuple):
    """How many characters each part of a listed name has, and how many of them are met.

    ``trade_met`` counts one that is only alike for less; ``trade_free``: of 集团, not met.  ``core_low``,
    ``core_high``, ``low``, ``high``: the first and the last place of the query that meets the 字号, and anything.
    """

    core: int
    trade: int
    trade_met: float
    trade_free: int
    form: int
    form_met: int
    branch: int
    branch_met: int
    region: int
    region_met: int
    core_low: int
    core_high: int
    low: int
    high: int


@leaf
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
    met = count_parts(parts, listed, branch_at, query, labels, size, tables.numeral, found, terms)
    unmet = terms[Feature.CORE_UNLIKE] + terms[Feature.CORE_MISSING]
    weigh_core(met.core, coreless, terms)
    terms[Feature.FORM_NONE] = not _has_form(parts, query, labels, size, found)
    weigh_form_and_trade(met, terms)
    if _is_hopeless(unmet, terms, numbers):
        terms[Feature.BEYOND_REACH] = 1
        return
    terms[Feature.BEYOND_REACH] = not shares_blocking_key(
        parts, listed, coreless, provinces_meet, query, size, numbers.reach, tables, found
    )
    terms[Feature.NUMERAL_CONFLICT] += _other_number(listed, query, size, tables.numeral, found)
    _weigh_extras(query, parts, labels, marks, found, size, met, terms)
    terms[Feature.TRADE_OTHER] = min(terms[Feature.TRADE_OTHER], 4.0) / 4.0
    _weigh_regions(listed_regions, labels, query_regions, meanings, found, parts, size, met, terms)
    if met.branch > 0:
        terms[Feature.BRANCH_UNMET] = met.branch_met == 0
    terms[Feature.BARE] = met.trade > 0 and met.trade_met == 0 and terms[Feature.REGION_AGREES] == 0
    _weigh_rest_of_query(labels, size, found, terms)
    weigh_shortness_and_slip(met, terms)
    extra = terms[Feature.WEDGED] + terms[Feature.GLUED] + terms[Feature.BESIDE]
    is_branch = branch_at < parts.size
    if is_branch and ((unmet > 0 and terms[Feature.SLIP] == 0) or extra >= 2):  # noqa: PLR2004 - more than a slip
        # Banks share words and places with all their sisters: only a lone slip is forgiven.
        terms[Feature.BRANCH_UNMET] = 1


@leaf
def count_parts(
    parts: NDArray[np.uint8],
    listed: NDArray[np.int32],
    branch_at: int,
    query: NDArray[np.int32],
    labels: NDArray[np.uint8],
    size: int,
    numeral: NDArray[np.uint8],
    found: AlignmentBuffers,
    terms: NDArray[np.float64],
) -> PartsMet:  # pragma: no cover - compiled
    """Count how much of each part is met; fill the terms that are such counts."""
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
    for i in range(parts.size):
        kind = found.likeness[i]
        part = parts[i]
        met = kind < UNLIKE or kind == SWAPPED
        if met:
            low = min(low, found.met_from[i])
            high = max(high, found.met_to[i] - 1)
        if part == CORE:
            core += 1
            if kind != MISSING:
                terms[Feature.CORE_IN_REGION] += labels[found.met_from[i]] == REGION
                core_low = min(core_low, found.met_from[i])
                core_high = max(core_high, found.met_to[i] - 1)
            _count_core(kind, i >= branch_at, terms)
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
            terms[Feature.PLACE_UNMET] = 1
        elif part == DIGITS and not met:
            terms[Feature.NUMERAL_CONFLICT] += 1
        if kind == UNLIKE:
            given = found.met_from[i]
            _count_unlike(part, labels[given], listed[i], query[given], numeral, terms)
    return PartsMet(
        core, trade, trade_met, trade_free, form, form_met, branch, branch_met, region, region_met,
        core_low, core_high, low, high,
    )  # fmt: skip


@leaf
def _count_core(kind: int, in_branch: bool, terms: NDArray[np.float64]) -> None:  # pragma: no cover - compiled
    """Count one character of the 字号 by what it is met by."""
    if kind == SOUND:
        terms[Feature.CORE_SOUND] += 1
    elif kind == SHAPE or kind == SPLIT:
        terms[Feature.CORE_SHAPE] += 1
    elif kind == SOUTHERN:
        terms[Feature.CORE_SOUTHERN] += 1
    elif kind == PINYIN:
        terms[Feature.CORE_PINYIN] += 1
    elif kind == INITIAL:
        terms[Feature.CORE_INITIAL] += 1
    elif kind == SWAPPED:
        terms[Feature.CORE_SWAPPED] += 1
    elif kind == UNLIKE:
        terms[Feature.CORE_UNLIKE] += 1
        terms[Feature.BRANCH_CORE_UNMET] += in_branch
    elif kind == MISSING:
        terms[Feature.CORE_MISSING] += 1
        terms[Feature.BRANCH_CORE_UNMET] += in_branch


@leaf
def _count_unlike(
    part: int, label: int, listed: int, given: int, numeral: NDArray[np.uint8], terms: NDArray[np.float64]
) -> None:  # pragma: no cover - compiled
    """Count a listed character in whose place another one is written."""
    if part != FORM and numeral[listed] != 0 and numeral[given] != 0:
        terms[Feature.NUMERAL_CONFLICT] += 1
    if part == TRADE and label == TRADE:
        terms[Feature.TRADE_OTHER] += 1
    elif part != CORE and part != FORM:
        terms[Feature.UNLIKE_REST] += (label == CORE or label == TRADE) and not is_group(given)


@leaf
def weigh_core(core: int, coreless: bool, terms: NDArray[np.float64]) -> None:  # pragma: no cover - compiled
    """Fill what follows from the length of the 字号."""
    unmet = terms[Feature.CORE_UNLIKE] + terms[Feature.CORE_MISSING]
    terms[Feature.CORE_UNMET_SHARE] = unmet / max(core, 1)
    terms[Feature.CORE_ONE] = core == 1
    terms[Feature.CORE_THREE] = core == 3  # noqa: PLR2004 - the length that the term is named for
    terms[Feature.CORE_LONG] = core > 3  # noqa: PLR2004
    terms[Feature.CORE_TWO_SHAPE] = terms[Feature.CORE_SHAPE] if core <= 2 else 0.0  # noqa: PLR2004
    terms[Feature.CORELESS] = coreless
    terms[Feature.LATIN] = terms[Feature.CORE_PINYIN] == core and core > 0


@leaf
def _has_form(
    parts: NDArray[np.uint8],
    query: NDArray[np.int32],
    labels: NDArray[np.uint8],
    size: int,
    found: AlignmentBuffers,
) -> bool:  # pragma: no cover - compiled
    """Whether the query has a legal form, perhaps spelled in letters."""
    for j in range(size):
        spelled = query[j] < LATIN_END and found.used[j] > 0 and parts[found.used[j] - 1] == FORM
        if spelled or has_form_character(labels[j], query[j], j):
            return True
    return False


@leaf
def weigh_form_and_trade(met: PartsMet, terms: NDArray[np.float64]) -> None:  # pragma: no cover - compiled
    """Fill how much of the legal form and of the trade is met."""
    if met.form > 0:
        terms[Feature.FORM_MET] = met.form_met / met.form
    if met.trade == 0:
        terms[Feature.TRADE_NONE] = 1
        return
    like = terms[Feature.CORE_SOUND] + terms[Feature.CORE_SHAPE] + terms[Feature.CORE_SOUTHERN]
    unmet = terms[Feature.CORE_UNLIKE] + terms[Feature.CORE_MISSING]
    free = met.trade_free if unmet + like == 0 else 0
    terms[Feature.TRADE_MET] = (met.trade_met + free) / met.trade
    terms[Feature.TRADE_LENGTH] = min(met.trade_met, 6.0) / 6.0
    lacking = min(met.trade - free - met.trade_met, 4.0) / 4.0
    terms[Feature.TRADE_DROPPED if terms[Feature.FORM_NONE] else Feature.TRADE_UNMET] = lacking


@leaf
def _weigh_rest_of_query(
    labels: NDArray[np.uint8], size: int, found: AlignmentBuffers, terms: NDArray[np.float64]
) -> None:  # pragma: no cover - compiled
    """Fill whether the query has a 字号 at all, and a branch word that the listed name has not."""
    terms[Feature.QUERY_CORELESS] = 1
    for j in range(size):
        if labels[j] == CORE or labels[j] == DIGITS:
            terms[Feature.QUERY_CORELESS] = 0
        elif labels[j] == BRANCH and found.used[j] == 0:
            terms[Feature.BRANCH_ADDED] = 1


@leaf
def weigh_shortness_and_slip(met: PartsMet, terms: NDArray[np.float64]) -> None:  # pragma: no cover - compiled
    """Fill whether the query is the whole 字号 and little more, or the whole name but for one character."""
    unmet = terms[Feature.CORE_UNLIKE] + terms[Feature.CORE_MISSING]
    others = terms[Feature.CORE_SOUND] + terms[Feature.CORE_SHAPE] + terms[Feature.CORE_SOUTHERN]
    others += terms[Feature.CORE_INITIAL] + terms[Feature.CORE_SWAPPED]
    others += terms[Feature.WEDGED] + terms[Feature.GLUED] + terms[Feature.BESIDE]
    others += terms[Feature.TRADE_OTHER] + terms[Feature.UNLIKE_REST]
    if terms[Feature.FORM_NONE] and unmet == 0 and others == 0 and terms[Feature.CORE_PINYIN] == 0:
        terms[Feature.SHORT] = 1
        terms[Feature.SHORT_TWO] = met.core <= 2  # noqa: PLR2004
    if (
        unmet == 1
        and terms[Feature.PLACE_UNMET] == 0
        and others == 0
        and met.trade_met == met.trade
        and met.region_met == met.region
        and met.form_met == met.form
    ):
        terms[Feature.SLIP] = 1


@leaf
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


@leaf
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


@leaf
def _is_hopeless(
    unmet: float, terms: NDArray[np.float64], numbers: ScoringModel
) -> bool:  # pragma: no cover - compiled
    """Whether 字号, trade and legal form are so that nothing which is still to be weighed can mend it."""
    weights = numbers.weights
    trade_other = terms[Feature.TRADE_OTHER]
    odds = numbers.constant - weights[Feature.TRADE_OTHER] * trade_other + weights[Feature.REGION_IN_PLACE]
    for i in range(terms.size):
        odds += weights[i] * terms[i]
    odds += weights[Feature.TRADE_OTHER] * min(trade_other, 4.0) / 4.0
    if unmet == 1:
        odds += weights[Feature.SLIP]
    elif unmet == 0 and terms[Feature.FORM_NONE] > 0:
        odds += weights[Feature.SHORT] + weights[Feature.SHORT_TWO]
    return bool(odds < numbers.weak_min)


@leaf
def _detached(
    labels: NDArray[np.uint8], marks: NDArray[np.uint8], start: int, end: int
) -> bool:  # pragma: no cover - compiled
    """Whether something parts two places of the query: a mark, a legal form, a branch word, noise."""
    for j in range(start, end):
        if marks[j] & (BREAK | OPEN) or labels[j] == FORM or labels[j] == NOISE or labels[j] == BRANCH:
            return True
    return False


@leaf
def _inside_form(
    parts: NDArray[np.uint8], found: AlignmentBuffers, size: int, at: int
) -> bool:  # pragma: no cover - compiled
    """Whether an unmet letter is between characters of the legal form (zeren in youxianzerengongsi)."""
    left = at
    while left >= 0 and found.used[left] == 0:
        left -= 1
    right = at
    while right < size and found.used[right] == 0:
        right += 1
    if left < 0 or right >= size:
        return False
    return bool(parts[found.used[left] - 1] == FORM and parts[found.used[right] - 1] == FORM)


@leaf
def _weigh_glued(
    labels: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    found: AlignmentBuffers,
    size: int,
    core_low: int,
    core_high: int,
    terms: NDArray[np.float64],
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Count foreign characters glued to a 字号; return the places before and behind them."""
    j = core_low - 1
    while j >= 0 and found.used[j] == 0 and labels[j] == CORE and marks[j + 1] & (BREAK | OPEN) == 0:
        terms[Feature.GLUED] += 1
        j -= 1
    left = j
    j = core_high + 1
    while j > 0 and j < size and found.used[j] == 0 and labels[j] == CORE and marks[j] & (BREAK | OPEN) == 0:
        terms[Feature.GLUED] += 1
        j += 1
    right = j
    return left, right


@leaf
def _weigh_extras(
    query: NDArray[np.int32],
    parts: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    found: AlignmentBuffers,
    size: int,
    met: PartsMet,
    terms: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled
    """Weigh what the query has and the listed name has not, by where it is."""
    core_low, core_high, low, high = met.core_low, met.core_high, met.low, met.high
    for j in range(size):
        if found.used[j] != 0:
            continue
        label = labels[j]
        if core_low < j < core_high:
            # What a region in between says, the terms of region say.
            if label == CORE or label == DIGITS or label == TRADE:
                terms[Feature.WEDGED] += 1
            elif label == FORM or label == BRANCH:
                terms[Feature.WEDGED] += _WEDGED_WORD
    left, right = _weigh_glued(labels, marks, found, size, core_low, core_high, terms)
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
            terms[Feature.BESIDE] += 1
        elif not is_group(query[j]):
            terms[Feature.TRADE_OTHER] += 1
    terms[Feature.GLUED] = min(terms[Feature.GLUED], 3.0)
    terms[Feature.WEDGED] = min(terms[Feature.WEDGED], 4.0)
    terms[Feature.BESIDE] = min(terms[Feature.BESIDE], 4.0)


@leaf
def _is_met_as_one(
    start: int, end: int, parts: NDArray[np.uint8], found: AlignmentBuffers
) -> bool:  # pragma: no cover - compiled
    """Whether a region of the query meets one of the listed name, or some of it what is no region there."""
    as_region = True
    for place in range(start, end):
        met = found.used[place] - 1
        if met < 0:
            as_region = False
        elif parts[met] != REGION:
            return True
        elif found.likeness[met] == UNLIKE or found.likeness[met] == SHAPE:
            # 浙江 is not 河北, whatever their characters share.
            as_region = False
    return as_region


@leaf
def _weigh_regions(
    listed_regions: NDArray[np.int32],
    labels: NDArray[np.uint8],
    query_regions: NDArray[np.int32],
    meanings: NDArray[np.int32],
    found: AlignmentBuffers,
    parts: NDArray[np.uint8],
    size: int,
    parts_met: PartsMet,
    terms: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled
    """Weigh the regions of both names by the hierarchy of places."""
    region, region_met, high = parts_met.region, parts_met.region_met, parts_met.high
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
        if _is_met_as_one(j, end, parts, found):
            continue
        if meanings[query_regions[j], 0] == COUNTRY:
            if region == 0:
                terms[Feature.COUNTRY_ADDED] = 1
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
    terms[Feature.REGION_IN_PLACE] = in_place and not contradicts
    terms[Feature.REGION_AGREES] = agrees and not in_place and not contradicts
    terms[Feature.REGION_CONTRADICTS] = contradicts
    terms[Feature.REGION_NESTED] = terms[Feature.REGION_AGREES] > 0 and nested
    terms[Feature.REGION_MISSING] = region > 0 and not agrees and not contradicts
    terms[Feature.REGION_ADDED] = added and not contradicts
