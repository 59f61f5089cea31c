"""A database with decisions of some months long ago, and what archives them."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asking import asked
from watchlist_rows import VENUE, load

from app import clock
from app.audit import AuditEntry, append
from app.audit.installation import sealer_of, verifiers_of
from app.audit.verify import Period, Report, _Verification, verify
from app.db import Database, ReadSession
from app.retention.archive_evidence import Archives
from app.retention.archiving import ArchivedMonth, Archiver
from app.retention.file_evidence import ArchiveFiles
from app.retention.holds import Holds
from app.retention.restoring import Restorer
from app.screening.audit_evidence import Decisions
from app.screening.record import Author
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

JUNE, JULY = "2017-06", "2017-07"
MONTHS = {JUNE: datetime(2017, 6, 30, 15, 59, tzinfo=UTC), JULY: datetime(2017, 6, 30, 16, 0, tzinfo=UTC)}
"""A moment of each month: the last minute of June and the first of July in Asia/Shanghai."""
TILE = 256


class World:
    """A database, its log and a folder of archives."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder / "archive"
        self.settings = Settings(
            data_dir=folder / "var", database_url=database.url.render_as_string(hide_password=False)
        )
        self.settings.data_dir.mkdir()
        self.sealer = sealer_of(database, self.settings)
        self.answers: dict[str, dict[str, str]] = {}

    def decide(self, monkeypatch: pytest.MonkeyPatch, counts: Sequence[tuple[str, str, int]]) -> None:
        """Make decisions: month, client, how many."""
        load(self.database, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
        snapshots = SnapshotCache(self.database)
        snapshots.refresh()
        service = self.service = ScreeningService.open(self.database, snapshots, self.settings)
        for month, client, count in counts:
            with monkeypatch.context() as patched:
                patched.setattr("app.clock.now", lambda month=month: MONTHS[month])
                for number in range(count):
                    party = {"identifiers": [{"scheme": "DOMAIN", "value": f"fj-{number:04}.example"}]}
                    name = VENUE["legal_name"] if number % 2 else f"福州样本“{number}”海鲜酒楼有限公司"
                    text = service.screen(
                        asked(name, counterparty=party, reference=f"r-{number}"), Author(client, "甲", None, "test")
                    )
                    self.answers.setdefault(month, {})[json.loads(text)["id"]] = text
        self.fill(TILE)

    def fill(self, count: int) -> None:
        """Write so many other records, so that those before lie in full tiles, and seal."""
        entries = [AuditEntry(id=str(uuid.uuid4()), kind="test.done", at=clock.now()) for _ in range(count)]
        with self.database.write() as session:
            append(session, entries)
        self.sealer.seal_all()

    def archiver(self, **more: Any) -> Archiver:
        """Return what archives."""
        return Archiver(
            database=self.database, sealer=self.sealer, folder=self.folder, by="档案员", os_user="op", **more
        )

    def archive(self, month: str = JUNE) -> ArchivedMonth:
        """Archive a month."""
        return self.archiver().month(month)

    def restore(self, month: str = JUNE, **more: Any) -> int:
        """Restore a month."""
        restorer = Restorer(
            database=self.database, sealer=self.sealer, folder=self.folder, by="档案员", os_user="op", **more
        )
        return restorer.month(month)

    def check(self, *, files: bool = False) -> Report:
        """Verify the log as the command does."""
        evidence = [Decisions(), Archives(), Holds(), *([ArchiveFiles(self.folder)] if files else [])]
        return verify(self.database, verifiers_of(self.settings), evidence)

    def check_in(self, session: ReadSession) -> Report:
        """Verify the log in a session that stays open."""
        run = _Verification(session, verifiers_of(self.settings), [Decisions(), Archives(), Holds()], Period())
        run.scan()
        run.compare_archived()
        run.compare_places()
        run.compare_checkpoints([])
        run.compare_evidence()
        return run.report

    @property
    def file(self) -> Path:
        """The only file of decisions in the folder."""
        (found,) = self.folder.glob("*.parquet")
        return found
