"""Reading a name by its parts: 行政区划, 字号, 行业, 组织形式, 分支.

A *listed* name is read strictly, by grammar and position; a *query* loosely, wherever its words are,
so that remarks, member numbers and truncation around a name cost nothing.  Both start from the cheapest
cover of the text by known words; what no word covers is 字号.
"""

# ruff: noqa: C901, SIM110, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit
from app.names.hash_table import chain, lookup
from app.names.lexicon import KIND_BITS, PREFIX, WORD_LENGTH_MAX, WordKind, Words, regions_agree

LENGTH_MAX: Final = 160
"""Characters of a name that are read; what lies behind is cut off."""

BREAK: Final = 1
OPEN: Final = 2
CLOSE: Final = 4
SPACE: Final = 8
"""Marks before a character: separator, opening bracket, closing bracket, space."""

CORE: Final = int(WordKind.CORE)
REGION: Final = int(WordKind.REGION)
TRADE: Final = int(WordKind.TRADE)
FORM: Final = int(WordKind.FORM)
BRANCH: Final = int(WordKind.BRANCH)
NOISE: Final = int(WordKind.NOISE)
SHORT_REGION: Final = int(WordKind.SHORT_REGION)
PLACE: Final = 8
"""A region inside the branch part of a listed name (杭州 in 杭州西湖支行)."""
DIGITS: Final = 7

CORE_FULL: Final = 5
"""A 字号 has rarely more characters; what follows in the same run is read as trade."""

_PLACE_ENDINGS: Final = np.array([ord(char) for char in "省市区县旗盟"])
_BANK_FIRST: Final = ord("银")
_BANK_SECOND: Final = ord("行")
_COMMON_BANKS: Final = np.array([[ord(char) for char in word] for word in ("商业", "村镇", "农商", "投资", "信用")])
_UNCOVERED: Final = 1.0
_WORD: Final = 0.35
_SINGLE: Final = 0.9
_MENDED_MAX: Final = 2
_PLACE_SHORT: Final = 2
_OWN_MIN: Final = 2
"""A 字号 of so many characters in front of a trade is all there is of it."""
_SHORT_REGION_RUN: Final = 4
_START_BONUS: Final = 0.05
_LATIN: Final = 0.3
"""What the cover costs for each character that no word covers, each word, each one-character word, each letter."""
_ASCII_END: Final = 128
_DIGIT_ZERO: Final = 48
_DIGIT_NINE: Final = 57


class CoverSpace(NamedTuple):
    """Working space of :func:`segment_query`, by the end of a word.

    ``cost``: what the cover up to there costs; ``back``: where its last word begins; ``value``: the word, or -1.
    """

    cost: NDArray[np.float64]
    back: NDArray[np.int32]
    value: NDArray[np.int32]


def cover_space() -> CoverSpace:
    """Return working space for texts of up to ``LENGTH_MAX`` characters."""
    size = LENGTH_MAX + 1
    return CoverSpace(np.zeros(size), np.zeros(size, np.int32), np.zeros(size, np.int32))


@leaf
def segment_query(
    codes: NDArray[np.int32],
    marks: NDArray[np.uint8],
    size: int,
    words: Words,
    strict: bool,
    labels: NDArray[np.uint8],
    regions: NDArray[np.int32],
    space: CoverSpace,
) -> None:  # pragma: no cover - compiled
    """Label every character by the cheapest cover of the text with words.

    ``labels`` receives a kind for each character, ``regions`` the region number at the first character
    of a region and -1 elsewhere.  ``strict`` (listed names): regions only at the start, in brackets or
    next to a region; no noise.
    """
    table_keys, table_values, meanings = words.table.keys, words.table.values, words.meanings
    cost, back, value = space.cost, space.back, space.value
    for end in range(size + 1):
        cost[end] = np.inf
    cost[0] = 0.0
    value[0] = -1
    for start in range(size):
        here = cost[start]
        alone = _LATIN if codes[start] < _ASCII_END else _UNCOVERED
        if here + alone < cost[start + 1]:
            cost[start + 1] = here + alone
            back[start + 1] = start
            value[start + 1] = -1
        key = np.uint64(0)
        for end in range(start + 1, min(size, start + WORD_LENGTH_MAX) + 1):
            key = chain(key, np.uint64(codes[end - 1]))
            word = lookup(table_keys, table_values, key)
            if word < 0:
                break
            after_region = _is_region(value[start])
            if word == PREFIX or not _may_follow(word & 7, after_region, strict):
                continue
            # 北京江山: 江山 is a place, but not in 北京.
            if (
                after_region
                and _is_region(word)
                and not regions_agree(value[start] >> KIND_BITS, word >> KIND_BITS, meanings)
            ):
                continue
            price = _WORD - (_START_BONUS if start == 0 else 0.0)
            if end == start + 1:
                if not _may_be_alone(word & 7, value[start], marks[start], start, size):
                    continue
                price = _SINGLE
            if here + price < cost[end]:
                cost[end] = here + price
                back[end] = start
                value[end] = word
    _label_cover(codes, size, back, value, labels, regions)


