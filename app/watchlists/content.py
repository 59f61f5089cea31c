"""The content hash of a version: over what it says, not over its code, the people or the dates of handling."""

import hashlib
from collections.abc import Iterable

import rfc8785

from app.watchlists.version import Row


def content_sha256(rows: Iterable[Row]) -> str:
    """Return the SHA-256, in hex, of the JCS form (RFC 8785) of the canonical rows sorted by ``external_id``.

    The array is hashed row by row, so that a large list needs no second copy in memory.
    """
    digest = hashlib.sha256(b"[")
    for place, row in enumerate(sorted(rows, key=_external_id)):
        digest.update(b"," if place else b"")
        digest.update(rfc8785.dumps(dict(row)))
    digest.update(b"]")
    return digest.hexdigest()


def _external_id(row: Row) -> str:
    return str(row["external_id"])
