"""The way of plain single screenings and the declared route answer the same, and both keep within bounds."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from client import Api, running
from watchlist_rows import VENUE, load

from app.access import Role
from app.api import screening_endpoint
from app.db import Database

QUESTION = {"service": "FUND_SETTLEMENT", "service_date": "2017-07-03", "counterparty": {"name": VENUE["legal_name"]}}


@pytest.fixture
def ways(light_api: Api, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Send a request both ways and return the two answers; the first is that of the declared route."""
    light_api.call("GET", "/v1/lists")  # memory then knows the key

    def both(content: bytes, **headers: str) -> tuple[Any, Any]:
        sent = {"Content-Type": "application/json", **headers}
        answers = []
        for size in (-1, 8 << 10):
            monkeypatch.setattr(screening_endpoint, "_BODY_BYTES_MAX", size)
            answers.append(light_api.call("POST", "/v1/screenings", content=content, headers=sent))
        return answers[0], answers[1]

    return both


def test_both_ways_answer_the_same(ways: Any) -> None:
    one, other = ways(json.dumps(QUESTION).encode())
    assert one.status_code == other.status_code == 200
    vary = {"id", "known_at", "screened_at", "record_sha256"}
    first, second = ({k: v for k, v in each.json().items() if k not in vary} for each in (one, other))
    assert list(one.json()) == list(other.json())
    assert first == second
    packing = {"content-encoding", "transfer-encoding", "vary"}
    assert set(one.headers) - packing == set(other.headers) - packing
    assert other.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b"[]",
        b"null",
        b'{"service": 1}',
        b"\xff",
        b"[" * 5_000,
        json.dumps({**QUESTION, "lists": []}).encode(),
        json.dumps({**QUESTION, "counterparty": {"name": "\ud800"}}).encode(),
        json.dumps({**QUESTION, "x": 1}).encode(),
    ],
)
def test_both_ways_refuse_the_same(ways: Any, content: bytes) -> None:
    one, other = ways(content)
    assert one.status_code == other.status_code >= 400
    bodies = [each.json() for each in (one, other)]
    for body in bodies:
        body.pop("request_id")
    assert bodies[0] == bodies[1]


def test_one_key_gives_the_first_answer_both_ways(ways: Any) -> None:
    one, other = ways(json.dumps(QUESTION).encode(), **{"Idempotency-Key": "both"})
    assert one.content == other.content
    assert "Idempotency-Replayed" not in one.headers
    assert other.headers["Idempotency-Replayed"] == "true"
    one, other = ways(json.dumps({**QUESTION, "reference": "x"}).encode(), **{"Idempotency-Key": "both"})
    assert (one.status_code, other.status_code) == (409, 409)


def test_past_the_bound_of_a_client_others_are_answered(db: Database) -> None:
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db, screenings_of_client_max=1, screenings_under_way_max=2) as api:
        for client in ("one", "two"):
            api.key(Role.SCREENER, client)
            api.call("GET", "/v1/lists", of_client=client)

        def ask(client: str) -> Any:
            return api.call("POST", "/v1/screenings", of_client=client, json=QUESTION)

        with ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(ask, ["one"] * 20 + ["two"] * 4))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {200, 429, 503}
    assert 200 in statuses
    for answer in answers:
        if answer.status_code != 200:
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.json()["type"].rpartition(":")[2] in {"too-many-under-way", "overloaded"}
