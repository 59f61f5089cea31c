"""What version of the matcher decided: a hash of its code, tables and numbers."""

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def matcher_version() -> str:
    """Return the first 12 hex digits of the SHA-256 over every source and data file of names and matching."""
    digest = hashlib.sha256()
    for package in ("app.names", "app.matching"):
        for name, content in sorted(_contents(files(package), package)):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()[:12]


def _contents(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found = []
    for item in folder.iterdir():
        name = f"{path}/{item.name}"
        if item.is_dir() and item.name != "__pycache__":
            found.extend(_contents(item, name))
        elif item.name.endswith((".py", ".tsv", ".json")):
            found.append((name, item.read_bytes().replace(b"\r\n", b"\n")))
    return found
