"""Which of many texts could hold a keyword at all, by a look at their characters.

``keywords.might_contain`` folds and searches each text, which takes microseconds; most texts of a book have no
sign with which a keyword could begin and, after it, one with which it could go on.  That is arithmetic on arrays.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.names.exchange_name import EXCHANGE
from app.names.fold import fold_marked
from app.names.keyword_patterns import WordFinder
from app.names.keywords import keywords, might_contain

_CODES: Final = 0x110000
_FIRST, _SECOND, _UNKNOWN = 1, 2, 4


class Signs:
    """For each code point whether a keyword may begin with it, or go on with it; found out as it turns up."""

    def __init__(self, words: Sequence[str]) -> None:
        self._likely = WordFinder.of(words).likely
        self._word = words[0]
        self._of_code = np.full(_CODES, _UNKNOWN, np.uint8)

    def could_hold(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Say of each text whether a second sign stands at or behind a first one; false is certain."""
        codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = np.cumsum(lengths)
        signs = self._signs(codes)
        first, second = np.flatnonzero(signs & _FIRST), np.flatnonzero(signs & _SECOND)
        begins = np.append(first, codes.size)[np.searchsorted(first, ends - lengths)]
        goes_on = np.append(-1, second)[np.searchsorted(second, ends)]
        # One character may fold into several, so both signs may be in one place.
        found: NDArray[np.bool_] = begins <= goes_on
        return found

    def _signs(self, codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
        signs = self._of_code[codes]
        unknown = np.unique(codes[signs == _UNKNOWN]).tolist()
        for code in unknown:
            self._of_code[code] = self._judged(chr(code))
        return self._of_code[codes] if unknown else signs

    def _judged(self, character: str) -> int:
        """Try what the character folds to at either end of the pattern that every found keyword fits."""
        folded = fold_marked(character)
        begins = any(self._likely.search(part + self._word[1]) for part in folded)
        goes_on = any(self._likely.search(self._word[0] + part) for part in folded)
        return _FIRST * begins | _SECOND * goes_on


@cache
def _signs() -> Signs:
    return Signs((*keywords(), EXCHANGE))


def might_hold_keyword(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Say what :func:`app.names.keywords.might_contain` says, of many texts."""
    found = _signs().could_hold(texts)
    likely = np.flatnonzero(found)
    found[likely] = might_contain([texts[row] for row in likely.tolist()])
    return found
