"""What a request may ask for: the database, who is calling, and whether that role may.

Every route names its roles with :func:`allow`, or that it is open to all with :data:`OPEN`:

    @router.get("/lists", dependencies=[allow(Role.SCREENER, Role.AUDITOR)])

A session is opened and closed inside the call of the route (:class:`SessionRoute`), by the thread that runs it: a
request that held a connection while it waits for a thread would wait for those that hold threads and wait for
connections.  It ends before the answer leaves, so that a commit that fails is never answered with a 200.  What takes
no time is a coroutine here, which needs no thread.
"""

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

import anyio
import anyio.to_thread
import structlog
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import State

from app import strict_json
from app.access import Principal, Role
from app.access.budget import ClientBudget
from app.access.directory import KeyDirectory, unconfirmed
from app.access.issuer import Issuer
from app.access.oidc import ALGORITHMS, NotAdmitted, Oidc, OidcRules
from app.access.rate import RateLimit
from app.access.records import tell_refused, tell_sign_in_refused
from app.db import Database, ReadSession, WriteSession
from app.errors import Fault, Forbidden, Invalid, TooMany, Unauthenticated, Unavailable
from app.monitoring.suppressed import SuppressionCache
from app.notify.http_client import Fetcher, Rules, networks_of
from app.screening.service import ScreeningService
from app.settings import Settings
from app.strict_json import RepeatedKeyError

log = structlog.get_logger("cutoff.access")

_bearer = HTTPBearer(auto_error=False, scheme_name="apiKey", description="`Authorization: Bearer KEY`")


_BAD_SETTING: Final = "bad-setting"
"""What is wrong at the start of a process, which no caller of the API meets."""


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _database(request: Request) -> Database:
    """Return the database as the caller sees it: the people of a client work with its rows in every transaction."""
    database: Database = request.app.state.database
    return database.narrowed(functools.partial(_only_client, request))


async def _screening_service(request: Request) -> ScreeningService:
    screening_service: ScreeningService = request.app.state.screening_service
    return screening_service


async def _suppressions(request: Request) -> SuppressionCache:
    suppressions: SuppressionCache = request.app.state.suppressions
    return suppressions


async def _key_directory(request: Request) -> KeyDirectory:
    directory: KeyDirectory = request.app.state.key_directory
    return directory


async def _body(request: Request) -> bytes:
    return await request.body()


AppSettings = Annotated[Settings, Depends(_settings)]
AppDatabase = Annotated[Database, Depends(_database)]
AppScreeningService = Annotated[ScreeningService, Depends(_screening_service)]
AppSuppressions = Annotated[SuppressionCache, Depends(_suppressions)]
AppKeys = Annotated[KeyDirectory, Depends(_key_directory)]
Body = Annotated[bytes, Depends(_body)]
"""The body as it was sent."""


class WrongRole(Forbidden):
    """The caller's role is none of those that a route lets in, which are ``roles``."""

    def __init__(self, role: Role, roles: frozenset[Role]) -> None:
        needed = ", ".join(sorted(roles))
        super().__init__("wrong-role", f"角色 {role} 无此权限 / this needs one of the roles: {needed}")
        self.roles = tuple(one for one in Role if one in roles)


_FILES_AT_ONCE: Final = 3
_FILES_WAITING_MAX: Final = 32
_ROLES_OF_CLIENTS: Final = frozenset({Role.SCREENER, Role.ANALYST})


@dataclass(frozen=True, slots=True)
class _Unopened:
    """A session that the route opens when it is called."""

    open: Callable[[], AbstractContextManager[ReadSession]]


async def _reading(database: AppDatabase) -> _Unopened:
    return _Unopened(database.read)


async def _writing(database: AppDatabase) -> _Unopened:
    return _Unopened(database.write)


def _only_client(request: Request) -> str | None:
    """Return whose rows alone the caller works with, None where the role works with more than a client's."""
    caller: Principal | None = getattr(request.state, "principal", None)
    return caller.client if caller is not None and caller.role in _ROLES_OF_CLIENTS else None


Reading = Annotated[ReadSession, Depends(_reading)]
"""A session that reads one state of the database."""

Writing = Annotated[WriteSession, Depends(_writing)]
"""A session that commits when the route returns and rolls back when it raises."""


class SessionRoute(APIRoute):
    """A route whose sessions live no longer than the call of its function."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's
        """Make the route; its function may ask for :data:`Reading` and :data:`Writing`."""
        super().__init__(path, _with_threads(endpoint, _with_sessions(endpoint)), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler; a JSON body in which a key is twice is refused: the last would hide the first."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if _is_json(request):
                _refuse_repeated_keys(await request.body())
            return await handle(request)

        return strict


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _refuse_repeated_keys(body: bytes) -> None:
    try:
        strict_json.loads(body)
    except RepeatedKeyError as error:
        detail = f"键 {error.key!r} 在同一对象中重复 / the key {error.key!r} stands twice in one object"
        raise Invalid("validation", detail, faults=[Fault("", "repeated-key", detail)]) from error
    except (ValueError, RecursionError):
        # What is no JSON at all is reported by the framework.
        return


class ApiRoute(SessionRoute):
    """A route of the API: it also refuses parameters that it does not know."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's
        """Make the route; who calls is looked at first."""
        before = list(options.pop("dependencies", None) or ())
        if _KNOWN not in before:
            before.append(_KNOWN)
        super().__init__(path, endpoint, dependencies=before, **options)
        self.parameters = frozenset(_parameters(self.dependant))


