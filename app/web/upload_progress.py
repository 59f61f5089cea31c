"""A long check of an uploaded file that says how far it is, for the script of our own form.

The script asks for lines of JSON and gets ``{"location"}`` or ``{"page"}`` as the last one.  A browser without scripts
gets the answer itself.
"""

from collections.abc import Callable

from fastapi import Response

from app.errors import CutoffError, Unavailable
from app.progress_stream import MEDIA_TYPE, Line, with_progress
from app.watchlists.checks.validate import Progress, no_progress
from app.web.page import Page
from app.web.route import STATUSES


def answered(page: Page, work: Callable[[Progress], Response]) -> Response:
    """Do the work, and say how far it is where the browser asks for that.  Raises :class:`Unavailable`."""
    if MEDIA_TYPE not in page.request.headers.get("accept", ""):
        return work(no_progress)

    def line_of(response: Response) -> Line:
        location = response.headers.get("location")
        return {"location": location} if location else {"page": page.text_of(response)}

    def failed(error: Exception) -> Line:
        if isinstance(error, CutoffError):
            return line_of(page.error(error, STATUSES[error.family]))
        return line_of(page.error(Unavailable("internal", page.texts("error.internal")), 500))

    return with_progress(lambda progress: line_of(work(progress)), failed)
