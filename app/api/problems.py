"""Errors as RFC 9457 problems: the one place where an error family becomes an HTTP status.

``type`` is ``urn:cutoff:problem:<code>``; the codes are stable and listed in docs/codes.md.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DataError, InterfaceError, InternalError, OperationalError, ProgrammingError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from app.api.codes import URN, ProblemType
from app.api.metrics import count_refusal
from app.api.validation_texts import in_both
from app.dependencies import note_refusal
from app.errors import CutoffError, Fault, Forbidden, TooMany

MEDIA_TYPE: Final = "application/problem+json"

FAMILIES: Final[Mapping[str, tuple[int, str]]] = {
    "invalid": (422, "请求内容有误 / The request is invalid"),
    "unauthenticated": (401, "未通过身份验证 / Not authenticated"),
    "forbidden": (403, "无此权限 / Not allowed"),
    "not-found": (404, "不存在 / Not found"),
    "conflict": (409, "与现状冲突 / Conflict"),
    "too-large": (413, "超过上限 / Too large"),
    "too-many": (429, "请求过于频繁 / Too many requests"),
    "unavailable": (503, "暂不可用 / Not available now"),
}
"""Status and title of every error family."""

_PLAIN: Final[Mapping[int, tuple[str, str]]] = {
    400: ("malformed", "请求无法读取 / The request cannot be read"),
    404: ("not-found", "不存在 / Not found"),
    405: ("method-not-allowed", "方法不允许 / Method not allowed"),
    413: ("too-large", "超过上限 / Too large"),
    415: ("unsupported-media-type", "内容类型不支持 / Unsupported media type"),
}
"""Code and title of the errors that the framework finds before any of our code runs."""

INTERNAL_TITLE: Final = "内部错误 / Internal error"
_RETRY_AFTER_S = 2
_FAULTS_MAX = 1_000

log = structlog.get_logger("cutoff.api")


class FaultModel(BaseModel):
    """One thing that is wrong: ``pointer`` is a JSON pointer into the body, or names a parameter."""

    pointer: str
    code: str
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 lays it out."""

    type: ProblemType
    title: str
    status: int
    detail: str
    errors: list[FaultModel] | None = None
    request_id: str | None = None


SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}
"""How the description refers to a problem; a batch's answer brings the schema itself."""


def problem(
    request: Request,
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem as a response."""
    return Response(
        problem_body(status, code, title, detail, faults=faults, request_id=getattr(request.state, "request_id", None)),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


_REFUSALS: Final = frozenset(
    {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
)


def problem_body(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    request_id: str | None = None,
) -> bytes:
    """Return the JSON of a problem, and count it where it is a refusal."""
    if status in _REFUSALS:
        count_refusal(code)
    return problem_json(status, code, title, detail, faults=faults, request_id=request_id)


def problem_json(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    request_id: str | None = None,
) -> bytes:
    """Return the JSON of a problem.  What was sent comes back only in pointers, so half characters are replaced."""
    content: dict[str, Any] = {"type": URN + code, "title": title, "status": status, "detail": detail}
    if faults:
        content["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "message": fault.message} for fault in faults[:_FAULTS_MAX]
        ]
    if request_id:
        content["request_id"] = request_id
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _of_error(request: Request, error: CutoffError) -> Response:
    status, title = FAMILIES[error.family]
    answer = problem(request, status, error.code, title, error.message, faults=error.faults, headers=headers_of(error))
    if isinstance(error, Forbidden):
        # Recording it needs a thread and the database, for which the answer does not wait.
        answer.background = BackgroundTask(note_refusal, request, error)
    return answer


def headers_of(error: CutoffError) -> dict[str, str]:
    """Return the headers that an error asks for: how to authenticate, when to come again."""
    status, _ = FAMILIES[error.family]
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="cutoff"'
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_s)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    return headers


def _of_framework(request: Request, error: HTTPException) -> Response:
    code, title = _PLAIN.get(error.status_code, ("http-error", HTTPStatus(error.status_code).phrase))
    return problem(request, error.status_code, code, title, str(error.detail), headers=error.headers)


def _of_validation(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if any(one["type"] == "json_invalid" for one in found):
        place = found[0]["loc"][-1]
        code, title = _PLAIN[400]
        return problem(request, 400, code, title, f"JSON 有误 / broken JSON at character {place}")
    if any(tuple(one["loc"]) == ("body",) for one in found) and media_type and not _is_json(media_type):
        code, title = _PLAIN[415]
        return problem(request, 415, code, title, "请用 / send Content-Type: application/json")
    status, title = FAMILIES["invalid"]
    faults = faults_of(found)
    detail = f"{len(faults)}处有误 / {len(faults)} to mend: {faults[0].pointer or '/'}: {faults[0].message}"
    return problem(request, status, "validation", title, detail, faults=faults)


def faults_of(found: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Return pydantic's errors as faults.  What was sent is not among them."""
    return [Fault(pointer_of(one["loc"]), one["type"].replace("_", "-"), in_both(one)) for one in found]


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def pointer_of(place: Sequence[int | str]) -> str:
    """Return where a fault is: a JSON pointer into the body, ``?name`` for a parameter, ``name:`` for a header.

    >>> pointer_of(("body", "counterparty", "name"))
    '/counterparty/name'
    """
    where, *rest = place
    if where == "body":
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in rest)
    name = ".".join(str(part) for part in rest)
    return f"{name}:" if where == "header" else f"?{name}" if where == "query" else f"{{{name}}}"


