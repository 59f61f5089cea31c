"""What a request may ask for: the database, who is calling, and whether that role may.

Every route names its roles with :func:`allow`, or that it is open to all with :data:`OPEN`:

    @router.get("/lists", dependencies=[allow(Role.SCREENER, Role.AUDITOR)])

A transaction opened here ends before the answer leaves (``scope="function"``), so that a commit that
fails is never answered with a 200.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.access import Principal, Role, keys
from app.access.rate import RateLimit
from app.db import Database, ReadSession, WriteSession
from app.errors import Forbidden, Unauthenticated
from app.screening.release_events import ReleasePublisher
from app.screening.service import ScreeningService
from app.settings import Settings

_bearer = HTTPBearer(auto_error=False, scheme_name="apiKey", description="`Authorization: Bearer KEY`")


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _desk(request: Request) -> ScreeningService:
    desk: ScreeningService = request.app.state.desk
    return desk


def _herald(request: Request) -> ReleasePublisher:
    herald: ReleasePublisher = request.app.state.herald
    return herald


async def _body(request: Request) -> bytes:
    return await request.body()


AppSettings = Annotated[Settings, Depends(_settings)]
AppDatabase = Annotated[Database, Depends(_database)]
AppDesk = Annotated[ScreeningService, Depends(_desk)]
AppHerald = Annotated[ReleasePublisher, Depends(_herald)]
Body = Annotated[bytes, Depends(_body)]
"""The body as it was sent."""


def _reading(database: AppDatabase) -> Iterator[ReadSession]:
    with database.read() as session:
        yield session


def _writing(database: AppDatabase) -> Iterator[WriteSession]:
    with database.write() as session:
        yield session


Reading = Annotated[ReadSession, Depends(_reading, scope="function")]
"""A session that reads one state of the database."""

Writing = Annotated[WriteSession, Depends(_writing, scope="function")]
"""A session that commits when the route returns and rolls back when it raises."""


def principal(
    request: Request,
    database: AppDatabase,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Return who is calling.  Raises :class:`Unauthenticated`, and ``TooMany`` past the key's rate."""
    if credentials is None:
        raise Unauthenticated("key-missing", "缺少密钥 / send the key as Authorization: Bearer KEY")
    with database.read() as session:
        caller = keys.authenticate(session, credentials.credentials)
    request.state.key_id = caller.key_id
    limit: RateLimit = request.app.state.rate_limit
    limit.take(caller.key_id)
    return caller


Caller = Annotated[Principal, Depends(principal)]
"""Who is calling."""


class Allowed:
    """The roles that a route lets in; called by FastAPI with the caller."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    def __call__(self, caller: Caller) -> None:
        """Raise :class:`Forbidden` where the caller's role is none of these."""
        if caller.role not in self.roles:
            needed = ", ".join(sorted(self.roles))
            raise Forbidden("wrong-role", f"角色 {caller.role} 无此权限 / this needs one of the roles: {needed}")


def _anybody() -> None:
    """Mark a route that is open to all without a key."""


def allow(first: Role, *others: Role) -> Any:  # noqa: ANN401 - FastAPI's marker has no public type
    """Let these roles in; for ``dependencies=[…]`` of a route."""
    return Depends(Allowed(frozenset((first, *others))))


OPEN: Any = Depends(_anybody)
"""Let everybody in, without a key; for ``dependencies=[…]`` of a route."""


def roles_of(dependant: Any) -> frozenset[Role] | None:  # noqa: ANN401 - FastAPI's Dependant is not documented as public
    """Return the roles that a route declares: none for an open one, None where it declares nothing."""
    calls = [dependency.call for dependency in dependant.dependencies]
    declared = [call.roles for call in calls if isinstance(call, Allowed)]
    if declared:
        return frozenset.intersection(*declared)
    return frozenset() if _anybody in calls else None
