"""One comparable writing for the many ways to write the same characters.

Folding undoes what does not change a name: width and compatibility code points, case, traditional and
regional characters, accents, invisible characters, punctuation, symbols.  It works character by
character, so that folding a text is folding its characters, positions map back exactly, and hostile
input costs no more than its length.

Separators do not vanish altogether: they become *marks* (control characters below U+0020), which
comparison ignores and segmentation reads.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import opencc

from app.disk_cache import derived

MARK_OPEN: Final = "\x01"
MARK_CLOSE: Final = "\x02"
MARK_BREAK: Final = "\x03"
MARK_SPACE: Final = "\x04"
MARK_ALTERED: Final = "\x05"
ROW_END: Final = "\x06"
"""Never in a folded text; what reads many texts at once puts it between them."""

_CJK_RANGES: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2FA20))
_FIXPOINT_ROUNDS_MAX: Final = 6
_MARKS: Final = {"Ps": MARK_OPEN, "Pe": MARK_CLOSE, "P": MARK_BREAK, "S": MARK_BREAK, "Z": MARK_SPACE}
_HANGUL_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text without marks, and for each of its characters the position it came from."""

    text: str
    offsets: tuple[int, ...]


@cache
def _simplified() -> dict[str, str]:
    """Return traditional and regional hanzi to simplified, character by character (OpenCC)."""
    return derived("simplified", _simplified_anew)


def _simplified_anew() -> dict[str, str]:
    hanzi = [chr(code) for start, end in _CJK_RANGES for code in range(start, end)]
    lines = "\n".join(hanzi)
    simple = opencc.OpenCC("t2s").convert(lines).split("\n")
    japanese = opencc.OpenCC("t2s").convert(opencc.OpenCC("jp2t").convert(lines)).split("\n")
    table: dict[str, str] = {}
    for char, plain, shinjitai in zip(hanzi, simple, japanese, strict=True):
        if plain != char:
            table[char] = plain
        elif shinjitai != char and not is_gb2312(char):
            # A Japanese form that is a Chinese character of its own (芸, 予) stays what it is.
            table[char] = shinjitai
    return table


def is_gb2312(char: str) -> bool:
    """Whether a character is of the commonest Chinese set."""
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _fold_once(char: str) -> str:
    simplified = _simplified()
    out: list[str] = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold()):
        if part in _HANGUL_FILLERS:
            continue
        out.append(simplified.get(part) or _kept_or_mark(part))
    return "".join(out)


def _kept_or_mark(char: str) -> str:
    if MARK_OPEN <= char <= ROW_END:
        return char
    if char in "\t\n\r\v\f":
        return MARK_SPACE
    category = unicodedata.category(char)
    if category == "No" and (value := float(unicodedata.numeric(char, -1.0))).is_integer() and value >= 0:
        return str(int(value))  # digits in circles that have no compatibility form (❶, ⓿)
    return char if category[0] in "LN" else _MARKS.get(category, _MARKS.get(category[0], ""))


class _FoldTable(dict[int, str]):
    """A table for ``str.translate`` that fills itself as characters turn up."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        for _ in range(_FIXPOINT_ROUNDS_MAX):
            once = "".join(_fold_once(part) for part in char)
            if once == char:
                break
            char = once
        self[code] = char
        return char


_TABLE: Final = _FoldTable()
_UNMARK: Final = dict.fromkeys(map(ord, (MARK_OPEN, MARK_CLOSE, MARK_BREAK, MARK_SPACE, MARK_ALTERED, ROW_END)))


def folded_code(code: int) -> str:
    """Return what a code point folds to, marks included."""
    return _TABLE[code]


def fold_marked(text: str) -> str:
    """Return the folded text with marks where separators were."""
    return text.translate(_TABLE)


def fold(text: str) -> str:
    """Return the comparable form of a text, without marks; folding it again changes nothing."""
    return text.translate(_TABLE).translate(_UNMARK)


def unmarked(marked: str) -> str:
    """Return a folded text without its marks."""
    return marked.translate(_UNMARK)


def fold_with_offsets(text: str) -> Folded:
    """Return the comparable form with the position in ``text`` of each of its characters."""
    chars: list[str] = []
    offsets: list[int] = []
    for position, char in enumerate(text):
        folded = char.translate(_TABLE).translate(_UNMARK)
        chars.append(folded)
        offsets.extend([position] * len(folded))
    return Folded("".join(chars), tuple(offsets))
