"""Ways of writing that never change an identifier, and slips of hand that do."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

INVISIBLE: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
"""Its pattern is one of RE2 too."""

_DASHES: Final = re.compile(r"[\u00af\u02d7\u2010-\u2015\u2043\u2212\u30fc\u2500\ufe58\ufe63]")
_SPACES: Final = re.compile(r"\s+")
_SLIPS: Final = str.maketrans("OIZS", "0125")


def readable(raw: str) -> str:
    """Fold width, invisible characters, spaces and kinds of dash; a spreadsheet's leading apostrophe goes."""
    if raw.isascii():
        return "".join(raw.split()).lstrip("'`")
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", raw))
    return _DASHES.sub("-", _SPACES.sub("", text)).lstrip("'‘’`")


def visible(raw: str) -> str:
    """Fold width and kinds of dash, and drop invisible characters; blanks stay."""
    if raw.isascii():
        return raw
    return _DASHES.sub("-", INVISIBLE.sub("", unicodedata.normalize("NFKC", raw)))


def compact(raw: str) -> str:
    """Return the readable form in upper case without hyphens, for codes whose grouping means nothing."""
    if raw.isascii() and raw.isalnum():
        # Nearly all codes are written so, and nothing about them needs folding.
        return raw.upper()
    return readable(raw).replace("-", "").upper()


def without_slips(value: str, is_valid: Callable[[str], bool]) -> str | None:
    """Return the value with O, I, Z, S read as 0, 1, 2, 5, if that changes it and makes it valid."""
    mended = value.translate(_SLIPS)
    return mended if mended != value and is_valid(mended) else None


def is_placeholder(value: str) -> bool:
    """Whether one character fills the whole value (000…0): some such values pass their check digit."""
    return len(set(value)) <= 1
