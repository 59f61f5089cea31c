"""The end of a process: it first says that it is not ready, then it refuses connections, then it ends."""

import asyncio
import signal
import threading


class Draining:
    """Whether a process is about to stop; one for each process, as it has one life.

    While it is on, readiness is off and every answer closes its connection, so that whoever sends requests goes
    elsewhere before anything is refused.
    """

    def __init__(self) -> None:
        self.is_on = False

    def begin_at_sigterm(self, loop: asyncio.AbstractEventLoop, drain_s: float) -> None:
        """Let SIGTERM begin it; the server gets the signal ``drain_s`` seconds later, a second one at once."""
        handler = signal.getsignal(signal.SIGTERM)
        if drain_s <= 0 or not callable(handler) or threading.current_thread() is not threading.main_thread():
            return

        def begin(signum: int, frame: object) -> None:
            if self.is_on:
                handler(signum, frame)  # type: ignore[arg-type]  # a frame, as it came
                return
            self.is_on = True
            loop.call_soon_threadsafe(loop.call_later, drain_s, handler, signum, None)

        signal.signal(signal.SIGTERM, begin)


PROCESS = Draining()
