"""The content hash of a version: over what it says, not over its code, the people or the dates of handling."""

import hashlib
import json
from collections.abc import Iterable
from typing import Final

import rfc8785

from app.watchlists.history.version import Row

_BMP_LAST: Final = "\uffff"


def content_sha256(rows: Iterable[Row]) -> str:
    """Return the SHA-256, in hex, of :func:`content`."""
    return sorted_sha256(sorted(rows, key=_external_id))


def sorted_sha256(rows: Iterable[Row]) -> str:
    """Return what :func:`content_sha256` does for rows that come sorted by the code points of ``external_id``.

    The array is hashed row by row, so that a large list needs no copy in memory, and here not even itself.
    """
    digest = hashlib.sha256()
    for piece in content(rows):
        digest.update(piece)
    return digest.hexdigest()


def content(rows: Iterable[Row]) -> Iterable[bytes]:
    """Give the JCS form (RFC 8785) of canonical rows, piece by piece."""
    yield b"["
    for place, row in enumerate(rows):
        yield b"," if place else b""
        yield canonical_json(row)
    yield b"]"


def canonical_json(row: Row) -> bytes:
    """Return the JCS form of a row.

    A row has texts, small whole numbers and truth values only, and for these Python's JSON differs from JCS in one
    thing: the order of keys past the Basic Multilingual Plane, which headers of unknown columns may have.
    """
    if any(max(header, default="") > _BMP_LAST for header in row.get("extra", ())):
        return rfc8785.dumps(dict(row))
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _external_id(row: Row) -> str:
    return str(row["external_id"])
