"""From evidence terms to a decision: log-odds, then the policies that no weight may overrule."""

# ruff: noqa: PLR0911
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

import json
import math
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
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
_CORE_ANY: Final = 9.0


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


@leaf
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


class _Slips(NamedTuple):
    """What is not as it should be in a pair, for the policies.

    ``unmet``: characters of the 字号 that nothing like them meets; ``core``: the length of a 字号 of which any is
    unmet, else longer than all limits; ``like``: those that are met by what is alike, and whether any are swapped;
    ``extra``: what the query has besides; ``region_off``: whether the regions do not agree.
    """

    unmet: float
    core: float
    like: float
    extra: float
    region_off: bool


@leaf
def _slips_of(terms: NDArray[np.float64]) -> _Slips:  # pragma: no cover - compiled
    unmet = terms[Feature.CORE_UNLIKE] + terms[Feature.CORE_MISSING]
    share = terms[Feature.CORE_UNMET_SHARE]
    like = (
        terms[Feature.CORE_SOUND]
        + terms[Feature.CORE_SHAPE]
        + terms[Feature.CORE_SOUTHERN]
        + terms[Feature.CORE_INITIAL]
    )
    region_off = terms[Feature.REGION_MISSING] + terms[Feature.REGION_ADDED] + terms[Feature.REGION_CONTRADICTS] > 0
    return _Slips(
        unmet=unmet,
        core=unmet / share if share > 0 else _CORE_ANY,
        like=like + (terms[Feature.CORE_SWAPPED] > 0),
        extra=terms[Feature.WEDGED] + terms[Feature.GLUED] + terms[Feature.BESIDE] + 4 * terms[Feature.TRADE_OTHER],
        region_off=region_off,
    )


@leaf
def _ruled_out(terms: NDArray[np.float64]) -> bool:  # pragma: no cover - compiled
    """Whether a policy forbids the pair, however much speaks for it."""
    slips = _slips_of(terms)
    return bool(
        _is_another_by_rule(terms, slips)
        or _is_short_of_one(terms, slips)
        or _is_not_whole(terms, slips)
        or _has_too_many_slips(terms, slips)
        or _is_half_of_two(terms, slips)
    )


@leaf
def _is_another_by_rule(terms: NDArray[np.float64], slips: _Slips) -> bool:  # pragma: no cover - compiled
    """Whether one thing says that the other is meant, or nothing at all: numbers, branches, places, initials."""
    # Candidate search would not find it.
    if terms[Feature.BEYOND_REACH] > 0:
        return True
    # 一期 is not 二期; a branch is not its company.
    if terms[Feature.NUMERAL_CONFLICT] > 0 or terms[Feature.BRANCH_UNMET] > 0:
        return True
    # One initial may stand for a character; a row of them is an abbreviation of anything.
    if terms[Feature.CORE_INITIAL] > 1:
        return True
    # A 字号 that is only alike, in another place, is another firm.
    if terms[Feature.REGION_CONTRADICTS] > 0 and slips.unmet + slips.like > 0:
        return True
    # 中国工商银行 is not 招商银行 with a slip.
    if slips.unmet >= 1 and terms[Feature.COUNTRY_ADDED] > 0:
        return True
    # 南京飞翰 is not 京轩: its 京 is a place.
    if slips.core < _FOUR and slips.unmet > 0 and terms[Feature.CORE_IN_REGION] > 0:
        return True
    return bool(
        terms[Feature.BRANCH_CORE_UNMET] > 0
        and (slips.unmet > 1 or terms[Feature.SLIP] == 0 or terms[Feature.CORE_IN_REGION] > 0)
    )


@leaf
def _is_short_of_one(terms: NDArray[np.float64], slips: _Slips) -> bool:  # pragma: no cover - compiled
    """Whether a 字号 of one or two characters says too little for what is beside it."""
    if terms[Feature.CORE_ONE] > 0 and (
        slips.region_off or slips.extra + slips.like > 0 or terms[Feature.TRADE_MET] < 1
    ):
        # A 字号 of one character is met by any holding: all the rest must be there.
        return True
    is_two = terms[Feature.CORE_ONE] + terms[Feature.CORE_THREE] + terms[Feature.CORE_LONG] == 0
    own_beside = (
        terms[Feature.WEDGED] + terms[Feature.GLUED] > 0 and terms[Feature.TRADE_MET] + terms[Feature.TRADE_NONE] == 0
    )
    # 易金贷 and 易贷富 are brands of their own, not 易贷 with a remark.
    return bool(terms[Feature.FORM_NONE] > 0 and is_two and own_beside and terms[Feature.CORELESS] == 0)


@leaf
def _is_not_whole(terms: NDArray[np.float64], slips: _Slips) -> bool:  # pragma: no cover - compiled
    """Whether one of the names has no 字号, and the other is not the same as a whole."""
    lost = terms[Feature.COUNTRY_ADDED] + terms[Feature.UNLIKE_REST]
    if terms[Feature.CORELESS] > 0:
        # A name without 字号 is met as a whole, with one slip at most, and its region is its 字号.
        if slips.region_off or terms[Feature.REGION_NESTED] > 0:
            return True
        if lost + terms[Feature.TRADE_OTHER] + terms[Feature.BESIDE] > 0:
            return True
        if terms[Feature.WEDGED] != math.floor(terms[Feature.WEDGED]):
            return True
        changed = slips.unmet + slips.like
        return bool(changed + slips.extra > 1 or (changed > 0 and slips.extra > 0))
    if terms[Feature.QUERY_CORELESS] > 0:
        # Made of common words alone, the query must be the whole name.
        lost += terms[Feature.TRADE_UNMET] + terms[Feature.TRADE_DROPPED]
        return bool(slips.region_off or slips.unmet + slips.extra + slips.like + lost > 0)
    return False


@leaf
def _has_too_many_slips(terms: NDArray[np.float64], slips: _Slips) -> bool:  # pragma: no cover - compiled
    """Whether more of the 字号 is off than a slip or two."""
    if slips.unmet >= 2 and terms[Feature.CORE_UNMET_SHARE] > UNMET_SHARE_MAX:  # noqa: PLR2004 - one is judged alone
        return True
    if slips.unmet >= 1 and slips.core <= 1:
        return True
    of_two = terms[Feature.CORE_SHAPE] + terms[Feature.CORE_UNLIKE] if slips.core < _TWO else 0.0
    if terms[Feature.CORE_TWO_SHAPE] > 1 or of_two >= 2:  # noqa: PLR2004 - both of them
        return True
    # Whoever looks for a slip shall not find two.
    return bool(slips.unmet >= 1 and terms[Feature.CORE_SHAPE] > 0)


@leaf
def _is_half_of_two(terms: NDArray[np.float64], slips: _Slips) -> bool:  # pragma: no cover - compiled
    """Whether one of two characters is off, and the rest does not make up for it: region and trade agree."""
    lacks_one = slips.unmet >= 1 and slips.core < _TWO and terms[Feature.CORELESS] == 0
    if not lacks_one and terms[Feature.CORE_TWO_SHAPE] == 0:
        return False
    if slips.unmet >= 1 and slips.like + terms[Feature.BRANCH_ADDED] > 0:
        return True
    return bool(slips.region_off or terms[Feature.COUNTRY_ADDED] > 0 or terms[Feature.TRADE_MET] < TRADE_MET_MIN)
