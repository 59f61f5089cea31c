"""批量, 预警, 客户, 审计, 系统: each page for each role, and what is done there."""

import io
import re
import shutil
import time
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from client import Api, running
from visiting import Visiting
from watchlist_rows import VENUE

from app import clock
from app.access import Role, keys
from app.db import Database
from app.monitoring import book
from app.monitoring.member import member
from app.monitoring.rescreening import BookRunner
from app.monitoring.telling import tell_step
from app.policy.vocabulary import Service
from app.screening.request import Counterparty

PAGES = {
    "/": set(Role) - {Role.ADMIN},
    "/screenings": {Role.SCREENER, Role.ANALYST, Role.AUDITOR},
    "/lists": set(Role) - {Role.ADMIN},
    "/bulk": {Role.SCREENER, Role.ANALYST, Role.AUDITOR},
    "/alerts": {Role.ANALYST, Role.AUDITOR},
    "/book": {Role.SCREENER, Role.ANALYST, Role.AUDITOR},
    "/sweeps": {Role.SCREENER, Role.ANALYST, Role.AUDITOR},
    "/audit": {Role.AUDITOR},
    "/system": set(Role),
}


@pytest.mark.parametrize("role", list(Role))
def test_a_page_lets_in_its_roles_and_the_menu_shows_what_is_open(api: Api, role: Role) -> None:
    person = Visiting(api, role)
    shown = person.get("/shortcuts").text + person.get("/system").text
    for path, roles in PAGES.items():
        answer = person.get(path)
        assert answer.status_code == (200 if role in roles else 403), path
        if path not in {"/", "/screenings", "/sweeps"}:
            assert (f'<a href="{path}" data-go=' in shown) == (role in roles), path


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_in_english(api: Api, path: str) -> None:
    role = "auditor" if Role.AUDITOR in PAGES[path] else "analyst"
    page = Visiting(api, role).get(f"{path}?lang=en")
    assert page.status_code == 200
    assert '<html lang="en">' in page.text


def test_a_file_is_looked_at_before_it_is_screened(api: Api, tmp_path: Any) -> None:
    api.app.state.settings.__dict__["data_dir"] = tmp_path
    person = Visiting(api, "screener")
    book = "客户号,户名,开户日\nC-1,<b>福建示例</b>,2016-05-01\n".encode()
    answer = person.post("/bulk", {}, files={"file": ("book.csv", book, "text/csv")})
    assert answer.status_code == 303
    place = answer.headers["location"]
    page = person.get(place)
    assert "将筛查" in page.text
    assert "不筛查" in page.text
    assert "&lt;b&gt;福建示例&lt;/b&gt;" in page.text
    assert Visiting(api, "screener", "other").get(place).status_code == 404
    assert person.post(place, {"service": "NOTHING"}).status_code == 422
    assert person.post(place, {"service": "CUSTODY", "service_date": "2017-07-03"}).status_code == 303
    assert "排队" in person.get(place).text
    assert person.get(f"{place}/results").status_code == 409
    assert person.post(place, {"do": "cancel"}).status_code == 303
    assert "已取消" in person.get(place).text


@pytest.mark.parametrize(
    ("name", "content"),
    [("book.exe", b"MZ"), ("book.csv", b""), ("", b"")],
)
def test_a_file_that_cannot_be_screened_is_refused_in_words(api: Api, tmp_path: Any, name: str, content: bytes) -> None:
    api.app.state.settings.__dict__["data_dir"] = tmp_path
    person = Visiting(api, "screener")
    answer = person.post("/bulk", {}, files={"file": (name, content, "text/csv")})
    if answer.status_code == 303:
        answer = person.get(answer.headers["location"])
    assert answer.status_code == 422


