"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeRemainingColumn as RemainingColumn

from app.bulk.runs.chunk_result import Counts

_LINE_EVERY_S = 10.0


class RunProgress:
    """Draws a bar where the stream is a terminal, and writes a line now and then where it is not."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        stream = sys.stderr if stream is None else stream
        self._quiet = quiet
        self._counts = Counts()
        self._last_shown = 0.0
        self._task: TaskID | None = None
        console = Console(file=stream, highlight=False)
        self._lines = not console.is_terminal
        self._bar = Progress(
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}/s 剩余"),
            RemainingColumn(compact=True),
            TextColumn("{task.fields[outcomes]}"),
            console=console,
            auto_refresh=False,
        )

    def begin(self, rows_total: int, done: Counts) -> None:
        """Learn how many rows there are, and what an earlier process had done."""
        self._counts = done
        self._last_shown = time.monotonic()
        self._task = self._bar.add_task("", total=rows_total, completed=done.rows, rate="–", outcomes="")
        if not self._quiet and not self._lines:
            self._bar.start()

    def add(self, counts: Counts) -> None:
        """Learn of a finished chunk."""
        self._counts = Counts.total((self._counts, counts))
        self._update()
        if self._lines and time.monotonic() - self._last_shown >= _LINE_EVERY_S:
            self._draw()

    def end(self) -> None:
        """Leave the last state on the screen."""
        if self._task is not None and not self._quiet and not self._lines:
            self._update()
            self._bar.stop()

    def _update(self) -> None:
        if self._task is None:
            return
        speed = self._bar.tasks[0].speed
        counts = self._counts
        outcomes = (
            f"BLOCK {counts.block:,} REVIEW {counts.review:,} PASS {counts.passed:,} 错误 {counts.errors:,} "
            f"警告 {sum(counts.warning_kinds.values()):,}"
        )
        rate = f"{speed:,.0f}" if speed else "–"
        self._bar.update(self._task, completed=counts.rows, rate=rate, outcomes=outcomes)
        if not self._quiet and not self._lines:
            self._bar.refresh()

    def _draw(self) -> None:
        self._last_shown = time.monotonic()
        if not self._quiet:
            self._bar.console.print(self._bar.get_renderable(), soft_wrap=True)
