"""What every request for a page goes through: its language, its origin, and errors as pages."""

import re
import traceback
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from app.dependencies import SessionRoute
from app.errors import CutoffError, Fault, Invalid, NotFound, TooLarge, Unauthenticated, Unavailable
from app.web import catalogue, kept_form, origin
from app.web.kept_form import KeptForm
from app.web.page import LANGUAGE_COOKIE, Page

STATUSES: Final = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not-found": 404,
    "conflict": 409,
    "too-large": 413,
    "too-many": 429,
    "unavailable": 503,
}
"""The status of every error family, as in the API."""

_ONLY_SENT: Final = re.compile(r"/(?:rollback|book-impact)$")
"""The end of addresses that are sent to and not shown; what is stored before it is their page."""

_FRAMES_LOGGED: Final = 20
_YEAR_S: Final = 366 * 24 * 3600
_DATABASE_ERRORS: Final = (OperationalError, InterfaceError, PoolTimeout)

log = structlog.get_logger("cutoff.web")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(SessionRoute):
    """A route that answers with a page, whatever happens."""

    def get_route_handler(self) -> Handler:
        """Return the handler, with what every page has around it."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            asked = request.query_params.get("lang")
            language = asked if asked in catalogue.LANGUAGES else request.cookies.get(LANGUAGE_COOKIE)
            page = Page(
                request, catalogue.catalogue(language if language in catalogue.LANGUAGES else catalogue.DEFAULT)
            )
            request.state.page = page
            response = await _answered(inner, page)
            if asked is not None and asked in catalogue.LANGUAGES:
                response.set_cookie(
                    LANGUAGE_COOKIE, asked, max_age=_YEAR_S, httponly=True, samesite="lax", secure=is_https(request)
                )
            return response

        return handler


def pages() -> APIRouter:
    """Return a router for pages; none of them is in the API's description."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def is_https(request: Request) -> bool:
    """Whether the browser came by HTTPS; behind a proxy, what the proxy says."""
    return request.url.scheme == "https"


async def _answered(inner: Handler, page: Page) -> Response:
    try:
        origin.check(page.request)
        return await inner(page.request)
    except Unauthenticated as error:
        kept = await kept_form.sent_with(page.request)
        return await run_in_threadpool(_to_login, page, error, kept)
    except Exception as error:  # noqa: BLE001 - people get a page, whatever happens
        shown, status = _shown(error, page)
        return await run_in_threadpool(page.error, shown, status)


def _shown(error: Exception, page: Page) -> tuple[CutoffError, int]:
    """Return what people get to know of an error, and its status.  The log has no message, as that may hold a name."""
    if isinstance(error, RequestValidationError):
        error = _invalid(error)
    if isinstance(error, CutoffError):
        return error, STATUSES[error.family]
    if isinstance(error, HTTPException):
        return _of_framework(error), error.status_code
    if isinstance(error, _DATABASE_ERRORS):
        log.error("database_failed", error=type(error).__name__)
        return Unavailable("database-unavailable", page.texts("error.database")), STATUSES["unavailable"]
    frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("bug", error=type(error).__name__, frames=frames[-_FRAMES_LOGGED:])
    return Unavailable("internal", page.texts("error.internal")), HTTPStatus.INTERNAL_SERVER_ERROR.value


def _to_login(page: Page, error: Unauthenticated, kept: KeptForm | None) -> Response:
    """Send the browser to the login; a script is redirected there with the whole page.

    A form that was sent gets the login in the place of its answer, which carries what was typed.
    """
    request = page.request
    if kept is not None and not page.is_partial:
        return page.show(
            "login.html",
            status=STATUSES[error.family],
            place="",
            why=error.code,
            holder=None,
            ticket="",
            failed=None,
            kept=kept,
        )
    place = page.link(lang=None) if request.method == "GET" else _ONLY_SENT.sub("", request.url.path)
    why = "" if error.code == "session-missing" else f"&why={quote(error.code)}"
    address = f"/login?next={quote(place, safe='')}{why}"
    if page.is_partial:
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def _invalid(error: RequestValidationError) -> Invalid:
    faults = [Fault(str(one["loc"][-1]), one["type"], one["msg"]) for one in error.errors()]
    places = "、".join(dict.fromkeys(fault.pointer for fault in faults))
    return Invalid("validation", f"有误 / to mend: {places}", faults=faults)


def _of_framework(error: HTTPException) -> CutoffError:
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge("too-large", str(error.detail))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound("not-found", "没有此页 / there is no such page")
    return Invalid("http-error", str(error.detail))
