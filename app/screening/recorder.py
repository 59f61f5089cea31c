"""The recorder of a process: many answers are recorded in one commit, and each answer waits for its own.

Whoever answers hands in a :class:`RecordUnit` and waits; all that wait, up to a bound, are stored with one commit, and
each waiter is woken once.  Nothing waits to gather more: while one group commits, the next one gathers.  What comes
from threads is stored by a thread, and so is what comes from the event loop where the database is a file; on PostgreSQL
the event loop has a connection of its own (:mod:`.loop_writer`), and the thread takes over what goes wrong there.

What happens when the database does not take it:

* a unit that alone is wrong fails alone, the others of its group are stored;
* the database is away, read-only, full or refuses connections: those that wait are tried again until their time is
  up, and whoever comes meanwhile is refused at once (:meth:`Recorder.require_recording`), until a try succeeds;
* the database does not answer: as before once ``stall_s`` has passed, and its connection is cut so that the next try
  has one of its own.
"""

import asyncio
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.access import idempotency
from app.db import Database
from app.errors import CutoffError, Unavailable
from app.screening import loop_connection, record_statement
from app.screening.loop_connection import LoopConnection
from app.screening.loop_writer import LoopWriter, WriterEvents, shut
from app.screening.record_group import RecordGroup, Result, Waiter, Waiting
from app.screening.record_statement import ClaimTakenError, RecordConnection, RecordUnit

_BACKOFF_S: Final = 0.25
_SWEEP_S: Final = 0.1
_DATA_ERRORS: Final = frozenset({"DataError", "IntegrityError"})

log = structlog.get_logger("cutoff.recorder")


@dataclass(frozen=True, slots=True)
class RecorderLimits:
    """What a recorder may hold and how long anybody waits.

    ``rows_max`` rows go into one commit, ``waiting_max`` units may wait; a unit waits ``timeout_s`` seconds at most,
    one statement may take ``stall_s`` before the database counts as gone, and an idle recorder tries every
    ``probe_s`` seconds whether it could record.
    """

    rows_max: int = 256
    waiting_max: int = 2_048
    timeout_s: float = 5.0
    stall_s: float = 3.0
    probe_s: float = 1.0


