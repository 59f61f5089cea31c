"""Numba's compiler, with its machine code kept by version of the sources.

Numba compiles a function anew when its own file has changed, but not when a function that it calls has:
after an update of the program it would go on with a mixture of old and new.  So the machine code of every
state of the sources has a folder of its own.
"""

import os

from app import disk_cache

# Numba reads the variable when it is loaded, and child processes inherit it.
os.environ[disk_cache.VARIABLE] = str(disk_cache.folder())

from numba import njit

__all__ = ["njit"]
