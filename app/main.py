"""The web application: everything wired together."""

import asyncio
import gc
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

import anyio.to_thread
import structlog
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from app import __version__
from app.access.budget import AnswerBudget, ClientBudget
from app.access.directory import KeyDirectory
from app.access.rate import RateLimit
from app.api import (
    access,
    alerts,
    attachments,
    audit,
    calendar,
    certificates,
    counterparties,
    description,
    docs,
    entities,
    events,
    gauges,
    health,
    jobs,
    list_changes,
    lists,
    logging_config,
    metrics,
    replay,
    rules,
    screenings,
    sweeps,
    watch,
    webhooks,
)
from app.api.compression import ApiGzip
from app.api.draining import PROCESS
from app.api.early_refusal import EarlyRefusals
from app.api.http_protocol import BoundedProtocol, ConnectionLimits
from app.api.middleware import BodyLimit, RequestMiddleware
from app.api.problems import add_problems
from app.api.screening_endpoint import ScreeningEndpoint
from app.audit.installation import sealer_of
from app.db import Database
from app.db.schema import prepare
from app.dependencies import oidc_of
from app.errors import Unavailable
from app.law_parameters import parameters_of
from app.matching import warm_up
from app.monitoring.suppressed import SuppressionCache
from app.screening.pipeline import ScreeningPipeline
from app.screening.recorder import Recorder, RecorderLimits
from app.screening.release_events import ReleasePublisher
from app.screening.service import ScreeningService
from app.settings import Settings, refuse_unknown
from app.watchlists.snapshots.builder import SnapshotBuilder
from app.watchlists.snapshots.refresher import Refresher
from app.watchlists.snapshots.scheduler import activate_due, caught_up
from app.watchlists.snapshots.snapshot_cache import SnapshotCache
from app.web import alerts as alert_pages
from app.web import audit as audit_page
from app.web import (
    book,
    book_impact,
    book_upload,
    bulk,
    entity,
    list_version,
    login,
    screening,
    search,
    sign_in,
    static_files,
    system,
)
from app.web import lists as list_pages
from app.web import sweeps as sweep_pages
from app.web.background import Background
from app.web.problem_pages import ProblemPages

log = structlog.get_logger("cutoff.main")

ROUTERS: tuple[APIRouter, ...] = (
    screenings.router,
    replay.router,
    certificates.router,
    rules.router,
    entities.router,
    lists.router,
    list_changes.router,
    jobs.router,
    counterparties.router,
    watch.router,
    alerts.router,
    attachments.router,
    calendar.router,
    sweeps.router,
    webhooks.router,
    events.router,
    access.router,
    audit.router,
    health.router,
    metrics.router,
    docs.router,
)

PAGES: tuple[APIRouter, ...] = (
    login.router,
    sign_in.router,
    search.router,
    screening.router,
    entity.router,
    list_pages.router,
    list_version.router,
    bulk.router,
    alert_pages.router,
    book.router,
    book_upload.router,
    book_impact.router,
    sweep_pages.router,
    audit_page.router,
    system.router,
    static_files.router,
)
"""The routers of the console."""

_STALL_S = 3.0
_MULTIPART_BYTES = 64 << 10
_POOL_TIMEOUT_S = 0.8
"""Who finds no connection is asked within a second to come again, rather than kept waiting with a thread."""
_VERIFIED, _COMPUTED = timedelta(minutes=1), timedelta(minutes=5)
"""How long a page shows what was found before it is looked for anew."""
_SWITCH_S = 0.0001
_COLLECT_AFTER = (5_000, 20, 100)
_LIST_UPLOAD = re.compile(r"/v1/lists/[^/]+/versions|/lists(/[^/]+)?")
_JOB_UPLOAD = re.compile(r"/v1/jobs|/bulk")
_FILE = re.compile(
    r"/audit/export|/bulk/[^/]+/results|/sweeps/[^/]+/report|/lists/[^/]+/versions/[^/]+/annotated\.xlsx"
)
"""Files that are made as they are asked for, and take as long to make as others to read."""
_BOOK_UPLOAD = re.compile(r"/v1/counterparties|/book/upload")
_ATTACHMENT = re.compile(r"/v1/alerts/[^/]+/attachments|/alerts/[^/]+/attachments")
_API_DESCRIPTION = """\
对照违法违规交易场所名单筛查客户，给出 PASS、REVIEW 或 BLOCK 及其依据。
Screens counterparties against lists of non-compliant trading venues: PASS, REVIEW or BLOCK, with the grounds.

超时、503 或无答复时按 REVIEW 处理，并以同一 `Idempotency-Key` 重试。
On a timeout, a 503 or no answer: treat it as REVIEW and try again with the same `Idempotency-Key`.
"""


