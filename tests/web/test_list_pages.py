"""名单: upload with its findings on the sheet, four eyes, activation, rollback; and who may do what."""

import io
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from client import Api
from openpyxl import load_workbook
from visiting import Visiting
from watchlist_rows import VENUE, as_csv

from app.access import Role, keys

SECOND = VENUE | {
    "external_id": "FJ-0002",
    "legal_name": "福建样本\u200b贵金属交易中心有限公司",
    "remark": "<b onmouseover=alert(1)>x</b>",
}


def sent(
    person: Visiting, *rows: Mapping[str, str], code: str = "fj-violating", kind: str = "DELTA", **more: str
) -> Any:
    files = {"file": ("list.csv", as_csv(rows), "text/csv")}
    return person.post(f"/lists/{code}", {"file_kind": kind, **more}, files=files)


def person_of(api: Api, role: str, name: str) -> tuple[Visiting, str]:
    with api.database.write() as session:
        key = keys.create(session, Role(role), subject=name, client="core")[1]
    api._keys[role, name] = key
    return Visiting(api, role, name), key


@pytest.fixture
def desk(one_api: Api) -> dict[str, Any]:
    maker, maker_key = person_of(one_api, "list_maker", "陈示例")
    checker, checker_key = person_of(one_api, "list_checker", "林示例")
    return {"api": one_api, "maker": maker, "checker": checker, "maker_key": maker_key, "checker_key": checker_key}


def test_a_flawed_file_is_shown_cell_by_cell_and_not_imported(desk: dict[str, Any]) -> None:
    page = sent(desk["maker"], SECOND | {"determined_on": "2017-13-01", "category": "违规"})
    assert page.status_code == 422
    text = page.text
    assert '<td id="C2" class="is-bad' in text or re.search(r'<td id="[A-Z]2" class="is-bad', text)
    for number in re.findall(r'href="#f(\d+)"', text):
        assert f'id="f{number}"' in text
    assert "BAD_DATE" in text
    assert "U+200B" in text
    assert "<b onmouseover" not in text
    assert "没有导入任何内容" in text
    assert "/versions/2" not in desk["maker"].get("/lists/fj-violating").text


def test_a_refused_file_can_be_had_with_its_cells_marked(desk: dict[str, Any]) -> None:
    wrong = SECOND | {"determined_on": "2017-13-01"}
    (place,) = re.findall(r'href="(/lists/fj-violating/refused/[^"]*/annotated.xlsx)"', sent(desk["maker"], wrong).text)
    book = load_workbook(io.BytesIO(desk["maker"].get(place).content))
    comments = [cell.comment.text for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    assert any("不是有效日期" in text for text in comments), comments
    # The next one takes its place; and it is nobody's way to a file of another list.
    again = sent(desk["maker"], wrong | {"legal_name": ""}).text
    assert place in again
    assert desk["maker"].get(place.replace("fj-violating", "fj-weipan")).status_code == 404
    screener, _ = person_of(desk["api"], "screener", "黄示例")
    assert screener.get(place).status_code == 403
    too_large = sent(desk["maker"], wrong | {"remark": "样" * (6 << 20)})
    assert too_large.status_code in {413, 422}
    assert "/refused/" not in too_large.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("主体编号,名称,认定文号,备注\nX-1,龙岩样本石斛交易市场有限公司,,\n", "MISSING_COLUMN"),
        ("交易场所名单\n1、龙岩样本石斛交易市场有限公司\n", "NO_HEADER"),
    ],
)
def test_a_published_list_that_lacks_columns_is_led_to_its_box(desk: dict[str, Any], text: str, code: str) -> None:
    files = {"file": ("list.csv", text.encode(), "text/csv")}
    page = desk["maker"].post("/lists/fj-violating", {}, files=files).text
    assert code in page
    assert '<a href="#upload-as_published">按公布的名单读取</a>' in page
    assert '#upload-as_published"' not in sent(desk["maker"], SECOND | {"determined_on": "2017-13-01"}).text


