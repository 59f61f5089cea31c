"""Schemathesis throws requests at every list call as those who may make it, and looks for what should not be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from client import Api, running
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
from app.main import describe
from app.settings import Settings

CALLS = [
    (method.upper(), path)
    for path, methods in describe(Settings())["paths"].items()
    for method in methods
    if path.startswith("/v1/list")
]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def desk(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "cutoff.db").write_bytes(_sqlite_template.read_bytes())
    database = Database(f"sqlite:///{folder / 'cutoff.db'}")
    load(database, "fj-violating", VENUE)
    with running(database, data_dir=folder, rate_per_key_per_s=100_000, rate_burst=100_000) as api:
        yield api
    database.close()


@pytest.fixture(scope="module")
def described(desk: Api) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", desk.app)


@pytest.mark.parametrize("role", [Role.LIST_MAKER, Role.LIST_CHECKER])
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_request_of_those_who_work_on_lists_breaks_a_call(
    method: str, path: str, mode: GenerationMode, role: Role, described: Any, desk: Api
) -> None:
    if path == "/v1/list-signing-key" and not mode.is_positive:
        return
    headers = {"Authorization": f"Bearer {desk.key(role)}"}

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        if "code" in case.path_parameters and mode.is_positive:
            case.path_parameters["code"] = "fj-violating"
        if "number" in case.path_parameters and mode.is_positive:
            case.path_parameters["number"] = 1
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()
