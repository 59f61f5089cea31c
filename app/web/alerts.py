"""预警: the queue of what people are to look at, one case side by side, and what they found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Self
from urllib.parse import parse_qs, urlencode

from fastapi import Depends, Path, Query, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from app import clock
from app.access import Principal, Role
from app.access.person import is_same_person
from app.db import ReadSession, WriteSession
from app.dependencies import AppDatabase, AppSettings, Reading, takes_files
from app.errors import CutoffError, Invalid, NotFound
from app.monitoring import alert_queue, alerts, attachments, client_files
from app.monitoring.alert_queue import AlertSearch, AlertView, Cursor
from app.monitoring.alert_rules import AlertState, Verdicts, is_beyond_people
from app.monitoring.alerts import Disposition
from app.monitoring.attachment_file import KINDS, attached_file, disposition
from app.policy.vocabulary import Category, Outcome
from app.web import ageing
from app.web.alert_change import in_words
from app.web.comparison import compare
from app.web.kept_form import RETURNING
from app.web.page import Page
from app.web.route import STATUSES, pages
from app.web.visit import Sent, Shown, Visitor, allow, same_person_again, sees

ALERT_ROLES: Final = (Role.ANALYST, Role.AUDITOR)
_DUE: Final = ("OVERDUE", "TODAY", "SOON", "LATER")
_WHOSE: Final = ("mine", "second", "unassigned", "all")
_GROUP_MAX: Final = 50
_OPEN: Final = (AlertState.OPEN, AlertState.ASSIGNED, AlertState.PENDING_CONFIRMATION)

router = pages()

_DONE: Final = (*Verdicts, "confirm", "return")
"""What is said of on the next page."""

Word = Annotated[str, Query(max_length=40)]
AlertId = Annotated[str, Path(max_length=60)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """Which alerts somebody looks through; ``whose``: one of :data:`_WHOSE`, else what they have to do."""

    whose: str = ""
    outcome: str = ""
    category: str = ""

    @classmethod
    def of(cls, query: str) -> Self:
        """Read it from the query of an address, as a form carries it."""
        given = parse_qs(query)
        return cls(**{name: given[name][0] for name in ("whose", "outcome", "category") if name in given})


def _asked(whose: Word = "", outcome: Word = "", category: Word = "") -> _Filter:
    return _Filter(whose=whose, outcome=outcome, category=category)


Wanted = Annotated[_Filter, Depends(_asked)]


@router.get("/alerts", dependencies=[allow(*ALERT_ROLES)])
def queue(
    page: Shown,
    visitor: Visitor,
    session: Reading,
    wanted: Wanted,
    done: Word = "",
    due: Word = "",
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the open alerts in their due groups; at first those that wait for this person.

    With ``due`` it is that group alone, from ``after`` on.
    """
    bars = ageing.draw(alert_queue.ages(session, sees(visitor), clock.now()))
    return page.show(
        "alerts.html",
        section="alerts",
        alert=None,
        note=None,
        done=_said(page, done),
        bars=bars,
        **_queue(session, visitor, wanted, due=due, after=after),
    )


@router.get("/alerts/{alert_id}", dependencies=[allow(*ALERT_ROLES)])
def alert(
    alert_id: AlertId,
    page: Shown,
    visitor: Visitor,
    session: Reading,
    wanted: Wanted,
    done: Word = "",
) -> Response:
    """Show one alert: both sides, what differs, what changed since, and what was done."""
    found = alert_queue.read(session, sees(visitor), alert_id, clock.now())
    return _show(page, visitor, found, _queue(session, visitor, wanted), done=_said(page, done))


@router.post("/alerts/{alert_id}", dependencies=[allow(Role.ANALYST)])
def work(alert_id: AlertId, page: Shown, visitor: Visitor, database: AppDatabase, form: Sent) -> Response:
    """Write down a verdict, confirm or return one, take or hand over an alert, or add a comment."""
    verb, query = str(form.get("do", "")), str(form.get("query", ""))
    wanted = _Filter.of(query)
    if RETURNING in form:
        with database.read() as session:
            found = alert_queue.read(session, sees(visitor), alert_id, clock.now())
            queued = _queue(session, visitor, wanted)
            return _show(page, visitor, found, queued, given=form, note=page.texts("kept.look"))
    try:
        with database.write() as session:
            _do(session, visitor, alert_id, verb, form, page)
    except NotFound:
        raise
    except CutoffError as error:
        with database.read() as session:
            found = alert_queue.read(session, sees(visitor), alert_id, clock.now())
            return _show(page, visitor, found, _queue(session, visitor, wanted), error=error, given=form)
    after = _next(database, visitor, alert_id, wanted) if verb in {*Verdicts, "confirm"} else alert_id
    place = f"/alerts/{after}" if after else "/alerts"
    words = {name: word for name, word in (*asdict(wanted).items(), ("done", verb)) if word}
    return RedirectResponse(f"{place}?{urlencode(words)}", status_code=303)


