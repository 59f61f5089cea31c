"""Records which settings a server begins with, wherever they are others than at its start before.

Who changes a setting works on the host, outside of the program: the record says what changed, by whom it was started.
"""

import uuid
from collections.abc import Mapping
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError

from app import clock
from app.access.records import OPERATOR
from app.audit import AuditEntry, append
from app.audit.store import AuditSearch, search
from app.db import Database
from app.settings import Settings

KIND: Final = "settings.changed"
_IDS: Final = uuid.UUID("0d9d7c1e-5f0e-5c55-8a44-201706300011")
_URLS: Final = frozenset({"database_url", "owner_database_url"})
_BY_START: Final = frozenset({"data_dir"})
"""What differs from host to host, and decides nothing."""


def note_settings(database: Database, settings: Settings) -> Mapping[str, str] | None:
    """Record the settings that changed since they were last recorded, and return them; None where none did."""
    present = _shown(settings)
    with database.read() as session:
        newest = search(session, AuditSearch(kind=KIND), limit=1)
    last = newest[0].to_json()["content"]["settings"] if newest else {}
    changed = {name: value for name, value in present.items() if last.get(name) != value}
    gone = sorted(last.keys() - present.keys())
    if not changed and not gone:
        return None
    before = newest[0].id if newest else "none"
    entry = AuditEntry(
        # Of two servers that begin at once, one records it.
        id=str(uuid.uuid5(_IDS, f"{before}\x1f{sorted(present.items())}")),
        kind=KIND,
        at=clock.now(),
        subject=OPERATOR.subject,
        via=OPERATOR.via,
        content={
            "changed": {name: {"from": last.get(name), "to": value} for name, value in changed.items()} if last else {},
            "gone": gone,
            "settings": present,
        },
    )
    try:
        with database.write() as session:
            append(session, [entry])
    except IntegrityError:
        return None
    return changed


def _shown(settings: Settings) -> dict[str, str]:
    """Return every setting as text, without passwords."""
    return {
        name: _without_password(value) if name in _URLS else str(value)
        for name, value in settings.model_dump(mode="json").items()
        if name not in _BY_START
    }


def _without_password(value: str | None) -> str:
    if not value:
        return ""
    try:
        return make_url(value).render_as_string(hide_password=True)
    except ArgumentError:
        return "?"
