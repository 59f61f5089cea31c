"""``GET /v1/events``: the notices for the caller's client."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.access import Role
from app.api.problems import declared
from app.dependencies import Caller, Reading, allow, routes
from app.screening import release_events

router = routes(prefix="/v1/events", tags=["events"])


class ClientEventOut(BaseModel):
    """One event."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    id: int
    type: str
    client: str
    created_at: datetime
    data: dict[str, Any] = Field(description="For `release`: the entity, and the screenings to look at again.")


class EventPage(BaseModel):
    """Events, oldest first; ``next_cursor`` leads to those after, also to those not written yet."""

    model_config = ConfigDict(extra="forbid")

    items: list[ClientEventOut]
    next_cursor: str


@router.get(
    "",
    dependencies=[allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)],
    responses=declared(),
    summary="What a client is to be told 待通知事件",
)
def events(
    caller: Caller,
    session: Reading,
    kind: Annotated[Literal["release"] | None, Query(alias="type", description="Only of this type.")] = None,
    cursor: Annotated[str | None, Query(pattern=r"^\d{1,18}$", description="From the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> EventPage:
    """Return the events of the caller's client (an auditor's: of all); delivery by webhook comes on top of these.

    Events are written within the second in which the lists change, by every process that answers.
    """
    client = None if caller.sees_all_clients else caller.client
    found = release_events.events(session, client, kind=kind, after=int(cursor or 0), limit=limit)
    return EventPage(
        items=[ClientEventOut.model_validate(one) for one in found],
        next_cursor=str(found[-1].id if found else cursor or 0),
    )
