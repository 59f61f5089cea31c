"""The terms of evidence by name and place, the rule that weighs them, and what they share.

Their weights are data (``data/weights.json``), fitted as `docs/matching.md` says.
"""

# Compiled loops: a set in a test costs more than its length.

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import njit
from app.names.segmentation import FORM

TERMS: Final = (
    "core_sound",
    "core_shape",
    "core_southern",
    "core_pinyin",
    "core_initial",
    "core_swapped",
    "core_unlike",
    "core_missing",
    "core_unmet_share",
    "core_one",
    "core_three",
    "core_long",
    "wedged",
    "glued",
    "beside",
    "trade_met",
    "trade_length",
    "trade_unmet",
    "trade_dropped",
    "trade_none",
    "trade_other",
    "region_in_place",
    "region_agrees",
    "region_missing",
    "region_added",
    "region_contradicts",
    "form_met",
    "form_none",
    "branch_unmet",
    "bare",
    "latin",
    "coreless",
    "numeral_conflict",
    "unlike_rest",
    "slip",
    "short",
    "short_two",
    "country_added",
    "branch_core_unmet",
    "place_unmet",
    "query_coreless",
    "core_two_shape",
    "core_in_region",
    "beyond_reach",
    "region_nested",
    "branch_added",
)
"""The names of the terms, in the order of the array."""
(
    CORE_SOUND,
    CORE_SHAPE,
    CORE_SOUTHERN,
    CORE_PINYIN,
    CORE_INITIAL,
    CORE_SWAPPED,
    CORE_UNLIKE,
    CORE_MISSING,
    CORE_UNMET_SHARE,
    CORE_ONE,
    CORE_THREE,
    CORE_LONG,
    WEDGED,
    GLUED,
    BESIDE,
    TRADE_MET,
    TRADE_LENGTH,
    TRADE_UNMET,
    TRADE_DROPPED,
    TRADE_NONE,
    TRADE_OTHER,
    REGION_IN_PLACE,
    REGION_AGREES,
    REGION_MISSING,
    REGION_ADDED,
    REGION_CONTRADICTS,
    FORM_MET,
    FORM_NONE,
    BRANCH_UNMET,
    BARE,
    LATIN,
    CORELESS,
    NUMERAL_CONFLICT,
    UNLIKE_REST,
    SLIP,
    SHORT,
    SHORT_TWO,
    COUNTRY_ADDED,
    BRANCH_CORE_UNMET,
    PLACE_UNMET,
    QUERY_CORELESS,
    CORE_TWO_SHAPE,
    CORE_IN_REGION,
    BEYOND_REACH,
    REGION_NESTED,
    BRANCH_ADDED,
) = range(len(TERMS))


class ScoringModel(NamedTuple):
    """Weights of the terms, their constant, and the log-odds from which a pair is STRONG or WEAK.

    ``strong_unmet_min``: those from which it is STRONG though some of it is not met, or contradicts.
    ``reach``: within how many places of a query without letters the two of a key stand.
    ``trade_odds`` [query, length, met]: what a trade adds to the odds at most, by whether the query has a legal
    form (0), none (1) or letters (2).
    """

    weights: NDArray[np.float64]
    constant: float
    strong_min: float
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
"""No legal form stands so near the start of a name; 卡司 is no 公司."""


@njit(cache=True)
def is_form(label: int, code: int) -> bool:  # pragma: no cover - compiled
    """Whether a query character is of a legal form; 股份 alone is not (创源股份 is a short name)."""
    return label == FORM and code != _SHARES[0] and code != _SHARES[1]


@njit(cache=True)
def has_form_character(label: int, code: int, at: int) -> bool:  # pragma: no cover - compiled
    """Whether the query character at a place speaks of a legal form, even where slips hide the word (有公限司)."""
    return is_form(label, code) or (at >= _FORM_FROM and (code == _LIMITED[0] or code == _LIMITED[1]))


@njit(cache=True)
def is_group(code: int) -> bool:  # pragma: no cover - compiled
    """Whether a character is of 集团, which comes and goes like a legal form."""
    return code == _GROUP[0] or code == _GROUP[1]