async def _require_known_parameters(request: Request) -> None:
    """Raise :class:`Invalid` for a parameter that the call does not know: ignored, it would answer another question."""
    known: frozenset[str] = request.scope["route"].parameters
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        faults = [Fault(f"?{name[:80]}", "unknown-parameter", "未知参数 / unknown parameter") for name in unknown[:20]]
        raise Invalid(
            "validation", f"未知参数 / unknown: {', '.join(name[:80] for name in unknown[:20])}", faults=faults
        )


_KNOWN: Any = Depends(_require_known_parameters)


def _parameters(dependant: Any) -> Iterator[str]:  # noqa: ANN401 - FastAPI's Dependant is not documented as public
    """Yield the query parameters that a call takes, and all that it depends on."""
    yield from (one.alias for one in dependant.query_params)
    for part in dependant.dependencies:
        yield from _parameters(part)


def routes(**options: Any) -> APIRouter:  # noqa: ANN401 - those of FastAPI
    """Return a router of the API, whose functions may ask for sessions; it takes the options of ``APIRouter``."""
    return APIRouter(route_class=ApiRoute, **options)


def _with_sessions(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    wanted = [one.annotation for one in inspect.signature(endpoint).parameters.values()]
    if Reading not in wanted and Writing not in wanted:
        return endpoint
    if inspect.iscoroutinefunction(endpoint):
        raise TypeError(f"{endpoint.__qualname__}: a session would block the event loop")

    @functools.wraps(endpoint)
    def opened(**values: Any) -> Any:  # noqa: ANN401 - what FastAPI found for the parameters
        with ExitStack() as stack:
            given = {
                name: stack.enter_context(value.open()) if isinstance(value, _Unopened) else value
                for name, value in values.items()
            }
            return endpoint(**given)

    return opened


Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def takes_files(endpoint: Endpoint) -> Endpoint:
    """Mark a function of a route that reads a file: it runs in a few threads of its own.

    Reading a file may take half a minute, and the threads of all other calls must not wait for that.
    """
    endpoint.__takes_files__ = True  # type: ignore[attr-defined]  # a mark
    return endpoint


def _with_threads(endpoint: Callable[..., Any], call: Callable[..., Any]) -> Callable[..., Any]:
    if not hasattr(endpoint, "__takes_files__"):
        return call

    @functools.wraps(endpoint)
    async def apart(**values: Any) -> Any:  # noqa: ANN401 - what FastAPI found for the parameters
        threads = _file_threads()
        if threads.calls >= _FILES_AT_ONCE + _FILES_WAITING_MAX:
            raise Unavailable("overloaded", "等待读取的文件过多，请稍后重试 / too many files wait: try again")
        threads.calls += 1
        try:
            return await anyio.to_thread.run_sync(functools.partial(call, **values), limiter=threads.limiter)
        finally:
            threads.calls -= 1

    return apart


@dataclass(slots=True)
class _FileThreads:
    """The threads of an event loop for calls that read files, and how many such calls there are."""

    limiter: CapacityLimiter
    calls: int = 0


_running: Final[RunVar[_FileThreads]] = RunVar("file_threads")


def _file_threads() -> _FileThreads:
    try:
        return _running.get()
    except LookupError:
        threads = _FileThreads(CapacityLimiter(_FILES_AT_ONCE))
        _running.set(threads)
        return threads


async def principal(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Return who is calling.  Only a key that memory does not answer for costs a thread.

    Raises :class:`Unauthenticated`, ``Unavailable`` where the key cannot be confirmed, and ``TooMany`` past the rate
    of the key, or past the failures that an address may make.
    """
    address = request.client.host if request.client else ""
    if credentials is None:
        # Apart from wrong keys, so that a visitor without one keeps nobody else of the address out.
        request.app.state.failure_limit.take(f"without-key:{address}")
        raise Unauthenticated("key-missing", "缺少密钥 / send the key as Authorization: Bearer KEY")
    caller = await confirm_key(request.app.state, address, credentials.credentials)
    request.state.key_id = caller.key_id
    request.state.principal = caller
    limit: RateLimit = request.app.state.rate_limit
    request.state.allowance = limit.take(caller.key_id)
    return caller


def oidc_of(settings: Settings) -> Oidc | None:
    """Return what lets people of the issuer of the settings in, None where there is none.  Raises :class:`Invalid`."""
    if settings.oidc_issuer is None:
        return None
    algorithms = tuple(one.strip() for one in settings.oidc_algorithms.split(",") if one.strip())
    if not algorithms or not set(algorithms) <= ALGORITHMS:
        raise Invalid(_BAD_SETTING, f"CUTOFF_OIDC_ALGORITHMS: 须为 / must be of {', '.join(sorted(ALGORITHMS))}")
    secret_file = settings.oidc_client_secret_file
    try:
        secret = secret_file.read_text(encoding="utf-8").strip() if secret_file is not None else None
        roles = dict(one.strip().rsplit("=", 1) for one in settings.oidc_roles.split(",") if one.strip())
        of_claim = {value: Role(role) for value, role in roles.items()}
    except OSError as error:
        raise Invalid(_BAD_SETTING, "CUTOFF_OIDC_CLIENT_SECRET_FILE: 无法读取 / cannot be read") from error
    except ValueError as error:
        raise Invalid(_BAD_SETTING, "CUTOFF_OIDC_ROLES: 须为 / must be value=role,value=role") from error
    rules = OidcRules(
        audience=settings.oidc_audience,
        client_id=settings.oidc_client_id,
        client_secret=secret or None,
        algorithms=algorithms,
        role_claim=settings.oidc_role_claim,
        roles=of_claim or {role.value: role for role in Role},
        client_claim=settings.oidc_client_claim,
        client=settings.oidc_client,
    )
    # The operator named this address, and it is mostly one of the bank's own network.
    everywhere = networks_of(["0.0.0.0/0", "::/0"])
    bounds = Rules(allowed=everywhere, allows_http=settings.oidc_allow_http, timeout_s=settings.oidc_timeout_s)
    return Oidc(Issuer(settings.oidc_issuer, Fetcher(rules=bounds).fetch), rules)


_CONFIRM_TIMEOUT_S: Final = 5.0


async def confirm_key(state: State, address: str, secret: str) -> Principal:
    """Return who holds a key, from memory or else from the database; raises as :func:`principal` does.

    Where the database is away or does not answer, it is not asked for long: what cannot be confirmed is refused.
    """
    directory: KeyDirectory = state.key_directory
    found = directory.known(secret)
    if found is not None:
        return found
    if state.recorder.failure is None:
        with anyio.move_on_after(_CONFIRM_TIMEOUT_S):
            # The thread may wait for as long as the network is silent; the caller does not.
            return await anyio.to_thread.run_sync(_looked_up, state, address, secret, abandon_on_cancel=True)
    raise unconfirmed()


def _looked_up(state: State, address: str, secret: str) -> Principal:
    """Look a key up.  An address that brought too many wrong ones waits, before the database is asked again."""
    failures: RateLimit = state.failure_limit
    failures.require(address)
    try:
        found: Principal = state.key_directory.authenticate(secret)
    except Unauthenticated:
        failures.take(address)
        raise
    except NotAdmitted as error:
        # Recorded as often as wrong keys are looked up, however often a program tries.
        with contextlib.suppress(TooMany):
            failures.take(f"not-admitted:{address}")
            note_sign_in_refused(state, error.code, error.subject, via="api")
        raise
    return found


Caller = Annotated[Principal, Depends(principal)]
"""Who is calling."""


async def _heavy(request: Request, caller: Caller) -> AsyncIterator[None]:
    budget: ClientBudget = request.app.state.heavy_calls
    with budget.taken(caller.client):
        yield


HEAVY: Any = Depends(_heavy, scope="function")
"""A call that takes long: so many at once for each client; for ``dependencies=[…]`` of a route, behind its roles."""


class Allowed:
    """The roles that a route lets in, as far as the key's scopes go; called by FastAPI with the caller."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, request: Request, caller: Caller) -> None:
        """Raise :class:`Forbidden` where the caller's role is none of these, or the key's scopes leave this out."""
        self.require_role(caller)
        resource = request.url.path.removeprefix("/v1/").strip("/").partition("/")[0]
        is_read = request.method in {"GET", "HEAD"}
        if not caller.may(resource, writes=not is_read):
            needed = f"{resource}:{'read' if is_read else 'write'}"
            raise Forbidden("out-of-scope", f"该密钥不含权限 {needed} / the key's scopes do not have {needed}")

    def require_role(self, caller: Principal) -> None:
        """Raise :class:`Forbidden` where the caller's role is none of these."""
        if caller.role not in self.roles:
            raise WrongRole(caller.role, self.roles)


def note_refusal(request: Request, error: Forbidden) -> None:
    """Record that somebody tried what they may not, in a transaction of its own; the answer does not wait on it."""
    caller: Principal | None = getattr(request.state, "principal", None)
    if caller is None:
        return
    route = getattr(request.scope.get("route"), "path", "-")
    database: Database = request.app.state.database
    try:
        with database.write() as session:
            tell_refused(session, caller, error.code, f"{request.method} {route}")
    except (DBAPIError, PoolTimeout) as failure:
        log.warning("refusal_not_recorded", error=type(failure).__name__)


def note_sign_in_refused(state: State, code: str, subject: str | None, *, via: str) -> None:
    """Record that the identity provider's word let nobody in, in a transaction of its own."""
    try:
        with state.database.write() as session:
            tell_sign_in_refused(session, client=state.oidc.rules.client, code=code, subject=subject, via=via)
    except (DBAPIError, PoolTimeout) as failure:
        log.warning("refusal_not_recorded", error=type(failure).__name__)


async def _anybody() -> None:
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
