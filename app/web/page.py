"""How a template becomes a response: its texts, what is on every page, and the headers of every page."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import State

from app import clock
from app.access import Principal, Role
from app.dependencies import WrongRole, note_refusal
from app.errors import CutoffError, Forbidden
from app.screening.screen import ENGINE_VERSION
from app.web import catalogue, static_files
from app.web.catalogue import Catalogue
from app.web.visible import visible_html, visible_text

LANGUAGE_COOKIE: Final = "cutoff-lang"
SHORTCUTS_COOKIE: Final = "cutoff-shortcuts"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_PACKED_BYTES_MIN: Final = 1_000

_HAN: Final = re.compile("[\u3400-\u9fff]")
_SMALL_LETTER: Final = re.compile("[a-z]")

SCREENING_ROLES: Final = (Role.SCREENER, Role.ANALYST)
RECORD_ROLES: Final = (*SCREENING_ROLES, Role.AUDITOR)
LIST_ROLES: Final = tuple(role for role in Role if role is not Role.ADMIN)
ENTITY_ROLES: Final = (Role.ANALYST, Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR)
SYSTEM_ROLES: Final = tuple(Role)
DRAFT_ROLES: Final = (Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the console: its key in the catalogue, where it begins, and who has it in the menu."""

    key: str
    path: str
    roles: tuple[Role, ...]


SECTIONS: Final = (
    Section("search", "/", LIST_ROLES),
    Section("lists", "/lists", LIST_ROLES),
    Section("bulk", "/bulk", RECORD_ROLES),
    Section("alerts", "/alerts", (Role.ANALYST, Role.AUDITOR)),
    Section("book", "/book", RECORD_ROLES),
    Section("audit", "/audit", (Role.AUDITOR,)),
    Section("system", "/system", SYSTEM_ROLES),
)
"""The menu, in its order."""


def home_of(role: Role) -> str:
    """Return where a person begins."""
    return {
        Role.LIST_MAKER: "/lists",
        Role.LIST_CHECKER: "/lists",
        Role.AUDITOR: "/screenings",
        Role.ADMIN: "/system",
    }.get(role, "/")


