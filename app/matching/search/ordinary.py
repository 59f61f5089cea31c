"""Which names of many have no other readings and are met as no whole: quick, for most are ordinary companies.

An *ordinary* company ends in a word of trade and 有限公司 or 股份有限公司, and has none of the characters without which
it says no more than its name, see :mod:`app.matching.model.readings`, and is no venue, see :mod:`.whole_names`.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.model.encoding import row_ends
from app.matching.model.readings import FORM_CHARACTERS, LIMITED, SAYS_MORE, STOCK_LIMITED, trade_tails

_UNICODE: Final = 0x110000
_ROWS_MIN: Final = 16
"""Of fewer, each is looked at by itself."""
_TAIL, _STOCK_TAIL = (2 + len(form) for form in (LIMITED, STOCK_LIMITED))


class Closer(NamedTuple):
    """A text that is to be looked at: its place, the text, and whether it may have any of :data:`SAYS_MORE`."""

    place: int
    text: str
    says_more: bool


def other_than_ordinary(source: NDArray[np.uint32], folded: Sequence[str]) -> list[Closer]:
    """Return the texts that may have readings or be met as wholes.

    ``source``: the code points of all texts, see :func:`.encoding.encode`; ``folded``: the texts themselves.
    """
    if len(folded) < _ROWS_MIN:
        return [Closer(place, text, True) for place, text in enumerate(folded)]
    places = np.flatnonzero(_more()[source])
    says_more = np.zeros(len(folded), np.bool_)
    says_more[np.searchsorted(row_ends(source), places)] = True
    endings = _endings()
    return [
        Closer(place, text, more)
        for place, (text, more) in enumerate(zip(folded, says_more.tolist(), strict=True))
        if more or (text[-_TAIL:] not in endings and text[-_STOCK_TAIL:] not in endings)
    ]


@cache
def _more() -> NDArray[np.bool_]:
    found = np.zeros(_UNICODE, np.bool_)
    found[[ord(char) for char in SAYS_MORE]] = True
    return found


@cache
def _endings() -> frozenset[str]:
    """Return the last two characters of every word of trade, and each of the two legal forms behind."""
    tails = [tail for tail in trade_tails() if tail[-1] not in FORM_CHARACTERS]
    return frozenset(f"{tail}{form}" for tail in tails for form in (LIMITED, STOCK_LIMITED))
