"""The numbers of the decision: a change of any of them must be meant."""

import json

import pytest

from app.matching.comparison.calibration import score
from app.matching.comparison.classify import scoring_model, thresholds
from app.matching.comparison.features import TERMS
from app.matching.model.size_step import size_step_of

GOLDEN = "tests/unit/matching/golden_weights.json"


def test_weights_and_thresholds_are_the_golden_ones(pytestconfig: pytest.Config) -> None:
    golden = json.loads((pytestconfig.rootpath / GOLDEN).read_text("utf-8"))
    assert thresholds() == golden


def test_every_weight_is_of_a_term_and_has_the_sign_of_its_meaning() -> None:
    weights = thresholds()["weights"]
    assert set(weights) <= set(TERMS)
    against = (
        "core_unlike",
        "core_missing",
        "core_sound",
        "core_shape",
        "wedged",
        "glued",
        "trade_other",
        "trade_unmet",
    )
    assert all(weights[term] < 0 for term in (*against, "region_missing", "region_added", "region_contradicts"))
    assert all(weights[term] > 0 for term in ("trade_met", "region_in_place", "form_met", "short"))


def test_strong_asks_more_than_weak_and_the_score_rises_with_the_odds() -> None:
    numbers = scoring_model(size_step_of(1000))
    assert numbers.strong_min > numbers.weak_min
    scores = [score(odds / 10) for odds in range(-50, 120)]
    assert scores == sorted(scores)
    assert (scores[0], scores[-1]) == (0, 99)
