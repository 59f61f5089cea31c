"""A decision is recorded before it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from app.audit import AuditEntry, append
from app.db import WriteSession, compact_json
from app.screening.models import Screening, ScreeningEntity, ScreeningIdentifier
from app.screening.row_digest import DECIDED, fields, received_hash, row_sha256
from app.screening.serialise import ScreeningColumns, SerialisedDecision


@dataclass(frozen=True, slots=True)
class Author:
    """On whose behalf a decision is made: the client system, the person, the key if any, and the way in."""

    client: str
    subject: str
    key_id: str | None
    via: str


def record(session: WriteSession, decisions: Sequence[SerialisedDecision], author: Author) -> None:
    """Store decisions; they are durable when the session's transaction has committed."""
    store(session, [ScreeningColumns.of(sealed) for sealed in decisions], author)


def complete(session: WriteSession, decisions: Sequence[ScreeningColumns], author: Author) -> None:
    """Store those of some decisions that are not stored yet."""
    ids = [one.columns["id"] for one in decisions]
    known = set(session.scalars(select(Screening.id).where(Screening.id.in_(ids))))
    store(session, [one for one in decisions if one.columns["id"] not in known], author)


def store(session: WriteSession, decisions: Sequence[ScreeningColumns], author: Author) -> None:
    """Store what was taken from decisions, as :func:`record` does, and tell the audit log of them."""
    rows = rows_of(decisions, author)
    for model, values in (
        (Screening, rows.screenings),
        (ScreeningEntity, rows.entities),
        (ScreeningIdentifier, rows.identifiers),
    ):
        if values:
            session.execute(insert(model), values)
    append(session, rows.entries)


@dataclass(frozen=True, slots=True)
class RecordRows:
    """The rows of the three tables, and what the audit log records of them."""

    screenings: Sequence[Mapping[str, Any]]
    entities: Sequence[Mapping[str, Any]]
    identifiers: Sequence[Mapping[str, Any]]
    entries: Sequence[AuditEntry]


def rows_of(decisions: Sequence[ScreeningColumns], author: Author) -> RecordRows:
    """Return what is stored of decisions that somebody made."""
    whose = {"client": author.client, "key_id": author.key_id, "subject": author.subject, "via": author.via}
    rows = [
        {
            **one.columns,
            **whose,
            "request": compact_json(one.columns["request"]),
            "circumstances": compact_json(one.columns["circumstances"]),
        }
        for one in decisions
    ]
    return RecordRows(
        rows,
        [{"screening_id": one.columns["id"], "entity_id": entity} for one in decisions for entity in one.entities],
        [
            {"screening_id": one.columns["id"], "scheme": scheme, "value": value}
            for one in decisions
            for scheme, value in one.identifiers
        ],
        [audit_entry(row, one) for row, one in zip(rows, decisions, strict=True)],
    )


def audit_entry(row: Mapping[str, Any], decision: ScreeningColumns) -> AuditEntry:
    """Return the record of a decision; ``row`` is what its table is given, with JSON written already."""
    return AuditEntry(
        id=row["id"],
        kind=DECIDED,
        at=row["screened_at"],
        client=row["client"],
        subject=row["subject"],
        key_id=row["key_id"],
        via=row["via"],
        content={
            "record_sha256": row["record_sha256"],
            "row_sha256": row_sha256(fields(row, decision.entities, decision.identifiers)),
            **received_hash(row["received"]),
        },
    )
