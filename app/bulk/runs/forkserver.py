"""How the processes of the local engine are started.

A fork server imports everything once and makes the processes from then on.  It takes seconds to load, so
it is asked for before the run looks at its input; this module imports nothing heavy for that reason.
"""

import multiprocessing
import signal
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext

_PRELOADED = "app.bulk.runs.preload"


def context(*more: str) -> BaseContext:
    """Return how processes are started here; ``more`` are modules that they need besides those of this package."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    chosen = multiprocessing.get_context("forkserver")
    chosen.set_forkserver_preload([_PRELOADED, *more])
    # Ctrl-C goes to the whole group, and the parent alone decides what it means: the server and all that it makes
    # inherit that the signal is held back.  The resource tracker goes first: its start would let the signal through.
    resource_tracker.ensure_running()
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
    return chosen


def prepare(*more: str) -> None:
    """Let the fork server load while this process does something else; ``more`` as for :func:`context`."""
    context(*more)
