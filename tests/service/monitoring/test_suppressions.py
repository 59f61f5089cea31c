"""A confirmed false positive: silent while neither side changes, and never over a CONFIRMED BLOCK."""

import json
import os
import random
import uuid
from datetime import date, timedelta

import pytest
from book_histories import History
from book_world import CLIENT, NOW, BookWorld, counterparty
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from watchlist_rows import VENUE, load

from app import clock
from app.db import Database
from app.monitoring import alert_queue, alerts, book, coverage
from app.monitoring.alert_queue import AlertSearch
from app.monitoring.alert_rules import Silence, Verdicts
from app.monitoring.alerts import Disposition
from app.monitoring.models import CounterpartyRow, Pair, Suppression
from app.monitoring.suppressed import SuppressionCache
from app.policy.parameters import Parameters
from app.policy.vocabulary import Service
from app.screening.request import ScreeningInput
from app.screening.service import ScreeningService

ALIKE = "福建示利大宗商品交易中心有限公司"
HISTORIES = int(os.environ.get("CUTOFF_TEST_HISTORIES", "3"))
STRENGTHS = st.sampled_from(["CONFIRMED", "STRONG", "WEAK", "KEYWORD"])
HASHES = st.sampled_from(["a" * 64, "b" * 64])
DAYS = st.dates(date(2017, 1, 1), date(2017, 12, 31))


@given(
    silence=st.builds(
        Silence,
        id=st.just("one"),
        entity_id=st.sampled_from(["x", "y"]),
        content_sha256=HASHES,
        entity_sha256=HASHES,
        strength=STRENGTHS,
        expires_on=st.none() | DAYS,
    ),
    entity_id=st.sampled_from(["x", "y"]),
    contents=st.tuples(HASHES, HASHES),
    strength=STRENGTHS,
    outcome=st.sampled_from(["PASS", "REVIEW", "BLOCK"]),
    on=DAYS,
)
def test_a_suppression_covers_the_pair_as_it_was_and_no_confirmed_block(
    silence: Silence, entity_id: str, contents: tuple[str, str], strength: str, outcome: str, on: date
) -> None:
    order = ["CONFIRMED", "STRONG", "WEAK", "KEYWORD"]
    wanted = (
        entity_id == silence.entity_id
        and contents == (silence.content_sha256, silence.entity_sha256)
        and order.index(strength) >= order.index(silence.strength)
        and (outcome, strength) != ("BLOCK", "CONFIRMED")
        and not (silence.expires_on is not None and on > silence.expires_on)
    )
    assert silence.covers(entity_id, contents, strength, outcome, on) is wanted


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_no_suppression_ever_hides_a_confirmed_block(db: Database, seed: int) -> None:
    """In random histories every pair is suppressed as it is, against all rules; a CONFIRMED BLOCK stays one."""
    history = History(BookWorld(db), random.Random(1_000 + seed), on=date(2017, 7, 3))
    load(db, "fj-violating", VENUE, received_at="2017-01-20T09:00:00+08:00")
    history.world.put(counterparty("D-0", VENUE["legal_name"]), counterparty("D-1", ALIKE))
    silenced, blocks = 0, 0
    for _ in range(8):
        history.step()
        history.world.run(history.on)
        _suppress_everything(db)
        silenced, blocks = _count(history, silenced, blocks)
    assert blocks > 0
    assert silenced > 0


def _suppress_everything(db: Database) -> None:
    with db.write() as session:
        pairs = session.scalars(select(Pair).where(Pair.client == CLIENT)).all()
        rows = [
            {
                "id": str(uuid.uuid4()),
                "client": CLIENT,
                "counterparty_id": one.counterparty_id,
                "entity_id": one.entity_id,
                "content_sha256": one.content_sha256,
                "entity_sha256": one.entity_sha256,
                "strength": "CONFIRMED",
                "alert_id": "none",
                "reason": "测试",
                "made_by": "zhang",
                "confirmed_by": "li",
                "confirmed_at": NOW,
                "expires_on": None,
            }
            for one in pairs
        ]
        if rows:
            session.execute(insert(Suppression), rows)


def _count(history: History, silenced: int, blocks: int) -> tuple[int, int]:
    """Check every view of the book, and a screening of each party by its reference; return what was met."""
    world = history.world
    cache = SuppressionCache(world.database, Parameters())
    cache.refresh()
    screening_service = ScreeningService.open(world.database, world.snapshots, world.settings, suppressed=cache)
    with world.database.read() as session:
        opened = select(CounterpartyRow.id).where(CounterpartyRow.client == CLIENT, CounterpartyRow.closed_at.is_(None))
        entries = list(book.entries(session, CLIENT, list(session.scalars(opened))))
        views = coverage.views(session, [(CLIENT, entry) for entry in entries], clock.now())
    for view in views:
        for one in view.standing:
            silenced += bool(one.suppressed_by)
            if any((m["outcome"], m["strength"]) == ("BLOCK", "CONFIRMED") for m in one.matches):
                blocks += 1
                assert one.outcome == "BLOCK"
        member = view.entry.member
        asked = ScreeningInput(Service.FUND_SETTLEMENT, history.on, member.parties[0], reference=member.id)
        answer = json.loads(screening_service.decide(asked, CLIENT).text)
        if any((m["outcome"], m["strength"]) == ("BLOCK", "CONFIRMED") for m in answer["matches"]):
            assert answer["outcome"] == "BLOCK"
    return silenced, blocks


def _silent(db: Database, versions: int) -> None:
    world = BookWorld(db)
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    world.put(counterparty("C-1", ALIKE))
    on = date(2017, 7, 3)
    world.run(on)
    with db.write() as session:
        (alert,) = alert_queue.search(session, CLIENT, AlertSearch(), clock.now())
        found = Disposition(verdict=Verdicts.FALSE_POSITIVE, reason="字号不同")
        alerts.dispose(session, CLIENT, alert.id, found, "zhang", clock.now())
        alerts.confirm(session, CLIENT, alert.id, "li", clock.now())
    for no in range(versions):
        name = f"宁德样本{chr(0x4E00 + 37 * no)}{chr(0x5E00 + 11 * no)}林权交易中心有限公司"
        load(db, "fj-violating", {**VENUE, "external_id": f"FJ-{1000 + no}", "legal_name": name})
        on += timedelta(days=1)
        world.run(on)
        assert _open(db) == 0
        with db.read() as session:
            assert coverage.view(session, CLIENT, "C-1", clock.now()).outcome == "PASS"
    load(db, "fj-violating", {**VENUE, "action": "UPDATE", "legal_name": "福建示例大宗商品交易市场有限公司"})
    world.run(on)
    assert _open(db) == 1


def _open(db: Database) -> int:
    with db.read() as session:
        found = alert_queue.search(session, CLIENT, AlertSearch(), clock.now())
    return sum(one.state != "CLOSED" for one in found)


def test_unrelated_versions_leave_a_suppression_silent_and_the_first_that_changes_a_side_opens_it(
    db: Database,
) -> None:
    _silent(db, 5)


@pytest.mark.long
def test_a_hundred_unrelated_versions_leave_a_suppression_silent(db: Database) -> None:
    _silent(db, 100)
