"""Compares recorded decisions with what the audit log says of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Text, exists, select, type_coerce

from app.audit.store import recorded_ids
from app.audit.verify import Damage, How, RecordedFact
from app.db import ReadSession
from app.screening.models import Screening, ScreeningEntity, ScreeningIdentifier
from app.screening.row_digest import COLUMNS, DECIDED, fields, is_received_changed, row_sha256

_RAW: Final = {"request", "circumstances"}
_IDS_MAX: Final = 500


class Decisions:
    """Every decision is as it was recorded, and every recorded one is there."""

    kinds = frozenset({DECIDED})

    def damage(self, session: ReadSession, records: Sequence[RecordedFact]) -> Iterator[Damage]:
        """Compare decisions with the hashes that their records have."""
        for start in range(0, len(records), _IDS_MAX):
            part = records[start : start + _IDS_MAX]
            ids = [one.id for one in part]
            found = read_fields(session, ids)
            rows = session.execute(select(Screening.id, Screening.received).where(Screening.id.in_(ids)))
            received = {row.id: row.received for row in rows}
            for one in part:
                texts = found.get(one.id)
                if texts is None:
                    yield Damage(how=How.MISSING, index=one.index, id=one.id, detail="the decision is not there")
                elif row_sha256(texts) != one.content.get("row_sha256"):
                    yield Damage(how=How.CHANGED, index=one.index, id=one.id, detail="the decision is another one")
                elif is_received_changed(one.content, received.get(one.id)):
                    detail = "the request that was received is another one"
                    yield Damage(how=How.CHANGED, index=one.index, id=one.id, detail=detail)

    def unrecorded(self, session: ReadSession) -> Iterator[Damage]:
        """Return decisions that no record tells of."""
        for screening_id in session.scalars(select(Screening.id).where(~exists(recorded_ids(Screening.id)))):
            yield Damage(how=How.INSERTED, index=None, id=screening_id, detail="no record tells of this decision")


def read_fields(session: ReadSession, ids: Sequence[str]) -> dict[str, list[str | None]]:
    """Return what is hashed of some decisions, by id, as it is in the tables now."""
    columns = [
        type_coerce(getattr(Screening, name), Text).label(name) if name in _RAW else getattr(Screening, name)
        for name in COLUMNS
    ]
    entities: defaultdict[str, list[str]] = defaultdict(list)
    for screening_id, entity_id in session.execute(
        select(ScreeningEntity.screening_id, ScreeningEntity.entity_id).where(ScreeningEntity.screening_id.in_(ids))
    ):
        entities[screening_id].append(entity_id)
    identifiers: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for screening_id, scheme, value in session.execute(
        select(ScreeningIdentifier.screening_id, ScreeningIdentifier.scheme, ScreeningIdentifier.value).where(
            ScreeningIdentifier.screening_id.in_(ids)
        )
    ):
        identifiers[screening_id].append((scheme, value))
    rows: Any = session.execute(select(*columns).where(Screening.id.in_(ids)))
    return {
        row["id"]: fields(row, entities.get(row["id"], ()), identifiers.get(row["id"], ())) for row in rows.mappings()
    }
