"""Files that people add to alerts: kept for good in the database, by client, and recorded with their hash."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import exists, func, select

from app.audit.store import recorded_ids
from app.audit.verify import Damage, How, RecordedFact
from app.clock import utc_text
from app.db import ReadSession, WriteSession, compact_json
from app.errors import Conflict, NotFound, TooLarge, Unavailable
from app.monitoring import alerts
from app.monitoring.attachment_file import AttachedFile
from app.monitoring.models import AlertAttachment
from app.settings import Settings

ADDED: Final = "ATTACHMENT"
"""The event of an alert to which a file was added."""
_KIND: Final = "alert.attachment"
"""The record of that event in the audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """A file of an alert, without its content; ``size`` is in bytes."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of an alert with its content."""

    view: AttachmentView
    content: bytes


def attach(
    session: WriteSession,
    client: str,
    alert_id: str,
    file: AttachedFile,
    actor: str,
    now: datetime,
    *,
    settings: Settings,
) -> AttachmentView:
    """Add a file to an alert, a closed one too; the room of the client is the caller's to look at.

    Raises :class:`NotFound`, :class:`TooLarge` ``attachment-too-large``, :class:`Conflict` ``attachment-exists`` and
    ``too-many-attachments``.
    """
    if len(file.content) > settings.attachment_bytes_max:
        mib = settings.attachment_bytes_max / (1 << 20)
        raise TooLarge("attachment-too-large", f"附件上限 {mib:g} MiB / an attachment has {mib:g} MiB at most")
    alert = alerts.locked(session, client, alert_id)
    kept = of_alerts(session, [alert.id]).get(alert.id, [])
    if any(one.sha256 == file.sha256 for one in kept):
        raise Conflict("attachment-exists", "该预警已有内容相同的附件 / the alert has a file with this content already")
    if len(kept) >= settings.attachments_of_alert_max:
        raise Conflict(
            "too-many-attachments",
            f"该预警已有 {len(kept)} 个附件，上限 {settings.attachments_of_alert_max} / "
            f"the alert has {len(kept)} files, it may have {settings.attachments_of_alert_max}",
        )
    row = AlertAttachment(
        id=str(uuid.uuid4()),
        client=client,
        alert_id=alert.id,
        no=len(kept) + 1,
        name=file.name,
        media_type=file.kind.media_type,
        size=len(file.content),
        sha256=file.sha256,
        added_by=actor,
        added_at=now,
        content=file.content,
    )
    session.add(row)
    said = {"attachment_id": row.id, "name": row.name, "size": row.size, "sha256": row.sha256}
    recorded = {"sha256": row.sha256, "row_sha256": _row_sha256(row)}
    alerts.write_event(session, alert, ADDED, actor, now, said, record_id=row.id, recorded=recorded)
    return _view(row)


def of_alerts(session: ReadSession, alert_ids: Sequence[str]) -> dict[str, list[AttachmentView]]:
    """Return the files of some alerts, by alert, in the order in which they were added."""
    statement = select(AlertAttachment).where(AlertAttachment.alert_id.in_(alert_ids)).order_by(AlertAttachment.no)
    found: dict[str, list[AttachmentView]] = defaultdict(list)
    for row in session.scalars(statement):
        found[row.alert_id].append(_view(row))
    return found


def read(session: ReadSession, client: str | None, alert_id: str, attachment_id: str) -> Attachment:
    """Return a file with its content; ``client`` None: of any client.

    Raises :class:`NotFound`, and :class:`Unavailable` ``attachment-damaged`` where the content is not what was added.
    """
    row = session.get(AlertAttachment, attachment_id)
    if row is None or row.alert_id != alert_id or (client is not None and row.client != client):
        raise NotFound("attachment-not-found", f"没有此附件 / there is no attachment {attachment_id}")
    if hashlib.sha256(row.content).hexdigest() != row.sha256:
        raise Unavailable(
            "attachment-damaged", "附件内容与登记的摘要不符 / the content is not what its hash says: see `audit verify`"
        )
    return Attachment(view=_view(row), content=row.content)


def bytes_of(session: ReadSession, client: str) -> int:
    """Return how many bytes the files of a client's alerts take."""
    return session.scalar(select(func.sum(AlertAttachment.size)).where(AlertAttachment.client == client)) or 0


class Attachments:
    """Every file is as it was added, and none was put in beside the program."""

    kinds = frozenset({_KIND})

    def damage(self, session: ReadSession, records: Sequence[RecordedFact]) -> Iterator[Damage]:
        """Compare files with the hashes that their records have, one at a time: each may have megabytes."""
        for one in records:
            row = session.get(AlertAttachment, one.id)
            if row is None:
                yield Damage(how=How.MISSING, index=one.index, id=one.id, detail="the attachment is not there")
                continue
            is_same = hashlib.sha256(row.content).hexdigest() == one.content.get("sha256")
            if not is_same or _row_sha256(row) != one.content.get("row_sha256"):
                yield Damage(how=How.CHANGED, index=one.index, id=one.id, detail="the attachment is another one")
            session.expunge(row)

    def unrecorded(self, session: ReadSession) -> Iterator[Damage]:
        """Return files that no record tells of."""
        statement = select(AlertAttachment.id).where(~exists(recorded_ids(AlertAttachment.id)))
        for attachment_id in session.scalars(statement):
            yield Damage(how=How.INSERTED, index=None, id=attachment_id, detail="no record tells of this attachment")


def _row_sha256(row: AlertAttachment) -> str:
    said = [row.id, row.client, row.alert_id, row.no, row.name, row.media_type, row.size, row.sha256, row.added_by]
    return hashlib.sha256(compact_json([*said, utc_text(row.added_at)]).encode()).hexdigest()


def _view(row: AlertAttachment) -> AttachmentView:
    return AttachmentView(
        id=row.id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        added_by=row.added_by,
        added_at=row.added_at,
    )