def _said(page: Page, done: str) -> str | None:
    """Return what is said of what was just done."""
    return page.texts(f"alert.done_{done}") if done in _DONE else None


@router.post("/alerts/{alert_id}/attachments", dependencies=[allow(Role.ANALYST)])
@takes_files
def add_file(
    alert_id: AlertId, page: Shown, visitor: Visitor, database: AppDatabase, settings: AppSettings, form: Sent
) -> Response:
    """Add a file to an alert, or show the alert with what refuses it."""
    file, wanted = form.get("file"), _Filter.of(str(form.get("query", "")))
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid("file-missing", page.texts("upload.choose_file"))
        sent = attached_file(file.filename, file.file.read())
        with database.write() as session:
            client_files.require_room(settings, session, visitor.client, more=len(sent.content))
            attachments.attach(session, visitor.client, alert_id, sent, visitor.subject, clock.now(), settings=settings)
    except NotFound:
        raise
    except CutoffError as error:
        with database.read() as session:
            found = alert_queue.read(session, sees(visitor), alert_id, clock.now())
            return _show(page, visitor, found, _queue(session, visitor, wanted), error=error)
    words = {name: word for name, word in asdict(wanted).items() if word}
    return RedirectResponse(f"/alerts/{alert_id}?{urlencode(words)}", status_code=303)


@router.get("/alerts/{alert_id}/attachments/{attachment_id}", dependencies=[allow(*ALERT_ROLES)])
def one_file(
    alert_id: AlertId, attachment_id: Annotated[str, Path(max_length=60)], visitor: Visitor, session: Reading
) -> Response:
    """Return a file of an alert, to be kept and never to be shown by a browser."""
    found = attachments.read(session, sees(visitor), alert_id, attachment_id)
    headers = {"Content-Disposition": disposition(found.view.name)}
    return Response(found.content, media_type="application/octet-stream", headers=headers)


def _do(
    session: WriteSession, visitor: Principal, alert_id: str, verb: str, form: Mapping[str, Any], page: Page
) -> None:
    now, client, actor = clock.now(), visitor.client, visitor.subject
    reason = str(form.get("reason", ""))
    if verb in set(Verdicts):
        day = str(form.get("expires_on", ""))
        try:
            expires_on = date.fromisoformat(day) if day and verb == Verdicts.FALSE_POSITIVE else None
        except ValueError as error:
            raise Invalid("validation", page.texts("alert.bad_date")) from error
        found = Disposition(verdict=Verdicts(verb), reason=reason, expires_on=expires_on)
        alerts.dispose(session, client, alert_id, found, actor, now)
    elif verb == "confirm":
        same_person_again(session, visitor, str(form.get("key", "")))
        alerts.confirm(session, client, alert_id, actor, now)
    elif verb == "return":
        alerts.return_(session, client, alert_id, reason, actor, now)
    elif verb == "take":
        alerts.assign(session, client, alert_id, actor, actor, now)
    elif verb == "assign":
        alerts.assign(session, client, alert_id, str(form.get("assignee", "")).strip() or None, actor, now)
    elif verb == "comment":
        alerts.comment(session, client, alert_id, reason, actor, now)
    else:
        raise Invalid("validation", page.texts("alert.choose"))


def _next(database: AppDatabase, visitor: Principal, done: str, wanted: _Filter) -> str | None:
    """Return the first alert of the queue that this person can do something about, after one that is done with."""
    now = clock.now()
    with database.read() as session:
        groups = _groups(session, visitor, wanted, _whose(session, visitor, wanted, now), now)
        return next(
            (one.id for group in groups for one in group.alerts if one.id != done and _waits(one, visitor)), None
        )


def _waits(alert: AlertView, visitor: Principal) -> bool:
    """Whether an alert waits for this person: nobody confirms what they proposed themselves."""
    return alert.state is not AlertState.PENDING_CONFIRMATION or not _is_own_proposal(alert, visitor)


