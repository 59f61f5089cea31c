"""One recorded decision with its whole reason: verdict, names compared, timeline, clauses, documents, record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Path, Request, Response

from app import clock
from app.access import Principal
from app.audit import store as audit_store
from app.audit.audit_record import AuditRecord
from app.audit.installation import verifiers_of
from app.audit.sealer import sealed
from app.db import Database, ReadSession
from app.dependencies import AppDatabase, AppScreeningService, AppSettings, Reading
from app.documents import make_pdf
from app.policy.course import course
from app.policy.model import Dossier, Event, ServiceQuestion
from app.policy.parameters import Parameters
from app.policy.tables import CURRENT
from app.policy.vocabulary import Category, Service
from app.screening import replay as replays
from app.screening import store
from app.screening.certificate import certificate as make_certificate
from app.screening.entity_history import dossier_as_known
from app.screening.service import ScreeningService
from app.screening.store import Recorded, Search
from app.watchlists.versions import store as list_store
from app.web.comparison import Run, closest, compare
from app.web.page import ENTITY_ROLES, RECORD_ROLES, SCREENING_ROLES
from app.web.route import pages
from app.web.timeline import KnownPoint, Timeline, draw
from app.web.visit import Shown, Visitor, allow, sees

_EARLIER_MAX: Final = 10
_COMPARED_MAX: Final = 5
_VERSIONS_MAX: Final = 200

router = pages()

ScreeningId = Annotated[str, Path(max_length=36)]


@dataclass(frozen=True, slots=True)
class Compared:
    """One match, with both names in runs, and the entity as it was known."""

    match: Mapping[str, Any]
    given: str
    runs: Sequence[Run]
    dossier: Dossier | None


@router.get("/screenings/{screening_id}", dependencies=[allow(*RECORD_ROLES)])
def screening(
    screening_id: ScreeningId, page: Shown, visitor: Visitor, session: Reading, screening_service: AppScreeningService
) -> Response:
    """Show a decision as it was recorded."""
    one = store.recorded(session, screening_id, sees(visitor))
    compared = [_compared(session, screening_service, one, match) for match in one.answer["matches"][:_COMPARED_MAX]]
    earlier = store.records(
        session, Search(name=one.asked.counterparty.name), sees(visitor), limit=_EARLIER_MAX + 1
    ).records
    first = compared[0].dossier if compared else None
    return page.show(
        "screening.html",
        section="search",
        one=one,
        typed=_typed(json.loads(store.request_text(session, screening_id, sees(visitor)))),
        compared=compared,
        hidden_matches=len(one.answer["matches"]) - len(compared),
        timeline=_timeline(session, screening_service, one, first) if first is not None else None,
        documents=_documents(first) if first is not None else (),
        earlier=[other for other in earlier if other.id != one.id][:_EARLIER_MAX],
        can_screen=visitor.role in SCREENING_ROLES,
        can_read_entities=visitor.role in ENTITY_ROLES,
    )


def _typed(said: Mapping[str, Any]) -> str | None:
    """Return the name as it was sent, where it is read otherwise: turned round, with markup, escaped."""
    received = said["received"] or {}
    counterparty = received.get("counterparty")
    name = counterparty.get("name") if isinstance(counterparty, dict) else None
    return name if isinstance(name, str) and name != said["understood"]["counterparty"]["name"] else None


@router.get("/screenings/{screening_id}/replay", dependencies=[allow(*RECORD_ROLES)])
def replay(
    screening_id: ScreeningId,
    page: Shown,
    visitor: Visitor,
    database: AppDatabase,
    screening_service: AppScreeningService,
) -> Response:
    """Compute a decision again from what it rested on, and show whether it comes out the same; nothing is recorded."""
    found = replays.replay(database, screening_service.snapshots, screening_id, sees(visitor))
    return page.show("replay.html", section="search", screening_id=screening_id, found=found)


@router.get("/screenings/{screening_id}/proof", dependencies=[allow(*RECORD_ROLES)])
def proof(screening_id: ScreeningId, request: Request, visitor: Visitor, database: AppDatabase) -> Response:
    """Return the proof that a decision is in the sealed log, as c2sp.org/tlog-proof writes it."""
    record = _sealed(request, visitor, database, screening_id)
    with database.read() as session:
        text = audit_store.proof(session, record)
    headers = {"Content-Disposition": f'attachment; filename="{screening_id}.tlog-proof"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/screenings/{screening_id}/certificate", dependencies=[allow(*RECORD_ROLES)])
def certificate(
    screening_id: ScreeningId, request: Request, visitor: Visitor, database: AppDatabase, settings: AppSettings
) -> Response:
    """Return the certificate of a decision as a PDF, which holds the proof as well."""
    _sealed(request, visitor, database, screening_id)
    with database.read() as session:
        made = make_certificate(session, screening_id, verifiers_of(settings))
    pdf = make_pdf("certificate", made.printed, dated=made.screened_at, attached=made.text, font_dir=settings.font_dir)
    headers = {"Content-Disposition": f'inline; filename="certificate-{screening_id}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _sealed(request: Request, visitor: Principal, database: Database, screening_id: str) -> AuditRecord:
    """Return the sealed record of a decision that the person may see."""
    with database.read() as session:
        store.recorded(session, screening_id, sees(visitor))
    return sealed(database, request.app.state.sealer, screening_id)


def _compared(
    session: ReadSession, screening_service: ScreeningService, one: Recorded, match: Mapping[str, Any]
) -> Compared:
    party = one.asked.counterparty
    given = closest(match["name_listed"], [party.name, *(other.name for other in party.other_names)])
    runs = compare(match["name_listed"], given, match["explanation"]["differences"])
    known = dossier_as_known(session, screening_service.snapshots.current.snapshot, match["entity_id"], one.known_at)
    return Compared(match, given, runs, known.get(match["entity_id"]))


def _timeline(session: ReadSession, screening_service: ScreeningService, one: Recorded, dossier: Dossier) -> Timeline:
    known = dossier_as_known(session, screening_service.snapshots.current.snapshot, dossier.entity_id, one.known_at)
    return timeline_of(
        session, dossier, known, screening_service.parameters, one.asked.service, one.asked.service_date, one=one
    )


def timeline_of(
    session: ReadSession,
    dossier: Dossier,
    known: Mapping[str, Dossier],
    parameters: Parameters,
    service: Service,
    asked_for: date | None = None,
    *,
    one: Recorded | None = None,
) -> Timeline:
    """Return the timeline of an entity, with the moments of a screening where one is given."""
    question = ServiceQuestion(service, asked_for or clock.local_date(clock.now()))
    stretches = course(dossier, question, known, parameters, CURRENT)
    versions = list_store.versions(session, dossier.list_code, limit=_VERSIONS_MAX, only_activated=True)
    in_order = sorted(
        (KnownPoint(version.version, version.known_from) for version in versions if version.known_from is not None),
        key=lambda version: (version.known_from, version.version),
    )
    cutoff = parameters.cutoff_of(dossier.list_jurisdiction, Category.VIOLATING)
    return draw(stretches, in_order, cutoff.cutoff_date, asked_for, one.known_at if one else None)


def _documents(dossier: Dossier) -> Sequence[tuple[Category, Event]]:
    """Return the events that rest on a paper, in the order of their dates."""
    found = [
        (listing.category, event)
        for listing in dossier.listings
        for event in listing.events
        if event.document is not None and not event.is_implicit
    ]
    return sorted(found, key=lambda pair: (pair[1].effective_on, pair[1].list_version))
