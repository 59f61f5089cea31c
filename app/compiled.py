"""Numba's compiler, with its machine code kept by version of the sources.

Numba compiles a function anew when its own file has changed, but not when a function that it calls has:
after an update of the program it would go on with a mixture of old and new.  So the machine code of every
state of the sources has a folder of its own.
"""

import hashlib
import os
import shutil
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

_SOURCES: Final = ("app.names", "app.matching")
_VARIABLE: Final = "NUMBA_CACHE_DIR"


@cache
def _name() -> str:
    """Return the name of the folder of these sources: it has the SHA-256 over all that may hold compiled functions."""
    digest = hashlib.sha256(sys.version.encode())
    for package in _SOURCES:
        for source in sorted(files(package).iterdir(), key=lambda item: item.name):
            if source.name.endswith(".py"):
                digest.update(f"{package}/{source.name}\0".encode())
                digest.update(source.read_bytes())
    return f"compiled-{digest.hexdigest()[:12]}"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _folder() -> Path:
    """Return where the machine code lies: where the environment says, else beside the sources or in the user's cache.

    A folder that was given is not asked whether it can be written: an image may bring it filled.
    """
    given = os.environ.get(_VARIABLE)
    if given:
        # A parent process has told where it found it.
        return Path(given) if Path(given).name == _name() else Path(given) / _name()
    beside = Path(__file__).parent / "__pycache__" / _name()
    if _writable(beside):
        return beside
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return own / "cutoff" / _name()


def forget_others() -> None:
    """Remove the machine code of other states of the sources, where it lies beside them."""
    own = Path(os.environ[_VARIABLE])
    if own.parent == Path(__file__).parent / "__pycache__":
        for other in own.parent.glob("compiled-*"):
            if other != own:
                shutil.rmtree(other, ignore_errors=True)


# Numba reads the variable when it is loaded, and child processes inherit it.
os.environ[_VARIABLE] = str(_folder())

from numba import njit  # noqa: E402 - see above

__all__ = ["forget_others", "njit"]