def _is_own_proposal(alert: AlertView, visitor: Principal) -> bool:
    by = (alert.proposal or {}).get("by")
    return by is not None and is_same_person(str(by), visitor.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Some alerts that are due at about one time: how many there are in all, and the cursor behind those shown."""

    due: str
    alerts: Sequence[AlertView]
    total: int
    more: str | None


def _group(
    session: ReadSession, client: str | None, wanted: AlertSearch, now: datetime, after: Cursor | None
) -> _Group:
    found = alert_queue.search(session, client, wanted, now, after=after, limit=_GROUP_MAX + 1)
    shown = found[:_GROUP_MAX]
    is_whole = after is None and len(found) <= _GROUP_MAX  # it needs no counting then
    return _Group(
        due=wanted.due or "",
        alerts=shown,
        total=len(found) if is_whole else alert_queue.total(session, client, wanted, now),
        more=_written(alert_queue.cursor_of(shown[-1])) if len(found) > _GROUP_MAX else None,
    )


def _written(cursor: Cursor) -> str:
    priority, due_at, alert_id = cursor
    return f"{priority} {due_at.isoformat()} {alert_id}"


def _cursor(text: str) -> Cursor | None:
    """Read what :func:`_written` wrote; None for anything else, which begins anew."""
    parts = text.split(" ")
    try:
        priority, due_at, alert_id = parts
        return int(priority), datetime.fromisoformat(due_at), alert_id
    except ValueError:
        return None


def _whose(session: ReadSession, visitor: Principal, shown: _Filter, now: datetime) -> str:
    """Return whose alerts are asked for: where that is not said, this person's if there are any, else all."""
    if shown.whose in _WHOSE:
        return shown.whose
    mine = AlertSearch(states=_OPEN, assignee=visitor.subject)
    return "mine" if alert_queue.search(session, sees(visitor), mine, now, limit=1) else "all"


def _groups(
    session: ReadSession,
    visitor: Principal,
    shown: _Filter,
    whose: str,
    now: datetime,
    *,
    due: str = "",
    after: str = "",
) -> Iterator[_Group]:
    """Yield the alerts in their due groups, each looked up when it is asked for."""
    for one in (due,) if due in _DUE else _DUE:
        wanted = AlertSearch(
            states=(AlertState.PENDING_CONFIRMATION,) if whose == "second" else _OPEN,
            assignee=visitor.subject if whose == "mine" else None,
            is_assigned=False if whose == "unassigned" else None,
            due=one,
            outcome=shown.outcome or None,
            category=shown.category or None,
        )
        yield _group(session, sees(visitor), wanted, now, _cursor(after) if due == one else None)


def _queue(
    session: ReadSession,
    visitor: Principal,
    shown: _Filter,
    *,
    due: str = "",
    after: str = "",
) -> dict[str, Any]:
    now, client = clock.now(), sees(visitor)
    whose = _whose(session, visitor, shown, now)
    groups = [*_groups(session, visitor, shown, whose, now, due=due, after=after)]
    order = [one.id for group in groups for one in group.alerts]
    return {
        "groups": groups,
        "due": due if due in _DUE else "",
        "order": order,
        "counts": alert_queue.counts(session, client, now),
        "whose": whose,
        "whose_all": _WHOSE,
        "outcome": shown.outcome,
        "category": shown.category,
        "outcomes": (Outcome.BLOCK, Outcome.REVIEW),
        "categories": (*Category, "KEYWORD"),
    }


def _show(
    page: Page,
    visitor: Principal,
    found: AlertView,
    queued: dict[str, Any],
    *,
    error: CutoffError | None = None,
    given: Mapping[str, Any] | None = None,
    note: str | None = None,
    done: str | None = None,
) -> Response:
    order: Sequence[str] = queued["order"]
    at = order.index(found.id) if found.id in order else -1
    party = found.sides["counterparty"]["parties"][0]
    listed = found.sides.get("listed")
    explanation = found.sides.get("explanation") or {}
    return page.show(
        "alerts.html",
        status=STATUSES[error.family] if error else 200,
        section="alerts",
        alert=found,
        party=party,
        listed=listed,
        runs=compare(listed["name_listed"], party["name"], explanation.get("differences", ())) if listed else (),
        explanation=explanation,
        changes=in_words(found.changed, page.texts),
        next_id=order[at + 1] if 0 <= at < len(order) - 1 else None,
        previous_id=order[at - 1] if at > 0 else None,
        can_add=visitor.role is Role.ANALYST,
        endings=sorted(ending for kind in KINDS for ending in kind.endings),
        can_work=visitor.role is Role.ANALYST and found.state is not AlertState.CLOSED,
        block_stays=is_beyond_people(found.outcome, found.strength),
        is_own_proposal=_is_own_proposal(found, visitor),
        error=error,
        note=note,
        done=done,
        given=given or {},
        **queued,
    )
