"""系统: how fresh the lists are, what the queue does, and who holds keys."""

from typing import Final

from fastapi import Response

from app import __version__
from app.access import Role, clients, keys
from app.bulk.service import bulk_jobs
from app.dependencies import AppDatabase, AppDesk, AppSettings, Reading
from app.jobs import queue
from app.web.page import SYSTEM_ROLES
from app.web.route import pages
from app.web.visit import Shown, Visitor, allow

_JOBS: Final = 20

router = pages()


@router.get("/system", dependencies=[allow(*SYSTEM_ROLES)])
def system(
    page: Shown, visitor: Visitor, session: Reading, database: AppDatabase, desk: AppDesk, settings: AppSettings
) -> Response:
    """Show the state of this process; keys and clients to administrators and auditors."""
    current = desk.shelf.current
    sees_keys = visitor.role in {Role.ADMIN, Role.AUDITOR}
    return page.show(
        "system.html",
        section="system",
        version=__version__,
        database=database.url.get_backend_name(),
        age_s=current.age_s,
        freshness_max_s=settings.freshness_max_s,
        refs=current.snapshot.refs,
        entities=len(current.snapshot.dossiers),
        jobs=queue.recent(session, bulk_jobs.KIND, None, _JOBS) if sees_keys else [],
        keys=keys.list_keys(session) if sees_keys else [],
        clients=clients.list_clients(session) if sees_keys else [],
        sees_keys=sees_keys,
    )
