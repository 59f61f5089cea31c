"""A large book as a job: the file is in the job's folder until a worker has taken it in.

A worker that is killed has taken in some of it; the next one begins anew, and what is there already is unchanged.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from app import clock
from app.bulk.readers.read_options import ReadOptions
from app.bulk.service.job_files import folder_of
from app.db import Database, WriteSession
from app.jobs import queue
from app.jobs.queue import ChunkClaim, NewChunk, Owner
from app.monitoring.upload import UploadOptions, take_in
from app.settings import Settings

KIND: Final = "book"
OPEN_JOBS_MAX: Final = 2
_STAGE: Final = "take-in"


def submit(session: WriteSession, owner: Owner, path: Path, options: Mapping[str, Any], job_id: str) -> None:
    """Queue a book that is in its job's folder.  Raises TooMany."""
    queue.create(
        session,
        KIND,
        owner,
        {**options, "input": path.name},
        NewChunk(_STAGE, {}),
        now=clock.now(),
        job_id=job_id,
        open_max=OPEN_JOBS_MAX,
    )


def options_of(
    settings: Settings, *, replace: bool, confirmed: bool, reading: ReadOptions | None = None
) -> UploadOptions:
    """Return what holds for a file, with the limits of the settings; ``reading`` says how a table is read."""
    return UploadOptions(
        replace=replace,
        confirmed=confirmed,
        close_max_share=settings.book_close_max_share,
        name_chars_max=settings.name_chars_max,
        text_chars_max=settings.text_chars_max,
        reading=reading or ReadOptions(),
    )


class BookJobs:
    """Takes in books for one worker."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def do(self, claim: ChunkClaim) -> Callable[[WriteSession], None]:
        """Take in the file; return what is to be written in the transaction that finishes the job."""
        path = folder_of(self._settings, claim.job_id) / claim.options["input"]
        given = claim.options
        options = options_of(
            self._settings,
            replace=given["replace"],
            confirmed=given["confirmed"],
            reading=ReadOptions.from_json(given.get("reading") or {}),
        )
        report = take_in(self._database, claim.owner.client, path, options).as_json()

        def write(session: WriteSession) -> None:
            queue.complete(session, claim.job_id, {"report": report}, clock.now())

        return write
