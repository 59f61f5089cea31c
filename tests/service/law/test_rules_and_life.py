"""What the rules say, and the whole life of an entity, through HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from client import Api, running
from watchlist_rows import VENUE, load

from app.db import Database

FIRST = VENUE | {
    "uscc": "Y1350100DEM000014U",
    "legal_rep": "陈示例",
    "aliases": "示例大宗",
    "winddown_doc_no": "示例清退〔2017〕1号",
    "winddown_until": "2017-12-31",
    "determination_doc_no": "示例认〔2017〕3号",
    "determining_body": "福州市示例办",
    "股东名册": "示例甲",
}
RENAMED = FIRST | {"action": "UPDATE", "legal_name": "福建示例新商贸有限公司", "effective_from": "2017-05-02"}
CLEARED = RENAMED | {
    "action": "CLEAR",
    "opinion_doc_no": "示例〔2017〕1号",
    "opinion_issuer": "福建省清理整顿各类交易场所工作领导小组",
    "opinion_date": "2017-06-20",
    "opinion_filed_on": "2017-06-22",
}


@pytest.fixture
def api(db: Database) -> Iterator[Api]:
    load(db, "fj", FIRST, received_at="2017-03-20T09:00:00+08:00")
    load(db, "fj", RENAMED, received_at="2017-05-02T09:00:00+08:00")
    load(db, "fj", CLEARED, received_at="2017-07-01T09:00:00+08:00")
    with running(db) as api:
        yield api


def entity(api: Api, query: str = "", role: str = "analyst") -> Any:
    matched = api.screen(FIRST["legal_name"]).json()["matches"][0]["entity_id"]
    response = api.call("GET", f"/v1/entities/{matched}{query}", role)
    assert response.status_code == 200, response.text
    return response.json()


def test_life_has_every_name_event_and_document_on_both_clocks(api: Api) -> None:
    life = entity(api, "?on=2017-07-10")
    assert [(one["text"], one["type"], one["valid_from"], one["valid_to"]) for one in life["names"]] == [
        (FIRST["legal_name"], "FORMER", None, "2017-05-01"),
        ("示例大宗", "ALIAS", None, None),
        ("福建示例新商贸有限公司", "LEGAL", "2017-05-02", None),
    ]
    (listing,) = life["listings"]
    assert (listing["status"], listing["episode"], listing["first_listed"]) == ("CLEARED", 1, "2017-03-20")
    assert [
        (one["action"], one["effective_on"], one["list_version"], one["known_from"]) for one in listing["events"]
    ] == [
        ("ADD", "2017-03-20", 1, "2017-03-20T01:00:00Z"),
        ("UPDATE", "2017-05-02", 2, "2017-05-02T01:00:00Z"),
        ("CLEAR", "2017-06-20", 3, "2017-07-01T01:00:00Z"),
    ]
    assert listing["events"][2]["document"] == {
        "type": "WRITTEN_OPINION",
        "doc_no": "示例〔2017〕1号",
        "issuer": "福建省清理整顿各类交易场所工作领导小组",
        "dated": "2017-06-20",
        "filed_on": "2017-06-22",
    }
    assert life["identifiers"][0]["value"] == "Y1350100DEM000014U"
    assert life["wind_down"]["until"] == "2017-12-31"
    assert [one["list_version"] for one in life["history"]] == [1, 2, 3]
    assert all(one["in_force"] for one in life["history"])


def test_life_as_known_then_and_as_of_a_date(api: Api) -> None:
    assert entity(api, "?known_at=2017-04-01T00:00:00%2B08:00")["legal_name"] == FIRST["legal_name"]
    assert len(entity(api, "?known_at=2017-04-01T00:00:00%2B08:00")["history"]) == 1
    assert entity(api, "?on=2017-06-19")["listings"][0]["status"] == "LISTED"
    assert api.call("GET", "/v1/entities/x?known_at=2017-04-01T00:00:00", "analyst").status_code == 422


def test_persons_are_masked_but_for_those_who_handle_lists(api: Api) -> None:
    shown = entity(api)
    assert shown["attributes"]["legal_rep"] == "陈＊＊"
    assert "陈示例" not in str(shown)
    assert "示例甲" not in str(shown)
    for role in ("list_maker", "list_checker", "auditor"):
        assert entity(api, role=role)["attributes"]["legal_rep"] == "陈示例"


def test_screeners_do_not_read_entities(api: Api) -> None:
    assert api.call("GET", "/v1/entities/x").status_code == 403
    assert api.call("GET", "/v1/entities/x", "analyst").status_code == 404


def test_rules_are_shown_as_they_stood_with_what_changed(db: Database) -> None:
    load(db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db) as first:
        old = first.screen(VENUE["legal_name"]).json()["rule_version"]
    with running(db, day_rule="EXCLUSIVE") as api:
        shown = api.call("GET", "/v1/rules").json()
        assert shown["versions"][0]["version"] == old
        assert shown["current"] != old
        current = api.call("GET", f"/v1/rules/{shown['current']}").json()
        assert current["changed_from"] == old
        assert current["changes"] == [{"place": "parameters/day_rule", "before": "INCLUSIVE", "after": "EXCLUSIVE"}]
        assert api.call("GET", "/v1/rules/current").json() == current
        before = api.call("GET", f"/v1/rules/{old}").json()
        assert (before["is_current"], before["changed_from"], before["changes"]) == (False, None, [])
        assert {rule["id"] for rule in before["rules"]} >= {"D01", "D08", "D27"}
        cutoff = next(rule for rule in before["rules"] if rule["id"] == "D08")
        assert cutoff["grounds"][0]["basis_code"] == "FJ17-4.3.2-2"
        assert (
            api.call("GET", f"/v1/rules/{old}?against={shown['current']}").json()["changes"][0]["after"] == "INCLUSIVE"
        )
        assert api.call("GET", "/v1/rules/nothing").status_code == 404
        assert api.call("GET", "/v1/rules", "admin").status_code == 403