@njit(cache=True, inline="always")
def _is_region(word: int) -> bool:  # pragma: no cover - compiled
    """Whether a word, or none (-1), is a region, perhaps a short one."""
    return word >= 0 and ((word & 7) == REGION or (word & 7) == SHORT_REGION)


@njit(cache=True, inline="always")
def _may_follow(kind: int, after_region: bool, strict: bool) -> bool:  # pragma: no cover - compiled
    """Whether a word of some kind may be there: a short region only behind a region, noise not in a listed name."""
    return (kind != SHORT_REGION or after_region) and not (strict and kind == NOISE)


@njit(cache=True, inline="always")
def _may_be_alone(kind: int, before: int, mark: int, start: int, size: int) -> bool:  # pragma: no cover - compiled
    """Whether a word of one character may be there: of noise only at an edge, of a legal form only at the end."""
    if kind == NOISE:
        return start == 0 or mark != 0 or start + 1 == size or (before >= 0 and (before & 7) == NOISE)
    return kind != FORM or start + 1 == size


@leaf
def _label_cover(
    codes: NDArray[np.int32],
    size: int,
    back: NDArray[np.int32],
    value: NDArray[np.int32],
    labels: NDArray[np.uint8],
    regions: NDArray[np.int32],
) -> None:  # pragma: no cover - compiled
    """Follow the cheapest cover from its end: ``back``, ``value`` [end]: where its last word begins, and the word."""
    for i in range(size):
        regions[i] = -1
    end = size
    while end > 0:
        start = back[end]
        word = value[end]
        if word < 0:
            label = DIGITS if _DIGIT_ZERO <= codes[start] <= _DIGIT_NINE else CORE
        else:
            label = word & 7
            if label == SHORT_REGION:
                label = REGION
            if label == REGION:
                regions[start] = word >> KIND_BITS
        for i in range(start, end):
            labels[i] = label
        end = start


@njit(cache=True)
def segment_listed(
    codes: NDArray[np.int32],
    marks: NDArray[np.uint8],
    size: int,
    words: Words,
    labels: NDArray[np.uint8],
    regions: NDArray[np.int32],
    space: CoverSpace,
) -> tuple[bool, int]:  # pragma: no cover - compiled
    """Label a listed name by its grammar; return whether it has a 字号 of its own, and where its branch begins.

    Without one (深圳市创业投资公司) every character but those of region and legal form is labelled CORE: the
    name is then met as a whole or not at all.
    """
    segment_query(codes, marks, size, words, True, labels, regions, space)
    _release_short_region(codes, size, words, labels, regions)
    branch_at = _branch_start(labels, size)
    _close_regions(labels, regions, marks, size, branch_at)
    _read_branch(codes, labels, regions, size, branch_at)
    _find_core(codes, labels, regions, branch_at)
    _mend_short_core(labels, regions, marks, branch_at)
    _end_core(labels, marks, branch_at)
    _cut_long_core(labels, size)
    _cut_forms(labels, branch_at)
    if _can_be_found(labels, size):
        return True, branch_at
    words_left = False
    for i in range(size):
        words_left = words_left or (labels[i] != FORM and labels[i] != REGION)
    for i in range(size):
        # 大连有限公司 has nothing but its place to be known by.
        if labels[i] != FORM and (labels[i] != REGION or not words_left):
            labels[i] = CORE
            if not words_left:
                regions[i] = -1
    return False, size


@njit(cache=True)
def _can_be_found(labels: NDArray[np.uint8], size: int) -> bool:  # pragma: no cover - compiled
    """Whether there is a 字号, and more of it than one character without a trade behind."""
    core = 0
    trade = 0
    for i in range(size):
        core += labels[i] == CORE
        trade += labels[i] == TRADE
    return core > 1 or (core == 1 and trade > 1)


