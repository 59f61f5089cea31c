"""What people do to lists.  Every function runs in the caller's transaction; raising undoes all of it.

The state machine is held three times: by :mod:`.lifecycle`, by updates that name the state they start
from, so that of two people at once one wins, and by constraints of the database.
"""

import hashlib
import re
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select

from app.access.person import is_same_person
from app.db import WriteSession, compact_json
from app.errors import Conflict, Invalid
from app.watchlists.history.identity import entity_id
from app.watchlists.history.version import VersionRecord
from app.watchlists.layout.file_header import FileHeader
from app.watchlists.versions import store
from app.watchlists.versions.activation import activate, activate_due, due
from app.watchlists.versions.content_hash import content_sha256
from app.watchlists.versions.importing import Checked, Upload, check_times, in_order
from app.watchlists.versions.lifecycle import VERBS
from app.watchlists.versions.models import EntryRow, FileRow, VersionRow
from app.watchlists.versions.transition import Actor, lock, move, record, step

__all__ = [
    "Actor",
    "activate",
    "activate_due",
    "approve",
    "check_code",
    "due",
    "import_draft",
    "load",
    "reject",
    "rollback",
    "submit",
    "withdraw",
]

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TAKEN_OVER: Final = frozenset({"draft", "submitted"})
_TEMPLATE: Final = "template"
"""No code: the address of the upload template is there."""

_ROWS_AT_ONCE: Final = 2_000


def check_code(code: str) -> None:
    """Refuse a list code that is none.  Raises :class:`Invalid`."""
    if code == _TEMPLATE or not _CODE.fullmatch(code):
        raise Invalid(
            "list-code",
            f"名单编号“{code[:80]}”应为小写字母、数字和连字符，至多63位，且不为 template "
            "(a list code has lower-case letters, digits and hyphens, at most 63, and is not template)",
        )


def import_draft(
    session: WriteSession,
    code: str,
    upload: Upload,
    checked: Checked,
    actor: Actor,
    now: datetime,
    *,
    may_backfill: bool = False,
) -> VersionRecord:
    """Store a checked file as the next version of a list, a draft; the first import creates the list.

    Raises :class:`Invalid` for a file that was refused or a time of receipt that cannot be, :class:`Forbidden` for
    backfilling without the right.
    """
    check_code(code)
    batch = checked.batch
    if batch is None or checked.is_refused:
        raise Invalid("list-file-refused", "文件有错误，未导入 (the file has errors and was not imported)")
    # Made before the lock is taken, which on the embedded database keeps every other writer out.
    rows = [
        {
            "external_id": row["external_id"],
            "entity_id": str(entity_id(code, row["external_id"])),
            "row": compact_json(row),
        }
        for row in checked.rows
    ]
    lock(session, code, now)
    batch, now = in_order(session, code, batch, now)
    check_times(session, code, batch, now, may_backfill=may_backfill)
    version = _add(session, _draft(session, code, batch, checked, actor, now))
    session.execute(
        insert(FileRow),
        {
            "version_id": version.id,
            "name": upload.name,
            "sha256": hashlib.sha256(upload.data).hexdigest(),
            "content": upload.data,
        },
    )
    statement = insert(EntryRow).values(version_id=version.id)
    connection = session.connection()
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        connection.execute(statement, rows[start : start + _ROWS_AT_ONCE])
    record(session, version, "import", actor, now)
    return store.record_of(version)


def submit(session: WriteSession, code: str, number: int, actor: Actor, now: datetime) -> VersionRecord:
    """Hand a draft to the checker.

    A return to an earlier version that another person began becomes a version of the one who submits it: it has two
    people then, and whoever began it may check it.
    """
    version = store.version_row(session, code, number)
    if version.rollback_to is None or version.state not in _TAKEN_OVER or is_same_person(version.maker, actor.subject):
        return move(session, code, number, VERBS["submit"], actor, now)
    own = _rollback(session, code, version.rollback_to, actor, now, f"begun by {version.maker} as version {number}")
    # The maker of a version never changes, so that the one begun is closed.
    step(session, version, VERBS["withdraw"], {})
    record(session, version, "withdraw", actor, now, f"taken over as version {own.version}")
    return move(session, code, own.version, VERBS["submit"], actor, now)


