"""``/v1/alerts/{alert_id}/attachments``: files that analysts add to alerts, handed out as downloads only."""

from typing import Annotated, Any, Final

from fastapi import Depends, File, Path, Request, Response, UploadFile
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import FormData

from app import clock
from app.access import Principal, Role, idempotency
from app.access.idempotency import IdempotencyClaim
from app.api.alerts import AttachmentOut
from app.api.counterparties import seen
from app.api.idempotency import IdempotencyHeader, claim_of, replay_headers
from app.api.problems import declared
from app.db import Database
from app.dependencies import AppDatabase, AppSettings, Caller, Reading, allow, routes, takes_files
from app.errors import Fault, Invalid
from app.monitoring import attachments, client_files
from app.monitoring.attachment_file import AttachedFile, attached_file, disposition
from app.monitoring.attachments import AttachmentView
from app.settings import Settings

router = routes(prefix="/v1/alerts/{alert_id}/attachments", tags=["alerts"])

_BYTES: Final = "application/octet-stream"
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file, as it was added.",
        "content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}},
    }
}
AlertId = Annotated[str, Path(max_length=36)]


async def _form(request: Request) -> FormData:
    return await request.form()


@router.post(
    "",
    dependencies=[allow(Role.ANALYST)],
    status_code=201,
    responses=declared(404, 409, 413, 415),
    summary="Add a file to an alert 添加附件",
)
@takes_files
def add(
    alert_id: AlertId,
    caller: Caller,
    database: AppDatabase,
    settings: AppSettings,
    response: Response,
    form: Annotated[FormData, Depends(_form)],
    file: Annotated[
        UploadFile, File(description="PDF, OFD, a picture, a workbook without macros, or plain text; told by content.")
    ],
    idempotency_key: IdempotencyHeader = None,
) -> AttachmentOut:
    """Add a file to an alert, a closed one too; it is kept for good and recorded with its SHA-256.

    The name is made safe: folders, control characters and what turns the direction of writing are taken out, and the
    ending becomes that of the content.
    """
    unknown = sorted(set(form) - {"file"})
    if unknown:
        faults = [Fault(f"/{name}", "unknown-field", "未知字段 / unknown field") for name in unknown]
        raise Invalid("validation", f"未知字段 / unknown fields: {', '.join(unknown)}", faults=faults)
    sent = attached_file(file.filename or "", file.file.read())
    claim = _claim(caller, idempotency_key, alert_id, sent)
    added = _added(database, settings, caller, alert_id, sent, claim=claim)
    response.headers["Location"] = f"/v1/alerts/{alert_id}/attachments/{added.id}"
    response.headers.update(replay_headers(claim))
    return AttachmentOut.model_validate(added)


@router.get(
    "/{attachment_id}",
    dependencies=[allow(Role.ANALYST, Role.AUDITOR)],
    responses=_CONTENT | declared(404),
    response_class=Response,
    summary="Download a file of an alert 下载附件",
)
def download(
    alert_id: AlertId, attachment_id: Annotated[str, Path(max_length=36)], caller: Caller, session: Reading
) -> Response:
    """Return the bytes that were added, to be kept and never to be shown by a browser."""
    found = attachments.read(session, seen(caller, None), alert_id, attachment_id)
    headers = {"Content-Disposition": disposition(found.view.name)}
    return Response(found.content, media_type=_BYTES, headers=headers)


def _claim(caller: Principal, key: str | None, alert_id: str, sent: AttachedFile) -> IdempotencyClaim | None:
    said = f"{sent.name}\n{sent.sha256}".encode()
    return claim_of(caller, f"POST {alert_id[:36]}/attachments", key, said)


def _added(
    database: Database,
    settings: Settings,
    caller: Principal,
    alert_id: str,
    sent: AttachedFile,
    *,
    claim: IdempotencyClaim | None,
) -> AttachmentView:
    """Add a file, or return what the first call with the same key added."""
    try:
        with database.write() as session:
            first: str | None = idempotency.recall(session, claim) if claim else None
            if first is None:
                client_files.require_room(settings, session, caller.client, more=len(sent.content))
                now = clock.now()
                added = attachments.attach(
                    session, caller.client, alert_id, sent, caller.subject, now, settings=settings
                )
                if claim:
                    idempotency.remember(session, claim, added.id)
                return added
    except IntegrityError:
        # Somebody else with the same key was first and has committed meanwhile.
        with database.read() as session:
            first = idempotency.recall(session, claim) if claim else None
        if first is None:
            raise
    with database.read() as session:
        return attachments.read(session, caller.client, alert_id, first).view
