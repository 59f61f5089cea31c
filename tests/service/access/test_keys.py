"""Keys and clients: look-alike subjects, rotation with overlap, scopes, closing, and revocation in every process."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from app.access import Role, clients, keys
from app.access.directory import KeyDirectory
from app.access.rate import RateLimit
from app.db import Database
from app.errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated, Unavailable

LOOK_ALIKES = ["zhаng.san", "zhang.sàn", "zhang.ѕan", "zhɑng.san"]


def made(db: Database, **more: object) -> tuple[keys.Key, str]:
    with db.write() as session:
        return keys.create(session, Role.SCREENER, **more)


@pytest.mark.parametrize("other", LOOK_ALIKES)
def test_a_subject_that_looks_like_another_is_refused(db: Database, other: str) -> None:
    made(db, subject="zhang.san")
    with pytest.raises(Conflict) as caught:
        made(db, subject=other)
    assert caught.value.code == "subject-looks-alike"


def test_a_subject_that_differs_in_case_and_spaces_is_the_one_that_is_known(db: Database) -> None:
    made(db, subject="Zhang San")
    assert made(db, subject="zhang  SAN")[0].subject == "Zhang San"


@pytest.mark.parametrize("bad", ["", "  ", "a\nb", "a\u200bb", "\u3164"])
def test_a_subject_without_ink_or_with_hidden_characters_is_refused(db: Database, bad: str) -> None:
    with pytest.raises(Invalid):
        made(db, subject=bad)


def test_a_rotated_key_and_its_successor_hold_until_the_overlap_is_over(db: Database) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as traveller:
        old, old_secret = made(db, scopes=["screenings:read"], client="core")
        with db.write() as session:
            new, new_secret = keys.rotate(session, old.id, overlap=timedelta(hours=1))
        assert (new.role, new.client, new.subject, new.scopes) == (old.role, old.client, old.subject, old.scopes)
        with db.read() as session:
            assert keys.authenticate(session, old_secret).key_id == old.id
            assert keys.authenticate(session, new_secret).key_id == new.id
        traveller.shift(3601)
        with db.read() as session:
            assert keys.authenticate(session, new_secret).key_id == new.id
            with pytest.raises(Unauthenticated) as caught:
                keys.authenticate(session, old_secret)
        assert caught.value.code == "key-expired"


def test_a_key_is_rotated_once_and_never_beyond_its_end(db: Database) -> None:
    key, _ = made(db)
    with db.write() as session:
        keys.rotate(session, key.id, overlap=timedelta(days=1))
    with db.write() as session, pytest.raises(Conflict):
        keys.rotate(session, key.id, overlap=timedelta(days=1))
    revoked, _ = made(db)
    with db.write() as session:
        keys.revoke(session, revoked.id)
    with db.write() as session, pytest.raises(Conflict):
        keys.rotate(session, revoked.id, overlap=timedelta(days=1))
    with db.write() as session, pytest.raises(Invalid):
        keys.rotate(session, key.id, overlap=timedelta(days=31))


@pytest.mark.parametrize("scopes", [[], ["screenings"], ["screenings:delete"], ["*:read"], ["a:read", "B:read"]])
def test_a_scope_that_is_none_is_refused(db: Database, scopes: list[str]) -> None:
    with pytest.raises(Invalid):
        made(db, scopes=scopes)


def test_a_closed_client_has_no_key_and_gets_none(db: Database) -> None:
    _, secret = made(db, client="core")
    with db.write() as session:
        clients.close(session, "core")
    with db.read() as session, pytest.raises(Unauthenticated):
        keys.authenticate(session, secret)
    with pytest.raises(Conflict):
        made(db, client="core")
    with pytest.raises(NotFound):
        made(db, client="nobody", makes_client=False)
    with db.write() as session, pytest.raises(Invalid):
        clients.create(session, "*")


@pytest.fixture
def directory(db: Database) -> Iterator[KeyDirectory]:
    """Return a directory of another process, as it were: over the same database, with its own memory."""
    directory = KeyDirectory(Database(db.url), confirm_max_s=1.0)
    directory.start()
    yield directory
    directory.stop()
    directory._database.close()


def test_a_key_is_known_without_asking_once_it_was_confirmed(directory: KeyDirectory, db: Database) -> None:
    key, secret = made(db)
    assert directory.known(secret) is None
    assert directory.authenticate(secret).key_id == key.id
    time.sleep(2.2)  # in use, so it is confirmed again and again without anybody asking
    assert directory.known(secret) is not None


def test_a_revocation_holds_in_every_process_within_two_seconds(directory: KeyDirectory, db: Database) -> None:
    key, secret = made(db)
    directory.authenticate(secret)
    with db.write() as session:
        keys.revoke(session, key.id)
    revoked = time.monotonic()
    while directory.known(secret) is not None:
        time.sleep(0.01)
    assert time.monotonic() - revoked < 2
    with pytest.raises(Unauthenticated, match="revoked"):
        directory.authenticate(secret)
    with pytest.raises(Unauthenticated):
        directory.require_valid(key.id)


def test_a_key_whose_row_is_gone_is_refused(directory: KeyDirectory, db: Database) -> None:
    _, secret = made(db)
    directory.authenticate(secret)
    with db.write() as session:
        session.execute(text("DELETE FROM api_key"))
    time.sleep(1.1)
    with pytest.raises(Unauthenticated):
        directory.authenticate(secret)


def test_a_key_that_the_database_cannot_confirm_opens_nothing(directory: KeyDirectory, db: Database) -> None:
    _, secret = made(db)
    directory.authenticate(secret)
    with db.write() as session:
        session.execute(text("ALTER TABLE api_key RENAME TO api_key_away"))
    time.sleep(1.1)
    with pytest.raises(Unavailable):
        directory.authenticate(secret)
    with db.write() as session:
        session.execute(text("ALTER TABLE api_key_away RENAME TO api_key"))
    assert directory.authenticate(secret)


def test_the_last_use_of_a_key_is_written(directory: KeyDirectory, db: Database) -> None:
    key, secret = made(db)
    directory.authenticate(secret)
    directory.write_last_use()
    with db.read() as session:
        assert keys.one(session, key.id).last_used_at is not None


def test_a_bucket_refuses_when_it_is_empty_and_says_what_is_left() -> None:
    limit = RateLimit(per_s=0.5, burst=2)
    assert limit.take("k").headers() == {"RateLimit-Policy": '"key";q=2;w=4', "RateLimit": '"key";r=1;t=2'}
    limit.take("k")
    with pytest.raises(TooMany) as caught:
        limit.take("k")
    assert caught.value.retry_after_s == 2
    with pytest.raises(TooMany):
        limit.require("k")
    limit.require("other")
    assert limit.take("other").remaining == 1
