"""Text files that cannot be cut by their bytes, written anew as UTF-8 with a delimiter of one byte."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from app.tabular.encodings import read_line

DELIMITER: Final = "\x1f"
"""Stands for a delimiter of several bytes; it occurs in no text of people."""

_PIECE_BYTES: Final = 4 << 20


def rewrite(path: Path, to: Path, encoding: str, start: int, delimiter: str = "\n") -> None:
    """Write a text that begins at byte ``start`` anew, without its mark; a delimiter of several bytes becomes one."""
    several = len(delimiter.encode()) > 1
    with path.open("rb") as file, to.open("wb") as out:
        file.seek(start)
        lines = _wide_lines(file, encoding) if encoding.startswith("utf-16") else _lines(file, encoding)
        for line in lines:
            text = line.replace(DELIMITER, " ").replace(delimiter, DELIMITER) if several else line
            out.write(text.encode("utf-8", "replace"))


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    # A delimiter of ASCII may be the second byte of a character, the end of a line never is.
    while piece := file.readlines(_PIECE_BYTES):
        for line in piece:
            yield read_line(line, encoding).text


def _wide_lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Give pieces of a text in UTF-16; half a character at the end is cut off."""
    rest = b""
    while piece := file.read(_PIECE_BYTES):
        data = rest + piece
        size = len(data) & ~1
        low = data[size - 1] if encoding.endswith("le") else data[size - 2]
        if low in range(0xD8, 0xDC):
            # The first half of a pair waits for the second.
            size -= 2
        rest = data[size:]
        yield data[:size].decode(encoding, "replace")
