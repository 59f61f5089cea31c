"""Re-screening of a book, step by step: what changes, why, and once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from book_world import CLIENT, BookWorld, counterparty
from watchlist_rows import VENUE, load

from app import clock
from app.db import Database
from app.monitoring import alert_queue
from app.monitoring.alert_queue import AlertSearch
from app.monitoring.member import Member
from app.monitoring.models import CoverageRow
from app.monitoring.pair_decision import Judge, Verdict

VENUE_NAME = VENUE["legal_name"]
OTHER = {
    **VENUE,
    "external_id": "FJ-0002",
    "legal_name": "厦门样本文化产权交易中心有限公司",
    "reg_region_code": "350200",
    "jurisdiction": "厦门市",
}
RECEIVED = "2017-03-20T09:00:00+08:00"


def _kinds(world: BookWorld) -> list[tuple[str, str, str, str, str]]:
    return [(one.counterparty_id, one.kind, one.from_outcome, one.to_outcome, one.cause) for one in world.changes()]


def test_a_book_is_unknown_until_a_list_is_in_force_and_a_run_has_finished(db: Database) -> None:
    world = BookWorld(db)
    world.put(counterparty("C-1", VENUE_NAME))
    assert world.run("2017-06-01") == []
    load(db, "fj-violating", VENUE, received_at=RECEIVED)
    (report,) = world.run("2017-06-01")
    assert (report.cause, report.mode, report.changes) == ("BOOK", "WHOLE", 1)
    assert _kinds(world) == [("C-1", "NEW", "UNKNOWN", "REVIEW", "BOOK")]


def test_every_boundary_of_a_downtime_is_walked_in_order(db: Database) -> None:
    load(db, "fj-violating", VENUE, received_at=RECEIVED)
    world = BookWorld(db)
    world.put(counterparty("C-1", VENUE_NAME), counterparty("C-2", "福建安心糕点有限公司"))
    world.run("2017-03-01")
    world.run("2018-01-01")
    dated = [(one.kind, one.from_outcome, one.to_outcome) for one in world.changes()]
    assert dated == [
        ("NEW", "UNKNOWN", "REVIEW"),
        ("TEXT", "REVIEW", "REVIEW"),
        ("WORSE", "REVIEW", "BLOCK"),
        ("TEXT", "BLOCK", "BLOCK"),
    ]
    assert world.run("2018-01-01") == []


def test_a_list_delta_finds_the_new_ones_and_lets_go_of_the_others(db: Database) -> None:
    load(db, "fj-violating", VENUE, received_at=RECEIVED)
    world = BookWorld(db)
    world.put(
        counterparty("C-1", VENUE_NAME),
        counterparty("C-2", OTHER["legal_name"]),
        counterparty("C-3", "晨光贸易行", identifiers=[{"scheme": "USCC", "value": "Y1350100DEM000014U"}]),
        counterparty("C-4", "福建安心糕点有限公司", remark=f"代{OTHER['legal_name']}收款"),
    )
    world.run("2017-07-03")
    assert world.outcomes() == {"C-1": "BLOCK"}
    load(
        db,
        "fj-violating",
        VENUE,
        OTHER,
        {**VENUE, "external_id": "FJ-0003", "legal_name": "泉州示例矿权交易中心有限公司", "uscc": "Y1350100DEM000014U"},
    )
    (report,) = world.run("2017-07-03")
    assert (report.cause, report.mode) == ("LIST", "DELTA")
    assert world.outcomes() == {"C-1": "BLOCK", "C-2": "BLOCK", "C-3": "BLOCK", "C-4": "REVIEW"}
    assert [one[:2] for one in _kinds(world)][1:] == [("C-2", "NEW"), ("C-3", "NEW"), ("C-4", "NEW")]
    load(
        db,
        "fj-violating",
        {**OTHER, "action": "WITHDRAW_ERROR", "void_from": OTHER["effective_from"], "withdraw_reason": "误列"},
    )
    world.run("2017-07-03")
    assert _kinds(world)[4:] == [
        ("C-2", "RELEASED", "BLOCK", "PASS", "LIST"),
        ("C-4", "RELEASED", "REVIEW", "PASS", "LIST"),
    ]
    assert world.run("2017-07-03", full=True) == []


def test_a_changed_counterparty_is_decided_again_and_a_closed_one_let_go(db: Database) -> None:
    load(db, "fj-violating", VENUE, received_at=RECEIVED)
    world = BookWorld(db)
    world.put(counterparty("C-1", "福建安心糕点有限公司"))
    world.run("2017-07-03")
    world.put(counterparty("C-1", VENUE_NAME, services=["FUND_SETTLEMENT", "CREDIT"]))
    (report,) = world.run("2017-07-03")
    assert (report.cause, report.affected) == ("BOOK", 1)
    assert {one[1:4] for one in _kinds(world)} == {("NEW", "PASS", "BLOCK")}
    world.close("C-1")
    world.run("2017-07-03")
    assert world.rows() == {"standings": set(), "pairs": set()}
    assert len(world.changes()) == 2


def test_two_processes_that_compute_one_step_write_it_once(db: Database) -> None:
    load(db, "fj-violating", VENUE, received_at=RECEIVED)
    first, second = BookWorld(db), BookWorld(db)
    first.put(counterparty("C-1", VENUE_NAME))
    assert len(first.run("2017-07-03")) == 1
    assert second.run("2017-07-03") == []
    assert len(first.changes()) == 1


def test_people_are_told_ahead_of_what_becomes_worse_by_a_date_once(sqlite_db: Database) -> None:
    future = {**OTHER, "determined_on": "2017-06-20", "effective_from": "2017-06-28", "category": "WEIPAN"}
    load(sqlite_db, "fj-violating", VENUE, future, received_at="2017-06-21T09:00:00+08:00")
    world = BookWorld(sqlite_db)
    world.runner = replace(world.runner, pre_alert_days=7)
    world.put(counterparty("C-1", VENUE_NAME), counterparty("C-2", OTHER["legal_name"]))
    world.run("2017-06-22")
    world.run("2017-06-24")
    world.run("2017-06-25")
    with sqlite_db.read() as session:
        found = {one.counterparty_id: one for one in alert_queue.search(session, "core", AlertSearch(), clock.now())}
    assert {one: found[one].sides["coming"] for one in found} == {
        "C-1": {"on": "2017-06-30", "outcome": "BLOCK"},
        "C-2": {"on": "2017-06-28", "outcome": "BLOCK"},
    }
    assert [one.event for one in found["C-2"].events] == ["OPENED", "PRE_ALERT"]
    assert found["C-2"].outcome == "PASS"
    world.run("2017-06-30")
    with sqlite_db.read() as session:
        found = {one.counterparty_id: one for one in alert_queue.search(session, "core", AlertSearch(), clock.now())}
    assert {one.outcome for one in found.values()} == {"BLOCK"}
    assert [one.event for one in found["C-1"].events] == ["OPENED", "PRE_ALERT", "CHANGED"]


def test_what_could_not_be_decided_is_decided_by_the_next_whole_sweep(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(db, "fj-violating", VENUE, received_at=RECEIVED)
    world = BookWorld(db)
    world.put(counterparty("C-1", VENUE_NAME), counterparty("C-2", "福建安心糕点有限公司"))
    with monkeypatch.context() as broken:
        broken.setattr("app.monitoring.pair_decision.Judge.decide", _fail)
        (report,) = world.run("2017-07-03")
        assert (report.errors, world.changes()) == (1, [])
        assert world.run("2017-07-03", full=True) == []
    assert world.run("2017-07-03") == []
    (report,) = world.run("2017-07-03", full=True)
    assert (report.errors, _kinds(world)) == (0, [("C-1", "NEW", "UNKNOWN", "BLOCK", "RULE")])
    with db.read() as session:
        # It was no difference between what is stored and what is so.
        assert session.get_one(CoverageRow, CLIENT).differences == 0
    assert world.run("2017-07-03", full=True) == []


def _fail(_judge: Judge, _members: Sequence[Member]) -> list[Verdict]:
    raise RuntimeError("undecidable")
