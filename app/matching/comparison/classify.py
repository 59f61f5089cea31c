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
    BESIDE,
    BEYOND_REACH,
    BRANCH_ADDED,
    BRANCH_CORE_UNMET,
    BRANCH_UNMET,
    CORE_IN_REGION,
    CORE_INITIAL,
    CORE_LONG,
    CORE_MISSING,
    CORE_ONE,
    CORE_SHAPE,
    CORE_SOUND,
    CORE_SOUTHERN,
    CORE_SWAPPED,
    CORE_THREE,
    CORE_TWO_SHAPE,
    CORE_UNLIKE,
    CORE_UNMET_SHARE,
    CORELESS,
    COUNTRY_ADDED,
    FORM_NONE,
    GLUED,
    NUMERAL_CONFLICT,
    QUERY_CORELESS,
    REGION_ADDED,
    REGION_CONTRADICTS,
    REGION_MISSING,
    REGION_NESTED,
    SLIP,
    TERMS,
    TRADE_DROPPED,
    TRADE_LENGTH,
    TRADE_LENGTHS,
    TRADE_MET,
    TRADE_NONE,
    TRADE_OTHER,
    TRADE_UNMET,
    UNLIKE_REST,
    WEDGED,
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
        numbers["strong_unmet_min"],
        numbers["weak_min"],
        step.reach,
        _trade_odds(weights),
    )


def _trade_odds(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    length, met = np.indices((TRADE_LENGTHS, TRADE_LENGTHS))
    odds = weights[TRADE_MET] * met / np.maximum(length, 1) + weights[TRADE_LENGTH] * np.minimum(met, 6) / 6.0
    unmet = np.clip(length - met, 0, 4) / 4.0
    by_query = np.stack([odds + weights[TRADE_UNMET] * unmet, odds + weights[TRADE_DROPPED] * unmet, odds])
    by_query[:, 0, :] = weights[TRADE_NONE]
    return by_query


@njit(cache=True)
def classify(terms: NDArray[np.float64], numbers: ScoringModel) -> tuple[float, int]:  # pragma: no cover - compiled
    """Return the log-odds of a pair and its rank (STRONG, WEAK or NONE)."""
    odds = numbers.constant
    for i in range(terms.size):
        odds += numbers.weights[i] * terms[i]
    if odds < numbers.weak_min or _ruled_out(terms):
        return odds, NONE
    unmet = terms[CORE_UNLIKE] + terms[CORE_MISSING]
    if odds >= numbers.strong_min and unmet == 0 and terms[TRADE_OTHER] + terms[REGION_CONTRADICTS] == 0:
        return odds, STRONG
    return odds, STRONG if odds >= numbers.strong_unmet_min else WEAK


@njit(cache=True)
def _ruled_out(terms: NDArray[np.float64]) -> bool:  # pragma: no cover - compiled
    """Whether a policy forbids the pair, however much speaks for it."""
    if terms[NUMERAL_CONFLICT] > 0 or terms[BRANCH_UNMET] > 0:
        # 一期 is not 二期; a branch is not its company.
        return True
    if terms[BEYOND_REACH] > 0:
        # Candidate search would not find it.
        return True
    if terms[CORE_INITIAL] > 1:
        # One initial may stand for a character; a row of them is an abbreviation of anything.
        return True
    unmet = terms[CORE_UNLIKE] + terms[CORE_MISSING]
    share = terms[CORE_UNMET_SHARE]
    core = unmet / share if share > 0 else 9.0
    extra = terms[WEDGED] + terms[GLUED] + terms[BESIDE] + 4 * terms[TRADE_OTHER]
    like = terms[CORE_SOUND] + terms[CORE_SHAPE] + terms[CORE_SOUTHERN] + terms[CORE_INITIAL]
    like += terms[CORE_SWAPPED] > 0
    region_off = terms[REGION_MISSING] + terms[REGION_ADDED] + terms[REGION_CONTRADICTS] > 0
    coreless = terms[CORELESS] > 0
    if terms[CORE_ONE] > 0 and (region_off or extra + like > 0 or terms[TRADE_MET] < 1):
        # A 字号 of one character is met by any holding: all the rest must be there.
        return True
    if terms[FORM_NONE] > 0 and terms[CORE_ONE] + terms[CORE_THREE] + terms[CORE_LONG] == 0:
        own_beside = terms[WEDGED] + terms[GLUED] > 0 and terms[TRADE_MET] + terms[TRADE_NONE] == 0
        if own_beside and not coreless:
            # 易金贷 and 易贷富 are brands of their own, not 易贷 with a remark.
            return True
    if coreless:
        # A name without 字号 is met as a whole, with one slip at most, and its region is its 字号.
        if (
            region_off
            or terms[REGION_NESTED] > 0
            or terms[COUNTRY_ADDED] + terms[TRADE_OTHER] + terms[BESIDE] + terms[UNLIKE_REST] > 0
        ):
            return True
        if terms[WEDGED] != math.floor(terms[WEDGED]):
            return True
        if unmet + extra + like > 1 or (unmet + like > 0 and extra > 0):
            return True
    elif terms[QUERY_CORELESS] > 0:
        # Made of common words alone, the query must be the whole name.
        lost = terms[TRADE_UNMET] + terms[TRADE_DROPPED] + terms[COUNTRY_ADDED] + terms[UNLIKE_REST]
        if region_off or unmet + extra + like + lost > 0:
            return True
    if terms[REGION_CONTRADICTS] > 0 and unmet + like > 0:
        # A 字号 that is only alike, in another place, is another firm.
        return True
    if unmet >= 2 and share > UNMET_SHARE_MAX:  # noqa: PLR2004 - one slip is judged below
        return True
    if unmet >= 1 and core <= 1:
        return True
    if terms[CORE_TWO_SHAPE] > 1 or (core < _TWO and terms[CORE_SHAPE] + terms[CORE_UNLIKE] >= 2):  # noqa: PLR2004
        return True
    if unmet >= 1 and terms[CORE_SHAPE] > 0:
        # Whoever looks for a slip shall not find two.
        return True
    if unmet >= 1 and terms[COUNTRY_ADDED] > 0:
        # 中国工商银行 is not 招商银行 with a slip.
        return True
    half = (unmet >= 1 and core < _TWO and not coreless) or terms[CORE_TWO_SHAPE] > 0
    if core < _FOUR and unmet > 0 and terms[CORE_IN_REGION] > 0:
        # 南京飞翰 is not 京轩: its 京 is a place.
        return True
    if half and unmet >= 1 and like + terms[BRANCH_ADDED] > 0:
        return True
    if half and (region_off or terms[COUNTRY_ADDED] > 0 or terms[TRADE_MET] < TRADE_MET_MIN):
        # One character of two says too little unless region and trade agree.
        return True
    return bool(terms[BRANCH_CORE_UNMET] > 0 and (unmet > 1 or terms[SLIP] == 0 or terms[CORE_IN_REGION] > 0))
