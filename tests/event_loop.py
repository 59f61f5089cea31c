"""Coroutines of tests, in an event loop of a thread of their own.

A browser that Playwright drives in the same process holds the event loop of the main thread until it is closed;
``asyncio.run`` there fails with "cannot be called from a running event loop", in whichever test comes after it.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Returned = TypeVar("Returned")


def run_apart(coroutine: Coroutine[Any, Any, Returned], timeout_s: float = 60) -> Returned:
    """Run a coroutine to its end and return what it returns.  Raises ``TimeoutError`` past ``timeout_s`` seconds."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, asyncio.wait_for(coroutine, timeout_s)).result()
