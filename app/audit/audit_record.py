"""What happened, as one record: who did what when, as a text that never changes, chained to the one before.

The text is canonical JSON (RFC 8785); its bytes are the leaf of the tree.  Sixteen random bytes in it keep its hash
from being guessed once the record itself is gone.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from app.clock import utc_text

_SALT_BYTES: Final = 16
FIRST_PREVIOUS: Final = "0" * 64
"""What the first record of a recorder has for the hash of the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that happened.

    ``kind`` is a noun and a verb (``screening.decided``, ``list.approved``, ``key.revoked``), ``client`` whose record
    it is (None: nobody's alone), ``subject`` the person or system that did it, ``key_id`` its key, ``via`` the way in.
    ``content`` is small JSON without fractions; where a row of another table is meant it holds that row's hash.
    """

    id: str
    kind: str
    at: datetime
    client: str | None = None
    subject: str | None = None
    key_id: str | None = None
    via: str | None = None
    content: Mapping[str, Any] = field(default_factory=dict)

    def text(self, recorder: int, seq: int, previous: str) -> str:
        """Return the record, as the ``seq``-th of a recorder, after the record with the leaf hash ``previous``."""
        # Compact, sorted and without fractions: for such values this is RFC 8785.
        written = orjson.dumps(
            {
                "at": utc_text(self.at),
                "client": self.client,
                "content": self.content,
                "id": self.id,
                "key_id": self.key_id,
                "kind": self.kind,
                "previous": previous,
                "recorder": recorder,
                "salt": os.urandom(_SALT_BYTES).hex(),
                "seq": seq,
                "subject": self.subject,
                "via": self.via,
            },
            option=orjson.OPT_SORT_KEYS,
        )
        return written.decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """A record as it is stored; ``index`` is its place in the tree, None while it is not sealed."""

    index: int | None
    id: str
    recorder: int
    seq: int
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return what the record says."""
        said: dict[str, Any] = json.loads(self.text)
        return said
