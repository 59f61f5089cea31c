"""Decisions on their way into an archive and back: whole rows as the tables hold them, and nothing else."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import String, Text, delete, func, insert, literal, select, tuple_, type_coerce

from app.db import JsonString, ReadSession, UtcDateTime, WriteSession
from app.screening.models import Screening, ScreeningEntity, ScreeningIdentifier
from app.screening.row_digest import COLUMNS

RAW: Final = ("request", "circumstances")
"""Columns of JSON, which are kept as the very text that is stored."""
ROW_COLUMNS: Final = (*COLUMNS, "received")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRows:
    """A decision as the tables hold it: the row, the entities that it matched, the identifiers it was asked with."""

    row: Mapping[str, Any]
    entities: tuple[str, ...]
    identifiers: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        """Return the id of the decision."""
        return str(self.row["id"])


def first_screened_at(session: ReadSession) -> datetime | None:
    """Return when the oldest decision of the database was made, None where there is none."""
    return session.scalar(select(func.min(Screening.screened_at)))


def count_between(session: ReadSession, start: datetime, end: datetime) -> int:
    """Return how many decisions were made from a moment up to another."""
    statement = select(func.count()).where(Screening.screened_at >= start, Screening.screened_at < end)
    return session.scalar(statement) or 0


def has_between(session: ReadSession, start: datetime, end: datetime) -> bool:
    """Whether any decision was made from a moment up to another."""
    statement = select(Screening.id).where(Screening.screened_at >= start, Screening.screened_at < end)
    return session.scalar(statement.limit(1)) is not None


def held_between(
    session: ReadSession, start: datetime, end: datetime, clients: Collection[str], ids: Collection[str]
) -> int:
    """Return how many decisions between two moments are of some clients, or have one of some ids."""
    statement = select(func.count()).where(Screening.screened_at >= start, Screening.screened_at < end)
    return session.scalar(statement.where(Screening.client.in_(clients) | Screening.id.in_(ids))) or 0


def decisions_between(
    session: ReadSession, start: datetime, end: datetime, *, after: tuple[datetime, str] | None, limit: int
) -> list[DecisionRows]:
    """Return decisions from a moment up to another, in the order of time and id, those behind ``after``."""
    columns = [
        type_coerce(getattr(Screening, name), Text).label(name) if name in RAW else getattr(Screening, name)
        for name in ROW_COLUMNS
    ]
    statement = select(*columns).where(Screening.screened_at >= start, Screening.screened_at < end)
    if after is not None:
        # As a row: a bulk run has many decisions of one moment, which an OR would walk through again for every page.
        behind = tuple_(literal(after[0], UtcDateTime()), literal(after[1], String()))
        statement = statement.where(tuple_(Screening.screened_at, Screening.id) > behind)
    found: Any = session.execute(statement.order_by(Screening.screened_at, Screening.id).limit(limit))
    rows = [dict(row) for row in found.mappings()]
    return _with_children(session, rows)


def _with_children(session: ReadSession, rows: Sequence[Mapping[str, Any]]) -> list[DecisionRows]:
    ids = [row["id"] for row in rows]
    entities: defaultdict[str, list[str]] = defaultdict(list)
    for one in session.scalars(select(ScreeningEntity).where(ScreeningEntity.screening_id.in_(ids))):
        entities[one.screening_id].append(one.entity_id)
    identifiers: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for other in session.scalars(select(ScreeningIdentifier).where(ScreeningIdentifier.screening_id.in_(ids))):
        identifiers[other.screening_id].append((other.scheme, other.value))
    return [
        DecisionRows(
            row=row,
            entities=tuple(sorted(entities.get(row["id"], ()))),
            identifiers=tuple(sorted(identifiers.get(row["id"], ()))),
        )
        for row in rows
    ]


def clients_of(session: ReadSession, ids: Collection[str]) -> dict[str, str]:
    """Return the client of each decision of some ids that is in the database."""
    rows = session.execute(select(Screening.id, Screening.client).where(Screening.id.in_(ids)))
    return {row.id: row.client for row in rows}


def answers_of(session: ReadSession, ids: Collection[str]) -> dict[str, str]:
    """Return the answer of each decision of some ids that is in the database, as it was answered."""
    rows = session.execute(select(Screening.id, Screening.answer).where(Screening.id.in_(ids)))
    return {row.id: row.answer for row in rows}


def remove_decisions(session: WriteSession, ids: Sequence[str]) -> int:
    """Remove decisions that an archive has, which the database checks; return how many there were."""
    session.execute(delete(ScreeningEntity).where(ScreeningEntity.screening_id.in_(ids)))
    session.execute(delete(ScreeningIdentifier).where(ScreeningIdentifier.screening_id.in_(ids)))
    return session.execute(delete(Screening).where(Screening.id.in_(ids))).rowcount  # type: ignore[attr-defined,no-any-return]  # of a DELETE


def put_decisions_back(session: WriteSession, decisions: Sequence[DecisionRows]) -> None:
    """Store decisions again, to the byte."""
    rows = [{**one.row, **{name: JsonString(one.row[name]) for name in RAW}} for one in decisions]
    session.execute(insert(Screening), rows)
    entities = [{"screening_id": one.id, "entity_id": entity} for one in decisions for entity in one.entities]
    if entities:
        session.execute(insert(ScreeningEntity), entities)
    identifiers = [
        {"screening_id": one.id, "scheme": scheme, "value": value}
        for one in decisions
        for scheme, value in one.identifiers
    ]
    if identifiers:
        session.execute(insert(ScreeningIdentifier), identifiers)
