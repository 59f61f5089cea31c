"""Frames through a pipe between processes of ours: a length and so many bytes."""

import pickle
import struct
from collections.abc import Sequence
from typing import IO, Any, Final

import numpy as np

_LENGTH: Final = struct.Struct("<Q")


def loaded(frame: memoryview) -> Any:  # noqa: ANN401 - whatever was sent
    """Return what a frame holds, where :func:`pickle.dumps` made it."""
    return pickle.loads(frame)  # noqa: S301 - made by our own process


def send(target: IO[bytes], frame: Sequence[int] | bytes | memoryview) -> None:
    """Send a frame."""
    target.write(_LENGTH.pack(len(frame)))
    target.write(frame)  # type: ignore[arg-type]  # bytes of one kind or another


def receive(source: IO[bytes]) -> memoryview:
    """Return the next frame, in memory that may be written to, as compiled code wants it."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    frame, at = np.empty(_LENGTH.unpack(head)[0], np.uint8).data, 0
    while at < len(frame):
        count = source.readinto(frame[at:])  # type: ignore[attr-defined]  # a pipe has it
        if not count:
            raise EOFError
        at += count
    return frame
