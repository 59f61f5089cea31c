"""Whoever owns the database changes, removes, adds, swaps or rolls back: verification says so and names the first."""

import contextlib
import json
import random
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app import clock
from app.audit import AuditEntry, append, audit_recorder, store
from app.audit.verify import How, Period, Report, _Verification
from app.db import Database

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "audit"))
import rfc6962
from loglife import TABLES, Log


@pytest.fixture
def log(db: Database, tmp_path: Path) -> Log:
    log = Log(db, tmp_path)
    log.grow([(1, 3), (200, 90, 40), (5,), (300, 2)])
    log.write(4)
    return log


def test_an_untouched_log_is_whole(log: Log) -> None:
    report = log.check()
    assert (report.damage, report.records, report.unsealed) == ([], 645, 4)
    assert report.checkpoint is not None
    assert report.checkpoint.size == 641


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_the_tables_refuse_changes(log: Log, table: str, statement: str) -> None:
    with log.database.read() as session:
        column = list(session.execute(text(f"SELECT * FROM {table} LIMIT 1")).keys())[-1]
    if table == "audit_cosignature" and log.database.is_sqlite:
        pytest.skip("it is empty, and the triggers of SQLite are for each row")
    with pytest.raises(DBAPIError, match="append-only"), log.database.write() as session:
        session.execute(text(statement.format(table, column, column)))


def test_proofs_and_notes_hold_for_a_second_implementation(log: Log) -> None:
    key = log.keys[0].text()
    log.sealer.seal_all()
    with log.database.read() as session:
        newest = store.newest_checkpoint(session)
        assert newest is not None
        records = list(store.sealed_records(session, store.AuditSearch()))
        leaves = [rfc6962.leaf(one.text.encode()) for one in records]
        assert [one.index for one in records] == list(range(645))
        assert rfc6962.root(leaves) == newest.checkpoint.root
        for index in (0, 1, 255, 256, 511, 512, 640, 644):
            record = store.find(session, records[index].id)
            proof = store.proof(session, record)
            assert rfc6962.record_is_proved(record.text.encode(), proof, key)
            assert not rfc6962.record_is_proved(record.text.encode() + b" ", proof, key)


def test_a_transaction_that_is_rolled_back_leaves_no_hole(db: Database, tmp_path: Path) -> None:
    log = Log(db, tmp_path)
    log.write(2)
    for _ in range(3):
        with contextlib.suppress(_Undone), db.write() as session:
            append(session, [AuditEntry(id=str(uuid.uuid4()), kind="test.undone", at=clock.now())])
            raise _Undone
        log.write(1)
    with db.write() as session:
        append(session, [AuditEntry(id="outer", kind="test.done", at=clock.now())])
        with contextlib.suppress(_Undone), session.begin_nested():
            append(session, [AuditEntry(id="inner", kind="test.undone", at=clock.now())])
            raise _Undone
        append(session, [AuditEntry(id="after", kind="test.done", at=clock.now())])
    log.write(1)
    log.sealer.seal_all()
    assert (log.check().damage, log.check().records, log.check().unsealed) == ([], 8, 0)


class _Undone(Exception):
    """What was done is taken back."""


# Tampering: each takes a connection and a generator, and returns what must be found.

Expected = tuple[set[How], int | None]


def _rows(connection: Connection) -> list[Any]:
    return list(connection.execute(text("SELECT recorder, seq, id, text FROM audit_record ORDER BY recorder, seq")))


def _index(connection: Connection, recorder: int, seq: int) -> int | None:
    found = connection.execute(
        text(
            "SELECT first_index - first_seq + :s FROM audit_seal "
            "WHERE recorder = :r AND first_seq <= :s AND :s < first_seq + records"
        ),
        {"r": recorder, "s": seq},
    ).scalar()
    return None if found is None else int(found)


def _sealed(connection: Connection, draw: random.Random) -> Any:
    rows = [row for row in _rows(connection) if _index(connection, row.recorder, row.seq) is not None]
    return draw.choice(rows)


def change_a_text(connection: Connection, draw: random.Random) -> Expected:
    row = _sealed(connection, draw)
    said = json.loads(row.text)
    said[draw.choice(["salt", "subject", "via", "key_id"])] = "another"
    new = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    _set(connection, row, new)
    return {How.CHANGED}, _index(connection, row.recorder, row.seq)


def change_one_bit(connection: Connection, draw: random.Random) -> Expected:
    row = _sealed(connection, draw)
    place = draw.randrange(len(row.text))
    new = row.text[:place] + chr(ord(row.text[place]) ^ 1) + row.text[place + 1 :]
    _set(connection, row, new)
    return {How.CHANGED}, _index(connection, row.recorder, row.seq)


