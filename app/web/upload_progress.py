"""A long check of an uploaded file that says how far it is, for the script of our own form.

The script asks for :data:`MEDIA_TYPE`; it gets one line of JSON after another, ``{"done", "total"}`` while rows are
checked and at the end ``{"location"}`` or ``{"page"}``.  A browser without scripts gets the answer itself.
"""

import json
import threading
from collections.abc import AsyncIterator, Callable
from queue import Empty, SimpleQueue
from typing import Any, Final

import anyio
import structlog
from fastapi import Response
from fastapi.responses import StreamingResponse

from app.errors import CutoffError, Unavailable
from app.watchlists.checks.validate import Progress, no_progress
from app.web.page import Page
from app.web.route import STATUSES

MEDIA_TYPE: Final = "application/x-ndjson"
_LOOK_EVERY_S: Final = 0.1
_HEADERS: Final = {"Cache-Control": "no-store"}

log = structlog.get_logger("cutoff.web")


def answered(page: Page, work: Callable[[Progress], Response]) -> Response:
    """Do the work, and say how far it is where the browser asks for that.

    With progress it goes on in a thread of its own, to its end where the browser hangs up, as it would without.
    """
    if MEDIA_TYPE not in page.request.headers.get("accept", ""):
        return work(no_progress)
    lines: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def run() -> None:
        try:
            response = work(lambda done, total: lines.put({"done": done, "total": total}))
        except CutoffError as error:
            response = page.error(error, STATUSES[error.family])
        except Exception as error:  # noqa: BLE001 - nothing may end the answer but its last line
            log.error("bug", error=type(error).__name__)  # noqa: TRY400 - as a message may hold a row
            response = page.error(Unavailable("internal", page.texts("error.internal")), 500)
        location = response.headers.get("location")
        lines.put({"location": location} if location else {"page": page.text_of(response)})

    threading.Thread(target=run, name="upload", daemon=True).start()
    return StreamingResponse(_lines(lines), media_type=MEDIA_TYPE, headers=_HEADERS)


async def _lines(lines: "SimpleQueue[dict[str, Any]]") -> AsyncIterator[str]:
    """Hand the lines on.  It looks again and again, as waiting would hold one of the threads that answer calls."""
    while True:
        try:
            line = lines.get_nowait()
        except Empty:
            await anyio.sleep(_LOOK_EVERY_S)
            continue
        yield json.dumps(line, ensure_ascii=False) + "\n"
        if "done" not in line:
            return
