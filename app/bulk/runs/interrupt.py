"""Ctrl-C as a flag that is looked at between two steps.

An exception that a signal handler raises may come up while compiled code returns, and then the process dies of
it (SIGSEGV), or inside a finalizer, where Python drops it.  So the handler only keeps in mind that it was called.
"""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeVar

_T = TypeVar("_T")

EXIT_INTERRUPTED: Final = 130

_seen = False


@contextmanager
def deferred_interrupt() -> Iterator[None]:
    """Keep an interrupt in mind for :func:`check`; only a main thread may ask for that.

    A second interrupt ends the process at once: whatever a run has written stays resumable.
    """
    global _seen  # noqa: PLW0603 - a signal belongs to the process
    _seen = False
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
        check()
    except Exception:
        # A process that the interrupt ended first fails in its own way; the interrupt is the reason.
        check()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
        _seen = False


def check() -> None:
    """Raise KeyboardInterrupt if there was one."""
    if _seen:
        raise KeyboardInterrupt


def checked(each: Iterable[_T]) -> Iterator[_T]:
    """Give the items, looking for an interrupt before each."""
    for one in each:
        check()
        yield one


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    global _seen  # noqa: PLW0603 - as above
    if _seen:
        os._exit(EXIT_INTERRUPTED)
    _seen = True
