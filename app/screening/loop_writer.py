"""Stores what the event loop hands in by a connection of the loop's own, as long as nothing goes wrong.

Whatever does go wrong is left to the thread of the recorder, which knows what to do about claims that are taken,
about commits of unknown outcome and about a database that is away.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.screening.loop_connection import LoopConnection
from app.screening.record_group import RecordGroup, Waiting
from app.screening.record_statement import ClaimTakenError


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterEvents:
    """Who is called, in the event loop.

    ``on_stored``: with a group that is stored, and the seconds that its commit took.  ``on_left``: with those that the
    thread has to store.  ``on_end``: once, when the writer takes nothing more.
    """

    on_stored: Callable[[Sequence[Waiting], float], None]
    on_left: Callable[[Sequence[Waiting]], None]
    on_end: Callable[[Exception | None], None]


class LoopWriter:
    """One group is on its way at a time; the next one gathers meanwhile.  Used from the event loop only."""

    def __init__(
        self, connection: LoopConnection, loop: asyncio.AbstractEventLoop, events: WriterEvents, *, rows_max: int
    ) -> None:
        self._connection, self._loop, self._events = connection, loop, events
        self._rows_max = rows_max
        self._gathered: list[Waiting] = []
        self._sent: list[Waiting] = []
        self._is_due = self._is_ending = self._is_over = False
        self.begun: float | None = None
        """Since when a group is on its way (monotonic seconds), None where none is."""
        self._fileno = connection.fileno()
        loop.add_reader(self._fileno, self._on_readable)

    def put(self, one: Waiting) -> None:
        """Store a unit with whatever else comes in this turn of the loop, or while a group is on its way."""
        self._gathered.append(one)
        if not self._sent and not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._send)

    def end(self) -> None:
        """Take nothing more, and end when what is on its way is stored."""
        self._is_ending = True
        if not self._sent:
            self._end(None)

    def cut(self) -> None:
        """Give up a connection that does not answer: what is on its way may be stored or not."""
        shut(self._fileno)
        self._end(TimeoutError("the database did not answer"))

    def _send(self) -> None:
        self._is_due = False
        if self._sent or self._is_over:
            return
        if self._is_ending or self._connection.is_old:
            self._end(None)
            return
        group = RecordGroup(self._rows_max)
        group.add_all(self._gathered)
        self._gathered, self._sent = group.over, group.members
        if not self._sent:
            return
        self.begun = time.monotonic()
        try:
            if not self._connection.send([one.unit for one in self._sent]):
                self._loop.add_writer(self._fileno, self._on_writable)
        except Exception as error:  # noqa: BLE001 - whatever it was, the thread finds out
            self._end(error)

    def _on_writable(self) -> None:
        try:
            if self._connection.flush():
                self._loop.remove_writer(self._fileno)
        except Exception as error:  # noqa: BLE001 - as above
            self._end(error)

    def _on_readable(self) -> None:
        try:
            is_stored = self._connection.finish() if self._sent else self._connection.listen()
        except ClaimTakenError:
            # Nothing of the group is stored.  Whose the claim is has to be looked up, which may take a while.
            self._events.on_left(self._taken_back())
        except Exception as error:  # noqa: BLE001 - as above
            self._end(error)
            return
        else:
            if not is_stored:
                return
            seconds = time.monotonic() - (self.begun or 0.0)
            stored = self._taken_back()
            # The next group is written while these are answered.
            self._send()
            self._events.on_stored(stored, seconds)
            return
        self._send()

    def _taken_back(self) -> list[Waiting]:
        sent, self._sent, self.begun = self._sent, [], None
        return sent

    def _end(self, error: Exception | None) -> None:
        if self._is_over:
            return
        self._is_over = True
        for remove in (self._loop.remove_reader, self._loop.remove_writer):
            with suppress(Exception):
                remove(self._fileno)
        with suppress(Exception):
            self._connection.close()
        sent, gathered, self._gathered = self._taken_back(), self._gathered, []
        for one in sent:
            one.is_doubtful = True
        self._events.on_end(error)
        self._events.on_left([*sent, *gathered])


def shut(fileno: int) -> None:
    """Shut a socket that somebody else holds, so that whoever waits for it comes back; its file stays open."""
    with suppress(OSError), socket.socket(fileno=os.dup(fileno)) as found:
        found.shutdown(socket.SHUT_RDWR)
