"""The OpenAPI description: complete, true, and as it stands in the snapshot."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.main import describe
from app.settings import Settings

SNAPSHOT = Path(__file__).parent / "openapi.json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(json.dumps(describe(Settings())))


def test_the_description_is_the_snapshot(described: dict[str, Any]) -> None:
    """Renew it with: cutoff openapi > tests/contract/openapi.json — a diff there is a change for every client."""
    assert described == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def operations(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_call_has_a_summary_and_its_problems(described: dict[str, Any]) -> None:
    for name, operation in operations(described):
        assert operation.get("summary"), name
        if "security" in operation:
            for status in ("400", "401", "403", "422", "429", "500", "503"):
                assert "application/problem+json" in operation["responses"][status]["content"], (name, status)
            assert "ValidationError" not in json.dumps(operation["responses"]), name


def test_every_listed_problem_has_a_line_in_the_docs() -> None:
    from app.api.problems import FAMILIES

    docs = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for family, (status, _) in FAMILIES.items():
        assert f"| {status} |" in docs, family
