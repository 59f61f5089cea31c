"""Names that are met as wholes but for one slip: venues without 字号, brands without a legal form."""

import pickle

import pytest

from app.matching.search.whole_names import Slip, WholeNames, may_be_whole
from app.names.fold import fold

VENUE = "福建样茶叶交易中心"
BRAND = "样易通理财"


def slips(given: str, *listed: str, is_coreless: bool = True) -> list[Slip]:
    folded = [fold(name) for name in listed]
    return list(WholeNames(folded, [is_coreless] * len(folded)).slips(fold(given)))


@pytest.mark.parametrize(
    "given",
    ["福建样茶叶交易中新", "福建茶样叶交易中心", "福建茶叶交易中心", "福建样茶叶交易交中心"],
)
def test_one_slip_of_any_kind_is_forgiven(given: str) -> None:
    assert [slip.row for slip in slips(given, VENUE)] == [0]


@pytest.mark.parametrize("given", [VENUE, "福建茶叶交易中", "厦门样茶叶交易中心", "福建样木材交易中心", "样"])
def test_no_slip_and_more_than_one_are_none(given: str) -> None:
    assert slips(given, VENUE) == []


def test_another_known_word_in_its_place_is_another_name() -> None:
    assert slips("湖北产权交易中心", "湖南产权交易中心") == []
    assert slips("福建林权交易中心", "福建股权交易中心") == []


def test_a_character_that_stands_twice_is_said_to() -> None:
    assert slips("样易易通理财", BRAND) == [Slip(0, True, True)]
    assert [slip.is_doubled for slip in slips("样易通达理财", BRAND)] in ([], [False])
    assert slips("易易贷", "易贷") == []


def test_a_company_with_a_core_of_its_own_is_none() -> None:
    assert slips("福建样棉贸易公司", "福建样棉贸易有限公司", is_coreless=False) == []


def test_most_companies_are_passed_over_at_once() -> None:
    assert not may_be_whole("福州样棉贸易有限公司")
    assert may_be_whole("福州样棉交易中心有限公司")
    assert may_be_whole("样易通")


def test_another_process_gets_the_same() -> None:
    listed = [fold(name) for name in (VENUE, BRAND, "示例商贸有限公司", VENUE)]
    whole = WholeNames(listed, [True, True, False, True])
    for names in (whole, WholeNames([], [])):
        there = pickle.loads(pickle.dumps(names))  # noqa: S301 - made here
        for given in (VENUE, BRAND, "福建样茶叶交易中新", "样易易通理财", "样"):
            assert list(there.slips(fold(given))) == list(names.slips(fold(given)))
    assert list(whole.slips(fold("福建样茶叶交易中新")))
