"""Alerts through HTTP: opened by decisions, worked by two people, silent by content, opened again."""

from datetime import date
from typing import Any

from client import Api
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.monitoring.rescreening import BookRunner

NAME = VENUE["legal_name"]
ALIKE = "福建示利大宗商品交易中心有限公司"


def decide(api: Api, on: str = "2017-07-03") -> None:
    BookRunner(api.app.state.screening_service).run("core", on=date.fromisoformat(on))


def person(api: Api, subject: str) -> dict[str, str]:
    with api.database.write() as session:
        _, secret = keys.create(session, Role.ANALYST, name=subject, subject=subject, client="core")
    return {"Authorization": f"Bearer {secret}"}


def put(api: Api, one: str, name: str) -> None:
    assert api.call("PUT", f"/v1/counterparties/{one}", json={"counterparty": {"name": name}}).status_code == 200


def alerts(api: Api, query: str = "") -> list[dict[str, Any]]:
    answer = api.call("GET", f"/v1/alerts{query}", Role.ANALYST)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_confirmed_block_cannot_be_waved_through(api: Api) -> None:
    put(api, "C-1", NAME)
    decide(api)
    (alert,) = alerts(api, "?state=OPEN")
    assert (alert["outcome"], alert["priority"], alert["category"]) == ("BLOCK", 1, "VIOLATING")
    assert alert["sides"]["listed"]["legal_name"] == NAME
    one = person(api, "zhang")
    asked = {"verdict": "FALSE_POSITIVE", "reason": "不是同一家"}
    refused = api.call("POST", f"/v1/alerts/{alert['id']}/disposition", None, json=asked, headers=one)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("block-stays")
    closed = api.call(
        "POST",
        f"/v1/alerts/{alert['id']}/disposition",
        None,
        json={"verdict": "TRUE_MATCH", "reason": "同一家"},
        headers=one,
    )
    assert closed.json()["state"] == "CLOSED"
    load(
        api.database,
        "fj-violating",
        VENUE,
        {**VENUE, "external_id": "FJ-0009", "legal_name": "宁德样本林权交易中心有限公司"},
    )
    decide(api)
    assert alerts(api, "?state=OPEN") == []


def test_a_false_positive_needs_two_people_and_opens_again_when_a_side_changes(api: Api) -> None:
    put(api, "C-2", ALIKE)
    decide(api)
    (alert,) = alerts(api)
    one, other = person(api, "zhang"), person(api, "li")
    url = f"/v1/alerts/{alert['id']}"
    assert api.call("POST", f"{url}/assign", None, headers=one).json()["assignee"] == "zhang"
    api.call("POST", f"{url}/comment", None, json={"text": "已电话核实"}, headers=one)
    asked = {"verdict": "FALSE_POSITIVE", "reason": "字号不同，注册地不同"}
    pending = api.call("POST", f"{url}/disposition", None, json=asked, headers=one).json()
    assert (pending["state"], pending["waiting_for"]) == ("PENDING_CONFIRMATION", "SECOND_PERSON")
    same = api.call("POST", f"{url}/confirm", None, headers=one)
    assert (same.status_code, same.json()["type"].split(":")[-1]) == (409, "same-person")
    back = api.call("POST", f"{url}/return", None, json={"reason": "请补充材料"}, headers=other).json()
    assert back["state"] == "ASSIGNED"
    api.call("POST", f"{url}/disposition", None, json=asked, headers=one)
    closed = api.call("POST", f"{url}/confirm", None, headers=other).json()
    assert (closed["state"], closed["verdict"]) == ("CLOSED", "FALSE_POSITIVE")
    standing = api.call("GET", "/v1/counterparties/C-2").json()
    assert (standing["outcome"], standing["standing"][0]["outcome_matched"]) == ("PASS", "REVIEW")
    (suppression,) = api.call("GET", "/v1/suppressions", Role.ANALYST).json()["items"]
    assert (suppression["made_by"], suppression["confirmed_by"]) == ("zhang", "li")
    answer = api.screen(ALIKE, "2026-11-01", reference="C-2").json()
    assert answer["outcome"] == "PASS", answer
    assert [one["outcome"] for one in answer["matches"]] == ["REVIEW"]
    assert f"SUPPRESSED:{suppression['id']}" in answer["flags"]
    replayed = api.call("POST", f"/v1/screenings/{answer['id']}/replay").json()
    assert replayed["identical"] is True, replayed
    # A reference does not lend its suppression to another name, nor to another client.
    assert api.screen(NAME, "2026-11-01", reference="C-2").json()["outcome"] == "BLOCK"
    assert api.screen("福建示俐大宗商品交易中心有限公司", "2026-11-01", reference="C-2").json()["outcome"] == "REVIEW"
    assert api.screen(ALIKE, "2026-11-01").json()["outcome"] == "REVIEW"
    # Something else changes: silence.
    load(
        api.database,
        "fj-violating",
        VENUE,
        {**VENUE, "external_id": "FJ-0009", "legal_name": "宁德样本林权交易中心有限公司"},
    )
    decide(api)
    assert alerts(api, "?state=OPEN") == []
    # The listed side changes: it opens again and shows what changed.
    load(
        api.database,
        "fj-violating",
        {**VENUE, "aliases": "示利大宗"},
        {**VENUE, "external_id": "FJ-0009", "legal_name": "宁德样本林权交易中心有限公司"},
    )
    decide(api)
    (again,) = alerts(api, "?state=OPEN")
    assert again["episode"] == 2
    assert any(one["place"].startswith("/listed/names") for one in again["changed"])
    assert api.call("GET", "/v1/counterparties/C-2").json()["outcome"] == "REVIEW"


def test_a_release_is_told_and_a_person_closes(api: Api) -> None:
    put(api, "C-1", NAME)
    decide(api)
    load(
        api.database,
        "fj-violating",
        {**VENUE, "action": "WITHDRAW_ERROR", "void_from": VENUE["effective_from"], "withdraw_reason": "误列"},
    )
    decide(api)
    (alert,) = alerts(api)
    assert (alert["state"], alert["outcome"]) == ("OPEN", "PASS")
    assert [one["event"] for one in alert["events"]] == ["OPENED", "RELEASED"]


def test_a_revoked_suppression_opens_the_pair_again(api: Api) -> None:
    put(api, "C-2", ALIKE)
    decide(api)
    (alert,) = alerts(api)
    one, other = person(api, "zhang"), person(api, "li")
    asked = {"verdict": "FALSE_POSITIVE", "reason": "字号不同"}
    api.call("POST", f"/v1/alerts/{alert['id']}/disposition", None, json=asked, headers=one)
    api.call("POST", f"/v1/alerts/{alert['id']}/confirm", None, headers=other)
    (suppression,) = api.call("GET", "/v1/suppressions", Role.ANALYST).json()["items"]
    assert api.call("DELETE", f"/v1/suppressions/{suppression['id']}", None, headers=one).status_code == 204
    assert api.call("GET", "/v1/counterparties/C-2").json()["outcome"] == "REVIEW"
    decide(api)
    assert [one["episode"] for one in alerts(api, "?state=OPEN")] == [2]
