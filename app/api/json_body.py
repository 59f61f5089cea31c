"""JSON as it is sent to us, read so that nothing is heard that a person would not read in it."""

import json
from typing import Any


def read(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Read JSON.  Raises ``ValueError`` where it is none, and where an object names a field twice.

    Of two fields of one name a reader takes the first and a parser the last, so that a clean counterparty could hide a
    listed one.
    """
    return json.loads(body, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is named twice")
    return found
