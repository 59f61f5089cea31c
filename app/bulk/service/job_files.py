"""The files of jobs: where they are, and that they are not there for ever."""

import json
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.db import Database, ReadSession
from app.jobs import queue
from app.settings import Settings

_IDS_AT_ONCE: Final = 500
_OWNER: Final = "draft.json"


def folder_of(settings: Settings, job_id: str) -> Path:
    """Return where the files of a job are; all workers must see the same folder."""
    return _all(settings) / job_id


def remove(settings: Settings, job_id: str) -> None:
    """Delete what a job has on disk."""
    shutil.rmtree(folder_of(settings, job_id), ignore_errors=True)


def note_owner(settings: Settings, upload_id: str, client: str, said: Mapping[str, Any]) -> None:
    """Write down beside an upload that is no job yet whose it is, and what else is ``said`` of it."""
    path = folder_of(settings, upload_id) / _OWNER
    path.write_text(json.dumps({**said, "client": client}, ensure_ascii=False), encoding="utf-8")


def said_of(settings: Settings, upload_id: str) -> dict[str, Any]:
    """Return what :func:`note_owner` wrote.  Raises ``OSError``, and ``ValueError`` where that cannot be read."""
    said: dict[str, Any] = json.loads((folder_of(settings, upload_id) / _OWNER).read_text(encoding="utf-8"))
    return said


def bytes_of(settings: Settings, session: ReadSession, client: str) -> int:
    """Return how many bytes the files of a client take: of its jobs, ended ones too, and of uploads that wait."""
    folders = {path.name: path for path in _all(settings).glob("*") if path.is_dir()}
    ids = sorted(folders)
    own: set[str] = set()
    for start in range(0, len(ids), _IDS_AT_ONCE):
        own.update(queue.of_client(session, ids[start : start + _IDS_AT_ONCE], client))
    own.update(one for one in ids if one not in own and _waits_for(settings, one, client))
    return sum(_bytes(folders[one]) for one in own)


def _waits_for(settings: Settings, upload_id: str, client: str) -> bool:
    try:
        return said_of(settings, upload_id).get("client") == client
    except (OSError, ValueError):
        return False


def _bytes(folder: Path) -> int:
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))
    except FileNotFoundError:
        return 0


def remove_old(settings: Settings, database: Database, now: datetime) -> int:
    """Delete the files of jobs that ended long enough ago, as the settings have it; return of how many.

    A folder that belongs to no job is an upload that was cut off, and goes at the same age.  What is recorded of a
    job, its report and its findings, stays.
    """
    until = now - timedelta(days=settings.job_files_days)
    folders = sorted(path for path in _all(settings).glob("*") if path.is_dir())
    old = []
    for start in range(0, len(folders), _IDS_AT_ONCE):
        some = folders[start : start + _IDS_AT_ONCE]
        with database.read() as session:
            ended = queue.ended(session, [folder.name for folder in some])
        for folder in some:
            moment = ended[folder.name] if folder.name in ended else _changed(folder)
            if moment is not None and moment < until:
                old.append(folder)
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def _all(settings: Settings) -> Path:
    return settings.data_dir.resolve() / "jobs"


def _changed(folder: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
