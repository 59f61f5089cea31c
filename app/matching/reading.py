"""Many raw texts into arrays of folded code points, with marks, ready for compiled code."""

# ruff: noqa: C901
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.names.characters import CODES, Characters
from app.names.fold import MARK_ALTERED, ROW_END, fold_marked
from app.names.parts import BREAK, CLOSE, OPEN, SPACE
from app.names.words import english_words

_LATIN_WORD: Final = re.compile("[a-z]{2,}")
_LIMITED: Final = tuple(map(ord, "有限"))
_RESPONSIBILITY: Final = tuple(map(ord, "责任"))
_COMPANY: Final = tuple(map(ord, "公司"))
_END: Final = ord(ROW_END)
_ALTERED: Final = ord(MARK_ALTERED)
_MARKS_END: Final = 8


def read(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Return the folded code points of the texts, each ended by ``ROW_END``, marks among them.

    English words of trade and form (Group, Exchange) become the Chinese words that they stand for, behind
    a mark that says so.
    """
    joined = ROW_END.join(text.replace(ROW_END, "") for text in texts) + ROW_END
    folded = fold_marked(joined)
    if _LATIN_WORD.search(folded):
        folded = _LATIN_WORD.sub(_translated, folded)
    return np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)


def _translated(match: re.Match[str]) -> str:
    chinese = english_words().get(match[0])
    return MARK_ALTERED + chinese if chinese else match[0]


@njit(cache=True)
def row_ends(codes: NDArray[np.uint32]) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """Return where each row ends in the code points."""
    count = 0
    for code in codes:
        count += code == _END
    ends = np.empty(count, np.int64)
    count = 0
    for i in range(codes.size):
        if codes[i] == _END:
            ends[count] = i
            count += 1
    return ends


@njit(cache=True)
def take(
    source: NDArray[np.uint32],
    start: int,
    end: int,
    tables: Characters,
    codes: NDArray[np.int32],
    marks: NDArray[np.uint8],
) -> tuple[int, bool]:  # pragma: no cover - compiled
    """Copy one row without marks; return its size and whether it was altered beyond folding.

    有限责任公司 is copied as 有限公司, since companies write either; look-alikes of other scripts become
    what they look like.  ``marks`` receives what stood before each character.  What does not fit into
    ``codes`` is left out, and the name counts as altered.
    """
    size = 0
    altered = False
    mark = 0
    for i in range(start, end):
        code = source[i]
        if code < _MARKS_END:
            if code == 1:
                mark |= OPEN
            elif code == 2:  # noqa: PLR2004 - the marks of app.names.fold, by number
                mark |= CLOSE
            elif code == 3:  # noqa: PLR2004
                mark |= BREAK
            elif code == 4:  # noqa: PLR2004
                mark |= SPACE
            elif code == _ALTERED:
                altered = True
            continue
        if size >= codes.size:
            altered = True
            break
        if code >= CODES:
            code = np.uint32(0xE000 + code % 6400)
            altered = True
        like = np.uint32(tables.loose[code])
        if like != code:
            altered = True
        codes[size] = like
        marks[size] = mark
        mark = 0
        size += 1
        if (
            size >= 6  # noqa: PLR2004 - the characters of 有限责任公司
            and codes[size - 1] == _COMPANY[1]
            and codes[size - 2] == _COMPANY[0]
            and codes[size - 3] == _RESPONSIBILITY[1]
            and codes[size - 4] == _RESPONSIBILITY[0]
            and codes[size - 5] == _LIMITED[1]
            and codes[size - 6] == _LIMITED[0]
        ):
            codes[size - 4] = codes[size - 2]
            codes[size - 3] = codes[size - 1]
            marks[size - 4] = 0
            marks[size - 3] = 0
            size -= 2
    return size, altered
