"""Every value that a described call takes, and requests in which one of them is what an attacker likes.

It reads the OpenAPI document, so that a new route is tried without being named anywhere.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Pointer = tuple[str | int, ...]
_PARAMETER = re.compile(r"\{(\w+)\}")
_METHODS = ("get", "post", "put", "patch", "delete")
KEY = "*"
"""In a pointer: the key of an object whose keys are free."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One value of a call: where it is sent, its pointer there, and what the description says of it."""

    method: str
    path: str
    where: str
    pointer: Pointer
    schema: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.where} {'/'.join(map(str, self.pointer))}"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as a client sends it."""

    method: str
    url: str
    more: Mapping[str, Any]


class Described:
    """The calls of an OpenAPI document; ``known`` are values of path parameters that exist, by their names."""

    def __init__(self, document: Mapping[str, Any], known: Mapping[str, str]) -> None:
        self.document, self.known = document, known
        self.operations: dict[tuple[str, str], Mapping[str, Any]] = {
            (method.upper(), path): operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method in _METHODS
        }

    def places(self, method: str, path: str) -> list[Place]:
        """Return all values of a call."""
        operation = self.operations[method, path]
        found = [
            Place(method=method, path=path, where=one["in"], pointer=(one["name"],), schema=one["schema"])
            for one in operation.get("parameters", ())
        ]
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            where = "form" if media_type.startswith("multipart/") else "body"
            found += [
                Place(method=method, path=path, where=where, pointer=pointer, schema=schema)
                for pointer, schema in self._leaves(content["schema"], self._base(content))
                if schema.get("format") != "binary" and "contentMediaType" not in schema
            ]
        return found

    def call(self, place: Place, value: Any) -> Call:
        """Return a request that is right but for one value."""
        operation = self.operations[place.method, place.path]
        given = {str(place.pointer[0]): value} if place.where == "path" else {}
        url = self.url(place.path, given)
        if place.where == "query":
            url += f"?{place.pointer[0]}={quoted(value)}"
        headers: dict[str, Any] = {str(place.pointer[0]): _header(value)} if place.where == "header" else {}
        content = self._content(operation, place, value, headers)
        return Call(method=place.method, url=url, more={"headers": headers, **content})

    def url(self, path: str, given: Mapping[str, Any]) -> str:
        """Return a path with its parameters: the given ones, for all others those that exist."""
        return _PARAMETER.sub(lambda found: quoted(given.get(found[1], self.known[found[1]])), path)

    def kinds(self, place: Place) -> list[str]:
        """Return the JSON types that a place takes."""
        return [one.get("type", "string") for one in self._branches(place.schema)]

    def longest(self, place: Place) -> int | None:
        """Return how many characters a place takes, None where the description does not say."""
        return max((one["maxLength"] for one in self._branches(place.schema) if "maxLength" in one), default=None)

    def _content(
        self, operation: Mapping[str, Any], place: Place, value: Any, headers: dict[str, Any]
    ) -> dict[str, Any]:
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if media_type.startswith("multipart/"):
                return _form(place, value)
            body = self._base(content)
            if place.where == "body":
                body = _put(body, place.pointer, value)
            headers["Content-Type"] = "application/json"
            return {"content": json.dumps(body).encode()}
        return {}

    def _base(self, content: Mapping[str, Any]) -> Any:
        """Return a body that is right: the example of the description, with what it leaves out."""
        example = next((one["value"] for one in content.get("examples", {}).values()), None)
        return copy.deepcopy(example) if example is not None else self._filled(content["schema"])

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow the references of a schema."""
        while "$ref" in schema:
            found: Any = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _branches(self, schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        schema = self.resolved(schema)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if not choices:
            return [schema]
        return [one for choice in choices for one in self._branches(choice) if one.get("type") != "null"]

    def _filled(self, schema: Mapping[str, Any]) -> Any:
        """Return a right value, objects with what they need."""
        (schema, *_) = self._branches(schema) or [schema]
        if schema.get("examples"):
            return copy.deepcopy(schema["examples"][0])
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            needed = schema.get("required", ())
            return {name: self._filled(one) for name, one in schema.get("properties", {}).items() if name in needed}
        if kind == "array":
            return [self._filled(schema["items"])] if schema.get("minItems") else []
        return self._simple(schema)

    def _simple(self, schema: Mapping[str, Any]) -> Any:
        (schema, *_) = self._branches(schema) or [schema]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") in {"integer", "number"}:
            return max(1, int(schema.get("minimum", 1)))
        if schema.get("type") == "boolean":
            return False
        if schema.get("type") == "array":
            return self._simple(schema["items"])
        return {"date": "2017-07-01", "date-time": "2017-07-01T00:00:00+08:00"}.get(schema.get("format", ""), "示例")

    def _leaves(self, schema: Mapping[str, Any], base: Any) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
        """Yield all that a body may have: what the schema names, and what the example shows beside it."""
        seen = set()
        for pointer, leaf in (*self._of_schema(schema), *_of_value(base)):
            if pointer not in seen:
                seen.add(pointer)
                yield pointer, leaf

    def _of_schema(self, schema: Mapping[str, Any]) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
        for one in self._branches(schema):
            if "properties" in one:
                for name, inner in one["properties"].items():
                    yield from (((name, *rest), leaf) for rest, leaf in self._of_schema(inner))
            elif one.get("type") == "object":
                yield (KEY,), {"type": "string"}
                inner = one.get("additionalProperties")
                if isinstance(inner, Mapping):
                    yield from ((("示例", *rest), leaf) for rest, leaf in self._of_schema(inner))
            elif one.get("type") == "array":
                yield from (((0, *rest), leaf) for rest, leaf in self._of_schema(one["items"]))
            else:
                yield (), one


def _of_value(value: Any) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from (((name, *rest), leaf) for rest, leaf in _of_value(inner))
    elif isinstance(value, list):
        for place, inner in enumerate(value[:1]):
            yield from (((place, *rest), leaf) for rest, leaf in _of_value(inner))
    else:
        yield (), {"type": "string"}


def _put(body: Any, pointer: Pointer, value: Any) -> Any:
    if not pointer:
        return value
    first, *rest = pointer
    if first == KEY:
        return {**(body if isinstance(body, dict) else {}), str(value): 1}
    if isinstance(first, int):
        items = list(body) if isinstance(body, list) else []
        return [_put(items[0] if items else None, tuple(rest), value), *items[1:]]
    whole = dict(body) if isinstance(body, dict) else {}
    whole[first] = _put(whole.get(first), tuple(rest), value)
    return whole


def _form(place: Place, value: Any) -> dict[str, Any]:
    data = {str(place.pointer[0]): _text(value)} if place.where == "form" else {}
    file = ("样.csv", "name,C-1\n示例公司,C-2\n".encode(), "text/csv")
    return {"data": data, "files": {"file": file}}


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


def _header(value: Any) -> bytes:
    return _text(value).encode().replace(b"\n", b" ").replace(b"\r", b" ").replace(b"\x00", b" ")


def quoted(value: Any) -> str:
    """Return a value as it stands in an address."""
    text = value if isinstance(value, str) else json.dumps(value)
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
