"""Under overload a single screening is refused before anything of it is read, whoever asks."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

from starlette.datastructures import State

from app.api.http_protocol import WHOLE_ANSWER
from app.api.screening_endpoint import PATH, ScreeningEndpoint
from app.screening.pipeline import ScreeningPipeline
from app.settings import Settings


def asked(endpoint: ScreeningEndpoint) -> list[tuple[int, dict[bytes, bytes], Any]]:
    """Ask without a key and with no JSON, and return what was answered at once."""
    answers: list[tuple[int, dict[bytes, bytes], Any]] = []

    def send(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        answers.append((status, dict(headers), json.loads(body)))
        return True

    async def unused(*_: Any) -> Any:
        raise AssertionError("nothing is read, and nothing sent in pieces")

    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": []}
    scope |= {"client": ("127.0.0.1", 1), "extensions": {WHOLE_ANSWER: {"send": send}}}

    async def ask() -> bool:
        return endpoint.answer_soon(scope, unused, unused, b"{")

    is_answered = asyncio.run(ask())
    assert is_answered == bool(answers)
    return answers


def endpoint_with(room: int) -> ScreeningEndpoint:
    pipeline = ScreeningPipeline(SimpleNamespace(), SimpleNamespace(), under_way_max=room, of_client_max=1)  # type: ignore[arg-type]
    directory = SimpleNamespace(known=lambda _: None)
    return ScreeningEndpoint(None, State({"settings": Settings(), "pipeline": pipeline, "key_directory": directory}))  # type: ignore[arg-type]


def test_a_full_pipeline_refuses_at_once_and_says_when_to_come_again() -> None:
    ((status, headers, problem),) = asked(endpoint_with(0))
    assert status == 503
    assert int(headers[b"retry-after"]) >= 1
    assert problem["type"].endswith("overloaded")


def test_with_room_whoever_is_unknown_is_left_to_the_declared_route() -> None:
    assert asked(endpoint_with(1)) == []
