"""Restoring: the decisions of an archived month come back into the database, to the byte."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app import clock
from app.audit import archives
from app.audit.archives import TAKEN_BACK, Archive
from app.audit.sealer import Sealer
from app.db import Database
from app.errors import Conflict, NotFound
from app.retention.archive_file import ArchivedDecision, read_archive
from app.retention.archiving import require_file, take_back
from app.retention.file_evidence import first_fault
from app.retention.first_answers import put_answers_back
from app.retention.months import span_of
from app.screening import archived_rows
from app.screening.row_digest import DECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Restorer:
    """Restores months from a folder, as the owner of the tables; ``step`` as for archiving."""

    database: Database
    sealer: Sealer
    folder: Path
    by: str
    os_user: str
    now: Callable[[], datetime] = clock.now
    step: Callable[[str], None] = lambda _: None

    def month(self, month: str) -> int:
        """Restore a month and return how many decisions came back; again it goes on with what is left.

        Raises :class:`NotFound` where nothing of the month is archived, and :class:`Conflict` where a file is not
        there, or is not what was archived: then nothing comes back, and the first bad record is named.
        """
        span_of(month)
        with self.database.read() as session:
            found = [one for one in archives.archives(session) if one.month == month and one.state != TAKEN_BACK]
        if not found:
            raise NotFound("month-not-archived", f"{month}: 没有归档 / nothing of this month is archived")
        for one in found:
            self._require_whole(one)
        restored = sum(self._restore(one) for one in found)
        self.sealer.seal_all()
        return restored

    def _require_whole(self, archive: Archive) -> None:
        with self.database.read() as session:
            fault = first_fault(session, archive, self.folder)
        if fault is not None:
            place = "-" if fault.index is None else fault.index
            raise Conflict(
                "archive-damaged",
                f"{archive.file_name}: index {place} id {fault.id or '-'}: 归档文件已损坏或被改动，"
                f"未恢复 / {fault.detail}: nothing is restored",
            )
        require_file(self.folder, archive)

    def _restore(self, archive: Archive) -> int:
        restored = 0
        for decisions in read_archive(self.folder / archive.file_name):
            with self.database.write() as session:
                gone = archives.archived_among(session, archive.no, [one.rows.id for one in decisions])
                back = [one for one in decisions if one.rows.id in gone]
                if back:
                    archived_rows.put_decisions_back(session, [one.rows for one in back])
                    archives.put_back(session, _records(back))
                restored += len(back)
            self.step("restored")
        put_answers_back(self.database, archive.month)
        with self.database.write() as session:
            take_back(session, archive, restored, by=self.by, os_user=self.os_user, now=self.now())
        return restored


def _records(decisions: Sequence[ArchivedDecision]) -> list[dict[str, Any]]:
    """Return the rows of the records of decisions, as they were."""
    return [
        {
            "recorder": one.sealed.recorder,
            "seq": one.sealed.seq,
            "id": one.rows.id,
            "kind": DECIDED,
            "client": one.rows.row["client"],
            "at": one.rows.row["screened_at"],
            "text": one.sealed.text,
        }
        for one in decisions
    ]
