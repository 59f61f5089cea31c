"""名单: every list with the version in force and what waits for somebody."""

from fastapi import Response

from app.dependencies import Reading
from app.watchlists.versions import store
from app.web.page import LIST_ROLES
from app.web.route import pages
from app.web.visit import Shown, allow

router = pages()


@router.get("/lists", dependencies=[allow(*LIST_ROLES)])
def lists(page: Shown, session: Reading) -> Response:
    """Show every list."""
    return page.show("lists.html", section="lists", lists=store.lists(session))
