"""Codes inside names and texts."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identifiers import Scheme
from app.identifiers.in_text import CANDIDATE, codes_in, without_codes

USCC = "Y1350100DEM000014U"


@pytest.mark.parametrize(
    ("text", "found", "left"),
    [
        (f"龙岩样本交易市场有限公司({USCC})", {(Scheme.USCC, USCC)}, "龙岩样本交易市场有限公司"),
        (f"龙岩样本交易市场有限公司（统一社会信用代码：{USCC}）", {(Scheme.USCC, USCC)}, "龙岩样本交易市场有限公司"),
        (f"样本书店 {USCC.lower()}", {(Scheme.USCC, USCC)}, "样本书店"),
        ("www.sample-site.example充值", {(Scheme.DOMAIN, "sample-site.example")}, "充值"),
        ("样本商行(电话:13800000000)", {(Scheme.PHONE, "13800000000")}, "样本商行"),
        ("样本商行１３８００００００００", {(Scheme.PHONE, "13800000000")}, "样本商行"),
        ("样本公众号gh_0123456789ab", {(Scheme.WECHAT_GH, "gh_0123456789ab")}, "样本公众号"),
        ("样本商行 闽ICP备12345678号-2", {(Scheme.ICP, "闽ICP备12345678号-2")}, "样本商行"),
        ("样本商行6222000000000000123", {(Scheme.ACCOUNT, "6222000000000000123")}, "样本商行"),
        ("样本贸易 Co.Ltd", set(), "样本贸易 Co.Ltd"),
        ("样本第088号会员", set(), "样本第088号会员"),
        ("样本商行2017年6月30日", set(), "样本商行2017年6月30日"),
    ],
)
def test_codes_are_found_by_their_form_and_cut_out_of_names(
    text: str, found: set[tuple[Scheme, str]], left: str
) -> None:
    assert {(one.scheme, one.value) for one in codes_in(text)} == found
    assert without_codes(text) == left


def test_a_name_that_is_nothing_but_a_code_stays() -> None:
    assert without_codes(USCC) == USCC
    assert without_codes("sample-site.example") == "sample-site.example"


@given(st.text("福州样本贸易有限公司（）、ab ", max_size=30))
def test_a_text_without_codes_stays_as_it_is(text: str) -> None:
    assert codes_in(text) == ()
    assert without_codes(text) == text


@given(
    st.text("福州样本贸易", min_size=2, max_size=12),
    st.sampled_from(["{}({})", "{} {}", "{}（信用代码：{}）", "{}、{}"]),
)
def test_a_code_behind_a_name_leaves_the_name(name: str, form: str) -> None:
    text = form.format(name, USCC)
    assert without_codes(text) == name
    assert [one.value for one in codes_in(text)] == [USCC]


@given(st.sampled_from("\u00ad\u180e\u200b\u200f\u202e\u2060\ufe0f\ufeff"), st.integers(0, 18))
def test_a_code_with_a_character_that_nobody_sees_is_found_and_looked_for_in_books(unseen: str, place: int) -> None:
    text = "货款 y1sample.example 谢谢"
    broken = text[:place] + unseen + text[place:]
    assert codes_in(broken) == codes_in(text) != ()
    assert pc.match_substring_regex(pa.array([broken]), CANDIDATE)[0].as_py()
