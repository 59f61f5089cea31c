"""客户: the book under watch, how far it is decided, and the state of each counterparty."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Final

from fastapi import Query, Response

from app import clock
from app.db import ReadSession
from app.dependencies import Reading
from app.errors import NotFound
from app.monitoring import book, coverage
from app.policy.vocabulary import Outcome
from app.web.page import RECORD_ROLES, SCREENING_ROLES
from app.web.route import pages
from app.web.visit import Shown, Visitor, allow, sees

_PAGE: Final = 50
_CHANGES: Final = 50

router = pages()


@router.get("/book", dependencies=[allow(*RECORD_ROLES)])
def the_book(
    page: Shown,
    visitor: Visitor,
    session: Reading,
    name: Annotated[str, Query(max_length=400)] = "",
    counterparty: Annotated[str, Query(alias="id", max_length=200)] = "",
    outcome: Annotated[str, Query(max_length=10)] = "",
    after: Annotated[str, Query(max_length=450)] = "",
    changes_after: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:
    """Show the counterparties under watch with their standing, and what changed."""
    now, client = clock.now(), sees(visitor)
    start = (after.partition("\n")[0], after.partition("\n")[2]) if "\n" in after else None
    wanted = book.BookSearch(name=name or None, is_closed=False, outcome=outcome or None)
    if counterparty:
        found = _one(session, [client] if client is not None else book.clients(session), counterparty)
    else:
        found = book.search(session, client, wanted, after=start, limit=_PAGE + 1)
    shown = found[:_PAGE]
    clients = [client] if client is not None else book.clients(session)
    changes = coverage.changes(session, client, after=changes_after, limit=_CHANGES + 1)
    return page.show(
        "book.html",
        section="book",
        can_upload=visitor.role in SCREENING_ROLES,
        name=name,
        counterparty=counterparty,
        outcome=outcome,
        outcomes=tuple(Outcome),
        views=coverage.views(session, shown, now),
        next_after=f"{shown[-1][0]}\n{shown[-1][1].member.id}" if len(found) > _PAGE else None,
        coverages=[coverage.coverage(session, one, now) for one in clients],
        changes=changes[:_CHANGES],
        next_changes=changes[_CHANGES - 1].seq if len(changes) > _CHANGES else None,
    )


def _one(session: ReadSession, clients: Sequence[str], counterparty_id: str) -> list[tuple[str, book.BookEntry]]:
    """Return the counterparty of an id in each of the books that have one."""
    found = []
    for client in clients:
        with suppress(NotFound):
            found.append((client, book.read(session, client, counterparty_id)))
    return found