def test_a_draft_goes_through_four_eyes_into_force(desk: dict[str, Any]) -> None:
    api, maker, checker = desk["api"], desk["maker"], desk["checker"]
    answer = sent(maker, SECOND)
    place = answer.headers["location"]
    assert place == "/lists/fj-violating/versions/2"
    page = maker.get(place)
    assert "福建样本" in page.text
    assert "<b onmouseover" not in page.text
    assert unescape(page.text).count("<b onmouseover=alert(1)>x</b>") >= 1
    assert maker.post(place, {"do": "submit"}).status_code == 303
    refused = maker.post(place, {"do": "approve_now", "key": desk["maker_key"]})
    assert refused.status_code == 403
    refused = checker.post(place, {"do": "approve_now", "key": desk["maker_key"], "reason": "意见还在"})
    assert refused.status_code == 403
    assert "意见还在" in refused.text
    unnamed = checker.post(place, {"do": "approve_now", "key": ""})
    assert unnamed.status_code == 403
    assert "再次输入您的密钥" in unnamed.text
    assert checker.post(place, {"do": "reject", "key": desk["checker_key"], "reason": " "}).status_code == 422
    impact = checker.get(place + "/impact")
    assert impact.status_code == 200
    assert checker.post(place, {"do": "approve_now", "key": desk["checker_key"]}).status_code == 303
    api.refresh()
    page = checker.get(place)
    assert "生效" in page.text
    for name in ("陈示例", "林示例"):
        assert name in page.text
    assert api.screen(SECOND["legal_name"]).json()["outcome"] == "BLOCK"
    (version,) = [
        one for one in api.call("GET", "/v1/lists", "auditor").json()["items"] if one["code"] == "fj-violating"
    ]
    assert version["active_version"] == 2


def test_nobody_approves_their_own_version_whatever_their_key(desk: dict[str, Any]) -> None:
    api, checker = desk["api"], desk["checker"]
    answer = checker.post("/lists/fj-violating/rollback", {"to_version": "1", "key": desk["checker_key"]})
    assert answer.status_code == 409  # version 1 is in force
    sent_by_maker = sent(desk["maker"], SECOND).headers["location"]
    desk["maker"].post(sent_by_maker, {"do": "submit"})
    checker.post(sent_by_maker, {"do": "approve_now", "key": desk["checker_key"]})
    api.refresh()
    answer = checker.post("/lists/fj-violating/rollback", {"to_version": "1", "key": desk["checker_key"]})
    place = answer.headers["location"]
    assert checker.post(place, {"do": "submit"}).status_code == 303
    refused = checker.post(place, {"do": "approve_now", "key": desk["checker_key"]})
    assert refused.status_code == 403
    assert "经办人" in refused.text
    other, key = person_of(api, "list_checker", "郑示例")
    assert other.post(place, {"do": "approve_now", "key": key}).status_code == 303
    api.refresh()
    assert api.screen(SECOND["legal_name"]).json()["outcome"] != "BLOCK"


def test_a_version_is_scheduled_only_for_a_time_ahead(desk: dict[str, Any]) -> None:
    place = sent(desk["maker"], SECOND).headers["location"]
    desk["maker"].post(place, {"do": "submit"})
    for at in ("", "soon", "2017-01-01T09:00"):
        answer = desk["checker"].post(place, {"do": "approve_at", "at": at, "key": desk["checker_key"]})
        assert answer.status_code == 422
    answer = desk["checker"].post(place, {"do": "approve_at", "at": "2035-01-01T09:00", "key": desk["checker_key"]})
    assert answer.status_code == 303
    assert "2035-01-01 09:00" in desk["checker"].get(place).text


