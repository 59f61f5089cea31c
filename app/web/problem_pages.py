"""Problems that the edge answers, as pages where a browser asked for a page: no such address, no answer in time, a bug.

What a page of ours refuses is a page already (:mod:`app.web.route`); this is for what never came to one.
"""

import json
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import CutoffError, Invalid, NotFound, Unavailable
from app.web import catalogue
from app.web.page import LANGUAGE_COOKIE, Page

_PROBLEM: Final = "application/problem+json"
_NOT_PAGES: Final = ("/v1/", "/healthz", "/readyz", "/metrics", "/static/")
_KEPT: Final = (b"x-request-id", b"retry-after", b"connection", b"cache-control", b"x-content-type-options", b"allow")
_SAID: Final = frozenset({"not-found", "timeout", "internal", "method-not-allowed"})
"""Codes for which the catalogue has words of its own: those of the problem are for programs."""


class ProblemPages:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what is no problem, or was not asked for by a browser, passes as it is."""
        if not _is_of_browser(scope):
            await self.app(scope, receive, send)
            return
        started: Message | None = None
        body = b""

        async def hold(message: Message) -> None:
            nonlocal started, body
            if message["type"] == "http.response.start" and _is_problem(message):
                started = message
            elif started is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _page(scope, started, body)(scope, receive, send)

        # Without extensions there is no way for an answer but this one.
        await self.app({**scope, "extensions": {}}, receive, hold)


def _is_of_browser(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["path"].startswith(_NOT_PAGES):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


def _is_problem(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return headers.get("content-type", "").startswith(_PROBLEM) and "content-encoding" not in headers


def _page(scope: Scope, started: Message, body: bytes) -> ASGIApp:
    """Return the problem as a page, with the headers of the problem that are not about its form."""
    request = Request(scope)
    language = request.cookies.get(LANGUAGE_COOKIE)
    texts = catalogue.catalogue(language if language in catalogue.LANGUAGES else catalogue.DEFAULT)
    problem = json.loads(body)
    code = str(problem["type"]).rpartition(":")[2]
    status = int(started["status"])
    message = texts(f"error.{code}") if code in _SAID else str(problem["detail"])
    response = Page(request, texts).error(_error(status, code, message), status)
    response.raw_headers.extend((name, value) for name, value in started["headers"] if name.lower() in _KEPT)
    return response


def _error(status: int, code: str, message: str) -> CutoffError:
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(code, message)
    return (Unavailable if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Invalid)(code, message)
