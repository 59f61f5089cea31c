"""The words that names are made of besides their 字号, as one table for compiled code.

A word's value packs its kind and, for a region, its number: ``kind + 8 * number``.  Regions carry the
codes that a name may mean, so that 福建 and 福州 agree and 福州 and 厦门 do not.
"""

from enum import IntEnum
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.disk_cache import derived
from app.jit import leaf
from app.names.characters import CODES, rows
from app.names.fold import fold
from app.names.hash_table import HashTable, table_of_texts
from app.names.regions import COUNTRY_CODE, Region, RegionLevel, current_code, region_names

KIND_BITS: Final = 3
WORD_LENGTH_MAX: Final = 11
PREFIX: Final = (1 << 30) - 1
"""The value of what only begins a word; its kind is none."""
COUNTRY: Final = int(COUNTRY_CODE)
_MEANINGS_MAX: Final = 6
NO_PROVINCE: Final = np.uint64(1 << 63)
"""The bit that a name without a region sets among its provinces."""
_COUNTRY_WORDS: Final = ("中国", "全国", "中华人民共和国")


class WordKind(IntEnum):
    """What a word of a name is.  CORE is what no word explains: the 字号."""

    CORE = 0
    REGION = 1
    TRADE = 2
    FORM = 3
    BRANCH = 4
    NOISE = 5
    SHORT_REGION = 6
    """A region's short name that is as often a 字号 (长安, 新华): a region only behind another."""


class Words(NamedTuple):
    """What is known of words.

    ``table``: chained code points to packed values, of words and of what they begin with; by region number:
    ``meanings``, the codes of the region (0: none), and ``provinces``, the bit set of the provinces that it may
    lie in (none: the country).  ``form_characters``: whether a code point is in any legal form.
    """

    table: HashTable
    meanings: NDArray[np.int32]
    provinces: NDArray[np.uint64]
    form_characters: NDArray[np.bool_]


@cache
def words() -> Words:
    """Return the words, loaded once."""
    return derived("words", _words)


def _words() -> Words:
    kinds = {
        "FORM": WordKind.FORM,
        "BRANCH": WordKind.BRANCH,
        "NOISE": WordKind.NOISE,
        "GROUP": WordKind.TRADE,
        "TRADE": WordKind.TRADE,
    }
    values: dict[str, int] = {}
    meanings: list[tuple[int, ...]] = [(0,) * _MEANINGS_MAX]
    for name, regions in region_names().items():
        text = fold(name)
        if 1 < len(text) <= WORD_LENGTH_MAX and text.isalpha() and not text.isascii():
            codes = tuple(dict.fromkeys(int(current_code(region.code)) for region in regions))[:_MEANINGS_MAX]
            meanings.append(codes + (0,) * (_MEANINGS_MAX - len(codes)))
            kind = WordKind.REGION if _always_a_region(name, regions) else WordKind.SHORT_REGION
            values[text] = kind | (len(meanings) - 1) << KIND_BITS
    for word, kind_name in rows("words.tsv"):
        text = fold(word)
        if values.get(text, 0) & 7 != WordKind.REGION:
            values[text] = kinds[kind_name]
    for word in _COUNTRY_WORDS:
        meanings.append((int(COUNTRY_CODE),) + (0,) * (_MEANINGS_MAX - 1))
        values[word] = WordKind.REGION | (len(meanings) - 1) << KIND_BITS
    provinces = np.array([_province_bits(codes) for codes in meanings], np.uint64)
    for value in values.values():
        if value & 7 == WordKind.SHORT_REGION:
            # Whoever writes 东方 may mean no region.
            provinces[value >> KIND_BITS] |= NO_PROVINCE
    for text in tuple(values):
        for end in range(1, len(text)):
            values.setdefault(text[:end], PREFIX)
    form_characters = np.zeros(CODES, np.bool_)
    form_characters[[ord(char) for text, value in values.items() if value & 7 == WordKind.FORM for char in text]] = True
    return Words(table_of_texts(values), np.array(meanings, np.int32), provinces, form_characters)


def _province_bits(codes: tuple[int, ...]) -> int:
    return sum({1 << _province_bit(code) for code in codes if code and code != COUNTRY})


def _province_bit(code: int) -> int:
    """Return a bit below 63 for the province of a region code: 11 to 65, then 71, 81 and 82."""
    province = code // 10_000
    return province - 11 if province <= 65 else 60 + (71, 81, 82).index(province)  # noqa: PLR2004 - 新疆 ends the row


@cache
def english_words() -> dict[str, str]:
    """Return English words of trade and form with the Chinese that they stand for."""
    return {row[0]: row[1] for row in rows("english_words.tsv")}


@cache
def _often_cores() -> frozenset[str]:
    """Return the short names of county-level cities that are as often a 字号."""
    return frozenset(name for (name,) in rows("often_cores.tsv"))


def _always_a_region(name: str, regions: tuple[Region, ...]) -> bool:
    """Whether the name means a region wherever it is: a full name, a province, a prefecture."""
    if name in _often_cores():
        return False
    if any(region.level is not RegionLevel.COUNTY for region in regions):
        return True
    if any(name == region.name for region in regions):
        return len(name) > 2 or name[-1] not in "区县"  # noqa: PLR2004 - 城区 says nothing
    return any(region.name.endswith("市") for region in regions)


@leaf
def _nested(outer: int, inner: int) -> bool:  # pragma: no cover - compiled
    if outer == COUNTRY:
        return True
    if outer % 10000 == 0:
        return inner // 10000 == outer // 10000
    if outer % 100 == 0:
        return inner // 100 == outer // 100
    return inner == outer


@leaf
def same_region(one: int, other: int, meanings: NDArray[np.int32]) -> bool:  # pragma: no cover - compiled
    """Whether two region words can mean one place (浙江, 浙江省)."""
    for i in range(meanings.shape[1]):
        for j in range(meanings.shape[1]):
            if meanings[one, i] != 0 and meanings[one, i] == meanings[other, j]:
                return True
    return False


@leaf
def regions_agree(one: int, other: int, meanings: NDArray[np.int32]) -> bool:  # pragma: no cover - compiled
    """Whether two region words can mean places of which one is, or lies in, the other."""
    for i in range(meanings.shape[1]):
        ours = meanings[one, i]
        if ours == 0:
            break
        for j in range(meanings.shape[1]):
            theirs = meanings[other, j]
            if theirs == 0:
                break
            if _nested(ours, theirs) or _nested(theirs, ours):
                return True
    return False
