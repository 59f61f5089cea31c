"""The header that a misspelt one was meant to be, as advice to people; nothing is read by it."""

from collections.abc import Iterable, Mapping
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

_ALIKE_MIN: Final = 60
_SLIPS_MAX: Final = 2


def nearest_header(header: str, known: Iterable[str], qualifiers: Mapping[str, str] | None = None) -> str | None:
    """Return the known header that is most like one, or None where none is alike enough.

    ``qualifiers`` are words that make a column another party's or another document's (所属, 收款, 批准 …), each with
    its name.  A header with other qualifiers is never advised: 交易场所名称 must not become 所属交易场所名称.
    """
    words = qualifiers or {}
    wanted = _qualities(header, words)
    candidates = [one for one in known if _qualities(one, words) == wanted]
    found = process.extractOne(header, candidates, scorer=fuzz.ratio, score_cutoff=_ALIKE_MIN)
    return found[0] if found else None


def is_slip(header: str, other: str) -> bool:
    """Whether two headers differ by no more than slips of the pen."""
    return Levenshtein.distance(header, other, score_cutoff=_SLIPS_MAX) <= _SLIPS_MAX


def _qualities(header: str, qualifiers: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for word, name in qualifiers.items() if word in header)
