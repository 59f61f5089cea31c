"""``POST /v1/screenings`` as it is mostly served: in the event loop, without a thread and without the framework.

Where the server hands over a request that came whole (:mod:`.http_protocol`) it is answered without a task too.

Keys, rights, rates and lists are in memory; what waits is the commit, which many answers share.  Whatever is not plain
(a key that memory does not know, a long text, a question about the past or about some lists, anything that is wrong)
takes the way of the route that :mod:`app.api.screenings` declares, which answers the same and says what is wrong.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Final

from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from app import strict_json
from app.access import Principal, Role
from app.access.idempotency import IdempotencyClaim
from app.api.early_refusal import PATH
from app.api.exchange import Exchange
from app.api.screening_schemas import ScreeningRequest
from app.api.screenings import asked_of
from app.errors import CutoffError, Invalid, Unauthenticated, Unavailable
from app.screening.pipeline import ScreeningPipeline
from app.screening.record import Author
from app.screening.request import ScreeningInput

ROLES: Final = frozenset({Role.SCREENER, Role.ANALYST})
_BODY_BYTES_MAX: Final = 8 << 10
_JSON: Final = (b"content-type", b"application/json")
_REPLAYED: Final = (b"idempotency-replayed", b"true")
_BEARER: Final = "bearer "


class ScreeningEndpoint:
    """ASGI middleware around the framework; it answers plain single screenings out of the application's state."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain single screening; hand on everything else."""
        if not _is_ours(scope):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        exchange = Exchange(scope, receive, send, self._state.settings.body_bytes_max)
        is_answered = True
        try:
            is_answered = await self._answer(exchange)
        except CutoffError as error:
            await exchange.refuse(error, route=PATH)
        except Exception as error:  # noqa: BLE001 - nothing may leave here but as an answer
            await exchange.fail(error)
        if is_answered:
            exchange.report(time.perf_counter() - started)
        else:
            await self._app(scope, exchange.receive, send)

    def answer_soon(self, scope: Scope, receive: Receive, send: Send, body: bytes) -> bool:
        """Have a plain single screening answered without a task; False, with nothing done, where it is none."""
        if not _is_ours(scope):
            return False
        exchange = Exchange(scope, receive, send, self._state.settings.body_bytes_max)
        asker = _Asker(exchange)
        try:
            # Whoever it is: under overload a refusal must cost little, or there is no time left for the others.
            self._state.pipeline.require_room()
        except Unavailable as error:
            asker.set_exception(error)
            return True
        caller = self._caller(exchange.headers)
        if caller is None or not exchange.is_small(_BODY_BYTES_MAX):
            return False
        try:
            asked = self._asked(exchange, caller, body)
            if asked is None:
                return False
            question, asker.claim = asked
            exchange.enter(caller.key_id, self._state.rate_limit.take(caller.key_id))
            self._state.pipeline.begin(question, _author(caller), asker.claim, asker)
        except Exception as error:  # noqa: BLE001 - as above
            asker.set_exception(error)
        return True

    async def _answer(self, exchange: Exchange) -> bool:
        """Answer; False, with nothing sent, where the declared route is to answer.  Raises ``CutoffError``."""
        state = self._state
        caller = self._caller(exchange.headers)
        if caller is None:
            return False
        body = await exchange.small_body(_BODY_BYTES_MAX)
        asked = None if body is None else self._asked(exchange, caller, body)
        if asked is None:
            return False
        question, claim = asked
        exchange.enter(caller.key_id, state.rate_limit.take(caller.key_id))
        pipeline: ScreeningPipeline = state.pipeline
        text = await pipeline.screen(question, _author(caller), claim)
        await exchange.respond(200, text.encode(), _headers(claim), route=PATH)
        return True

    def _asked(
        self, exchange: Exchange, caller: Principal, body: bytes
    ) -> tuple[ScreeningInput, IdempotencyClaim | None] | None:
        """Return the question and its claim; None where the declared route is to answer, or to say what is wrong."""
        key = exchange.headers.get(b"idempotency-key")
        claim = None
        try:
            values = strict_json.loads(body)
            question = asked_of(ScreeningRequest.model_validate(values), self._state.settings, values)
            if key is not None:
                claim = IdempotencyClaim.of(caller.client, f"POST {PATH}", key.decode("latin-1"), body)
        except (ValueError, RecursionError, Invalid):
            return None
        if question.known_at is not None or question.lists is not None:
            return None
        return question, claim

    def _caller(self, headers: Mapping[bytes, bytes]) -> Principal | None:
        """Return who is calling where memory knows them and they may screen."""
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        secret = headers.get(b"authorization", b"").decode("latin-1")
        if kind != b"application/json" or secret[:7].lower() != _BEARER or b"content-encoding" in headers:
            return None
        try:
            caller: Principal | None = self._state.key_directory.known(secret[7:].strip())
        except Unauthenticated:
            return None
        may = caller is not None and caller.role in ROLES and caller.may("screenings", writes=True)
        return caller if may else None


class _Asker:
    """Who asked, without a task that waits: what came of the question is sent as soon as it is known."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._started = time.perf_counter()
        self._is_answered = False
        self.claim: IdempotencyClaim | None = None

    def done(self) -> bool:
        """Whether it is answered."""
        return self._is_answered

    def set_result(self, texts: list[str]) -> None:
        """Answer."""
        self._answer(200, texts[0].encode(), _headers(self.claim))

    def set_exception(self, error: Exception) -> None:
        """Answer what is wrong."""
        exchange = self._exchange
        self._answer(*(exchange.refusal(error) if isinstance(error, CutoffError) else exchange.failure(error)))

    def _answer(self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._is_answered = True
        try:
            self._exchange.respond_soon(status, body, headers, route=PATH)
            self._exchange.report(time.perf_counter() - self._started)
        except Exception as error:  # noqa: BLE001 - those that are told after this one must be told all the same
            self._exchange.failure(error)


def _is_ours(scope: Scope) -> bool:
    is_ours = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
    return is_ours and not scope["query_string"]


def _author(caller: Principal) -> Author:
    return Author(caller.client, caller.subject, caller.key_id, "api")


def _headers(claim: IdempotencyClaim | None) -> tuple[tuple[bytes, bytes], ...]:
    return (_JSON, _REPLAYED) if claim is not None and claim.is_replayed else (_JSON,)
