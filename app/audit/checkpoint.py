"""Checkpoints (https://c2sp.org/tlog-checkpoint) and proofs to take away (https://c2sp.org/tlog-proof)."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.audit.merkle import HASH_BYTES
from app.errors import Invalid

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many records the log has, and the root over them; ``origin`` names the log."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return what is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """Read what :meth:`text` writes, and nothing more: lines of extension are refused.  Raises :class:`Invalid`."""
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or lines[-1] or not lines[0] or not _SIZE.fullmatch(lines[1]):
            raise Invalid("bad-checkpoint", "检查点无法读取 / the checkpoint cannot be read")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except binascii.Error as error:
            raise Invalid("bad-checkpoint", "检查点无法读取 / the checkpoint cannot be read") from error
        if len(root) != HASH_BYTES:
            raise Invalid("bad-checkpoint", "检查点无法读取 / the checkpoint cannot be read")
        return cls(lines[0], int(lines[1]), root)


def proof_text(index: int, path: Sequence[bytes], note: str) -> str:
    """Return the proof that the record of an index is in the tree of a checkpoint, as a file to take away."""
    hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in path)
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}"
