"""From evidence terms to a decision: log-odds, then the policies that no weight may overrule."""

# ruff: noqa: C901, PLR0911, PLR0912
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

import json
import math
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.jit import njit
from app.matching.comparison.features import (
    TERMS,
    TRADE_LENGTHS,
    Feature,
    ScoringModel,
)
from app.matching.model.size_step import SizeStep

CONFIRMED: Final = 0
STRONG: Final = 1
WEAK: Final = 2
NONE: Final = 9
"""Ranks of a pair, as :attr:`app.matching.model.types.Strength.rank` has them."""

UNMET_SHARE_MAX: Final = 0.34
TRADE_MET_MIN: Final = 0.6
_TWO: Final = 2.5
_FOUR: Final = 3.5


@cache
def thresholds() -> dict[str, Any]:
    """Return the fitted numbers, as ``data/weights.json`` has them."""
    found: dict[str, Any] = json.loads(files("app.matching").joinpath("data", "weights.json").read_text("utf-8"))
    return found


def scoring_model(step: SizeStep) -> ScoringModel:
    """Return the rule for lists of some size."""
    numbers = thresholds()
    weights = np.array([numbers["weights"].get(term, 0.0) for term in TERMS])
    constant = numbers["constant"] - step.odds_off
    return ScoringModel(
        weights,
        constant,
        numbers["strong_min"],
        numbers["strong_short_min"],
        numbers["strong_unmet_min"],
        numbers["weak_min"],
        step.reach,
        _trade_odds(weights),
    )


