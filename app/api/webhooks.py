"""``/v1/webhooks``: where a client is notified, what was delivered, and what was not."""

import json
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app import clock
from app.access import Role, idempotency
from app.api.counterparties import ClientParam, seen
from app.api.idempotency import IdempotencyHeader, claim_of, replay_headers
from app.api.problems import declared
from app.audit.key_files import webhook_key
from app.dependencies import AppDatabase, AppSettings, Body, Caller, Reading, allow, routes
from app.monitoring.telling import rules_of
from app.notify import webhooks
from app.notify.signature import SecretMaker
from app.notify.webhooks import TEST_EVENT, DeliveryView, Message, WebhookView

router = routes(prefix="/v1/webhooks", tags=["webhooks"])

_WRITERS = allow(Role.SCREENER, Role.ANALYST, Role.ADMIN)
_READERS = allow(Role.SCREENER, Role.ANALYST, Role.ADMIN, Role.AUDITOR)
_PAGE_MAX: Final = 200

Event = Literal["list.activated", "decision.changed", "alert.opened", "job.finished", "release", "audit.checkpoint"]
DeliveryState = Literal["WAITING", "DELIVERED", "DEAD"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class WebhookIn(_Model):
    """Where to tell a client, and of what."""

    url: str = Field(max_length=2_000, description="An https address that is public.")
    events: list[Event] = Field(min_length=1, max_length=20)


class WebhookOut(_Model):
    """A webhook without its secret."""

    id: str
    client: str
    url: str
    events: list[Event]
    created_by: str
    created_at: datetime
    rotating_until: datetime | None = Field(description="Until then the replaced secret signs too.")


class WebhookWithSecret(WebhookOut):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="`whsec_…`, as Standard Webhooks has it.")


class WebhookList(_Model):
    """The webhooks of a client."""

    items: list[WebhookOut]


class AttemptOut(_Model):
    """One attempt to deliver."""

    no: int
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


class DeliveryOut(_Model):
    """One event on its way, with every attempt."""

    id: str
    webhook_id: str
    event: str
    event_id: str = Field(description="Sent as `webhook-id`; the same at every attempt.")
    subject: str = Field(description="Deliveries of one subject are sent in their order.")
    state: DeliveryState
    attempts: list[AttemptOut]
    next_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None
    body: dict[str, Any]


class DeliveryPage(_Model):
    """Deliveries, newest first; ``next_cursor`` leads to those before."""

    items: list[DeliveryOut]
    next_cursor: str | None


