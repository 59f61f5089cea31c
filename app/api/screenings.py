"""``/v1/screenings``: one screening, many, and what was decided before."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import ValidationError

from app import clock
from app.access import Principal, Role
from app.access.budget import ClientBudget
from app.access.idempotency import IdempotencyClaim
from app.api.idempotency import IdempotencyHeader, claim_of, replay_headers
from app.api.moments import moment_of
from app.api.problems import FAMILIES, declared, faults_of, problem_body
from app.api.screening_schemas import (
    BatchAnswer,
    BatchRequest,
    RequestAnswer,
    ScreeningAnswer,
    ScreeningPage,
    ScreeningRequest,
)
from app.db import ReadSession
from app.dependencies import AppScreeningService, AppSettings, Body, Caller, Reading, allow, routes
from app.errors import Fault, Invalid
from app.identifiers import Identifier, IdentifierError, Scheme, parse
from app.names.fold import fold
from app.policy.vocabulary import Outcome, Service
from app.screening import intake, store
from app.screening.record import Author
from app.screening.request import ScreeningInput
from app.screening.serialise import SerialisedDecision
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.history.identity import entity_id as entity_id_of
from app.watchlists.versions import store as lists

router = routes(prefix="/v1/screenings", tags=["screenings"])

_SCREENERS = allow(Role.SCREENER, Role.ANALYST)
_READERS = allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)
_JSON = "application/json"
_PAGE_MAX = 200
_SINCE = "自此，含 / `screened_at` from: a local date (from its start) or a time with an offset, included."
_UNTIL = "至此 / `screened_at` to: a local date (to its end), or a time with an offset, not included."
_ENTITY = "匹配到的名单主体：ID 或主体编号 / a listed entity that matched: its id, or its id in the list."
_NAME = "名称的任一部分，不计写法 / any part of the counterparty's name, in any writing."


@router.post(
    "",
    dependencies=[_SCREENERS],
    responses=declared(409, 415),
    response_model=ScreeningAnswer,
    summary="Screen one counterparty 单笔筛查",
)
def screen(
    asked: ScreeningRequest,
    body: Body,
    caller: Caller,
    screening_service: AppScreeningService,
    settings: AppSettings,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Decide, record, answer: a decision that is answered is recorded, and one that is not recorded is not answered."""
    claim = claim_of(caller, "POST /v1/screenings", idempotency_key, body)
    text = screening_service.screen(asked_of(asked, settings), _author(caller), claim)
    return Response(text, media_type=_JSON, headers=replay_headers(claim))


