"""Answers of the API are compressed where the caller says so (``Accept-Encoding: gzip``)."""

from typing import Final

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_BYTES_MIN: Final = 2048
_LEVEL: Final = 4
# Lines of progress would wait in the compressor until enough of them have come.
_LINE_BY_LINE: Final = ("application/x-ndjson",)


class ApiGzip:
    """Compress what lies under ``/v1`` and the description.

    Pages are left alone: they have secrets (tokens of forms) beside what a visitor wrote, whose length compression
    would tell.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.packed = GZipMiddleware(
            app, _BYTES_MIN, _LEVEL, exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, *_LINE_BY_LINE)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_api = scope["type"] == "http" and scope["path"].startswith(("/v1/", "/openapi.json"))
        await (self.packed if is_api else self.app)(scope, receive, send)
