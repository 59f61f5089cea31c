"""The client that asks at an even pace counts the waiting that a slow server causes, and loses no question."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from event_loop import run_apart

from benchmarks.open_loop import Answer, OpenLoop, requests_of, summed

_STALL_S = 0.5
_RATE, _SECONDS = 100.0, 1.0


def asked_of(status: bytes, *, closes: bool = False, stalls: bool = False, connections: int = 4) -> list[Answer]:
    """Ask a server that answers one status, and that once answers nobody for a while."""

    async def run() -> list[Answer]:
        began = 0.0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(length)
                if stalls:
                    await asyncio.sleep(max(0.0, began + _STALL_S - time.monotonic()))
                close = b"connection: close\r\n" if closes else b""
                writer.write(b"HTTP/1.1 " + status + b" X\r\n" + close + b"content-length: 2\r\n\r\n{}")

        async def quiet(*streams: Any) -> None:
            try:
                await serve(*streams)
            except (asyncio.IncompleteReadError, ConnectionError):
                streams[1].close()

        server = await asyncio.start_server(quiet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        requests = requests_of("key", ["福州样本海鲜酒楼有限公司", "示例"])
        loop = OpenLoop(port=port, requests=requests, rate=_RATE, seconds=_SECONDS, connections=connections)
        began = time.monotonic()
        found = await loop.run()
        server.close()
        await asyncio.sleep(0.05)
        return found

    answers: list[Answer] = run_apart(run())
    return answers


def test_whoever_is_due_while_the_server_stalls_has_waited() -> None:
    answers = asked_of(b"200", stalls=True)
    assert len(answers) == _RATE * _SECONDS
    # Four connections hold four questions; all others that fell due meanwhile were not even sent.
    waited = [one for one in answers if one.took_s > _STALL_S / 4]
    assert len(waited) >= _RATE * _STALL_S / 2
    assert all(one.due_s + one.took_s >= _STALL_S * 0.9 for one in answers if one.due_s < _STALL_S / 2)


def test_refusals_and_closed_connections_are_counted() -> None:
    for closes in (False, True):
        found = summed(asked_of(b"429", closes=closes), _SECONDS)
        assert (found["rate"], found["refused"], found["failed"]) == (0, _RATE * _SECONDS, 0)
    assert summed(asked_of(b"500"), _SECONDS)["failed"] == _RATE * _SECONDS


def test_a_connection_that_the_server_has_ended_or_may_just_be_ending_is_not_used() -> None:
    """A server ends those that are idle for long, and a question that is sent there is lost."""
    asked: list[tuple[bytes, float]] = []
    now = time.monotonic()
    closed: list[str] = []

    def unused(*given: Any) -> None:
        pytest.fail(f"asked there: {given}")

    ended = SimpleNamespace(is_closing=True, free_at=now, ask=unused)
    idle = SimpleNamespace(is_closing=False, free_at=now - 4.5, ask=unused)

    def close() -> None:
        closed.append("idle")
        idle.is_closing = True

    idle.close = close
    good = SimpleNamespace(is_closing=False, free_at=now, ask=lambda *given: asked.append(given))
    loop = OpenLoop(port=0, requests=[b"q"], rate=1, seconds=1, connections=0)
    loop._free += [good, idle, ended]  # type: ignore[list-item]
    loop._waiting.append((0, 0.5))
    loop._send()
    assert asked == [(b"q", 0.5)]
    assert closed == ["idle"]
    assert loop._free == []
