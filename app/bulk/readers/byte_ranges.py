"""Bytes of a text file by their place."""

from pathlib import Path
from typing import BinaryIO

_PIECE_BYTES = 1 << 20


def read_bytes(path: Path, start: int, length: int) -> bytes:
    """Return ``length`` bytes from ``start``."""
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)


def skip_line(file: BinaryIO) -> int:
    """Go to the end of the line, whatever its length; return how many bytes it still had, its end among them."""
    skipped = 0
    while piece := file.readline(_PIECE_BYTES):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped
