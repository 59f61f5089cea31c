"""Keys and clients through HTTP: made, narrowed, replaced, revoked; wrong keys are slowed down."""

from client import Api, running

from app.access import Role
from app.db import Database


def test_a_key_is_made_used_replaced_and_revoked(api: Api) -> None:
    assert api.call("POST", "/v1/clients", Role.ADMIN, json={"code": "branch-1"}).status_code == 201
    made = api.call("POST", "/v1/keys", Role.ADMIN, json={"role": "screener", "name": "teller", "client": "branch-1"})
    assert made.status_code == 201
    key, key_id = made.json()["key"], made.json()["id"]

    def use(secret: str) -> int:
        return int(api.client.get("/v1/screenings", headers={"Authorization": f"Bearer {secret}"}).status_code)

    assert use(key) == 200
    assert api.call("GET", "/v1/screenings", headers={"Authorization": f"Bearer {key}"}).headers["RateLimit"]
    new = api.call("POST", f"/v1/keys/{key_id}/rotate", Role.ADMIN, json={"overlap_seconds": 3600})
    assert new.status_code == 201
    assert (use(key), use(new.json()["key"])) == (200, 200)
    assert api.call("DELETE", f"/v1/keys/{key_id}", Role.ADMIN).json()["revoked_at"]
    assert (use(key), use(new.json()["key"])) == (401, 200)
    assert api.call("POST", "/v1/clients/branch-1/close", Role.ADMIN).status_code == 200
    assert use(new.json()["key"]) == 401
    listed = {one["id"]: one for one in api.call("GET", "/v1/keys", Role.AUDITOR).json()["items"]}
    assert listed[key_id]["successor_id"] == new.json()["id"]
    assert all("key" not in one for one in listed.values())


def test_a_key_of_an_idempotent_post_is_shown_once(api: Api) -> None:
    body = {"role": "auditor", "name": "audit"}
    again = {"Idempotency-Key": "one"}
    api.call("POST", "/v1/clients", Role.ADMIN, json={"code": "default"})
    first = api.call("POST", "/v1/keys", Role.ADMIN, json=body, headers=again).json()
    second = api.call("POST", "/v1/keys", Role.ADMIN, json=body, headers=again).json()
    assert first["key"] is not None
    assert second == {**first, "key": None}


def test_a_scope_narrows_the_role(api: Api) -> None:
    api.call("POST", "/v1/clients", Role.ADMIN, json={"code": "x"})
    body = {"role": "analyst", "name": "narrow", "client": "x", "scopes": ["screenings:read"]}
    key = api.call("POST", "/v1/keys", Role.ADMIN, json=body).json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    assert api.client.get("/v1/screenings", headers=headers).status_code == 200
    for method, path in (("POST", "/v1/screenings"), ("GET", "/v1/lists"), ("POST", "/v1/jobs")):
        refused = api.client.request(method, path, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:cutoff:problem:out-of-scope")


def test_wrong_keys_are_slowed_down_and_right_ones_are_not(sqlite_db: Database) -> None:
    with running(sqlite_db, auth_failures_burst=3, auth_failures_per_s=0.01) as api:
        assert api.call("GET", "/v1/screenings").status_code == 200
        wrong = [
            api.client.get("/v1/screenings", headers={"Authorization": f"Bearer wrong-{i}"}).status_code
            for i in range(5)
        ]
        assert wrong == [401, 401, 401, 429, 429]
        refused = api.client.get("/v1/screenings", headers={"Authorization": "Bearer wrong"})
        assert int(refused.headers["Retry-After"]) > 1
        assert api.call("GET", "/v1/screenings").status_code == 200


def test_requests_without_a_key_are_slowed_down_and_keep_nobody_else_out(sqlite_db: Database) -> None:
    with running(sqlite_db, auth_failures_burst=3, auth_failures_per_s=0.01) as api:
        assert [api.call("GET", "/v1/screenings", None).status_code for _ in range(5)] == [401, 401, 401, 429, 429]
        assert api.call("GET", "/v1/screenings").status_code == 200
        assert api.client.get("/v1/screenings", headers={"Authorization": "Bearer wrong"}).status_code == 401
