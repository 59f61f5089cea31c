"""A long call that tells how far it is, with ``{"status", "location", "body"}`` of its answer as the last line."""

import json
from collections.abc import Callable

from fastapi import Response

from app.api.problems import FAMILIES, INTERNAL_TITLE, problem_body
from app.errors import CutoffError
from app.progress_stream import Line, with_progress
from app.watchlists.checks.validate import Progress


def answered_by_lines(work: Callable[[Progress], Response]) -> Response:
    """Do the work in a thread and answer at once.  Raises :class:`Unavailable` where too many wait."""
    return with_progress(lambda progress: _line_of(work(progress)), _failed)


def _line_of(response: Response) -> Line:
    return _line(response.status_code, bytes(response.body), response.headers.get("location"))


def _failed(error: Exception) -> Line:
    if isinstance(error, CutoffError):
        status, title = FAMILIES[error.family]
        return _line(status, problem_body(status, error.code, title, error.message, faults=error.faults))
    return _line(500, problem_body(500, "internal", INTERNAL_TITLE, "内部错误，未导入 / an internal error"))


def _line(status: int, body: bytes, location: str | None = None) -> Line:
    return {"status": status, "location": location, "body": json.loads(body)}
