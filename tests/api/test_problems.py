"""Every kind of bad request gets its problem, which names the place and the mend; nothing is recorded."""

import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from client import Api, running
from sqlalchemy import func, select
from watchlist_rows import VENUE

from app import clock
from app.access import Role, keys
from app.db import Database
from app.screening.models import Screening

GOOD = {"service": "FUND_SETTLEMENT", "counterparty": {"name": VENUE["legal_name"]}}


def problem(response: Any, status: int, code: str) -> Any:
    """Check that a response is a problem of this kind and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"urn:cutoff:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


def changed(**changes: Any) -> dict[str, Any]:
    """Return the good request with changed fields; ``None`` for a party field takes it away."""
    party = GOOD["counterparty"] | changes.pop("party", {})
    return {**GOOD, **changes, "counterparty": {k: v for k, v in party.items() if v is not None}}


WRONG = [
    (changed(party={"name": ""}), "/counterparty/name", "empty"),
    (changed(party={"name": " \u3000"}), "/counterparty/name", "empty"),
    (changed(party={"name": "——"}), "/counterparty/name", "no-letters"),
    (changed(party={"name": "微" * 5_000}), "/counterparty/name", "too-long"),
    (changed(party={"name": "微\x00盘"}), "/counterparty/name", "bad-character"),
    (changed(party={"name": "微\ud800盘"}), "/counterparty/name", "bad-character"),
    (changed(party={"name": None}), "/counterparty/name", "missing"),
    (changed(party={"name": 5}), "/counterparty/name", "string-type"),
    (changed(party={"kind": "FIRM"}), "/counterparty/kind", "unknown-code"),
    (changed(party={"nmae": "x"}), "/counterparty/nmae", "extra-forbidden"),
    (changed(party={"a/b~c": "x"}), "/counterparty/a~1b~0c", "extra-forbidden"),
    (changed(party={"\ud800": "x"}), "/counterparty", "string-unicode"),
    (changed(party={"remark": "x" * 20_001}), "/counterparty/remark", "too-long"),
    (changed(party={"region_code": "3501"}), "/counterparty/region_code", "bad-region"),
    (changed(party={"products": ["a"] * 101}), "/counterparty/products", "too-long"),
    (
        changed(party={"other_names": [{"type": "NICK", "name": "x"}]}),
        "/counterparty/other_names/0/type",
        "unknown-code",
    ),
    (
        changed(party={"identifiers": [{"scheme": "USCC", "value": "12"}]}),
        "/counterparty/identifiers/0/value",
        "identifier-uscc",
    ),
    (
        changed(party={"identifiers": [{"scheme": "PASSPORT", "value": "12"}]}),
        "/counterparty/identifiers/0/scheme",
        "unknown-code",
    ),
    (changed(service="LOAN"), "/service", "unknown-code"),
    (changed(servise="LOAN"), "/servise", "extra-forbidden"),
    (changed(service_date="2017-06-30T00:00:00"), "/service_date", "naive-time"),
    (changed(service_date="2017-06-31"), "/service_date", "bad-date"),
    (changed(service_date="30.06.2017"), "/service_date", "bad-date"),
    (changed(service_date="9999-12-31T23:59:59Z"), "/service_date", "bad-date"),
    (changed(service_date="soon"), "/service_date", "bad-date"),
    (changed(service_date="20170630"), "/service_date", "bad-date"),
    (changed(service_date="2017-6-30"), "/service_date", "bad-date"),
    (changed(service_date="２０１７-06-30"), "/service_date", "bad-date"),
    (changed(service_date="2017-06-31T09:00:00+08:00"), "/service_date", "bad-date"),
    (changed(service_date="2017-06-30T25:00:00+08:00"), "/service_date", "bad-time"),
    (changed(service_date="2017-06-30 9:00+08:00"), "/service_date", "bad-time"),
    (changed(known_at="2017-06-30"), "/known_at", "bad-time"),
    (changed(service_date=20170630), "/service_date", "string-type"),
    (changed(initiated_on="2017-02-30"), "/initiated_on", "bad-date"),
    (changed(known_at="2017-06-30T00:00:00"), "/known_at", "naive-time"),
    (changed(known_at="2999-01-01T00:00:00Z"), "/known_at", "bad-date"),
    (changed(known_at="2199-01-01T00:00:00Z"), "/known_at", "in-the-future"),
    (changed(lists=[]), "/lists", "empty"),
    (changed(reference="x" * 201), "/reference", "too-long"),
    (changed(reference="a\nb"), "/reference", "bad-character"),
]


@pytest.mark.parametrize(("body", "pointer", "code"), WRONG)
def test_a_wrong_value_is_named_by_its_place(light_api: Api, body: Any, pointer: str, code: str) -> None:
    recorded = _recorded(light_api)
    raw = json.dumps(body).encode()
    response = light_api.call("POST", "/v1/screenings", content=raw, headers={"Content-Type": "application/json"})
    fault = problem(response, 422, "validation")["errors"][0]
    assert fault["pointer"] == pointer
    assert fault["code"].replace("string-too-long", "too-long") == code
    chinese, _, english = fault["message"].partition(" / ")
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert re.search("[a-z]", english)
    assert _recorded(light_api) == recorded


def _recorded(api: Api) -> int:
    with api.database.read() as session:
        return session.scalar(select(func.count()).select_from(Screening)) or 0


def test_all_faults_come_at_once(light_api: Api) -> None:
    response = light_api.call("POST", "/v1/screenings", json=changed(service="LOAN", party={"name": "", "kind": "X"}))
    errors = problem(response, 422, "validation")["errors"]
    assert {one["pointer"] for one in errors} == {"/service", "/counterparty/name", "/counterparty/kind"}


def test_a_list_that_is_not_in_force_is_refused(light_api: Api) -> None:
    response = light_api.call("POST", "/v1/screenings", json=changed(lists=["fj-violating", "nowhere"]))
    assert problem(response, 422, "list-not-in-force")["errors"][0]["pointer"] == "/lists"


@pytest.mark.parametrize("raw", [b"{", b'{"a": }', b"\xff\xfe", b"", b"[" * 5_000])
def test_broken_json_is_malformed(light_api: Api, raw: bytes) -> None:
    response = light_api.call("POST", "/v1/screenings", content=raw, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] in {"urn:cutoff:problem:malformed", "urn:cutoff:problem:validation"}


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_another_media_type_is_refused(light_api: Api, media_type: str) -> None:
    raw = json.dumps(GOOD).encode()
    response = light_api.call("POST", "/v1/screenings", content=raw, headers={"Content-Type": media_type})
    problem(response, 415, "unsupported-media-type")


def test_too_large_a_body_is_refused_whether_it_says_so_or_not(light_api: Api) -> None:
    raw = b" " * ((1 << 20) + 1)
    headers = {"Content-Type": "application/json"}
    problem(light_api.call("POST", "/v1/screenings", content=raw, headers=headers), 413, "too-large")
    chunks = iter([b" " * (1 << 19)] * 3)
    problem(light_api.call("POST", "/v1/screenings", content=chunks, headers=headers), 413, "too-large")


def test_no_such_path_or_method(light_api: Api) -> None:
    problem(light_api.call("GET", "/v1/nothing"), 404, "not-found")
    response = light_api.call("DELETE", "/v1/screenings")
    problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"]


def test_no_such_screening_and_that_of_another_client(light_api: Api) -> None:
    problem(light_api.call("GET", "/v1/screenings/none"), 404, "screening-not-found")
    theirs = light_api.call("POST", "/v1/screenings", json=GOOD, of_client="other").json()["id"]
    problem(light_api.call("GET", f"/v1/screenings/{theirs}"), 404, "screening-not-found")
    assert light_api.call("GET", f"/v1/screenings/{theirs}", Role.AUDITOR).status_code == 200


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "Bearer cutoff_wrong", "Bearer 密钥"])
def test_without_a_valid_key_nothing_is_answered(light_api: Api, header: str | None) -> None:
    headers = {"Authorization": header.encode()} if header else {}
    response = light_api.call("POST", "/v1/screenings", None, json=GOOD, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["content-type"] == "application/problem+json"


def test_an_expired_key_is_refused_at_once_and_a_revoked_one_within_two_seconds(light_api: Api) -> None:
    soon = clock.now() + timedelta(seconds=0.3)
    with light_api.database.write() as session:
        _, expiring = keys.create(session, Role.SCREENER, expires_at=soon)
        key, revoked = keys.create(session, Role.SCREENER)
    for secret in (expiring, revoked):
        assert _with(light_api, secret).status_code == 200
    with light_api.database.write() as session:
        keys.revoke(session, key.id)
    since = time.monotonic()
    while clock.now() <= soon:
        pass
    problem(_with(light_api, expiring), 401, "key-expired")
    while (answer := _with(light_api, revoked)).status_code == 200 and time.monotonic() - since < 2:
        time.sleep(0.02)
    problem(answer, 401, "key-revoked")


def _with(api: Api, secret: str) -> Any:
    return api.call("GET", "/v1/screenings", None, headers={"Authorization": f"Bearer {secret}"})


def test_the_wrong_role_is_told_which_is_needed(light_api: Api) -> None:
    body = problem(light_api.call("POST", "/v1/screenings", Role.ADMIN, json=GOOD), 403, "wrong-role")
    assert "screener" in body["detail"]


def test_a_key_that_asks_too_often_is_told_when_to_come_back(sqlite_db: Database) -> None:
    with running(sqlite_db, rate_per_key_per_s=0.5, rate_burst=3) as api:
        answers = [api.call("GET", "/v1/screenings") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        problem(answers[-1], 429, "rate-limited")
        assert answers[-1].headers["Retry-After"] == "2"
        assert api.call("GET", "/v1/screenings", Role.AUDITOR).status_code == 200


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "?limit"),
        ("limit=201", "?limit"),
        ("outcome=MAYBE", "?outcome"),
        ("since=2017-06-30T00:00:00", "?since"),
        ("scheme=USCC", "?identifier"),
    ],
)
def test_a_wrong_search_is_named_by_its_parameter(light_api: Api, query: str, pointer: str) -> None:
    body = problem(light_api.call("GET", f"/v1/screenings?{query}"), 422, "validation")
    assert body["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzEsMl0", "WyIyMDE3LTAxLTAxIiwiYSJd"])
def test_a_cursor_of_somebody_elses_making_is_refused(light_api: Api, cursor: str) -> None:
    problem(light_api.call("GET", f"/v1/screenings?cursor={cursor}"), 422, "bad-cursor")


def test_the_request_id_is_taken_over_if_it_is_one(light_api: Api) -> None:
    for given, taken in (("core-42", True), ("a b", False), ("x" * 200, False)):
        response = light_api.call("GET", "/healthz", None, headers={"X-Request-ID": given})
        assert (response.headers["X-Request-ID"] == given) is taken


def test_a_bug_is_a_problem_too_and_tells_nothing(light_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError(f"secret {VENUE['legal_name']}")

    monkeypatch.setattr("app.screening.service.answer", explode)
    response = light_api.call("POST", "/v1/screenings", json=GOOD)
    problem(response, 500, "internal")
    assert "secret" not in response.text
