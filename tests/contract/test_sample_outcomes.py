"""What the sample lists lead to: each status of the status machine and each kind of relation, on both clocks."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_samples import ROWS

from app import clock
from app.cli.samples import load_samples
from app.db import Database
from app.db.schema import upgrade
from app.screening import intake
from app.screening.record import Author
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

NAMES = {row["external_id"]: row["legal_name"] for _, row in ROWS}
FIRST_NAMES = {row["external_id"]: row["legal_name"] for _, row in reversed(ROWS)}

Screen = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("var"), database_url=None)
    database = Database(settings.url)
    upgrade(database.engine)
    load_samples(settings, database)
    snapshots = SnapshotCache(database)
    snapshots.refresh()
    screening_service = ScreeningService.open(database, snapshots, settings)

    def ask(name: str, date: str, *, known: str | None = None, service: str = "FUND_SETTLEMENT") -> dict[str, Any]:
        known_at = f"{known}T12:00:00+08:00" if known else None
        raw = {"service": service, "service_date": date, "known_at": known_at, "counterparty": {"name": name}}
        asked = intake.read(raw, intake.TextLimits(clock.now()))
        return json.loads(screening_service.screen(asked, Author("test", "test", None, "cli")))

    yield ask
    database.close()


CASES = [
    # A venue that was never put in order, on both sides of the cutoff.
    ("FJ-0001", "2017-06-29", "REVIEW", "GRACE_PERIOD"),
    ("FJ-0001", "2017-06-30", "BLOCK", "CUTOFF"),
    ("FJ-0009", "2017-06-01", "REVIEW", "GRACE_PERIOD"),
    ("FJ-0009", "2017-07-01", "BLOCK", "CUTOFF"),
    # A deadline before the cutoff counts, one after it does not.
    ("FJ-0012", "2017-05-31", "REVIEW", "GRACE_PERIOD"),
    ("FJ-0012", "2017-06-01", "BLOCK", "CUTOFF"),
    ("FJ-0013", "2017-06-30", "BLOCK", "CUTOFF"),
    # Cleared and accepted, in time and late.
    ("FJ-0015", "2017-07-10", "PASS", "CLEARED_IN_TIME"),
    ("FJ-0017", "2017-06-30", "PASS", "CLEARED_IN_TIME"),
    ("FJ-0018", "2017-07-10", "BLOCK", "CUTOFF"),
    ("FJ-0018", "2017-07-20", "REVIEW", "CLEARED_AFTER_CUTOFF"),
    ("FJ-0019", "2017-08-24", "REVIEW", "CLEARED_AFTER_CUTOFF"),
    ("FJ-0019", "2017-09-01", "PASS", "CLEARED_AFTER_CUTOFF"),
    ("FJ-0020", "2017-07-01", "PASS", "CLEARED_IN_TIME"),
    ("FJ-0021", "2017-07-25", "REVIEW", "CLEARED_AFTER_CUTOFF"),
    ("FJ-0038", "2017-07-01", "PASS", "CLEARED_IN_TIME"),
    # Closed, merged, handed to the police; relisted; listed by mistake.
    ("FJ-0023", "2017-04-11", "BLOCK", "CLOSED"),
    ("FJ-0026", "2017-05-13", "BLOCK", "CLOSED"),
    ("FJ-0028", "2017-05-16", "BLOCK", "CLOSED"),
    ("FJ-0029", "2017-12-31", "PASS", "CLEARED_IN_TIME"),
    ("FJ-0029", "2018-01-05", "BLOCK", "RELISTED"),
    ("FJ-0030", "2018-01-05", "BLOCK", "RELISTED"),
    ("FJ-0031", "2017-08-01", "PASS", "ERR_WITHDRAWN"),
    ("FJ-0032", "2017-08-01", "PASS", "ERR_WITHDRAWN"),
    # Before the notice, after the cutoff, in the future.
    ("FJ-0045", "2017-01-05", "REVIEW", "BEFORE_NOTICE"),
    ("FJ-0098", "2017-07-05", "BLOCK", "CUTOFF_PASSED"),
    ("FJ-0099", "2018-02-28", "REVIEW", "RETRO_LISTED_LATER"),
    ("FJ-0099", "2018-03-01", "BLOCK", "CUTOFF_PASSED"),
    ("FJ-0100", "2018-06-01", "BLOCK", "CUTOFF_PASSED"),
    # The categories without a period of grace.
    ("FJ-WP-0001", "2017-03-21", "BLOCK", "WEIPAN"),
    ("FJ-WP-0021", "2017-05-01", "BLOCK", "CLOSED"),
    ("FJ-WP-0022", "2018-01-12", "BLOCK", "RELISTED"),
    ("FJ-WP-0031", "2017-05-01", "REVIEW", "KEYWORD_ONLY"),
    ("FJ-WZ-0001", "2017-03-25", "BLOCK", "UNAPPROVED"),
    ("FJ-WZ-0002", "2017-03-25", "BLOCK", "UNAPPROVED"),
    ("FJ-WZ-0011", "2017-07-05", "REVIEW", "APPROVAL_SUSPECT"),
    ("FJ-WZ-0019", "2018-03-21", "PASS", "APPROVED"),
    ("FJ-TB-0001", "2017-04-05", "BLOCK", "NOTIFIED"),
    ("FJ-TB-0006", "2017-08-11", "PASS", "LIFTED"),
    ("FJ-TB-0007", "2018-06-11", "BLOCK", "RELISTED"),
    # Approved venues, and what is doubtful about them.
    ("FJ-PZ-0001", "2017-07-01", "PASS", "APPROVED"),
    ("FJ-PZ-0015", "2018-06-16", "PASS", "NO_ENTRY"),
    ("FJ-PZ-0022", "2017-07-01", "REVIEW", "APPROVAL_SUSPECT"),
    ("FJ-PZ-0023", "2017-07-01", "REVIEW", "BANNED_PRODUCT"),
    ("FJ-PZ-0024", "2017-07-01", "REVIEW", "BANNED_PRODUCT"),
    ("FJ-PZ-0025", "2017-07-01", "REVIEW", "CHANGE_UNCONSENTED"),
    # Branches, members, agents and the rest, of venues of every standing.
    ("FJ-0054", "2017-07-01", "BLOCK", "INHERITED"),
    ("FJ-0060", "2017-07-01", "BLOCK", "INHERITED"),
    ("FJ-0060", "2017-06-29", "REVIEW", "INHERITED"),
    ("FJ-0066", "2017-07-01", "REVIEW", "MEMBER_MODEL"),
    ("FJ-0071", "2017-07-01", "REVIEW", "INHERITED_UNCONFIRMED"),
    ("FJ-0088", "2017-07-01", "REVIEW", "INHERITED_UNCONFIRMED"),
    ("FJ-0091", "2017-07-01", "REVIEW", "MATCH_STRONG"),
    ("FJ-PZ-0027", "2017-07-01", "REVIEW", "MEMBER_MODEL"),
    ("FJ-PZ-0029", "2017-07-01", "PASS", "MEMBER_MODEL"),
    ("FJ-PZ-0031", "2017-07-01", "REVIEW", "OOP_UNIT"),
    ("FJ-PZ-0032", "2017-07-01", "BLOCK", "INHERITED"),
    # Another jurisdiction, another cutoff.
    ("XA-0001", "2017-05-30", "REVIEW", "GRACE_PERIOD"),
    ("XA-0001", "2017-05-31", "BLOCK", "CUTOFF"),
    ("XA-0007", "2017-06-21", "REVIEW", "CLEARED_AFTER_CUTOFF"),
    ("XA-0008", "2017-06-05", "PASS", "CLEARED_IN_TIME"),
]


@pytest.mark.parametrize(("external_id", "date", "outcome", "reason"), CASES)
def test_what_is_known_today(screen: Screen, external_id: str, date: str, outcome: str, reason: str) -> None:
    answer = screen(NAMES[external_id], date)
    assert (answer["outcome"], answer["reasons"][0]["code"]) == (outcome, reason)
    assert answer["hindsight_outcome"] == outcome
    assert answer["matches"][0]["external_id"] == external_id
    assert "BACKFILLED" in answer["flags"]


@pytest.mark.parametrize(
    ("external_id", "date", "known", "outcome", "hindsight"),
    [
        ("FJ-0001", "2017-06-30", "2017-06-30", "BLOCK", "BLOCK"),
        ("FJ-0017", "2017-06-30", "2017-06-30", "BLOCK", "PASS"),
        ("FJ-0017", "2017-06-30", "2017-07-06", "PASS", "PASS"),
        ("FJ-0031", "2017-08-01", "2017-08-01", "BLOCK", "PASS"),
        ("FJ-0098", "2017-07-05", "2017-07-05", "PASS", "BLOCK"),
    ],
)
def test_what_was_known_then(
    screen: Screen, external_id: str, date: str, known: str, outcome: str, hindsight: str
) -> None:
    answer = screen(NAMES[external_id], date, known=known)
    assert (answer["outcome"], answer["hindsight_outcome"]) == (outcome, hindsight)
    assert ("RETRO_HIT" in answer["flags"]) == (outcome == "PASS" != hindsight)


def test_a_listing_of_the_future_is_told_when_an_account_is_opened(screen: Screen) -> None:
    answer = screen(NAMES["FJ-0100"], "2018-04-01", known="2018-04-01", service="ACCOUNT_OPEN")
    assert (answer["outcome"], answer["reasons"][0]["code"]) == ("REVIEW", "FUTURE_LISTED")


def test_payouts_are_possible_until_the_wind_down_ends(screen: Screen) -> None:
    during = screen(NAMES["FJ-0024"], "2017-08-01", service="INVESTOR_PAYOUT")
    after = screen(NAMES["FJ-0024"], "2018-01-02", service="INVESTOR_PAYOUT")
    assert (during["outcome"], after["outcome"]) == ("REVIEW", "BLOCK")
    assert {one["code"] for one in (*during["reasons"], *after["reasons"])} == {"WIND_DOWN"}


def test_a_renamed_venue_is_found_by_both_names(screen: Screen) -> None:
    assert NAMES["FJ-0037"] != FIRST_NAMES["FJ-0037"]
    for name in (NAMES["FJ-0037"], FIRST_NAMES["FJ-0037"]):
        answer = screen(name, "2017-07-01")
        assert answer["outcome"] == "BLOCK"
        assert answer["matches"][0]["external_id"] == "FJ-0037"


@pytest.fixture(scope="module")
def by_own_name(screen: Screen) -> dict[str, list[dict[str, Any]]]:
    """Return the matches of every sample's name."""
    return {external_id: screen(name, "2017-07-01")["matches"] for external_id, name in NAMES.items()}


def test_every_sample_is_found_by_its_name_first_and_for_certain(by_own_name: dict[str, list[dict[str, Any]]]) -> None:
    """A natural person is never confirmed by a name."""
    people = {row["external_id"] for _, row in ROWS if row["entity_kind"] in {"自然人", "PERSON"}}
    assert people
    for external_id, matches in by_own_name.items():
        strength = "STRONG" if external_id in people else "CONFIRMED"
        assert (matches[0]["external_id"], matches[0]["strength"]) == (external_id, strength), external_id


def test_samples_are_not_taken_for_each_other(by_own_name: dict[str, list[dict[str, Any]]]) -> None:
    """Only a branch, whose name holds that of its venue, has a second match; 地区 and 字号 alone are WEAK."""
    for external_id, matches in by_own_name.items():
        others = {one["name_listed"] for one in matches[1:] if one["strength"] != "WEAK"}
        assert all(other in NAMES[external_id] for other in others), (external_id, others)
