"""HTTP as the server that ships speaks it: uvicorn's protocol with bounds on connections, headers and their time.

Who stops reading an answer is cut off too, as what is not read stays in memory.

A proxy in front has bounds of its own (deploy/nginx.conf); these hold where none is, or where somebody gets past it.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, Protocol

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.api.metrics import count_refused_connection
from app.settings import Settings

WHOLE_ANSWER: Final = "cutoff.http.whole_answer"
"""The ASGI extension of this server: its ``send``, called with status, headers and body, sends an answer in one piece.

It returns False, with nothing sent, where the answer has to go the usual way, message by message.
"""
_FORWARDED: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})

_ONCE: Final = frozenset({b"authorization", b"content-type", b"host", b"idempotency-key"})
"""Headers of which a second one means something else to somebody on the way (RFC 9110, 5.3)."""
_HOST: Final = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_CHUNKED: Final = b"chunked"
_PLAIN_CODINGS: Final = frozenset({b"", b"identity"})
_JSON: Final = re.compile(rb"[/+]json\b", re.IGNORECASE)
_CHARSET: Final = re.compile(rb";\s*charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_CHARSETS: Final = frozenset(
    {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"utf-16", b"utf-16le", b"utf-16be", b"utf-32", b"utf-32le", b"utf-32be"}
)
"""Encodings of JSON that are told by its first bytes, whatever is said."""
_BAD: Final = b"400 Bad Request"
"""What could be 501 or 505 is 400 too: the fault is the request's, and nobody is to try it again."""
_UNSUPPORTED: Final = b"415 Unsupported Media Type"
_AROUND_EACH: Final = 16
"""Bytes around a piece of a body that comes in chunks: its length, and two ends of line."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"


def _refusal(status: bytes, reason: str) -> bytes:
    """Return the bytes of an answer that says in words what is wrong, and ends the connection."""
    text = f"{reason}\n".encode()
    head = b"HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n" % (status, len(text))
    return head + b"connection: close\r\n\r\n" + text


class _Misframed(Exception):
    """A request that two readers could understand differently."""


class _Trailers(list[tuple[bytes, bytes]]):
    """Where the fields behind a body go: nowhere, as they are no headers (RFC 9110, 6.5.1)."""

    def append(self, _field: tuple[bytes, bytes]) -> None:
        """Forget a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """Bytes of the headers of a request, seconds until they are there, and how many connections there may be.

    ``connections_of_peer_max`` holds for each address that is no proxy of ours; ``send_timeout_s`` is how long the part
    of an answer that is on its way may stay unread.
    """

    header_bytes_max: int = 32 << 10
    header_timeout_s: float = 10.0
    connections_max: int = 1_000
    connections_of_peer_max: int = 500
    send_timeout_s: float = 30.0
    proxies: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> "ConnectionLimits":
        """Take them from the settings."""
        return cls(
            header_bytes_max=settings.header_bytes_max,
            header_timeout_s=settings.header_timeout_s,
            connections_max=settings.connections_max,
            connections_of_peer_max=settings.connections_of_peer_max,
            send_timeout_s=settings.send_timeout_s,
            proxies=frozenset(one.strip() for one in settings.forwarded_allow_ips.split(",")),
        )


class AnswersSoon(Protocol):
    """What answers some requests without a task of their own."""

    def answer_soon(self, scope: Scope, receive: Receive, send: Send, body: bytes, /) -> bool:
        """Have a request answered, by its scope, its two ends and its body; False, with nothing done, where not."""
        ...


