"""``/v1/coverage`` and ``/v1/changes``: what is decided of a book and what is not, and what has changed."""

from datetime import date as local_day
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app import clock
from app.access import Role
from app.api.counterparties import ClientParam, ListVersionOfBook, seen
from app.api.problems import declared
from app.api.screening_schemas import ReasonOut
from app.dependencies import Caller, Reading, allow, routes
from app.monitoring import coverage

router = routes(prefix="/v1", tags=["monitoring"])

_READERS = allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)
_PAGE_MAX: Final = 1_000


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class BookBasisOut(_Model):
    """On what the decisions of a book rest."""

    list_versions: list[ListVersionOfBook]
    rule_version: str
    engine_version: str
    date: local_day
    decided_at: datetime


class CoverageOut(_Model):
    """How far the book of a client is decided."""

    client: str
    book_revision: int
    covered_revision: int
    counterparties: int = Field(description="Open ones.")
    closed: int
    decided: int
    pending: int = Field(description="Changed since the last finished run: UNKNOWN until the next.")
    errors: int = Field(description="Could not be decided: UNKNOWN.")
    by_outcome: dict[str, int] = Field(description="Decisions that are not PASS.")
    differences: int = Field(description="Counterparties on which a whole run did not agree with the steps before it.")
    whole_at: datetime | None = Field(description="When the whole book was last decided at once.")
    basis: BookBasisOut | None = Field(description="Null while no run has finished.")
    age_s: float | None


class ChangeMatchOut(_Model):
    """A match of a change; as in a screening, without the version of its list."""

    model_config = ConfigDict(extra="allow")

    entity_id: str
    external_id: str
    list_code: str
    category: str
    strength: str
    score: int
    outcome: str


class ChangeOut(_Model):
    """One change of a decision."""

    id: str = Field(description="Computed from what the change is: the same in every process and after every crash.")
    client: str
    counterparty_id: str
    service: str
    kind: Literal["NEW", "WORSE", "EASED", "RELEASED", "TEXT"]
    from_outcome: Literal["PASS", "REVIEW", "BLOCK", "UNKNOWN"]
    to_outcome: Literal["PASS", "REVIEW", "BLOCK"]
    reasons: list[ReasonOut]
    matches: list[ChangeMatchOut]
    cause: Literal["LIST", "BOOK", "DATE", "RULE"]
    basis_from: str | None
    basis_to: str
    at: datetime


class ChangePage(_Model):
    """Changes, oldest first; ``next_cursor`` leads to those after, also to those not written yet."""

    items: list[ChangeOut]
    next_cursor: str


@router.get("/coverage", dependencies=[_READERS], responses=declared(), summary="How far a book is decided 覆盖情况")
def read_coverage(caller: Caller, session: Reading, client: ClientParam = None) -> CoverageOut:
    """Return what was decided, by what, and what was not: nothing is claimed that was not looked at."""
    found = coverage.coverage(session, seen(caller, client) or caller.client, clock.now())
    basis = found.basis
    return CoverageOut(
        client=found.client,
        book_revision=found.book_revision,
        covered_revision=found.covered_revision,
        counterparties=found.open,
        closed=found.closed,
        decided=found.decided,
        pending=found.pending,
        errors=found.errors,
        by_outcome=dict(found.by_outcome),
        differences=found.differences,
        whole_at=found.whole_at,
        basis=None
        if basis is None
        else BookBasisOut(
            list_versions=[ListVersionOfBook(code=code, version=version) for code, version in basis.lists],
            rule_version=basis.rule_version,
            engine_version=basis.engine_version,
            date=basis.decided_for_date,
            decided_at=basis.decided_at,
        ),
        age_s=found.age_s,
    )


@router.get("/changes", dependencies=[_READERS], responses=declared(), summary="What has changed 变化")
def read_changes(
    caller: Caller,
    session: Reading,
    since: Annotated[str | None, Query(pattern=r"^\d{1,18}$", description="`next_cursor` of the page before.")] = None,
    counterparty_id: Annotated[str | None, Query(max_length=200)] = None,
    client: ClientParam = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE_MAX)] = 100,
) -> ChangePage:
    """Return the changes of the caller's book (an auditor's: of all), an all-clear among them, each once."""
    after = int(since or 0)
    found = coverage.changes(session, seen(caller, client), after=after, limit=limit, counterparty_id=counterparty_id)
    return ChangePage(
        items=[ChangeOut.model_validate(one) for one in found],
        next_cursor=str(found[-1].seq if found else after),
    )
