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


READ_LISTS = set(Role) - {Role.ADMIN}
SCREENERS = {Role.SCREENER, Role.ANALYST}
READERS = SCREENERS | {Role.AUDITOR}
OPEN: set[Role] = set()
WORK_ON_LISTS = {Role.LIST_MAKER, Role.LIST_CHECKER}
READ_DRAFTS = WORK_ON_LISTS | {Role.AUDITOR}

RIGHTS: dict[tuple[str, str], set[Role]] = {
    ("POST", "/v1/screenings"): SCREENERS,
    ("POST", "/v1/screenings/batch"): SCREENERS,
    ("GET", "/v1/screenings"): READERS,
    ("GET", "/v1/screenings/{screening_id}"): READERS,
    ("POST", "/v1/screenings/{screening_id}/replay"): READERS,
    ("GET", "/v1/rules"): READ_LISTS,
    ("GET", "/v1/rules/{version}"): READ_LISTS,
    ("GET", "/v1/entities/{entity_id}"): READ_LISTS - {Role.SCREENER},
    ("GET", "/v1/events"): READERS,
    ("GET", "/v1/lists"): READ_LISTS,
    ("GET", "/v1/lists/{code}"): READ_LISTS,
    ("GET", "/v1/lists/{code}/adoption"): READ_LISTS,
    ("GET", "/v1/lists/{code}/delta"): READ_LISTS,
    ("GET", "/v1/lists/{code}/versions"): READ_LISTS,
    ("GET", "/v1/lists/{code}/versions/{number}"): READ_LISTS,
    ("GET", "/v1/lists/{code}/versions/{number}/entries"): READ_LISTS,
    ("GET", "/v1/lists/{code}/versions/{number}/diff"): READ_LISTS,
    ("GET", "/v1/lists/{code}/versions/{number}/export"): READ_LISTS,
    ("GET", "/v1/lists/{code}/versions/{number}/content"): READ_LISTS,
    ("GET", "/v1/lists/{code}/versions/{number}/signature"): READ_LISTS,
    ("GET", "/v1/lists/{code}/versions/{number}/impact"): READ_DRAFTS,
    ("GET", "/v1/lists/{code}/versions/{number}/annotated"): READ_DRAFTS,
    ("GET", "/v1/list-signing-key"): OPEN,
    ("POST", "/v1/lists/{code}/versions"): WORK_ON_LISTS,
    ("POST", "/v1/lists/{code}/entries"): WORK_ON_LISTS,
    ("POST", "/v1/lists/{code}/versions/{number}/submit"): WORK_ON_LISTS,
    ("POST", "/v1/lists/{code}/versions/{number}/withdraw"): WORK_ON_LISTS,
    ("POST", "/v1/lists/{code}/versions/{number}/approve"): {Role.LIST_CHECKER},
    ("POST", "/v1/lists/{code}/versions/{number}/reject"): {Role.LIST_CHECKER},
    ("POST", "/v1/lists/{code}/versions/{number}/activate"): {Role.LIST_CHECKER},
    ("POST", "/v1/lists/{code}/rollback"): {Role.LIST_CHECKER},
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/docs/docs.js"): OPEN,
    ("GET", "/docs/swagger-ui-bundle.js"): OPEN,
    ("GET", "/docs/swagger-ui.css"): OPEN,
}
"""The rights of the interface description, route by route; a new route belongs here."""


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