class Application(FastAPI):
    """The framework, with the way of plain single screenings around it."""

    @cached_property
    def endpoint(self) -> ScreeningEndpoint:
        """What answers plain single screenings, and hands everything else to the framework."""
        return ScreeningEndpoint(super().__call__, self.state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain single screening without the framework, and everything else with it."""
        await self.endpoint(scope, receive, send)


def create_app(settings: Settings) -> Application:
    """Return the application.  The database is opened when it starts and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # One thread for each connection: more would only wait for the pool.
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.pool_size
        loop = asyncio.get_running_loop()
        close = await anyio.to_thread.run_sync(_open, app, settings, loop)
        PROCESS.begin_at_sigterm(loop, settings.drain_s)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(close)

    app = Application(
        title="cutoff",
        version=__version__,
        description=_API_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        generate_unique_id_function=description.operation_id,
        openapi_tags=description.TAGS,
    )
    app.state.settings = settings
    app.state.rate_limit = RateLimit(settings.rate_per_key_per_s, settings.rate_burst)
    app.state.heavy_calls = ClientBudget(
        settings.heavy_calls_of_client_max,
        max(1, settings.pool_size // 2),
        items_of_client=settings.items_of_client_max,
    )
    app.state.event_streams = ClientBudget(
        settings.event_streams_of_client_max, 2 * settings.event_streams_of_client_max
    )
    app.state.verifications = Background(_VERIFIED)
    app.state.impacts = Background(_COMPUTED)
    app.state.differences = Background(_COMPUTED)
    app.state.answer_budget = AnswerBudget(settings.answer_bytes_max)
    app.state.failure_limit = RateLimit(settings.auth_failures_per_s, settings.auth_failures_burst)
    add_problems(app)
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    description.complete(app)
    app.add_middleware(ApiGzip)
    app.add_middleware(
        RequestMiddleware,
        timeout_s=settings.request_timeout_s,
        body_bytes_max=settings.body_bytes_max,
        larger=(
            BodyLimit(
                "POST",
                _LIST_UPLOAD,
                settings.upload_bytes_max + _MULTIPART_BYTES,
                settings.upload_timeout_s,
            ),
            BodyLimit(
                "POST",
                _JOB_UPLOAD,
                settings.job_upload_bytes_max + _MULTIPART_BYTES,
                settings.upload_timeout_s,
            ),
            BodyLimit(
                "PUT",
                _BOOK_UPLOAD,
                settings.book_upload_bytes_max + _MULTIPART_BYTES,
                settings.upload_timeout_s,
            ),
            BodyLimit(
                "POST",
                _ATTACHMENT,
                settings.attachment_bytes_max + _MULTIPART_BYTES,
                settings.upload_timeout_s,
            ),
            BodyLimit("GET", _FILE, settings.body_bytes_max, settings.upload_timeout_s),
        ),
    )
    app.add_middleware(ProblemPages)
    return app


def _open(app: FastAPI, settings: Settings, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
    """Open what the application works with and return what closes it.  Nothing is served before it is there."""
    database = Database(
        settings.url,
        pool_size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
        pool_timeout_s=_POOL_TIMEOUT_S,
    )
    gauges.count_errors(database)
    prepare(database)
    warm_up()
    builder = SnapshotBuilder(database)
    snapshots = SnapshotCache(database, builder=builder)
    try:
        caught_up(database, snapshots)
    except Unavailable as error:
        # It serves, so that health and readiness can say why nothing is screened; the refresher tries again.
        snapshots.content_fault = error.message
        log.error("lists_unusable", error=error.message)  # noqa: TRY400 - the message is all there is to it
    releases = ReleasePublisher(database, snapshots, settings.freshness_max_s)
    suppressions = SuppressionCache(database, parameters_of(settings))
    suppressions.refresh()

    def after_refresh() -> None:
        suppressions.refresh()
        releases.publish()
        app.state.gauges.update()

    refresher = Refresher(
        snapshots,
        settings.refresh_interval_s,
        before=partial(activate_due, database),
        after=after_refresh,
        check_interval_s=settings.list_check_interval_s,
    )
    app.state.oidc = oidc = oidc_of(settings)
    directory = KeyDirectory(database, confirm_max_s=settings.key_confirm_max_s, oidc=oidc)
    sealer = sealer_of(database, settings)
    app.state.sealer = sealer
    app.state.job_feed = jobs.feed_of(database)
    app.state.database = database
    app.state.key_directory = directory
    app.state.refresher = refresher
    recorder = Recorder(
        database,
        RecorderLimits(
            timeout_s=settings.record_timeout_s,
            stall_s=min(_STALL_S, settings.freshness_max_s),
            probe_s=settings.refresh_interval_s,
        ),
        on_recorded=metrics.count_decision,
        on_commit=metrics.count_commit,
    )
    app.state.suppressions = suppressions
    app.state.screening_service = service = ScreeningService.open(database, snapshots, settings, recorder, suppressions)
    app.state.recorder = recorder
    app.state.gauges = gauges.StateGauges(database, snapshots, recorder)
    app.state.pipeline = ScreeningPipeline(
        service,
        recorder,
        under_way_max=settings.screenings_under_way_max,
        of_client_max=settings.screenings_of_client_max,
    )
    recorder.start(loop)
    refresher.start()
    directory.start()
    sealer.start()

    def close() -> None:
        builder.stop()
        refresher.stop()
        recorder.stop()
        directory.stop()
        sealer.stop()
        database.close()

    return close


def from_environment() -> ASGIApp:
    """Return the application of this process's environment; for servers that start workers by name."""
    logging_config.configure()
    refuse_unknown(os.environ)
    settings = Settings()
    # Requests make many objects and hardly a cycle; looking for those as often as by default costs a twentieth.  More
    # seldom than this, one look takes so long that whoever is being answered waits for it: at 50,000, some 40 ms.
    gc.set_threshold(*_COLLECT_AFTER)
    # Whoever answers in the loop, health checks too, waits this long for each thread that computes.
    sys.setswitchinterval(_SWITCH_S)
    BoundedProtocol.limits = ConnectionLimits.of(settings)
    app = create_app(settings)
    BoundedProtocol.soon = app.endpoint
    BoundedProtocol.early = EarlyRefusals(app.state)
    return app


def describe(settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI description."""
    return create_app(settings).openapi()
