"""The OpenAPI description: English operation ids and tags, and a description of every field and parameter.

What a field means is written once for all places that have it, in ``data/fields.tsv``, in Chinese and English;
``Schema.field`` there holds for one schema only.  What the program says beside it in English takes the place of the
English words.  ``data/examples.json`` has requests that can be sent as they are, by schema.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

_FIELDS: Final = Path(__file__).parent / "data" / "fields.tsv"
_EXAMPLES: Final = Path(__file__).parent / "data" / "examples.json"
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_BODY_OF: Final = re.compile(r"Body_(\w+)")

TAGS: Final[list[dict[str, Any]]] = [
    {"name": "screenings", "description": "筛查与记录 / Screenings and their records"},
    {"name": "rules", "description": "规则 / The decision table, version by version"},
    {"name": "entities", "description": "名单主体 / Listed entities"},
    {"name": "lists", "description": "名单 / Lists and their versions"},
    {"name": "jobs", "description": "批量任务 / Files of counterparties"},
    {"name": "counterparties", "description": "监测中的交易对手 / The book under watch"},
    {"name": "monitoring", "description": "监测 / Coverage and changes of the book"},
    {"name": "alerts", "description": "预警 / Alerts and suppressions"},
    {"name": "events", "description": "事件 / What a client is to be told"},
    {"name": "sweeps", "description": "专项排查 / Sweeps of whole books"},
    {"name": "webhooks", "description": "推送 / Webhooks and their deliveries"},
    {"name": "audit", "description": "审计 / The tamper-evident record"},
    {"name": "access", "description": "密钥与客户系统 / Keys and client systems"},
    {"name": "operation", "description": "运行 / Operation"},
]


def operation_id(route: APIRoute) -> str:
    """Return the id of a call: its tag and the name of its function, such as ``screenings_screen``."""
    return "_".join([str(tag) for tag in route.tags] + [route.name.rstrip("_")])


def complete(app: FastAPI) -> None:
    """Let the application's description say what every field and parameter means."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            _name_forms(schema)
            for place, name, holder in _places(schema):
                holder["description"] = _described(place, name, holder.get("description"))
            for name, example in json.loads(_EXAMPLES.read_text(encoding="utf-8")).items():
                schema["components"]["schemas"][name]["examples"] = [example]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the way that FastAPI documents


def _name_forms(schema: dict[str, Any]) -> None:
    """Give the forms of uploads names of their own rather than those that are made of the call's id."""
    parts = schema["components"]["schemas"]
    renamed = {name: f"{_camel(found[1])}Form" for name in parts if (found := _BODY_OF.fullmatch(name))}
    for old, new in renamed.items():
        parts[new] = parts.pop(old) | {"title": new}
    for node in _nodes(schema):
        target = str(node.get("$ref", "")).rpartition("/")[2]
        if target in renamed:
            node["$ref"] = f"#/components/schemas/{renamed[target]}"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _places(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, part in schema["components"]["schemas"].items():
        for field, holder in part.get("properties", {}).items():
            yield name, field, holder
    for path in schema["paths"].values():
        for call in path.values():
            for parameter in call.get("parameters", ()):
                yield "", parameter["name"], parameter


def _described(place: str, name: str, said: str | None) -> str:
    if said and _HAN.search(said):
        return said
    chinese, english = meanings().get(f"{place}.{name}") or meanings().get(name, ("", name))
    return f"{chinese} / {said or english}" if chinese else said or english


@cache
def meanings() -> Mapping[str, tuple[str, str]]:
    """Return what fields mean, by name: in Chinese and in English."""
    with _FIELDS.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {name: (chinese, english) for name, chinese, english in rows}
