"""Who answers with which version of a list, and since when: by the recorded decisions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.db import ReadSession
from app.screening.models import Screening
from app.watchlists.versions import store

_LOOKED_AT_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Adoption:
    """The version by which a client was last answered; ``since`` is its first answer by it, ``last`` its newest."""

    client: str
    version: int | None
    since: datetime | None
    last: datetime


def adoption(session: ReadSession, code: str) -> list[Adoption]:
    """Return what every client that was ever answered uses of a list, sorted by client."""
    store.list_summary(session, code)
    return [_of(session, code, client) for client in _clients(session)]


def _clients(session: ReadSession) -> Iterator[str]:
    """Yield every client that was ever answered, from one to the next in the index: DISTINCT would read all of it."""
    client = session.scalar(select(func.min(Screening.client)))
    while client is not None:
        yield client
        client = session.scalar(select(func.min(Screening.client)).where(Screening.client > client))


def _of(session: ReadSession, code: str, client: str) -> Adoption:
    last_at, answer = session.execute(
        select(Screening.screened_at, Screening.answer)
        .where(Screening.client == client)
        .order_by(Screening.screened_at.desc(), Screening.id.desc())
        .limit(1)
    ).one()
    used = _version(answer, code)
    if used is None:
        return Adoption(client, None, None, last_at)
    return Adoption(client, used, _since(session, code, client, used), last_at)


def _since(session: ReadSession, code: str, client: str, used: int) -> datetime | None:
    """Return the first answer by a version: none is older than its activation."""
    activated_at = store.version(session, code, used).activated_at
    if activated_at is None:
        return None
    statement = (
        select(Screening.screened_at, Screening.answer)
        .where(Screening.client == client, Screening.screened_at >= activated_at)
        .order_by(Screening.screened_at, Screening.id)
        .limit(_LOOKED_AT_MAX)
        .execution_options(yield_per=100)
    )
    with session.execute(statement) as answers:
        return next((at for at, answer in answers if _version(answer, code) == used), None)


def _version(answer: str, code: str) -> int | None:
    versions = json.loads(answer)["list_versions"]
    return next((int(one["version"]) for one in versions if one["code"] == code), None)
