"""The thread that keeps a process's snapshot up with the database."""

import threading
import time
from collections.abc import Callable

import structlog

from app.watchlists.snapshots.snapshot_cache import SnapshotCache

log = structlog.get_logger("cutoff.snapshot")


class Refresher:
    """A thread that keeps a shelf's current snapshot up with the database, and each time does what comes ``after``."""

    def __init__(
        self,
        shelf: SnapshotCache,
        interval_s: float,
        after: Callable[[], None] = lambda: None,
        *,
        check_interval_s: float = 300.0,
    ) -> None:
        self._shelf = shelf
        self._after = after
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

    def _run(self) -> None:
        checked = time.monotonic()
        while not self._stop.wait(self._interval_s):
            try:
                self._shelf.refresh()
                self._after()
                if time.monotonic() - checked > self._check_interval_s:
                    self._shelf.check_content()
                    checked = time.monotonic()
            except Exception as error:  # noqa: BLE001 - whatever fails, the snapshot grows stale and the next turn tries again
                log.error("refresh_failed", error=type(error).__name__)  # noqa: TRY400 - as a message may hold a row
