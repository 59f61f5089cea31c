"""Signing in, staying, leaving, and who may ask for a change."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from client import Api
from visiting import OWN, Visiting

from app import clock
from app.access import Role, keys, sessions
from app.access.models import ConsoleSession
from app.errors import Unauthenticated
from app.web import login
from app.web.page import home_of


def test_signing_in_counts_as_a_use_of_the_key(api: Api) -> None:
    Visiting(api, "auditor")
    with api.database.read() as session:
        (used,) = [one.last_used_at for one in keys.list_keys(session) if one.role is Role.AUDITOR]
    assert used is not None


def test_a_key_opens_a_session_and_the_table_does_not_know_the_token(api: Api) -> None:
    answer = api.client.post("/login", data={"key": api.key("auditor")}, headers=OWN, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == home_of(Role.AUDITOR)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("cutoff=")
    for word in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert word in cookie
    token = cookie.split(";")[0].partition("=")[2]
    with api.database.read() as session:
        (row,) = session.query(ConsoleSession).all()
        assert token not in {row.token_sha256, row.key_id}


def test_over_https_the_cookie_is_bound_to_the_host(one_api: Api) -> None:
    answer = one_api.client.post(
        "https://testserver/login", data={"key": one_api.key("screener")}, headers=OWN, follow_redirects=False
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-cutoff=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("key", ["", "cutoff_wrong", "' OR 1=1 --", "\ud800"])
def test_a_wrong_key_gets_the_form_again_and_no_session(one_api: Api, key: str) -> None:
    data = {"key": key.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
    answer = one_api.client.post("/login", data=data, headers=OWN, follow_redirects=False)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "密钥不对" in answer.text


def test_without_a_session_one_is_led_to_the_login_and_back(one_api: Api) -> None:
    answer = one_api.client.get("/lists?lang=en", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Flists"


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\\b", "javascript:alert(1)", "/\nx", "x"]
)
def test_a_login_never_leads_to_another_site(place: str) -> None:
    assert login.local(place) == ""


def test_leaving_ends_the_session_at_once(api: Api) -> None:
    person = Visiting(api, "list_maker")
    assert person.get("/lists").status_code == 200
    assert person.post("/logout").status_code == 303
    answer = person.get("/lists")
    assert answer.status_code == 303
    assert "session-ended" in answer.headers["location"]


def test_revoking_the_key_ends_its_sessions_at_once(api: Api) -> None:
    person = Visiting(api, "list_maker")
    with api.database.write() as session:
        keys.revoke(session, keys.authenticate(session, api.key("list_maker")).key_id)
    answer = person.get("/lists")
    assert answer.status_code == 303
    assert "key-revoked" in answer.headers["location"]


def test_an_idle_session_ends_and_a_busy_one_ends_by_age(api: Api) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        idle, busy = Visiting(api, "list_maker"), Visiting(api, "auditor")
        for _ in range(47):
            time.shift(timedelta(minutes=10))
            assert busy.get("/lists").status_code == 200
        answer = idle.get("/lists")
        assert answer.status_code == 303
        assert "session-idle" in answer.headers["location"]
        time.shift(timedelta(minutes=10))
        answer = busy.get("/lists")
        assert answer.status_code == 303
        assert "session-ended" in answer.headers["location"]


def test_signing_in_again_makes_a_new_session_and_ends_the_old_one(one_api: Api) -> None:
    first = Visiting(one_api, "list_maker")
    answer = one_api.client.post(
        "/login",
        data={"key": one_api.key("auditor")},
        headers={**OWN, "Cookie": first.cookie},
        follow_redirects=False,
    )
    assert answer.headers["set-cookie"].split(";")[0] != first.cookie
    assert first.get("/lists").status_code == 303


def test_a_one_time_link_opens_one_session_and_only_by_its_button(api: Api) -> None:
    with api.database.write() as session:
        key_id = keys.authenticate(session, api.key("list_maker")).key_id
        ticket = sessions.issue_ticket(session, key_id, timedelta(minutes=5))
    for _ in range(2):  # looking at it, as link checkers do, spends nothing
        page = api.client.get(f"/login?once={ticket}")
        assert "list_maker" in page.text
    sent: dict[str, Any] = {"data": {"ticket": ticket}, "headers": OWN, "follow_redirects": False}
    assert api.client.post("/login", **sent).status_code == 303
    api.client.cookies.clear()
    assert api.client.post("/login", **sent).status_code == 401
    assert "已用过" in api.client.get(f"/login?once={ticket}").text


def test_a_one_time_link_runs_out(api: Api) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        with api.database.write() as session:
            key_id = keys.authenticate(session, api.key("screener")).key_id
            ticket = sessions.issue_ticket(session, key_id, timedelta(minutes=5))
        time.shift(timedelta(minutes=5))
        with api.database.write() as session, pytest.raises(Unauthenticated):
            sessions.open_by_ticket(session, ticket)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 303),
        ({"Origin": "http://testserver"}, 303),
        ({"Origin": "https://testserver"}, 303),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "file://testserver"}, 403),
    ],
)
def test_only_our_own_pages_change_anything(one_api: Api, headers: dict[str, str], status: int) -> None:
    data = {"key": one_api.key("screener")}
    answer = one_api.client.post("/login", data=data, headers=headers, follow_redirects=False)
    assert answer.status_code == status


def test_every_page_has_the_strict_policy_and_is_not_kept(one_api: Api) -> None:
    person = Visiting(one_api, "list_checker")
    for path in ("/login", "/shortcuts", "/lists", "/lists?lang=en"):
        headers = person.get(path).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"


def test_the_language_is_switched_and_remembered(one_api: Api) -> None:
    answer = one_api.client.get("/login?lang=en")
    assert '<html lang="en">' in answer.text
    assert '<html lang="en">' in one_api.client.get("/login").text
    assert '<html lang="zh-CN">' in one_api.client.get("/login?lang=zh").text
