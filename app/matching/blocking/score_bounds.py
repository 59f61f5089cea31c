"""How far the odds of a pair can go at most, from counts alone: what candidate search rejects rows by."""

# ruff: noqa: FBT001
# Compiled code: tables come as arguments.

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
from app.matching.blocking.blocking_keys import KeyKinds
from app.matching.blocking.signatures import SHAPE_CORELESS, SHAPE_LENGTHS, SHAPE_LONG, SKETCH_SHAPES
from app.matching.comparison.classify import UNMET_SHARE_MAX
from app.matching.comparison.features import Feature, ScoringModel
from app.names.segmentation import LENGTH_MAX

SHAPES_MAX: Final = 2
"""More characters of a 字号 than this are never met by shape: the odds do not allow it."""
EXTRA_MAX: Final = 3
EXTRA_ODDS_MAX: Final = -1.2
"""Up to three query characters that nothing explains cost at least so much each, wherever they are."""
_CORE_LONG_MIN: Final = 4
_TRADE_LONG: Final = 6
"""From these lengths on the odds do not grow."""


@leaf
def core_odds(unlike: int, apart: int, weights: NDArray[np.float64]) -> float:  # pragma: no cover - compiled
    """Return what a 字号 takes off the odds at least, with so many characters that are met, but not by themselves.

    What the query holds ``apart`` may also be met by what is only alike.
    """
    like = max(weights[Feature.CORE_SOUND], weights[Feature.CORE_SOUTHERN], weights[Feature.CORE_SHAPE])
    odds = unlike * like
    return float(max(odds + apart * weights[Feature.WEDGED], odds + like) if apart > 0 else odds)


@leaf
def lacking_odds(
    core: int, unmet: int, like: int, unexplained: int, may_slip: bool, weights: NDArray[np.float64]
) -> float:  # pragma: no cover - compiled
    """Return what a 字号 and strange characters take off the odds at least, where so many of it are not met at all.

    Each of those either lacks, or a character of the query that would stay ``unexplained`` is in its place.
    """
    odds = -np.inf
    for replaced in range(unmet + 1):
        extra = min(max(unexplained - replaced, 0), EXTRA_MAX)
        each = (
            replaced * weights[Feature.CORE_UNLIKE]
            + (unmet - replaced) * weights[Feature.CORE_MISSING]
            + extra * EXTRA_ODDS_MAX
        )
        odds = max(
            odds, each + (weights[Feature.SLIP] if may_slip and unmet == 1 and like == 0 and extra == 0 else 0.0)
        )
    odds += unmet * weights[Feature.CORE_UNMET_SHARE] / max(core, 1)
    return float(odds + like * max(weights[Feature.CORE_SOUND], weights[Feature.CORE_SOUTHERN]))


@leaf
def form_odds(complete: bool, latin: bool, has_form: bool, weights: NDArray[np.float64]) -> float:  # pragma: no cover
    """Return what the legal form of a query, its letters and its being short add to the odds at most."""
    # A legal form may be met by what only sounds or looks like it.
    odds = float(weights[Feature.FORM_MET])
    if latin:
        odds += weights[Feature.LATIN]
    if not has_form or latin:
        odds += weights[Feature.FORM_NONE]
        if complete:
            odds += weights[Feature.SHORT]
    return odds


@leaf
def part_odds(
    core: int, region: int, region_met: int, coreless: bool, weights: NDArray[np.float64]
) -> float:  # pragma: no cover - compiled
    """Return what the length of a 字号 and its region add to the odds at most."""
    odds = 0.0
    if region > 0:
        odds += (
            weights[Feature.REGION_IN_PLACE]
            if region_met * 3 >= region * 2
            else max(0.0, weights[Feature.REGION_AGREES])
        )
    if core == 3:  # noqa: PLR2004 - the length that the term is named for
        odds += weights[Feature.CORE_THREE]
    elif core > 3:  # noqa: PLR2004
        odds += weights[Feature.CORE_LONG]
    if coreless:
        odds += weights[Feature.CORELESS]
    return odds


@leaf
def fill_best(
    latin: bool, whole: float, partial: float, weights: NDArray[np.float64], best: NDArray[np.float64]
) -> None:  # pragma: no cover - compiled
    """Fill ``best``: the odds at most but for the trade.

    ``best`` [whether there may be a slip, as all of the trade is met; shape of a sketch; characters of the 字号 that
    are not met by themselves].
    """
    for shape in range(SKETCH_SHAPES):
        core = SHAPE_LENGTHS[shape] if shape < SHAPE_LONG else LENGTH_MAX
        unmet_max = 1 if shape in (0, SHAPE_CORELESS) else int(UNMET_SHARE_MAX * core)
        parts = part_odds(core, 1, 1, shape == SHAPE_CORELESS, weights)
        for unlike in range(SHAPES_MAX + 1):
            for slips in range(2):
                odds = whole
                if unlike > 0 and not latin:
                    odds = core_odds(unlike, 0, weights)
                    if unlike <= unmet_max:
                        odds = max(odds, lacking_odds(core, unlike, 0, 0, slips == 1, weights))
                    odds += partial
                best[slips, shape, unlike] = odds + parts


def _best_odds(core: int, core_part: float, numbers: ScoringModel, *, coreless: bool = False) -> float:
    """Return the best log-odds of a pair whose 字号 takes off so much; nothing but a whole one is short."""
    complete = core_part >= 0
    return float(
        max(
            numbers.constant
            + core_part
            + form_odds(complete, False, has_form, numbers.weights)
            + part_odds(core, 1, 1, coreless, numbers.weights)
            + numbers.trade_odds[0, trade, trade]
            for trade in ((0,) if coreless else (0, _TRADE_LONG))
            for has_form in (False, True)
        )
    )


def kinds_of(numbers: ScoringModel) -> KeyKinds:
    """Return the kinds of keys that can lead to an accepted pair under a rule.

    Every kind stands for evidence that is short of something; where even the best of everything else
    does not make up for it, nobody need ask for the key.
    """
    weights = numbers.weights
    like = max(weights[Feature.CORE_SOUND], weights[Feature.CORE_SOUTHERN], weights[Feature.CORE_SHAPE])
    alike = _best_odds(2, max(like, lacking_odds(2, 1, 0, 0, True, weights)), numbers) >= numbers.weak_min
    # Letters may be an initial, which costs less.
    initial = _best_odds(2, weights[Feature.CORE_INITIAL], numbers) >= numbers.weak_min
    heard = _best_odds(_CORE_LONG_MIN, like, numbers) >= numbers.weak_min
    end = _best_odds(_CORE_LONG_MIN, 0.0, numbers, coreless=True) >= numbers.weak_min
    return KeyKinds(alike, alike or initial, alike, heard, end, numbers.reach)
