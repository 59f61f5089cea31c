"""Signing in with a person's API key or a one-time link, and leaving."""

from typing import Annotated, Final

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.access import sessions
from app.access.records import By, tell
from app.dependencies import OPEN, AppDatabase
from app.errors import Unauthenticated
from app.web import kept_form
from app.web.page import SHORTCUTS_COOKIE, home_of
from app.web.route import STATUSES, is_https, pages
from app.web.visit import Sent, Shown, cookie_name, forget_token, set_token

_KEY_CHARS_MAX: Final = 500
_PLACE_CHARS_MAX: Final = 2_000
_YEAR_S: Final = 366 * 24 * 3600

router = pages()

Place = Annotated[str, Query(max_length=_PLACE_CHARS_MAX)]


@router.get("/login", dependencies=[OPEN])
def login(
    page: Shown,
    database: AppDatabase,
    place: Annotated[str, Query(alias="next", max_length=_PLACE_CHARS_MAX)] = "",
    why: Annotated[str, Query(max_length=40)] = "",
    once: Annotated[str, Query(max_length=_KEY_CHARS_MAX)] = "",
) -> Response:
    """Show the form; of a one-time link, whom it is for, and the button that spends it."""
    holder = None
    if once:
        try:
            with database.read() as session:
                holder = sessions.ticket_holder(session, once)
        except Unauthenticated as error:
            why = error.code
    return page.show("login.html", place=local(place), why=why, holder=holder, ticket=once, failed=None, kept=None)


@router.post("/login", dependencies=[OPEN])
def sign_in(
    request: Request,
    page: Shown,
    database: AppDatabase,
    form: Sent,
    key: Annotated[str, Form(max_length=_KEY_CHARS_MAX)] = "",
    ticket: Annotated[str, Form(max_length=_KEY_CHARS_MAX)] = "",
    place: Annotated[str, Form(alias="next", max_length=_PLACE_CHARS_MAX)] = "",
) -> Response:
    """Open a session, always a new one, and end the one that the browser came with.

    Where the login was in the place of an answer, what was typed is shown with the way back to its form.
    """
    kept = kept_form.carried_by(form)
    try:
        with database.write() as session:
            before = request.cookies.get(cookie_name(request))
            if before:
                sessions.end(session, before)
            opened = sessions.open_by_ticket(session, ticket) if ticket else sessions.open_by_key(session, key)
            who = opened[0]
            by = By(who.subject, who.key_id, "console")
            tell(session, "session.opened", by, who.client, {"by": "ticket" if ticket else "key"})
    except Unauthenticated as error:
        failed = error.code
        return page.show(
            "login.html",
            status=STATUSES[error.family],
            place=local(place),
            why="",
            holder=None,
            ticket="",
            failed=failed,
            kept=kept,
        )
    principal, token = opened
    response: Response = RedirectResponse(local(place) or home_of(principal.role), status_code=303)
    if kept is not None:
        request.state.principal = principal
        response = page.show("kept.html", kept=kept, returning=kept_form.RETURNING, home=home_of(principal.role))
    set_token(request, response, token)
    return response


@router.post("/logout", dependencies=[OPEN])
def leave(request: Request, database: AppDatabase) -> Response:
    """End the session."""
    token = request.cookies.get(cookie_name(request))
    if token:
        with database.write() as session:
            sessions.end(session, token)
    response = RedirectResponse("/login?why=left", status_code=303)
    forget_token(request, response)
    return response


@router.get("/shortcuts", dependencies=[OPEN])
def shortcuts(page: Shown) -> Response:
    """Show the keys, and the switch that turns them off."""
    return page.show("shortcuts.html")


@router.post("/shortcuts", dependencies=[OPEN])
def switch_shortcuts(request: Request, on: Annotated[str, Form(max_length=5)] = "on") -> Response:
    """Turn single-key shortcuts on or off in this browser."""
    response = RedirectResponse("/shortcuts", status_code=303)
    value = "off" if on == "off" else "on"
    response.set_cookie(
        SHORTCUTS_COOKIE, value, max_age=_YEAR_S, httponly=True, samesite="lax", secure=is_https(request)
    )
    return response


def local(place: str) -> str:
    """Return a place of this console, nothing for any other: a login never leads to another site."""
    is_path = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if is_path and "\\" not in place and not place.startswith(("/login", "/logout")) else ""
