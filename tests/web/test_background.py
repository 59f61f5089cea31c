"""What takes long is done beside the pages that wait for it: the verification of the audit log, an impact."""

import re
import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from client import Api
from visiting import Visiting

from app.audit.verify import Report, verify
from app.errors import Conflict
from app.web import audit
from app.web.background import Background


def test_a_short_log_is_verified_at_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    # The folder of checkpoints is that of all tests.
    monkeypatch.setattr(audit, "published", lambda _: None)
    page = Visiting(api, "auditor").get("/audit/verify")
    assert "完整，未改动" in page.text


def test_a_long_one_is_waited_for_and_the_page_looks_again(one_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    began: list[int] = []

    def long(*_: Any, **__: Any) -> Report:
        began.append(1)
        goes_on.wait(60)
        return Report(records=7)

    monkeypatch.setattr(audit, "verify", long)
    monkeypatch.setattr(audit, "_WAIT_S", 0.01)
    person = Visiting(one_api, "auditor")
    waiting = person.get("/audit/verify")
    assert "正在核验全部记录" in waiting.text
    assert 'hx-get="/audit/verify"' in waiting.text
    assert person.get("/audit/verify", **{"HX-Request": "true"}).status_code == 204
    assert "正在核验全部记录" in person.get("/audit/verify").text
    goes_on.set()
    run = one_api.app.state.verifications.current("all", long, 60)
    assert run.found is not None
    assert "完整，未改动" in person.get("/audit/verify", **{"HX-Request": "true"}).text
    assert began == [1]


def test_one_that_failed_says_so_and_is_tried_again(one_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Report:
        raise OSError("no disk")

    monkeypatch.setattr(audit, "published", lambda _: None)
    monkeypatch.setattr(audit, "verify", broken)
    person = Visiting(one_api, "auditor")
    assert "核验没有完成" in person.get("/audit/verify").text
    monkeypatch.setattr(audit, "verify", verify)
    text = person.get("/audit/verify").text
    assert "完整，未改动" in text, re.sub("<[^>]*>", " ", text)


def test_the_same_is_asked_for_once_until_it_is_old() -> None:
    began: list[str] = []

    def work(name: str) -> int:
        began.append(name)
        return len(began)

    lasting, passing = Background[int](timedelta(hours=1)), Background[int](timedelta(seconds=-1))
    for runs in (lasting, passing):
        for name in ("one", "other", "one"):
            runs.current(name, partial(work, name), 60)
    assert began == ["one", "other", "one", "other", "one"]


def test_what_the_work_refuses_with_is_raised() -> None:
    def refused() -> int:
        raise Conflict("not-waiting", "no")

    with pytest.raises(Conflict):
        Background[int](timedelta(hours=1)).current("one", refused, 60)