def test_the_workbook_of_results_is_text_with_findings_first(tmp_path: Any) -> None:
    from app.bulk.writers.csv_workbook import csv_workbook

    path = tmp_path / "out.csv"
    path.write_text(
        "户名,outcome,error\n=1+1,BLOCK,\nhttp://a.example,PASS,\n<b>x</b>,REVIEW,坏行\n", encoding="utf-8-sig"
    )
    started = time.process_time()
    book = csv_workbook(path, {"outcome": "结论"}, {"BLOCK": "停止服务"}, ("命中与出错", "全部"))
    assert time.process_time() - started < 5
    sheets = openpyxl.load_workbook(io.BytesIO(book))
    assert sheets.sheetnames == ["命中与出错", "全部"]
    findings = list(sheets["命中与出错"].values)
    assert findings == [("户名", "结论", "error"), ("=1+1", "停止服务", None), ("<b>x</b>", "REVIEW", "坏行")]
    assert len(list(sheets["全部"].values)) == 4
    assert all(cell.data_type == "s" for row in sheets["全部"].iter_rows() for cell in row if cell.value)


def test_a_long_group_of_alerts_is_shown_part_by_part(api: Api) -> None:
    names = [Counterparty(VENUE["legal_name"])]
    members = [member(f"C-{i:03}", names, [Service.FUND_SETTLEMENT]) for i in range(60)]
    with api.database.write() as session:
        book.put(session, "core", members, clock.now())
    BookRunner(api.app.state.screening_service, tell_step, 7).run("core")
    person = Visiting(api, "analyst")

    def shown(page: str) -> set[str]:
        return set(re.findall(r'<li><a href="/alerts/([0-9a-f-]+)', page))

    first = person.get("/alerts?whose=all").text
    (more,) = re.findall(r'<p class="c-more-link"><a href="([^"]+)"', first)
    second = person.get(unescape(more)).text
    assert (len(shown(first)), len(shown(second))) == (50, 10)
    assert not shown(first) & shown(second)
    assert all("<span>60</span>" in page for page in (first, second))
    assert "回到全部分组" in second
    due = re.findall("due=([A-Z]+)", more)[0]
    for wrong in ("", "x", "1 2", "1 2017-01-01T00:00:00 x y"):
        assert person.get(f"/alerts?whose=all&due={due}&after={wrong}").status_code == 200


def test_a_queue_is_worked_through_in_its_own_filter_and_says_what_was_done(api: Api) -> None:
    members = [
        member("C-1", [Counterparty("福建示列大宗商品交易中心")], [Service.FUND_SETTLEMENT]),
        member("C-2", [Counterparty(VENUE["legal_name"])], [Service.FUND_SETTLEMENT]),
        member("C-3", [Counterparty("福建示例大宗商品交易中心厦门会员单位")], [Service.FUND_SETTLEMENT]),
    ]
    with api.database.write() as session:
        book.put(session, "core", members, clock.now())
        second_key = keys.create(session, Role.ANALYST, subject="second", client="core")[1]
    BookRunner(api.app.state.screening_service, tell_step, 7).run("core")
    first, second = Visiting(api, "analyst"), Visiting(api, "analyst", key=second_key)
    query = "whose=all&outcome=REVIEW&category="

    def ids(person: Visiting, asked: str) -> list[str]:
        return re.findall(r'<li><a href="/alerts/([0-9a-f-]+)', person.get(f"/alerts?{asked}").text)

    reviews = ids(first, query)
    assert len(reviews) >= 2
    to_do = list(reviews)
    for done in reviews:
        to_do.remove(done)
        sent = {"do": "FALSE_POSITIVE", "reason": "已核对营业执照", "query": query}
        answer = first.post(f"/alerts/{done}", sent)
        assert answer.status_code == 303
        place, _, shown = answer.headers["location"].partition("?")
        # What waits for the second person is no longer this one's, and the BLOCK is not in the filter.
        assert place == (f"/alerts/{to_do[0]}" if to_do else "/alerts")
        assert "outcome=REVIEW" in shown
        page = first.get(answer.headers["location"]).text
        assert "上一件已提出：不是同一主体，待第二人复核。" in page

    waiting = ids(second, "whose=second")
    assert sorted(waiting) == sorted(reviews)
    wrong = second.post(f"/alerts/{waiting[0]}", {"do": "confirm", "key": "", "query": "whose=second"})
    assert wrong.status_code == 403
    assert 'value="second" checked' in wrong.text
    for done, after in zip(waiting, [*waiting[1:], None], strict=True):
        answer = second.post(f"/alerts/{done}", {"do": "confirm", "key": second.key, "query": "whose=second"})
        assert answer.headers["location"].startswith(f"/alerts/{after}?" if after else "/alerts?whose=second")
    assert "上一件已复核通过，放行。" in second.get(answer.headers["location"]).text
    assert ids(first, "whose=all")  # the BLOCK stays
    for odd in ("whose=%00&outcome=<b>", "&&=;", "whose=second&whose=all", "x" * 5000):
        answer = first.post(f"/alerts/{ids(first, 'whose=all')[0]}", {"do": "take", "query": odd})
        assert answer.status_code == 303
        assert first.get(answer.headers["location"]).status_code in {200, 422}


