"""One screening through HTTP, on both databases."""

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
