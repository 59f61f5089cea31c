"""查询: one box for a name, a code, 主体编号 or a reference; the screening form; what was screened before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query, Response
from fastapi.responses import RedirectResponse

from app import clock
from app.access import Principal
from app.db import ReadSession
from app.dependencies import AppScreeningService, AppSettings, Reading
from app.errors import Fault, Invalid
from app.identifiers import IdentifierError, Scheme, parse
from app.matching import NameType
from app.names.fold import fold
from app.policy.model import Dossier
from app.policy.vocabulary import CounterpartyKind, Outcome, Service
from app.screening import intake, store
from app.screening.record import Author
from app.screening.service import ScreeningService
from app.screening.store import Recorded, RecordPage, Search
from app.watchlists.snapshots import finder
from app.web.asking import FIELDS, POINTERS, Draft, again
from app.web.kept_form import RETURNING
from app.web.page import ENTITY_ROLES, LIST_ROLES, RECORD_ROLES, SCREENING_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.visit import Sent, Shown, Visitor, allow, sees

_FOUND_MAX: Final = 20
_PAGE: Final = 50
_RECENT: Final = 10
_TEXT_MAX: Final = 400

router = pages()

CHOICES: Final = {
    "services": tuple(Service),
    "kinds": tuple(CounterpartyKind),
    "schemes": tuple(Scheme),
    "name_types": tuple(one for one in NameType if one in intake.NAME_TYPES),
    "outcomes": tuple(Outcome),
}


@router.get("/", dependencies=[allow(*LIST_ROLES)])
def search(
    page: Shown,
    visitor: Visitor,
    session: Reading,
    screening_service: AppScreeningService,
    q: Annotated[str, Query(max_length=_TEXT_MAX)] = "",
    is_number: Annotated[bool, Query(alias="number")] = False,  # noqa: FBT002 - a query parameter
    from_id: Annotated[str, Query(alias="from", max_length=36)] = "",
) -> Response:
    """Show the form; with ``q``, the listed entities and records that it leads to, without screening anything."""
    draft, is_whole = Draft({"q": q, "service_date": clock.local_date(clock.now()).isoformat()}), True
    if from_id and visitor.role in RECORD_ROLES:
        draft, is_whole = again(store.recorded(session, from_id, sees(visitor)).asked)
    found = _found(session, screening_service, visitor, q) if q else None
    return _show(page, session, visitor, _Shown(draft, is_whole, is_number, found))


@router.post("/", dependencies=[allow(*SCREENING_ROLES)])
def screen(
    page: Shown,
    visitor: Visitor,
    session: Reading,
    screening_service: AppScreeningService,
    settings: AppSettings,
    form: Sent,
) -> Response:
    """Screen what was typed and show the record; a number of a listed entity is no name, and is said to be none."""
    draft = Draft({name: str(form[name]).replace("\r\n", "\n") for name in FIELDS if name in form})
    if RETURNING in form:
        return _show(page, session, visitor, _Shown(draft, note=page.texts("kept.look")))
    if "as_name" not in form and _is_number(session, screening_service, visitor, draft["q"]):
        return RedirectResponse(f"/?{urlencode({'q': draft['q'], 'number': '1'})}", status_code=303)
    limits = intake.TextLimits(clock.now(), settings.name_chars_max, settings.text_chars_max)
    try:
        typed = draft.request()
        asked = replace(intake.read(typed, limits), received=json.dumps(typed, ensure_ascii=False))
        text = screening_service.screen(asked, Author(visitor.client, visitor.subject, visitor.key_id, "console"))
    except Invalid as error:
        return _show(page, session, visitor, _Shown(draft, error=error))
    return RedirectResponse(f"/screenings/{json.loads(text)['id']}", status_code=303)


@router.get("/screenings", dependencies=[allow(*RECORD_ROLES)])
def records(  # noqa: PLR0913, PLR0917 - FastAPI calls it by keyword, with what the list may be narrowed by
    page: Shown,
    visitor: Visitor,
    session: Reading,
    name: Annotated[str, Query(max_length=_TEXT_MAX)] = "",
    reference: Annotated[str, Query(max_length=200)] = "",
    outcome: Annotated[str, Query(max_length=6)] = "",
    service: Annotated[str, Query(max_length=30)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    scheme: Annotated[str, Query(max_length=20)] = "",
    identifier: Annotated[str, Query(max_length=300)] = "",
    entity: Annotated[str, Query(max_length=36)] = "",
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """Show what was decided before, newest first, narrowed by what is given."""
    error: Invalid | None = None
    wanted: Search | None = None
    found = RecordPage((), None)
    try:
        wanted = _wanted(
            {
                "name": name,
                "reference": reference,
                "outcome": outcome,
                "service": service,
                "since": since,
                "until": until,
                "entity": entity,
            },
            scheme,
            identifier,
        )
        found = store.records(session, wanted, sees(visitor), limit=_PAGE, cursor=cursor or None)
    except Invalid as refused:
        error = refused
    return page.show(
        "screenings.html",
        status=STATUSES["invalid"] if error else 200,
        section="search",
        given=page.request.query_params,
        found=found,
        apart=[] if wanted is None else store.months_apart(session, wanted),
        error=error,
        **CHOICES,
    )


def _wanted(given: Mapping[str, str], scheme: str, identifier: str) -> Search:
    """Return what is looked for.  Raises :class:`Invalid` for a date or a code that is none."""
    faults: list[Fault] = []

    def start_of(field: str, days_after: int) -> datetime | None:
        if not given[field]:
            return None
        try:
            day = date.fromisoformat(given[field]) + timedelta(days=days_after)
            return datetime.combine(day, time(), clock.SHANGHAI)
        except (ValueError, OverflowError):
            faults.append(Fault(field, "bad-date", "须为 YYYY-MM-DD / must be YYYY-MM-DD"))
            return None

    if given["outcome"] and given["outcome"] not in set(Outcome):
        faults.append(Fault("outcome", "unknown-code", "没有这种结论 / there is no such outcome"))
    parsed = None
    if identifier:
        try:
            parsed = parse(Scheme(scheme or Scheme.USCC), identifier)
        except (IdentifierError, ValueError):
            faults.append(Fault("identifier", "bad-identifier", "代码格式不对 / the identifier has a wrong format"))
    since, until = start_of("since", 0), start_of("until", 1)
    if faults:
        raise Invalid("validation", faults[0].message, faults=faults)
    return Search(
        reference=given["reference"] or None,
        outcome=Outcome(given["outcome"]) if given["outcome"] else None,
        since=since,
        until=until,
        entity_ids=frozenset({given["entity"]}) if given["entity"] else None,
        name=given["name"] or None,
        identifier=parsed,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a text leads to without screening it."""

    entities: Sequence[Dossier]
    by_reference: Sequence[Recorded]
    by_name: Sequence[Recorded]


