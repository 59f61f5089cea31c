"""A file that a person has uploaded and not taken in yet: it lies in the folder of its job until then.

Folders of jobs that never began are removed with those that ended (``CUTOFF_JOB_FILES_DAYS``).
"""

import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile

from app import clock
from app.access import Principal
from app.bulk.readers import open_reader
from app.bulk.service import job_files
from app.db import Database
from app.errors import Invalid, NotFound, TooMany
from app.jobs import queue
from app.monitoring import client_files
from app.settings import Settings
from app.watchlists.versions.importing import Upload
from app.web.columns import FilePreview, kept_for
from app.web.page import Page

_SUFFIX_MAX: Final = 10
_REFUSED_BYTES_MAX: Final = 16 << 20
_REFUSED: Final = uuid.UUID("5a0f6a56-34c6-4d5e-9a3c-0a8d4b1f6f7e")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDraft:
    """Whose file it is, what it is called, what it is for, and what its columns, or all its rows, were said to be."""

    id: str
    kind: str
    client: str
    person: str
    name: str
    uploaded_at: str
    input: str
    columns: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    def path(self, settings: Settings) -> Path:
        """Return where the file lies."""
        return job_files.folder_of(settings, self.id) / self.input


def keep(settings: Settings, file: Any, kind: str, visitor: Principal, missing: str) -> UploadDraft:  # noqa: ANN401 - a field of a form
    """Store an uploaded file.  Raises Invalid, with the text ``missing`` where there is none, and TooLarge."""
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid("file-missing", missing)
    draft = _draft(str(uuid.uuid4()), kind, visitor, file.filename)
    try:
        path = draft.path(settings)
        path.parent.mkdir(parents=True)
        with path.open("wb") as stored:
            shutil.copyfileobj(file.file, stored)
        open_reader.format_of(path)
        open_reader.check(path)
        _write(settings, draft)
    except BaseException:
        job_files.remove(settings, draft.id)
        raise
    return draft


def keep_refused(
    settings: Settings, database: Database, sent: Upload, code: str, visitor: Principal
) -> UploadDraft | None:
    """Store a list file that was refused, so that it can be had annotated; None where there is no room to keep it.

    A person's refused file of a list takes the place of the one before.
    """
    if len(sent.data) > _REFUSED_BYTES_MAX:
        return None
    owner = f"{visitor.client}\x1f{visitor.subject}\x1f{code}"
    draft = _draft(str(uuid.uuid5(_REFUSED, owner)), refused_kind(code), visitor, sent.name)
    job_files.remove(settings, draft.id)
    try:
        with database.read() as session:
            client_files.require_room(settings, session, visitor.client, more=len(sent.data))
    except TooMany:
        return None
    path = draft.path(settings)
    path.parent.mkdir(parents=True)
    path.write_bytes(sent.data)
    _write(settings, replace(draft, options=dict(sent.options)))
    return draft


def refused_kind(code: str) -> str:
    """Return what kind of draft a refused file of a list is."""
    return f"refused:{code}"


def _draft(draft_id: str, kind: str, visitor: Principal, name: str) -> UploadDraft:
    return UploadDraft(
        id=draft_id,
        kind=kind,
        client=visitor.client,
        person=visitor.subject,
        name=name,
        uploaded_at=clock.now().isoformat(),
        input=f"input{Path(name).suffix.lower()[:_SUFFIX_MAX]}",
    )


def receive(
    page: Page,
    visitor: Principal,
    database: Database,
    settings: Settings,
    form: FormData,
    kind: str,
    *,
    look: Callable[[UploadDraft], FilePreview],
    earlier_max: int,
) -> UploadDraft:
    """Store an uploaded file, its columns said to be what those of the newest of earlier files like it are.

    ``look`` reads its columns.  Raises Invalid, TooLarge, and TooMany where the client may store no more.
    """
    file = form.get("file")
    with database.read() as session:
        more = (file.size or 0) if isinstance(file, UploadFile) else 0
        client_files.require_room(settings, session, visitor.client, more=more)
    draft = keep(settings, file, kind, visitor, page.texts("upload.choose_file"))
    with database.read() as session:
        before = queue.recent(session, kind, visitor.client, earlier_max)
    earlier = [(one.options.get("reading") or {}).get("columns") or {} for one in before]
    return with_columns(settings, draft, kept_for([one.title for one in look(draft).columns], earlier))


def read(settings: Settings, draft_id: str, kind: str, visitor: Principal) -> UploadDraft:
    """Return a file that waits.  Raises :class:`NotFound` for none, one for something else, or another client's."""
    detail = f"没有此任务 / there is no job {draft_id}"
    try:
        draft = UploadDraft(**job_files.said_of(settings, draft_id))
    except (OSError, ValueError, TypeError) as error:
        raise NotFound("job-not-found", detail) from error
    if draft.kind != kind or not (visitor.sees_all_clients or draft.client == visitor.client):
        raise NotFound("job-not-found", detail)
    return draft


def with_columns(settings: Settings, draft: UploadDraft, columns: Mapping[str, str]) -> UploadDraft:
    """Write down what the columns of a file are said to be."""
    changed = replace(draft, columns=dict(columns))
    _write(settings, changed)
    return changed


def _write(settings: Settings, draft: UploadDraft) -> None:
    job_files.note_owner(settings, draft.id, draft.client, asdict(draft))
