"""Memory that is no longer needed goes back to the system, where the C library knows how."""

import ctypes
import gc


def settle() -> None:
    """Free what nothing refers to, and take what is left for loaded to stay: no collection looks at it again."""
    gc.collect()
    gc.freeze()
    trim()


def trim() -> None:
    """Let the C library return what it holds of freed memory."""
    # Only the library of GNU has it.
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if found is not None:
        found(0)
