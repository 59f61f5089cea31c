"""Every route declares who may call it, and lets in those and nobody else."""

import re
from typing import Any

import pytest
from client import Api
from fastapi.routing import APIRoute

from app.access import Role
from app.dependencies import roles_of
from app.main import ROUTERS, create_app
from app.settings import Settings


def routes() -> list[APIRoute]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def calls() -> list[tuple[str, str]]:
    return sorted((method, route.path) for route in routes() for method in route.methods)


SCREENERS = {Role.SCREENER, Role.ANALYST}
READERS = SCREENERS | {Role.AUDITOR}
CHECKER = {Role.LIST_CHECKER}
MAKERS = CHECKER | {Role.LIST_MAKER}
DRAFT_READERS = MAKERS | {Role.AUDITOR}
LIST_READERS = set(Role) - {Role.ADMIN}
OPEN: set[Role] = set()

ANALYST = {Role.ANALYST}
ALERT_READERS = ANALYST | {Role.AUDITOR}

WEBHOOKS = SCREENERS | {Role.ADMIN}

WEBHOOK = "/v1/webhooks/{webhook_id}"
BOOK = "/v1/counterparties/{counterparty_id:path}"
ALERT = "/v1/alerts/{alert_id}"
LIST = "/v1/lists/{code}"
VERSION = f"{LIST}/versions/{{number}}"
RIGHTS: dict[tuple[str, str], set[Role]] = {
    ("POST", "/v1/screenings"): SCREENERS,
    ("POST", "/v1/screenings/batch"): SCREENERS,
    ("GET", "/v1/screenings"): READERS,
    ("GET", "/v1/screenings/{screening_id}"): READERS,
    ("GET", "/v1/screenings/{screening_id}/request"): READERS,
    ("POST", "/v1/screenings/{screening_id}/replay"): READERS,
    ("GET", "/v1/events"): READERS,
    ("PUT", "/v1/counterparties"): SCREENERS,
    ("POST", "/v1/counterparties"): SCREENERS,
    ("GET", "/v1/counterparties"): READERS,
    ("PUT", BOOK): SCREENERS,
    ("GET", BOOK): READERS,
    ("DELETE", BOOK): SCREENERS,
    ("GET", "/v1/coverage"): READERS,
    ("GET", "/v1/changes"): READERS,
    ("GET", "/v1/alerts"): ALERT_READERS,
    ("GET", ALERT): ALERT_READERS,
    ("POST", f"{ALERT}/assign"): ANALYST,
    ("POST", f"{ALERT}/comment"): ANALYST,
    ("POST", f"{ALERT}/attachments"): ANALYST,
    ("GET", f"{ALERT}/attachments/{{attachment_id}}"): ALERT_READERS,
    ("POST", f"{ALERT}/disposition"): ANALYST,
    ("POST", f"{ALERT}/confirm"): ANALYST,
    ("POST", f"{ALERT}/return"): ANALYST,
    ("GET", "/v1/suppressions"): ALERT_READERS,
    ("DELETE", "/v1/suppressions/{suppression_id}"): ANALYST,
    ("POST", "/v1/sweeps"): SCREENERS,
    ("GET", "/v1/sweeps"): READERS,
    ("GET", "/v1/sweeps/{sweep_id}"): READERS,
    ("GET", "/v1/sweeps/{sweep_id}/report"): READERS,
    ("POST", "/v1/webhooks"): WEBHOOKS,
    ("GET", "/v1/webhooks"): WEBHOOKS | {Role.AUDITOR},
    ("GET", WEBHOOK): WEBHOOKS | {Role.AUDITOR},
    ("DELETE", WEBHOOK): WEBHOOKS,
    ("POST", f"{WEBHOOK}/rotate"): WEBHOOKS,
    ("POST", f"{WEBHOOK}/test"): WEBHOOKS,
    ("GET", f"{WEBHOOK}/deliveries"): WEBHOOKS | {Role.AUDITOR},
    ("POST", f"{WEBHOOK}/deliveries/{{delivery_id}}/redeliver"): WEBHOOKS,
    ("GET", "/v1/calendar"): READERS | {Role.ADMIN},
    ("PUT", "/v1/calendar"): {Role.ADMIN},
    ("GET", "/v1/jobs"): READERS,
    ("POST", "/v1/jobs"): SCREENERS,
    ("GET", "/v1/jobs/{job_id}"): READERS,
    ("GET", "/v1/jobs/{job_id}/results"): READERS,
    ("GET", "/v1/jobs/{job_id}/events"): READERS,
    ("POST", "/v1/jobs/{job_id}/cancel"): SCREENERS,
    ("GET", "/v1/rules"): LIST_READERS,
    ("GET", "/v1/rules/{version}"): LIST_READERS,
    ("GET", "/v1/entities"): LIST_READERS - {Role.SCREENER},
    ("GET", "/v1/entities/{entity_id}"): LIST_READERS - {Role.SCREENER},
    ("GET", "/v1/lists"): LIST_READERS,
    ("GET", LIST): LIST_READERS,
    ("GET", f"{LIST}/versions"): LIST_READERS,
    ("GET", f"{LIST}/adoption"): LIST_READERS,
    ("GET", "/v1/lists/template"): LIST_READERS,
    ("GET", f"{LIST}/delta"): LIST_READERS,
    ("GET", VERSION): LIST_READERS,
    ("GET", f"{VERSION}/entries"): LIST_READERS,
    ("GET", f"{VERSION}/diff"): LIST_READERS,
    ("GET", f"{VERSION}/export"): LIST_READERS,
    ("GET", f"{VERSION}/content"): LIST_READERS,
    ("GET", f"{VERSION}/signature"): LIST_READERS,
    ("GET", f"{VERSION}/impact"): DRAFT_READERS,
    ("GET", f"{VERSION}/annotated"): DRAFT_READERS,
    ("POST", f"{LIST}/versions"): MAKERS,
    ("POST", f"{LIST}/entries"): MAKERS,
    ("POST", f"{VERSION}/submit"): MAKERS,
    ("POST", f"{VERSION}/withdraw"): MAKERS,
    ("POST", f"{VERSION}/approve"): CHECKER,
    ("POST", f"{VERSION}/reject"): CHECKER,
    ("POST", f"{VERSION}/activate"): CHECKER,
    ("POST", f"{LIST}/rollback"): CHECKER,
    ("GET", "/v1/screenings/{screening_id}/certificate"): READERS,
    ("GET", "/v1/audit"): READERS,
    ("GET", "/v1/audit/checkpoint"): READERS,
    ("GET", "/v1/audit/proof/{record_id}"): READERS,
    ("GET", "/v1/keys"): {Role.ADMIN, Role.AUDITOR},
    ("POST", "/v1/keys"): {Role.ADMIN},
    ("POST", "/v1/keys/{key_id}/rotate"): {Role.ADMIN},
    ("DELETE", "/v1/keys/{key_id}"): {Role.ADMIN},
    ("GET", "/v1/clients"): {Role.ADMIN, Role.AUDITOR},
    ("POST", "/v1/clients"): {Role.ADMIN},
    ("POST", "/v1/clients/{code}/close"): {Role.ADMIN},
    ("GET", "/v1/list-signing-key"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/docs/docs.js"): OPEN,
    ("GET", "/docs/swagger-ui-bundle.js"): OPEN,
    ("GET", "/docs/swagger-ui.css"): OPEN,
}
"""The rights of docs/api.md, route by route; a new route belongs here."""


def test_there_is_no_route_but_those_of_the_routers() -> None:
    own = [route for route in create_app(Settings()).routes if hasattr(route, "path")]
    assert [route.path for route in own] == ["/openapi.json"]


def test_every_route_declares_its_roles() -> None:
    assert [route.path for route in routes() if roles_of(route.dependant) is None] == []


def test_the_declared_roles_are_the_rights_of_the_interface() -> None:
    declared = {
        (method, route.path): set(roles_of(route.dependant) or ()) for route in routes() for method in route.methods
    }
    assert declared == RIGHTS


@pytest.mark.parametrize(("method", "path"), calls())
@pytest.mark.parametrize("role", [None, *Role])
def test_a_route_lets_in_its_roles_and_nobody_else(light_api: Api, method: str, path: str, role: Role | None) -> None:
    needed = RIGHTS[method, path]
    response: Any = light_api.call(method, re.sub(r"\{[^}]*\}", "0", path), role)
    if not needed:
        assert response.status_code not in {401, 403}
    elif role is None:
        assert response.status_code == 401
    elif role in needed:
        assert response.status_code not in {401, 403}
    else:
        assert response.status_code == 403
        assert response.json()["type"] == "urn:cutoff:problem:wrong-role"