def _trade_odds(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    length, met = np.indices((TRADE_LENGTHS, TRADE_LENGTHS))
    odds = (
        weights[Feature.TRADE_MET] * met / np.maximum(length, 1)
        + weights[Feature.TRADE_LENGTH] * np.minimum(met, 6) / 6.0
    )
    unmet = np.clip(length - met, 0, 4) / 4.0
    by_query = np.stack(
        [odds + weights[Feature.TRADE_UNMET] * unmet, odds + weights[Feature.TRADE_DROPPED] * unmet, odds]
    )
    by_query[:, 0, :] = weights[Feature.TRADE_NONE]
    return by_query


@njit(cache=True)
def classify(terms: NDArray[np.float64], numbers: ScoringModel) -> tuple[float, int]:  # pragma: no cover - compiled
    """Return the log-odds of a pair and its rank (STRONG, WEAK or NONE)."""
    odds = numbers.constant
    for i in range(terms.size):
        odds += numbers.weights[i] * terms[i]
    if odds < numbers.weak_min or _ruled_out(terms):
        return odds, NONE
    unmet = terms[Feature.CORE_UNLIKE] + terms[Feature.CORE_MISSING]
    contradicts = terms[Feature.TRADE_OTHER] + terms[Feature.REGION_CONTRADICTS] > 0
    # A 字号 of three characters or more, and nothing else, is a name that people call the firm by.
    is_called_so = terms[Feature.SHORT] > 0 and terms[Feature.CORE_THREE] + terms[Feature.CORE_LONG] > 0
    strong_min = numbers.strong_short_min if is_called_so else numbers.strong_min
    if odds >= strong_min and unmet == 0 and not contradicts:
        return odds, STRONG
    return odds, STRONG if odds >= numbers.strong_unmet_min else WEAK


@njit(cache=True)
def _ruled_out(terms: NDArray[np.float64]) -> bool:  # pragma: no cover - compiled
    """Whether a policy forbids the pair, however much speaks for it."""
    if terms[Feature.NUMERAL_CONFLICT] > 0 or terms[Feature.BRANCH_UNMET] > 0:
        # 一期 is not 二期; a branch is not its company.
        return True
    if terms[Feature.BEYOND_REACH] > 0:
        # Candidate search would not find it.
        return True
    if terms[Feature.CORE_INITIAL] > 1:
        # One initial may stand for a character; a row of them is an abbreviation of anything.
        return True
    unmet = terms[Feature.CORE_UNLIKE] + terms[Feature.CORE_MISSING]
    share = terms[Feature.CORE_UNMET_SHARE]
    core = unmet / share if share > 0 else 9.0
    extra = terms[Feature.WEDGED] + terms[Feature.GLUED] + terms[Feature.BESIDE] + 4 * terms[Feature.TRADE_OTHER]
    like = (
        terms[Feature.CORE_SOUND]
        + terms[Feature.CORE_SHAPE]
        + terms[Feature.CORE_SOUTHERN]
        + terms[Feature.CORE_INITIAL]
    )
    like += terms[Feature.CORE_SWAPPED] > 0
    region_off = terms[Feature.REGION_MISSING] + terms[Feature.REGION_ADDED] + terms[Feature.REGION_CONTRADICTS] > 0
    coreless = terms[Feature.CORELESS] > 0
    if terms[Feature.CORE_ONE] > 0 and (region_off or extra + like > 0 or terms[Feature.TRADE_MET] < 1):
        # A 字号 of one character is met by any holding: all the rest must be there.
        return True
    if (
        terms[Feature.FORM_NONE] > 0
        and terms[Feature.CORE_ONE] + terms[Feature.CORE_THREE] + terms[Feature.CORE_LONG] == 0
    ):
        own_beside = (
            terms[Feature.WEDGED] + terms[Feature.GLUED] > 0
            and terms[Feature.TRADE_MET] + terms[Feature.TRADE_NONE] == 0
        )
        if own_beside and not coreless:
            # 易金贷 and 易贷富 are brands of their own, not 易贷 with a remark.
            return True
    if coreless:
        # A name without 字号 is met as a whole, with one slip at most, and its region is its 字号.
        if (
            region_off
            or terms[Feature.REGION_NESTED] > 0
            or terms[Feature.COUNTRY_ADDED]
            + terms[Feature.TRADE_OTHER]
            + terms[Feature.BESIDE]
            + terms[Feature.UNLIKE_REST]
            > 0
        ):
            return True
        if terms[Feature.WEDGED] != math.floor(terms[Feature.WEDGED]):
            return True
        if unmet + extra + like > 1 or (unmet + like > 0 and extra > 0):
            return True
    elif terms[Feature.QUERY_CORELESS] > 0:
        # Made of common words alone, the query must be the whole name.
        lost = (
            terms[Feature.TRADE_UNMET]
            + terms[Feature.TRADE_DROPPED]
            + terms[Feature.COUNTRY_ADDED]
            + terms[Feature.UNLIKE_REST]
        )
        if region_off or unmet + extra + like + lost > 0:
            return True
    if terms[Feature.REGION_CONTRADICTS] > 0 and unmet + like > 0:
        # A 字号 that is only alike, in another place, is another firm.
        return True
    if unmet >= 2 and share > UNMET_SHARE_MAX:  # noqa: PLR2004 - one slip is judged below
        return True
    if unmet >= 1 and core <= 1:
        return True
    of_two = terms[Feature.CORE_SHAPE] + terms[Feature.CORE_UNLIKE] if core < _TWO else 0.0
    if terms[Feature.CORE_TWO_SHAPE] > 1 or of_two >= 2:  # noqa: PLR2004 - both of them
        return True
    if unmet >= 1 and terms[Feature.CORE_SHAPE] > 0:
        # Whoever looks for a slip shall not find two.
        return True
    if unmet >= 1 and terms[Feature.COUNTRY_ADDED] > 0:
        # 中国工商银行 is not 招商银行 with a slip.
        return True
    half = (unmet >= 1 and core < _TWO and not coreless) or terms[Feature.CORE_TWO_SHAPE] > 0
    if core < _FOUR and unmet > 0 and terms[Feature.CORE_IN_REGION] > 0:
        # 南京飞翰 is not 京轩: its 京 is a place.
        return True
    if half and unmet >= 1 and like + terms[Feature.BRANCH_ADDED] > 0:
        return True
    if half and (region_off or terms[Feature.COUNTRY_ADDED] > 0 or terms[Feature.TRADE_MET] < TRADE_MET_MIN):
        # One character of two says too little unless region and trade agree.
        return True
    return bool(
        terms[Feature.BRANCH_CORE_UNMET] > 0
        and (unmet > 1 or terms[Feature.SLIP] == 0 or terms[Feature.CORE_IN_REGION] > 0)
    )
