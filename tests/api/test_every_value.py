"""Every value of every described call, with what an attacker likes in it: never a 500, never long; on both databases.

The calls and their values are read from the description, so that a new route is tried by itself.  Values are sent to
things that exist (a listed entity, a counterparty with an alert, a job, a webhook), so that the code behind them runs.
"""

import random
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from client import Api, running
from described import Call, Described, Place, quoted
from fastapi.routing import APIRoute
from hostile_values import ALPHABETS, CURSORS, OTHER_KINDS, RAW, TEXTS, TIMES
from watchlist_rows import VENUE, load

from app.access import Role
from app.db import Database
from app.dependencies import roles_of
from app.main import ROUTERS, describe
from app.monitoring.rescreening import BookRunner
from app.settings import Settings

LENGTH: Final = 20_000
HEADER_BYTES_MAX: Final = Settings().header_bytes_max
"""What is longer in an address is refused before anybody looks at it."""
BOUND_S, GROWTH_MAX, SMALL_S = 0.05, 2.2**2, 0.01
"""What a text may cost, how much more than a quarter of it (sixteen times is quadratic), and what is not looked at."""
_PATIENT_BOUND_S, _PATIENT_GROWTH_MAX = 0.5, 8.0
"""The same in the suite, which shares its machine."""

DOCUMENT = describe(Settings())
OPERATIONS = sorted(Described(DOCUMENT, {}).operations)
ROLE_ORDER = (Role.ANALYST, Role.LIST_MAKER, Role.LIST_CHECKER, Role.ADMIN, Role.AUDITOR, Role.SCREENER)
_PATIENT: Final = {
    "rate_per_key_per_s": 1e6,
    "rate_burst": 1_000_000,
    "auth_failures_burst": 1_000_000,
    "record_timeout_s": 120,
    "freshness_max_s": 600,
    "request_timeout_s": 120,
    "key_confirm_max_s": 2,
}


def _roles() -> dict[tuple[str, str], Role | None]:
    """Return for each call a role that may make it; None where everybody may."""
    found: dict[tuple[str, str], Role | None] = {}
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                roles = set(roles_of(route.dependant) or ())
                for method in route.methods:
                    path = route.path.replace(":path}", "}")
                    found[method, path] = next((one for one in ROLE_ORDER if one in roles), None)
    return found


ROLES = _roles()