def _set(connection: Connection, row: Any, new: str) -> None:
    connection.execute(
        text("UPDATE audit_record SET text = :t WHERE recorder = :r AND seq = :s"),
        {"t": new, "r": row.recorder, "s": row.seq},
    )


def change_a_column(connection: Connection, draw: random.Random) -> Expected:
    row = _sealed(connection, draw)
    column = draw.choice(["id", "kind", "client"])
    connection.execute(
        text(f"UPDATE audit_record SET {column} = 'another' WHERE recorder = :r AND seq = :s"),
        {"r": row.recorder, "s": row.seq},
    )
    return {How.CHANGED}, _index(connection, row.recorder, row.seq)


def remove_a_record(connection: Connection, draw: random.Random) -> Expected:
    row = _sealed(connection, draw)
    connection.execute(
        text("DELETE FROM audit_record WHERE recorder = :r AND seq = :s"), {"r": row.recorder, "s": row.seq}
    )
    return {How.MISSING}, _index(connection, row.recorder, row.seq)


def remove_the_end(connection: Connection, draw: random.Random) -> Expected:
    row = _sealed(connection, draw)
    connection.execute(
        text("DELETE FROM audit_record WHERE recorder = :r AND seq >= :s"), {"r": row.recorder, "s": row.seq}
    )
    return {How.MISSING}, _index(connection, row.recorder, row.seq)


def remove_all(connection: Connection, draw: random.Random) -> Expected:
    del draw
    connection.execute(text("DELETE FROM audit_record"))
    return {How.MISSING}, 0


def insert_a_record(connection: Connection, draw: random.Random) -> Expected:
    row = _sealed(connection, draw)
    last = max(one.seq for one in _rows(connection) if one.recorder == row.recorder)
    said = json.loads(row.text) | {"seq": last + 1, "id": "inserted"}
    connection.execute(
        text(
            "INSERT INTO audit_record (recorder, seq, id, kind, client, at, text) "
            "SELECT recorder, :n, 'inserted', kind, client, at, :t FROM audit_record WHERE recorder = :r AND seq = :s"
        ),
        {"n": last + 1, "t": json.dumps(said, sort_keys=True, separators=(",", ":")), "r": row.recorder, "s": row.seq},
    )
    return {How.CHANGED, How.INSERTED}, None


def swap_two(connection: Connection, draw: random.Random) -> Expected:
    one, other = _sealed(connection, draw), _sealed(connection, draw)
    while other.id == one.id:
        other = _sealed(connection, draw)
    _set(connection, one, other.text)
    _set(connection, other, one.text)
    places = [_index(connection, row.recorder, row.seq) for row in (one, other)]
    return {How.REORDERED, How.CHANGED}, min(place for place in places if place is not None)


def rewrite_the_chain(connection: Connection, draw: random.Random) -> Expected:
    """Change a record and all hashes behind it, so that only the tree tells."""
    row = _sealed(connection, draw)
    previous = None
    for one in _rows(connection):
        if one.recorder != row.recorder or one.seq < row.seq:
            continue
        said = json.loads(one.text)
        said = said | ({"subject": "another"} if previous is None else {"previous": previous})
        new = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous = rfc6962.leaf(new.encode()).hex()
        _set(connection, one, new)
    # Where no tile is full yet only a checkpoint tells, which is over many records.
    index = _index(connection, row.recorder, row.seq)
    return {How.CHANGED}, index if index is not None and index < 512 else None


def change_a_tile(connection: Connection, draw: random.Random) -> Expected:
    level, place, hashes = draw.choice(list(connection.execute(text("SELECT level, place, hashes FROM audit_tile"))))
    spot = draw.randrange(len(hashes))
    new = hashes[:spot] + bytes([hashes[spot] ^ 1]) + hashes[spot + 1 :]
    connection.execute(
        text("UPDATE audit_tile SET hashes = :h WHERE level = :l AND place = :p"), {"h": new, "l": level, "p": place}
    )
    return {How.CHANGED}, place * 256 + spot // 32


def change_a_checkpoint(connection: Connection, draw: random.Random) -> Expected:
    size, note = draw.choice(list(connection.execute(text("SELECT size, note FROM audit_checkpoint"))))
    lines = note.split("\n")
    line = draw.choice([2, 4])
    spot = draw.randrange(2, len(lines[line]) - 4) if line == 2 else draw.randrange(40, len(lines[line]) - 4)
    lines[line] = lines[line][:spot] + ("A" if lines[line][spot] != "A" else "B") + lines[line][spot + 1 :]
    connection.execute(
        text("UPDATE audit_checkpoint SET note = :n WHERE size = :s"), {"n": "\n".join(lines), "s": size}
    )
    return {How.CHANGED}, None


