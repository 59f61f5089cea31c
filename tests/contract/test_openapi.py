"""The OpenAPI description: complete, true, and as it stands in the snapshot."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

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


def test_ids_and_tags_are_english_words(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(described)]
    assert len(ids) == len(set(ids))
    assert [one for one in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)+", one)] == []
    known = {one["name"] for one in described["tags"]}
    for name, operation in operations(described):
        assert set(operation["tags"]) <= known, name
    for one in described["tags"]:
        assert _in_both(one["description"]), one


def test_schemas_have_names_of_their_own(described: dict[str, Any]) -> None:
    assert [name for name in described["components"]["schemas"] if not re.fullmatch(r"[A-Z][A-Za-z]+", name)] == []


def test_every_field_and_parameter_is_described_in_both_languages(described: dict[str, Any]) -> None:
    """The words for a field stand in app/api/data/fields.tsv, once for all places that have it."""
    bare = [
        f"{name}.{field}"
        for name, schema in described["components"]["schemas"].items()
        for field, holder in schema.get("properties", {}).items()
        if not _in_both(holder.get("description", ""))
    ]
    bare += [
        f"{name} {parameter['name']}"
        for name, operation in operations(described)
        for parameter in operation.get("parameters", ())
        if not _in_both(parameter.get("description", ""))
    ]
    assert bare == []


def _models() -> dict[str, type[BaseModel]]:
    found: list[type[BaseModel]] = [BaseModel]
    for one in found:
        found += one.__subclasses__()
    return {one.__name__: one for one in found if one.__module__.startswith("app.")}


def test_every_json_body_has_an_example_that_can_be_sent_as_it_is(described: dict[str, Any]) -> None:
    models, parts = _models(), described["components"]["schemas"]
    for name, operation in operations(described):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or "examples" in content:
            continue
        schemas = re.findall(r"#/components/schemas/(\w+)", json.dumps(content["schema"]))
        assert schemas, name
        for schema in schemas:
            assert parts[schema].get("examples"), f"{name}: add one to app/api/data/examples.json"
            for example in parts[schema]["examples"]:
                models[schema].model_validate_json(json.dumps(example))


def _in_both(text: str) -> bool:
    return bool(re.search("[\u4e00-\u9fff]", text)) and bool(re.search("[A-Za-z]{2}", text))


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ("MatchOut", "category"),
        ("MatchOut", "status"),
        ("ReasonOut", "code"),
        ("ScreeningAnswer", "flags"),
        ("ScreeningAnswer", "outcome"),
        ("Problem", "type"),
        ("ListingOut", "status"),
        ("ScreeningRequest", "service"),
    ],
)
def test_codes_are_closed_sets(described: dict[str, Any], schema: str, field: str) -> None:
    parts = described["components"]["schemas"]
    text = json.dumps(parts[schema]["properties"][field])
    for name in re.findall(r"#/components/schemas/(\w+)", text):
        text += json.dumps(parts[name])
    assert '"enum"' in text


def test_items_of_a_batch_are_requests(described: dict[str, Any]) -> None:
    items = described["components"]["schemas"]["BatchRequest"]["properties"]["items"]["items"]
    assert items == {"$ref": "#/components/schemas/ScreeningRequest"}


def test_every_listed_problem_has_a_line_in_the_docs() -> None:
    from app.api.problems import FAMILIES

    docs = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for family, (status, _) in FAMILIES.items():
        assert f"| {status} |" in docs, family
