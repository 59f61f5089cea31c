"""One listed entity: its network, its timeline, its names and codes, and every row that ever spoke of it."""

from typing import Annotated, Final

from fastapi import Path, Query, Response

from app import clock
from app.access import Role
from app.dependencies import AppScreeningService, Reading
from app.policy.course import kin, outcome_on
from app.policy.model import Dossier, ServiceQuestion
from app.policy.tables import CURRENT
from app.policy.vocabulary import Outcome, Service
from app.screening.entity_history import life_of
from app.web import network
from app.web.cell_words import label_of, value_of
from app.web.page import ENTITY_ROLES, RECORD_ROLES
from app.web.route import pages
from app.web.screening import timeline_of
from app.web.visit import Shown, Visitor, allow

_SEES_PERSONS: Final = frozenset({Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR})
_TIES_SHOWN_MAX: Final = 500

router = pages()


@router.get("/entities/{entity_id}", dependencies=[allow(*ENTITY_ROLES)])
def entity(
    entity_id: Annotated[str, Path(max_length=36)],
    page: Shown,
    visitor: Visitor,
    session: Reading,
    screening_service: AppScreeningService,
    service: Annotated[Service, Query()] = Service.FUND_SETTLEMENT,
) -> Response:
    """Show an entity as it is known now; names of natural persons are masked as in the API."""
    today = clock.local_date(clock.now())
    snapshot = screening_service.snapshots.current.snapshot
    history = life_of(
        session, snapshot, entity_id, today, screening_service.parameters, is_masked=visitor.role not in _SEES_PERSONS
    )
    dossiers = snapshot.dossiers
    top, ties = network.ties_of(dossiers, entity_id)
    family = kin(history.dossier, dossiers)
    question = ServiceQuestion(service, today)

    def outcome(dossier: Dossier) -> Outcome:
        return outcome_on(today, dossier, question, dossiers, screening_service.parameters, CURRENT).outcome

    shown = ties[:_TIES_SHOWN_MAX]
    return page.show(
        "entity.html",
        section="search",
        history=history,
        dossier=history.dossier,
        today=today,
        service=service,
        services=tuple(Service),
        outcome=outcome(history.dossier),
        top=top,
        top_outcome=outcome(top),
        ties=[(tie, outcome(tie.child)) for tie in shown],
        hidden_ties=len(ties) - len(shown),
        network=network.draw(top, ties, entity_id),
        is_large=len({tie.child.entity_id for tie in ties}) >= network.NODES_MAX,
        timeline=timeline_of(session, history.dossier, family, screening_service.parameters, service),
        can_read_records=visitor.role in RECORD_ROLES,
        label_of=label_of,
        value_of=value_of,
    )
