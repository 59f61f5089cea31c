"""Whether what a version says is what was imported, and what was activated under four eyes.

The rows of a version must have the hash of its row, and an activated version must be the one that the audit log tells
of: whoever changes both in the database would have to change the log too, which its tree and checkpoints give away.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import select

from app.audit import store as audit_store
from app.audit.verify import Damage, How, RecordedFact
from app.db import ReadSession
from app.errors import NotFound, Unavailable
from app.watchlists.history.version import Row
from app.watchlists.versions.content_hash import sorted_sha256
from app.watchlists.versions.models import EntryRow, VersionRow

ACTIVATED: Final = "list.activate"
_ROWS_TOGETHER: Final = 100
"""Rows that are read at once; whoever answers in this process waits until the driver has turned them into objects."""
_NAMESPACE: Final = uuid.UUID("5c6f0f3e-6d0b-5a57-9a53-2d1c7c1f8f0a")


def activation_id(code: str, number: int) -> str:
    """Return the id of the record of an activation, which happens to a version once."""
    return str(uuid.uuid5(_NAMESPACE, f"{code}\x1f{number}"))


def said_of(version: VersionRow) -> dict[str, Any]:
    """Return what the audit log records of a version: what it rests on and what may not change any more."""
    return {
        "list_code": version.list_code,
        "version": version.version,
        "sha256": version.sha256,
        "maker": version.maker,
        "checker": version.checker,
        "parent_version": version.parent_version,
        "jurisdiction": version.jurisdiction_code,
        "known_from": version.known_from.isoformat() if version.known_from else None,
    }


def require_intact(session: ReadSession, version: VersionRow, rows: Iterable[Row]) -> None:
    """Check a version that is in use or about to be; ``rows`` come as :func:`stored_rows` gives them.

    Raises :class:`Unavailable` where its rows are not those of its hash, or it is not what was activated.
    """
    fault = _fault(session, version, rows)
    if fault is not None:
        raise Unavailable(
            "list-content-changed",
            f"名单 {version.list_code} 第 {version.version} 版的内容与启用时不符，已停用；请运行 cutoff audit verify / "
            f"{fault}: it is not used; run cutoff audit verify",
        )


def stored_rows(session: ReadSession, version: VersionRow, *, are_kept: bool) -> Iterable[Row]:
    """Return the rows of a version as the database sorts them, by code points: see the collation of the column.

    All are read at once where they ``are_kept``, and some at a time by whoever only looks at them.
    """
    statement = select(EntryRow.row).where(EntryRow.version_id == version.id).order_by(EntryRow.external_id)
    return session.scalars(statement if are_kept else statement.execution_options(yield_per=_ROWS_TOGETHER))


def _fault(session: ReadSession, version: VersionRow, rows: Iterable[Row]) -> str | None:
    if sorted_sha256(rows) != version.sha256:
        return "the rows of the version are not those of its hash"
    if version.known_from is None:
        return None
    try:
        record = audit_store.find(session, activation_id(version.list_code, version.version))
    except NotFound:
        began = audit_store.began_at(session)
        if began is None or (version.activated_at is not None and version.activated_at < began):
            return None  # it was activated before there was a log
        return "no record tells of its activation"
    content = record.to_json()["content"]
    differing = sorted(name for name, value in said_of(version).items() if content.get(name) != value)
    return f"its activation was recorded with another {', '.join(differing)}" if differing else None


class Lists:
    """Every version that is or was in force is the one that was activated."""

    kinds = frozenset({ACTIVATED})

    def damage(self, session: ReadSession, records: Sequence[RecordedFact]) -> Iterator[Damage]:
        """Compare versions with their rows and with what their records say."""
        for one in records:
            code, number = one.content.get("list_code"), one.content.get("version")
            of_it = (VersionRow.list_code == code) & (VersionRow.version == number)
            version = session.scalar(select(VersionRow).where(of_it))
            if version is None:
                yield Damage(how=How.MISSING, index=one.index, id=one.id, detail=f"{code} {number} is not there")
                continue
            fault = _fault(session, version, stored_rows(session, version, are_kept=False))
            if fault is not None:
                yield Damage(how=How.CHANGED, index=one.index, id=one.id, detail=f"{code} {number}: {fault}")

    def unrecorded(self, session: ReadSession) -> Iterator[Damage]:
        """Return versions that are in force without a record of their activation."""
        for version in session.scalars(select(VersionRow).where(VersionRow.known_from.is_not(None))):
            try:
                audit_store.find(session, activation_id(version.list_code, version.version))
            except NotFound:
                began = audit_store.began_at(session)
                if began is not None and (version.activated_at is None or version.activated_at >= began):
                    message = f"{version.list_code} {version.version}: no record tells of its activation"
                    yield Damage(how=How.INSERTED, index=None, id=None, detail=message)
