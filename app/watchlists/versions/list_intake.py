"""Taking in a list file: the one way of the command line, the API, the console and the samples."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from app.db import Database, WriteSession
from app.errors import Forbidden, TooMany
from app.law_parameters import parameters_of
from app.settings import Settings
from app.tabular.limits import FileLimits
from app.watchlists.checks.validate import Progress, no_progress
from app.watchlists.history.version import VersionRecord
from app.watchlists.versions import service, store
from app.watchlists.versions.importing import Checked, Checker, Upload
from app.watchlists.versions.transition import Actor

Also = Callable[[WriteSession, VersionRecord], None]
"""Writes something in the transaction that stores a version."""


@dataclass(frozen=True, slots=True)
class ListIntake:
    """Checks files in a transaction that only reads and stores them in one that only writes, so that others can work.

    Nothing is stored of a file that was refused, and nothing half.
    """

    database: Database
    checker: Checker
    draft_bytes_max: int

    @classmethod
    def open(cls, database: Database, settings: Settings) -> Self:
        """Open it with the limits and the parameters of the settings."""
        return cls(database, checker_of(settings), settings.draft_bytes_of_person_max)

    def check(self, code: str, upload: Upload, now: datetime, progress: Progress = no_progress) -> Checked:
        """Return what is wrong with a file for a list, and what it would change.

        Raises what :meth:`.Checker.check` raises, and :class:`app.errors.Invalid` for a code that is none.
        """
        service.check_code(code)
        with self.database.read() as session:
            return self.checker.check(session, code, upload, now, progress)

    def store(
        self,
        code: str,
        upload: Upload,
        checked: Checked,
        actor: Actor,
        now: datetime,
        *,
        only_backfills: bool = False,
        also: Also | None = None,
    ) -> VersionRecord:
        """Store a checked file as a draft.

        ``only_backfills`` is for a checker, who may say that a file was received earlier and may upload no other;
        without it a file that says so is refused.  Raises :class:`TooMany` ``drafts-full`` where the person's drafts
        take too much room with this one.
        """
        if only_backfills and checked.batch is not None and not checked.batch.is_backfilled(now):
            raise Forbidden("wrong-role", "复核角色只能上传补录文件 (a list_checker uploads backfilled files only)")
        with self.database.write() as session:
            self._require_room(session, actor.subject, len(upload.data))
            done = service.import_draft(session, code, upload, checked, actor, now, may_backfill=only_backfills)
            if also is not None:
                also(session, done)
        return done

    def _require_room(self, session: WriteSession, maker: str, more: int) -> None:
        used, most = store.draft_bytes(session, maker), self.draft_bytes_max
        if used + more > most:
            raise TooMany(
                "drafts-full",
                f"您未提交的名单文件已占 {used >> 20} MiB，上限 {most >> 20} MiB：请先提交或撤回 / your drafts take "
                f"{used >> 20} MiB of {most >> 20} MiB: submit or withdraw some first",
            )

    def put_in_force(
        self, code: str, upload: Upload, checked: Checked, *, maker: Actor, checker: Actor, now: datetime
    ) -> VersionRecord:
        """Store, submit, approve and activate in one transaction; the maker and the checker are two people."""
        with self.database.write() as session:
            return service.load(session, code, upload, checked, maker=maker, checker=checker, now=now)


def checker_of(settings: Settings) -> Checker:
    """Return what files are checked with: the bank's limits and its parameters of the law."""
    return Checker(FileLimits.of(settings), parameters_of(settings))