def test_a_file_is_added_to_an_alert_and_downloaded_without_a_script(api: Api) -> None:
    names = [Counterparty(VENUE["legal_name"])]
    with api.database.write() as session:
        book.put(session, "core", [member("C-1", names, [Service.FUND_SETTLEMENT])], clock.now())
    BookRunner(api.app.state.screening_service, tell_step).run("core")
    person = Visiting(api, "analyst")
    place = re.search(r'href="(/alerts/[0-9a-f-]{36})', person.get("/alerts?whose=all").text)[1]  # type: ignore[index]
    assert "还没有附件" in person.get(place).text
    sent = {"file": ("<b>核实</b>\u202e.exe", b"%PDF-1.7 sample", "application/x-msdownload")}
    answer = person.post(f"{place}/attachments", {"query": "whose=all"}, files=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{place}?whose=all")
    page = person.get(place).text
    link = re.search(rf'href="({place}/attachments/[0-9a-f-]+)" download', page)[1]  # type: ignore[index]
    assert "_b_核实" not in page  # the folder before the last slash is gone
    assert "b_.exe.pdf" in page
    got = person.get(link)
    assert (got.status_code, got.content) == (200, b"%PDF-1.7 sample")
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["content-type"] == "application/octet-stream"
    for refused, status in ((("x.pdf", b"MZ\0\1"), 422), (("", b""), 422), (("y.pdf", b"%PDF-1.7 sample"), 409)):
        answer = person.post(f"{place}/attachments", {}, files={"file": (*refused, "application/pdf")})
        assert answer.status_code == status
        assert "附件" in answer.text
    assert person.post(place, {"do": "comment", "reason": "<i>已电话核实</i>"}).status_code == 303
    assert "&lt;i&gt;已电话核实&lt;/i&gt;" in person.get(place).text
    auditor = Visiting(api, "auditor")
    assert 'type="file"' not in auditor.get(place).text
    assert auditor.get(link).status_code == 200
    assert auditor.post(f"{place}/attachments", {}, files=sent).status_code == 403
    assert Visiting(api, "analyst", "other").get(link).status_code == 404


def test_uploads_that_wait_count_toward_the_room_of_their_client(sqlite_db: Database, tmp_path: Path) -> None:
    content = b"id,name\n1," + b"x" * 3000 + b"\n"
    with running(sqlite_db, data_dir=tmp_path, job_bytes_of_client_max=5_000) as api:
        person = Visiting(api, "screener")
        for path in ("/bulk", "/book/upload"):
            first = person.post(path, {}, files={"file": ("a.csv", content, "text/csv")})
            assert first.status_code == 303
            full = person.post(path, {}, files={"file": ("b.csv", content, "text/csv")})
            assert (full.status_code, "文件已占" in full.text) == (429, True)
            refused = api.call("POST", "/v1/jobs", files={"file": ("c.csv", content)})
            assert (refused.status_code, refused.json()["type"]) == (429, "urn:cutoff:problem:client-files-full")
            elsewhere = Visiting(api, "screener", "other")
            assert elsewhere.post(path, {}, files={"file": ("b.csv", content, "text/csv")}).status_code == 303
            # Once more for the next page.
            for folder in (tmp_path / "jobs").iterdir():
                shutil.rmtree(folder)
