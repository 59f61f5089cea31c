"""First answers under idempotency keys leave with the decisions that they tell of, and come back with them.

In the place of each archived decision's answer stands its id; a key that is used again is then refused with where the
first answer went (``app.access.idempotency``), and never answered otherwise.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from app.access import idempotency
from app.access.idempotency import FirstAnswer
from app.audit import archives
from app.db import Database, ReadSession
from app.retention.months import span_of
from app.screening import archived_rows

_LATE: Final = timedelta(hours=1)
"""Within this time of a decision its answer is stored under its key, at the latest."""
_PAGE: Final = 200


def take_answers_out(database: Database, no: int, month: str) -> int:
    """Put marks in the place of the answers of decisions that an archive has; return how many keys that concerned."""

    def marked(session: ReadSession, one: FirstAnswer) -> list[object]:
        ids = [_id_of(part) for part in one.parts]
        gone = archives.archived_among(session, no, [key for key in ids if key is not None])
        return [{idempotency.MARK: key} if key in gone else part for key, part in zip(ids, one.parts, strict=True)]

    return _exchanged(database, month, marked)


def put_answers_back(database: Database, month: str) -> int:
    """Put the answers of decisions that are in the database again in the place of their marks; return how many keys."""

    def unmarked(session: ReadSession, one: FirstAnswer) -> list[object]:
        ids = [part[idempotency.MARK] if isinstance(part, dict) else None for part in one.parts]
        texts = archived_rows.answers_of(session, [key for key in ids if key is not None])
        return [texts.get(key, part) if key else part for key, part in zip(ids, one.parts, strict=True)]

    return _exchanged(database, month, unmarked)


def _exchanged(database: Database, month: str, parts_of: Callable[[ReadSession, FirstAnswer], list[object]]) -> int:
    start, end = span_of(month)
    count, after = 0, None
    while True:
        with database.write() as session:
            page = idempotency.first_answers(session, start, end + _LATE, after=after, limit=_PAGE)
            for one in page:
                parts = parts_of(session, one)
                if parts != list(one.parts):
                    idempotency.exchange(session, one, parts)
                    count += 1
        if len(page) < _PAGE:
            return count
        after = page[-1].place


def _id_of(part: object) -> str | None:
    """Return the id of the decision that a part of an answer is, None where it is a problem or a mark."""
    if not isinstance(part, str):
        return None
    said = json.loads(part)
    return str(said["id"]) if isinstance(said, dict) and "record_sha256" in said else None
