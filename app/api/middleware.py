"""The outer edge: a request id, one line of access log, safe headers, and a limit on body and time.

Names of counterparties never stand in the log: it has the route's template, not the path as asked.
"""

import asyncio
import re
import time
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.metrics import ANSWERED, SECONDS
from app.api.problems import FAMILIES, INTERNAL_TITLE, MEDIA_TYPE, problem_body

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}\Z")
_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_RETRY_AFTER_S = b"2"
_FRAMES_LOGGED = 20

log = structlog.get_logger("cutoff.access")


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """The largest body of the calls whose method and path fit; ``path`` is a pattern for the whole path.

    ``timeout_s`` is the time that such a call may take, where it is not that of all calls.
    """

    method: str
    path: re.Pattern[str]
    bytes_max: int
    timeout_s: float | None = None


class RequestMiddleware:
    """ASGI middleware around everything else."""

    def __init__(
        self, app: ASGIApp, *, timeout_s: float, body_bytes_max: int, larger: tuple[BodyLimit, ...] = ()
    ) -> None:
        self.app = app
        self.timeout_s = timeout_s
        self.body_bytes_max = body_bytes_max
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        bytes_max, timeout_s = self._limits(scope)
        exchange = _Exchange(scope, receive, send, bytes_max)
        started = time.perf_counter()
        try:
            await self._within_time(exchange, timeout_s)
        finally:
            exchange.report(time.perf_counter() - started)

    def _limits(self, scope: Scope) -> tuple[int, float]:
        for limit in self.larger:
            if scope["method"] == limit.method and limit.path.fullmatch(scope["path"]):
                return limit.bytes_max, limit.timeout_s or self.timeout_s
        return self.body_bytes_max, self.timeout_s

    async def _within_time(self, exchange: "_Exchange", timeout_s: float) -> None:
        """Answer 503 where nothing was answered in time; what runs in a thread cannot be stopped and runs out."""
        task = asyncio.ensure_future(self.app(exchange.scope, exchange.receive, exchange.send))
        try:
            begun = asyncio.ensure_future(exchange.begun.wait())
            await asyncio.wait({task, begun}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            begun.cancel()
            if not task.done() and not exchange.begun.is_set():
                await exchange.give_up()
                task.add_done_callback(_forget)
                return
            await task
        except asyncio.CancelledError:
            task.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - nothing may leave here but as an answer
            await exchange.fail(error)


def _forget(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("late_failure", error=type(task.exception()).__name__)


class _Exchange:
    """One request and its response on their way through the edge."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, body_bytes_max: int) -> None:
        self.scope = scope
        self.begun = asyncio.Event()
        self._receive, self._send = receive, send
        self._body_bytes_max = body_bytes_max
        self._received = 0
        self._given_up = False
        self._status = 0
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        self.request_id = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = self.request_id
        length = dict(scope["headers"]).get(b"content-length", b"")
        self._declared_too_large = length.isdigit() and int(length) > body_bytes_max

    async def receive(self) -> Message:
        """Hand on the body, as far as it may go."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            if self._declared_too_large or self._received > self._body_bytes_max:
                raise HTTPException(413, f"请求体超过上限 / the body may have {self._body_bytes_max} bytes at most")
        return message

    async def send(self, message: Message) -> None:
        """Hand on the answer with our headers; drop it where a 503 went out before."""
        if self._given_up:
            return
        if message["type"] == "http.response.start":
            self.begun.set()
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            allowance = self.scope["state"].get("allowance")
            if allowance is not None:
                headers.update(allowance.headers())
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)

    async def fail(self, error: Exception) -> None:
        """Answer that this is a bug.  The log has the places, not the values, as those may be names."""
        frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        log.error("bug", error=type(error).__name__, request_id=self.request_id, frames=frames[-_FRAMES_LOGGED:])
        if not self.begun.is_set():
            detail = "内部错误，未作出答复 / an internal error: there is no answer"
            await self._answer(500, "internal", INTERNAL_TITLE, detail)

    async def give_up(self) -> None:
        """Answer that there was no answer in time."""
        _, title = FAMILIES["unavailable"]
        detail = (
            "超时未答复，结果未知；请用同一 Idempotency-Key 重试，此前按 REVIEW 处理 / no answer in time: "
            "treat it as REVIEW and try again with the same Idempotency-Key"
        )
        await self._answer(503, "timeout", title, detail)
        self._given_up = True

    async def _answer(self, status: int, code: str, title: str, detail: str) -> None:
        body = problem_body(status, code, title, detail, request_id=self.request_id)
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", _RETRY_AFTER_S),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    def report(self, seconds: float) -> None:
        """Write one line of access log and count."""
        route = getattr(self.scope.get("route"), "path", "-")
        ANSWERED.labels(self.scope["method"], route, str(self._status)).inc()
        SECONDS.labels(route).observe(seconds)
        client = self.scope.get("client")
        log.info(
            "answered",
            method=self.scope["method"],
            route=route,
            status=self._status,
            ms=round(seconds * 1000, 1),
            request_id=self.request_id,
            key_id=self.scope["state"].get("key_id"),
            peer=client[0] if client else None,
        )