def _of_database(request: Request, error: Exception) -> Response:
    log.error("database_failed", error=type(error).__name__)
    status, title = FAMILIES["unavailable"]
    detail = "数据库不可用，未作出决定，请稍后重试 / the database is not available: no decision was made, try again"
    return problem(request, status, "database-unavailable", title, detail, headers={"Retry-After": str(_RETRY_AFTER_S)})


_NOT_NOW_STATES: Final = ("25006", "42501", "42P01", "42703", "53", "57", "58")
"""Read-only, no right, no table, no column, out of resources, asked to stop, system error: all mended elsewhere."""


def _of_driver(request: Request, error: Exception) -> Response:
    """Answer what a driver finds wrong: with the database 503, with a value 422; anything else is a bug."""
    cause = getattr(error, "orig", None)
    if isinstance(cause, OverflowError | ValueError):
        return _of_value(request, error)
    state = str(getattr(cause, "sqlstate", None) or "")
    if state.startswith(_NOT_NOW_STATES):
        return _of_database(request, error)
    raise error


def _of_value(request: Request, error: Exception) -> Response:
    """Answer that a value cannot be stored or compared: half a character, a NUL, a date beyond the calendar."""
    log.warning("bad_value", error=type(error).__name__)
    status, title = FAMILIES["invalid"]
    detail = (
        "请求中有无法处理的值（残缺字符、NUL 或超出范围的时间） / "
        "a value of the request cannot be used: half a character, a NUL, or a time out of range"
    )
    return problem(request, status, "bad-value", title, detail)


Handler = Callable[[Request, Any], Response]


def add_problems(app: FastAPI) -> None:
    """Make every error that we foresee a problem; :mod:`app.api.middleware` does it for all others."""
    families: dict[type[Exception], Handler] = {
        CutoffError: _of_error,
        HTTPException: _of_framework,
        RequestValidationError: _of_validation,
        **dict.fromkeys((OperationalError, InterfaceError, PoolTimeout), _of_database),
        **dict.fromkeys((InternalError, ProgrammingError, StatementError), _of_driver),
        **dict.fromkeys((DataError, UnicodeEncodeError, OverflowError), _of_value),
    }
    for family, handler in families.items():
        app.add_exception_handler(family, _in_loop(handler))


def _in_loop(handler: Handler) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Answer without a thread: whoever is asked to come again must not wait for those who hold the threads."""

    async def answer(request: Request, error: Exception) -> Response:
        return handler(request, error)

    return answer


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI ``responses`` for a route: the problems that every call may answer, and these."""
    titles = dict(FAMILIES.values()) | {status: title for status, (_, title) in _PLAIN.items()}
    titles[500] = INTERNAL_TITLE
    every = {400, 401, 403, 413, 422, 429, 500, 503, *statuses}
    return {
        status: {"description": titles[status], "content": {MEDIA_TYPE: {"schema": SCHEMA}}} for status in sorted(every)
    }
