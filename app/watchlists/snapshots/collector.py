"""The garbage collector and snapshots, whose millions of objects all stay for long."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused(*, is_large: bool = False) -> Iterator[None]:
    """Keep the collector still while a snapshot is made, as it would walk what all stays.

    What ``is_large`` is then taken out of its sight: a look at all objects would stop the process for as long as half a
    second for each hundred thousand entities.  References still free them; only cycles that are garbage by then are not
    found any more, and snapshots have none.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        if is_large:
            gc.freeze()
    finally:
        if was_enabled:
            gc.enable()
