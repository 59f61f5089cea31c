"""A long call that tells how far it is: lines of JSON while it works, and its answer as the last one."""

import json
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, Final

import anyio
import structlog
from fastapi import Response
from fastapi.responses import StreamingResponse

from app.api.problems import FAMILIES, INTERNAL_TITLE, problem_body
from app.errors import CutoffError, Unavailable
from app.watchlists.checks.validate import Progress

MEDIA_TYPE: Final = "application/x-ndjson"
_LOOK_EVERY_S: Final = 0.1
_PLACES: Final = threading.BoundedSemaphore(32)
_WORKERS: Final = ThreadPoolExecutor(2, thread_name_prefix="upload")

log = structlog.get_logger("cutoff.api")


def with_progress(work: Callable[[Progress], Response]) -> StreamingResponse:
    """Do the work in a thread and answer at once: ``{"done", "total"}`` …, then ``{"status", "headers", "body"}``.

    Few work at once, the others wait for their turn.  Raises :class:`Unavailable` where too many wait.
    The work goes on to its end where the caller hangs up, as it would without progress.
    """
    lines: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def run() -> None:
        try:
            response = work(lambda done, total: lines.put({"done": done, "total": total}))
            answer = response.status_code, bytes(response.body), response.headers.get("location")
        except CutoffError as error:
            status, title = FAMILIES[error.family]
            answer = status, problem_body(status, error.code, title, error.message, faults=error.faults), None
        except Exception as error:  # noqa: BLE001 - nothing may end the answer but its last line
            log.error("bug", error=type(error).__name__)  # noqa: TRY400 - as a message may hold a row
            answer = 500, problem_body(500, "internal", INTERNAL_TITLE, "内部错误，未导入 / an internal error"), None
        finally:
            _PLACES.release()
        status, body, location = answer
        lines.put({"status": status, "location": location, "body": json.loads(body)})

    if not _PLACES.acquire(blocking=False):
        raise Unavailable("overloaded", "等待读取的文件过多，请稍后重试 / too many files wait: try again")
    _WORKERS.submit(run)
    return StreamingResponse(_lines(lines), media_type=MEDIA_TYPE)


async def _lines(lines: "SimpleQueue[dict[str, Any]]") -> AsyncIterator[str]:
    """Hand the lines on.  It looks again and again, as waiting would hold one of the threads that answer calls."""
    while True:
        try:
            line = lines.get_nowait()
        except Empty:
            await anyio.sleep(_LOOK_EVERY_S)
            continue
        yield json.dumps(line, ensure_ascii=False) + "\n"
        if "status" in line:
            return
