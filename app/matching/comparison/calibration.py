"""From log-odds to the score that is answered: how often such a pair is right where one name in a hundred is listed.

The curve is data (``data/weights.json``: pairs of log-odds and score, fitted as `docs/matching.md` says); between its
points it is straight.  100 is kept for what is CONFIRMED.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.matching.comparison.classify import thresholds

SCORE_MAX: Final = 99
"""The score of the surest pair that is not CONFIRMED."""


def scores(odds: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the scores 0-99 of log-odds."""
    curve = np.array(thresholds()["score"], np.float64)
    found = np.interp(np.asarray(odds, np.float64), curve[:, 0], curve[:, 1])
    return np.minimum(np.floor(found + 0.5), SCORE_MAX).astype(np.uint8)


def score(odds: float) -> int:
    """Return the score 0-99 of log-odds."""
    return int(scores(np.array([odds]))[0])
