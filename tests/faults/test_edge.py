"""The edge: an answer in time even where none comes, and none of two answers."""

import asyncio
import json
import re
from typing import Any

import pytest
from event_loop import run_apart

from app.api.middleware import BodyLimit, RequestMiddleware


def ask(
    app: Any, method: str = "GET", path: str = "/", body: bytes = b"", **options: Any
) -> tuple[int, Any, list[Any]]:
    """Send one request through the edge and return status, headers and every message that was sent."""
    sent: list[Any] = []
    scope = {"type": "http", "method": method, "path": path, "headers": [], "client": ("127.0.0.1", 1), "state": {}}

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await RequestMiddleware(app, **{"timeout_s": 5, "body_bytes_max": 100, **options})(scope, receive, send)
        await asyncio.sleep(0.3)

    run_apart(run())
    return sent[0]["status"], dict(sent[0]["headers"]), sent


async def answer(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"late"})


async def slow(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.2)
    await answer(scope, receive, send)


async def slow_stream(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.sleep(0.2)
    await send({"type": "http.response.body", "body": b"end"})


def test_past_the_time_limit_it_is_503_and_the_late_answer_goes_nowhere() -> None:
    status, headers, sent = ask(slow, timeout_s=0.05)
    assert (status, headers[b"retry-after"]) == (503, b"2")
    assert len(sent) == 2
    assert json.loads(sent[1]["body"])["type"] == "urn:cutoff:problem:timeout"


def test_an_answer_that_has_begun_may_take_longer() -> None:
    status, _, sent = ask(slow_stream, timeout_s=0.05)
    assert (status, sent[-1]["body"]) == (200, b"end")


@pytest.mark.parametrize("starts", [0, 1])
def test_a_bug_before_anything_left_is_500(starts: int) -> None:
    async def broken(_scope: Any, _receive: Any, send: Any) -> None:
        for _ in range(starts):
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("secret")

    status, _, sent = ask(broken)
    assert status == 500
    assert len(sent) == 2
    assert b"secret" not in sent[1]["body"]


def test_behind_a_bug_in_the_middle_of_an_answer_comes_nothing_more() -> None:
    async def breaks(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("secret")

    assert [message.get("body") for message in ask(breaks)[2]] == [None, b"half"]


def test_every_answer_has_its_id_and_safe_headers() -> None:
    _, headers, _ = ask(answer)
    assert re.fullmatch(rb"[0-9a-f]{32}", headers[b"x-request-id"])
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"cache-control"] == b"no-store"
    assert b"default-src 'none'" in headers[b"content-security-policy"]


@pytest.mark.parametrize(("path", "size", "read_bytes"), [("/up", 500, [500]), ("/up", 501, []), ("/", 101, [])])
def test_a_path_may_have_a_larger_body(path: str, size: int, read_bytes: list[int]) -> None:
    read: list[int] = []

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        read.append(len((await receive())["body"]))
        await answer(scope, receive, send)

    ask(reads, "POST", path, b"x" * size, larger=(BodyLimit("POST", re.compile("/up"), 500),))
    assert read == read_bytes


def test_a_coroutine_runs_while_the_thread_has_a_loop_that_runs() -> None:
    """As it has after the first test with a browser in the same process."""

    async def holding() -> int:
        return ask(answer)[0]

    assert run_apart(holding()) == 200
