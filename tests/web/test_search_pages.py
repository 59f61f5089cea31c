"""查询: the form, what it records, what it refuses, and the record with its reasons."""

import re
from html import unescape
from typing import Any

import pytest
from client import Api
from visiting import Visiting
from watchlist_rows import VENUE

from app.access import Role
from app.web.page import RECORD_ROLES, SCREENING_ROLES

NAME = "福建·示例\u200b大宗商品交易中心有限责任公司"


def screened(person: Visiting, name: str, **more: str) -> str:
    form = {"q": name, "service": "FUND_SETTLEMENT", "service_date": "2017-07-03", **more}
    answer = person.post("/", form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def text_of(page: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text)))


def test_a_disguised_name_is_screened_recorded_and_explained(api: Api) -> None:
    person = Visiting(api, "screener")
    place = screened(person, NAME, identifier="", reference="core-1")
    page = person.get(place)
    assert page.status_code == 200
    text = text_of(page)
    for word in ("停止服务", "BLOCK", "录入的是名单主体", "FJ-0001", "四（三）二是", "截止日 2017-06-30", "core-1"):
        assert word in text
    assert '<span class="n-code">U+200B</span>' in page.text
    assert '<mark class="n-diff"><bdi>责任</bdi></mark>' in page.text
    assert "<svg" in page.text
    answer = api.call("GET", "/v1" + place, "screener").json()
    assert answer["outcome"] == "BLOCK"
    assert answer["reference"] == "core-1"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "name", ["福建示列大棕商品交易中心", "某微盘贸易公司", "无关贸易公司", NAME, "A&B <b>公司</b>"]
)
def test_every_kind_of_answer_is_shown_in_both_languages(api: Api, name: str, language: str) -> None:
    person = Visiting(api, "analyst")
    page = person.get(screened(person, name) + f"?lang={language}")
    assert page.status_code == 200
    if language == "en":
        visible = re.sub(r'lang="zh"[^>]*>.*?</div>', "", page.text, flags=re.DOTALL)
        headings = re.findall(r"<h2[^>]*>([^<]*)", visible)
        assert not re.search(r"[\u4e00-\u9fff]", "".join(headings))


@pytest.mark.parametrize("day", ["2017-03-01", "2017-03-20", "2017-06-29", "2017-06-30", "2026-11-30", ""])
def test_the_timeline_holds_for_dates_near_and_far(api: Api, day: str) -> None:
    person = Visiting(api, "screener")
    page = person.get(screened(person, VENUE["legal_name"], service_date=day))
    numbers = [float(one) for one in re.findall(r'\s(?:x|width|cx)="(-?[\d.]+)"', page.text)]
    assert numbers
    assert all(0 <= one <= 900 for one in numbers)


def test_what_was_known_before_is_told_apart(api: Api) -> None:
    person = Visiting(api, "screener")
    page = person.get(screened(person, VENUE["legal_name"], known_at="2017-03-01T09:00"))
    text = text_of(page)
    assert "结论不同" in text
    assert "当时放行" in text


def test_a_number_of_an_entity_is_not_screened_as_a_name(api: Api) -> None:
    person = Visiting(api, "analyst")
    answer = person.post("/", {"q": "fj-0001", "service": "FUND_SETTLEMENT", "service_date": "2017-07-03"})
    assert answer.headers["location"] == "/?q=fj-0001&number=1"
    page = person.get(answer.headers["location"])
    assert "没有筛查" in page.text
    assert VENUE["legal_name"] in page.text
    assert api.call("GET", "/v1/screenings", "analyst").json()["items"] == []
    assert "/screenings/" in screened(person, "fj-0001", as_name="1")


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(api: Api) -> None:
    person = Visiting(api, "screener")
    form = {
        "q": "某公司",
        "service": "FUND_SETTLEMENT",
        "service_date": "2017-02-30",
        "identifier": "123",
        "region_code": "35",
        "remark": "留下的备注",
    }
    page = person.post("/", form)
    assert page.status_code == 422
    for field in ("service_date", "identifier", "region_code"):
        assert f'id="{field}-fault"' in page.text
        assert f'href="#{field}"' in page.text
    assert "留下的备注" in page.text
    assert api.call("GET", "/v1/screenings", "screener").json()["items"] == []


def test_an_empty_name_is_refused(api: Api) -> None:
    page = Visiting(api, "screener").post("/", {"q": " ", "service": "FUND_SETTLEMENT"})
    assert page.status_code == 422
    assert 'id="q-fault"' in page.text


def test_a_code_alone_is_looked_for_as_a_code(api: Api) -> None:
    person = Visiting(api, "screener")
    page = person.get(screened(person, "91350100M000100Y43"))
    assert "统一社会信用代码" in text_of(page)


def test_records_are_narrowed_and_bad_conditions_said(api: Api) -> None:
    person = Visiting(api, "screener")
    place = screened(person, NAME, reference="core-7")
    screened(person, "无关贸易公司")
    assert person.get("/screenings").text.count('href="/screenings/') == 2
    for query in ("outcome=BLOCK", "reference=core-7", "name=" + VENUE["legal_name"].replace("有限", "有限责任")):
        assert place in person.get(f"/screenings?{query}").text
    assert place not in person.get("/screenings?outcome=PASS").text
    assert place not in person.get("/screenings?until=2017-01-01").text
    for query in ("since=yesterday", "outcome=MAYBE", "identifier=1&scheme=USCC", "cursor=x"):
        assert person.get(f"/screenings?{query}").status_code == 422


def test_a_record_of_another_client_is_not_there(api: Api) -> None:
    place = screened(Visiting(api, "screener"), NAME)
    assert Visiting(api, "screener", "other").get(place).status_code == 404
    assert Visiting(api, "auditor", "other").get(place).status_code == 200


def test_it_can_be_screened_again_from_the_record(api: Api) -> None:
    person = Visiting(api, "screener")
    place = screened(person, NAME, other_name="示例金", remark="核对")
    page = person.get(f"/?from={place.rsplit('/', 1)[1]}")
    assert f'value="{NAME}"' in page.text
    assert 'value="示例金"' in page.text


def test_a_decision_is_replayed_the_same(api: Api) -> None:
    person = Visiting(api, "screener")
    assert "逐字相同" in person.get(screened(person, NAME) + "/replay").text


@pytest.mark.parametrize("role", list(Role))
def test_who_may_screen_and_who_may_read(api: Api, role: Role) -> None:
    place = screened(Visiting(api, "screener"), NAME)
    person = Visiting(api, role)
    assert person.get(place).status_code == (200 if role in RECORD_ROLES else 403)
    answer = person.post("/", {"q": NAME, "service": "FUND_SETTLEMENT"})
    assert answer.status_code == (303 if role in SCREENING_ROLES else 403)


def test_a_name_that_is_read_otherwise_is_shown_as_it_was_sent_too(api: Api) -> None:
    person = Visiting(api, "screener")
    typed = "\u202e司公限有例示<b>"
    answer = person.post("/", {"q": typed, "service": "CUSTODY", "service_date": "2017-07-03"})
    page = person.get(answer.headers["location"]).text
    assert "原样" in page
    assert '<span class="n-code">U+202E</span>司公限有例示&lt;b&gt;' in page
    plain = person.post("/", {"q": "无关贸易公司", "service": "CUSTODY", "service_date": "2017-07-03"})
    assert "原样" not in person.get(plain.headers["location"]).text