class RefusesEarly(Protocol):
    """What refuses some requests from their bytes."""

    def is_wanted(self) -> bool:
        """Whether anything may have to be refused now."""
        ...

    def answer(self, data: bytes, headers: Iterable[tuple[bytes, bytes]], /) -> bytes | None:
        """Return the bytes that refuse a request, with these headers among others; None where it has to be read."""
        ...


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    limits = ConnectionLimits()
    """Those of the process; set before it serves."""

    soon: "ClassVar[AnswersSoon | None]" = None
    """What is asked first about a request that came whole; None where nothing is."""

    early: "ClassVar[RefusesEarly | None]" = None
    """What is asked, before a request is read, whether it is refused; None where nothing is."""

    peers: ClassVar[Counter[str]] = Counter()
    """How many connections each address has to this process."""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio has no common type for transports
        """Take a connection, or refuse it where there are too many."""
        super().connection_made(transport)
        self._is_reading = False
        self._held: RequestResponseCycle | None = None
        self._header_bytes = 0
        self._framing_bytes = self._framing_allowed = 0
        self._is_chunked = False
        self._in_headers = True
        self._header_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._peer = self.client[0] if self.client else ""
        self.peers[self._peer] += 1
        if len(self.connections) > self.limits.connections_max:
            self._refuse(_TOO_MANY, "connections")
            return
        if self.peers[self._peer] > self.limits.connections_of_peer_max and self._peer not in self.limits.proxies:
            self._refuse(_TOO_MANY, "connections-of-peer")
            return
        self._start_header_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_header_timer()
        self._stop_send_timer()
        self.peers[self._peer] -= 1
        if not self.peers[self._peer]:
            del self.peers[self._peer]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, within bounds."""
        if self.early is not None and self.early.is_wanted() and self._is_refused_early(data):
            return
        if self._in_headers:
            self._header_bytes += len(data)
        elif self._is_chunked:
            self._framing_bytes += len(data)
        self._is_reading = True
        super().data_received(data)
        self._is_reading = False
        held, self._held = self._held, None
        if held is not None and not self._is_answered_soon(held):
            super()._start_asgi_task(held, self.app)
        if not self._in_headers and self._framing_bytes > self.limits.header_bytes_max + self._framing_allowed:
            if self.cycle is not None and self.cycle.response_started:
                self.transport.abort()  # half an answer is on its way, and nothing can be said any more
            self._refuse(_TOO_LARGE, "framing-bytes")
        if not self._in_headers or not self._header_bytes:
            return
        if self._header_bytes > self.limits.header_bytes_max:
            self._refuse(_TOO_LARGE, "header-bytes")
        elif self._header_timer is None and not self.transport.is_closing():
            # Of most requests the headers come at once, and need no timer.
            self._start_header_timer()

    def _is_refused_early(self, data: bytes) -> bool:
        """Refuse what came without reading it, where it is a request behind an answer and is to be refused."""
        is_amid = self._header_bytes or not self._in_headers or (self.cycle and not self.cycle.response_complete)
        if self.early is None or is_amid or self.flow.write_paused or self.transport.is_closing():
            return False
        answer = self.early.answer(data, self.server_state.default_headers)
        if answer is None:
            return False
        self._stop_header_timer()
        self.transport.write(answer)
        self.on_response_complete()
        return True

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._in_headers = False
        self._stop_header_timer()
        self._require_plain_framing()
        super().on_headers_complete()
        self.headers = _Trailers()
        self.scope["extensions"] = {WHOLE_ANSWER: {"send": partial(_send_whole, self.cycle)}}

    def _require_plain_framing(self) -> None:
        """Refuse a request that a proxy on the way may have read as another one.

        Raises :class:`_Misframed`, for which the parser stops.
        """
        names = [name for name, _ in self.headers]
        several = len(set(names)) != len(names) and next((one for one in _ONCE if names.count(one) > 1), None)
        version = self.parser.get_http_version()
        if several:
            self._misframed(_BAD, f"请求头{several.decode()}出现多次 / the header is there more than once")
        if version not in _VERSIONS:
            self._misframed(_BAD, "请用 HTTP/1.1 / send HTTP/1.1")
        if b"host" in names:
            if not _HOST.fullmatch(self.headers[names.index(b"host")][1]):
                self._misframed(_BAD, "请求头host有误 / the header is no name of a host")
        elif version != "1.0":
            self._misframed(_BAD, "缺少请求头host / the header is missing")
        self._require_plain_content()
        self._is_chunked = b"transfer-encoding" in names
        self._framing_bytes = self._framing_allowed = 0
        if self._is_chunked:
            codings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
            if codings != [_CHUNKED] or version == "1.0":
                reason = "传输编码仅支持chunked / of transfer codings only chunked is known, in HTTP/1.1"
                self._misframed(_BAD, reason)
        if self._header_bytes > self.limits.header_bytes_max:
            # What was read may hold some of the body too.
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self.limits.header_bytes_max:
                self._refuse(_TOO_LARGE, "header-bytes")
                raise _Misframed

    def _require_plain_content(self) -> None:
        """Refuse a body that says that it is in a form that it would not be read in."""
        for name, value in self.headers:
            if name == b"content-encoding" and value.strip().lower() not in _PLAIN_CODINGS:
                self._misframed(_UNSUPPORTED, "请勿压缩请求体 / send the body without Content-Encoding")
            if name == b"content-type" and _JSON.search(value):
                found = _CHARSET.search(value)
                if found and found[1].lower() not in _CHARSETS:
                    self._misframed(_UNSUPPORTED, "JSON 请用 UTF-8 / send JSON in UTF-8")

    def _misframed(self, status: bytes, reason: str) -> None:
        self._refuse(_refusal(status, reason), "framing")
        raise _Misframed

    def send_400_response(self, msg: str) -> None:
        """Say that a request cannot be read, unless it was said better."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body; what is around the pieces may be as much as they are, and headers' worth more."""
        if self._is_chunked:
            self._framing_bytes -= len(body)
            self._framing_allowed += _AROUND_EACH
        super().on_body(body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - uvicorn's
        """Start the task of a request, once it is known whether it needs one."""
        is_plain = self._is_reading and app is self.app and self.soon is not None
        if is_plain and not cycle.waiting_for_100_continue:
            self._held = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _is_answered_soon(self, cycle: RequestResponseCycle) -> bool:
        """Whether a request that may have come whole will be answered without a task."""
        if self.soon is None or cycle.more_body or self.transport.is_closing():
            return False
        if self.limits.proxies and any(name in _FORWARDED for name, _ in cycle.scope["headers"]):
            return False  # who the peer is has to be looked up, by what is around the application
        scope: Any = cycle.scope
        receive: Any = cycle.receive
        send: Any = cycle.send
        return self.soon.answer_soon(scope, receive, send, bytes(cycle.body))

    def on_message_complete(self) -> None:
        """Begin to count for the next request of the connection."""
        super().on_message_complete()
        self._in_headers = True
        self._header_bytes = 0

    def pause_writing(self) -> None:
        """Begin to wait for a reader who is slower than the answer."""
        super().pause_writing()
        self._stop_send_timer()
        self._send_timer = self.loop.call_later(self.limits.send_timeout_s, self._unread)

    def resume_writing(self) -> None:
        """Go on: the reader did."""
        self._stop_send_timer()
        super().resume_writing()

    def _stop_send_timer(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

    def _unread(self) -> None:
        count_refused_connection("send-time")
        self.transport.abort()

    def _start_header_timer(self) -> None:
        self._header_timer = self.loop.call_later(self.limits.header_timeout_s, self._too_slow)

    def _stop_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        if self._in_headers:
            self._refuse(_TOO_SLOW, "header-time")

    def _refuse(self, answer: bytes, why: str) -> None:
        self._stop_header_timer()
        if not self.transport.is_closing():
            count_refused_connection(why)
            self.transport.write(answer)
            self.transport.close()


def _send_whole(cycle: RequestResponseCycle, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
    """Send an answer in one piece, as ``RequestResponseCycle.send`` does in two and with a look at each header.

    The headers are our own: in lower case, without line breaks, the length of the body among them.
    """
    if cycle.flow.write_paused or cycle.response_started or cycle.scope["method"] == "HEAD":
        return False
    if cycle.disconnected:
        return True
    lines = [STATUS_LINE[status]]
    for name, value in (*cycle.default_headers, *headers):
        lines += (name, b": ", value, b"\r\n")
        if name == b"connection":
            cycle.keep_alive = False
    if not cycle.keep_alive and lines.count(b"connection") == 0:
        lines.append(b"connection: close\r\n")
    lines += (b"\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.expected_content_length = 0
    cycle.transport.write(b"".join(lines))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True
