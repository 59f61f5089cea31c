"""``/docs``: Swagger UI from our own files, so that it works where nothing outside can be reached."""

import gzip
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.dependencies import OPEN

_STATIC: Final = Path(__file__).parent / "static"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cutoff API 接口说明</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/docs.js"></script>
</body>
</html>
"""
_FILES: Final = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
}

router = APIRouter(include_in_schema=False)


@router.get("/docs", dependencies=[OPEN], response_class=HTMLResponse)
def page() -> HTMLResponse:
    """Return the page that shows the API's description."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


def _file(name: str, request: Request) -> Response:
    headers = {"Cache-Control": "max-age=86400"}
    packed = _packed(name)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=_FILES[name], headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type=_FILES[name], headers=headers)


@cache
def _packed(name: str) -> bytes:
    packed = _STATIC / f"{name}.gz"
    return packed.read_bytes() if packed.exists() else gzip.compress((_STATIC / name).read_bytes(), mtime=0)


@router.get("/docs/swagger-ui.css", dependencies=[OPEN])
def style(request: Request) -> Response:
    """Return Swagger UI's style sheet."""
    return _file("swagger-ui.css", request)


@router.get("/docs/swagger-ui-bundle.js", dependencies=[OPEN])
def bundle(request: Request) -> Response:
    """Return Swagger UI."""
    return _file("swagger-ui-bundle.js", request)


@router.get("/docs/docs.js", dependencies=[OPEN])
def start(request: Request) -> Response:
    """Return what starts it."""
    return _file("docs.js", request)