@router.post(
    "/batch",
    dependencies=[_SCREENERS],
    responses=declared(409, 415),
    response_model=BatchAnswer,
    summary="Screen up to 1,000 counterparties 批量筛查",
)
def screen_batch(
    request: Request,
    batch: BatchRequest,
    body: Body,
    caller: Caller,
    screening_service: AppScreeningService,
    settings: AppSettings,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Answer every item with its decision or its problem; all decisions are recorded together."""
    if len(batch.items) > settings.batch_items_max:
        detail = f"{len(batch.items)}项，上限{settings.batch_items_max} / {settings.batch_items_max} items at most"
        raise Invalid("validation", detail, faults=[Fault("/items", "too-long", detail)])
    claim = claim_of(caller, "POST /v1/screenings/batch", idempotency_key, body)
    heavy: ClientBudget = request.app.state.heavy_calls
    with heavy.taken(caller.client, items=len(batch.items)):
        texts = _batch_texts(batch, caller, screening_service, settings, claim)
    return Response(f'{{"results":[{",".join(texts)}]}}', media_type=_JSON, headers=replay_headers(claim))


def _batch_texts(
    batch: BatchRequest,
    caller: Principal,
    screening_service: ScreeningService,
    settings: Settings,
    claim: IdempotencyClaim | None,
) -> list[str]:
    """Return the parts of the answer to a batch, all of its decisions recorded."""
    texts = screening_service.recall(claim)
    if texts is None:
        sealed: list[SerialisedDecision] = []
        texts = []
        for item in batch.items:
            try:
                decided = screening_service.decide(asked_of(_item(item), settings), caller.client)
            except Invalid as error:
                texts.append(_problem_text(error))
            else:
                sealed.append(decided)
                texts.append(decided.text)
        texts = screening_service.keep(sealed, texts, _author(caller), claim)
    return texts


@router.get(
    "",
    dependencies=[_READERS],
    responses=declared(),
    response_model=ScreeningPage,
    summary="Search recorded decisions 查询筛查记录",
)
def search(  # noqa: PLR0913, PLR0917 - FastAPI calls it by keyword, with what a search may be narrowed by
    caller: Caller,
    session: Reading,
    reference: Annotated[str | None, Query(max_length=200)] = None,
    outcome: Outcome | None = None,
    service: Service | None = None,
    since: Annotated[str | None, Query(max_length=40, description=_SINCE)] = None,
    until: Annotated[str | None, Query(max_length=40, description=_UNTIL)] = None,
    entity_id: Annotated[str | None, Query(max_length=200, description=_ENTITY)] = None,
    name: Annotated[str | None, Query(max_length=400, description=_NAME)] = None,
    scheme: Annotated[Scheme | None, Query(description="With identifier: its scheme.")] = None,
    identifier: Annotated[str | None, Query(max_length=2083, description="An identifier that was asked with.")] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE_MAX)] = 50,
) -> Response:
    """Return the decisions of the caller's client (an auditor's: of all) that fit, newest first.

    Those of `archived_months` are not looked at: they are archived, and an operator can restore them.
    """
    if name is not None and not fold(name):
        detail = "没有可比对的文字 / has no letter or digit to compare"
        raise Invalid("validation", f"?name: {detail}", faults=[Fault("?name", "no-letters", detail)])
    if (scheme is None) != (identifier is None):
        detail = "scheme 与 identifier 须同时给出 / give both or neither"
        raise Invalid("validation", detail, faults=[Fault("?identifier", "incomplete", detail)])
    wanted = store.Search(
        reference=reference,
        outcome=outcome,
        service=service,
        since=moment_of(since, "?since"),
        until=moment_of(until, "?until", ends=True),
        entity_ids=None if entity_id is None else _entity_ids(session, entity_id),
        name_part=name,
        identifier=_identifier(scheme, identifier) if scheme and identifier else None,
    )
    page = store.search(session, wanted, _sees(caller), limit=limit, cursor=cursor)
    apart = json.dumps(store.months_apart(session, wanted))
    text = f'{{"items":[{",".join(page.answers)}],"next_cursor":{json.dumps(page.cursor)},"archived_months":{apart}}}'
    return Response(text, media_type=_JSON)


@router.get(
    "/{screening_id}",
    dependencies=[_READERS],
    responses=declared(404),
    response_model=ScreeningAnswer,
    summary="One recorded decision, exactly as answered 单笔筛查记录",
)
def read(screening_id: str, caller: Caller, session: Reading) -> Response:
    """Return the very text that was answered."""
    return Response(store.answer_text(session, screening_id, _sees(caller)), media_type=_JSON)


@router.get(
    "/{screening_id}/request",
    dependencies=[_READERS],
    responses=declared(404),
    response_model=RequestAnswer,
    summary="What was asked, as received and as understood 单笔筛查的请求",
)
def read_request(screening_id: str, caller: Caller, session: Reading) -> Response:
    """Return the request, so that a reader knows who was screened for what.

    `record_sha256` is over `{"answer": the answer without it, "request": understood}` in canonical JSON (RFC 8785).
    """
    return Response(store.request_text(session, screening_id, _sees(caller)), media_type=_JSON)


def _entity_ids(session: ReadSession, text: str) -> frozenset[str]:
    """Return the entities that a text may mean: the one of that id, and those of that 主体编号 in any list."""
    return frozenset({text} | {str(entity_id_of(one.code, text)) for one in lists.lists(session)})


def _identifier(scheme: Scheme, value: str) -> Identifier:
    try:
        return parse(scheme, value)
    except IdentifierError as error:
        detail = f"{error.text_zh} / {error.text_en}"
        raise Invalid(
            "validation", f"?identifier: {detail}", faults=[Fault("?identifier", error.code, detail)]
        ) from error


def asked_of(request: ScreeningRequest, settings: Settings, values: Mapping[str, Any] | None = None) -> ScreeningInput:
    """Return the question of a request.  Raises :class:`Invalid` with all that is wrong.

    ``values`` are what the request was made of, where the caller has them: it is strict and holds the same.
    """
    limits = intake.TextLimits(clock.now(), settings.name_chars_max, settings.text_chars_max)
    if values is None:
        values = request.model_dump(exclude_unset=True)
    return intake.read(values, limits, lambda: request.model_dump_json(exclude_unset=True))


def _item(item: Any) -> ScreeningRequest:  # noqa: ANN401 - any JSON
    try:
        return ScreeningRequest.model_validate(item)
    except ValidationError as error:
        faults = faults_of([{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)])
        detail = f"{faults[0].pointer or '/'}: {faults[0].message}"
        raise Invalid("validation", detail, faults=faults) from error


def _author(caller: Principal) -> Author:
    return Author(caller.client, caller.subject, caller.key_id, "api")


def _sees(caller: Principal) -> str | None:
    return None if caller.sees_all_clients else caller.client


def _problem_text(error: Invalid) -> str:
    status, title = FAMILIES[error.family]
    return problem_body(status, error.code, title, error.message, faults=error.faults).decode()
