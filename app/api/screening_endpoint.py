"""``POST /v1/screenings`` as it is mostly served: in the event loop, without a thread and without the framework.

Keys, rights, rates and lists are in memory; what waits is the commit, which many answers share.  Whatever is not plain
(a key that memory does not know, a long text, a question about the past or about some lists, anything that is wrong)
takes the way of the route that :mod:`app.api.screenings` declares, which answers the same and says what is wrong.
"""

import time
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from app import strict_json
from app.access import Principal, Role
from app.access.idempotency import IdempotencyClaim
from app.api.exchange import Exchange
from app.api.screening_schemas import ScreeningRequest
from app.api.screenings import asked_of
from app.errors import CutoffError, Invalid, Unauthenticated
from app.screening.pipeline import ScreeningPipeline
from app.screening.record import Author

PATH: Final = "/v1/screenings"
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
        is_ours = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        if not is_ours or scope["query_string"]:
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

    async def _answer(self, exchange: Exchange) -> bool:
        """Answer; False, with nothing sent, where the declared route is to answer.  Raises ``CutoffError``."""
        state = self._state
        caller = self._caller(exchange.headers)
        if caller is None:
            return False
        body = await exchange.small_body(_BODY_BYTES_MAX)
        if body is None:
            return False
        key = exchange.headers.get(b"idempotency-key")
        claim = None
        try:
            values = strict_json.loads(body)
            question = asked_of(ScreeningRequest.model_validate(values), state.settings, values)
            if key is not None:
                claim = IdempotencyClaim.of(caller.client, f"POST {PATH}", key.decode("latin-1"), body)
        except (ValueError, RecursionError, Invalid):
            return False
        if question.known_at is not None or question.lists is not None:
            return False
        exchange.enter(caller.key_id, state.rate_limit.take(caller.key_id))
        pipeline: ScreeningPipeline = state.pipeline
        text = await pipeline.screen(question, Author(caller.client, caller.subject, caller.key_id, "api"), claim)
        replayed = claim is not None and claim.is_replayed
        await exchange.respond(200, text.encode(), (_JSON, _REPLAYED) if replayed else (_JSON,), route=PATH)
        return True

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
