"""Positions of records → chunks of bounded rows and bytes, always the same for the same file."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.bulk.layout import BYTES_PER_CHUNK, ROWS_PER_CHUNK, Span


class Cutter:
    """Gathers the records of a text file, in order, into chunks."""

    def __init__(self) -> None:
        self._no = 0
        self._first_row = 0
        self._rows = 0
        self._start = 0
        self._end = 0

    def add(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> Iterator[Span]:
        """Take in records that start and end at these bytes of the file; yield the chunks that are full."""
        at = 0
        while at < len(start):
            if self._rows == 0:
                self._start = int(start[at])
            fitting = int(np.searchsorted(end, self._start + BYTES_PER_CHUNK, side="right"))
            if self._rows == 0:
                # A record larger than a chunk is a chunk of its own.
                fitting = max(fitting, at + 1)
            stop = min(fitting, at + ROWS_PER_CHUNK - self._rows)
            if stop > at:
                self._rows += stop - at
                self._end = int(end[stop - 1])
            if stop < len(start) or self._rows == ROWS_PER_CHUNK:
                yield self._cut()
            at = max(at, stop)

    def rest(self) -> Iterator[Span]:
        """Yield the last chunk, if anything is left."""
        if self._rows:
            yield self._cut()

    def _cut(self) -> Span:
        span = Span(self._no, self._first_row, self._rows, self._start, self._end - self._start)
        self._no += 1
        self._first_row += self._rows
        self._rows = 0
        return span