@njit(cache=True)
def _release_short_region(
    codes: NDArray[np.int32], size: int, words: Words, labels: NDArray[np.uint8], regions: NDArray[np.int32]
) -> None:  # pragma: no cover - compiled
    """Read 东方 of 东方某某 or 河南东方某某 as a region where two characters at least remain for the 字号."""
    start = 0
    while start < size and labels[start] == REGION:
        start += 1
    if size < start + _SHORT_REGION_RUN:
        return
    key = np.uint64(0)
    for i in range(start, start + _SHORT_REGION_RUN):
        if labels[i] != CORE:
            return
        if i < start + 2:  # a short name has two characters
            key = chain(key, np.uint64(codes[i]))
    word = lookup(words.table.keys, words.table.values, key)
    if word >= 0 and (word & 7) == SHORT_REGION:
        labels[start] = REGION
        labels[start + 1] = REGION
        regions[start] = word >> KIND_BITS


@njit(cache=True)
def _branch_start(labels: NDArray[np.uint8], size: int) -> int:  # pragma: no cover - compiled
    """Return where the branch part begins: behind the last legal form (or 银行) before a branch ending."""
    if labels[size - 1] != BRANCH:
        return size
    last = size - 1
    while last > 0 and labels[last] == BRANCH:
        last -= 1
    start = last
    while start >= 0 and labels[start] != FORM:
        start -= 1
    if start < 0:
        start = last
        while start >= 0 and labels[start] != TRADE:
            start -= 1
    return start + 1 if start >= 0 else size


@njit(cache=True)
def _close_regions(
    labels: NDArray[np.uint8],
    regions: NDArray[np.int32],
    marks: NDArray[np.uint8],
    size: int,
    branch_at: int,
) -> None:  # pragma: no cover - compiled
    """Keep a region where the grammar allows one: at the start, in brackets, before the form or the branch."""
    i = 0
    chained = True
    while i < min(size, branch_at):
        if regions[i] < 0:
            chained = False
            i += 1
            continue
        end = i + 1
        while end < size and labels[end] == REGION and regions[end] < 0:
            end += 1
        bracketed = (marks[i] & OPEN) != 0
        before_form = end >= branch_at or labels[end] == FORM
        if not (chained or bracketed or before_form):
            regions[i] = -1
            for j in range(i, end):
                labels[j] = CORE
        i = end


@njit(cache=True)
def _read_branch(
    codes: NDArray[np.int32], labels: NDArray[np.uint8], regions: NDArray[np.int32], size: int, branch_at: int
) -> None:  # pragma: no cover - compiled
    """Label the branch part: its last place or word is identity, places before it are PLACE."""
    last_place = -1
    own = False
    for i in range(branch_at, size):
        if labels[i] == REGION:
            if regions[i] >= 0:
                last_place = i
            regions[i] = -1
            labels[i] = PLACE
        elif labels[i] == CORE and i > branch_at and labels[i - 1] == PLACE and _is_place_ending(codes[i]):
            labels[i] = PLACE
        elif labels[i] == CORE:
            own = True
        elif labels[i] == TRADE or labels[i] == NOISE or labels[i] == FORM:
            labels[i] = CORE
            own = True
    if not own and last_place >= 0:
        # 宁波分行: the place is what tells this branch from the others.
        # 宁波分行 and 宁波市分行 are one.
        i = last_place
        while i < size and labels[i] == PLACE:
            last = i + 1 == size or labels[i + 1] != PLACE
            if not (last and i - last_place >= _PLACE_SHORT and _is_place_ending(codes[i])):
                labels[i] = CORE
            i += 1


@njit(cache=True)
def _is_place_ending(code: int) -> bool:  # pragma: no cover - compiled
    for i in range(_PLACE_ENDINGS.size):
        if code == _PLACE_ENDINGS[i]:
            return True
    return False


