"""``Idempotency-Key``: the first answer to a POST, for whoever sends the same again.

The answer is remembered in the transaction that makes what it tells of, so that there is never one
without the other.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, select, tuple_, update

from app import clock
from app.access.models import IdempotencyKey
from app.db import ReadSession, WriteSession
from app.errors import Conflict, Invalid

_KEY_CHARS_MAX = 200
MARK: Final = "archived"
"""The key of what stands in an answer for one that is archived: the id of the decision."""
SCREENING_ROUTES: Final = ("POST /v1/screenings", "POST /v1/screenings/batch")
TABLE: Final = cast("Table", IdempotencyKey.__table__)


@dataclass(slots=True)
class IdempotencyClaim:
    """What makes two POSTs the same: the client, the route, its key, and the digest of what the body says.

    ``is_replayed`` becomes true where :func:`recall` finds that it was answered before.
    """

    client: str
    route: str
    key: str
    body_sha256: str
    is_replayed: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, client: str, route: str, key: str, body: bytes) -> "IdempotencyClaim":
        """Make a claim.  Raises :class:`Invalid` for a key that is empty, too long or not printable ASCII."""
        if not 0 < len(key) <= _KEY_CHARS_MAX or not (key.isascii() and key.isprintable()):
            raise Invalid(
                "bad-idempotency-key",
                f"Idempotency-Key: 1–{_KEY_CHARS_MAX}个可见 ASCII 字符 / 1 to {_KEY_CHARS_MAX} printable characters",
            )
        return cls(client, route, key, hashlib.sha256(_content(body)).hexdigest())


def _content(body: bytes) -> bytes:
    """Return JSON in one form, whatever the order of its keys and its spacing; any other body as it is."""
    try:
        return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body


def recall(session: ReadSession, claim: IdempotencyClaim) -> Any:  # noqa: ANN401 - what was remembered, any JSON
    """Return what was remembered, None where nothing was.  Raises :class:`Conflict` where the body was another."""
    found = session.get(IdempotencyKey, (claim.client, claim.route, claim.key))
    if found is None:
        return None
    if found.body_sha256 != claim.body_sha256:
        raise Conflict(
            "idempotency-key-reused",
            "同一 Idempotency-Key 已用于另一请求体 / this Idempotency-Key was used with another body before",
        )
    first = json.loads(found.answer)
    gone = [part[MARK] for part in first if isinstance(part, dict)] if isinstance(first, list) else []
    if gone:
        raise Conflict(
            "idempotency-key-archived",
            "首次答复已归档，恢复后可再得 / the first answer to this Idempotency-Key is archived and "
            f"comes back when it is restored: GET /v1/screenings/{gone[0]} says how",
        )
    claim.is_replayed = True
    return first


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAnswer:
    """What was first answered about screenings under a key: texts, and marks for those that are archived."""

    place: tuple[str, str, str]
    parts: tuple[Any, ...]


def first_answers(
    session: ReadSession, start: datetime, end: datetime, *, after: tuple[str, str, str] | None, limit: int
) -> list[FirstAnswer]:
    """Return first answers about screenings from a moment up to another, in the order of keys, behind ``after``."""
    place = tuple_(IdempotencyKey.client, IdempotencyKey.route, IdempotencyKey.key)
    statement = select(IdempotencyKey).where(
        IdempotencyKey.created_at >= start,
        IdempotencyKey.created_at < end,
        IdempotencyKey.route.in_(SCREENING_ROUTES),
    )
    if after is not None:
        statement = statement.where(place > after)
    rows = session.scalars(statement.order_by(*place.clauses).limit(limit))
    return [FirstAnswer(place=(row.client, row.route, row.key), parts=tuple(json.loads(row.answer))) for row in rows]


def exchange(session: WriteSession, one: FirstAnswer, parts: Sequence[Any]) -> None:
    """Store an answer with marks in the place of texts or the other way round, which the database checks."""
    client, route, key = one.place
    where = (IdempotencyKey.client == client, IdempotencyKey.route == route, IdempotencyKey.key == key)
    session.execute(update(IdempotencyKey).where(*where).values(answer=json.dumps(parts, ensure_ascii=False)))


def remember(session: WriteSession, claim: IdempotencyClaim, answer: Any) -> None:  # noqa: ANN401 - any JSON
    """Remember the answer.  The flush raises SQLAlchemy's ``IntegrityError`` where somebody else was first."""
    session.add(IdempotencyKey(**row_of(claim, answer, clock.now())))
    session.flush()


def row_of(claim: IdempotencyClaim, answer: Any, now: datetime) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the row that remembers an answer."""
    return {
        "client": claim.client,
        "route": claim.route,
        "key": claim.key,
        "body_sha256": claim.body_sha256,
        "answer": json.dumps(answer, ensure_ascii=False),
        "created_at": now,
    }
