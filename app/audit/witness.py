"""Signatures of witnesses under the checkpoints of the log."""

from sqlalchemy import insert, select

from app.audit import store
from app.audit.models import AuditCosignature
from app.audit.note import Cosigner, signature_line
from app.db import Database
from app.errors import Unavailable


def cosign(database: Database, witness: Cosigner) -> str:
    """Sign the newest checkpoint as a witness and return its note.  Raises :class:`Unavailable` where there is none."""
    with database.write() as session:
        newest = store.newest_checkpoint(session)
        if newest is None:
            raise Unavailable("not-sealed-yet", "尚无检查点 / nothing is sealed yet")
        size = newest.checkpoint.size
        is_its = (AuditCosignature.size == size) & (AuditCosignature.name == witness.name)
        if session.scalar(select(AuditCosignature.size).where(is_its)) is None:
            line = signature_line(witness, newest.checkpoint.text())
            session.execute(insert(AuditCosignature), [{"size": size, "name": witness.name, "line": line}])
        again = store.newest_checkpoint(session)
        assert again is not None  # noqa: S101 - it was there a moment ago, and the table is append-only
        return again.note