def test_a_new_list_begins_with_its_first_file(desk: dict[str, Any]) -> None:
    files = {"file": ("list.csv", as_csv([VENUE]), "text/csv")}
    assert desk["maker"].post("/lists", {"code": "Not A Code"}, files=files).status_code == 422
    files = {"file": ("list.csv", as_csv([VENUE]), "text/csv")}
    answer = desk["maker"].post("/lists", {"code": "fj-weipan"}, files=files)
    assert answer.headers["location"] == "/lists/fj-weipan/versions/1"
    assert desk["maker"].post("/lists/fj-violating", {}).status_code == 422


@pytest.mark.parametrize("role", list(Role))
def test_drafts_are_seen_by_those_who_work_on_lists(desk: dict[str, Any], role: Role) -> None:
    place = sent(desk["maker"], SECOND).headers["location"]
    person = Visiting(desk["api"], role)
    expected = {Role.ADMIN: 403, Role.SCREENER: 404, Role.ANALYST: 404}.get(role, 200)
    assert person.get(place).status_code == expected
    assert person.get(f"{place}/export").status_code == expected
    assert person.post(place, {"do": "submit"}).status_code in ({403} if role is not Role.LIST_MAKER else {303})
    assert sent(person, SECOND).status_code == (303 if role is Role.LIST_MAKER else 403)


def test_the_template_and_exports_are_files(desk: dict[str, Any]) -> None:
    maker = desk["maker"]
    assert maker.get("/lists/template.xlsx").content.startswith(b"PK")
    assert maker.get("/lists/fj-violating/versions/1/export?format=csv").text.count("FJ-0001") == 1
    assert maker.get("/lists/fj-violating/versions/1/annotated.xlsx").content.startswith(b"PK")
    assert maker.get("/lists/none").status_code == 404
    assert maker.get("/lists/fj-violating/versions/99").status_code == 404
    assert maker.get("/lists/fj-violating/versions/nine").status_code == 422


def test_a_list_is_taken_as_it_was_published(desk: dict[str, Any]) -> None:
    files = {"file": ("list.csv", "名称\n龙岩样本石斛交易市场有限公司\n".encode(), "text/csv")}
    fields = {"code": "fj-public", "as_published": "true"}
    refused = desk["maker"].post("/lists", fields, files=files)
    assert refused.status_code == 422
    assert 'href="#upload-category"' in refused.text
    assert 'name="as_published" value="true" checked' in refused.text
    more = {"category": "VIOLATING", "jurisdiction": "龙岩市", "determined_on": "2018-03-26"}
    taken = desk["maker"].post("/lists", {**fields, **more}, files=files)
    assert taken.status_code == 303, taken.text
    draft = desk["maker"].get(taken.headers["location"]).text
    assert "AS_PUBLISHED" in draft
    assert "龙岩样本石斛交易市场有限公司" in draft


def test_fields_of_published_lists_mean_nothing_without_the_box(desk: dict[str, Any]) -> None:
    assert sent(desk["maker"], SECOND, category="VIOLATING", determined_on="2018-03-26").status_code == 303


def test_suggestions_are_in_the_language_of_the_page(desk: dict[str, Any]) -> None:
    wrong = SECOND | {"determined_on": "2017-13-01"}
    assert "建议：写成 YYYY-MM-DD" in re.sub("<[^>]*>", "", sent(desk["maker"], wrong).text)
    files = {"file": ("list.csv", as_csv([wrong]), "text/csv")}
    page = desk["maker"].post("/lists/fj-violating?lang=en", {"file_kind": "DELTA"}, files=files).text
    assert "write YYYY-MM-DD" in page
    assert "写成" not in page


def test_a_checker_sees_at_once_what_waits_for_them(desk: dict[str, Any]) -> None:
    place = sent(desk["maker"], SECOND).headers["location"]
    assert "待您复核" not in desk["checker"].get("/lists").text
    desk["maker"].post(place, {"do": "submit"})
    assert f'待您复核</b>：<a href="{place}">' in desk["checker"].get("/lists").text
    assert "待您复核" not in desk["maker"].get("/lists").text
