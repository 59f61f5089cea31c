"""名单 · 影响: what a version that waits would change in the book, in numbers; names are for those who see the book."""

from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import RedirectResponse

from app import clock
from app.access import Principal
from app.dependencies import AppDatabase, Reading
from app.errors import NotFound
from app.jobs.queue import Owner
from app.monitoring import sweep_changes, sweeps
from app.monitoring.sweeps import Asked, SweepView
from app.web.list_version import Number
from app.web.lists import Code
from app.web.page import DRAFT_ROLES, RECORD_ROLES
from app.web.route import pages
from app.web.visit import Shown, Visitor, allow

router = pages()

SweepId = Annotated[str, Path(max_length=60)]


@router.post("/lists/{code}/versions/{number}/book-impact", dependencies=[allow(*DRAFT_ROLES)])
def compute(code: Code, number: Number, visitor: Visitor, database: AppDatabase) -> Response:
    """Queue a what-if over the book of the person's client."""
    with database.write() as session:
        owner = Owner(visitor.client, visitor.subject, visitor.key_id)
        sweep_id = sweeps.ask(session, owner, Asked(lists={code: number}), clock.now())
    return RedirectResponse(f"/lists/{code}/versions/{number}/book-impact/{sweep_id}", status_code=303)


@router.get("/lists/{code}/versions/{number}/book-impact/{sweep_id}", dependencies=[allow(*DRAFT_ROLES)])
def shown(code: Code, number: Number, sweep_id: SweepId, page: Shown, visitor: Visitor, session: Reading) -> Response:
    """Show how many decisions would be others."""
    view = sweeps.read(session, visitor.client, sweep_id)
    if not _is_of(view, visitor, code, number):
        raise NotFound("sweep-not-found", f"没有此排查 / there is no sweep {sweep_id}")
    return page.show(
        "_book_impact.html" if page.is_partial else "book_impact.html",
        section="lists",
        code=code,
        number=number,
        view=view,
        changes=sweep_changes.changes(session, view) if view.state == "DONE" else {},
        can_read_sweep=visitor.role in RECORD_ROLES,
    )


def _is_of(view: SweepView, visitor: Principal, code: str, number: int) -> bool:
    """Whether a sweep is a what-if of this version: others are no business of those who make lists."""
    return view.client == visitor.client and dict(view.asked.lists or {}) == {code: number}
