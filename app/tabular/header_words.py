"""What a header is compared by, whatever its width, case, spacing, punctuation and remarks in brackets."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

_Column = TypeVar("_Column")

_NOT_COMPARED: Final = re.compile(r"[\W_]+")
_REQUIRED_MARK: Final = re.compile(r"[(\[【]?(必填|必填项|required)[)\]】]?$")
_BRACKET: Final = re.compile(r"[(\[【〔<{][^()\[\]【】〔〕<>{}]{0,40}[)\]】〕>}]")
_KEY_CHARS_MAX: Final = 400
"""No header or coded value of ours is longer; what is longer is text, and compared as it is."""
_NUMBERING: Final = re.compile(r"^\d{1,2}[.、)]\s*(?=\D)")


def header_key(text: str) -> str:
    """Return what a header is compared by: no width, case, spacing, punctuation or mark of being required."""
    if len(text) > _KEY_CHARS_MAX:
        return text
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return _NOT_COMPARED.sub("", _REQUIRED_MARK.sub("", folded.rstrip("* ")))


def find_column(
    header: str, by_key: Callable[[str], _Column | None], is_telling: Callable[[str], bool]
) -> _Column | None:
    """Return the column of a header, also where a number is before it or a remark in brackets behind it.

    ``by_key`` gives the column of what a header is compared by (:func:`header_key`).

    A remark that is telling, 名称（曾用名）, makes it another column and is not left away.
    """
    found = by_key(header_key(header))
    if found is not None or not 0 < len(header) <= _KEY_CHARS_MAX:
        return found
    folded = unicodedata.normalize("NFKC", header).casefold().strip()
    bare = _NUMBERING.sub("", folded)
    remarks = _BRACKET.findall(bare)
    if remarks and not any(is_telling(remark) for remark in remarks):
        bare = _BRACKET.sub("", bare)
    return by_key(header_key(bare)) if bare != folded else None
