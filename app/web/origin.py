"""Whether a request that changes something comes from our own pages: by ``Sec-Fetch-Site``, else by ``Origin``.

No tokens: a browser writes both headers itself and no page can forge them.  A proxy must pass them on.
"""

from urllib.parse import urlsplit

from starlette.requests import Request

from app.errors import Forbidden

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def check(request: Request) -> None:
    """Raise :class:`Forbidden` for a change that another site, or nobody we can tell, asks for."""
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site == "same-origin":
            return
    elif _is_own(request, request.headers.get("origin", "")):
        return
    raise Forbidden(
        "foreign-origin", "请求不是来自本系统的页面 / the request does not come from a page of this console"
    )


def _is_own(request: Request, origin: str) -> bool:
    parts = urlsplit(origin)
    secure_enough = parts.scheme == "https" or (parts.scheme == "http" and request.url.scheme == "http")
    return secure_enough and bool(parts.netloc) and parts.netloc == request.headers.get("host")
