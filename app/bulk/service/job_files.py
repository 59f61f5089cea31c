"""The files of jobs: where they are, and that they are not there for ever."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from app.db import Database, ReadSession
from app.errors import TooMany
from app.jobs import queue
from app.settings import Settings

_IDS_AT_ONCE: Final = 500


def folder_of(settings: Settings, job_id: str) -> Path:
    """Return where the files of a job are; all workers must see the same folder."""
    return _all(settings) / job_id


def remove(settings: Settings, job_id: str) -> None:
    """Delete what a job has on disk."""
    shutil.rmtree(folder_of(settings, job_id), ignore_errors=True)


def require_room(settings: Settings, session: ReadSession, client: str) -> None:
    """Raise :class:`TooMany` where the files of a client's jobs, ended ones too, take more than it may have."""
    folders = {path.name: path for path in _all(settings).glob("*") if path.is_dir()}
    ids = sorted(folders)
    used = 0
    for start in range(0, len(ids), _IDS_AT_ONCE):
        own = queue.of_client(session, ids[start : start + _IDS_AT_ONCE], client)
        used += sum(_bytes(folders[one]) for one in own)
    if used > settings.job_bytes_of_client_max:
        days = settings.job_files_days
        raise TooMany(
            "too-many-jobs",
            f"该客户任务文件已占 {used >> 20} MiB，结束{days}天后清理 / "
            f"the files of this client's jobs take {used >> 20} MiB already; they go {days} days after the end",
        )


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
