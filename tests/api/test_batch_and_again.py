"""Batches, idempotency and search through HTTP."""

import json
from typing import Any

import pytest
from client import Api
from watchlist_rows import VENUE

from app.access import Role
from app.api.screening_schemas import BatchAnswer, ScreeningPage

NAME = VENUE["legal_name"]


def item(name: str = NAME, **more: Any) -> dict[str, Any]:
    return {"service": "FUND_SETTLEMENT", "service_date": "2017-07-03", "counterparty": {"name": name}, **more}


def test_each_item_has_its_own_result_or_problem_in_the_order_asked(api: Api) -> None:
    items = [item(), item(""), 5, item("福州样本海鲜酒楼有限公司"), item(lists=["nowhere"]), item(x=1)]
    response = api.call("POST", "/v1/screenings/batch", json={"items": items})
    BatchAnswer.model_validate(response.json(), strict=False)
    results = response.json()["results"]
    assert [one.get("outcome", one.get("status")) for one in results] == ["BLOCK", 422, 422, "PASS", 422, 422]
    assert results[1]["errors"][0]["pointer"] == "/counterparty/name"
    assert results[5]["errors"][0]["pointer"] == "/x"
    for one in (results[0], results[3]):
        assert api.call("GET", f"/v1/screenings/{one['id']}").json() == one


@pytest.mark.parametrize("items", [[], [item()] * 1_001, None, {}])
def test_an_empty_or_overlong_batch_is_refused(light_api: Api, items: Any) -> None:
    response = light_api.call("POST", "/v1/screenings/batch", json={"items": items})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/items"


def test_a_full_batch_is_answered_in_time(light_api: Api) -> None:
    items = [item(f"福州样本第{n}商贸有限公司") for n in range(1_000)]
    response = light_api.call("POST", "/v1/screenings/batch", json={"items": items})
    assert [one["outcome"] for one in response.json()["results"]] == ["PASS"] * 1_000


@pytest.mark.parametrize("path", ["/v1/screenings", "/v1/screenings/batch"])
def test_sent_again_with_its_key_the_first_answer_comes_again(api: Api, path: str) -> None:
    body = item() if path == "/v1/screenings" else {"items": [item(), item("")]}
    headers = {"Idempotency-Key": "again-1"}
    first = api.call("POST", path, json=body, headers=headers)
    assert first.status_code == 200
    assert "Idempotency-Replayed" not in first.headers
    again = api.call("POST", path, json=body, headers=headers)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    # What the body says counts, not how it is written.
    raw = json.dumps(dict(reversed(body.items())), indent=3, ensure_ascii=False).encode()
    sent = {**headers, "Content-Type": "application/json"}
    assert api.call("POST", path, content=raw, headers=sent).content == first.content
    other = api.call("POST", path, json={**body, "reference": "x"}, headers=headers)
    assert other.status_code in {409, 422}
    theirs = api.call("POST", path, json=body, headers=headers, of_client="other")
    assert theirs.status_code == 200
    assert theirs.content != first.content


def test_another_body_under_the_same_key_is_a_conflict(light_api: Api) -> None:
    headers = {"Idempotency-Key": "conflict-1"}
    assert light_api.call("POST", "/v1/screenings", json=item(), headers=headers).status_code == 200
    response = light_api.call("POST", "/v1/screenings", json=item(reference="x"), headers=headers)
    assert (response.status_code, response.json()["type"]) == (409, "urn:cutoff:problem:idempotency-key-reused")


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_a_key_that_is_none_is_refused(light_api: Api, key: str) -> None:
    response = light_api.call("POST", "/v1/screenings", json=item(), headers={"Idempotency-Key": key})
    assert response.status_code == 422


def test_search_by_each_field_and_page_by_page(api: Api) -> None:
    uscc = {"scheme": "DOMAIN", "value": "fj-0001.example"}
    first = api.screen(NAME, reference="s-1", counterparty={"identifiers": [uscc]}).json()
    second = api.screen("福州样本海鲜酒楼有限公司", reference="s-2").json()
    for query, found in [
        ("reference=s-1", [first]),
        ("outcome=PASS", [second]),
        (f"entity_id={first['matches'][0]['entity_id']}", [first]),
        ("name=福州樣本海鲜酒楼有限公司", [second]),
        ("scheme=DOMAIN&identifier=FJ-0001.example", [first]),
        ("since=2017-01-01T00:00:00Z&limit=1", [second]),
        ("until=2017-01-01T00:00:00Z", []),
    ]:
        page = api.call("GET", f"/v1/screenings?{query}").json()
        ScreeningPage.model_validate(page, strict=False)
        assert page["items"] == found, query
    page = api.call("GET", "/v1/screenings?limit=1").json()
    assert api.call("GET", f"/v1/screenings?cursor={page['next_cursor']}").json()["items"] == [first]
    assert api.call("GET", "/v1/screenings", of_client="other").json()["items"] == []
    assert len(api.call("GET", "/v1/screenings", Role.AUDITOR).json()["items"]) == 2


def test_the_search_by_an_identifier_that_is_none_is_refused(light_api: Api) -> None:
    response = light_api.call("GET", "/v1/screenings?scheme=USCC&identifier=12")
    assert response.status_code == 422
    assert json.loads(response.content)["detail"]


def test_answers_are_compressed_for_those_who_say_so(light_api: Api) -> None:
    for n in range(5):
        light_api.screen(f"福州样本第{n}商贸有限公司", reference="gzip")
    plain = light_api.call("GET", "/v1/screenings?reference=gzip", headers={"Accept-Encoding": "identity"})
    packed = light_api.call("GET", "/v1/screenings?reference=gzip", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert packed.content == plain.content
