"""What a page may ask for: who is there by the session's cookie, and whether that role may.

Every page names its roles with :func:`allow`, as routes of the API do, or that it is ``OPEN``.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from app import clock
from app.access import Principal, Role, keys, sessions
from app.access.rate import RateLimit
from app.access.sessions import Lifetime
from app.db import ReadSession
from app.dependencies import Allowed, AppDatabase, AppSettings
from app.errors import Forbidden, Unauthenticated
from app.web.page import Page
from app.web.route import is_https

_SECURE_COOKIE: Final = "__Host-cutoff"
_PLAIN_COOKIE: Final = "cutoff"
AGAIN_WITHIN: Final = timedelta(minutes=5)
"""How long ago somebody may have given their credentials to their identity provider when they decide."""


def cookie_name(request: Request) -> str:
    """Return the cookie's name: bound to host and HTTPS where there is HTTPS."""
    return _SECURE_COOKIE if is_https(request) else _PLAIN_COOKIE


def set_token(request: Request, response: Response, token: str) -> None:
    """Give a session's token to the browser, until it is closed."""
    response.set_cookie(cookie_name(request), token, path="/", httponly=True, samesite="lax", secure=is_https(request))


def forget_token(request: Request, response: Response) -> None:
    """Take the token back."""
    response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="lax", secure=is_https(request))


async def page_of(request: Request) -> Page:
    """Return the page that the request is for."""
    page: Page = request.state.page
    return page


Shown = Annotated[Page, Depends(page_of)]
"""The page on its way."""


def visitor(request: Request, database: AppDatabase, settings: AppSettings) -> Principal:
    """Return who is there.  Raises ``Unauthenticated``, and ``TooMany`` past the key's rate."""
    token = request.cookies.get(cookie_name(request))
    if not token:
        raise Unauthenticated("session-missing", "请登录 / please sign in")
    with database.read() as session:
        found = sessions.visit(session, token, Lifetime(settings.session_idle_s, settings.session_max_s))
    if found.is_due:
        with database.write() as session:
            sessions.note_seen(session, found.token_sha256)
    request.state.principal = found.principal
    request.state.key_id = found.principal.key_id
    limit: RateLimit = request.app.state.rate_limit
    limit.take(found.principal.key_id)
    return found.principal


Visitor = Annotated[Principal, Depends(visitor)]
"""Who is there."""


async def _form(request: Request) -> AsyncIterator[FormData]:
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(_form, scope="function")]
"""The form that was sent."""


class Admitted:
    """The roles that a page lets in; called by FastAPI with who is there."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, caller: Visitor) -> None:
        """Raise :class:`Forbidden` where the role is none of these, or the key is for some calls only."""
        Allowed(self.roles).require_role(caller)
        if caller.scopes is not None:
            raise Forbidden(
                "out-of-scope", "限定范围的密钥不能用于控制台 / a key with scopes does not open the console"
            )


def allow(first: Role, *others: Role) -> Any:  # noqa: ANN401 - FastAPI's marker has no public type
    """Let these roles in; for ``dependencies=[…]`` of a page."""
    return Depends(Admitted(frozenset((first, *others))))


def sees(principal: Principal) -> str | None:
    """Return the client whose records the person sees; None where they see those of all."""
    return None if principal.sees_all_clients else principal.client


def same_person_again(session: ReadSession, principal: Principal, key: str) -> None:
    """Check that whoever decides is who signed in: they give their key once more, in the very form.

    Somebody of an identity provider has no key: they must have given their credentials there just before.  Raises
    :class:`Forbidden` where the key is none, or another person's, or where that is too long ago.
    """
    if principal.authenticated_at is not None:
        if clock.now() - principal.authenticated_at > AGAIN_WITHIN:
            raise Forbidden(
                "sign-in-again",
                "请先重新登录以确认本人（/login/oidc?again=1） / sign in again first: /login/oidc?again=1",
            )
        return
    if not key.strip():
        raise Forbidden(
            "not-yourself", "请再次输入您的密钥以确认本人，未作改动 / give your key once more: nothing was changed"
        )
    try:
        again = keys.authenticate(session, key.strip())
    except Unauthenticated as error:
        raise Forbidden("not-yourself", "密钥不对，未作改动 / the key is wrong: nothing was changed") from error
    if again.subject != principal.subject or again.role is not principal.role:
        raise Forbidden("not-yourself", "不是本人的密钥，未作改动 / that is another's key: nothing was changed")
