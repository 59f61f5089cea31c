"""A form that is sent after the session has ended: what was typed comes back, and nothing is done with it unseen."""

import re
from html import unescape
from typing import Any

import pytest
from client import Api
from visiting import OWN, Visiting

from app.access import keys
from app.screening.models import Screening
from app.web import kept_form

TYPED = 'a"<b>&\u202e\n  第二行'


def expired(api: Api, role: str, path: str, data: dict[str, str]) -> Any:
    """Send a form with a session that has ended."""
    person = Visiting(api, role)
    person.post("/logout")
    return person.post(path, data)


def hidden_in(page: str) -> dict[str, str]:
    """Return the fields that the login carries, as a browser sends them."""
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    return {unescape(name): unescape(value) for name, value in found}


@pytest.mark.parametrize(
    ("role", "path"), [("screener", "/"), ("analyst", "/sweeps"), ("list_checker", "/lists/fj-violating/versions/1")]
)
def test_what_was_typed_comes_back_and_is_not_sent(one_api: Api, role: str, path: str) -> None:
    sent = {"q": "示例公司", "service": "CUSTODY", "remark": TYPED, "reason": TYPED, "as_of": "2017-07-03"}
    login = expired(one_api, role, path, {**sent, "key": "cutoff_secret"})
    assert login.status_code == 401
    assert "填写的内容还在" in login.text
    assert "cutoff_secret" not in login.text
    carried = hidden_in(login.text)
    wrong = one_api.client.post("/login", data={**carried, "key": "cutoff_wrong"}, headers=OWN)
    assert hidden_in(wrong.text) == carried
    answer = one_api.client.post("/login", data={**carried, "key": one_api.key(role)}, headers=OWN)
    assert answer.status_code == 200
    assert "没有提交" in answer.text
    assert "\u202e" not in re.sub(r"<textarea.*?</textarea>", "", answer.text, flags=re.DOTALL)
    fields = hidden_in(answer.text) | {kept_form.RETURNING: "1"}
    assert {name: fields[name] for name in sent} == sent
    form = one_api.client.post(path, data=fields, headers=OWN, follow_redirects=False)
    assert form.status_code == 200
    assert "还没有提交" in form.text
    assert {"/": "示例公司", "/sweeps": "2017-07-03"}.get(path, "") in form.text
    with one_api.database.read() as session:
        assert session.query(Screening).count() == 0


def test_an_alert_keeps_the_reason(one_api: Api) -> None:
    login = expired(one_api, "analyst", "/alerts/A-1", {"do": "TRUE_MATCH", "reason": TYPED})
    assert hidden_in(login.text)["kept-reason"] == TYPED
    assert hidden_in(login.text)["kept_at"] == "/alerts/A-1"


@pytest.mark.parametrize(
    "at",
    [
        "https://evil.example/",
        "//evil.example/",
        "/logout",
        "/login",
        "/system",
        "/alerts/a/../../login",
        "javascript:x",
    ],
)
def test_a_login_carries_nothing_to_anywhere_else(one_api: Api, at: str) -> None:
    data = {"kept_at": at, "kept-reason": "x", "key": one_api.key("analyst")}
    answer = one_api.client.post("/login", data=data, headers=OWN, follow_redirects=False)
    assert answer.status_code == 303


def test_a_file_cannot_be_kept_and_one_is_led_back_to_its_page(one_api: Api) -> None:
    person = Visiting(one_api, "list_maker")
    person.post("/logout")
    answer = person.post("/lists/fj-violating", {}, files={"file": ("a.csv", b"x", "text/csv")})
    assert answer.status_code == 303
    assert "next=%2Flists%2Ffj-violating&" in answer.headers["location"]
    answer = person.post("/lists/fj-violating/rollback", {"to_version": "1"})
    assert "next=%2Flists%2Ffj-violating&" in answer.headers["location"]


def test_too_much_is_not_carried(one_api: Api) -> None:
    answer = expired(one_api, "screener", "/", {"q": "x" * 200_001})
    assert answer.status_code == 303


def test_a_revoked_key_keeps_the_text_for_the_next_one(one_api: Api) -> None:
    person = Visiting(one_api, "screener")
    with one_api.database.write() as session:
        keys.revoke(session, keys.authenticate(session, one_api.key("screener")).key_id)
    login = person.post("/", {"q": "示例公司"})
    assert hidden_in(login.text)["kept-q"] == "示例公司"
