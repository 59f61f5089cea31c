"""A live line on a terminal: how far, how fast, how long still, and what came out so far."""

import sys
import time
from collections import deque
from typing import TextIO

from app.bulk.runs.chunk_result import Counts

_WINDOW_S = 10.0
_REDRAW_S = 0.2
_LINE_EVERY_S = 10.0
_BAR_CELLS = 24
_MINUTE = 60
_HOUR = 3600


class RunProgress:
    """Draws a bar where the stream is a terminal, and writes a line now and then where it is not."""

    def __init__(self, stream: TextIO = sys.stderr, *, quiet: bool = False) -> None:
        self._stream = stream
        self._quiet = quiet
        self._is_terminal = stream.isatty()
        self._total = 0
        self._counts = Counts()
        self._marks: deque[tuple[float, int]] = deque()
        self._drawn = 0.0

    def begin(self, rows_total: int, done: Counts) -> None:
        """Learn how many rows there are, and what an earlier process had done."""
        self._total, self._counts = rows_total, done
        self._marks.append((time.monotonic(), done.rows))
        self._drawn = time.monotonic()

    def add(self, counts: Counts) -> None:
        """Learn of a finished chunk."""
        now = time.monotonic()
        self._counts = Counts.total((self._counts, counts))
        self._marks.append((now, self._counts.rows))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW_S:  # noqa: PLR2004 - a rate needs two
            self._marks.popleft()
        if now - self._drawn >= (_REDRAW_S if self._is_terminal else _LINE_EVERY_S):
            self._draw(now)

    def end(self) -> None:
        """Leave the last state on the screen."""
        if self._is_terminal and not self._quiet:
            self._draw(time.monotonic())
            self._stream.write("\n")

    def _draw(self, now: float) -> None:
        self._drawn = now
        if self._quiet:
            return
        start = "\r\x1b[2K" if self._is_terminal else ""
        self._stream.write(f"{start}{self.line()}{'' if self._is_terminal else chr(10)}")
        self._stream.flush()

    def line(self) -> str:
        """Return the state as one line."""
        (first_at, first_rows), (last_at, last_rows) = self._marks[0], self._marks[-1]
        rate = (last_rows - first_rows) / (last_at - first_at) if last_at > first_at else 0.0
        share = self._counts.rows / self._total if self._total else 1.0
        filled = round(share * _BAR_CELLS)
        left = duration((self._total - self._counts.rows) / rate) if rate else "–"
        counts = self._counts
        return (
            f"[{'█' * filled}{'·' * (_BAR_CELLS - filled)}] {share:4.0%} {counts.rows:,}/{self._total:,} "
            f"{rate:,.0f}/s 剩余 {left}  BLOCK {counts.block:,} REVIEW {counts.review:,} "
            f"PASS {counts.passed:,} 错误 {counts.errors:,}"
        )


def duration(seconds: float) -> str:
    """Return a time as people read it: 45 s, 3:07 min, 1:02 h."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02} min"
    return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02} h"
