"""One request and its response on their way through the edge: request id, limits, safe headers, log and count."""

import asyncio
import os
import re
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from app.access.budget import AnswerBudget
from app.access.rate import Allowance
from app.api.draining import PROCESS
from app.api.http_protocol import WHOLE_ANSWER
from app.api.logging_config import log_answer
from app.api.metrics import count_answer
from app.api.problems import FAMILIES, INTERNAL_TITLE, MEDIA_TYPE, headers_of, problem_body
from app.errors import CutoffError, Unavailable

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}\Z")
SAFE_HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""What every answer has, so that whatever shows it does nothing else with it."""
_RAW_HEADERS: Final = tuple((name.lower().encode(), value.encode()) for name, value in SAFE_HEADERS.items())
_RETRY_AFTER: Final = {"Retry-After": "2"}
_FRAMES_LOGGED: Final = 20
_LARGE_BYTES: Final = 256 << 10
"""Past this an answer is sent in pieces and counted until it has been read."""
_PIECE_BYTES: Final = 64 << 10
_PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds; what goes well there is counted, and not logged."""

log = structlog.get_logger("cutoff.access")

_sending: "set[asyncio.Task[None]]" = set()
"""Answers on their way to callers who are slow to read; a task that nobody holds may be lost."""


class Exchange:
    """One request and its response."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, body_bytes_max: int) -> None:
        self.scope = scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.begun = asyncio.Event()
        self._receive, self._send = receive, send
        self._unread: list[Message] = []
        self._body_bytes_max = body_bytes_max
        self._received = 0
        self._given_up = False
        self._start: Message | None = None
        self._status = 0
        self._route: str | None = None
        given = self.headers.get(b"x-request-id", b"").decode("latin-1")
        self.request_id = given if given and REQUEST_ID.match(given) else os.urandom(16).hex()
        scope.setdefault("state", {})["request_id"] = self.request_id
        length = self.headers.get(b"content-length", b"")
        self._declared_too_large = length.isdigit() and int(length) > body_bytes_max

    @property
    def has_body(self) -> bool:
        """Whether the caller means to send a body."""
        return b"transfer-encoding" in self.headers or self.headers.get(b"content-length", b"0") != b"0"

    async def receive(self) -> Message:
        """Hand on the body, as far as it may go."""
        if self._unread:
            return self._unread.pop(0)
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            if self._declared_too_large or self._received > self._body_bytes_max:
                raise HTTPException(413, f"请求体超过上限 / the body may have {self._body_bytes_max} bytes at most")
        return message

    def is_small(self, bytes_max: int) -> bool:
        """Whether the caller says how long the body is, and it is no longer than that."""
        length = self.headers.get(b"content-length", b"")
        return length.isdigit() and int(length) <= bytes_max

    async def small_body(self, bytes_max: int) -> bytes | None:
        """Return the body where it came whole and is small; else None, and it can be received as if not read yet."""
        if not self.is_small(bytes_max):
            return None
        message = await self.receive()
        self._unread.append(message)
        if message["type"] != "http.request" or message.get("more_body", False):
            return None
        body: bytes = message.get("body", b"")
        return body

    def enter(self, key_id: str, allowance: Allowance) -> None:
        """Note who is calling and what is left to them."""
        state = self.scope["state"]
        state["key_id"], state["allowance"] = key_id, allowance

    async def send(self, message: Message) -> None:
        """Hand on the answer with our headers; drop it where a 503 went out before."""
        if self._given_up:
            return
        if message["type"] == "http.response.start":
            self._begin(message)
            return
        large = self._start is not None and len(message.get("body", b"")) > _LARGE_BYTES
        if large:
            await self._send_large(message)
            return
        await self._send_start()
        await self._send(message)

    def _begin(self, message: Message) -> None:
        """Keep the beginning of the answer until its body comes, which may have to be refused."""
        self.begun.set()
        self._status = message["status"]
        headers = MutableHeaders(scope=message)
        headers["X-Request-ID"] = self.request_id
        if PROCESS.is_on:
            headers["Connection"] = "close"
        allowance = self.scope["state"].get("allowance")
        if allowance is not None:
            headers.update(allowance.headers())
        for name, value in SAFE_HEADERS.items():
            headers.setdefault(name, value)
        self._start = message

    async def _send_start(self) -> None:
        if self._start is not None:
            start, self._start = self._start, None
            await self._send(start)

    async def _send_large(self, message: Message) -> None:
        """Send a body in pieces, each when the one before has left, within the bytes that may wait for readers."""
        state, body = self.scope["app"].state, message["body"]
        caller = self.scope["state"].get("principal")
        budget: AnswerBudget = state.answer_budget
        try:
            with budget.taken(caller.client if caller else "", len(body)):
                await self._send_start()
                pieces = memoryview(body)
                for place in range(0, len(body), _PIECE_BYTES):
                    last = place + _PIECE_BYTES >= len(body)
                    piece = bytes(pieces[place : place + _PIECE_BYTES])
                    more = not last or message.get("more_body", False)
                    await self._send({"type": "http.response.body", "body": piece, "more_body": more})
        except Unavailable as error:
            await self.refuse(error)
            self._given_up = True

    async def respond(
        self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]], *, route: str | None = None
    ) -> None:
        """Send a whole answer with our headers, without the framework."""
        sent = self._whole(status, body, headers, route)
        if not self._is_sent_at_once(status, sent, body):
            await self._send_whole(status, sent, body)

    def respond_soon(
        self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]], *, route: str | None = None
    ) -> None:
        """Do what :meth:`respond` does without waiting: at once, or where the caller is slow to read by a task."""
        sent = self._whole(status, body, headers, route)
        if not self._is_sent_at_once(status, sent, body):
            task = asyncio.ensure_future(self._send_whole(status, sent, body))
            _sending.add(task)
            task.add_done_callback(_sending.discard)

    def _whole(
        self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]], route: str | None
    ) -> list[tuple[bytes, bytes]]:
        """Note what is answered, and return all of its headers."""
        self.begun.set()
        self._status, self._route = status, route
        allowance: Allowance | None = self.scope["state"].get("allowance")
        sent = [
            (b"content-length", b"%d" % len(body)),
            *headers,
            (b"x-request-id", self.request_id.encode()),
            *_RAW_HEADERS,
        ]
        if PROCESS.is_on:
            sent.append((b"connection", b"close"))
        if allowance is not None:
            sent.extend(allowance.raw_headers())
        return sent

    def _is_sent_at_once(self, status: int, sent: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        whole = self.scope.get("extensions", {}).get(WHOLE_ANSWER)
        return whole is not None and bool(whole["send"](status, sent, body))

    async def _send_whole(self, status: int, sent: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": sent})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, error: CutoffError, *, closes: bool = False, route: str | None = None) -> None:
        """Answer a problem; ``closes`` ends the connection too, so that a body that nobody reads stays away."""
        status, body, headers = self.refusal(error, closes=closes)
        await self.respond(status, body, headers, route=route)

    def refusal(self, error: CutoffError, *, closes: bool = False) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        """Return status, body and headers of a problem, for :meth:`respond`."""
        status, title = FAMILIES[error.family]
        body = problem_body(status, error.code, title, error.message, faults=error.faults, request_id=self.request_id)
        return status, body, _raw(MEDIA_TYPE, headers_of(error) | ({"Connection": "close"} if closes else {}))

    async def fail(self, error: Exception) -> None:
        """Answer that this is a bug.  The log has the places, not the values, as those may be names."""
        if self._start is not None or not self.begun.is_set():
            self._start = None
            status, body, headers = self.failure(error)
            await self.respond(status, body, headers)
        else:
            self.failure(error)

    def failure(self, error: Exception) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        """Log a bug, and return status, body and headers of the answer to it, for :meth:`respond`."""
        frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        log.error("bug", error=type(error).__name__, request_id=self.request_id, frames=frames[-_FRAMES_LOGGED:])
        detail = "内部错误，未作出答复 / an internal error: there is no answer"
        body = problem_body(500, "internal", INTERNAL_TITLE, detail, request_id=self.request_id)
        return 500, body, _raw(MEDIA_TYPE, _RETRY_AFTER)

    async def give_up(self) -> None:
        """Answer that there was no answer in time."""
        status, title = FAMILIES["unavailable"]
        detail = (
            "超时未答复，结果未知；请用同一 Idempotency-Key 重试，此前按 REVIEW 处理 / no answer in time: "
            "treat it as REVIEW and try again with the same Idempotency-Key"
        )
        body = problem_body(status, "timeout", title, detail, request_id=self.request_id)
        await self.respond(status, body, _raw(MEDIA_TYPE, _RETRY_AFTER))
        self._given_up = True

    def report(self, seconds: float) -> None:
        """Write one line of access log and count."""
        route = str(self._route or getattr(self.scope.get("route"), "path", "-"))
        count_answer(self.scope["method"], route, self._status, seconds)
        if route in _PROBES and self._status == HTTPStatus.OK:
            return
        client = self.scope.get("client")
        log_answer(
            {
                "method": self.scope["method"],
                "route": route,
                "status": self._status,
                "ms": round(seconds * 1000, 1),
                "request_id": self.request_id,
                "key_id": self.scope["state"].get("key_id"),
                "peer": client[0] if client else None,
            }
        )


def _raw(media_type: str, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", media_type.encode()),
        *((name.lower().encode(), value.encode()) for name, value in headers.items()),
    ]
