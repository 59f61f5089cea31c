"""What follows from the sources and data files of names and matching alone, kept on disk so that it is made once.

Machine code and tables take seconds to make and milliseconds to read.  Every state of the sources has a folder of
its own, so an update of the program goes on with nothing of the state before it.
"""

import hashlib
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar

from app.source_digest import package_contents

SOURCES: Final = ("app.names", "app.matching")
_ENDINGS: Final = (".py", ".tsv", ".json")
_LIBRARIES: Final = ("numpy", "opencc")
"""What the tables are made of and with, besides the sources."""
VARIABLE: Final = "NUMBA_CACHE_DIR"

T = TypeVar("T")


@cache
def folder() -> Path:
    """Return where it lies: where the environment says, else beside the sources or in the user's cache.

    A folder that was given is not asked whether it can be written: an image may bring it filled.
    """
    given = os.environ.get(VARIABLE)
    if given:
        # A parent process says where it found it.
        return Path(given) if Path(given).name == _name() else Path(given) / _name()
    beside = _beside() / _name()
    if _writable(beside):
        return beside
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return own / "cutoff" / _name()


def derived(name: str, make: Callable[[], T]) -> T:
    """Return what ``make`` makes, from the disk where an earlier process has made it.  It must not depend on more."""
    path = folder() / f"{name}.pickle"
    try:
        found: T = pickle.loads(path.read_bytes())  # noqa: S301 - as trusted as the machine code beside it
    except (OSError, EOFError, pickle.UnpicklingError):
        found = make()
        _keep(path, pickle.dumps(found, pickle.HIGHEST_PROTOCOL))
    return found


def forget_others() -> None:
    """Remove what other states of the sources have left, where it lies beside them."""
    if folder().parent == _beside():
        for other in _beside().glob("compiled-*"):
            if other != folder():
                shutil.rmtree(other, ignore_errors=True)


def _keep(path: Path, data: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        # Where nothing can be written, every process makes its own.
        return


@cache
def _name() -> str:
    """Return the name of the folder of these sources: it has the SHA-256 over all that the content follows from."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update(repr([version(library) for library in _LIBRARIES]).encode())
    for package in SOURCES:
        for name, content in sorted(package_contents(package, _ENDINGS)):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return f"compiled-{digest.hexdigest()[:12]}"


def _beside() -> Path:
    return Path(__file__).parent / "__pycache__"


def _writable(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)
