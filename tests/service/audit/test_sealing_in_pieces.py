"""However many records are read at a time, what is sealed is the same: one run of a recorder, up to the first hole."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.audit import sealer
from app.audit.models import AuditRow, AuditSeal
from app.db import Database

sys.path.insert(0, str(Path(__file__).parent))
from loglife import Log


@pytest.mark.parametrize("piece", [1, 3, 9, 10])
def test_pieces_make_one_seal(sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(sealer, "_PIECE", piece)
    log = Log(sqlite_db, tmp_path)
    log.write(9)
    assert log.sealer.seal() == 9
    with sqlite_db.read() as session:
        seals = session.execute(select(AuditSeal.first_index, AuditSeal.first_seq, AuditSeal.records)).all()
    assert [tuple(seal) for seal in seals] == [(0, 1, 9)]
    assert (log.check().damage, log.check().records, log.check().unsealed) == ([], 9, 0)


@pytest.mark.parametrize("missing", [1, 2, 3, 4, 5])
def test_nothing_is_sealed_behind_a_hole(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: int
) -> None:
    monkeypatch.setattr(sealer, "_PIECE", 2)
    log = Log(sqlite_db, tmp_path)
    log.write(6)
    log.free()
    with sqlite_db.write() as session:
        session.execute(text("DELETE FROM audit_record WHERE seq = :seq"), {"seq": missing})
    assert log.sealer.seal() == missing - 1
    with sqlite_db.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow)) == 5
    assert log.check().damage