def approve(session: WriteSession, code: str, number: int, actor: Actor, now: datetime) -> VersionRecord:
    """Approve a submitted version, and sign off the warnings of its file.  Never by its maker."""
    warnings = len(store.findings(session, code, number))
    note = f"signed off {warnings} warnings" if warnings else None
    return move(session, code, number, VERBS["approve"], actor, now, note=note, checker=actor.subject)


def reject(session: WriteSession, code: str, number: int, actor: Actor, now: datetime, *, reason: str) -> VersionRecord:
    """Send a version back to its maker, with a reason."""
    if not reason.strip():
        raise Invalid("reason-required", "退回须说明原因 (a rejection needs a reason)")
    return move(session, code, number, VERBS["reject"], actor, now, note=reason)


def withdraw(
    session: WriteSession, code: str, number: int, actor: Actor, now: datetime, *, reason: str | None = None
) -> VersionRecord:
    """Take back one's own version before it is in force."""
    return move(session, code, number, VERBS["withdraw"], actor, now, note=reason)


def rollback(session: WriteSession, code: str, to: int, actor: Actor, now: datetime) -> VersionRecord:
    """Make the draft of a new version that brings back what the list said with version ``to``.

    It has no rows of its own; its lineage is that of ``to``, and the versions between are as if they had not been.
    """
    return _rollback(session, code, to, actor, now, None)


def _rollback(
    session: WriteSession, code: str, to: int, actor: Actor, now: datetime, note: str | None
) -> VersionRecord:
    lock(session, code, None)
    active = store.active_version(session, code)
    target = store.version(session, code, to)
    if active is None or target.known_from is None:
        raise Conflict("rollback-target", f"第 {to} 版从未启用，不能退回到它 (version {to} was never in force)")
    if target.version == active.version:
        raise Conflict("rollback-target", f"第 {to} 版就是在用版本 (version {to} is in force)")
    version = _add(
        session,
        VersionRow(
            list_code=code,
            version=_next_number(session, code),
            state="draft",
            sha256=content_sha256(()),
            file_kind="DELTA",
            base_version=active.version,
            rollback_to=to,
            list_name=target.list_name,
            list_issuer=target.list_issuer,
            uploader_org=active.uploader_org,
            issuing_doc_no=None,
            issued_on=target.issued_on,
            effective_on=target.effective_on,
            received_at=now,
            jurisdiction_code=target.jurisdiction,
            row_count=0,
            categories=sorted(target.categories),
            findings=[],
            maker=actor.subject,
            backfilled=False,
            uploaded_at=now,
        ),
    )
    record(session, version, "rollback", actor, now, ", ".join(filter(None, (f"to version {to}", note))))
    return store.record_of(version)


def load(
    session: WriteSession, code: str, upload: Upload, checked: Checked, *, maker: Actor, checker: Actor, now: datetime
) -> VersionRecord:
    """Import, submit, approve and activate in one go; the maker and the checker are two people."""
    draft = import_draft(session, code, upload, checked, maker, now, may_backfill=True)
    submit(session, code, draft.version, maker, now)
    approve(session, code, draft.version, checker, now)
    return activate(session, code, draft.version, checker, now)


def _draft(
    session: WriteSession, code: str, batch: FileHeader, checked: Checked, actor: Actor, now: datetime
) -> VersionRow:
    return VersionRow(
        list_code=code,
        version=_next_number(session, code),
        state="draft",
        sha256=checked.sha256,
        file_kind=batch.file_kind,
        base_version=checked.base_version,
        list_name=batch.list_name,
        list_issuer=batch.list_issuer,
        uploader_org=batch.uploader_org,
        issuing_doc_no=batch.issuing_doc_no,
        issued_on=batch.issued_on,
        effective_on=batch.effective_on,
        received_at=batch.received_at,
        jurisdiction_code=batch.jurisdiction,
        row_count=len(checked.rows),
        categories=sorted({row["category"] for row in checked.rows}),
        findings=[finding.as_json() for finding in checked.report.in_order()],
        maker=actor.subject,
        backfilled=batch.is_backfilled(now),
        uploaded_at=now,
    )


def _add(session: WriteSession, version: VersionRow) -> VersionRow:
    session.add(version)
    session.flush()
    return version


def _next_number(session: WriteSession, code: str) -> int:
    newest = session.scalar(select(func.max(VersionRow.version)).where(VersionRow.list_code == code))
    return (newest or 0) + 1
