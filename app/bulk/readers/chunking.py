"""A text file → chunks of bounded rows and bytes, always the same for the same file."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from app.bulk.readers.byte_ranges import skip_line
from app.bulk.readers.file_layout import BYTES_PER_CHUNK, ROWS_PER_CHUNK, Span

LINE_BYTES_MAX = 16 << 20
"""A longer line becomes one faulty row, however long it is."""

_BLOCK_BYTES = 4 << 20

Places = tuple[NDArray[np.int64], NDArray[np.int64]]


class RecordBounds(Protocol):
    """Finds the records of a block that begins at a record's start."""

    def __call__(self, block: bytes, *, final: bool) -> tuple[Places, int]:
        """Return where they start and end, and where the next block begins; the last block is ``final``."""
        ...


def cut(path: Path, start: int, bounds: RecordBounds) -> Iterator[Span]:
    """Cut a file, whose records begin at byte ``start``, into chunks, in one pass."""
    cutter = Chunker()
    with path.open("rb") as file:
        file.seek(start)
        for starts, ends in _records(file, start, bounds):
            yield from cutter.add(starts, ends)
    yield from cutter.rest()


def _records(file: BinaryIO, offset: int, bounds: RecordBounds) -> Iterator[Places]:
    """Yield, block by block, where in the file its records start and end."""
    pending, final = b"", False
    while not final:
        fresh = file.read(_BLOCK_BYTES)
        final = not fresh
        block = pending + fresh
        (start, end), consumed = bounds(block, final=final)
        yield start + offset, end + offset
        pending = block[consumed:]
        offset += consumed
        if len(pending) > LINE_BYTES_MAX:
            stop = offset + len(pending) + skip_line(file)
            yield np.array([offset]), np.array([stop])
            offset, pending = stop, b""


class Chunker:
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
