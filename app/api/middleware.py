"""The outer edge: every request passes here, within limits of body and time, and every failure becomes an answer.

Names of counterparties are never in the log: it has the route's template, not the path as asked.
"""

import asyncio
import re
import time
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.exchange import Exchange
from app.dependencies import confirm_key
from app.errors import CutoffError, Unauthenticated, Unavailable

_BODYLESS = frozenset({"GET", "HEAD", "OPTIONS"})

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
        self,
        app: ASGIApp,
        *,
        timeout_s: float,
        body_bytes_max: int,
        larger: tuple[BodyLimit, ...] = (),
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
        started = time.perf_counter()
        bytes_max, timeout_s = self._limits(scope)
        exchange = Exchange(scope, receive, send, bytes_max)
        try:
            if await self._may_send(exchange):
                await self._within_time(exchange, timeout_s)
        finally:
            exchange.report(time.perf_counter() - started)

    @staticmethod
    async def _may_send(exchange: Exchange) -> bool:
        """Whether a call with a body has a key that holds; refused before its body is read where it has not."""
        scope = exchange.scope
        if scope["method"] in _BODYLESS or not scope["path"].startswith("/v1/"):
            return True
        try:
            secret = exchange.headers.get(b"authorization", b"").decode("latin-1")
            if secret[:7].lower() != "bearer ":
                raise Unauthenticated("key-missing", "缺少密钥 / send the key as Authorization: Bearer KEY")
            client = scope.get("client")
            await confirm_key(scope["app"].state, client[0] if client else "", secret[7:].strip())
        except CutoffError as error:
            await exchange.refuse(error, closes=exchange.has_body)
        except (DBAPIError, PoolTimeout):
            await exchange.refuse(Unavailable("database-unavailable", "数据库不可用 / the database is not available"))
        else:
            return True
        return False

    def _limits(self, scope: Scope) -> tuple[int, float]:
        for limit in self.larger:
            if scope["method"] == limit.method and limit.path.fullmatch(scope["path"]):
                return limit.bytes_max, limit.timeout_s or self.timeout_s
        return self.body_bytes_max, self.timeout_s

    async def _within_time(self, exchange: Exchange, timeout_s: float) -> None:
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
