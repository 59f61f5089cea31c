"""Numba's compiler, with its machine code kept by the content of the sources.

Numba compiles a function anew when its own file has changed, but not when a function that it calls has:
after an update of the program it would go on with a mixture of old and new.  So the machine code of every
state of the sources has a folder of its own (:mod:`app.disk_cache`), and nothing else decides whether it is current:
a checkout at another place, or with other times of its files, uses what is there.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from app import disk_cache

_LOCATORS: Final = (f"{__name__}.ContentCacheLocator", "UserProvidedCacheLocator", "UserWideCacheLocator")

# Numba reads the variables when it is loaded, and child processes inherit them.
os.environ[disk_cache.VARIABLE] = str(disk_cache.folder())
os.environ["NUMBA_CACHE_LOCATOR_CLASSES"] = ",".join(_LOCATORS)

from numba import njit  # noqa: E402 - see above

__all__ = ["leaf", "njit"]


F = TypeVar("F", bound=Callable[..., Any])
_UNCOUNTED: Final[dict[str, Any]] = {"_nrt": False}
"""Numba's option for code that owns no array."""


def leaf(function: F) -> F:
    """Compile a function that makes no array and returns none.

    Arrays that it is given are then not counted as they pass from function to function.  Counting those in the tuples
    of tables takes longer than most of these functions, so that a loop could not be written as functions.
    """
    return cast("F", njit(cache=True, **_UNCOUNTED)(function))


class ContentCacheLocator:
    """Where Numba keeps the machine code of one function; Numba makes one for each and calls the four ``get`` methods.

    Functions of other packages are not ours to place: for them :meth:`from_function` returns None.
    """

    def __init__(self, module: str, line: int) -> None:
        self._path = disk_cache.folder() / module
        self._line = line

    @classmethod
    def from_function(cls, function: Callable[..., Any], _file: str) -> "ContentCacheLocator | None":
        """Return the locator of a function of ours, or None where its folder cannot be written."""
        if not function.__module__.startswith(disk_cache.SOURCES):
            return None
        locator = cls(function.__module__, function.__code__.co_firstlineno)
        try:
            locator.ensure_cache_path()
        except OSError:
            return None
        return locator

    def ensure_cache_path(self) -> None:
        """Make the folder; raise :exc:`OSError` where it cannot be made or written."""
        Path(self._path).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=self._path).close()

    def get_cache_path(self) -> str:
        """Return the folder of the function's module."""
        return str(self._path)

    def get_source_stamp(self) -> str:
        """Return what must be equal for the code to be current: the folder's name says all."""
        return disk_cache.folder().name

    def get_disambiguator(self) -> str:
        """Return what distinguishes functions of one name in one module."""
        return str(self._line)
