"""Who was stopped by a listing that was withdrawn for error is told once, and only who was."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from client import Api, running
from watchlist_rows import VENUE, load

from app.db import Database
from app.screening.release_events import write_releases

NAME = VENUE["legal_name"]
MEMBER = VENUE | {
    "external_id": "FJ-0002",
    "category": "RELATED",
    "entity_kind": "MEMBER",
    "legal_name": "福州样本贵金属经营有限公司",
    "parent_external_id": "FJ-0001",
    "relation_status": "CONFIRMED",
}
OTHER = VENUE | {"external_id": "FJ-0003", "legal_name": "厦门样本矿产交易中心有限公司"}
WITHDRAWN = VENUE | {"action": "WITHDRAW_ERROR", "withdraw_reason": "示例更正"}


@pytest.fixture
def api(db: Database) -> Iterator[Api]:
    load(db, "fj", VENUE, MEMBER, OTHER, received_at="2017-03-20T09:00:00+08:00")
    with running(db) as api:
        yield api


def ask(api: Api, client: str, name: str = NAME, date: str = "2017-07-03") -> Any:
    body = {"service": "FUND_SETTLEMENT", "service_date": date, "counterparty": {"name": name}}
    return api.call("POST", "/v1/screenings", of_client=client, json=body).json()


def events(api: Api, client: str, role: str = "screener", query: str = "?type=release") -> Any:
    response = api.call("GET", f"/v1/events{query}", role, of_client=client)
    assert response.status_code == 200, response.text
    return response.json()


def test_every_client_that_was_stopped_is_told_once(api: Api) -> None:
    blocked = [ask(api, "core")["id"], ask(api, "core", date="2017-06-01")["id"]]
    inherited = ask(api, "branch", MEMBER["legal_name"])
    assert inherited["outcome"] == "BLOCK"
    assert ask(api, "elsewhere", OTHER["legal_name"])["outcome"] == "BLOCK"
    assert ask(api, "unlisted", "福州样本海鲜酒楼有限公司")["outcome"] == "PASS"
    assert events(api, "core")["items"] == []
    load(api.database, "fj", WITHDRAWN)
    api.refresh()
    (answer,) = events(api, "core")["items"]
    assert answer["type"] == "release"
    assert sorted(answer["data"]["screenings"]) == sorted(blocked)
    assert (answer["data"]["external_id"], answer["data"]["list_version"]) == ("FJ-0001", 2)
    assert answer["data"]["void_from"] == "2017-03-20"
    assert answer["data"]["withdraw_reason"] == "示例更正"
    assert [one["data"]["screenings"] for one in events(api, "branch")["items"]] == [[inherited["id"]]]
    assert events(api, "elsewhere")["items"] == events(api, "unlisted")["items"] == []
    assert {one["client"] for one in events(api, "anybody", "auditor")["items"]} == {"core", "branch"}
    assert ask(api, "core")["reasons"][0]["code"] == "ERR_WITHDRAWN"


def test_telling_again_tells_nothing_twice(api: Api) -> None:
    ask(api, "core")
    load(api.database, "fj", WITHDRAWN)
    api.refresh()
    for _ in range(2):
        write_releases(api.database, api.app.state.screening_service.snapshots.current.snapshot)
    assert len(events(api, "core")["items"]) == 1


def test_who_was_answered_by_the_old_list_during_the_change_is_told_too(db: Database) -> None:
    load(db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    settings = {"refresh_interval_s": 3600, "freshness_max_s": 0.5}
    with running(db, **settings) as slow, running(db, **settings) as quick:
        load(db, "fj", WITHDRAWN)
        quick.refresh()
        assert events(quick, "late")["items"] == []
        assert ask(slow, "late")["outcome"] == "BLOCK"
        time.sleep(settings["freshness_max_s"])
        quick.refresh()
        assert len(events(quick, "late")["items"]) == 1


def test_program_that_was_down_tells_when_it_starts(db: Database) -> None:
    load(db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db) as before:
        ask(before, "core")
    load(db, "fj", WITHDRAWN)
    with running(db) as after:
        after.refresh()
        assert len(events(after, "core")["items"]) == 1


def test_pages_lead_on(api: Api) -> None:
    ask(api, "core")
    ask(api, "core", OTHER["legal_name"])
    load(api.database, "fj", WITHDRAWN, OTHER | {"action": "WITHDRAW_ERROR", "withdraw_reason": "示例更正"})
    api.refresh()
    first = events(api, "core", query="?limit=1")
    second = events(api, "core", query=f"?limit=1&cursor={first['next_cursor']}")
    last = events(api, "core", query=f"?limit=1&cursor={second['next_cursor']}")
    assert first["items"][0]["id"] < second["items"][0]["id"]
    assert (last["items"], last["next_cursor"]) == ([], second["next_cursor"])
    assert api.call("GET", "/v1/events?cursor=x").status_code == 422
    assert api.call("GET", "/v1/events?type=other").status_code == 422
