"""Listed names that are met as wholes: venues without 字号, brands and platforms without a legal form.

Their parts decide nothing: 天津金融资产交易所 has no 字号, 支付样借呗 no trade.  So a query that is such a name but
for one slip (a character that is wrong, missing, too much, or two neighbours swapped) is looked up by what
remains without one character, which both then share.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from app.names.characters import Characters, characters, rows
from app.names.fold import fold
from app.names.legal_forms import split_legal_form
from app.names.regions import region_names

_LENGTH_MAX: Final = 16
_ANY_SLIP_MIN: Final = 5
"""Of a shorter brand, a character must at least sound like what it stands for."""
_BRAND_MIN: Final = 3
_OWN_MIN: Final = 3
"""So many characters of a name are its own; 川金贷 and 中金贷 share nothing but what all lenders are called."""
_GENERIC: Final = re.compile(
    "(?:贷网|网贷|贷|网|融|投资|担保|金服|金融|财富|理财|基金|所|投|宝|盘|汇|通|交易中心|交易所|资本|在线){1,12}$"
)
_VENUE_MIN: Final = 6
_HAN_FIRST: Final = "\u3400"
_WORD_MAX: Final = 6


class Slip(NamedTuple):
    """A listed row that a query is but for one slip; whether the character sounds alike, is moved, or is twice."""

    row: int
    is_alike: bool
    is_doubled: bool = False


class WholeNames:
    """The listed rows that are met as wholes, by what remains of each without one character."""

    def __init__(self, folded: Sequence[str], is_coreless: Sequence[bool]) -> None:
        self._stem: dict[int, str] = {}
        for row, text in enumerate(folded):
            stem, form = split_legal_form(text)
            is_whole = (is_coreless[row] and len(stem) >= _VENUE_MIN) or (not form and len(stem) >= _BRAND_MIN)
            if is_whole and len(stem) <= _LENGTH_MAX and _is_chinese(stem):
                self._stem[row] = stem
        self._rows = _by_what_remains(self._stem)

    def __getstate__(self) -> tuple[dict[int, str]]:
        """Return what the rest follows from.

        To unpickle the rest would keep everybody else in a process waiting, and takes hardly less time than to make it.
        """
        return (self._stem,)

    def __setstate__(self, state: tuple[dict[int, str]]) -> None:
        (self._stem,) = state
        self._rows = _by_what_remains(self._stem)

    def slips(self, folded: str) -> Iterator[Slip]:
        """Yield the rows that a query without marks is but for one slip."""
        if not self._rows:
            return
        stem, form = split_legal_form(folded)
        if not _BRAND_MIN <= len(stem) <= _LENGTH_MAX + 1:
            return
        seen: set[int] = set()
        for key in _without_one(stem):
            for row in self._rows.get(key, ()):
                if row in seen:
                    continue
                seen.add(row)
                doubled = _is_doubled(self._stem[row], stem)
                alike = True if doubled else _one_slip(self._stem[row], stem)
                if alike is not None and (not form or len(stem) >= _VENUE_MIN):
                    yield Slip(row, alike, doubled)


def may_be_whole(folded: str) -> bool:
    """Whether a query may be met as a whole at all: quick, for of companies only venues are."""
    return not folded.endswith("公司") or "交" in folded or "产权" in folded


def _is_chinese(text: str) -> bool:
    return all(char >= _HAN_FIRST for char in text)


def _by_what_remains(stems: Mapping[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row, stem in stems.items():
        for key in _without_one(stem):
            found[key].append(row)
    return found


def _without_one(text: str) -> Iterator[str]:
    """Yield the text itself and the text without each of its characters."""
    yield text
    for place in range(len(text)):
        yield text[:place] + text[place + 1 :]


def _one_slip(listed: str, given: str) -> bool | None:
    """Return whether the one slip between two names is a swap or a character that sounds alike; None for no slip."""
    start = 0
    while start < min(len(listed), len(given)) and listed[start] == given[start]:
        start += 1
    end = 0
    while end < min(len(listed), len(given)) - start and listed[-1 - end] == given[-1 - end]:
        end += 1
    ours, theirs = listed[start : len(listed) - end], given[start : len(given) - end]
    if not ours and not theirs:
        return None
    if len(ours) == len(theirs) == 2 and ours == theirs[::-1]:  # noqa: PLR2004 - neighbours swapped
        return True
    own = min(len(_GENERIC.sub("", listed)), len(_GENERIC.sub("", given)))
    is_long = min(len(listed), len(given)) >= _ANY_SLIP_MIN and own >= _OWN_MIN
    # Another word in its place is another name: 股权 is not 林权, 湖北 not 湖南, 陕西 not 山西.
    if theirs and _is_in_word(given, start):
        return None
    if len(ours) == len(theirs) == 1 and own >= _OWN_MIN and _sound_alike(ours, theirs):
        return True
    return False if is_long and max(len(ours), len(theirs)) == 1 else None


def _is_doubled(listed: str, given: str) -> bool:
    """Whether a name is the listed one but for a character that was written twice (样易易通)."""
    if len(given) != len(listed) + 1 or len(listed) < _ANY_SLIP_MIN:
        return False
    return any(
        given[place] == given[place - 1] and given[:place] + given[place + 1 :] == listed
        for place in range(1, len(given))
    )


def _sound_alike(one: str, other: str) -> bool:
    """Whether two characters sound the same, tones aside."""
    tables: Characters = characters()
    a, b = ord(one), ord(other)
    if max(a, b) >= tables.symbol.size:
        return False
    return bool({sound for sound in tables.syllables[a].tolist() if sound} & set(tables.syllables[b].tolist()))


def _is_in_word(text: str, place: int) -> bool:
    """Whether a character of a text is in a word of two characters or more that is known."""
    return any(
        text[start:end] in _known_words()
        for start in range(max(0, place - _WORD_MAX), place + 1)
        for end in range(max(place + 1, start + 2), min(len(text), start + _WORD_MAX) + 1)
    )


@cache
def _known_words() -> frozenset[str]:
    """Return the folded words of trade and the regions."""
    trades = (fold(word) for word, kind in rows("words.tsv") if kind in {"TRADE", "GROUP"})
    return frozenset(trades) | frozenset(fold(name) for name in region_names())
