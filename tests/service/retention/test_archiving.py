"""Months leave the database whole and verified, the log goes on holding, and they come back to the byte."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archived_world import JULY, JUNE, MONTHS, TILE, World
from asking import asked
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.access.idempotency import IdempotencyClaim
from app.audit import archives
from app.audit.installation import verifiers_of
from app.audit.store import proof_at
from app.audit.verify import How
from app.errors import Conflict, NotFound
from app.screening import store
from app.screening.certificate import certificate
from app.screening.record import Author

TABLES = ("screening", "screening_entity", "screening_identifier", "audit_record")


def rows(world: World) -> dict[str, list[Any]]:
    """Return every row of a decision or record."""
    with world.database.read() as session:
        return {
            table: sorted(tuple(row) for row in session.execute(text(f"SELECT * FROM {table}"))) for table in TABLES
        }


def test_a_month_leaves_and_the_log_is_whole(world: World) -> None:
    before = world.check()
    done = world.archive()
    assert (done.archived, done.removed, done.held, done.not_sealed) == (8, 8, 0, 0)
    for report in (world.check(), world.check(files=True)):
        assert (report.damage, report.archived) == ([], 8)
        assert report.records == before.records - 8 + 1
    with world.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM screening")) == 2
        for table in TABLES[1:3]:
            assert (
                session.scalar(
                    text(f"SELECT count(*) FROM {table} WHERE screening_id NOT IN (SELECT id FROM screening)")
                )
                == 0
            )
    manifest = json.loads(next(world.folder.glob("*.json")).read_text())
    assert (manifest["month"], manifest["decisions"]) == (JUNE, 8)
    assert manifest["clients"] == {"core": 5, "loans": 3}
    assert sum(manifest["outcomes"].values()) == 8
    assert manifest["checkpoint"].startswith("cutoff/audit\n")
    table = pq.read_table(world.file)
    assert set(table["id"].to_pylist()) == set(world.answers[JUNE])
    assert sum(end - first for first, end in manifest["places"]) == 8
    assert (min(table["audit_index"].to_pylist()), max(table["audit_index"].to_pylist())) == (
        manifest["first_index"],
        manifest["last_index"],
    )


def test_what_is_archived_says_so_and_is_still_proved(world: World) -> None:
    one = next(iter(world.answers[JUNE]))
    with world.database.read() as session:
        place = next(iter(archives.sealed_texts(session, archives.Places(), [one], "screening.decided").values()))
        proof = proof_at(session, place.place)
    world.archive()
    with world.database.read() as session:
        found = archives.find_archived(session, one)
        assert found is not None
        assert proof_at(session, found.place).splitlines()[1] == proof.splitlines()[1]
        for read in (store.answer_text, store.request_text, store.recorded):
            with pytest.raises(NotFound, match=f"cutoff retention restore {JUNE}") as caught:
                read(session, one, None)
            assert caught.value.code == "screening-archived"
        with pytest.raises(NotFound) as unknown:
            store.answer_text(session, one, "another")
        assert unknown.value.code == "screening-not-found"


def test_a_month_comes_back_to_the_byte(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.retention.archive_file.BATCH", 3)  # five decisions of one moment, over several pages
    before = rows(world)
    with world.database.read() as session:
        keys = verifiers_of(world.settings)
        papers = {one: certificate(session, one, keys).text for one in world.answers[JUNE]}
    world.archive()
    assert rows(world) != before
    assert world.restore() == 8
    after = rows(world)
    assert {table: after[table] for table in TABLES[:3]} == {table: before[table] for table in TABLES[:3]}
    assert set(before["audit_record"]) <= set(after["audit_record"])
    with world.database.read() as session:
        for one, answer in world.answers[JUNE].items():
            assert store.answer_text(session, one, None) == answer
            assert certificate(session, one, keys).text == papers[one]
    assert world.check(files=True).damage == []
    with pytest.raises(NotFound, match="nothing of this month"):
        world.restore()
    again = world.archive()
    assert again.removed == 8
    assert world.check(files=True).damage == []


def test_only_what_an_archive_has_can_leave(world: World) -> None:
    for table in TABLES:
        with pytest.raises(DBAPIError, match="append-only"), world.database.write() as session:
            session.execute(text(f"DELETE FROM {table}"))
    world.archive()
    for table in ("archive", "archived_record", *TABLES):
        with pytest.raises(DBAPIError, match="append-only"), world.database.write() as session:
            session.execute(text(f"DELETE FROM {table}"))


def test_records_whose_hash_is_in_no_full_tile_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.archive(JULY)
    with world.database.read() as session:
        sealed = archives.sealed_texts(session, archives.Places(), list(world.answers[JUNE]), "screening.decided")
    third = sorted(one.place for one in sealed.values())[2]
    monkeypatch.setattr(archives, "full_tiles_end", lambda _: third)
    done = world.archive()
    assert (done.removed, done.not_sealed) == (2, 6)
    assert world.check(files=True).damage == []
    assert world.archive("2017-08").file_name is None


def test_a_changed_decision_is_not_archived_and_named(world: World) -> None:
    one = next(iter(world.answers[JUNE]))
    with world.database.write() as session:
        if world.database.is_sqlite:
            session.execute(text("DROP TRIGGER screening_no_update"))
        else:
            session.execute(text("ALTER TABLE screening DISABLE TRIGGER USER"))
        session.execute(text("UPDATE screening SET subject = 'another' WHERE id = :id"), {"id": one})
    with pytest.raises(Conflict, match=one):
        world.archive()
    assert list(world.folder.iterdir()) == []
    with world.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM screening")) == 10


def swapped(world: World) -> None:
    """Give June's file the content of July's."""
    june = world.file
    world.archive(JULY)
    (july,) = set(world.folder.glob("*.parquet")) - {june}
    july_name = july.name
    content = july.read_bytes()
    july.write_bytes(june.read_bytes())
    june.write_bytes(content)
    assert july_name != june.name


def truncated(world: World) -> None:
    world.file.write_bytes(world.file.read_bytes()[:-100])


def one_bit(world: World) -> None:
    content = bytearray(world.file.read_bytes())
    content[len(content) // 3] ^= 1
    world.file.write_bytes(bytes(content))


def rewritten(world: World) -> str:
    """Change one answer and write the file anew, whole and readable."""
    table = pq.read_table(world.file)
    answers = table["answer"].to_pylist()
    answers[3] = answers[3].replace('"outcome":"', '"outcome":"NOT_')
    column = table.schema.get_field_index("answer")
    pq.write_table(
        table.set_column(column, table.schema.field(column), pa.array(answers, pa.large_string())), world.file
    )
    return str(table["id"].to_pylist()[3])


def received_changed(world: World) -> None:
    """Change what no hash of the record covers: the hash of the file does."""
    table = pq.read_table(world.file)
    column = table.schema.get_field_index("received")
    other = pa.array(["{}"] * len(table), pa.large_string())
    pq.write_table(table.set_column(column, table.schema.field(column), other), world.file)


def row_left_out(world: World) -> None:
    table = pq.read_table(world.file)
    pq.write_table(table.slice(0, len(table) - 1), world.file)


def removed(world: World) -> None:
    world.file.unlink()


FILE_TAMPERINGS = [swapped, truncated, one_bit, rewritten, received_changed, row_left_out, removed]


def test_a_file_that_is_not_the_archived_one_is_refused_and_named(world: World) -> None:
    world.archive()
    path, content, before = world.file, world.file.read_bytes(), rows(world)
    for tamper in FILE_TAMPERINGS[::-1]:
        named = tamper(world)
        assert world.check().damage == []  # the tree has the hashes
        first = world.check(files=True).first
        assert first is not None, tamper
        assert first.how in {How.CHANGED, How.MISSING}, tamper
        assert first.index is not None, tamper
        with pytest.raises(Conflict) as caught:
            world.restore()
        if named:
            assert first.id == named
            assert named in caught.value.message
        path.write_bytes(content)
        assert tamper is swapped or rows(world) == before, tamper


def free(world: World) -> None:
    with world.database.write() as session:
        for table in (*TABLES, "archived_record", "archive"):
            if world.database.is_sqlite:
                for verb in ("update", "delete"):
                    session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
            else:
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


TAMPERINGS = {
    "a decision is called archived": (
        "INSERT INTO archived_record (id, client, archive, place) SELECT id, client, 1, 7 FROM screening LIMIT 1",
        "DELETE FROM screening_entity",
        "DELETE FROM screening_identifier",
        "DELETE FROM screening WHERE id IN (SELECT id FROM archived_record)",
        "DELETE FROM audit_record WHERE id IN (SELECT id FROM archived_record)",
    ),
    "nothing says that it is archived": (
        "DELETE FROM archived_record WHERE place = (SELECT min(place) FROM archived_record)",
    ),
    "another file": (f"UPDATE archive SET file_sha256 = '{'0' * 64}'",),
    "more places": ("UPDATE archive SET places = (SELECT hashes FROM audit_tile LIMIT 1)",),
    "the archive is gone": ("DELETE FROM archived_record", "DELETE FROM archive"),
    "called restored": ("UPDATE archive SET state = 'RESTORED'",),
}


def test_tampering_with_what_is_archived_is_found(world: World) -> None:
    world.archive()
    free(world)
    for name, statements in TAMPERINGS.items():
        with contextlib.suppress(_Undone), world.database.write() as session:
            for statement in statements:
                session.execute(text(statement))
            first = world.check_in(session).first
            raise _Undone
        assert first is not None, name
    assert world.check().damage == []


class _Undone(Exception):
    """What was done is taken back."""


def test_a_restored_record_that_is_removed_is_missing(world: World) -> None:
    world.archive()
    world.restore()
    free(world)
    one = next(iter(world.answers[JUNE]))
    with world.database.write() as session:
        session.execute(text("UPDATE archive SET state = 'DONE'"))
        session.execute(
            text("INSERT INTO archived_record (id, client, archive, place) VALUES (:id, 'core', 1, 7)"), {"id": one}
        )
        for statement in (
            "screening_entity WHERE screening_id",
            "screening_identifier WHERE screening_id",
            "screening WHERE id",
            "audit_record WHERE id",
        ):
            session.execute(text(f"DELETE FROM {statement} = :id"), {"id": one})
    assert world.check().first is not None


class _Killed(Exception):
    """The process ends here."""


def test_an_archive_that_is_interrupted_anywhere_loses_nothing_and_goes_on(world: World) -> None:
    before = rows(world)
    for round_, point in enumerate(["written", "named", "recorded", "removed"]):

        def stop(where: str, point: str = point) -> None:
            if where == point:
                raise _Killed

        with pytest.raises(_Killed):
            world.archiver(step=stop).month(JUNE)
        assert world.check().damage == [], point
        archiver = world.archiver()
        archiver.resume()
        archiver.month(JUNE)
        assert world.check(files=True).damage == [], point
        assert world.check().archived == 8, point
        with world.database.read() as session:
            assert [one.records for one in archives.archives(session)] == [8] * (round_ + 1), point
        assert len(list(world.folder.glob("*.parquet"))) == 1, point
        assert world.restore() == 8, point
        assert rows(world)["screening"] == before["screening"], point


def test_a_restoration_that_is_interrupted_goes_on(world: World) -> None:
    before = rows(world)

    def stop(_: str) -> None:
        raise _Killed

    world.archive()
    with pytest.raises(_Killed):
        world.restore(step=stop)
    assert world.check(files=True).damage == []
    world.restore()
    assert rows(world)["screening"] == before["screening"]
    assert world.check(files=True).damage == []


@pytest.mark.parametrize("point", ["recorded", "removed"])
def test_an_archive_whose_file_is_lost_midway_is_given_up_only_while_nothing_has_left(
    world: World, tmp_path: Path, point: str
) -> None:
    def stop(where: str) -> None:
        if where == point:
            raise _Killed

    with pytest.raises(_Killed):
        world.archiver(step=stop).month(JUNE)
    kept = world.file
    kept.rename(tmp_path / "lost")
    with pytest.raises(Conflict, match="another archive is not finished"):
        world.archiver().month(JULY)
    if point == "removed":
        with pytest.raises(Conflict, match="the archive's file is not there"):
            world.archiver().resume()
        (tmp_path / "lost").rename(kept)
    assert len(world.archiver().resume()) == (point == "removed")
    assert world.check().damage == []
    assert world.archive().archived == (8 if point == "recorded" else 0)
    assert world.check(files=True).damage == []


def test_a_repeated_key_is_never_answered_otherwise(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    author, problem = Author("core", "甲", None, "api"), '{"type":"urn:cutoff:problem:validation"}'
    one = IdempotencyClaim.of("core", "POST /v1/screenings", "k", b"{}")
    many = IdempotencyClaim.of("core", "POST /v1/screenings/batch", "k", b"{}")
    with monkeypatch.context() as patched:
        patched.setattr("app.clock.now", lambda: MONTHS[JUNE])
        first = world.service.screen(asked(), author, one)
        decided = [world.service.decide(asked(name), "core") for name in ("福州样本甲有限公司", "福州样本乙有限公司")]
        texts = world.service.keep(decided, [decided[0].text, problem, decided[1].text], author, many)
    world.fill(TILE)
    before = answers(world)
    world.archive()
    assert json.loads(answers(world)[1][1])[1] == problem
    assert not any("record_sha256" in answer for _, answer in answers(world))
    for claim in (one, many):
        with pytest.raises(Conflict) as caught:
            world.service.recall(claim)
        assert caught.value.code == "idempotency-key-archived"
    with pytest.raises(Conflict, match="is archived"):
        world.service.screen(asked(), author, one)
    forged = json.dumps([{"archived": next(iter(world.answers[JULY]))}])
    for answer in ("[]", json.dumps([first.replace("BLOCK", "PASS")]), forged, "{}"):
        with pytest.raises(DBAPIError, match="append-only"), world.database.write() as session:
            session.execute(
                text("UPDATE idempotency_key SET answer = :a WHERE route = 'POST /v1/screenings'"), {"a": answer}
            )
    assert world.restore() == 11
    assert answers(world) == before
    assert world.service.screen(asked(), author, one) == first
    assert world.service.recall(many) == texts
    assert world.check(files=True).damage == []


def answers(world: World) -> list[tuple[str, str]]:
    with world.database.read() as session:
        found = session.execute(text("SELECT route, answer FROM idempotency_key ORDER BY route"))
        return [(row.route, row.answer) for row in found]
