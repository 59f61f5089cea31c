"""Webhooks through HTTP: the secret once, changes in the transaction that makes them, each client its own."""

from datetime import date
from typing import Any

from client import Api
from sqlalchemy import select
from watchlist_rows import VENUE

from app.access import Role
from app.access.models import IdempotencyKey
from app.monitoring.rescreening import BookRunner
from app.monitoring.telling import Announcer, tell_step

URL = "https://93.184.216.34/hook"


def make(api: Api, *events: str, client: str = "core") -> dict[str, Any]:
    answer = api.call("POST", "/v1/webhooks", of_client=client, json={"url": URL, "events": list(events)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_change_is_queued_with_the_step_that_makes_it(api: Api) -> None:
    hook = make(api, "decision.changed", "alert.opened", "list.activated")
    assert hook["secret"].startswith("whsec_")
    url = f"/v1/webhooks/{hook['id']}"
    assert "secret" not in api.call("GET", url).json()
    api.call("PUT", "/v1/counterparties/C-1", json={"counterparty": {"name": VENUE["legal_name"]}})
    BookRunner(api.app.state.screening_service, tell_step).run("core", on=date(2017, 7, 3))
    found = api.call("GET", f"{url}/deliveries?state=WAITING").json()["items"]
    assert sorted(one["event"] for one in found) == ["alert.opened", "decision.changed"]
    (change,) = api.call("GET", "/v1/changes").json()["items"]
    delivery = next(one for one in found if one["event"] == "decision.changed")
    assert (delivery["event_id"], delivery["subject"]) == (change["id"], "C-1")
    assert delivery["body"]["data"]["to_outcome"] == "BLOCK"
    announcer = Announcer(api.database)
    assert announcer.step() == 0
    assert api.call("POST", f"{url}/test").json()["event"] == "test"
    rotated = api.call("POST", f"{url}/rotate").json()
    assert rotated["secret"] != hook["secret"]
    assert rotated["rotating_until"] is not None
    assert api.call("DELETE", url).status_code == 204
    assert api.call("GET", url).status_code == 404
    assert {one["state"] for one in api.call("GET", f"{url}/deliveries").json()["items"]} == {"DEAD"}


def test_addresses_events_and_strangers_are_refused(light_api: Api) -> None:
    for url in ("https://127.0.0.1/", "https://169.254.169.254/latest", "http://93.184.216.34/", "https://[::1]/"):
        body = {"url": url, "events": ["release"]}
        assert light_api.call("POST", "/v1/webhooks", json=body).status_code == 422, url
    wrong = light_api.call("POST", "/v1/webhooks", json={"url": URL, "events": ["everything"]})
    assert wrong.status_code == 422
    hook = make(light_api, "release", client="one")
    assert light_api.call("GET", f"/v1/webhooks/{hook['id']}", of_client="two").status_code == 404
    assert light_api.call("GET", "/v1/webhooks", of_client="two").json()["items"] == []
    assert light_api.call("GET", "/v1/webhooks", Role.AUDITOR).json()["items"] != []


def test_the_same_post_again_shows_the_same_secret_which_is_stored_nowhere(api: Api) -> None:
    body, again = {"url": URL, "events": ["release"]}, {"Idempotency-Key": "once"}
    first = api.call("POST", "/v1/webhooks", json=body, headers=again)
    second = api.call("POST", "/v1/webhooks", json=body, headers=again)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    secret = first.json()["secret"].removeprefix("whsec_")
    with api.database.read() as session:
        answers = session.scalars(select(IdempotencyKey.answer)).all()
    assert answers
    assert not any(secret in one for one in answers)