@router.post(
    "",
    dependencies=[_WRITERS],
    status_code=201,
    responses=declared(409, 415),
    response_model=WebhookWithSecret,
    summary="Make a webhook 新建推送",
)
def create(
    asked: WebhookIn,
    body: Body,
    caller: Caller,
    database: AppDatabase,
    settings: AppSettings,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Make a webhook; its secret is in this answer and nowhere else.

    422 `webhook-address-refused`: the name resolves to an address that is private, local or of a cloud's metadata.
    """
    claim = claim_of(caller, "POST /v1/webhooks", idempotency_key, body)
    maker = SecretMaker(webhook_key(settings.data_dir))
    with database.write() as session:
        first = idempotency.recall(session, claim) if claim else None
        if first is None:
            view, _ = webhooks.create(
                session,
                caller.client,
                asked.url,
                asked.events,
                subject=caller.subject,
                rules=rules_of(settings),
                maker=maker,
                now=clock.now(),
            )
            first = WebhookOut.model_validate(view).model_dump(mode="json")
            if claim:
                # The secret is not kept here either: it is made again for whoever sends the same again.
                idempotency.remember(session, claim, first)
    answer = WebhookWithSecret(**first, secret=maker.secret(first["id"], webhooks.FIRST_SECRET))
    return Response(
        answer.model_dump_json(), status_code=201, media_type="application/json", headers=replay_headers(claim)
    )


@router.get("", dependencies=[_READERS], responses=declared(), summary="The webhooks of a client 推送列表")
def every(caller: Caller, session: Reading, client: ClientParam = None) -> WebhookList:
    """Return the webhooks of the caller's client (an auditor's: of all)."""
    found = webhooks.webhooks(session, seen(caller, client))
    return WebhookList(items=[WebhookOut.model_validate(one) for one in found])


@router.get("/{webhook_id}", dependencies=[_READERS], responses=declared(404), summary="One webhook 单个推送")
def read(webhook_id: str, caller: Caller, session: Reading) -> WebhookOut:
    """Return a webhook."""
    return WebhookOut.model_validate(webhooks.read(session, seen(caller, None), webhook_id))


@router.delete(
    "/{webhook_id}",
    dependencies=[_WRITERS],
    status_code=204,
    responses=declared(404),
    summary="End a webhook 删除推送",
)
def end(webhook_id: str, caller: Caller, database: AppDatabase) -> None:
    """End a webhook; what still waits for it is delivered no more."""
    with database.write() as session:
        webhooks.end(session, caller.client, webhook_id, clock.now())


@router.post(
    "/{webhook_id}/rotate", dependencies=[_WRITERS], responses=declared(404), summary="Change the secret 轮换密钥"
)
def rotate(webhook_id: str, caller: Caller, database: AppDatabase, settings: AppSettings) -> WebhookWithSecret:
    """Give a webhook a new secret; for a day messages are signed with both."""
    with database.write() as session:
        view, secret = webhooks.rotate(
            session, caller.client, webhook_id, SecretMaker(webhook_key(settings.data_dir)), clock.now()
        )
    return _with_secret(view, secret)


@router.post(
    "/{webhook_id}/test",
    dependencies=[_WRITERS],
    status_code=202,
    responses=declared(404),
    summary="Send a test message 测试推送",
)
def test(webhook_id: str, caller: Caller, database: AppDatabase) -> DeliveryOut:
    """Queue a message of the type `test`; `/deliveries` says what became of it."""
    now = clock.now()
    with database.write() as session:
        webhooks.read(session, caller.client, webhook_id)
        name = f"test-{now.timestamp():.6f}"
        message = Message(id=name, event=TEST_EVENT, subject=name, data={"by": caller.subject})
        webhooks.enqueue(session, caller.client, [message], now, only=webhook_id)
        return _shown(webhooks.deliveries(session, caller.client, webhook_id, limit=1)[0])


@router.get(
    "/{webhook_id}/deliveries", dependencies=[_READERS], responses=declared(404), summary="What was delivered 投递记录"
)
def deliveries(
    webhook_id: str,
    caller: Caller,
    session: Reading,
    state: DeliveryState | None = None,
    cursor: Annotated[str | None, Query(pattern=r"^\d{1,18}$")] = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE_MAX)] = 50,
) -> DeliveryPage:
    """Return the deliveries of a webhook, newest first, each with its attempts."""
    found = webhooks.deliveries(
        session,
        seen(caller, None),
        webhook_id,
        state=state,
        before=int(cursor) if cursor else None,
        limit=limit + 1,
    )
    return DeliveryPage(
        items=[_shown(one) for one in found[:limit]],
        next_cursor=str(found[limit - 1].seq) if len(found) > limit else None,
    )


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    dependencies=[_WRITERS],
    status_code=202,
    responses=declared(404, 409),
    summary="Send one again 重新投递",
)
def redeliver(webhook_id: str, delivery_id: str, caller: Caller, database: AppDatabase) -> None:
    """Send a delivery again, under the same `webhook-id`."""
    with database.write() as session:
        webhooks.redeliver(session, caller.client, webhook_id, delivery_id, clock.now())


def _with_secret(view: WebhookView, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret(**WebhookOut.model_validate(view).model_dump(), secret=secret)


def _shown(one: DeliveryView) -> DeliveryOut:
    return DeliveryOut(
        id=one.id,
        webhook_id=one.webhook_id,
        event=one.event,
        event_id=one.event_id,
        subject=one.subject,
        state=one.state,
        attempts=[AttemptOut.model_validate(attempt) for attempt in one.attempts],
        next_at=one.next_at,
        created_at=one.created_at,
        delivered_at=one.delivered_at,
        body=json.loads(one.body),
    )
