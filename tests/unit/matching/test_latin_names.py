"""Listed names in Latin letters: words in any order, written out or short, with one slip."""

import pytest

from app.matching.search.latin_names import LatinMatch, LatinNames

LISTED = ("Yangben Metals Exchange Co., Ltd", "Fujian Shili Commodity Trading Center Limited", "福州样棉贸易有限公司")
NAMES = LatinNames(LISTED)


def rows(text: str) -> list[LatinMatch]:
    return list(NAMES.matches(text))


@pytest.mark.parametrize(
    "text",
    [
        "YANGBEN METALS EXCHANGE CO LTD",
        "Metal Exchange Yangben",
        "The Yangben Metals Exchange, Inc.",
        "yangben metals exchange",
    ],
)
def test_word_order_forms_and_plurals_do_not_matter(text: str) -> None:
    assert rows(text) == [LatinMatch(0, True)]


def test_a_slip_is_alike_and_another_word_is_none() -> None:
    assert rows("Fujian Shilli Commodity Trading Center") == [LatinMatch(1, False)]
    assert rows("Fujian Mingyuan Commodity Trading Center") == []


@pytest.mark.parametrize("text", ["", "Ltd", "Exchange", "福州样棉贸易有限公司", "Yangben", "a b c"])
def test_too_little_and_what_is_not_latin_is_nothing(text: str) -> None:
    assert rows(text) == []