@dataclass(frozen=True, slots=True)
class Page:
    """One page on its way: the request, the language, and who is there, if anybody."""

    request: Request
    texts: Catalogue

    @property
    def principal(self) -> Principal | None:
        """Who is there; None before the login."""
        return getattr(self.request.state, "principal", None)

    @property
    def is_partial(self) -> bool:
        """Whether a script asks for a part of the page; going back in history always takes the whole."""
        headers = self.request.headers
        return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"

    @property
    def has_issuer(self) -> bool:
        """Whether people may sign in through an identity provider."""
        oidc = getattr(self.request.app.state, "oidc", None)
        return oidc is not None and oidc.rules.client_id is not None

    def show(self, template: str, *, status: int = 200, section: str | None = None, **context: Any) -> Response:  # noqa: ANN401 - what the template needs
        """Return a page; a refusal that it tells of is recorded, whoever caught it."""
        refused = context.get("error")
        if isinstance(refused, Forbidden):
            note_refusal(self.request, refused)
        text = environment().get_template(template).render(**self._frame(section), **context)
        return self._answer(text, status)

    @staticmethod
    def load_again() -> Response:
        """Have the browser load the whole page again: what a part of it showed the progress of has ended."""
        return Response(headers={"HX-Refresh": "true"})

    def error(self, error: CutoffError, status: int) -> Response:
        """Return the page of an error."""
        return self.show(
            "error.html",
            status=status,
            error=error,
            heading=status_text(self.texts, status),
            allowed=self.texts("comma").join(self.texts(f"role.{role}") for role in error.roles)
            if isinstance(error, WrongRole)
            else "",
            home=home_of(self.principal.role) if self.principal else "/",
        )

    @staticmethod
    def text_of(response: Response) -> str:
        """Return the HTML of a page that this object made."""
        body = bytes(response.body)
        return (gzip.decompress(body) if response.headers.get("content-encoding") == "gzip" else body).decode()

    def said(self, message: str) -> str:
        """Return the half of a bilingual message that is in the language of the page; the whole where it is one."""
        halves = _halves(message)
        return message if halves is None else halves[self.texts.language != "zh"].strip()

    def link(self, **changed: str | None) -> str:
        """Return the address of this very page with other values in its query; None takes one away."""
        query = {**self.request.query_params, **changed}
        kept = {name: value for name, value in query.items() if value}
        return self.request.url.path + (f"?{urlencode(kept)}" if kept else "")

    def _frame(self, section: str | None) -> Mapping[str, Any]:
        principal = self.principal
        state: State = self.request.app.state
        screening_service = getattr(state, "screening_service", None)
        other = next(one for one in catalogue.LANGUAGES if one != self.texts.language)
        return {
            "t": self.texts,
            "page": self,
            "language_tag": catalogue.LANGUAGES[self.texts.language],
            "other_language": other,
            "other_language_tag": catalogue.LANGUAGES[other],
            "principal": principal,
            "section": section,
            "sections": [one for one in SECTIONS if principal is not None and principal.role in one.roles],
            "fresh": _freshness(screening_service, state)
            if principal is not None and screening_service is not None
            else None,
            "rule_version": screening_service.rule_version if screening_service is not None else None,
            "engine_version": ENGINE_VERSION,
            "has_shortcuts": self.request.cookies.get(SHORTCUTS_COOKIE) != "off",
            "request_id": getattr(self.request.state, "request_id", None),
        }

    def _answer(self, text: str, status: int) -> Response:
        body = text.encode("utf-8", "replace")
        headers = {
            "Content-Security-Policy": _POLICY,
            # With "no-referrer" a browser would hide the origin of our own forms, which app.web.origin asks for.
            "Referrer-Policy": "same-origin",
            "Vary": "HX-Request, Cookie, Accept-Encoding",
        }
        if len(body) >= _PACKED_BYTES_MIN and "gzip" in self.request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, compresslevel=5, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Response(body, status_code=status, media_type="text/html; charset=utf-8", headers=headers)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is in force, how long ago that was confirmed (seconds), and what came into force last."""

    lists: int
    age_s: float
    is_stale: bool
    last_code: str | None
    last_version: int | None
    last_at: datetime | None


def _freshness(screening_service: Any, state: State) -> Freshness:  # noqa: ANN401 - the state of an application has no types
    current = screening_service.snapshots.current
    refs = current.snapshot.refs
    last = max(refs, key=lambda ref: ref.activated_at, default=None)
    return Freshness(
        len(refs),
        current.age_s,
        current.age_s > state.settings.freshness_max_s,
        last.code if last else None,
        last.version if last else None,
        last.activated_at if last else None,
    )


def status_text(texts: Catalogue, status: int) -> str:
    """Return the heading of an error page."""
    return texts.texts.get(f"error.{status}", texts("error.500"))


@cache
def environment() -> Environment:
    """Return the templates' environment: everything is escaped, and a name that is not there is an error."""
    made = Environment(
        loader=PackageLoader("app.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "name": visible_html,
        "plain": visible_text,
        "moment": shown_moment,
        "minute": shown_minute,
        "day": shown_day,
        "count": shown_count,
        "size": shown_size,
        "short_hash": shown_hash,
    }
    made.globals["static"] = static_files.address
    return made


def _local(moment: datetime | str) -> datetime:
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed.astimezone(clock.SHANGHAI)


def shown_moment(moment: datetime | str | None) -> str:
    """Return a moment to the second, in Shanghai."""
    return "" if moment is None else _local(moment).strftime("%Y-%m-%d %H:%M:%S")


def shown_minute(moment: datetime | str | None) -> str:
    """Return a moment to the minute, in Shanghai."""
    return "" if moment is None else _local(moment).strftime("%Y-%m-%d %H:%M")


def shown_size(size: int) -> str:
    """Return how large a file is, in the largest unit of IEC 80000-13 of which it has one at least."""
    for unit, power in (("MiB", 20), ("KiB", 10)):
        if size >= 1 << power:
            return f"{size / (1 << power):.1f} {unit}"
    return f"{size} B"


def shown_day(day: date | str | None) -> str:
    """Return a date; of a moment, that in Shanghai."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        return _local(day).date().isoformat()
    return day if isinstance(day, str) else day.isoformat()


def shown_count(number: int) -> str:
    """Return a number with its thousands apart."""
    return f"{number:,}"


def shown_hash(digest: str) -> str:
    """Return both ends of a digest; the whole is given where it is needed."""
    return f"{digest[:8]}…{digest[-4:]}"


def _halves(message: str) -> tuple[str, str] | None:
    """Return the Chinese and the English half of ``中文 / English`` or ``中文 (English)``, None where it is neither."""
    han = _HAN.search(message)
    if han is None:
        return None
    slash = message.find(" / ", han.end())
    bracket = message.rfind(" (", han.end())
    inside = message[bracket + 2 : -1]
    is_bracketed = bracket >= 0 and message.endswith(")") and not {*"()"} & {*inside}
    if is_bracketed and _SMALL_LETTER.search(inside) and not 0 <= slash < bracket:
        return message[:bracket], inside
    if slash >= 0 and message[slash + 3 :]:
        return message[:slash], message[slash + 3 :]
    return None
