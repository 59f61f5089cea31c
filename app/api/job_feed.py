"""What open progress streams show: each job is read once a second, however many streams show it."""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import anyio.to_thread

EVERY_S: Final = 1.0

T = TypeVar("T")


class JobFeed(Generic[T]):
    """The newest state of the jobs that streams show.  Used from one event loop only."""

    def __init__(self, read: Callable[[str], T]) -> None:
        self._read = read
        self._reading: dict[str, tuple[float, asyncio.Task[T]]] = {}

    async def state(self, job_id: str) -> T:
        """Return the state of a job, read less than a second ago.  Raises what reading it raises."""
        now = asyncio.get_running_loop().time()
        known = self._reading.get(job_id)
        if known is None or now - known[0] >= EVERY_S:
            self._reading = {one: kept for one, kept in self._reading.items() if now - kept[0] < EVERY_S}
            known = now, asyncio.ensure_future(anyio.to_thread.run_sync(self._read, job_id))
            self._reading[job_id] = known
        # A stream that ends must not end the reading that others wait for.
        return await asyncio.shield(known[1])
