"""Single screenings in the event loop: those that arrive together are decided together and recorded together.

Each waits for its own record.  Nothing here waits for a thread, and nothing is decided that could not be recorded: past
a bound of questions under way, of all callers or of one client, whoever comes is asked to come again later.

The bound lets a burst in, which then waits its turn.  Where it does not end, waiting helps nobody: as long as more
is refused than half of what is let in, the bound is a sixteenth, so that those are answered almost as soon as when
idle, and what was let in before and is not decided yet is refused after all.
"""

import asyncio
import time
from collections import Counter, defaultdict
from typing import Final

from app.access.idempotency import IdempotencyClaim
from app.errors import CutoffError, TooMany, Unavailable
from app.screening.record import Author
from app.screening.record_group import Waiter
from app.screening.record_statement import RecordUnit
from app.screening.recorder import Recorder
from app.screening.request import ScreeningInput
from app.screening.service import ScreeningService

_TOGETHER_MAX: Final = 32
_TURN_S: Final = 0.02
"""How long the loop may be held by decisions: whoever else is answered in it, health checks first, waits so long."""
_NEWEST_COUNTS: Final = 0.3
_NARROWED: Final = 16
_LOOKED_EVERY_S: Final = 0.05
_REFUSED_SHARE: Final = 0.5
"""It is an overload where more is refused than this part of what is let in."""


