"""The console's own files: style sheets and scripts, some of them of others (``static/vendor/manifest.json``).

The address of a file holds the digest of its content, so that a browser may keep it for ever.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from app.dependencies import OPEN
from app.errors import NotFound

_FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_DIGEST_CHARS: Final = 16

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, as it is and packed."""

    content: bytes
    packed: bytes
    media_type: str
    digest: str


@cache
def files() -> dict[str, StaticFile]:
    """Return every file that is served, by its path below ``static/``."""
    found = {}
    for path in sorted(_FOLDER.rglob("*")):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:_DIGEST_CHARS]
            name = path.relative_to(_FOLDER).as_posix()
            found[name] = StaticFile(content, gzip.compress(content, mtime=0), _TYPES[path.suffix], digest)
    return found


def address(name: str) -> str:
    """Return where a file is served.  Raises ``KeyError`` for one that is none."""
    return f"/static/{files()[name].digest}/{name}"


@router.get("/static/{digest}/{name:path}", dependencies=[OPEN])
def static_file(digest: str, name: str, request: Request) -> Response:
    """Return a file, by its path and digest."""
    file = files().get(name)
    if file is None or file.digest != digest:
        raise NotFound("file-not-found", "没有此文件 / there is no such file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)
