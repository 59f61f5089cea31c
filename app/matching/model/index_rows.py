"""From entries to the rows of a catalogue: each listed name, and the short forms it is known by."""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.model.readings import brand_stem, initials, without_group
from app.matching.model.types import Entry, NameType
from app.matching.model.venue_class import venue_class
from app.names.characters import rows
from app.names.fold import fold


class RowKind(IntEnum):
    """What a row is: a legal or former name, another name, or what was made from one.

    That is a short form, the name with its ending as the class of venues, or what remains without 控股 and 国际.
    """

    LEGAL = 0
    OTHER = 1
    SHORT_FORM = 2
    VENUE_CLASS = 3
    STEM = 4


class Rows(NamedTuple):
    """Texts of a catalogue; for each the entry, the name in it, and the kind, as parallel arrays."""

    texts: list[str]
    entry: NDArray[np.int32]
    name: NDArray[np.int16]
    kind: NDArray[np.uint8]


_LEGAL_TYPES = frozenset({NameType.LEGAL, NameType.FORMER})


def rows_of(entries: Sequence[Entry]) -> Rows:
    """Return the rows of the entries, in their order."""
    texts: list[str] = []
    owner: list[int] = []
    place: list[int] = []
    kind: list[int] = []
    for e, entry in enumerate(entries):
        for n, name in enumerate(entry.names):
            texts.append(name.text)
            owner.append(e)
            place.append(n)
            kind.append(RowKind.LEGAL if name.type in _LEGAL_TYPES else RowKind.OTHER)
            for text, of in _other_forms(name.text):
                texts.append(text)
                owner.append(e)
                place.append(n)
                kind.append(of)
    return Rows(texts, np.array(owner, np.int32), np.array(place, np.int16), np.array(kind, np.uint8))


def _other_forms(text: str) -> tuple[tuple[str, RowKind], ...]:
    """Return the forms of a name, made from it, under which it is also looked for."""
    found = dict.fromkeys(short_forms(text), RowKind.SHORT_FORM)
    folded = fold(text)
    found.setdefault(venue_class(folded), RowKind.VENUE_CLASS)
    found.setdefault(brand_stem(folded), RowKind.STEM)
    found.setdefault(without_group(folded), RowKind.STEM)
    found.setdefault(initials(folded), RowKind.STEM)
    found.pop(folded, None)
    return tuple(found.items())


def short_forms(text: str) -> tuple[str, ...]:
    """Return a name with each of its long words in its usual short form (文化产权交易所: 文交所), and back."""
    heads = _long_words()
    found: list[str] = []
    if any(head in text for head in heads):
        folded = fold(text)
        for long, short in _abbreviations():
            if long in folded:
                found.append(folded.replace(long, short))
            elif short in folded and len(short) > 2:  # noqa: PLR2004 - 工行 may be part of another word
                found.append(folded.replace(short, long))
    return tuple(dict.fromkeys(found))


@cache
def _abbreviations() -> tuple[tuple[str, str], ...]:
    return tuple((long, short) for long, short in rows("abbreviations.tsv"))


@cache
def _long_words() -> tuple[str, ...]:
    """Return what any long or short form holds, to pass over most names quickly."""
    return ("交易", "银行", "交所", "交中心", "信用", "中国")
