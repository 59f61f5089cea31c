"""The terms of evidence by name and place, the rule that weighs them, and what they share.

Their weights are data (``data/weights.json``), fitted as `docs/matching.md` says.
"""

# Compiled loops: a set in a test costs more than its length.

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
from app.names.segmentation import FORM


class Feature(IntEnum):
    """The terms of evidence: the place of each in a comparison vector."""

    CORE_SOUND = 0
    CORE_SHAPE = 1
    CORE_SOUTHERN = 2
    CORE_PINYIN = 3
    CORE_INITIAL = 4
    CORE_SWAPPED = 5
    CORE_UNLIKE = 6
    CORE_MISSING = 7
    CORE_UNMET_SHARE = 8
    CORE_ONE = 9
    CORE_THREE = 10
    CORE_LONG = 11
    WEDGED = 12
    GLUED = 13
    BESIDE = 14
    TRADE_MET = 15
    TRADE_LENGTH = 16
    TRADE_UNMET = 17
    TRADE_DROPPED = 18
    TRADE_NONE = 19
    TRADE_OTHER = 20
    REGION_IN_PLACE = 21
    REGION_AGREES = 22
    REGION_MISSING = 23
    REGION_ADDED = 24
    REGION_CONTRADICTS = 25
    FORM_MET = 26
    FORM_NONE = 27
    BRANCH_UNMET = 28
    BARE = 29
    LATIN = 30
    CORELESS = 31
    NUMERAL_CONFLICT = 32
    UNLIKE_REST = 33
    SLIP = 34
    SHORT = 35
    SHORT_TWO = 36
    COUNTRY_ADDED = 37
    BRANCH_CORE_UNMET = 38
    PLACE_UNMET = 39
    QUERY_CORELESS = 40
    CORE_TWO_SHAPE = 41
    CORE_IN_REGION = 42
    BEYOND_REACH = 43
    REGION_NESTED = 44
    BRANCH_ADDED = 45


TERMS: Final = tuple(feature.name.lower() for feature in Feature)
"""The names of the terms as `data/weights.json` has them, in their order."""


class ScoringModel(NamedTuple):
    """Weights of the terms, their constant, and the log-odds from which a pair is STRONG or WEAK.

    ``strong_short_min``: those from which a name is STRONG that is nothing but a 字号 of three characters or more.
    ``strong_unmet_min``: those from which it is STRONG though some of it is not met, or contradicts.
    ``reach``: within how many places of a query without letters the two of a key are.
    ``trade_odds`` [query, length, met]: what a trade adds to the odds at most, by whether the query has a legal
    form (0), none (1) or letters (2).
    """

    weights: NDArray[np.float64]
    constant: float
    strong_min: float
    strong_short_min: float
    strong_unmet_min: float
    weak_min: float
    reach: int
    trade_odds: NDArray[np.float64]


TRADE_LENGTHS: Final = 64
"""Longer trades count as of one character less."""
LATIN_END: Final = 128
_SHARES: Final = (ord("股"), ord("份"))
TRADE_SHAPES_MAX: Final = 1
"""So many characters of the trade may be met by shape; among a dozen, one is soon like another."""
_GROUP: Final = (ord("集"), ord("团"))
_LIMITED: Final = (ord("限"), ord("司"))
_FORM_FROM: Final = 4
"""No legal form is that near the start of a name; 卡司 is no 公司."""


@leaf
def is_form(label: int, code: int) -> bool:  # pragma: no cover - compiled
    """Whether a query character is of a legal form; 股份 alone is not (创源股份 is a short name)."""
    return label == FORM and code != _SHARES[0] and code != _SHARES[1]


@leaf
def has_form_character(label: int, code: int, at: int) -> bool:  # pragma: no cover - compiled
    """Whether the query character at a place speaks of a legal form, even where slips hide the word (有公限司)."""
    return is_form(label, code) or (at >= _FORM_FROM and (code == _LIMITED[0] or code == _LIMITED[1]))


@leaf
def is_group(code: int) -> bool:  # pragma: no cover - compiled
    """Whether a character is of 集团, which comes and goes like a legal form."""
    return code == _GROUP[0] or code == _GROUP[1]
