"""One screening through HTTP, on both databases."""

from base64 import b64encode

import pytest
from client import Api
from watchlist_rows import VENUE

from app.api.screening_schemas import ScreeningAnswer

NAME = VENUE["legal_name"]


def test_a_listed_venue_is_blocked_on_the_cutoff_date_and_the_clause_is_named(api: Api) -> None:
    answer = api.screen(NAME, "2017-06-30", reference="core-1").json()
    assert (answer["outcome"], answer["reasons"][0]["code"]) == ("BLOCK", "CUTOFF")
    assert answer["reasons"][0]["basis_code"] == "FJ17-5.2-c"
    assert "2017年6月30日" in answer["reasons"][0]["text_zh"]
    assert answer["matches"][0]["external_id"] == "FJ-0001"
    assert answer["matches"][0]["explanation"]["summary_zh"]
    assert len(answer["list_versions"][0]["sha256"]) == 64
    assert "CUTOFF_DAY" in answer["flags"]
    ScreeningAnswer.model_validate(answer, strict=False)


@pytest.mark.parametrize(
    ("when", "outcome", "local"),
    [
        ("2017-06-29", "REVIEW", "2017-06-29"),
        ("2017-06-29T15:59:59Z", "REVIEW", "2017-06-29"),
        ("2017-06-29T16:00:00Z", "BLOCK", "2017-06-30"),
        ("2017-06-30T00:00:00+08:00", "BLOCK", "2017-06-30"),
    ],
)
def test_the_local_date_decides(light_api: Api, when: str, outcome: str, local: str) -> None:
    answer = light_api.screen(NAME, when).json()
    assert (answer["outcome"], answer["service_local_date"]) == (outcome, local)


def test_an_unlisted_name_passes_and_says_which_lists_say_so(api: Api) -> None:
    answer = api.screen("福州样本海鲜酒楼有限公司").json()
    assert (answer["outcome"], answer["matches"], answer["reasons"][0]["code"]) == ("PASS", [], "NO_ENTRY")
    assert answer["list_versions"][0]["code"] == "fj-violating"
    assert "NO_LIST:WEIPAN" in answer["flags"]
    ScreeningAnswer.model_validate(answer, strict=False)


def test_the_recorded_decision_is_the_very_text_that_was_answered(api: Api) -> None:
    answered = api.screen(NAME)
    read = api.call("GET", f"/v1/screenings/{answered.json()['id']}")
    assert read.status_code == 200
    assert read.content == answered.content


@pytest.mark.parametrize(
    "written",
    [
        "\u202e" + NAME[::-1],
        "".join(f"&#{ord(char)};" for char in NAME),
        NAME.encode("unicode_escape").decode(),
        "".join(f"%{byte:02X}" for byte in NAME.encode()),
        f"{NAME[:3]}<br>{NAME[3:]}",
        NAME.encode().decode("latin-1"),
        f"=?UTF-8?B?{b64encode(NAME.encode()).decode()}?=",
        b64encode(NAME.encode()).decode(),
        "".join(f"={byte:02X}" for byte in NAME.encode()),
    ],
)
def test_an_encoded_name_is_read_as_the_name_that_it_is(light_api: Api, written: str) -> None:
    assert light_api.screen(written, "2017-07-03").json()["outcome"] == "BLOCK"


@pytest.mark.parametrize("lost", ["\ufffd", "??", "\ue123"])
def test_a_damaged_name_is_refused(light_api: Api, lost: str) -> None:
    answered = light_api.screen(f"{NAME[:3]}{lost}{NAME[4:]}", "2017-07-03")
    assert answered.status_code == 422
    assert answered.json()["errors"][0]["code"] == "damaged-name"


@pytest.mark.parametrize("word", ["同上", "无", "暂无", "见附件", "#NAME?", "户名"])
def test_a_word_in_place_of_a_name_is_refused(light_api: Api, word: str) -> None:
    answer = light_api.screen(word, "2017-07-03")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no-name")


def test_a_key_that_stands_twice_is_refused(light_api: Api) -> None:
    parties = ", ".join(f'"counterparty": {{"name": "{name}"}}' for name in (NAME, "样本商行"))
    body = f'{{"service": "CUSTODY", {parties}}}'
    for path, text in (("/v1/screenings", body), ("/v1/screenings/batch", f'{{"items": [{body}]}}')):
        answered = light_api.call("POST", path, content=text.encode(), headers={"Content-Type": "application/json"})
        assert answered.status_code == 422, answered.text
        assert answered.json()["errors"][0]["code"] == "repeated-key"
