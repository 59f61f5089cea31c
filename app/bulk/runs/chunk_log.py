"""The folder ``OUTPUT.partial``: what a run has done, so that a killed run can go on.

``run.json`` says what the run is; ``parts.ndjson`` gets a line when a part is written.  Nothing is
flushed to the disk by force: a line counts only if the part it names has the length and the digest it
tells, so a torn line or a torn part is done again.  A lock keeps two processes from one run.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from app.bulk.runs.chunk_result import Blob, ChunkResult
from app.errors import Conflict

_LOCK = "lock"
_RUN = "run.json"
_PARTS = "parts.ndjson"


def folder_of(output: Path) -> Path:
    """Return where the checkpoint of an output is."""
    return output.with_name(f"{output.name}.partial")


class ChunkLog:
    """The state of one run on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process.  Raises Conflict where another one does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Conflict(
                    "bulk-running", f"{self.folder.name}: 另一进程正在处理 / another process is at it"
                ) from None
            yield

    def clear(self) -> None:
        """Forget what was done before; the lock stays."""
        (self.folder / _RUN).unlink(missing_ok=True)
        for path in self.folder.iterdir():
            if path.name != _LOCK:
                path.unlink()

    def begin(self, run: dict[str, Any]) -> None:
        """Say what the run is, which makes it one that can be resumed."""
        write_atomically(self.folder / _RUN, json.dumps(run, ensure_ascii=False, indent=1).encode())

    def run(self) -> dict[str, Any] | None:
        """Return what the run is, or None where none has begun."""
        try:
            value: dict[str, Any] = json.loads((self.folder / _RUN).read_bytes())
        except FileNotFoundError:
            return None
        return value

    def parts(self) -> dict[int, ChunkResult]:
        """Return the parts that are whole, by the number of their chunk."""
        try:
            lines = (self.folder / _PARTS).read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        # The text after the last line end is empty, or a line that was torn.
        parts = [ChunkResult.from_json(json.loads(line)) for line in lines[:-1] if line]
        whole = {part.span.no: part for part in parts if self._is_whole(part)}
        lasting = b"".join(_line(part) for part in whole.values())
        write_atomically(self.folder / _PARTS, lasting)
        return whole

    def _is_whole(self, part: ChunkResult) -> bool:
        return self.holds(part.output) and (part.evidence is None or self.holds(part.evidence))

    def holds(self, blob: Blob) -> bool:
        """Return whether a file is there and is what it should be."""
        try:
            data = (self.folder / blob.name).read_bytes()
        except FileNotFoundError:
            return False
        return len(data) == blob.size and hashlib.sha256(data).hexdigest() == blob.sha256

    @contextmanager
    def appending(self) -> Iterator[IO[bytes]]:
        """Open the list of parts for :func:`append`."""
        with (self.folder / _PARTS).open("ab", buffering=0) as file:
            yield file

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def append(file: IO[bytes], part: ChunkResult) -> None:
    """Write down that a part is finished; the line is in the file when this returns."""
    file.write(_line(part))


def write_blob(folder: Path, name: str, data: bytes) -> Blob:
    """Write a file into a checkpoint folder; a reader never sees half of it."""
    temporary = folder / f"{name}.{os.getpid()}.tmp"
    temporary.write_bytes(data)
    temporary.replace(folder / name)
    return Blob(name, len(data), hashlib.sha256(data).hexdigest())


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under its name only when all of it is on the disk."""
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _line(part: ChunkResult) -> bytes:
    return json.dumps(part.as_json(), separators=(",", ":")).encode() + b"\n"