def remove_the_checkpoints(connection: Connection, draw: random.Random) -> Expected:
    sizes = sorted(size for (size,) in connection.execute(text("SELECT size FROM audit_checkpoint")))
    first = draw.choice(sizes)
    connection.execute(text("DELETE FROM audit_checkpoint WHERE size >= :s"), {"s": first})
    return {How.MISSING}, max([size for size in sizes if size < first], default=0)


def move_a_seal(connection: Connection, draw: random.Random) -> Expected:
    first, records = draw.choice(
        list(connection.execute(text("SELECT first_index, records FROM audit_seal WHERE records > 1")))
    )
    connection.execute(
        text("UPDATE audit_seal SET records = :n WHERE first_index = :f"),
        {"n": records - draw.randrange(1, records), "f": first},
    )
    return {How.MISSING, How.CHANGED}, None


TAMPERINGS: list[Callable[[Connection, random.Random], Expected]] = [
    change_a_text,
    change_one_bit,
    change_a_column,
    remove_a_record,
    remove_the_end,
    remove_all,
    insert_a_record,
    swap_two,
    rewrite_the_chain,
    change_a_tile,
    change_a_checkpoint,
    remove_the_checkpoints,
    move_a_seal,
]


def tampered(log: Log, tamper: Callable[[Connection, random.Random], Expected], seed: int) -> None:
    """Tamper inside a transaction, verify in it, and take it back."""
    with contextlib.suppress(_Undone), log.database.write() as session:
        expected, index = tamper(session.connection(), random.Random(seed))
        first = _verified_in(session, log).first
        raise _Undone
    assert first is not None, (tamper.__name__, seed)
    assert first.how in expected, (tamper.__name__, seed, first)
    assert index is None or first.index == index, (tamper.__name__, seed, first)


def _verified_in(session: Any, log: Log) -> Report:
    # The walk itself, in a session that stays open.

    run = _Verification(session, log.keys, (), Period())
    run.scan()
    run.compare_places()
    run.compare_checkpoints([])
    run.compare_evidence()
    return run.report


@pytest.fixture
def free_log(log: Log) -> Iterator[Log]:
    log.free()
    yield log
    assert log.check().damage == []


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__)
def test_tampering_is_found_and_the_first_record_is_named(free_log: Log, tamper: Any) -> None:
    for seed in range(3):
        tampered(free_log, tamper, seed)


@pytest.mark.long
def test_a_thousand_random_tamperings_are_found_and_no_untouched_copy_is_accused(free_log: Log) -> None:
    for seed in range(1_000):
        tampered(free_log, TAMPERINGS[seed % len(TAMPERINGS)], 1_000 + seed)
    for _ in range(1_000):
        assert free_log.check().damage == []


def test_a_log_that_is_rolled_back_is_found_by_a_trusted_checkpoint(log: Log) -> None:
    log.sealer.seal_all()
    with log.database.read() as session:
        trusted = store.newest_checkpoint(session)
        assert trusted is not None
    log.free()
    with log.database.write() as session:
        for table, column in (("audit_checkpoint", "size > 334"), ("audit_seal", "first_index >= 334")):
            session.execute(text(f"DELETE FROM {table} WHERE {column}"))
        session.execute(text("DELETE FROM audit_tile WHERE place > 0"))
        session.execute(
            text(
                "DELETE FROM audit_record WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.recorder = "
                "audit_record.recorder AND seq >= first_seq AND seq < first_seq + records)"
            )
        )
    assert log.check().damage == []  # as far as the database can tell
    first = log.check(trusted.note).first
    assert first is not None
    assert (first.how, first.index) == (How.ROLLED_BACK, log.check().checkpoint.size)


def test_another_history_of_the_same_length_is_found_by_a_trusted_checkpoint(db: Database, tmp_path: Path) -> None:
    log = Log(db, tmp_path)
    log.grow([(3,)])
    with db.read() as session:
        trusted = store.newest_checkpoint(session)
        assert trusted is not None
    log.free()
    with db.write() as session:
        for table in reversed(TABLES):
            session.execute(text(f"DELETE FROM {table}"))

    audit_recorder._forget_all()
    again = Log(db, tmp_path)
    again.grow([(4,)])
    assert again.check().damage == []
    first = again.check(trusted.note).first
    assert first is not None
    assert first.how is How.ROLLED_BACK
