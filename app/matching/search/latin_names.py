"""Names in Latin letters, compared word by word: other order, EXCH for Exchange, Co Ltd left out, syllables joined.

A foreign name has no 字号, and its words come in any order.  The rows that share a word which few names have are
compared by rapidfuzz, without legal forms and with abbreviations written out.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from app.names.fold import fold_marked
from app.names.lexicon import english_words

_WORD: Final = re.compile("[a-z0-9]+")
_WRITTEN_OUT: Final = {
    "exch": "exchange",
    "exchg": "exchange",
    "xchg": "exchange",
    "intl": "international",
    "int": "international",
    "ctr": "center",
    "centre": "center",
    "comm": "commodity",
    "cmdty": "commodity",
    "commodities": "commodity",
    "mkt": "market",
    "tech": "technology",
    "mgmt": "management",
    "mgt": "management",
    "inv": "investment",
    "investments": "investment",
    "grp": "group",
    "fin": "financial",
    "elec": "electronic",
    "svc": "service",
    "services": "service",
    "dev": "development",
    "hk": "hongkong",
    "metals": "metal",
}
_FORMS: Final = ("co", "company", "ltd", "limited", "coltd", "inc", "incorporated", "corp", "corporation", "llc", "plc")
_LEFT_OUT: Final = frozenset({*_FORMS, "the", "of", "and", "for"})
_RARE_SHARE: Final = 0.02
_RARE_MIN: Final = 20
_WORDS_MIN: Final = 2
_LETTERS_MIN: Final = 8
_ALIKE_MIN: Final = 92.0
_WORD_ALIKE_MIN: Final = 75.0
_CANDIDATES_MAX: Final = 200


class LatinMatch(NamedTuple):
    """A listed row that a Latin query is; whether every word is met by itself."""

    row: int
    is_equal: bool


class LatinNames:
    """The listed rows in Latin letters, by the words that few of them have."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words: dict[int, tuple[str, ...]] = {}
        self._rows: dict[str, list[int]] = defaultdict(list)
        self._joined: dict[str, list[int]] = defaultdict(list)
        for row, text in enumerate(texts):
            own = _words_of(text)
            if own and len(own) >= _WORDS_MIN:
                self._words[row] = own
                self._joined["".join(own)].append(row)
                for word in set(own):
                    self._rows[word].append(row)
        often = max(_RARE_MIN, _RARE_SHARE * len(self._words))
        self._often = {word for word, rows in self._rows.items() if len(rows) > often}

    def matches(self, text: str) -> Iterator[LatinMatch]:
        """Yield the rows that a text is."""
        if not self._words or not text[:1].isascii():
            return
        own = _words_of(text)
        if not own or sum(map(len, own)) < _LETTERS_MIN:
            return
        joined = "".join(own)
        rows = Counter(row for word in set(own) - self._often for row in self._rows.get(word, ()))
        rows.update(self._joined.get(joined, ()))
        given, ordered = set(own), " ".join(sorted(own))
        for row, _ in rows.most_common(_CANDIDATES_MAX):
            listed = self._words[row]
            if given == set(listed) or joined == "".join(listed):
                yield LatinMatch(row, True)
            elif (
                min(len(own), len(listed)) >= _WORDS_MIN
                and _are_met(own, listed)
                and _are_met(listed, own)
                and fuzz.token_sort_ratio(ordered, " ".join(listed), score_cutoff=_ALIKE_MIN) > 0
            ):
                yield LatinMatch(row, False)


def _are_met(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether every word of a name has one like it in another, but for words of trade and form."""
    return all(
        word in english_words() or any(fuzz.ratio(word, other) >= _WORD_ALIKE_MIN for other in others) for word in some
    )


def _words_of(text: str) -> tuple[str, ...] | None:
    """Return the words of a text in Latin letters, written out and without legal forms; None for any other text."""
    folded = fold_marked(text)
    if not folded.isascii():
        return None
    found = [_WRITTEN_OUT.get(word, word) for word in _WORD.findall(folded)]
    return tuple(word for word in found if word not in _LEFT_OUT)
