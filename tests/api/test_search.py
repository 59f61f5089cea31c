"""What was asked is read again, decisions, jobs and entities are found by what a person knows of them."""

import hashlib
import json
from typing import Any

import pytest
from client import Api
from watchlist_rows import VENUE, load

from app import clock
from app.access import Role
from app.watchlists.history.identity import entity_id

NAME = VENUE["legal_name"]
LIST = "fj-violating"


def found(api: Api, query: str, role: Role = Role.SCREENER) -> list[str]:
    response = api.call("GET", f"/v1/screenings?{query}", role)
    assert response.status_code == 200, response.text
    return [one["id"] for one in response.json()["items"]]


def test_the_request_is_read_as_received_and_as_understood(api: Api) -> None:
    body = {"counterparty": {"name": f"　{NAME}"}, "service": "CREDIT", "reference": "r-1"}
    answer = api.call("POST", "/v1/screenings", json=body).json()
    shown = api.call("GET", f"/v1/screenings/{answer['id']}/request").json()
    assert shown["received"] == body
    assert shown["understood"]["counterparty"]["kind"] == "UNKNOWN"
    assert shown["understood"]["service_date"] == answer["service_local_date"]
    bare = {key: value for key, value in answer.items() if key != "record_sha256"}
    record = {"answer": bare, "request": shown["understood"]}
    canonical = json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert hashlib.sha256(canonical.encode()).hexdigest() == shown["record_sha256"] == answer["record_sha256"]
    batch = api.call("POST", "/v1/screenings/batch", json={"items": [body]}).json()["results"][0]
    assert api.call("GET", f"/v1/screenings/{batch['id']}/request").json()["received"] == body


def test_another_client_does_not_read_the_request(api: Api) -> None:
    answer = api.screen(NAME).json()
    path = f"/v1/screenings/{answer['id']}/request"
    assert api.call("GET", path, of_client="other").status_code == 404
    assert api.call("GET", path, Role.AUDITOR, of_client="other").status_code == 200


def test_decisions_are_found_by_part_of_a_name_service_day_and_entity(api: Api) -> None:
    one = api.screen(NAME, reference="s-1").json()["id"]
    other = api.screen("福州样本海鲜酒楼有限公司", reference="s-2", service="CREDIT").json()["id"]
    today = clock.local_date(clock.now()).isoformat()
    assert found(api, f"name={NAME[2:8]}") == [one]
    assert found(api, "name=样本 海鲜") == [other]
    assert found(api, "name=100%25") == []
    assert found(api, "service=CREDIT") == [other]
    assert found(api, f"since={today}&until={today}") == [other, one]
    assert found(api, "until=2017-06-30") == []
    assert found(api, f"entity_id={VENUE['external_id']}") == [one]
    assert found(api, f"entity_id={entity_id(LIST, VENUE['external_id'])}") == [one]


WRONG = [
    ("/v1/screenings?outcom=PASS", "unknown-parameter"),
    ("/v1/screenings?since=2017-06-31", "bad-date"),
    ("/v1/screenings?since=2017-06-30T09:00:00", "naive-time"),
    ("/v1/screenings?until=yesterday", "bad-time"),
    ("/v1/screenings?name=——", "no-letters"),
    ("/v1/screenings?scheme=USCC&identifier=12", "identifier-uscc"),
    ("/v1/screenings/x?verbose=1", "unknown-parameter"),
    ("/v1/jobs?status=DONE", "unknown-parameter"),
    ("/v1/jobs?state=LATE", "enum"),
    ("/v1/lists?code=x", "unknown-parameter"),
    ("/v1/rules?x=", "unknown-parameter"),
    ("/v1/coverage?x=1", "unknown-parameter"),
    ("/v1/changes?x=1", "unknown-parameter"),
    ("/v1/alerts?x=1", "unknown-parameter"),
    ("/v1/suppressions?x=1", "unknown-parameter"),
    ("/v1/sweeps?x=1", "unknown-parameter"),
    ("/v1/counterparties?x=1", "unknown-parameter"),
]


