"""Work that takes longer than a page may wait, in a thread beside the pages that wait for it; one run for each key."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import structlog

from app import clock
from app.errors import CutoffError

_KEPT: Final = 16

T = TypeVar("T")

log = structlog.get_logger("cutoff.web")


@dataclass(slots=True)
class BackgroundRun(Generic[T]):
    """One run: when it began, and once it has ended what came of it; neither where it failed."""

    began_at: datetime
    ended_at: datetime | None = None
    found: T | None = None
    error: CutoffError | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def has_failed(self) -> bool:
        """Whether it ended without a result."""
        return self.ended.is_set() and self.found is None


class Background(Generic[T]):
    """The runs of one kind in one process; whoever asks for the same gets the same run for as long as it ``lasts``."""

    def __init__(self, lasts: timedelta) -> None:
        self._lasts = lasts
        self._lock = threading.Lock()
        self._runs: dict[Hashable, BackgroundRun[T]] = {}

    def current(self, key: Hashable, work: Callable[[], T], wait_s: float) -> BackgroundRun[T]:
        """Return the run under way, the one that ended just now, or a new one; waits a little for its end.

        Raises what the work refused with.
        """
        with self._lock:
            run = self._runs.pop(key, None)
            if run is None or self._is_old(run):
                run = BackgroundRun(clock.now())
                threading.Thread(target=_do, args=(run, work), name="background", daemon=True).start()
            self._runs[key] = run
            while len(self._runs) > _KEPT:
                self._runs.pop(next(iter(self._runs)))
        run.ended.wait(wait_s)
        if run.error is not None:
            raise run.error
        return run

    def _is_old(self, run: BackgroundRun[T]) -> bool:
        return run.has_failed or (run.ended_at is not None and clock.now() - run.ended_at > self._lasts)


def _do(run: BackgroundRun[T], work: Callable[[], T]) -> None:
    try:
        run.found = work()
    except CutoffError as error:
        run.error = error
    except Exception as error:  # noqa: BLE001 - whoever waits is to get to know it
        log.error("background_failed", error=type(error).__name__)  # noqa: TRY400 - a message may hold what is stored
    run.ended_at = clock.now()
    run.ended.set()