class Target:
    """A running application in which everything that a path may name is there."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.described = Described(DOCUMENT, _world(api))

    def send(self, call: Call, role: Role | None) -> Any:
        return self.api.call(call.method, call.url, role, **call.more)


def _world(api: Api) -> dict[str, str]:
    """Make one of everything and return the values of the path parameters."""
    decided = api.screen(VENUE["legal_name"]).json()
    body = {"counterparty": {"name": VENUE["legal_name"]}}
    assert api.call("PUT", "/v1/counterparties/C-1", json=body).status_code == 200
    BookRunner(api.app.state.screening_service).run("core")
    alert = api.call("GET", "/v1/alerts", Role.ANALYST).json()["items"][0]
    files = {"file": ("样.txt", b"x")}
    attachment = api.call("POST", f"/v1/alerts/{alert['id']}/attachments", Role.ANALYST, files=files).json()
    hook = api.call("POST", "/v1/webhooks", json={"url": "https://1.1.1.1/", "events": ["release"]}).json()
    api.call("POST", f"/v1/webhooks/{hook['id']}/test")
    job = api.call("POST", "/v1/jobs", files={"file": ("样.csv", "name\n示例公司\n".encode())}).json()
    sweep = api.call("POST", "/v1/sweeps", json={}).json()
    key = api.call("POST", "/v1/keys", Role.ADMIN, json={"role": "screener", "name": "样", "client": "core"}).json()
    api.app.state.sealer.seal_all()
    record = api.call("GET", "/v1/audit", Role.AUDITOR).json()["items"][0]
    deliveries = api.call("GET", f"/v1/webhooks/{hook['id']}/deliveries").json()["items"]
    return {
        "screening_id": decided["id"],
        "version": decided["rule_version"],
        "entity_id": decided["matches"][0]["entity_id"],
        "code": "fj-violating",
        "number": "1",
        "job_id": job["id"],
        "counterparty_id": "C-1",
        "alert_id": alert["id"],
        "attachment_id": attachment["id"],
        "suppression_id": "00000000-0000-0000-0000-000000000000",
        "sweep_id": sweep["id"],
        "webhook_id": hook["id"],
        "delivery_id": deliveries[0]["id"],
        "key_id": key["id"],
        "record_id": record["id"],
    }


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    database: Database = request.getfixturevalue(f"module_{request.param}_db")
    load(database, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with pytest.MonkeyPatch.context() as patched, running(database, **_PATIENT) as api:
        patched.setattr("app.main._STALL_S", 120.0)
        yield Target(api)


def _values(place: Place) -> list[Any]:
    texts: list[Any] = [*TEXTS, *TIMES, *CURSORS]
    if place.where in {"path", "query"}:
        return [one for one in texts if len(quoted(one)) < HEADER_BYTES_MAX]
    return texts + list(OTHER_KINDS) if place.where == "body" else texts


def _held(response: Any, place: object, value: Any) -> None:
    answer = (str(place), ascii(value)[:80], response.status_code, response.text[:300])
    assert response.status_code < 500, answer
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json", answer
    assert response.status_code in {200, 201, 202, 204, 400, 403, 404, 405, 409, 413, 415, 422, 429, 307}, answer


def test_every_path_parameter_of_the_description_is_known(target: Target) -> None:
    named = {
        one["name"]
        for operation in target.described.operations.values()
        for one in operation.get("parameters", ())
        if one["in"] == "path"
    }
    assert named <= target.described.known.keys()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_value_of_any_call_is_answered_with_500(target: Target, method: str, path: str) -> None:
    _attack(target, method, path, 14)


@pytest.mark.long
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_value_at_all_of_any_call_is_answered_with_500(target: Target, method: str, path: str) -> None:
    _attack(target, method, path, None)


def _attack(target: Target, method: str, path: str, of_each: int | None) -> None:
    """Send the values; ``of_each`` place so many, drawn by its name, so that all places together try all of them."""
    for place in target.described.places(method, path):
        values = _values(place)
        if of_each is not None:
            values = random.Random(str(place)).sample(values, of_each)
        for value in values:
            _held(target.send(target.described.call(place, value), ROLES[method, path]), place, value)
    if "application/json" in target.described.operations[method, path].get("requestBody", {}).get("content", {}):
        url = target.described.url(path, {})
        for raw in RAW:
            headers = {"Content-Type": "application/json"}
            _held(target.api.call(method, url, ROLES[method, path], content=raw, headers=headers), (method, path), raw)


# What a text costs


@pytest.mark.parametrize("target", ["sqlite"], indirect=True)
def test_no_text_of_any_call_costs_long(target: Target) -> None:
    """See :func:`_costly`; each place meets some of the alphabets, drawn by its name."""
    assert _costly(target, _PATIENT_BOUND_S, _PATIENT_GROWTH_MAX, 2) == []


@pytest.mark.long
@pytest.mark.parametrize("target", ["sqlite"], indirect=True)
def test_no_text_of_any_call_costs_more_than_50_ms(target: Target) -> None:
    assert _costly(target, BOUND_S, GROWTH_MAX, None) == []


def _costly(
    target: Target, bound_s: float, growth_max: float, of_each: int | None
) -> list[tuple[str, str, float, float]]:
    """Return the places and alphabets where a text of 20,000 characters costs more than ``bound_s``, or grows faster.

    A text is sent at 20,000 characters and at the most that the place takes; what counts is the time of the processor
    beyond that of the same call with a short text.
    """
    found = []
    for operation in OPERATIONS:
        for place in target.described.places(*operation):
            if set(target.described.kinds(place)) <= {"integer", "number", "boolean"}:
                continue
            alphabets = ALPHABETS if of_each is None else random.Random(str(place)).sample(ALPHABETS, of_each)
            least = _cost(target, place, "样", 3)
            for unit in alphabets:
                for length in sorted({LENGTH, target.described.longest(place) or LENGTH}):
                    spent, grown = _growth(target, place, unit, length, least)
                    if spent > bound_s or grown > growth_max:
                        found.append((str(place), unit, round(spent, 3), round(grown, 2)))
    return found


def _growth(target: Target, place: Place, unit: str, length: int, least: float) -> tuple[float, float]:
    """Return what a text costs beyond a short one, and how much more than a quarter of it."""
    spent = grown = float("inf")
    for _ in range(5):
        spent = min(spent, _cost(target, place, (unit * length)[:length], 1) - least)
        if spent < SMALL_S:
            return spent, 1.0
        quarter = _cost(target, place, (unit * length)[: length // 4], 2) - least
        grown = min(grown, spent / max(quarter, SMALL_S / 4))
        if grown <= GROWTH_MAX and spent <= BOUND_S:
            break
    return spent, grown


def _cost(target: Target, place: Place, text: str, times: int) -> float:
    """Return the least time of the processor that a call takes."""
    best = float("inf")
    for _ in range(times):
        if place.where in {"path", "query"}:
            while len(quoted(text)) >= HEADER_BYTES_MAX:
                text = text[: len(text) * 9 // 10]
        call = target.described.call(place, text)
        started = time.process_time()
        target.send(call, ROLES[place.method, place.path])
        best = min(best, time.process_time() - started)
    return best
