"""What the edge refuses is a page for a browser and a problem for a program."""

import threading

import pytest
from client import Api, running
from visiting import Visiting

from app.db import Database

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(("language", "words"), [("zh", "没有这个地址"), ("en", "There is no such address")])
def test_an_unknown_address_is_a_page_for_a_browser(one_api: Api, language: str, words: str) -> None:
    person = Visiting(one_api, "screener")
    page = one_api.client.get("/nothing", headers={"Cookie": f"{person.cookie}; cutoff-lang={language}", **HTML})
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert words in page.text
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-request-id"] in page.text


@pytest.mark.parametrize(
    ("path", "accept"), [("/nothing", "application/json"), ("/nothing", "*/*"), ("/v1/nothing", HTML["Accept"])]
)
def test_it_is_a_problem_for_a_program(one_api: Api, path: str, accept: str) -> None:
    answer = one_api.client.get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:cutoff:problem:not-found"


def test_a_page_that_takes_too_long_is_a_page_that_says_so(sqlite_db: Database) -> None:
    goes_on = threading.Event()
    with running(sqlite_db, request_timeout_s=1.0) as api:
        api.app.add_api_route("/slow", lambda: goes_on.wait(30))
        answer = api.client.get("/slow", headers=HTML)
        goes_on.set()
    assert answer.status_code == 503
    assert "没有及时得出结果" in answer.text
    assert answer.headers["retry-after"] == "2"


def test_a_bug_is_a_page_that_says_so(sqlite_db: Database) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with running(sqlite_db) as api:
        api.app.add_api_route("/broken", broken)
        answer = api.client.get("/broken", headers=HTML)
    assert answer.status_code == 500
    assert "本系统出错" in answer.text
