"""The turn to write the embedded database, which has one writer: threads of a process take it one after another.

SQLite lets writers that meet try again and again, with pauses, and who pauses longest may find it taken for seconds.
Within a process nobody needs to: they wait for their turn, and what records decisions goes first.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class WriteTurn:
    """Who writes now, and who waits; other processes are met by the database's own lock."""

    def __init__(self, patience_s: float) -> None:
        """Make a free turn; after ``patience_s`` of waiting the database's own lock decides."""
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._is_taken = False
        self._waiting = {True: 0, False: 0}
        self._is_owed = False
        """Whether those who go first have just had a turn, while others waited."""

    @contextmanager
    def taken(self, *, first: bool = False) -> Iterator[None]:
        """Hold the turn; ``first`` goes before all who do not say so, but never twice while one of them waits."""
        is_mine = self._take(first=first)
        try:
            yield
        finally:
            if is_mine:
                self._give_back()

    def _take(self, *, first: bool) -> bool:
        with self._changed:
            self._waiting[first] += 1
            try:
                free = self._changed.wait_for(lambda: self._is_free(first=first), self._patience_s)
            finally:
                self._waiting[first] -= 1
            if free:
                self._is_taken = True
                self._is_owed = first and bool(self._waiting[False])
            return free

    def _is_free(self, *, first: bool) -> bool:
        if self._is_taken:
            return False
        return not (self._is_owed and self._waiting[False]) if first else self._is_owed or not self._waiting[True]

    def _give_back(self) -> None:
        with self._changed:
            self._is_taken = False
            self._changed.notify_all()
