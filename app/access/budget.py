"""How much one client may have under way, so that the others find a thread and memory."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import TooMany, Unavailable


class ClientBudget:
    """Calls that take long: ``of_client`` at once for each client, ``of_all`` in this process.

    Calls of many items weigh as much as these: ``items_of_client`` together, or one call of any number.
    """

    def __init__(self, of_client: int, of_all: int, *, items_of_client: int | None = None) -> None:
        self._of_client, self._of_all, self._items_of_client = of_client, of_all, items_of_client
        self._under_way: defaultdict[str, int] = defaultdict(int)
        self._items: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, client: str, *, items: int = 0) -> Iterator[None]:
        """Take one place for a client while the block runs.  Raises ``TooMany`` or ``Unavailable``; it never waits."""
        with self._lock:
            busy = self._items.get(client, 0)
            if items and busy and self._items_of_client is not None and busy + items > self._items_of_client:
                raise TooMany(
                    "too-many-under-way",
                    f"该客户已有{busy}项在处理，上限{self._items_of_client} / {busy} items are under way already, "
                    f"{self._items_of_client} may be",
                )
            if self._under_way.get(client, 0) >= self._of_client:
                raise TooMany(
                    "too-many-under-way",
                    f"该客户已有{self._of_client}个大请求在处理 / {self._of_client} large calls run already",
                )
            if sum(self._under_way.values()) >= self._of_all:
                raise Unavailable("overloaded", "大请求过多，请稍后重试 / too many large calls: try again")
            self._under_way[client] += 1
            self._items[client] += items
        try:
            yield
        finally:
            with self._lock:
                self._under_way[client] -= 1
                self._items[client] -= items
                if not self._under_way[client]:
                    del self._under_way[client], self._items[client]


class AnswerBudget:
    """Bytes of large answers that wait until their callers have read them.  Used from one event loop only."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._pending: defaultdict[str, int] = defaultdict(int)

    @property
    def pending(self) -> int:
        """How many bytes wait."""
        return sum(self._pending.values())

    @contextmanager
    def taken(self, client: str, size: int) -> Iterator[None]:
        """Count ``size`` bytes while the block sends them; one client may have half of all.

        Where nothing of a client waits, it may always send one answer.  Raises ``Unavailable`` past the limit.
        """
        mine = self._pending[client]
        if mine and (mine + size > self._bytes_max // 2 or self.pending + size > self._bytes_max):
            raise Unavailable("overloaded", "待读取的大答复过多，请稍后重试 / too many large answers are still unread")
        self._pending[client] = mine + size
        try:
            yield
        finally:
            self._pending[client] -= size
            if not self._pending[client]:
                del self._pending[client]
