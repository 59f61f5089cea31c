"""Memory that is no longer needed goes back to the system, where the C library knows how."""

import ctypes
import gc


def release_memory() -> None:
    """Free what nothing refers to, and let the C library return it."""
    gc.collect()
    trim()


def trim() -> None:
    """Let the C library return what it holds of freed memory."""
    # Only the library of GNU has it.
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if found is not None:
        found(0)
