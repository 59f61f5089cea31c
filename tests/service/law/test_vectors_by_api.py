"""The test vectors of docs/law.md 8 through HTTP, on both clocks and both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from client import Api, running
from watchlist_rows import VENUE, load

from app.db import Database

NAME = VENUE["legal_name"]
KNOWN = "2017-03-20T09:00:00+08:00"
OPINION = {
    "opinion_doc_no": "示例〔2017〕1号",
    "opinion_issuer": "福建省清理整顿各类交易场所工作领导小组",
}


def clear(on: str) -> dict[str, str]:
    return {"action": "CLEAR", "opinion_date": on, "opinion_filed_on": on, **OPINION}


@pytest.fixture
def ask(db: Database) -> Iterator[Any]:
    """Give a function: later rows of the venue, each with the date it became known, then questions about it."""
    apis: list[Any] = []

    def start(*versions: tuple[str, dict[str, str]], first: dict[str, str] | None = None, known: str = KNOWN) -> Any:
        load(db, "fj", VENUE | (first or {}), received_at=known)
        for known_on, cells in versions:
            load(db, "fj", VENUE | (first or {}) | cells, received_at=f"{known_on}T09:00:00+08:00")
        context = running(db)
        api: Api = context.__enter__()
        apis.append(context)

        def answer(date: str, known_on: str | None = None, **more: Any) -> tuple[str, str, str]:
            known_at = f"{known_on}T23:59:59+08:00" if known_on else None
            found = api.screen(more.pop("name", NAME), date, known_at=known_at, **more).json()
            return found["outcome"], found["hindsight_outcome"], found["reasons"][0]["code"]

        return answer

    yield start
    for context in apis:
        context.__exit__(None, None, None)


def test_cutoff(ask: Any) -> None:
    answer = ask()
    assert answer("2017-06-29") == ("REVIEW", "REVIEW", "GRACE_PERIOD")
    assert answer("2017-06-30") == ("BLOCK", "BLOCK", "CUTOFF")
    assert answer("2017-07-01") == ("BLOCK", "BLOCK", "CUTOFF")
    assert answer("2017-06-29T15:59:59Z")[0] == "REVIEW"
    assert answer("2017-06-29T16:00:00Z")[0] == "BLOCK"
    assert answer("2017-08-01", service="INVESTOR_PAYOUT") == ("REVIEW", "REVIEW", "WIND_DOWN")


def test_opinion_of_the_cutoff_date_known_later(ask: Any) -> None:
    answer = ask(("2017-07-05", clear("2017-06-30")))
    assert answer("2017-06-30", known_on="2017-06-30") == ("BLOCK", "PASS", "CUTOFF")
    assert answer("2017-06-30") == ("PASS", "PASS", "CLEARED_IN_TIME")


def test_opinion_in_time_and_relisting(ask: Any) -> None:
    relisted = {"action": "RELIST", "effective_from": "2018-01-05", "determined_on": "2018-01-05"}
    answer = ask(("2017-06-20", clear("2017-06-20")), ("2018-01-05", relisted))
    assert answer("2017-07-10")[0] == "PASS"
    assert answer("2017-12-31")[0] == "PASS"
    assert answer("2018-01-05") == ("BLOCK", "BLOCK", "RELISTED")


def test_opinion_after_the_cutoff(ask: Any) -> None:
    answer = ask(("2017-07-15", clear("2017-07-15")))
    assert answer("2017-07-10")[0] == "BLOCK"
    assert answer("2017-07-20") == ("REVIEW", "REVIEW", "CLEARED_AFTER_CUTOFF")


def test_weipan(ask: Any) -> None:
    answer = ask(first={"category": "WEIPAN", "entity_kind": "WEIPAN_PLATFORM"})
    assert answer("2017-03-21") == ("BLOCK", "BLOCK", "WEIPAN")
    assert answer("2017-03-01", known_on="2017-03-01") == ("PASS", "REVIEW", "NO_ENTRY")


def test_unapproved(ask: Any) -> None:
    assert ask(first={"category": "UNAPPROVED_VENUE"})("2017-03-25") == ("BLOCK", "BLOCK", "UNAPPROVED")


def test_before_the_notice(ask: Any) -> None:
    early = {"effective_from": "2016-12-01", "determined_on": "2016-12-01"}
    answer = ask(first=early, known="2016-12-01T09:00:00+08:00")
    assert answer("2017-01-05") == ("REVIEW", "REVIEW", "BEFORE_NOTICE")


def test_withdrawal_for_error(ask: Any) -> None:
    answer = ask(("2017-09-01", {"action": "WITHDRAW_ERROR", "withdraw_reason": "示例更正"}))
    assert answer("2017-08-01", known_on="2017-08-01") == ("BLOCK", "PASS", "CUTOFF")
    assert answer("2017-08-01") == ("PASS", "PASS", "ERR_WITHDRAWN")


def test_strong_match(ask: Any) -> None:
    conflicting = {"identifiers": [{"scheme": "USCC", "value": "Y1350200DEM000022U"}]}
    answer = ask(first={"uscc": "Y1350100DEM000014U"})
    assert answer("2017-08-01", counterparty=conflicting) == ("REVIEW", "REVIEW", "MATCH_STRONG")


def test_closed(ask: Any) -> None:
    answer = ask(("2017-04-10", {"action": "CLOSE", "closed_on": "2017-04-10"}))
    assert answer("2017-04-11") == ("BLOCK", "BLOCK", "CLOSED")


def test_accepted(ask: Any) -> None:
    accepted = {"action": "ACCEPT", "jmc_doc_no": "示例验〔2017〕1号", "jmc_date": "2017-06-25"}
    assert ask(("2017-06-25", accepted))("2017-07-01")[0] == "PASS"


def test_first_listed_after_the_cutoff(ask: Any) -> None:
    late = {"effective_from": "2018-03-01", "determined_on": "2018-03-01"}
    answer = ask(first=late, known="2018-03-01T09:00:00+08:00")
    assert answer("2018-03-01") == ("BLOCK", "BLOCK", "CUTOFF_PASSED")


def test_recorded_after_the_service(ask: Any) -> None:
    late = {"effective_from": "2017-07-01", "determined_on": "2017-07-01"}
    answer = ask(first=late, known="2017-07-08T09:00:00+08:00")
    assert answer("2017-07-05", known_on="2017-07-05") == ("PASS", "BLOCK", "NO_ENTRY")
