"""Bytes of a CSV file → the records in them, so that one broken line never swallows its neighbours.

A quoted field may hold line breaks, and a broken line may lack its closing quote; a plain reader takes
the second for the first and eats every row up to the next quote.  Here a line whose quotes do not close
is joined with the lines after it only if that gives one strictly written record with as many fields as
the header; otherwise it is one broken record, and the next line starts afresh.  A next line that is a
whole record by itself (of two fields or more) and has no quotes settles it at once; one with quotes may
look whole only because it begins inside a quoted field.

Everything but the suspicious lines is arithmetic on arrays of positions.  The bytes may be UTF-8 or
GB18030: neither uses ``"``, ``,``, ``;``, tab or a line end inside a character.
"""

import csv
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.bulk.readers.chunking import Places

LINES_JOINED_MAX = 200
BYTES_JOINED_MAX = 1 << 16

_NEWLINE = ord("\n")
_RETURN = ord("\r")
_QUOTE = ord('"')


class Form(IntEnum):
    """How a record is written."""

    WHOLE = 0
    BROKEN_QUOTES = 1
    WRONG_FIELD_COUNT = 2
    STRAY_RETURN = 3
    REPEATED_HEADER = 4


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a stretch of a file: ``start`` and ``end`` (without line end) in bytes, and each one's ``form``."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    form: NDArray[np.uint8]


def bounds(block: bytes, delimiter: bytes, fields: int, *, final: bool) -> tuple[Places, int]:
    """Return the places of the records of a block that begins at a record's start, and where the next block begins.

    Unless ``final``, the last line without its end, and a last record that may go on in the next block, are
    left for that block.  Blank lines are no records.
    """
    lines = _Lines(block, ord(delimiter), fields, final=final)
    kept, consumed = _join(block, lines, delimiter, fields, final=final)
    return (lines.start[kept], lines.end[kept]), consumed


def split(data: bytes, delimiter: bytes, header: bytes, fields: int) -> Records:
    """Return the records of a stretch that begins and ends with a record; ``header`` is the header line as written."""
    lines = _Lines(data, ord(delimiter), fields, final=True)
    kept, _ = _join(data, lines, delimiter, fields, final=True)
    start, end, form = lines.start[kept], lines.end[kept], lines.form[kept]
    for row in np.flatnonzero(end - start == len(header)).tolist():
        if data[start[row] : end[row]] == header:
            form[row] = Form.REPEATED_HEADER
    return Records(start, end, form)


def _join(
    block: bytes, lines: "_Lines", delimiter: bytes, fields: int, *, final: bool
) -> tuple[NDArray[np.bool_], int]:
    """Join the lines of each record; return which lines begin one, and where the next block begins."""
    merged = np.zeros(len(lines.start), bool)
    last = len(lines.start)
    position = 0
    for line in np.flatnonzero(lines.open).tolist():
        if line < position:
            continue
        count = _joined(block, lines, line, delimiter, fields)
        if count == 0 and not final and len(block) - lines.start[line] < BYTES_JOINED_MAX:
            last = line
            break
        if count > 1:
            merged[line + 1 : line + count] = True
            lines.end[line] = lines.end[line + count - 1]
            lines.form[line] = Form.WHOLE
        position = line + max(count, 1)
    kept = ~merged & (lines.end > lines.start)
    kept[last:] = False
    return kept, int(lines.start[last]) if last < len(lines.start) else lines.consumed