@pytest.mark.parametrize(("path", "code"), WRONG)
def test_what_a_search_does_not_know_is_refused(light_api: Api, path: str, code: str) -> None:
    response = light_api.call("GET", path, "analyst")
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["code"] == code


def test_who_calls_is_looked_at_before_what_is_asked(light_api: Api) -> None:
    assert light_api.call("GET", "/v1/screenings?x=1", None).status_code == 401
    assert light_api.call("GET", "/v1/screenings?x=1", Role.ADMIN).status_code == 403


def test_jobs_are_listed_newest_first_and_page_by_page(api: Api) -> None:
    ids = []
    for n in range(3):
        file = {"file": (f"{n}.csv", f"name\n福州样本第{n}商贸有限公司\n".encode())}
        ids.append(api.call("POST", "/v1/jobs", files=file).json()["id"])
    first = api.call("GET", "/v1/jobs?limit=2").json()
    rest = api.call("GET", f"/v1/jobs?limit=2&cursor={first['next_cursor']}").json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert [one["id"] for one in api.call("GET", "/v1/jobs?state=QUEUED").json()["items"]] == ids[::-1]
    assert api.call("GET", "/v1/jobs", of_client="other").json()["items"] == []
    assert len(api.call("GET", "/v1/jobs", Role.AUDITOR).json()["items"]) == 3
    assert api.call("GET", f"/v1/jobs?cursor={ids[0]}", of_client="other").status_code == 404


def entities(api: Api, query: str) -> Any:
    response = api.call("GET", f"/v1/entities?{query}", Role.ANALYST)
    assert response.status_code == 200, response.text
    return response.json()


def test_entities_are_found_by_name_id_identifier_and_list(api: Api) -> None:
    other = {
        **VENUE,
        "external_id": "FJ-0009",
        "legal_name": "厦门样本文化产权交易所有限公司",
        "uscc": "Y1350100DEM000014U",
    }
    load(api.database, "second", other)
    api.refresh()
    assert [one["external_id"] for one in entities(api, f"name={NAME[2:8]}")["items"]] == [VENUE["external_id"]]
    assert [one["list_code"] for one in entities(api, "list=second")["items"]] == ["second"]
    assert [one["external_id"] for one in entities(api, "external_id=FJ-0009")["items"]] == ["FJ-0009"]
    assert [one["external_id"] for one in entities(api, "identifier=y1350100dem000014u")["items"]] == ["FJ-0009"]
    assert entities(api, "name=海鲜")["items"] == []
    first = entities(api, "limit=1")
    rest = entities(api, f"limit=1&cursor={first['next_cursor']}")
    assert [one["list_code"] for one in first["items"] + rest["items"]] == [LIST, "second"]
    assert rest["next_cursor"] is None
    shown = entities(api, f"external_id={VENUE['external_id']}")["items"][0]
    assert shown["listings"] == [{"category": "VIOLATING", "status": "LISTED"}]
    assert api.call("GET", f"/v1/entities/{shown['entity_id']}", Role.ANALYST).status_code == 200
    assert api.call("GET", "/v1/entities?naem=x", Role.ANALYST).status_code == 422


def test_persons_are_masked_for_roles_that_need_not_see_them(api: Api) -> None:
    load(api.database, "persons", {**VENUE, "legal_rep": "张三样", "shareholders": "李四样;王五样"})
    api.refresh()
    version = "/v1/lists/persons/versions/1"
    for path in (f"{version}/entries", f"{version}/export?format=ndjson", "/v1/lists/persons/delta?since=0"):
        for role in (Role.SCREENER, Role.ANALYST):
            text = api.call("GET", path, role).text
            assert VENUE["external_id"] in text, path
            assert [name for name in ("张三样", "李四样", "王五样") if name in text] == [], path
        assert "张三样" in api.call("GET", path, Role.AUDITOR).text, path
    assert api.call("GET", f"{version}/content", Role.SCREENER).status_code == 403
    assert api.call("GET", f"{version}/content", Role.AUDITOR).status_code == 200
    assert api.call("GET", f"/v1/lists/{LIST}/versions/1/content", Role.SCREENER).status_code == 200
