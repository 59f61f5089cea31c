"""Single screenings that are refused from the bytes as they came, before anything is made of them.

Under overload most of what comes is refused.  What a refusal costs is then taken from the answers, and a refusal that
waits its turn comes as late as an answer would.  So one look at the bytes of a request that came whole, and an answer
that was prepared, must do: no parser, no scope, no task and no line of log for each.

Only what would be refused anyhow is refused here: where no place is left, whoever asks; where none is left for a
client, or a key has spent its rate, who has a key that memory knows.  Everything else is left to the parser.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

import structlog
from starlette.datastructures import State

from app.access import Principal
from app.access.rate import RateLimit
from app.api.draining import PROCESS
from app.api.exchange import REQUEST_ID, SAFE_HEADERS
from app.api.metrics import count_early_refusals
from app.api.problems import FAMILIES, MEDIA_TYPE, headers_of, problem_json
from app.errors import CutoffError, TooMany, Unauthenticated, Unavailable
from app.screening.pipeline import ScreeningPipeline

PATH: Final = "/v1/screenings"
_FIRST_LINE: Final = f"POST {PATH} HTTP/1.1\r\n".encode()
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d{1,9}) *\r\n", re.IGNORECASE)
_SECRET: Final = re.compile(rb"\r\nauthorization: *bearer +([^\r\n]*)", re.IGNORECASE)
_REQUEST_ID_HEADER: Final = re.compile(rb"\r\nx-request-id: *([^\r\n]*)", re.IGNORECASE)
_NOT_PLAIN: Final = re.compile(
    rb"\r\n(?:connection *:(?! *keep-alive *\r\n)|transfer-encoding|expect|upgrade|[ \t])", re.IGNORECASE
)
"""What says that a connection ends, that a body comes in another form, or that a header goes on in the next line."""
_PLACE: Final = "{request-id}"
_COUNTED_EVERY_S: Final = 0.5

log = structlog.get_logger("cutoff.access")


class EarlyRefusals:
    """Those of one process, out of the application's state; used from its event loop only."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._prepared: dict[tuple[str, int], _Prepared] = {}
        self._counts: Counter[tuple[str, int]] = Counter()

    def is_wanted(self) -> bool:
        """Whether anything may have to be refused now; asked for each request, it looks at two numbers."""
        pipeline: ScreeningPipeline = self._state.pipeline
        rate_limit: RateLimit = self._state.rate_limit
        return not PROCESS.is_on and (pipeline.may_refuse or rate_limit.refuses_now)

    def answer(self, data: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
        """Return the bytes that refuse a request; None where it has to be read.

        ``data`` is all that came since the answer before; ``headers`` are those that the server gives every answer.
        """
        end = data.find(b"\r\n\r\n")
        if end < 0 or not data.startswith(_FIRST_LINE):
            return None
        head = data[: end + 2]
        length = _LENGTH.search(head)
        if length is None or end + 4 + int(length[1]) != len(data) or head.lower().count(b"content-length") != 1:
            return None
        if _NOT_PLAIN.search(head) is not None:
            return None
        try:
            self._require_room(head)
        except (TooMany, Unavailable) as error:
            return self._refusal(error, head, headers)
        return None

    def _require_room(self, head: bytes) -> None:
        """Raise ``Unavailable`` or ``TooMany`` where a request is to be refused."""
        pipeline: ScreeningPipeline = self._state.pipeline
        pipeline.require_room()
        caller = self._caller(head)
        if caller is not None:
            pipeline.require_room_of(caller.client)
            self._state.rate_limit.require(caller.key_id)

    def _caller(self, head: bytes) -> Principal | None:
        found = _SECRET.search(head)
        if found is None:
            return None
        try:
            caller: Principal | None = self._state.key_directory.known(found[1].decode("latin-1").strip())
        except Unauthenticated:
            return None
        return caller

    def _refusal(self, error: CutoffError, head: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        kind = (error.code, getattr(error, "retry_after_s", 0))
        prepared = self._prepared.get(kind)
        if prepared is None:
            prepared = self._prepared[kind] = _Prepared(error)
        self._count(error.code, prepared.status)
        given = _REQUEST_ID_HEADER.search(head)
        request_id = given[1].decode("latin-1").strip() if given is not None else ""
        if not REQUEST_ID.match(request_id):
            request_id = os.urandom(16).hex()
        return prepared.bytes_of(request_id.encode(), headers)

    def _count(self, code: str, status: int) -> None:
        if not self._counts:
            asyncio.get_running_loop().call_later(_COUNTED_EVERY_S, self._report)
        self._counts[code, status] += 1

    def _report(self) -> None:
        """Count what was refused, and say in one line of log for each problem how often."""
        counts, self._counts = self._counts, Counter()
        for (code, status), count in counts.items():
            count_early_refusals(PATH, code, status, count)
            log.warning("refused_early", route=PATH, status=status, code=code, count=count)


class _Prepared:
    """The answer to a problem but for its request id and the headers that change by the second."""

    def __init__(self, error: CutoffError) -> None:
        self.status, title = FAMILIES[error.family]
        body = problem_json(self.status, error.code, title, error.message, request_id=_PLACE)
        self._before, self._after = body.split(_PLACE.encode())
        given = {"Content-Type": MEDIA_TYPE, **headers_of(error), **SAFE_HEADERS}
        self._first = b"HTTP/1.1 %d %s\r\n" % (self.status, _REASONS[self.status])
        self._headers = b"".join(f"{name.lower()}: {value}\r\n".encode() for name, value in given.items())

    def bytes_of(self, request_id: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return the whole answer."""
        length = b"%d" % (len(self._before) + len(request_id) + len(self._after))
        lines = [self._first]
        for name, value in headers:
            lines += (name, b": ", value, b"\r\n")
        lines += (b"content-length: ", length, b"\r\n", self._headers, b"x-request-id: ", request_id, b"\r\n\r\n")
        lines += (self._before, request_id, self._after)
        return b"".join(lines)


_REASONS: Final = {429: b"Too Many Requests", 503: b"Service Unavailable"}
