"""What is held stays, until two people say why it may go."""

import contextlib

import pytest
from archived_world import JULY, JUNE, World
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import clock
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.retention import holds
from app.retention.holds import HoldScope
from app.retention.planning import plan

AFTER = 60


def hold(world: World, scope: HoldScope, value: str) -> int:
    with world.database.write() as session:
        return holds.set_hold(session, scope, value, reason="法院调取", by="合规甲", os_user="op", now=clock.now()).no


def release(world: World, number: int, *, second: str = "合规乙", reason: str = "案件已结") -> None:
    with world.database.write() as session:
        holds.release_hold(session, number, reason=reason, by="合规甲", second=second, os_user="op", now=clock.now())


@pytest.mark.parametrize(("scope", "left"), [(HoldScope.CLIENT, 5), (HoldScope.MONTH, 8), (HoldScope.SCREENING, 1)])
def test_what_is_held_stays_and_goes_when_it_is_released(world: World, scope: HoldScope, left: int) -> None:
    one = next(iter(world.answers[JUNE]))
    number = hold(world, scope, {"CLIENT": "core", "MONTH": JUNE, "SCREENING": one}[scope.value])
    with world.database.read() as session:
        due = plan(session, AFTER, clock.now()).due
    assert [(month.month, month.decisions, month.held) for month in due] == [
        (JUNE, 8, left),
        (JULY, 2, 2 if scope is HoldScope.CLIENT else 0),
    ]
    done = world.archive()
    assert (done.removed, done.held) == (8 - left, left)
    with world.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM screening WHERE id = :id"), {"id": one}) == 1
    assert world.check(files=bool(done.file_name)).damage == []
    release(world, number)
    assert world.archive().removed == left
    assert world.check(files=True).damage == []
    assert world.restore() == 8


def test_a_hold_that_is_set_while_an_archive_is_under_way_holds(world: World) -> None:
    one = next(iter(world.answers[JUNE]))

    def set_it(where: str) -> None:
        if where == "recorded":
            hold(world, HoldScope.SCREENING, one)

    done = world.archiver(step=set_it).month(JUNE)
    assert (done.archived, done.removed, done.held) == (8, 7, 1)
    assert world.check(files=True).damage == []
    assert world.restore() == 7


def test_lifting_takes_two_people_and_a_reason(world: World) -> None:
    number = hold(world, HoldScope.CLIENT, "core")
    with pytest.raises(Forbidden, match="two persons"):
        release(world, number, second="合规甲 ")
    with pytest.raises(Invalid, match="--reason"):
        release(world, number, reason=" ")
    with pytest.raises(NotFound):
        release(world, number + 1)
    release(world, number)
    with pytest.raises(Conflict, match="lifted already"):
        release(world, number)
    with pytest.raises(Invalid, match="2017-13"):
        hold(world, HoldScope.MONTH, "2017-13")
    with pytest.raises(DBAPIError, match="append-only"), world.database.write() as session:
        session.execute(text("DELETE FROM legal_hold"))


def test_a_hold_that_somebody_lifts_in_the_database_is_named(world: World) -> None:
    hold(world, HoldScope.CLIENT, "core")
    assert world.check().damage == []
    with world.database.write() as session:
        if world.database.is_sqlite:
            session.execute(text("DROP TRIGGER legal_hold_no_delete"))
        else:
            session.execute(text("ALTER TABLE legal_hold DISABLE TRIGGER USER"))
    for statement in (
        "UPDATE legal_hold SET lifted_at = set_at",
        "UPDATE legal_hold SET value = 'loans'",
        "DELETE FROM legal_hold",
    ):
        with contextlib.suppress(_Undone), world.database.write() as session:
            session.execute(text(statement))
            first = world.check_in(session).first
            raise _Undone
        assert first is not None, statement


class _Undone(Exception):
    """What was done is taken back."""
