"""Which of many texts could hold a keyword at all, by a look at their characters.

``keywords.might_contain`` folds and searches each text, which takes microseconds.  Whatever its disguise, a keyword
leaves of each of its characters the first sign of some writing of it (薇, 昜, the ``w`` of ``wei``); hardly a text of a
book has them all, and that is arithmetic on arrays.
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
_END: Final = "所"
"""Some character of a keyword, to follow the one that is tried: a pattern needs two."""
_KNOWN: Final = np.uint64(1 << 63)


class KeywordPrefilter:
    """For each code point a bit for each character that it may stand for, found out as it turns up.

    The words must have fewer than 64 different characters.
    """

    def __init__(self, words: Sequence[str]) -> None:
        characters = sorted({character for word in words for character in word})
        self._bits = {character: 1 << place for place, character in enumerate(characters)}
        self._words = [np.uint64(sum(self._bits[character] for character in set(word))) for word in words]
        self._finders = {character: WordFinder.of((character + _END,)).likely for character in characters}
        # Pages of zeros take no memory until they are written to.
        self._of_code = np.zeros(_CODES, np.uint64)

    def could_hold(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Say of each text whether it has signs of all characters of a word; false is certain."""
        found = np.zeros(len(texts), np.bool_)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        written = lengths > 0
        if written.any():
            signs = self._signs(np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32))
            seen = np.bitwise_or.reduceat(signs, (np.cumsum(lengths) - lengths)[written])
            found[written] = np.logical_or.reduce([seen & word == word for word in self._words])
        return found

    def _signs(self, codes: NDArray[np.uint32]) -> NDArray[np.uint64]:
        signs = self._of_code[codes]
        unknown = np.unique(codes[signs == 0]).tolist()
        for code in unknown:
            self._of_code[code] = _KNOWN | np.uint64(self._judged(chr(code)))
        return self._of_code[codes] if unknown else signs

    def _judged(self, character: str) -> int:
        """Try what the character folds to where the pattern of each character of the words begins."""
        folded = fold_marked(character)
        return sum(
            self._bits[meant]
            for meant, likely in self._finders.items()
            if any(likely.search(part + _END) for part in folded)
        )


@cache
def _signs() -> KeywordPrefilter:
    return KeywordPrefilter((*keywords(), EXCHANGE))


def might_hold_keyword(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Say what :func:`app.names.keywords.might_contain` says, of many texts."""
    found = _signs().could_hold(texts)
    likely = np.flatnonzero(found)
    found[likely] = might_contain([texts[row] for row in likely.tolist()])
    return found
