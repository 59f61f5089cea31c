"""Recorded decisions: read one, search many."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, exists, select

from app.db import ReadSession
from app.errors import Invalid, NotFound
from app.identifiers import Identifier
from app.policy.vocabulary import Outcome
from app.screening.models import Screening, ScreeningEntity, ScreeningIdentifier
from app.screening.serialise import name_key


@dataclass(frozen=True, slots=True)
class Search:
    """What recorded decisions are looked for by; all that are given must hold.

    ``name`` is met however the name was written (width, traditional, spacing …); ``since`` is included,
    ``until`` is not; both hold for ``screened_at``.
    """

    reference: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    entity_id: str | None = None
    name: str | None = None
    identifier: Identifier | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some answers, newest first, as the texts that were answered; ``cursor`` leads to those after, if any."""

    answers: tuple[str, ...]
    cursor: str | None


def answer_text(session: ReadSession, screening_id: str, client: str | None) -> str:
    """Return a decision as it was answered; ``client`` None sees those of all.  Raises :class:`NotFound`."""
    statement = _of_client(select(Screening.answer).where(Screening.id == screening_id), client)
    found = session.scalar(statement)
    if found is None:
        raise NotFound("screening-not-found", f"没有此筛查记录 / there is no screening {screening_id}")
    return found


def search(session: ReadSession, wanted: Search, client: str | None, *, limit: int, cursor: str | None = None) -> Page:
    """Return one page.  Raises :class:`Invalid` for a cursor that is none of ours."""
    statement = _of_client(select(Screening.screened_at, Screening.id, Screening.answer), client)
    if wanted.reference is not None:
        statement = statement.where(Screening.reference == wanted.reference)
    if wanted.outcome is not None:
        statement = statement.where(Screening.outcome == wanted.outcome.value)
    if wanted.since is not None:
        statement = statement.where(Screening.screened_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(Screening.screened_at < wanted.until)
    if wanted.name is not None:
        statement = statement.where(Screening.name_key == name_key(wanted.name))
    if wanted.entity_id is not None:
        statement = statement.where(
            exists().where(ScreeningEntity.screening_id == Screening.id, ScreeningEntity.entity_id == wanted.entity_id)
        )
    if wanted.identifier is not None:
        statement = statement.where(
            exists().where(
                ScreeningIdentifier.screening_id == Screening.id,
                ScreeningIdentifier.scheme == wanted.identifier.scheme.value,
                ScreeningIdentifier.value == wanted.identifier.value,
            )
        )
    if cursor is not None:
        moment, last = _from_cursor(cursor)
        statement = statement.where(
            (Screening.screened_at < moment) | ((Screening.screened_at == moment) & (Screening.id < last))
        )
    statement = statement.order_by(Screening.screened_at.desc(), Screening.id.desc()).limit(limit + 1)
    rows = session.execute(statement).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(tuple(row.answer for row in rows), _to_cursor(rows[-1].screened_at, rows[-1].id) if more else None)


_Statement = TypeVar("_Statement", bound="Select[*tuple[Any, ...]]")


def _of_client(statement: _Statement, client: str | None) -> _Statement:
    return statement if client is None else statement.where(Screening.client == client)


def _to_cursor(moment: datetime, last: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), last]).encode()).decode().rstrip("=")


def _from_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        moment, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        parsed = datetime.fromisoformat(moment)
    except (ValueError, TypeError, binascii.Error) as error:
        raise Invalid("bad-cursor", "cursor 无效 / is none that was handed out") from error
    if parsed.tzinfo is None or not isinstance(last, str):
        raise Invalid("bad-cursor", "cursor 无效 / is none that was handed out")
    return parsed, last
