"""Signing in through the bank's identity provider: the code flow of OpenID Connect, with PKCE, state and nonce."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from app import clock
from app.access import identities, sessions
from app.access.oidc import Identity, NotAdmitted, Oidc, SignIn
from app.access.records import By, tell
from app.dependencies import OPEN, AppDatabase, note_sign_in_refused
from app.errors import NotFound, Unauthenticated
from app.web.login import Place, local
from app.web.page import home_of
from app.web.route import is_https, pages
from app.web.visit import cookie_name, set_token

_CALLBACK: Final = "/login/oidc/callback"
_LASTS_S: Final = 600
_AGAIN: Final = "again"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER: Final = timedelta(seconds=60)
_SIGN_IN_CHARS_MAX: Final = 4_000

router = pages()

Text = Annotated[str, Query(max_length=_SIGN_IN_CHARS_MAX)]


def _oidc(request: Request) -> Oidc:
    found: Oidc | None = getattr(request.app.state, "oidc", None)
    if found is None or found.rules.client_id is None:
        raise NotFound("not-found", "未配置身份提供方 / no identity provider is set up for the console")
    return found


@router.get("/login/oidc", dependencies=[OPEN])
def begin(
    request: Request,
    place: Annotated[Place, Query(alias="next")] = "",
    again: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """Send the browser to the identity provider; ``again=1`` makes it ask for the credentials once more."""
    sign_in = SignIn.new()
    address = _oidc(request).sign_in_address(sign_in, _redirect(request), again=bool(again))
    response = RedirectResponse(address, status_code=303)
    began = int(clock.now().timestamp())
    value = f"{sign_in.secret}.{began}.{_AGAIN if again else ''}.{local(place).encode().hex()}"
    response.set_cookie(
        _cookie(request), value, max_age=_LASTS_S, path="/", httponly=True, samesite="lax", secure=is_https(request)
    )
    return response


@router.get(_CALLBACK, dependencies=[OPEN])
def come_back(request: Request, database: AppDatabase, code: Text = "", state: Text = "") -> Response:
    """Open a session for whoever comes back from the identity provider with a code of this very browser."""
    oidc = _oidc(request)
    parts = request.cookies.get(_cookie(request), "").split(".")
    if len(parts) != 4 or not parts[1].isdecimal():  # noqa: PLR2004 - as :func:`begin` writes it
        return _failed(request)
    sign_in, began, is_again = SignIn(parts[0]), int(parts[1][:12]), parts[2] == _AGAIN
    if not code or not hmac.compare_digest(state.encode(), sign_in.state.encode()):
        return _failed(request)
    failures = request.app.state.failure_limit
    address = f"sign-in:{request.client.host if request.client else ''}"
    failures.require(address)
    identity: Identity | None = None
    try:
        identity = oidc.signed_in(sign_in, code, _redirect(request))
        proved_at = _proved_at(identity, began, is_again=is_again)
        key = identities.key_of(database, identity, default_client=oidc.rules.client)
    except (Unauthenticated, NotAdmitted) as error:
        failures.take(address)
        subject = error.subject if isinstance(error, NotAdmitted) else identity.subject if identity else None
        note_sign_in_refused(request.app.state, error.code, subject, via="console")
        if isinstance(error, NotAdmitted):
            raise
        return _failed(request, "key-revoked" if error.code == "key-revoked" else "sign-in-failed")
    with database.write() as session:
        before = request.cookies.get(cookie_name(request))
        if before:
            sessions.end(session, before)
        principal, token = sessions.open_by_issuer(session, key.id, proved_at)
        tell(session, "session.opened", By(principal.subject, key.id, "console"), principal.client, {"by": "oidc"})
    place = _place(parts[3])
    response = RedirectResponse(place or home_of(principal.role), status_code=303)
    set_token(request, response, token)
    _forget(request, response)
    return response


def _proved_at(identity: Identity, began: int, *, is_again: bool) -> datetime:
    """Return when somebody gave their credentials, long ago where the issuer does not say it.

    Raises :class:`Unauthenticated` where they were to be asked for once more and were not.
    """
    proved_at = identity.authenticated_at or _LONG_AGO
    if is_again and proved_at < datetime.fromtimestamp(began, tz=UTC) - _CLOCKS_DIFFER:
        raise Unauthenticated("sign-in-failed", "身份提供方没有重新核验 / the issuer did not ask once more")
    return proved_at


def _place(text: str) -> str:
    try:
        return local(bytes.fromhex(text).decode())
    except ValueError:
        return ""


def _failed(request: Request, why: str = "sign-in-failed") -> Response:
    response = RedirectResponse(f"/login?why={why}", status_code=303)
    _forget(request, response)
    return response


def _forget(request: Request, response: Any) -> None:  # noqa: ANN401 - Starlette's, whose class is of no matter
    response.delete_cookie(_cookie(request), path="/", httponly=True, samesite="lax", secure=is_https(request))


def _cookie(request: Request) -> str:
    return f"{cookie_name(request)}-sign-in"


def _redirect(request: Request) -> str:
    return str(request.base_url).rstrip("/") + _CALLBACK
