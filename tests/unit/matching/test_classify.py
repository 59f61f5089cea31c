"""What evidence leads to which decision: the weights, and the policies that no weight overrules."""

import numpy as np
import pytest
from numpy.typing import NDArray

from app.matching.comparison.classify import NONE, STRONG, WEAK, classify, scoring_model
from app.matching.comparison.features import Feature
from app.matching.model.size_step import size_step_of

RULE = scoring_model(size_step_of(1000))
WHOLE = {
    Feature.TRADE_MET: 1.0,
    Feature.TRADE_LENGTH: 1.0,
    Feature.REGION_IN_PLACE: 1.0,
    Feature.FORM_MET: 1.0,
}
"""A 字号 of two that is met by itself, and all the rest of the name with it."""
ONE_OF_TWO = WHOLE | {Feature.CORE_UNLIKE: 1.0, Feature.CORE_UNMET_SHARE: 0.5, Feature.SLIP: 1.0}


def terms(evidence: dict[Feature, float]) -> NDArray[np.float64]:
    vector = np.zeros(len(Feature))
    for feature, value in evidence.items():
        vector[feature] = value
    return vector


def rank(evidence: dict[Feature, float]) -> int:
    return int(classify(terms(evidence), RULE)[1])


def test_a_whole_name_is_strong_and_one_character_of_two_is_weak() -> None:
    assert rank(WHOLE) == STRONG
    assert rank(ONE_OF_TWO) == WEAK


def test_the_odds_are_the_constant_and_the_weighted_terms() -> None:
    odds, _ = classify(terms(WHOLE), RULE)
    assert odds == pytest.approx(RULE.constant + sum(RULE.weights[feature] for feature in WHOLE))


@pytest.mark.parametrize(
    "more",
    [
        {Feature.NUMERAL_CONFLICT: 1.0},
        {Feature.BRANCH_UNMET: 1.0},
        {Feature.BEYOND_REACH: 1.0},
        {Feature.CORE_INITIAL: 2.0},
        {Feature.CORE_ONE: 1.0, Feature.REGION_IN_PLACE: 0.0, Feature.REGION_MISSING: 1.0},
        {Feature.CORELESS: 1.0, Feature.REGION_IN_PLACE: 0.0, Feature.REGION_MISSING: 1.0},
        {Feature.CORELESS: 1.0, Feature.WEDGED: 0.3},
        {Feature.QUERY_CORELESS: 1.0, Feature.TRADE_UNMET: 0.25},
        {Feature.REGION_IN_PLACE: 0.0, Feature.REGION_CONTRADICTS: 1.0, Feature.CORE_SOUND: 1.0},
        {Feature.CORE_TWO_SHAPE: 2.0, Feature.CORE_SHAPE: 2.0},
    ],
    ids=lambda more: "-".join(feature.name.lower() for feature in more),
)
def test_a_policy_overrules_whatever_speaks_for_a_pair(more: dict[Feature, float]) -> None:
    sure = RULE._replace(constant=100.0)
    assert classify(terms(WHOLE), sure)[1] == STRONG
    assert classify(terms(WHOLE | more), sure)[1] == NONE


@pytest.mark.parametrize(
    "more",
    [
        {Feature.REGION_IN_PLACE: 0.0, Feature.REGION_MISSING: 1.0},
        {Feature.REGION_IN_PLACE: 0.0, Feature.REGION_ADDED: 1.0},
        {Feature.TRADE_MET: 0.5},
        {Feature.COUNTRY_ADDED: 1.0},
        {Feature.CORE_SOUND: 1.0},
        {Feature.CORE_SHAPE: 1.0},
        {Feature.BRANCH_ADDED: 1.0},
        {Feature.CORE_IN_REGION: 1.0},
    ],
    ids=lambda more: "-".join(feature.name.lower() for feature in more),
)
def test_one_character_of_two_needs_all_the_rest(more: dict[Feature, float]) -> None:
    sure = RULE._replace(constant=100.0)
    assert classify(terms(ONE_OF_TWO), sure)[1] != NONE
    assert classify(terms(ONE_OF_TWO | more), sure)[1] == NONE


def test_half_of_a_longer_core_is_never_enough() -> None:
    sure = RULE._replace(constant=100.0)
    of_five = WHOLE | {Feature.CORE_LONG: 1.0, Feature.CORE_MISSING: 1.0, Feature.CORE_UNMET_SHARE: 0.2}
    assert classify(terms(of_five), sure)[1] != NONE
    of_four = WHOLE | {Feature.CORE_LONG: 1.0, Feature.CORE_MISSING: 2.0, Feature.CORE_UNMET_SHARE: 0.5}
    assert classify(terms(of_four), sure)[1] == NONE


def test_what_contradicts_keeps_a_pair_from_being_strong() -> None:
    odds = RULE.strong_min - classify(terms(WHOLE), RULE)[0] + RULE.constant + 0.2
    at_the_edge = RULE._replace(constant=odds)
    assert classify(terms(WHOLE), at_the_edge)[1] == STRONG
    other = WHOLE | {Feature.TRADE_OTHER: 0.01}
    assert classify(terms(other), at_the_edge)[1] == WEAK


def test_a_short_name_of_three_characters_is_strong_from_lower_odds_than_others() -> None:
    short = {Feature.SHORT: 1.0, Feature.FORM_NONE: 1.0, Feature.TRADE_DROPPED: 1.0, Feature.REGION_MISSING: 1.0}
    odds = (RULE.strong_min + RULE.strong_short_min) / 2
    weights = sum(RULE.weights[feature] for feature in short)
    of_two = RULE._replace(constant=odds - weights - RULE.weights[Feature.SHORT_TWO])
    assert classify(terms(short | {Feature.SHORT_TWO: 1.0}), of_two)[1] == WEAK
    of_three = RULE._replace(constant=odds - weights - RULE.weights[Feature.CORE_THREE])
    assert classify(terms(short | {Feature.CORE_THREE: 1.0}), of_three)[1] == STRONG
