"""Values at the edge of what a text or a time can be, in every place that takes one: never a 500, on both databases."""

import itertools
import json
from typing import Any

import pytest
from client import Api

from app.access import Role

TEXTS = [
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udfffb",
    "\U0010ffff",
    "名" * 300,
    "a" * 5_000,
    "%00",
    "%ED%A0%80",
    "\u202e",
    "' OR 1=1",
]
TIMES = [
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999Z",
    "2017-02-30T00:00:00Z",
    "2017-07-01T00:00:00+99:00",
    "-0001-01-01T00:00:00Z",
    "1e400",
]
NUMBERS = ["-1", "0", "2147483648", "9223372036854775808", "1e9", "99999999999999999999"]

GETS = [
    "/v1/screenings?reference={}", "/v1/screenings?cursor={}", "/v1/screenings?name={}", "/v1/screenings?entity_id={}",
    "/v1/screenings?scheme=USCC&identifier={}", "/v1/screenings/{}", "/v1/entities/{}", "/v1/lists/{}",
    "/v1/lists/{}/versions", "/v1/lists/qa/versions?cursor={}", "/v1/jobs/{}", "/v1/rules/{}", "/v1/events?cursor={}",
    "/v1/lists/qa/versions/1/entries?cursor={}", "/v1/audit/proof/{}", "/v1/jobs?cursor={}", "/v1/alerts/{}",
]  # fmt: skip
GET_TIMES = ["/v1/screenings?since={}", "/v1/screenings?until={}", "/v1/entities/x?known_at={}", "/v1/events?since={}"]
GET_NUMBERS = [
    "/v1/screenings?limit={}",
    "/v1/lists/qa/versions/{}",
    "/v1/lists/qa/delta?since={}",
    "/v1/jobs?limit={}",
]


def quoted(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))


def send(api: Api, method: str, path: str, role: Role, **more: Any) -> None:
    response = api.call(method, path, role, **more)
    assert response.status_code != 500, (method, path[:80], more, response.text[:300])
    assert response.status_code < 500 or response.status_code == 503


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR])
def test_what_is_asked_for(api: Api, role: Role) -> None:
    for path, value in (
        *itertools.product(GETS, TEXTS),
        *itertools.product(GET_TIMES, TIMES),
        *itertools.product(GET_NUMBERS, NUMBERS),
    ):
        send(api, "GET", path.format(quoted(value)), role)


def question(**fields: Any) -> dict[str, Any]:
    return {"service": "CUSTODY", "counterparty": {"name": "甲乙"}, **fields}


BODIES: list[tuple[str, Role, Any]] = [
    ("/v1/screenings", Role.SCREENER, lambda v: question(service=v)),
    ("/v1/screenings", Role.SCREENER, lambda v: question(counterparty={"name": v, "remark": v})),
    ("/v1/screenings", Role.SCREENER, lambda v: question(reference=v)),
    ("/v1/screenings", Role.SCREENER, lambda v: question(service_date=v)),
    ("/v1/screenings", Role.SCREENER, lambda v: question(known_at=v)),
    ("/v1/screenings", Role.SCREENER, lambda v: question(lists=[v])),
    ("/v1/screenings/batch", Role.SCREENER, lambda v: {"items": [question(reference=v), v]}),
    ("/v1/lists/qa/rollback", Role.LIST_CHECKER, lambda v: {"to_version": v}),
    ("/v1/lists/qa/versions/1/activate", Role.LIST_CHECKER, lambda v: {"at": v}),
    ("/v1/lists/qa/versions/1/reject", Role.LIST_CHECKER, lambda v: {"reason": v}),
    ("/v1/keys", Role.ADMIN, lambda v: {"role": "screener", "name": v, "subject": v, "client": v, "expires_at": v}),
    ("/v1/clients", Role.ADMIN, lambda v: {"code": v, "name": v}),
]


@pytest.mark.parametrize("place", range(len(BODIES)))
def test_what_is_sent(api: Api, place: int) -> None:
    path, role, body = BODIES[place]
    for value in (*TEXTS, *TIMES, *NUMBERS, -1, 2**63, 2**31, None, [], {}):
        content = json.dumps(body(value)).encode()
        send(api, "POST", path, role, content=content, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/lists/qa/versions"])
def test_names_of_files(api: Api, path: str) -> None:
    role = Role.SCREENER if path == "/v1/jobs" else Role.LIST_MAKER
    for name in [
        "a" * 300 + ".csv",
        "名" * 300 + ".csv",
        "a\x00.csv",
        "../../x.csv",
        "x/y.csv",
        ".",
        "con.csv",
        "a\nb.csv",
    ]:
        send(api, "POST", path, role, files={"file": (name, "name\n甲乙公司\n".encode())})
