"""The test vectors of docs/law.md 8, on both clocks: L is listed, effective and known 2017-03-20."""

from datetime import date, datetime

import pytest
from lawbook import ACCEPTANCE, OPINION, World, listed, row, says

from app.clock import local_date

CLEARED = {"action": "CLEAR", **OPINION}


@pytest.mark.parametrize(
    ("on", "outcome", "code"),
    [
        ("06-29", "REVIEW", "GRACE_PERIOD"),
        ("06-30", "BLOCK", "CUTOFF"),
        ("07-01", "BLOCK", "CUTOFF"),
    ],
)
def test_listed_venue_is_reviewed_before_the_cutoff_and_blocked_from_it(on: str, outcome: str, code: str) -> None:
    assert says(listed().ask(on)) == (outcome, code)


@pytest.mark.parametrize(
    ("moment", "outcome"), [("2017-06-29T15:59:59+00:00", "REVIEW"), ("2017-06-29T16:00:00+00:00", "BLOCK")]
)
def test_day_turns_at_midnight_in_shanghai(moment: str, outcome: str) -> None:
    on = local_date(datetime.fromisoformat(moment))
    assert listed().ask(on.isoformat()).outcome == outcome


def test_opinion_of_the_cutoff_date_clears_in_hindsight_and_not_before_it_was_known() -> None:
    world = listed().publish("07-05", row(opinion_date="06-30", **CLEARED))
    assert says(world.ask("06-30")) == ("PASS", "CLEARED_IN_TIME")
    assert says(world.ask("06-30", known_on="06-30")) == ("BLOCK", "CUTOFF")


def test_opinion_in_time_clears() -> None:
    world = listed().publish("06-20", row(opinion_date="06-20", **CLEARED))
    assert says(world.ask("07-10")) == ("PASS", "CLEARED_IN_TIME")


def test_opinion_after_the_cutoff_never_back_dates_and_is_reviewed_after() -> None:
    world = listed().publish("07-15", row(opinion_date="07-15", **CLEARED))
    assert says(world.ask("07-10")) == ("BLOCK", "CUTOFF")
    assert says(world.ask("07-20")) == ("REVIEW", "CLEARED_AFTER_CUTOFF")


def test_relisting_counts_from_its_date() -> None:
    world = listed().publish("06-20", row(opinion_date="06-20", **CLEARED))
    world.publish("2018-01-05", row(action="RELIST", effective_from="2018-01-05"))
    assert world.ask("2017-12-31").outcome == "PASS"
    assert says(world.ask("2018-01-05")) == ("BLOCK", "RELISTED")


def test_weipan_has_no_grace_and_looks_back() -> None:
    world = listed(category="WEIPAN")
    assert says(world.ask("03-21")) == ("BLOCK", "WEIPAN")
    assert says(world.ask("03-01")) == ("REVIEW", "RETRO_LISTED_LATER")
    assert says(world.ask("03-01", known_on="03-01")) == ("PASS", "NO_ENTRY")


def test_unapproved_is_blocked() -> None:
    assert says(listed(category="UNAPPROVED_VENUE").ask("03-25")) == ("BLOCK", "UNAPPROVED")


def test_before_the_notice_is_review() -> None:
    world = World().publish("2016-12-01", row(effective_from="2016-12-01", determined_on="2016-12-01"))
    assert says(world.ask("2017-01-05")) == ("REVIEW", "BEFORE_NOTICE")


def test_payout_is_review() -> None:
    assert says(listed().ask("08-01", service="INVESTOR_PAYOUT")) == ("REVIEW", "WIND_DOWN")


def test_withdrawal_for_error_is_void_from_its_origin_in_hindsight_only() -> None:
    world = listed().publish("09-01", row(action="WITHDRAW_ERROR", withdraw_reason="示例更正"))
    assert says(world.ask("08-01")) == ("PASS", "ERR_WITHDRAWN")
    assert says(world.ask("08-01", known_on="08-01")) == ("BLOCK", "CUTOFF")


def test_strong_match_is_review() -> None:
    assert says(listed().ask("08-01", strength="STRONG")) == ("REVIEW", "MATCH_STRONG")


def test_closed_venue_is_blocked() -> None:
    world = listed().publish("04-10", row(action="CLOSE", closed_on="04-10"))
    assert says(world.ask("04-11")) == ("BLOCK", "CLOSED")


def test_acceptance_in_time_clears() -> None:
    world = listed().publish("06-25", row(action="ACCEPT", jmc_date="06-25", **ACCEPTANCE))
    assert says(world.ask("07-01")) == ("PASS", "CLEARED_IN_TIME")


def test_first_listed_after_the_cutoff_is_blocked_the_same_day() -> None:
    world = World().publish("2018-03-01", row(effective_from="2018-03-01", determined_on="2018-03-01"))
    assert says(world.ask("2018-03-01")) == ("BLOCK", "CUTOFF_PASSED")


def test_listing_recorded_after_the_service_blocks_in_hindsight_only() -> None:
    world = World().publish("07-08", row(effective_from="07-01"))
    assert says(world.ask("07-05", known_on="07-05")) == ("PASS", "NO_ENTRY")
    assert says(world.ask("07-05")) == ("BLOCK", "CUTOFF_PASSED")


def test_local_date_refuses_a_naive_moment() -> None:
    with pytest.raises(ValueError, match="naive"):
        local_date(datetime(2017, 6, 30))  # noqa: DTZ001 - the point of the test
    assert local_date(datetime.fromisoformat("2017-06-30T00:00:00+08:00")) == date(2017, 6, 30)
