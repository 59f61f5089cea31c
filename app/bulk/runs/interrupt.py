"""Ctrl-C, also where it falls into a moment in which Python drops exceptions: a finalizer, a callback."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_seen = False


@contextmanager
def deferred_interrupt() -> Iterator[None]:
    """Keep an interrupt in mind, besides raising it at once; only a main thread may ask for that."""
    global _seen  # noqa: PLW0603 - a signal belongs to the process
    _seen = False
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _seen = False


def check() -> None:
    """Raise KeyboardInterrupt if there was one, whatever became of it."""
    if _seen:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    global _seen  # noqa: PLW0603 - as above
    _seen = True
    raise KeyboardInterrupt