@dataclass(frozen=True, slots=True)
class _Shown:
    """The form and what surrounds it."""

    draft: Draft
    is_whole: bool = True
    is_number: bool = False
    found: _Found | None = None
    error: Invalid | None = None
    note: str | None = None


def _show(page: Page, session: ReadSession, visitor: Principal, shown: _Shown) -> Response:
    recent: Sequence[Recorded] = ()
    if visitor.role in RECORD_ROLES and shown.found is None:
        recent = store.records(session, Search(), sees(visitor), limit=_RECENT).records
    return page.show(
        "search.html",
        status=STATUSES["invalid"] if shown.error else 200,
        section="search",
        shown=shown,
        recent=recent,
        can_screen=visitor.role in SCREENING_ROLES,
        can_read_entities=visitor.role in ENTITY_ROLES,
        labels={pointer: (name, page.texts(f"ask.{name}")) for pointer, name in POINTERS.items()},
        **CHOICES,
    )


def _found(session: ReadSession, screening_service: ScreeningService, visitor: Principal, text: str) -> _Found:
    entities: Sequence[Dossier] = ()
    by_reference: Sequence[Recorded] = ()
    by_name: Sequence[Recorded] = ()
    if visitor.role in ENTITY_ROLES:
        entities = finder.find(screening_service.snapshots.current.snapshot, text, _FOUND_MAX)
    if visitor.role in RECORD_ROLES:
        client = sees(visitor)
        by_reference = store.records(session, Search(reference=text.strip()), client, limit=_FOUND_MAX).records
        by_name = store.records(session, Search(name=text), client, limit=_FOUND_MAX).records
    return _Found(entities, by_reference, by_name)


def _is_number(session: ReadSession, screening_service: ScreeningService, visitor: Principal, text: str) -> bool:
    """Whether a text is the number of a listed entity or a reference: neither is a name to screen."""
    wanted = fold(text)
    snapshot = screening_service.snapshots.current.snapshot
    if any(
        fold(snapshot.dossiers[one].external_id) == wanted
        for one, (codes, _) in snapshot.spellings.items()
        if wanted in codes
    ):
        return True
    return bool(store.records(session, Search(reference=text.strip()), sees(visitor), limit=1).records)
