"""Sounds, shapes and parts of characters, as arrays indexed by code point.

Characters beyond the Basic Multilingual Plane share the codes of the private use area; two of them
that fall together are at worst taken for alike, never for equal (equality compares texts).
"""

from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.disk_cache import derived
from app.names.fold import is_gb2312
from app.names.hash_table import HashTable, table_of_texts

CODES: Final = 0x10000
READINGS_MAX: Final = 3
FAMILIES_MAX: Final = 8
SPLITS_MAX: Final = 3
SPLIT_PARTS_MAX: Final = 3
SYLLABLE_LETTERS_MAX: Final = 6
LETTER_A: Final = ord("a")
LETTER_Z: Final = ord("z")
_FAMILY_SIZE_MAX: Final = 120
_NUMERALS: Final = (
    "0零〇",
    "1一壹弌",
    "2二贰弍两",
    "3三叁弎",
    "4四肆",
    "5五伍",
    "6六陆",
    "7七柒",
    "8八捌",
    "9九玖",
    "十拾",
    "百佰",
    "千仟",
)
_SOUTHERN_INITIALS: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"))
_SOUTHERN_FINALS: Final = (("ang", "an"), ("eng", "en"), ("ing", "in"))


class Characters(NamedTuple):
    """What is known of every code point.

    ``syllables``: up to three readings, tone-blind, commonest first (0: none).  ``symbol``: the class of
    its commonest reading after the southern mergers, or a class of its own: what candidate search sees.
    ``families``: groups of characters that look alike or share a component (0: none); ``bloom``: the
    same as a bit set.  ``splits``: its components, as somebody may write them one after another.
    ``numeral``: 1 + the value class of a numeral.  ``heard``: a bit set of its merged readings and its
    value: no bit in common, no likeness by sound.  ``loose``: the character that it can be taken for.
    ``merged``: the class of a syllable after the mergers; ``letters``: its spelling, zero-padded.
    ``spelling``, ``composed``: from letters to a syllable, from components to the character that they make;
    ``composed_first``: whether any components begin with the character.
    """

    syllables: NDArray[np.int16]
    symbol: NDArray[np.int32]
    families: NDArray[np.int16]
    bloom: NDArray[np.uint64]
    splits: NDArray[np.uint16]
    numeral: NDArray[np.uint8]
    heard: NDArray[np.uint64]
    loose: NDArray[np.uint16]
    merged: NDArray[np.int32]
    letters: NDArray[np.uint8]
    spelling: HashTable
    composed: HashTable
    composed_first: NDArray[np.bool_]


def rows(file: str) -> list[list[str]]:
    """Return the tab-separated rows of a data file, without its header."""
    text = files("app.names").joinpath("data", file).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


def merge_southern(syllable: str) -> str:
    """Return a syllable after the mergers of southern speech: zh=z, ch=c, sh=s, n=l, f=h, -ng=-n."""
    for heard, said in _SOUTHERN_INITIALS:
        if syllable.startswith(heard) and len(syllable) > len(heard):
            syllable = said + syllable.removeprefix(heard)
            break
    for heard, said in _SOUTHERN_FINALS:
        if syllable.endswith(heard):
            return syllable.removesuffix(heard) + said
    return syllable


@cache
def characters() -> Characters:
    """Return the tables, loaded once."""
    return derived("characters", _characters)


def _characters() -> Characters:
    readings = {char: text.split() for char, text in rows("readings.tsv")}
    names = sorted({syllable for own in readings.values() for syllable in own})
    number = {name: 1 + i for i, name in enumerate(names)}
    classes = {name: i for i, name in enumerate(sorted({merge_southern(name) for name in names}))}

    merged = np.zeros(len(names) + 1, np.int32)
    letters = np.zeros((len(names) + 1, SYLLABLE_LETTERS_MAX), np.uint8)
    for name, i in number.items():
        merged[i] = classes[merge_southern(name)]
        letters[i, : len(name)] = np.frombuffer(name.encode(), np.uint8)

    syllables = np.zeros((CODES, READINGS_MAX), np.int16)
    symbol = np.arange(CODES, dtype=np.int32) + len(classes)
    for char, own in readings.items():
        for i, name in enumerate(own[:READINGS_MAX]):
            syllables[ord(char), i] = number[name]
        symbol[ord(char)] = merged[number[own[0]]]

    numeral = _numerals(symbol)
    heard = _heard(syllables, merged, numeral)
    loose = np.arange(CODES, dtype=np.uint16)
    for char, like in rows("homoglyphs.tsv"):
        loose[ord(char)] = ord(like)

    parts = {char: text.split() for char, text in rows("components.tsv")}
    splits = np.zeros((CODES, SPLITS_MAX, SPLIT_PARTS_MAX), np.uint16)
    composed: dict[str, int] = {}
    # What two characters are made of stands for the common one (挤, not 㨈), so that a split means one character.
    for char, ways in sorted(parts.items(), key=lambda item: not is_gb2312(item[0])):
        for i, way in enumerate(ways[:SPLITS_MAX]):
            if char in readings and ord(char) < CODES and max(map(ord, way)) < CODES and way not in composed:
                composed[way] = ord(char)
                splits[ord(char), i, : len(way)] = list(map(ord, way))
    composed_first = np.zeros(CODES, np.bool_)
    composed_first[[ord(way[0]) for way in composed]] = True
    families, bloom = _families(parts)
    return Characters(
        syllables,
        symbol,
        families,
        bloom,
        splits,
        numeral,
        heard,
        loose,
        merged,
        letters,
        table_of_texts(number),
        table_of_texts(composed),
        composed_first,
    )


def _numerals(symbol: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return the value class of every numeral, and give all writings of one value the same symbol."""
    numeral = np.zeros(CODES, np.uint8)
    for value, group in enumerate(_NUMERALS):
        for char in group:
            numeral[ord(char)] = 1 + value
            symbol[ord(char)] = symbol[ord(group[1])]
    return numeral


def _heard(syllables: NDArray[np.int16], merged: NDArray[np.int32], numeral: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return for every code point the bit set of its merged readings and of its value."""
    one = np.uint64(1)
    heard = np.zeros(CODES, np.uint64)
    for column in range(READINGS_MAX):
        bits = one << (merged[syllables[:, column]] % 64).astype(np.uint64)
        heard |= np.where(syllables[:, column] > 0, bits, np.uint64(0))
    return heard | np.where(numeral > 0, one << numeral.astype(np.uint64), np.uint64(0))


def _families(parts: dict[str, list[str]]) -> tuple[NDArray[np.int16], NDArray[np.uint64]]:
    """Return for every code point the groups of characters that look like it."""
    members: dict[str, set[str]] = defaultdict(set)
    for char, ways in parts.items():
        for part in {part for way in ways for part in way}:
            members[part].update((char, part))
    for number, (group,) in enumerate(rows("shapes.tsv")):
        members[f"shapes {number}"].update(group)
    # The smallest families say most: 亢 of 杭 and 炕, rather than their 木 and 火.
    by_size = sorted((len(chars), name) for name, chars in members.items() if 1 < len(chars) <= _FAMILY_SIZE_MAX)
    families = np.zeros((CODES, FAMILIES_MAX), np.int16)
    filled = np.zeros(CODES, np.int32)
    bloom = np.zeros(CODES, np.uint64)
    for family, (_, name) in enumerate(by_size, start=1):
        for char in members[name]:
            code = ord(char)
            if code < CODES and filled[code] < FAMILIES_MAX:
                families[code, filled[code]] = family
                filled[code] += 1
                bloom[code] |= np.uint64(1 << (family % 64))
    return families, bloom
