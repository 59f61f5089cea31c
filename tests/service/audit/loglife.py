"""A log to tamper with: some recorders, some sealings, and a table of things that its records tell of."""

import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text

from app import clock
from app.audit import AuditEntry, append
from app.audit.key_files import log_signers
from app.audit.sealer import Sealer
from app.audit.verify import Report, verify
from app.db import Database

ORIGIN = "example.org/cutoff"
TABLES = ("audit_recorder", "audit_record", "audit_seal", "audit_tile", "audit_checkpoint", "audit_cosignature")


class Log:
    """A database with a log and the keys of it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.signers = log_signers(folder, ORIGIN, signs_sm2=False)
        self.keys = [signer.verifier for signer in self.signers]
        self.sealer = Sealer(database, self.signers, folder=folder)

    def write(self, count: int, *, client: str = "core") -> list[str]:
        """Write so many records in one transaction."""
        entries = [
            AuditEntry(
                id=str(uuid.uuid4()), kind="test.done", at=clock.now(), client=client, subject="s", content={"n": i}
            )
            for i in range(count)
        ]
        with self.database.write() as session:
            append(session, entries)
        return [entry.id for entry in entries]

    def grow(self, batches: Sequence[Sequence[int]]) -> None:
        """Write and seal: each batch is a sealing of some transactions, at once by as many recorders."""
        for batch in batches:
            self.write_at_once(batch)
            self.sealer.seal_all()

    def write_at_once(self, counts: Sequence[int]) -> None:
        """Write with several recorders, each of its own transaction, as far as the database lets them."""
        if self.database.is_sqlite:
            for count in counts:
                self.write(count)
            return
        _nested(self, list(counts))

    def check(self, *trusted: str) -> Report:
        """Verify the log."""
        return verify(self.database, self.keys, trusted=trusted)

    def free(self) -> None:
        """Drop the triggers, as an administrator of the database can."""
        with self.database.write() as session:
            for table in TABLES:
                if self.database.is_sqlite:
                    session.execute(text(f"DROP TRIGGER {table}_no_update"))
                    session.execute(text(f"DROP TRIGGER {table}_no_delete"))
                else:
                    session.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))


def _nested(log: Log, counts: list[int]) -> None:
    if not counts:
        return
    with log.database.write() as session:
        append(session, [AuditEntry(id=str(uuid.uuid4()), kind="test.done", at=clock.now()) for _ in range(counts[0])])
        _nested(log, counts[1:])
