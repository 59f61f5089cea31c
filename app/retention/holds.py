"""Legal holds: what a court, a regulator or an inquiry may ask for stays in the database until two people lift that."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, select

from app.access.person import is_same_person
from app.audit import AuditEntry, append
from app.audit.store import recorded_contents
from app.audit.verify import Damage, How, RecordedFact
from app.db import ReadSession, WriteSession
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.retention.models import LegalHold
from app.retention.months import span_of

HELD: Final = "retention.held"
RELEASED: Final = "retention.released"
_VALUE_CHARS_MAX: Final = 200
_REASON_CHARS_MAX: Final = 400


class HoldScope(StrEnum):
    """What a hold is about."""

    CLIENT = "CLIENT"
    MONTH = "MONTH"
    SCREENING = "SCREENING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold; ``lifted_at`` is None while it is in force."""

    no: int
    scope: HoldScope
    value: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_by: str | None
    lifted_with: str | None
    lift_reason: str | None
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsInForce:
    """What may not be archived now."""

    clients: frozenset[str]
    months: frozenset[str]
    screenings: frozenset[str]

    @classmethod
    def of(cls, session: ReadSession) -> "HoldsInForce":
        """Return what is held at the moment of a session."""
        found = [one for one in holds(session) if one.lifted_at is None]

        def values(scope: HoldScope) -> frozenset[str]:
            return frozenset(one.value for one in found if one.scope is scope)

        return cls(
            clients=values(HoldScope.CLIENT), months=values(HoldScope.MONTH), screenings=values(HoldScope.SCREENING)
        )

    def has(self, month: str, client: str, screening_id: str) -> bool:
        """Whether a decision is held."""
        return month in self.months or client in self.clients or screening_id in self.screenings


def holds(session: ReadSession) -> list[Hold]:
    """Return all holds, oldest first, the lifted ones too."""
    return [_hold(row) for row in session.scalars(select(LegalHold).order_by(LegalHold.no))]


def _hold(row: LegalHold) -> Hold:
    return Hold(
        no=row.no,
        scope=HoldScope(row.scope),
        value=row.value,
        reason=row.reason,
        set_by=row.set_by,
        set_at=row.set_at,
        lifted_by=row.lifted_by,
        lifted_with=row.lifted_with,
        lift_reason=row.lift_reason,
        lifted_at=row.lifted_at,
    )


def set_hold(
    session: WriteSession, scope: HoldScope, value: str, *, reason: str, by: str, os_user: str, now: datetime
) -> Hold:
    """Set a hold and record it.  Raises :class:`Invalid` for a month that is none, or where a reason is missing."""
    if scope is HoldScope.MONTH:
        span_of(value)
    _require_text("value", value, _VALUE_CHARS_MAX)
    _require_text("--reason", reason, _REASON_CHARS_MAX)
    _require_text("--by", by, _VALUE_CHARS_MAX)
    row = LegalHold(
        no=(session.scalar(select(func.max(LegalHold.no))) or 0) + 1,
        scope=scope.value,
        value=value,
        reason=reason,
        set_by=by,
        set_at=now,
        lifted_by=None,
        lifted_with=None,
        lift_reason=None,
        lifted_at=None,
    )
    session.add(row)
    session.flush()
    _record(session, HELD, by, now, {**_said(row), "reason": reason, "os_user": os_user})
    return _hold(row)


def release_hold(
    session: WriteSession, no: int, *, reason: str, by: str, second: str, os_user: str, now: datetime
) -> Hold:
    """Lift a hold and record it: two people do, and say why.

    Raises :class:`NotFound`, :class:`Conflict` where it is lifted already, :class:`Forbidden` where the two are one
    person, :class:`Invalid` where a reason is missing.
    """
    _require_text("--reason", reason, _REASON_CHARS_MAX)
    for option, value in (("--by", by), ("--second", second)):
        _require_text(option, value, _VALUE_CHARS_MAX)
    row = session.scalar(select(LegalHold).where(LegalHold.no == no).with_for_update())
    if row is None:
        raise NotFound("hold-not-found", f"没有此保全 / there is no legal hold {no}")
    if row.lifted_at is not None:
        raise Conflict("hold-lifted", f"第 {no} 号保全已解除 / legal hold {no} is lifted already")
    if is_same_person(by, second):
        raise Forbidden("four-eyes", "解除须两人 / lifting a legal hold takes two persons")
    row.lifted_by, row.lifted_with, row.lift_reason, row.lifted_at = by, second, reason, now
    session.flush()
    _record(session, RELEASED, by, now, {**_said(row), "reason": reason, "second": second, "os_user": os_user})
    return _hold(row)


def _said(row: LegalHold) -> dict[str, Any]:
    return {"hold": row.no, "scope": row.scope, "value": row.value}


def _record(session: WriteSession, kind: str, by: str, now: datetime, content: Mapping[str, Any]) -> None:
    append(session, [AuditEntry(id=str(uuid.uuid4()), kind=kind, at=now, subject=by, via="cli", content=content)])


def _require_text(name: str, value: str, chars_max: int) -> None:
    if not value.strip() or len(value) > chars_max or not value.isprintable():
        raise Invalid(
            "bad-hold", f"{name}: 须为 1–{chars_max} 个可见字符 / must be 1 to {chars_max} visible characters"
        )


class Holds:
    """Every legal hold is as it was recorded, and none is lifted that nobody lifted."""

    kinds = frozenset({HELD, RELEASED})

    def damage(self, session: ReadSession, records: Sequence[RecordedFact]) -> Iterator[Damage]:
        """Compare holds with what their records say."""
        rows = {one.no: one for one in holds(session)}
        for one in records:
            hold = rows.get(one.content["hold"])
            if hold is None:
                yield Damage(how=How.MISSING, index=one.index, id=one.id, detail="the legal hold is not there")
            elif (hold.scope, hold.value) != (one.content["scope"], one.content["value"]):
                yield Damage(how=How.CHANGED, index=one.index, id=one.id, detail="the legal hold is another one")

    def unrecorded(self, session: ReadSession) -> Iterator[Damage]:
        """Return holds that are lifted though no record says so: they would let records go."""
        lifted = recorded_contents(session, RELEASED)
        numbers = {content["hold"] for content in lifted}
        for one in holds(session):
            if one.lifted_at is not None and one.no not in numbers:
                detail = f"legal hold {one.no} is lifted, and no record tells who did it"
                yield Damage(how=How.CHANGED, index=None, id=None, detail=detail)
