"""A thousand decisions over fifty list versions come out the same: after a restart, newer versions and an upgrade."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from watchlist_rows import VENUE, load

from app.db import Database
from app.screening import intake, replay
from app.screening.record import Author
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

VERSIONS = 50
FIRST_KNOWN = datetime(2017, 3, 1, 9, tzinfo=UTC)
CATEGORIES = ("VIOLATING", "WEIPAN", "UNAPPROVED_VENUE", "ILLEGAL_EPLATFORM", "NOTIFIED")
PLACES = ("福州", "厦门", "泉州", "漳州", "莆田", "三明", "南平", "龙岩", "宁德", "晋江")
TRADES = ("大宗商品交易中心", "文化产权交易中心", "贵金属交易中心", "艺术品交易中心")
SERVICES = ("ACCOUNT_OPEN", "FUND_SETTLEMENT", "CREDIT", "INVESTOR_PAYOUT")


def venues() -> list[dict[str, str]]:
    """Return forty venues of all categories."""
    return [
        VENUE
        | {
            "external_id": f"FJ-{number:04d}",
            "category": CATEGORIES[number % len(CATEGORIES)],
            "legal_name": f"{place}示例{trade}有限公司",
        }
        for number, (place, trade) in enumerate((place, trade) for place in PLACES for trade in TRADES)
    ]


def event(venue: dict[str, str], known: datetime, chance: random.Random) -> dict[str, str]:
    """Return a row of something that has just happened to a venue, as its category allows."""
    on = known.date().isoformat()
    kinds: list[dict[str, str]] = [
        {
            "action": "UPDATE",
            "effective_from": on,
            "determined_on": on,
            "phones": f"0591-{chance.randrange(10**8):08d}",
        },
        {"action": "CLOSE", "closed_on": on},
        {"action": "WITHDRAW_ERROR", "withdraw_reason": "示例更正"},
    ]
    if venue["category"] == "VIOLATING":
        opinion = {"opinion_doc_no": "示例〔2017〕1号", "opinion_issuer": "省领导小组", "opinion_filed_on": on}
        kinds.append({"action": "CLEAR", "opinion_date": on, **opinion})
    return venue | chance.choice(kinds)


def publish(db: Database, versions: int) -> None:
    """Bring the list, and then one event a version, each two weeks after the one before."""
    chance = random.Random(20170630)
    rows = venues()
    load(db, "fj", *rows, received_at=FIRST_KNOWN.isoformat())
    chance.shuffle(rows)
    for number in range(1, versions):
        known = FIRST_KNOWN + timedelta(days=14 * number)
        # Ends come once for each venue, so that every row is one that the status machine allows.
        venue = rows[number - 1] if number <= len(rows) else VENUE | {"external_id": f"NEW-{number}"}
        row = (
            event(venue, known, chance)
            if number <= len(rows)
            else venue | {"legal_name": f"福州样本{number}号交易中心"}
        )
        load(db, "fj", row, received_at=known.isoformat())


def questions(count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(5)
    names = [venue["legal_name"] for venue in venues()]
    for _ in range(count):
        known = FIRST_KNOWN + timedelta(days=chance.randrange(-10, 14 * VERSIONS))
        name = chance.choice([chance.choice(names), chance.choice(names)[:-4], "福州样本海鲜酒楼有限公司"])
        yield {
            "service": chance.choice(SERVICES),
            "service_date": (known + timedelta(days=chance.randrange(-60, 60))).date().isoformat(),
            "known_at": chance.choice([None, known.isoformat()]),
            "counterparty": {"name": name},
        }


def screened(db: Database, count: int) -> list[str]:
    """Decide and record, and return the ids."""
    snapshots = SnapshotCache(db)
    snapshots.refresh()
    screening_service = ScreeningService.open(db, snapshots, Settings())
    limits = intake.TextLimits(datetime.now(UTC))
    # Questions about one time together: the snapshots of fifty versions are made once each.
    asked = sorted(questions(count), key=lambda raw: raw["known_at"] or "")
    sealed = [screening_service.decide(intake.read(raw, limits)) for raw in asked]
    screening_service.keep(sealed, [one.text for one in sealed], Author("core", "test", None, "api"), None)
    outcomes = {one.answer["outcome"] for one in sealed} | {one.answer["hindsight_outcome"] for one in sealed}
    assert outcomes == {"PASS", "REVIEW", "BLOCK"}
    assert len({tuple(v["used_as_known"] for v in one.answer["list_versions"]) for one in sealed}) > VERSIONS // 2
    return [one.answer["id"] for one in sealed]


@pytest.mark.parametrize("count", [300, pytest.param(1_000, marks=pytest.mark.long)])
def test_every_decision_comes_out_the_same(db: Database, count: int) -> None:
    publish(db, VERSIONS)
    ids = screened(db, count)
    load(db, "fj", VENUE | {"external_id": "LATER", "legal_name": "福州示例后来交易中心有限公司"})
    load(db, "other", VENUE)
    restarted = SnapshotCache(db)
    with db.read() as session:
        assert set(replay.sample(session, None, None)) == set(ids)
        assert len(replay.sample(session, None, 10)) == 10
        assert replay.sample(session, datetime.now(UTC) + timedelta(days=1), None) == []
    differing = [one for one in ids if not replay.replay(db, restarted, one, None).identical]
    assert differing == []