class Recorder:
    """Records what a process decides.  Started and stopped with the process; usable from the loop and from threads."""

    def __init__(
        self,
        database: Database,
        limits: RecorderLimits | None = None,
        on_recorded: Callable[[str, int], object] = lambda outcome, count: None,  # noqa: ARG005 - nobody counts
        on_commit: Callable[[int, float], object] = lambda rows, seconds: None,  # noqa: ARG005 - nobody counts
    ) -> None:
        """Make a recorder.

        ``on_recorded`` gets each outcome of decisions that are recorded, and of how many; ``on_commit`` the rows and
        seconds of every commit.
        """
        self.limits = limits or RecorderLimits()
        self._database = database
        self._on_recorded, self._on_commit = on_recorded, on_commit
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._waiting: dict[Waiting, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._writer: LoopWriter | None = None
        self._has_writer = False
        self._writer_wanted_at = 0.0
        self._connection: RecordConnection | None = None
        self._held_over: list[Waiting] = []
        self._begun: float | None = None
        self._failure: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    # -- for whoever answers -------------------------------------------------------------------------------------

    def start(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Start the writer; ``loop`` is the event loop from which :meth:`record` is called."""
        self._thread.start()
        if loop is not None:
            self._loop = loop
            loop.call_soon_threadsafe(self._sweep)

    def stop(self) -> None:
        """Record what waits, then end; it takes no longer than a unit may wait."""
        self._stopping.set()
        if self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(self._end_writer)
            except RuntimeError:  # the loop is closed, and nobody waits in it
                self._has_writer = False
        self._queue.put(None)
        self._thread.join(self.limits.timeout_s + self.limits.stall_s)
        if self._loop is not None and self._sweeper is not None and not self._loop.is_closed():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._sweeper.cancel)

    @property
    def failure(self) -> str | None:
        """Why nothing can be recorded now, as the name of an error; None where it can."""
        begun, writer = self._begun, self._writer
        if writer is not None and writer.begun is not None:
            begun = writer.begun if begun is None else min(begun, writer.begun)
        if begun is not None and time.monotonic() - begun > self.limits.stall_s:
            return "stalled"
        return self._failure

    @property
    def waiting(self) -> int:
        """How many units wait."""
        return len(self._waiting)

    def require_recording(self) -> None:
        """Raise :class:`Unavailable` where what is decided now could not be recorded in time."""
        if self.failure is not None:
            raise Unavailable(
                "database-unavailable",
                "数据库不可用，未作出决定，请稍后重试 / the database is not available: no decision was made, try again",
            )
        if len(self._waiting) >= self.limits.waiting_max:
            raise Unavailable("overloaded", "等待入库的决定过多，请稍后重试 / too many decisions wait: try again")

    async def record(self, unit: RecordUnit) -> list[str]:
        """Record a unit from the event loop and return the texts to answer, once it is durable.

        They are those of the first answer where the claim was used before.  Raises ``Conflict`` where it was used with
        another body, and :class:`Unavailable` where it is not recorded in time: the outcome is then unknown.
        """
        loop = self._loop or asyncio.get_running_loop()
        future: asyncio.Future[list[str]] = loop.create_future()
        self.hand_in(unit, future)
        return await future

    def hand_in(self, unit: RecordUnit, waiter: Waiter) -> None:
        """Have a unit recorded, from the event loop; the waiter then gets what :meth:`record` returns or raises.

        Raises as :meth:`require_recording` does.
        """
        one = self._admitted(unit, waiter)
        if self._writer is not None:
            self._writer.put(one)
        else:
            self._queue.put(one)

    def record_now(self, unit: RecordUnit) -> list[str]:
        """Do from a thread what :meth:`record` does from the event loop."""
        future: Future[list[str]] = Future()
        one = self._admitted(unit, future)
        self._queue.put(one)
        try:
            return future.result(self.limits.timeout_s)
        except TimeoutError:
            one.given_up = True
            raise _too_late() from None
        finally:
            self._waiting.pop(one, None)

    def _admitted(self, unit: RecordUnit, future: "Waiter | Future[list[str]]") -> Waiting:
        self.require_recording()
        one = Waiting(unit, time.monotonic() + self.limits.timeout_s, future)
        self._waiting[one] = None
        return one

    def _sweep(self) -> None:
        """Give up, in the event loop, whatever has waited too long: units wait in the order in which they came."""
        now = time.monotonic()
        for one in list(self._waiting):
            if one.deadline > now:
                break
            if not isinstance(one.future, Future) and not one.future.done():
                one.given_up = True
                one.future.set_exception(_too_late())
                del self._waiting[one]
        writer = self._writer
        if writer is not None and writer.begun is not None and now - writer.begun > self.limits.stall_s:
            self._failure = "stalled"
            writer.cut()
        begun = self._begun
        if begun is not None and now - begun > self.limits.stall_s:
            self._cut()
        if self._loop is not None and not self._stopping.is_set():
            self._sweeper = self._loop.call_later(_SWEEP_S, self._sweep)

    def _cut(self) -> None:
        """Shut the socket of a connection that does not answer, so that the writer comes back from it."""
        connection = self._connection
        fileno = connection.fileno() if connection is not None else None
        if fileno is None:
            return
        self._begun = None
        self._failure = "stalled"
        log.error("recorder_stalled")
        shut(fileno)

    # -- the connection of the event loop --------------------------------------------------------------------------

    def _begin_writer(self, connection: LoopConnection) -> None:
        if self._loop is None or self._stopping.is_set():
            connection.close()
            self._has_writer = False
            return
        events = WriterEvents(on_stored=self._settle_in_loop, on_left=self._leave, on_end=self._writer_ended)
        self._writer = LoopWriter(connection, self._loop, events, rows_max=self.limits.rows_max)

    def _end_writer(self) -> None:
        if self._writer is not None:
            self._writer.end()

    def _writer_ended(self, error: Exception | None) -> None:
        if error is not None:
            log.warning("loop_writer_ended", error=type(error).__name__)
        self._writer, self._has_writer = None, False

    def _leave(self, left: Sequence[Waiting]) -> None:
        """Leave units to the thread."""
        for one in left:
            self._queue.put(one)

    def _settle_in_loop(self, stored: Sequence[Waiting], seconds: float) -> None:
        settled: list[tuple[Waiting, Result]] = [(one, one.unit.texts) for one in stored]
        settled += _of_followers(settled)
        self._resolve_all(settled)
        # Whoever waits is told first; nobody can ask for the counts before this turn of the loop is over.
        self._on_commit(sum(one.unit.size for one in stored), seconds)
        self._count(settled)

    # -- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._open_writer()
        while True:
            group = self._next_group()
            if group is None:
                if self._stopping.is_set() and self._queue.empty() and not self._has_writer:
                    break
                self._try_probe()
            else:
                self._settle(self._stored(group))
            if self._failure is None and time.monotonic() >= self._writer_wanted_at:
                self._open_writer()
        self._disconnect()

    def _open_writer(self) -> None:
        """Open a connection for the event loop where it has none and the database takes one."""
        self._writer_wanted_at = time.monotonic() + self.limits.probe_s
        if self._loop is None or self._has_writer or self._stopping.is_set():
            return
        try:
            connection = loop_connection.connect_loop(self._database)
        except Exception as error:  # noqa: BLE001 - the thread stores as well
            log.warning("loop_writer_not_opened", error=type(error).__name__)
            return
        if connection is None:
            return
        self._has_writer = True
        try:
            self._loop.call_soon_threadsafe(self._begin_writer, connection)
        except RuntimeError:  # the loop is closed
            self._has_writer = False
            connection.close()

    def _next_group(self) -> list[Waiting] | None:
        """Return all that wait, up to ``rows_max`` rows, each claim once; None where nothing came for a while."""
        group = RecordGroup(self.limits.rows_max)
        held, self._held_over = self._held_over, []
        group.add_all(held)
        while not group.is_full:
            try:
                if group.members or group.over or (self._stopping.is_set() and not self._has_writer):
                    one = self._queue.get_nowait()
                elif self._stopping.is_set():
                    one = self._queue.get(timeout=_SWEEP_S)
                else:
                    one = self._queue.get(timeout=_BACKOFF_S if self._failure else self.limits.probe_s)
            except queue.Empty:
                break
            if one is not None:
                group.add(one)
        self._held_over = group.over
        return group.members or None

    def _stored(self, group: Sequence[Waiting]) -> list[tuple[Waiting, Result]]:
        """Store a group, again and again until the time of its last member is up."""
        settled: list[tuple[Waiting, Result]] = []
        is_doubtful = any(one.is_doubtful for one in group)
        while group:
            started = time.monotonic()
            self._begun = started
            try:
                if is_doubtful:
                    group, found = self._there_already(group)
                    settled += found
                if group:
                    self._connected().store([one.unit for one in group])
            except ClaimTakenError:
                self._begun = None
                self._succeeded()
                group, found = self._recalled(group)
                settled += found
                continue
            except Exception as error:  # noqa: BLE001 - whatever it was, nobody may wait for ever
                self._begun = None
                self._disconnect()
                if _is_of_data(error):
                    return settled + self._stored_apart(group, error)
                self._failed(error)
            else:
                self._begun = None
                self._succeeded()
                self._on_commit(sum(one.unit.size for one in group), time.monotonic() - started)
                return settled + [(one, one.unit.texts) for one in group]
            is_doubtful = True
            late = [one for one in group if one.deadline <= time.monotonic() or one.given_up]
            if len(late) == len(group) or self._stopping.wait(_BACKOFF_S):
                late = list(group)
            settled += [(one, _too_late()) for one in late]
            group = [one for one in group if one not in late]
        return settled

    def _there_already(self, group: Sequence[Waiting]) -> tuple[list[Waiting], list[tuple[Waiting, Result]]]:
        """Part those units that were stored after all, though nobody heard of it, from the others."""
        first = [one.unit.rows.screenings[0]["id"] if one.unit.size else "" for one in group]
        known = self._connected().known(first)
        there = [one for one, found in zip(group, first, strict=True) if found in known]
        return [one for one in group if one not in there], [(one, one.unit.texts) for one in there]

    def _recalled(self, group: Sequence[Waiting]) -> tuple[list[Waiting], list[tuple[Waiting, Result]]]:
        """Part the units whose claim was somebody else's before, who get what was answered then, from the others."""
        others, settled = [], []
        for one in group:
            found = self._first_answer(one.unit)
            if found is None:
                others.append(one)
            else:
                settled.append((one, found))
        if not settled:
            time.sleep(_BACKOFF_S / 10)  # whoever has the claim is about to commit it, or to give it up
            late = [one for one in others if one.deadline <= time.monotonic()]
            settled = [(one, _too_late()) for one in late]
            others = [one for one in others if one not in late]
        return others, settled

    def _first_answer(self, unit: RecordUnit) -> Result | None:
        if unit.claim is None:
            return None
        try:
            with self._database.read() as session:
                found: list[str] | None = idempotency.recall(session, unit.claim)
        except (CutoffError, SQLAlchemyError) as error:
            return error
        return found

    def _stored_apart(self, group: Sequence[Waiting], error: Exception) -> list[tuple[Waiting, Result]]:
        """Store each unit by itself where something in one of them is wrong, so that only that one fails."""
        if len(group) == 1:
            # Which of several rows the database refuses first is its own choice: the claim may be taken all the same.
            found = self._first_answer(group[0].unit)
            if found is not None:
                return [(group[0], found)]
            log.error("record_refused", error=type(error).__name__)
            return [(group[0], error)]
        return [settled for one in group for settled in self._stored([one])]

    def _settle(self, settled: Sequence[tuple[Waiting, Result]]) -> None:
        """Tell every waiter, those of the event loop all at once."""
        settled = [*settled, *_of_followers(settled)]
        self._count(settled)
        of_loop = [(one, result) for one, result in settled if not isinstance(one.future, Future)]
        for one, result in settled:
            if isinstance(one.future, Future):
                _resolve(one.future, result)
        if of_loop and self._loop is not None:
            # The loop is closed where the process ends without waiting for its answers.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._resolve_all, of_loop)

    def _count(self, settled: Sequence[tuple[Waiting, Result]]) -> None:
        counts = Counter(
            row["outcome"] for one, result in settled if result is one.unit.texts for row in one.unit.rows.screenings
        )
        for outcome, count in counts.items():
            self._on_recorded(outcome, count)

    def _resolve_all(self, settled: Sequence[tuple[Waiting, Result]]) -> None:
        """Tell the waiters of the event loop."""
        for one, result in settled:
            self._waiting.pop(one, None)
            _resolve(one.future, result)

    def _try_probe(self) -> None:
        self._begun = time.monotonic()
        try:
            self._connected().probe()
        except Exception as error:  # noqa: BLE001 - readiness says so, and the next turn tries again
            self._disconnect()
            self._failed(error)
        else:
            self._succeeded()
        finally:
            self._begun = None

    def _connected(self) -> RecordConnection:
        if self._connection is None:
            self._connection = record_statement.connect(self._database)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _failed(self, error: Exception) -> None:
        found = type(error).__name__
        if self._failure != found:
            log.error("recording_impossible", error=found)
        self._failure = found

    def _succeeded(self) -> None:
        if self._failure is not None:
            log.info("recording_again")
            self._failure = None


def _of_followers(settled: Sequence[tuple[Waiting, Result]]) -> list[tuple[Waiting, Result]]:
    """Return what those get who came with a claim that another one of their group had.

    Whoever follows may be followed too: it led a group that was left to the thread, where another one led.
    """
    found: list[tuple[Waiting, Result]] = []
    leaders = list(settled)
    while leaders:
        leader, result = leaders.pop()
        for one in leader.followers:
            if one.unit.claim is not None and not isinstance(result, Exception):
                one.unit.claim.is_replayed = True
            found.append((one, result))
            leaders.append((one, result))
    return found


def _is_of_data(error: Exception) -> bool:
    """Whether an error is about what was to be stored, and not about the database."""
    return any(one.__name__ in _DATA_ERRORS for one in type(error).__mro__) or isinstance(error, TypeError | ValueError)


def _too_late() -> Unavailable:
    return Unavailable(
        "database-unavailable",
        "未能及时入库，结果未知；请用同一 Idempotency-Key 重试，此前按 REVIEW 处理 / not recorded in time: treat it as "
        "REVIEW and try again with the same Idempotency-Key",
    )


def _resolve(future: Any, result: Result) -> None:  # noqa: ANN401 - a future of either kind
    # A client that went away has cancelled its future; the others of the group must hear all the same.
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
