"""Schemathesis throws requests at every described call, in-process, and looks for what should not be."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from client import Api, running
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from watchlist_rows import VENUE, load

from app.access import Role
from app.db import Database
from app.dependencies import roles_of
from app.main import ROUTERS, describe
from app.settings import Settings


@pytest.fixture(scope="module")
def module_api(_patient: None, _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    path = tmp_path_factory.mktemp("schemathesis") / "cutoff.db"
    shutil.copyfile(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    load(database, "fj-violating", VENUE)
    with running(
        database,
        rate_per_key_per_s=100_000,
        rate_burst=100_000,
        auth_failures_burst=100_000,
        record_timeout_s=120,
        freshness_max_s=120,
        request_timeout_s=120,
    ) as api:
        yield api
    database.close()


@pytest.fixture(scope="module")
def api_schema(module_api: Api) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", module_api.app)


OPERATIONS = [
    (method.upper(), path, mode)
    for path, methods in describe(Settings())["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    # A call without parameters cannot be called wrongly.
    if mode.is_positive or "parameters" in operation or "requestBody" in operation
]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module", autouse=True)
def _patient() -> Iterator[None]:
    """Let a slow disk be no refusal: whether decisions are recorded in time is another test's question."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("app.main._STALL_S", 120.0)
        yield


def _may_call() -> dict[tuple[str, str], list[Role]]:
    """Return the roles that each call lets in, in the order of roles."""
    found: dict[tuple[str, str], list[Role]] = {}
    for route in (one for router in ROUTERS for one in router.routes if isinstance(one, APIRoute)):
        roles = roles_of(route.dependant) or frozenset()
        for method in route.methods:
            found[method, route.path.replace(":path}", "}")] = [role for role in Role if role in roles]
    return found


MAY_CALL = _may_call()


@pytest.mark.parametrize(
    ("method", "path", "mode", "role"),
    [
        (method, path, mode, roles[number % len(roles)])
        for number, (method, path, mode) in enumerate(OPERATIONS)
        for roles in [MAY_CALL.get((method, path)) or list(Role)]
    ],
)
def test_no_request_breaks_a_call_or_its_description(
    method: str, path: str, mode: GenerationMode, role: Role, api_schema: Any, module_api: Api
) -> None:
    """A role that the call lets in, another one for the next call, so that what is behind the door is tried too."""
    _try(api_schema, method, path, mode, module_api.key(role), 7)


def test_every_call_of_the_description_is_one_whose_roles_are_known() -> None:
    assert {(method, path) for method, path, _ in OPERATIONS} - MAY_CALL.keys() == set()


@pytest.mark.long
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("method", "path", "mode"), OPERATIONS)
def test_no_request_of_any_role_breaks_a_call_or_its_description(
    method: str, path: str, mode: GenerationMode, role: Role, api_schema: Any, module_api: Api
) -> None:
    """Some 160 operations and modes, six roles, twelve cases each: more than ten thousand."""
    _try(api_schema, method, path, mode, module_api.key(role), 12)


def _try(api_schema: Any, method: str, path: str, mode: GenerationMode, key: str, examples: int) -> None:
    headers = {"Authorization": f"Bearer {key}"} if path.startswith("/v1") else {}

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=api_schema[path][method].as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()
