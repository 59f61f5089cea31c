"""Four eyes are two people: no spelling of the maker is somebody else, and no two people are one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.person import is_same_person, spelling

LOOK_ALIKES = [
    "ZHANG.SAN",
    "Zhang.San",
    " zhang.san ",
    "zhang. san",
    "ｚｈａｎｇ．ｓａｎ",
    "zhаng.san",  # Cyrillic а
    "zhang.ѕan",  # Cyrillic ѕ
    "zhɑng.san",  # Latin alpha
    "zhang\u200b.san",  # zero width space
    "zhang\u2060.san",  # word joiner
    "zhang.san\u3164",  # Hangul filler
    "zhang.san\ufe0f",  # variation selector
    "zhang.sa\u0301n",  # combining acute
    "zhang.sàn",  # precomposed
    "\u202ezhang.san",  # right-to-left override
    "𝐳𝐡𝐚𝐧𝐠.𝐬𝐚𝐧",  # mathematical bold
    "zhang-san",
    "zhang_san",
    "zhang·san",
    "(zhang san)",
    "zhang.san'",
    "zhang.san\U0001f600",
    "zhang.san\u0640",  # a letter that only makes others longer
    "zhᴀng.san",  # a small capital
]


@pytest.mark.parametrize("other", LOOK_ALIKES)
def test_a_look_alike_is_the_same_person(other: str) -> None:
    assert is_same_person("zhang.san", other)
    assert is_same_person(other, "zhang.san")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张三", "⻓三"),
        ("Alice", "AIice"),
        ("maker", "rnaker"),
        ("BOB", "ВОВ"),
        ("王一", "王⼀"),
        ("carol", "caro1"),
        ("張示例", "张示例"),
        ("陈示·例", "陳示例"),
    ],
)
def test_pairs_that_a_reader_confuses_are_one_person(one: str, other: str) -> None:
    expected = one != "张三"  # 张 and 长 are two characters
    assert is_same_person(one, other) is expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhang.san", "zhang.si"),
        ("张三", "张四"),
        ("maker", "checker"),
        ("a", "b"),
        ("bob", "rob"),
        ("zhang", "zheng"),
        ("user-1.1", "user-11"),
    ],
)
def test_two_people_are_two(one: str, other: str) -> None:
    assert not is_same_person(one, other)


names = st.text(st.characters(codec="utf-8", categories=["Ll", "Lu", "Lo", "Nd", "Pd"]), min_size=1, max_size=12)
passed_over = st.sampled_from(["\u200b", "\u200d", "\ufe0f", "\u0301", "\u3164", " ", "\u00ad", "\u2063"])


@given(names, st.data())
def test_case_width_and_what_has_no_ink_make_nobody_else(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name)))
    written = name[:place] + data.draw(passed_over) + name[place:]
    assert is_same_person(name, written)
    assert is_same_person(name, unicodedata.normalize("NFKC", name))
    assert is_same_person(name, name.casefold())


@given(names, names)
def test_the_comparison_is_the_same_both_ways(one: str, other: str) -> None:
    assert is_same_person(one, other) == is_same_person(other, one)
    if spelling(one) == spelling(other):
        assert is_same_person(one, other)
