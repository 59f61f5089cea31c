"""Many raw texts into arrays of folded code points, with marks, ready for compiled code."""

# ruff: noqa: C901
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

import threading
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf, njit
from app.names.characters import CODES, LETTER_A, LETTER_Z, Characters
from app.names.fold import MARK_ALTERED, ROW_END, folded_code
from app.names.hash_table import HashTable, chain, lookup, table_of_texts
from app.names.lexicon import english_words
from app.names.segmentation import BREAK, CLOSE, OPEN, SPACE

_LIMITED: Final = tuple(map(ord, "有限"))
_RESPONSIBILITY: Final = tuple(map(ord, "责任"))
_COMPANY: Final = tuple(map(ord, "公司"))
_END: Final = ord(ROW_END)
_ALTERED: Final = ord(MARK_ALTERED)
_MARKS_END: Final = 8
_UNICODE: Final = 0x110000
_UNKNOWN: Final = -1
_SEVERAL: Final = -2


class _Folder:
    """Folding as arrays, which fill themselves as code points turn up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._several: list[str] = []
        self.codes = np.full(_UNICODE, _UNKNOWN, np.int32)
        """What a code point folds to, or ``_SEVERAL - n``: the n-th of the texts."""
        self.ends, self.texts = _flat([])

    def learn(self, codes: NDArray[np.uint32]) -> None:
        """Take in the code points that are not known yet."""
        new = codes[self.codes[codes] == _UNKNOWN]
        with self._lock:
            several = list(self._several)
            learnt = {}
            for code in np.unique(new).tolist():
                text = folded_code(code)
                learnt[code] = ord(text) if len(text) == 1 else _SEVERAL - len(several)
                if len(text) != 1:
                    several.append(text)
            # The texts come first: whoever reads beside us finds them behind the codes.
            self._several = several
            self.ends, self.texts = _flat(several)
            self.codes[list(learnt)] = list(learnt.values())


def _flat(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return texts as code points one after another, and where each ends."""
    joined = "".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.cumsum(np.array([len(text) for text in texts], np.int64)), codes


@cache
def _folder() -> _Folder:
    return _Folder()


@cache
def _english() -> tuple[HashTable, NDArray[np.int64], NDArray[np.uint32]]:
    """Return the table from an English word to a number, and the Chinese text of each number."""
    words = english_words()
    return table_of_texts({word: i for i, word in enumerate(words)}), *_flat(list(words.values()))


def encode(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Return the folded code points of the texts, each ended by ``ROW_END``, marks among them.

    English words of trade and form (Group, Exchange) become the Chinese words that they stand for, behind
    a mark that says so.
    """
    joined = ROW_END.join(texts) + ROW_END
    if joined.count(ROW_END) != len(texts):
        joined = ROW_END.join(text.replace(ROW_END, "") for text in texts) + ROW_END
    source = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    folder = _folder()
    folded, letters = _fold(source, folder.codes, folder.ends, folder.texts)
    while letters == _UNKNOWN:
        folder.learn(source)
        folded, letters = _fold(source, folder.codes, folder.ends, folder.texts)
    return _translated(folded, *_english()) if letters else folded


@njit(cache=True)
def _fold(
    source: NDArray[np.uint32],
    single: NDArray[np.int32],
    ends: NDArray[np.int64],
    texts: NDArray[np.uint32],
) -> tuple[NDArray[np.uint32], int]:  # pragma: no cover - compiled
    """Return the folded code points of the source, and how many pairs of letters they have.

    For a source with a code point that is not known yet the number is ``_UNKNOWN``.
    """
    size = 0
    for code in source:
        to = single[code]
        if to >= 0:
            size += 1
        elif to == _UNKNOWN:
            return np.empty(0, np.uint32), _UNKNOWN
        else:
            n = _SEVERAL - to
            size += ends[n] - (ends[n - 1] if n > 0 else 0)
    out = np.empty(size, np.uint32)
    size = 0
    letters = 0
    for code in source:
        to = single[code]
        if to >= 0:
            out[size] = to
            size += 1
        else:
            n = _SEVERAL - to
            for i in range(ends[n - 1] if n > 0 else 0, ends[n]):
                out[size] = texts[i]
                size += 1
    for i in range(size - 1):
        letters += LETTER_A <= out[i] <= LETTER_Z and LETTER_A <= out[i + 1] <= LETTER_Z
    return out, letters


@njit(cache=True)
def _translated(
    source: NDArray[np.uint32], words: HashTable, english_ends: NDArray[np.int64], english: NDArray[np.uint32]
) -> NDArray[np.uint32]:  # pragma: no cover - compiled
    """Return the code points with the English words that are known replaced; two letters make a word."""
    longest = 0
    for n in range(english_ends.size):
        longest = max(longest, english_ends[n] - (english_ends[n - 1] if n > 0 else 0))
    out = np.empty(source.size * (1 + longest), np.uint32)
    size = 0
    start = 0
    while start < source.size:
        end = start
        key = np.uint64(0)
        while end < source.size and LETTER_A <= source[end] <= LETTER_Z:
            key = chain(key, np.uint64(source[end]))
            end += 1
        n = lookup(words.keys, words.values, key) if end - start > 1 else -1
        if n >= 0:
            out[size] = _ALTERED
            size += 1
            for i in range(english_ends[n - 1] if n > 0 else 0, english_ends[n]):
                out[size] = english[i]
                size += 1
            start = end
            continue
        end = max(end, start + 1)
        for i in range(start, end):
            out[size] = source[i]
            size += 1
        start = end
    return out[:size].copy()


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


@leaf
def decode_row(
    source: NDArray[np.uint32],
    start: int,
    end: int,
    tables: Characters,
    codes: NDArray[np.int32],
    marks: NDArray[np.uint8],
) -> tuple[int, bool]:  # pragma: no cover - compiled
    """Copy one row without marks; return its size and whether it was altered beyond folding.

    有限责任公司 is copied as 有限公司, since companies write either; look-alikes of other scripts become
    what they look like.  ``marks`` receives the marks before each character.  What does not fit into
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