class Room:
    """How many questions may be under way, of all callers and of one client."""

    def __init__(self, under_way_max: int, of_client_max: int) -> None:
        self._wide = (under_way_max, min(of_client_max, under_way_max))
        self._narrow = tuple(max(1, bound // _NARROWED) for bound in self._wide)
        self.of_all, self.of_client = self._wide
        self._let_in = self._refused = 0
        self._let_in_of_turn = self._refused_of_turn = 0
        self._is_narrow = self._was_narrow = self._was_full = False
        self._looked_at = 0.0

    def let_in(self) -> None:
        """Count one that was let in."""
        self._let_in += 1
        self._let_in_of_turn += 1
        if self._is_narrow:
            self._look()

    def refused(self) -> None:
        """Count one that was refused."""
        self._refused += 1
        self._refused_of_turn += 1
        self._look()

    @property
    def has_refused(self) -> bool:
        """Whether anybody was refused in this turn of the loop."""
        return self._refused_of_turn > 0

    def turned(self, *, is_full: bool) -> bool:
        """End a turn of the loop; return whether the room is narrow now and was not.

        An overload shows in one turn where more is refused than let in, if the room was full before.  What comes at
        once after a stall of the loop fills it, and where nothing is let in the database stores nothing.
        """
        let_in, refused = self._let_in_of_turn, self._refused_of_turn
        if let_in or refused:
            if not self._is_narrow and self._was_full and refused > let_in > 0:
                self._begin(time.monotonic(), is_overload=True)
            self._was_full = is_full or refused > 0
            self._let_in_of_turn = self._refused_of_turn = 0
        was_narrow, self._was_narrow = self._was_narrow, self._is_narrow
        return self._is_narrow and not was_narrow

    def _look(self) -> None:
        """Look now and then how much was refused beside what was let in, and narrow or widen the room."""
        now = time.monotonic()
        passed_s = now - self._looked_at
        if passed_s < _LOOKED_EVERY_S:
            return
        # What was counted over a long time is no overload: somebody was refused now and then.
        is_overload = self._refused > _REFUSED_SHARE * self._let_in and passed_s < 2 * _LOOKED_EVERY_S
        self._begin(now, is_overload=is_overload)

    def _begin(self, now: float, *, is_overload: bool) -> None:
        self._is_narrow = is_overload
        self.of_all, self.of_client = self._narrow if is_overload else self._wide
        self._let_in = self._refused = 0
        self._looked_at = now


class _UnderWay:
    """One question under way, from when it is let in until its asker is told."""

    __slots__ = ("_asker", "_is_over", "_pipeline", "author", "claim", "question")

    def __init__(
        self,
        pipeline: "ScreeningPipeline",
        question: ScreeningInput,
        author: Author,
        claim: IdempotencyClaim | None,
        asker: Waiter,
    ) -> None:
        self._pipeline, self.question, self.author, self.claim = pipeline, question, author, claim
        self._asker = asker
        self._is_over = False

    @property
    def is_given_up(self) -> bool:
        """Whether its asker waits no more."""
        return self._asker.done()

    def done(self) -> bool:
        """Whether its asker was told."""
        return self._is_over

    def set_result(self, texts: list[str]) -> None:
        """Tell the asker."""
        if self.end():
            self._asker.set_result(texts)

    def set_exception(self, error: Exception) -> None:
        """Tell the asker."""
        if self.end():
            self._asker.set_exception(error)

    def end(self) -> bool:
        """Be under way no more; return whether the asker is there to be told."""
        self._is_over = True
        self._pipeline.leave(self.author.client)
        return not self._asker.done()


class ScreeningPipeline:
    """Decides and records the single screenings of one process; used from its event loop only."""

    def __init__(
        self, service: ScreeningService, recorder: Recorder, *, under_way_max: int, of_client_max: int
    ) -> None:
        self._service, self._recorder = service, recorder
        self._room = Room(under_way_max, of_client_max)
        self._of_client: defaultdict[str, int] = defaultdict(int)
        self._under_way = 0
        self._gathered: list[_UnderWay] = []
        self._seconds_each = _TURN_S / _TOGETHER_MAX

    @property
    def under_way(self) -> int:
        """How many questions are under way."""
        return self._under_way

    async def screen(self, question: ScreeningInput, author: Author, claim: IdempotencyClaim | None) -> str:
        """Decide and record a question about what is known now, of all lists; return the text of the answer.

        Raises ``Conflict`` where the claim came with another body, ``TooMany`` where the client has too many questions
        under way, and ``Unavailable`` where all together are too many or the decision is not recorded in time.
        """
        asker: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self.begin(question, author, claim, asker)
        return (await asker)[0]

    def begin(self, question: ScreeningInput, author: Author, claim: IdempotencyClaim | None, asker: Waiter) -> None:
        """Do what :meth:`screen` does and tell the asker; what it refuses at once is raised here."""
        self.require_room()
        self._recorder.require_recording()
        self.require_room_of(author.client)
        self._room.let_in()
        self._of_client[author.client] += 1
        self._under_way += 1
        if not self._gathered:
            # Whatever arrived in the same turn of the loop is gathered by then.
            asyncio.get_running_loop().call_soon(self._decide)
        self._gathered.append(_UnderWay(self, question, author, claim, asker))

    def require_room(self) -> None:
        """Raise ``Unavailable`` where as many questions are under way as may be."""
        if self._under_way >= self._room.of_all:
            self._count_refused()
            raise _overloaded()

    def require_room_of(self, client: str) -> None:
        """Raise ``TooMany`` where as many questions of a client are under way as may be."""
        if self._of_client.get(client, 0) >= self._room.of_client:
            self._count_refused()
            raise _too_many_of_client()

    def _count_refused(self) -> None:
        if not self._room.has_refused:
            asyncio.get_running_loop().call_soon(self._end_turn)
        self._room.refused()

    def _end_turn(self) -> None:
        if self._room.turned(is_full=self.may_refuse):
            self._shed()

    @property
    def may_refuse(self) -> bool:
        """Whether so many questions are under way that one more of the same client might be refused."""
        return self._under_way >= self._room.of_client

    def leave(self, client: str) -> None:
        """Count a question of a client as under way no more."""
        self._under_way -= 1
        self._of_client[client] -= 1
        if not self._of_client[client]:
            del self._of_client[client]

    def _decide(self) -> None:
        self._end_turn()
        if not self._gathered:
            return
        count = max(1, min(_TOGETHER_MAX, int(_TURN_S / self._seconds_each)))
        together, self._gathered = self._gathered[:count], self._gathered[count:]
        if self._gathered:
            asyncio.get_running_loop().call_soon(self._decide)
        started = time.thread_time()
        self._decide_some(together)
        each = max((time.thread_time() - started) / len(together), 1e-6)
        self._seconds_each += _NEWEST_COUNTS * (each - self._seconds_each)

    def _shed(self) -> None:
        """Refuse of those that are not decided yet whoever has no place in the room as it is now, the oldest first.

        Whoever came last has waited least, and can still be answered soon.
        """
        kept: list[_UnderWay] = []
        of_client: Counter[str] = Counter()
        for one in reversed(self._gathered):
            client = one.author.client
            if len(kept) >= self._room.of_all:
                one.set_exception(_overloaded())
            elif of_client[client] >= self._room.of_client:
                one.set_exception(_too_many_of_client())
            else:
                of_client[client] += 1
                kept.append(one)
        self._gathered = kept[::-1]

    def _decide_some(self, together: list[_UnderWay]) -> None:
        for one in together:
            if one.is_given_up:
                one.end()
        together = [one for one in together if not one.done()]
        if not together:
            return
        try:
            sealed = self._service.decide_now(
                [one.question for one in together], [one.author.client for one in together]
            )
        except Exception as error:  # noqa: BLE001 - each hears of it, and a wrong one does not stop the others
            if len(together) == 1 or isinstance(error, CutoffError):
                for one in together:
                    one.set_exception(error)
            else:
                for one in together:
                    self._decide_some([one])
            return
        for one, decision in zip(together, sealed, strict=True):
            try:
                self._recorder.hand_in(RecordUnit.of([decision], [decision.text], one.author, one.claim), one)
            except CutoffError as error:
                one.set_exception(error)


def _overloaded() -> Unavailable:
    return Unavailable("overloaded", "请求过多，请稍后重试 / too many questions under way: try again")


def _too_many_of_client() -> TooMany:
    return TooMany("too-many-under-way", "该客户同时进行的请求过多 / too many questions under way")
