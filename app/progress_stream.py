"""A long check that says how far it is: lines of JSON while it works, and what came of it as the last one."""

import json
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, Final

import anyio
import structlog
from fastapi.responses import StreamingResponse

from app.errors import CutoffError, Unavailable
from app.watchlists.checks.validate import Progress

MEDIA_TYPE: Final = "application/x-ndjson"
_LOOK_EVERY_S: Final = 0.1
_PLACES: Final = threading.BoundedSemaphore(32)
_WORKERS: Final = ThreadPoolExecutor(2, thread_name_prefix="upload")

Line = dict[str, Any]

log = structlog.get_logger("cutoff.progress")


def with_progress(work: Callable[[Progress], Line], failed: Callable[[Exception], Line]) -> StreamingResponse:
    """Do the work in a thread and answer at once: ``{"done", "total"}`` …, then the line that the work returns.

    ``failed`` makes the last line of an error; one that is no :class:`CutoffError` is a bug, and logged.
    Few work at once, the others wait for their turn.  Raises :class:`Unavailable` where too many wait.
    The work goes on to its end where the caller hangs up, as it would without progress.
    """
    lines: SimpleQueue[tuple[Line, bool]] = SimpleQueue()

    def run() -> None:
        try:
            last = work(lambda done, total: lines.put(({"done": done, "total": total}, False)))
        except Exception as error:  # noqa: BLE001 - nothing may end the answer but its last line
            if not isinstance(error, CutoffError):
                log.error("bug", error=type(error).__name__)  # noqa: TRY400 - as a message may hold a row
            last = failed(error)
        finally:
            _PLACES.release()
        lines.put((last, True))

    if not _PLACES.acquire(blocking=False):
        raise Unavailable("overloaded", "等待读取的文件过多，请稍后重试 / too many files wait: try again")
    _WORKERS.submit(run)
    return StreamingResponse(_written(lines), media_type=MEDIA_TYPE)


async def _written(lines: "SimpleQueue[tuple[Line, bool]]") -> AsyncIterator[str]:
    """Hand the lines on.  It looks again and again, as waiting would hold one of the threads that answer calls."""
    is_last = False
    while not is_last:
        try:
            line, is_last = lines.get_nowait()
        except Empty:
            await anyio.sleep(_LOOK_EVERY_S)
            continue
        yield json.dumps(line, ensure_ascii=False) + "\n"
