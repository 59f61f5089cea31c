"""Calls that read files wait for each other and for nobody else."""

import threading
from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest
from event_loop import run_apart
from fastapi.routing import APIRoute

from app.dependencies import OPEN, routes, takes_files
from app.errors import Unavailable


def _route(function: Callable[[], str]) -> Callable[[], object]:
    router = routes()
    router.get("/x", dependencies=[OPEN])(function)
    route = router.routes[0]
    assert isinstance(route, APIRoute)
    return route.endpoint


def test_files_leave_the_threads_of_other_calls_alone() -> None:
    go_on = threading.Event()
    most, running, lock = 0, 0, threading.Lock()

    @takes_files
    def slow() -> str:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(30)
        with lock:
            running -= 1
        return "read"

    read = _route(slow)
    refused: list[str] = []

    async def call() -> None:
        try:
            assert await read() == "read"  # type: ignore[misc]  # a coroutine, as it is marked
        except Unavailable as error:
            refused.append(error.code)

    async def main() -> None:
        anyio.to_thread.current_default_thread_limiter().total_tokens = 2
        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(call)
            with anyio.fail_after(20):
                while len(refused) < 15 or running < 3:  # noqa: ASYNC110 - threads set these
                    await anyio.sleep(0.01)
            # All of these are under way or wait, and another call finds a thread at once.
            with anyio.fail_after(10):
                assert await anyio.to_thread.run_sync(lambda: "other") == "other"
            go_on.set()

    run_apart(main())
    assert most == 3
    assert running == 0
    assert refused == ["overloaded"] * 15


def test_an_unmarked_function_stays_as_it_is() -> None:
    def plain() -> str:
        return "plain"

    assert _route(plain)() == "plain"
    with pytest.raises(AttributeError):
        plain.__takes_files__  # type: ignore[attr-defined]  # noqa: B018
