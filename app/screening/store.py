"""Recorded decisions: read one, search many."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.audit.archives import archived_months, find_archived
from app.clock import local_date
from app.db import ReadSession
from app.errors import Invalid, NotFound
from app.identifiers import Identifier
from app.policy.vocabulary import Outcome, Service
from app.screening.models import Screening, ScreeningEntity, ScreeningIdentifier
from app.screening.request import ScreeningInput
from app.screening.serialise import name_key


@dataclass(frozen=True, slots=True)
class Search:
    """What recorded decisions are looked for by; all that are given must hold.

    ``name`` is met however the name was written (width, traditional, spacing …), ``name_part`` is any part of it;
    ``since`` is included, ``until`` is not; both hold for ``screened_at``.  Any of ``entity_ids`` matched.
    """

    reference: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    entity_ids: frozenset[str] | None = None
    name: str | None = None
    name_part: str | None = None
    service: Service | None = None
    identifier: Identifier | None = None


@dataclass(frozen=True, slots=True)
class FoundScreenings:
    """Some answers, newest first, as the texts that were answered; ``cursor`` leads to those after, if any."""

    answers: tuple[str, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded decision with what was asked and by whom; ``answer`` is what was answered, read back."""

    id: str
    client: str
    subject: str
    via: str
    asked: ScreeningInput
    outcome: str
    hindsight_outcome: str
    known_at: datetime
    screened_at: datetime
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some recorded decisions, newest first; ``cursor`` leads to those after, if any."""

    records: tuple[Recorded, ...]
    cursor: str | None


def recorded(session: ReadSession, screening_id: str, client: str | None) -> Recorded:
    """Return one decision with its question; ``client`` None sees those of all.  Raises :class:`NotFound`."""
    found = session.scalar(_of_client(select(Screening).where(Screening.id == screening_id), client))
    if found is None:
        raise unknown(session, screening_id, client)
    return _recorded(found)


def records(
    session: ReadSession, wanted: Search, client: str | None, *, limit: int, cursor: str | None = None
) -> RecordPage:
    """Return one page of decisions with their questions.  Raises :class:`Invalid` for a cursor that is none of ours."""
    statement = _narrowed(_of_client(select(Screening), client), wanted, cursor).limit(limit + 1)
    rows = session.scalars(statement).all()
    shown = rows[:limit]
    more = len(rows) > limit
    return RecordPage(
        tuple(_recorded(one) for one in shown), _to_cursor(shown[-1].screened_at, shown[-1].id) if more else None
    )


def _recorded(row: Screening) -> Recorded:
    return Recorded(
        id=row.id,
        client=row.client,
        subject=row.subject,
        via=row.via,
        asked=ScreeningInput.from_json(row.request),
        outcome=row.outcome,
        hindsight_outcome=row.hindsight_outcome,
        known_at=row.known_at,
        screened_at=row.screened_at,
        answer=json.loads(row.answer),
    )


def answer_text(session: ReadSession, screening_id: str, client: str | None) -> str:
    """Return a decision as it was answered; ``client`` None sees those of all.  Raises :class:`NotFound`."""
    statement = _of_client(select(Screening.answer).where(Screening.id == screening_id), client)
    found = session.scalar(statement)
    if found is None:
        raise unknown(session, screening_id, client)
    return found


def request_text(session: ReadSession, screening_id: str, client: str | None) -> str:
    """Return, as JSON, what was received and what was understood of it, by which ``record_sha256`` can be computed."""
    wanted = select(Screening.received, Screening.request, Screening.record_sha256, Screening.via)
    found = session.execute(_of_client(wanted.where(Screening.id == screening_id), client)).first()
    if found is None:
        raise unknown(session, screening_id, client)
    shown = {
        "id": screening_id,
        "via": found.via,
        "received": None if found.received is None else json.loads(found.received),
        "understood": found.request,
        "record_sha256": found.record_sha256,
    }
    return json.dumps(shown, ensure_ascii=False)


def unknown(session: ReadSession, screening_id: str, client: str | None) -> NotFound:
    """Return the error of a decision that is not in the database: archived, with how it comes back, or none at all."""
    archived = find_archived(session, screening_id)
    if archived is None or (client is not None and archived.client != client):
        return NotFound("screening-not-found", f"没有此筛查记录 / there is no screening {screening_id}")
    return NotFound(
        "screening-archived",
        f"该记录已随 {archived.month} 归档（{archived.file_name}），可由运维恢复，证明仍可查：cutoff retention restore "
        f"{archived.month} / archived with the decisions of {archived.month}, to be brought back by that command; its "
        "proof is still given",
    )


def months_apart(session: ReadSession, wanted: Search) -> list[str]:
    """Return the archived months that a search would look at, were they in the database."""
    first = "" if wanted.since is None else f"{local_date(wanted.since):%Y-%m}"
    last = "9999-12" if wanted.until is None else f"{local_date(wanted.until):%Y-%m}"
    return [month for month in archived_months(session) if first <= month <= last]


def search(
    session: ReadSession, wanted: Search, client: str | None, *, limit: int, cursor: str | None = None
) -> FoundScreenings:
    """Return one page.  Raises :class:`Invalid` for a cursor that is none of ours."""
    statement = _of_client(select(Screening.screened_at, Screening.id, Screening.answer), client)
    statement = _narrowed(statement, wanted, cursor).limit(limit + 1)
    rows = session.execute(statement).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return FoundScreenings(
        tuple(row.answer for row in rows), _to_cursor(rows[-1].screened_at, rows[-1].id) if more else None
    )


_Statement = TypeVar("_Statement", bound="Select[*tuple[Any, ...]]")


def _narrowed(statement: _Statement, wanted: Search, cursor: str | None) -> _Statement:
    """Narrow a statement to what is wanted, newest first, after the cursor.

    What few decisions have is looked up by itself: otherwise a database goes through all of them in the order of time.
    """
    few = aliased(Screening)
    if wanted.reference is not None:
        statement = statement.where(Screening.id.in_(select(few.id).where(few.reference == wanted.reference)))
    if wanted.outcome is not None:
        statement = statement.where(Screening.outcome == wanted.outcome.value)
    if wanted.since is not None:
        statement = statement.where(Screening.screened_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(Screening.screened_at < wanted.until)
    if wanted.name is not None:
        statement = statement.where(Screening.id.in_(select(few.id).where(few.name_key == name_key(wanted.name))))
    if wanted.name_part is not None:
        statement = statement.where(Screening.name_key.contains(name_key(wanted.name_part), autoescape=True))
    if wanted.service is not None:
        statement = statement.where(Screening.service == wanted.service.value)
    statement = _of_matches(statement, wanted)
    if cursor is not None:
        moment, last = _from_cursor(cursor)
        statement = statement.where(
            (Screening.screened_at < moment) | ((Screening.screened_at == moment) & (Screening.id < last))
        )
    return statement.order_by(Screening.screened_at.desc(), Screening.id.desc())


def _of_matches(statement: _Statement, wanted: Search) -> _Statement:
    """Narrow a statement to decisions that matched an entity, and to those that were asked with an identifier."""
    if wanted.entity_ids is not None:
        met = select(ScreeningEntity.screening_id).where(ScreeningEntity.entity_id.in_(wanted.entity_ids))
        statement = statement.where(Screening.id.in_(met))
    if wanted.identifier is not None:
        statement = statement.where(
            Screening.id.in_(
                select(ScreeningIdentifier.screening_id).where(
                    ScreeningIdentifier.scheme == wanted.identifier.scheme.value,
                    ScreeningIdentifier.value == wanted.identifier.value,
                )
            )
        )
    return statement


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
