"""A draft's effect on the book, its names one by one, and how far the check of an upload is."""

import json
from datetime import timedelta
from typing import Any

import pytest
from client import Api
from test_list_pages import SECOND, person_of, sent
from visiting import Visiting
from watchlist_rows import VENUE, as_csv

from app import clock
from app.monitoring import alert_queue, sweeps
from app.monitoring.rescreening import BookRunner
from app.monitoring.telling import tell_step
from app.web import ageing
from app.worker import Worker

NAME = "福州样本鼓山交易中心有限公司"
NDJSON = {"Content-Type": "application/x-ndjson"}
DRAFT = SECOND | {"legal_name": NAME}


@pytest.fixture
def drafted(one_api: Api) -> tuple[Api, Visiting]:
    """Return a book that is decided, and a maker who has drafted a version that names one of it."""
    book = [{"id": f"C-{n}", "counterparty": {"name": name}} for n, name in enumerate((NAME, "无关贸易公司"))]
    content = "\n".join(json.dumps(one, ensure_ascii=False) for one in book).encode()
    assert one_api.call("PUT", "/v1/counterparties", "analyst", content=content, headers=NDJSON).status_code == 200
    BookRunner(one_api.app.state.screening_service, tell_step).run("core")
    maker, _ = person_of(one_api, "list_maker", "陈示例")
    assert sent(maker, DRAFT).status_code == 303
    return one_api, Visiting(one_api, "list_checker")


def test_the_effect_on_the_book_is_told_in_numbers_without_names(drafted: tuple[Api, Visiting]) -> None:
    api, checker = drafted
    answer = checker.post("/lists/fj-violating/versions/2/book-impact", {})
    place = answer.headers["location"]
    assert 'hx-trigger="every 2s"' in checker.get(place).text
    desk = api.app.state.screening_service
    Worker(api.database, {sweeps.KIND: sweeps.SweepJobs(lambda: desk, api.database)}).step()
    page = checker.get(place).text
    assert "2 个在管客户" in page
    assert "放行" in page
    assert "停止服务" in page
    assert NAME not in page
    assert "/sweeps/" not in page.replace("/book-impact/", "")
    assert checker.get(place.replace("/versions/2/", "/versions/1/")).status_code == 404
    assert Visiting(api, "list_checker", "other").get(place).status_code == 404
    same = checker.post("/lists/fj-violating/versions/1/book-impact", {}).headers["location"]
    Worker(api.database, {sweeps.KIND: sweeps.SweepJobs(lambda: desk, api.database)}).step()
    assert "没有客户的结论会不同" in checker.get(same).text


def test_each_name_of_a_version_says_whether_it_finds_its_row(drafted: tuple[Api, Visiting]) -> None:
    _, checker = drafted
    assert "能命中本行" in checker.get("/lists/fj-violating/versions/2").text


def test_the_check_of_an_upload_says_how_far_it_is(one_api: Api) -> None:
    maker = Visiting(one_api, "list_maker")
    headers = {"Accept": "application/x-ndjson, text/html"}

    def lines(content: bytes) -> list[dict[str, Any]]:
        files = {"file": ("list.csv", content, "text/csv")}
        answer = maker.post("/lists/fj-violating", {"file_kind": "DELTA"}, files=files, headers=headers)
        assert answer.status_code == 200
        return [json.loads(line) for line in answer.text.splitlines()]

    *progress, last = lines(as_csv([DRAFT | {"determined_on": "2017-13-01"}]))
    assert "BAD_DATE" in last["page"]
    assert "没有导入任何内容" in last["page"]
    *progress, last = lines(as_csv([DRAFT]))
    assert progress[-1] == {"done": 1, "total": 1}
    assert last == {"location": "/lists/fj-violating/versions/2"}
    *_, last = lines(b"")
    assert "<main" in last["page"]
    checker = Visiting(one_api, "list_checker")
    files = {"file": ("list.csv", as_csv([DRAFT]), "text/csv")}
    refused = checker.post("/lists/fj-violating", {"file_kind": "DELTA"}, files=files, headers=headers)
    assert "补录" in json.loads(refused.text.splitlines()[-1])["page"]


def test_errors_come_before_warnings_and_alike_ones_are_counted(one_api: Api) -> None:
    many = [DRAFT | {"external_id": f"FJ-{n}", "legal_name": f"福州样本第{n}交易中心有限公司"} for n in range(100, 112)]
    maker, _ = person_of(one_api, "list_maker", "陈示例")
    place = sent(maker, *many).headers["location"]
    checker, key = person_of(one_api, "list_checker", "林示例")
    maker.post(place, {"do": "submit"})
    assert checker.post(place, {"do": "approve_now", "key": key}).status_code == 303
    page = sent(maker, DRAFT | {"determined_on": "2017-13-01"}, kind="FULL").text
    assert page.index("BAD_DATE") < page.index("MISSING_FROM_FULL")
    assert "同类另有" in page


def test_the_ages_of_alerts_are_drawn_to_one_scale() -> None:
    bars = ageing.draw({0: (4, 0), 3: (1, 1), 4: (0, 1), 30: (2, 6)})
    assert [bar.total for bar in bars] == [4, 0, 0, 2, 1, 0, 8]
    assert bars[-1].analyst_height + bars[-1].second_height == pytest.approx(2 * (bars[0].analyst_height))
    assert all(bar.total == 0 for bar in ageing.draw({}))


def test_the_ages_of_open_alerts_are_shown(one_api: Api) -> None:
    content = json.dumps({"id": "C-1", "counterparty": {"name": VENUE["legal_name"]}}, ensure_ascii=False).encode()
    one_api.call("PUT", "/v1/counterparties", "analyst", content=content, headers=NDJSON)
    BookRunner(one_api.app.state.screening_service, tell_step).run("core")
    with one_api.database.read() as session:
        assert alert_queue.ages(session, "core", clock.now()) == {0: (1, 0)}
        assert alert_queue.ages(session, "other", clock.now()) == {}
        assert list(alert_queue.ages(session, "core", clock.now() + timedelta(days=28))) == [20]
    assert "未结预警的时长" in Visiting(one_api, "analyst").get("/alerts").text
