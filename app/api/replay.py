"""``POST /v1/screenings/{id}/replay``: a recorded decision computed again and compared."""

import json
from typing import Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from app.access import Role
from app.api.problems import declared
from app.api.screening_schemas import ScreeningAnswer
from app.dependencies import AppDatabase, AppScreeningService, Caller, allow, routes
from app.screening import replay as replays

router = routes(prefix="/v1/screenings", tags=["screenings"])


class DifferenceOut(BaseModel):
    """One difference between the stored answer and the replayed one."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(description="JSON pointer into the answer, or `column:…` of the record beside it.")
    stored: Any
    replayed: Any
    explained_by: str | None = Field(description="`engine_version`, `rule_version`, or null: nothing explains it.")


class ReplayAnswer(BaseModel):
    """Whether a decision comes out the same; `decision` is null where this program can no longer compute it."""

    model_config = ConfigDict(extra="forbid")

    identical: bool
    decision: ScreeningAnswer | None
    differences: list[DifferenceOut]


@router.post(
    "/{screening_id}/replay",
    dependencies=[allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)],
    responses=declared(404),
    response_model=ReplayAnswer,
    summary="Compute a recorded decision again 决定重放",
)
def replay(
    screening_id: str, caller: Caller, database: AppDatabase, screening_service: AppScreeningService
) -> Response:
    """Recompute from the stored list versions, rule version and question, and compare the whole answer.

    Nothing is recorded and nothing newer is looked at.
    """
    client = None if caller.sees_all_clients else caller.client
    found = replays.replay(database, screening_service.snapshots, screening_id, client)
    # Not through the model, which would write times in another form than they were answered in.
    answer = {
        "identical": found.identical,
        "decision": found.decision,
        "differences": [
            {"pointer": one.pointer, "stored": one.stored, "replayed": one.replayed, "explained_by": one.explained_by}
            for one in found.differences
        ],
    }
    return Response(json.dumps(answer, ensure_ascii=False), media_type="application/json")
