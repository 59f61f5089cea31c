"""Memory that is no longer needed goes back to the system, where the C library knows how."""

import ctypes
import gc


def give_back() -> None:
    """Free what nothing refers to, and let the C library return what it holds of it."""
    gc.collect()
    # Only the library of GNU has it.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
