"""Processor time and memory of a program with all the processes that it starts, by looking at it now and then."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

_LOOK_EVERY_S = 0.05
_CLOSELY_EVERY = 40
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


def command(*arguments: str) -> list[str]:
    """Return the command line of ``cutoff`` with these arguments, run by this interpreter."""
    return [sys.executable, "-c", "from app.cli import main; main()", *arguments]


def descendants(pid: int) -> list[int]:
    """Return the process and everything below it, as far as it is still there."""
    found = [pid]
    for task in (_PROC / str(pid) / "task").glob("*/children"):
        try:
            children = task.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            found += descendants(int(child))
    return found


@dataclass(slots=True)
class Usage:
    """What a tree of processes has used.

    ``cpu_s`` holds seconds of processor time by process.  ``rss_bytes`` is the largest sum of the resident sets of all
    at one moment, in which a page counts once for each process that shares it; in ``pss_bytes`` it counts once.
    """

    cpu_s: dict[int, float] = field(default_factory=dict)
    rss_bytes: int = 0
    pss_bytes: int = 0

    @property
    def total_cpu_s(self) -> float:
        """Processor time of all processes."""
        return sum(self.cpu_s.values())

    def look(self, pid: int) -> None:
        """Take in how things stand."""
        rss = 0
        for one in descendants(pid):
            try:
                stat = (_PROC / str(one) / "stat").read_text(encoding="utf-8")
                pages = int((_PROC / str(one) / "statm").read_text(encoding="ascii").split()[1])
            except OSError:
                continue
            # The fields behind the name in brackets, of which the 12th and 13th are times in ticks.
            fields = stat.rsplit(")", 1)[1].split()
            self.cpu_s[one] = (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
            rss += pages * _PAGE_BYTES
        self.rss_bytes = max(self.rss_bytes, rss)

    def look_closely(self, pid: int) -> None:
        """Take in how much memory is really taken, which costs the system a walk over all pages."""
        pss = 0
        for one in descendants(pid):
            try:
                rollup = (_PROC / str(one) / "smaps_rollup").read_text(encoding="ascii")
            except OSError:
                continue
            pss += next(int(line.split()[1]) << 10 for line in rollup.splitlines() if line.startswith("Pss:"))
        self.pss_bytes = max(self.pss_bytes, pss)


class Run:
    """A program under way, which is looked at until it ends."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.usage = Usage()
        self._started = time.monotonic()
        self._process = subprocess.Popen(arguments, start_new_session=True)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        for times in count(1):
            if self._process.poll() is not None:
                return
            self.usage.look(self._process.pid)
            if times % _CLOSELY_EVERY == 0:
                self.usage.look_closely(self._process.pid)
            time.sleep(_LOOK_EVERY_S)

    def kill_after(self, seconds: float) -> bool:
        """Kill the program (not what it has started) at that age; False where it had ended before."""
        try:
            self._process.wait(max(0.0, self._started + seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return True
        return False

    def kill_at(self, cpu_s: float) -> bool:
        """Kill the program when all its processes have used that much processor time; False where it ended before."""
        while self._process.poll() is None and self.usage.total_cpu_s < cpu_s:
            time.sleep(_LOOK_EVERY_S)
        return self.kill_after(0.0)

    def wait(self) -> tuple[int, float]:
        """Return the exit code and how many seconds the program took."""
        code = self._process.wait()
        seconds = time.monotonic() - self._started
        self._watcher.join()
        return code, seconds
