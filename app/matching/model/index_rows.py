"""From entries to the rows of a catalogue: each listed name, and the short forms it is known by."""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.model.types import Entry, NameType
from app.names.characters import rows
from app.names.fold import fold


class RowKind(IntEnum):
    """What stands in a row: a legal or former name, another name, or a short form made from a name."""

    LEGAL = 0
    OTHER = 1
    SHORT_FORM = 2


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
            for short in short_forms(name.text):
                texts.append(short)
                owner.append(e)
                place.append(n)
                kind.append(RowKind.SHORT_FORM)
    return Rows(texts, np.array(owner, np.int32), np.array(place, np.int16), np.array(kind, np.uint8))


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
