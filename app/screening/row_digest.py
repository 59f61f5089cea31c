"""The hash over everything that the tables hold of a decision, which its record in the audit log has."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Final

from app.clock import utc_text

DECIDED: Final = "screening.decided"
"""The kind of the record of a decision; its id is that of the screening."""

COLUMNS: Final = (
    "id",
    "client",
    "key_id",
    "subject",
    "via",
    "reference",
    "name_key",
    "outcome",
    "hindsight_outcome",
    "service",
    "service_local_date",
    "known_at",
    "screened_at",
    "rule_version",
    "engine_version",
    "request",
    "circumstances",
    "answer",
    "record_sha256",
)
"""The columns of a decision, in the order in which they are hashed."""


_VALUES: Final = itemgetter(*COLUMNS)
_TIMES: Final = tuple(COLUMNS.index(name) for name in ("service_local_date", "known_at", "screened_at"))


def fields(row: Mapping[str, Any], entities: Iterable[str], identifiers: Iterable[tuple[str, str]]) -> list[str | None]:
    """Return what is hashed of a decision, as texts; ``request`` and ``circumstances`` are JSON as it is stored."""
    texts: list[Any] = list(_VALUES(row))
    for place in _TIMES:
        texts[place] = _text(texts[place])
    texts.append("\n".join(sorted(entities)))
    texts.append("\n".join(sorted([f"{scheme}\t{value}" for scheme, value in identifiers])))
    return texts


def row_sha256(texts: Sequence[str | None]) -> str:
    """Return the SHA-256 of some texts, each behind its length in characters, so that none runs into the next."""
    joined = "".join(["-," if text is None else f"{len(text)}:{text}," for text in texts])
    return hashlib.sha256(joined.encode()).hexdigest()


def received_hash(received: str | None) -> dict[str, str]:
    """Return what the record says of the request as it was sent; nothing where none was sent."""
    return {} if received is None else {"received_sha256": hashlib.sha256(received.encode()).hexdigest()}


def is_received_changed(content: Mapping[str, Any], received: str | None) -> bool:
    """Whether a request is another one than that of a record; records of older programs say nothing of it."""
    return "received_sha256" in content and received_hash(received) != {"received_sha256": content["received_sha256"]}


def _text(value: Any) -> str | None:  # noqa: ANN401 - what a column holds
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