class _Lines:
    """Lines of a block, each judged by itself; ``open`` marks those whose quotes do not close.

    Only who asks for the ``form`` pays for looking at the fields.
    """

    def __init__(self, block: bytes, delimiter: int, fields: int, *, final: bool) -> None:
        data = np.frombuffer(block, np.uint8)
        breaks = np.flatnonzero(data == _NEWLINE)
        stop = breaks
        consumed = int(breaks[-1]) + 1 if len(breaks) else 0
        if final and consumed < len(block):
            stop = np.append(breaks, len(block))
            consumed = len(block)
        start = np.concatenate((np.zeros(1, np.int64), stop[:-1] + 1)) if len(stop) else np.zeros(0, np.int64)
        end = stop.copy()
        returned = (end > start) & (data[np.maximum(end - 1, 0)] == _RETURN) if len(data) else np.zeros(0, bool)
        end[returned] -= 1
        quotes = _inside(np.flatnonzero(data == _QUOTE), consumed) if b'"' in block else np.zeros(0, np.int64)
        self.start, self.end, self.consumed = start, end, consumed
        self._data, self._delimiter, self._fields, self._stop, self._quotes = data, delimiter, fields, stop, quotes
        self._first_quote = np.searchsorted(quotes, start)
        self.open = (np.searchsorted(quotes, stop) - self._first_quote) % 2 == 1

    def has_quotes(self, line: int) -> bool:
        """Whether a line has a quote anywhere."""
        first = int(self._first_quote[line])
        return first < len(self._quotes) and bool(self._quotes[first] < self._stop[line])

    @cached_property
    def form(self) -> NDArray[np.uint8]:
        """How each line is written, as a record by itself."""
        data, stop, quotes, first_quote = self._data, self._stop, self._quotes, self._first_quote
        delimiters = _inside(np.flatnonzero(data == self._delimiter), self.consumed)
        delimiters = _outside(delimiters, quotes, stop, first_quote)
        returns = _outside(_stray_returns(data, self.consumed), quotes, stop, first_quote)
        count = np.searchsorted(delimiters, stop) - np.searchsorted(delimiters, self.start) + 1
        form = np.zeros(len(stop), np.uint8)
        form[count != self._fields] = Form.WRONG_FIELD_COUNT
        form[np.searchsorted(stop, returns)] = Form.STRAY_RETURN
        form[_badly_quoted(data, quotes, self._delimiter, self.start, first_quote)] = Form.BROKEN_QUOTES
        form[self.open] = Form.BROKEN_QUOTES
        return form


def _inside(positions: NDArray[np.int64], stop: int) -> NDArray[np.int64]:
    return positions[: int(np.searchsorted(positions, stop))]


def _outside(
    positions: NDArray[np.int64], quotes: NDArray[np.int64], stop: NDArray[np.int64], first_quote: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Leave out what is inside quotes: behind an odd number of quotes of its line."""
    if not len(quotes):
        return positions
    before = np.searchsorted(quotes, positions) - first_quote[np.searchsorted(stop, positions)]
    kept: NDArray[np.int64] = positions[before % 2 == 0]
    return kept


def _stray_returns(data: NDArray[np.uint8], stop: int) -> NDArray[np.int64]:
    """Positions of carriage returns that end no line; some readers would break the record there."""
    returns = _inside(np.flatnonzero(data == _RETURN), stop)
    following = np.minimum(returns + 1, len(data) - 1)
    stray: NDArray[np.int64] = returns[(data[following] != _NEWLINE) & (returns + 1 < len(data))]
    return stray


def _badly_quoted(
    data: NDArray[np.uint8],
    quotes: NDArray[np.int64],
    delimiter: int,
    start: NDArray[np.int64],
    first_quote: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Lines in which a quote opens inside a field, or closes before its end (RFC 4180)."""
    if not len(quotes):
        return np.zeros(0, np.int64)
    line = np.searchsorted(start, quotes, side="right") - 1
    opens = (np.arange(len(quotes)) - first_quote[line]) % 2 == 0
    before = np.where(quotes > start[line], data[np.maximum(quotes - 1, 0)], delimiter)
    after = np.where(quotes + 1 < len(data), data[np.minimum(quotes + 1, len(data) - 1)], _NEWLINE)
    well_opened = (before == delimiter) | (before == _QUOTE)
    well_closed = (after == delimiter) | (after == _QUOTE) | (after == _RETURN) | (after == _NEWLINE)
    bad: NDArray[np.int64] = line[np.where(opens, ~well_opened, ~well_closed)]
    return bad


def _joined(block: bytes, lines: _Lines, line: int, delimiter: bytes, fields: int) -> int:
    """Return how many lines the record at ``line`` has; 1 if it is broken, 0 if the block ends too early."""
    begin = int(lines.start[line])
    following = line + 1
    if following == len(lines.start):
        return 0
    if fields > 1 and lines.form[following] == Form.WHOLE and not lines.has_quotes(following):
        return 1
    for end_line in range(following, min(line + LINES_JOINED_MAX, len(lines.start))):
        end = int(lines.end[end_line])
        if end - begin > BYTES_JOINED_MAX:
            return 1
        if lines.open[end_line]:
            return end_line - line + 1 if _is_record(block[begin:end], delimiter, fields) else 1
    return 1 if len(lines.start) - line >= LINES_JOINED_MAX else 0


def _is_record(text: bytes, delimiter: bytes, fields: int) -> bool:
    reader = csv.reader([text.decode("latin-1")], delimiter=delimiter.decode(), strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        return False
    return len(rows) == 1 and len(rows[0]) == fields
