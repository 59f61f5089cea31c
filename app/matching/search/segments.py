"""Names that are beside others in one text: 甲有限公司（原乙有限公司）, a payer beside a payee.

Read as one name, what belongs to the other speaks against both.  So where two legal forms are in a
text, each stretch that ends in one is also read as a name of its own.
"""

# ruff: noqa: C901
# Compiled loops: a set in a test costs more than its length.

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.jit import njit
from app.matching.blocking.query_features import QueryWorkspace, label
from app.matching.model.encoding import decode_row
from app.names.characters import Characters
from app.names.fold import ROW_END
from app.names.lexicon import Words
from app.names.segmentation import BRANCH, BREAK, CLOSE, CORE, FORM, NOISE, OPEN, TRADE

_COMPANY: Final = tuple(map(ord, "公司"))
_END: Final = ord(ROW_END)
_COMPANIES_MIN: Final = 2
_CONTENT_MIN: Final = 2


@njit(cache=True)
def _companies(source: NDArray[np.uint32], start: int, end: int) -> int:  # pragma: no cover - compiled
    """Return how often 公司 occurs in a row."""
    count = 0
    for i in range(start + 1, end):
        count += source[i] == _COMPANY[1] and source[i - 1] == _COMPANY[0]
    return count


@njit(cache=True)
def segments(
    source: NDArray[np.uint32], row_end: NDArray[np.int64], tables: Characters, lexicon: Words, own: QueryWorkspace
) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:  # pragma: no cover - compiled
    """Return the stretches that may be names of their own, each ended by ``ROW_END``, and the row of each."""
    several = 0
    start = 0
    for row in range(row_end.size):
        several += row_end[row] - start + 1 if _companies(source, start, row_end[row]) >= _COMPANIES_MIN else 0
        start = row_end[row] + 1
    out = np.empty(2 * several, np.uint32)
    rows = np.empty(several, np.int32)
    filled = 0
    count = 0
    start = 0
    for row in range(row_end.size):
        begin = start
        start = row_end[row] + 1
        if several == 0 or _companies(source, begin, row_end[row]) < _COMPANIES_MIN:
            continue
        size, _ = decode_row(source, begin, row_end[row], tables, own.codes, own.marks)
        label(own, size, lexicon, tables)
        first = 0
        for i in range(1, size + 1):
            ends = i == size or own.marks[i] & (OPEN | CLOSE | BREAK) != 0
            ends = ends or (own.labels[i - 1] == FORM and own.labels[i] != FORM and own.labels[i] != BRANCH)
            if not ends:
                continue
            content = 0
            formed = False
            while first < i and own.labels[first] == NOISE:
                first += 1
            for j in range(first, i):
                content += own.labels[j] == CORE or own.labels[j] == TRADE
                formed = formed or own.labels[j] == FORM
            if formed and content >= _CONTENT_MIN and i - first < size:
                for j in range(first, i):
                    out[filled] = own.codes[j]
                    filled += 1
                out[filled] = _END
                filled += 1
                rows[count] = row
                count += 1
            # Brackets may be inside a name, so only what ends one begins another.
            if formed or i == size or own.marks[i] & (OPEN | BREAK) != 0:
                first = i
    return out[:filled], rows[:count]
