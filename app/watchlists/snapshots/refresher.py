"""The thread that keeps a process's snapshot up with the database, and does what is due at each turn."""

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from app.watchlists.snapshots.snapshot_cache import SnapshotCache

_CHECK_SHARE: Final = 0.005
"""Of the time of a process at most this part is spent on looking whether the rows in the database are unchanged."""

log = structlog.get_logger("cutoff.snapshot")


class Refresher:
    """A thread that keeps a process's current snapshot up with the database.

    Each turn does what comes ``before``, takes up what is in force, and does what comes ``after``.  Where a part of it
    fails the rest is left out, the snapshot grows stale, and the next turn tries again.
    """

    def __init__(
        self,
        snapshots: SnapshotCache,
        interval_s: float,
        *,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], None] = lambda: None,
        check_interval_s: float = 300.0,
    ) -> None:
        self._snapshots = snapshots
        self._before, self._after = before, after
        self._interval_s = interval_s
        self._check_interval_s = check_interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        self._stop.set()
        self._thread.join()

    def turn(self) -> None:
        """Take one turn now."""
        self._before()
        self._snapshots.refresh()
        self._after()

    def check(self) -> float:
        """Look whether the rows of the lists in force are unchanged; return after how many seconds to look again.

        Lists of usual size are looked at in every turn, large ones as often as their share of the time allows.
        """
        started = time.monotonic()
        self._snapshots.check_content()
        return min(self._check_interval_s, (time.monotonic() - started) / _CHECK_SHARE)

    def _run(self) -> None:
        check_at = 0.0
        while not self._stop.wait(self._interval_s):
            try:
                self.turn()
                if time.monotonic() >= check_at:
                    check_at = time.monotonic() + self.check()
            except Exception as error:  # noqa: BLE001 - whatever fails, the snapshot grows stale and the next turn tries again
                log.error("refresh_failed", error=type(error).__name__)  # noqa: TRY400 - as a message may hold a row
