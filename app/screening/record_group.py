"""Units that wait for their record, and which of them go into one commit."""

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from app.screening.record_statement import RecordUnit

Result = list[str] | Exception


class Waiter(Protocol):
    """Who waits in the event loop: a future of it, or whatever else does as that does."""

    def done(self) -> bool:
        """Whether nobody waits any more."""
        ...

    def set_result(self, texts: list[str], /) -> None:
        """Take the texts of the answer."""
        ...

    def set_exception(self, error: Exception, /) -> None:
        """Take what stands in their place."""
        ...


@dataclass(eq=False, slots=True)
class Waiting:
    """A unit on its way, when its time is up (monotonic seconds), and what tells its waiter.

    ``is_doubtful``: it may be stored already, by somebody who did not hear of it.
    """

    unit: RecordUnit
    deadline: float
    future: "Waiter | Future[list[str]]"
    given_up: bool = field(default=False)
    is_doubtful: bool = field(default=False)
    followers: "list[Waiting]" = field(default_factory=list)
    """Those that came with the same claim and the same body while it waited: they get what it gets."""


class RecordGroup:
    """Those that go into one commit, up to a number of rows, each claim once; ``over`` have to wait for the next."""

    def __init__(self, rows_max: int) -> None:
        self.members: list[Waiting] = []
        self.over: list[Waiting] = []
        self._rows_max = rows_max
        self._rows = 0
        self._claims: dict[tuple[str, str, str], Waiting] = {}

    @property
    def is_full(self) -> bool:
        """Whether nobody else is taken in."""
        return self._rows >= self._rows_max

    def add(self, one: Waiting) -> None:
        """Take one in, make it follow another with its claim, or leave it for the next group."""
        if one.given_up:
            return
        size, claim = one.unit.size, one.unit.claim
        if claim is not None:
            leader = self._claims.setdefault((claim.client, claim.route, claim.key), one)
            if leader is not one:
                (leader.followers if leader.unit.claim == claim else self.over).append(one)
                return
        if self.members and self._rows + size > self._rows_max:
            if claim is not None:
                del self._claims[claim.client, claim.route, claim.key]
            self.over.append(one)
            self._rows = self._rows_max
            return
        self.members.append(one)
        self._rows += size

    def add_all(self, waiting: Iterable[Waiting]) -> None:
        """Take in as many as there is room for, in their order; the others are over."""
        for one in waiting:
            if self.is_full:
                self.over.append(one)
            else:
                self.add(one)