@njit(cache=True)
def _find_core(
    codes: NDArray[np.int32],
    labels: NDArray[np.uint8],
    regions: NDArray[np.int32],
    branch_at: int,
) -> None:  # pragma: no cover - compiled
    """Find the 字号 that is a word: 农业 of 中国农业银行, 上海 of 上海银行, 东方 of 中国东方资产管理."""
    bank = -1
    last_region = -1
    places = 0
    for i in range(branch_at):
        if labels[i] == CORE:
            return
        if regions[i] >= 0:
            last_region = i
            places += 1
        if codes[i] == _BANK_FIRST and i + 1 < branch_at and codes[i + 1] == _BANK_SECOND and bank < 0:
            bank = i
    if bank >= _COMMON_BANKS.shape[1] and labels[bank - 1] == TRADE and not _is_common_bank(codes, bank):
        i = bank - 1
        while i >= 0 and labels[i] == TRADE:
            labels[i] = CORE
            i -= 1
    elif last_region >= 0 and (bank >= 0 or places > 1):
        regions[last_region] = -1
        i = last_region
        while i < branch_at and labels[i] == REGION and (i == last_region or regions[i] < 0):
            labels[i] = CORE
            i += 1


@njit(cache=True)
def _is_common_bank(codes: NDArray[np.int32], bank: int) -> bool:  # pragma: no cover - compiled
    """Whether 银行 follows a word of its trade (商业, 村镇, 农商) and not a name (农业, 建设)."""
    first, second = codes[bank - 2], codes[bank - 1]
    for i in range(_COMMON_BANKS.shape[0]):
        if first == _COMMON_BANKS[i, 0] and second == _COMMON_BANKS[i, 1]:
            return True
    return False


@njit(cache=True)
def _mend_short_core(
    labels: NDArray[np.uint8],
    regions: NDArray[np.int32],
    marks: NDArray[np.uint8],
    branch_at: int,
) -> None:  # pragma: no cover - compiled
    """Join a 字号 of one character with the word behind or before it: alone it is mostly a misreading."""
    count = 0
    at = -1
    for i in range(branch_at):
        if labels[i] == CORE:
            count += 1
            at = i
    if count != 1:
        return
    if _starts_with_trade(labels, marks, at):
        # A trade is behind the 字号, never before it: 金融 of 金融街控股 is part of its 字号.
        labels[at - 1] = CORE
        labels[at - 2] = CORE
        return
    if at + 2 < branch_at and labels[at + 1] == TRADE and labels[at + 2] == TRADE:
        labels[at + 1] = CORE
        labels[at + 2] = CORE
        return
    if at > 0 and marks[at] == 0 and labels[at - 1] != FORM:
        j = at - 1
        kind = labels[j]
        while j >= 0 and labels[j] == kind and at - j <= _MENDED_MAX:
            labels[j] = CORE
            if regions[j] >= 0:
                regions[j] = -1
                break
            j -= 1


@njit(cache=True)
def _starts_with_trade(
    labels: NDArray[np.uint8], marks: NDArray[np.uint8], at: int
) -> bool:  # pragma: no cover - compiled
    """Whether a name begins, behind its region, with a trade of two characters right before a place."""
    start = at - 2
    if start < 0 or labels[start] != TRADE or labels[start + 1] != TRADE or (marks[start + 1] | marks[at]) != 0:
        return False
    return bool(start == 0 or labels[start - 1] == REGION)


@njit(cache=True)
def _end_core(labels: NDArray[np.uint8], marks: NDArray[np.uint8], branch_at: int) -> None:  # pragma: no cover
    """Read as trade what no word covers behind the trade: 配置 of 某某金融配置服务 tells no firm from another."""
    start = 0
    while start < branch_at and labels[start] != CORE:
        start += 1
    end = start
    while end < branch_at and labels[end] == CORE:
        end += 1
    if end - start < _OWN_MIN or end + 1 >= branch_at or labels[end] != TRADE or labels[end + 1] != TRADE:
        return
    for i in range(end, branch_at):
        if marks[i] & OPEN != 0:
            return
        if labels[i] == CORE:
            labels[i] = TRADE


@njit(cache=True)
def _cut_long_core(labels: NDArray[np.uint8], size: int) -> None:  # pragma: no cover - compiled
    run = 0
    for i in range(size):
        if labels[i] == CORE:
            run += 1
            if run > CORE_FULL:
                labels[i] = TRADE
        elif labels[i] == TRADE and run > CORE_FULL:
            continue
        else:
            run = 0


@njit(cache=True)
def _cut_forms(labels: NDArray[np.uint8], branch_at: int) -> None:  # pragma: no cover - compiled
    """Read a legal form in the middle of a name (中心 in 中心医院) as trade."""
    i = branch_at - 1
    while i >= 0 and (labels[i] == FORM or labels[i] == REGION or labels[i] == BRANCH):
        i -= 1
    while i >= 0:
        if labels[i] == FORM:
            labels[i] = TRADE
        i -= 1
