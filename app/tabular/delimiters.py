"""Which sign separates the fields of a text file."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

DELIMITERS: Final = (
    *("|+|", "|@|", "@@", "!^", "~!~", ",", "\t", ";", "|", "^", "\x01", "，", "~", "#"),
    *("\x02", "\x03", "\x05", "\x1b", "\x1c", "\x1d", "\x1e"),
)
"""In order of preference: one that holds another comes before it."""

_INNER: Final = frozenset("+@!")
_SEVERAL: Final = "\x1f"
"""Stands for a delimiter of several characters, which Python's reader does not take."""


def delimiter_of(lines: Sequence[str], is_known: Callable[[str], bool]) -> str:
    """Return the delimiter of a file's first lines: the one that its header speaks for, else that of its rows.

    A file of one column has none; a comma is returned.
    """
    return max(DELIMITERS, key=lambda sign: (_known(lines, sign, is_known), *_steadiness(lines, sign), -_rank(sign)))


def _rank(sign: str) -> int:
    # Without any evidence a comma is as good as any.
    return -1 if sign == "," else DELIMITERS.index(sign)


def _known(lines: Sequence[str], sign: str, is_known: Callable[[str], bool]) -> int:
    found = (sum(is_known(cell) for cell in set(row)) for row in split_rows(lines, sign) if len(row) > 1)
    return max(found, default=0)


def _steadiness(lines: Sequence[str], sign: str) -> tuple[int, float]:
    """Return whether most rows have the same number of fields, more than one, and how large their share is."""
    # Between "|+|" a "|" finds a "+" that is no field.
    counts = Counter(sum(field not in _INNER for field in row) for row in split_rows(lines, sign))
    if not counts:
        return 0, 0.0
    width, times = counts.most_common(1)[0]
    share = times / counts.total()
    return (1, share * width) if width > 1 and share > 0.5 else (0, 0.0)  # noqa: PLR2004 - most of them


def split_rows(lines: Iterable[str], sign: str) -> Iterator[list[str]]:
    """Give the fields of lines, leniently: a wrong quote ends the reading."""
    reader = csv.reader(_joined(lines, sign), delimiter=reader_sign(sign))
    try:
        yield from (row for row in reader if row)
    except csv.Error:
        return


def strict_rows(text: str, sign: str) -> Iterator[list[str]]:
    """Give the fields of a whole text.  Raises :class:`csv.Error` where quotes do not pair."""
    if len(sign) > 1:
        text = text.replace(sign, _SEVERAL)
    return csv.reader(io.StringIO(text, newline=""), delimiter=reader_sign(sign), strict=True)


def reader_sign(sign: str) -> str:
    """Return the one character that stands for a delimiter in Python's reader."""
    return sign if len(sign) == 1 else _SEVERAL


def _joined(lines: Iterable[str], sign: str) -> Iterator[str]:
    return (line.replace(sign, _SEVERAL) for line in lines) if len(sign) > 1 else iter(lines)
