"""Search of many names at once: keys, cheap bounds, alignment, evidence, decision."""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.matching.align import Bench, align, bench
from app.matching.catalogue import Catalogue, hash_name
from app.matching.decide import NONE, TRADE_MET_MIN, UNMET_SHARE_MAX, Rule, decide
from app.matching.evidence import (
    CORE_LONG,
    CORE_MISSING,
    CORE_SHAPE,
    CORE_SOUND,
    CORE_SOUTHERN,
    CORE_THREE,
    CORE_UNLIKE,
    CORE_UNMET_SHARE,
    CORELESS,
    FORM_MET,
    FORM_NONE,
    LATIN,
    REGION_IN_PLACE,
    SHORT,
    SLIP,
    TERMS,
    TRADE_DROPPED,
    TRADE_LENGTH,
    TRADE_MET,
    TRADE_NONE,
    TRADE_UNMET,
    is_form,
    is_group,
    may_be_form,
    weigh,
)
from app.matching.grams import (
    EDGES_MAX,
    LETTER_A,
    LETTER_Z,
    QUERY_KEYS_MAX,
    plain_keys,
    query_edges,
    symbols_of,
    way_keys,
)
from app.matching.reading import take
from app.names.characters import CODES, FAMILIES_MAX, READINGS_MAX, Characters
from app.names.parts import BRANCH, BREAK, CORE, FORM, LENGTH_MAX, NOISE, OPEN, REGION, TRADE, cover
from app.names.table import lookup
from app.names.words import Words

EQUAL: Final = 1
ALTERED: Final = 2
"""Flags of a pair: the names are equal; the query was altered beyond folding to make them so."""
EXTRA_FREE: Final = 1
EXTRA_MAX: Final = 3
EXTRA_ODDS_MAX: Final = -1.2
"""Up to three query characters that nothing explains, beyond one, cost at least so much each, wherever they stand."""


class Query(NamedTuple):
    """Working space of one query: its characters, marks, labels, regions, ways and keys."""

    codes: NDArray[np.int32]
    marks: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    regions: NDArray[np.int32]
    edge_counts: NDArray[np.int32]
    edge_ends: NDArray[np.int32]
    edge_symbols: NDArray[np.int32]
    keys: NDArray[np.uint64]


class Space(NamedTuple):
    """Working space of a search, for one thread.

    ``seen`` [row], ``chars`` [code point], ``sounds`` [symbol], ``shapes`` [family]: the stamp of the last
    query that held them; ``stamp`` [1]: the last stamp given.
    """

    own: Query
    room: Bench
    terms: NDArray[np.float64]
    seen: NDArray[np.int64]
    chars: NDArray[np.int64]
    sounds: NDArray[np.int64]
    shapes: NDArray[np.int64]
    found: NDArray[np.int32]
    stamp: NDArray[np.int64]


def space(listed: Catalogue, tables: Characters) -> Space:
    """Return a new working space for a catalogue."""
    size = LENGTH_MAX
    own = Query(
        np.zeros(size, np.int32),
        np.zeros(size, np.uint8),
        np.zeros(size, np.uint8),
        np.full(size, -1, np.int32),
        np.zeros(size, np.int32),
        np.zeros((size, EDGES_MAX), np.int32),
        np.zeros((size, EDGES_MAX), np.int32),
        np.zeros(QUERY_KEYS_MAX, np.uint64),
    )
    rows = listed.ends.size
    symbols = int(tables.symbol.max()) + 1
    return Space(
        own,
        bench(),
        np.zeros(len(TERMS)),
        np.zeros(rows, np.int64),
        np.zeros(CODES, np.int64),
        np.zeros(symbols, np.int64),
        np.zeros(int(tables.families.max()) + 1, np.int64),
        np.zeros(rows, np.int32),
        np.zeros(1, np.int64),
    )


class Pairs(NamedTuple):
    """Accepted pairs, one row each: query row, listed row, log-odds, strength rank and flags."""

    query: NDArray[np.int32]
    listed: NDArray[np.int32]
    odds: NDArray[np.float32]
    rank: NDArray[np.uint8]
    flags: NDArray[np.uint8]


@njit(cache=True)
def _stamp_query(stamp: int, size: int, tables: Characters, work: Space) -> None:  # pragma: no cover - compiled
    """Stamp every character, sound and shape that the query can be read to hold."""
    codes, counts, symbols = work.own.codes, work.own.edge_counts, work.own.edge_symbols
    chars, sounds, shapes = work.chars, work.sounds, work.shapes
    symbol, syllables, merged, families = tables.symbol, tables.syllables, tables.merged, tables.families
    mine = np.empty(READINGS_MAX, np.int32)
    for i in range(size):
        code = codes[i]
        chars[code] = stamp
        for edge in range(counts[i]):
            sounds[symbols[i, edge]] = stamp
        for k in range(symbols_of(code, symbol, syllables, merged, mine)):
            sounds[mine[k]] = stamp
        for k in range(FAMILIES_MAX):
            family = families[code, k]
            if family == 0:
                break
            shapes[family] = stamp


@njit(cache=True, inline="always")
def _has_sound(
    code: int,
    stamp: int,
    symbol: NDArray[np.int32],
    syllables: NDArray[np.int16],
    merged: NDArray[np.int32],
    sounds: NDArray[np.int64],
) -> bool:  # pragma: no cover - compiled
    """Whether the query holds what sounds like this character, or is its pinyin or its components."""
    found: bool = sounds[symbol[code]] == stamp
    for k in range(1, READINGS_MAX):
        reading = syllables[code, k]
        found = found or (reading != 0 and sounds[merged[reading]] == stamp)
    return found


@njit(cache=True, inline="always")
def _has_shape(
    code: int, stamp: int, families: NDArray[np.int32], shapes: NDArray[np.int64]
) -> bool:  # pragma: no cover - compiled
    found = False
    for k in range(FAMILIES_MAX):
        family = families[code, k]
        if family == 0:
            break
        found = found or shapes[family] == stamp
    return found


@njit(cache=True, inline="always")
def _best_odds(
    core: int,
    unmet: int,
    sounding: int,
    shaped: int,
    trade: int,
    trade_met: int,
    coreless: bool,
    latin: bool,
    has_form: bool,
    hidden_form: bool,
    constant: float,
    weights: NDArray[np.float64],
) -> float:  # pragma: no cover - compiled
    """Return log-odds that no alignment with such counts exceeds."""
    odds: float = constant + weights[REGION_IN_PLACE]
    if sounding > 0:
        odds += sounding * max(weights[CORE_SOUND], weights[CORE_SOUTHERN], weights[CORE_SHAPE])
    odds += shaped * weights[CORE_SHAPE]
    if unmet > 0:
        odds += unmet * max(weights[CORE_UNLIKE], weights[CORE_MISSING]) + weights[CORE_UNMET_SHARE] * unmet / core
    if unmet == 1 and sounding + shaped == 0:
        odds += weights[SLIP]
    if core == 3:  # noqa: PLR2004 - the length that the term is named for
        odds += weights[CORE_THREE]
    elif core > 3:  # noqa: PLR2004
        odds += weights[CORE_LONG]
    if coreless:
        odds += weights[CORELESS]
    if latin:
        odds += weights[LATIN]
    if has_form or hidden_form or latin:
        odds += weights[FORM_MET]
    if not has_form or latin:
        odds += weights[FORM_NONE]
        if unmet == 0:
            odds += weights[SHORT]
    if trade == 0:
        odds += weights[TRADE_NONE]
    else:
        odds += weights[TRADE_MET] * trade_met / trade + weights[TRADE_LENGTH] * min(trade_met, 6.0) / 6.0
        if not latin:
            odds += weights[TRADE_UNMET if has_form else TRADE_DROPPED] * min(trade - trade_met, 4.0) / 4.0
    return odds


@njit(cache=True)
def _candidates(
    stamp: int, size: int, listed: Catalogue, tables: Characters, lexicon: Words, numbers: Rule, work: Space
) -> int:  # pragma: no cover - compiled
    """Fill the candidates of a query: rows that share a key and may still be accepted; return how many.

    What the query holds at all, wherever it stands, bounds each term of the evidence from the better
    side, and the policies that need nothing but counts are tried on it: no acceptable row is lost here.
    """
    own = work.own
    keys = plain_keys(own.codes, size, tables, own.keys)
    if query_edges(own.codes, size, tables, own.edge_counts, own.edge_ends, own.edge_symbols):
        keys = way_keys(size, own.edge_counts, own.edge_ends, own.edge_symbols, own.keys, keys)
    table_keys, table_values = listed.keys.keys, listed.keys.values
    posting_ends, posting_rows = listed.posting_ends, listed.posting_rows
    ends, all_codes, all_parts, all_coreless = listed.ends, listed.codes, listed.parts, listed.coreless
    symbol, syllables, merged, families = tables.symbol, tables.syllables, tables.merged, tables.families
    numeral = tables.numeral
    query_keys_found, seen, found = own.keys, work.seen, work.found
    chars, sounds, shapes = work.chars, work.sounds, work.shapes
    weights, constant, weak_min = numbers.weights, numbers.constant, numbers.weak_min
    count = 0
    ready = False
    latin = False
    has_form = False
    hidden_form = False
    has_region = False
    one_piece = True
    content = 0
    for k in range(keys):
        key = lookup(table_keys, table_values, query_keys_found[k])
        if key < 0:
            continue
        if not ready:
            _stamp_query(stamp, size, tables, work)
            cover(own.codes, own.marks, size, lexicon, False, own.labels, own.regions)
            for i in range(size):
                latin = latin or LETTER_A <= own.codes[i] <= LETTER_Z
                has_form = has_form or is_form(own.labels[i], own.codes[i])
                hidden_form = hidden_form or (own.labels[i] != FORM and may_be_form(own.codes[i]))
                has_region = has_region or own.labels[i] == REGION
                content += (own.labels[i] == CORE or own.labels[i] == TRADE) and not is_group(own.codes[i])
                # What stands behind a mark, a legal form or a word of payment may be no part of the name.
                one_piece = one_piece and (
                    own.labels[i] != NOISE
                    and own.labels[i] != BRANCH
                    and own.marks[i] & (BREAK | OPEN) == 0
                    and not (i > 0 and own.labels[i - 1] == FORM and own.labels[i] != FORM)
                )
            ready = True
        low = 0 if key == 0 else posting_ends[key - 1]
        for place in range(low, posting_ends[key]):
            r = posting_rows[place]
            if seen[r] == stamp:
                continue
            seen[r] = stamp
            core = 0
            unmet = 0
            sounding = 0
            shaped = 0
            begin = 0 if r == 0 else ends[r - 1]
            runs = 0
            for i in range(begin, ends[r]):
                if all_parts[i] != CORE:
                    continue
                code = all_codes[i]
                core += 1
                runs += i == begin or all_parts[i - 1] != CORE
                if chars[code] == stamp or numeral[code] != 0:
                    continue
                if _has_sound(code, stamp, symbol, syllables, merged, sounds):
                    # Spelled in pinyin, it costs nothing.
                    sounding += not latin
                elif _has_shape(code, stamp, families, shapes):
                    shaped += 1
                else:
                    unmet += 1
            if latin and unmet > 0:
                # One character may be written by its initial.
                unmet -= 1
            coreless = all_coreless[r]
            if (unmet > 1 and (coreless or unmet > UNMET_SHARE_MAX * core)) or (unmet >= core and not coreless):
                continue
            half = core == 2 and unmet == 1 and not coreless  # noqa: PLR2004 - one of two
            if half and sounding + shaped > 0:
                continue
            trade = 0
            trade_met = 0
            region = 0
            region_met = 0
            branch = 0
            branch_met = 0
            for i in range(begin, ends[r]):
                code = all_codes[i]
                if all_parts[i] == REGION:
                    region += 1
                    if chars[code] == stamp or _has_sound(code, stamp, symbol, syllables, merged, sounds):
                        region_met += 1
                elif all_parts[i] == BRANCH:
                    branch += 1
                    if _has_sound(code, stamp, symbol, syllables, merged, sounds):
                        branch_met += 1
                elif all_parts[i] == TRADE:
                    trade += 1
                    if (
                        chars[code] == stamp
                        or is_group(code)
                        or _has_sound(code, stamp, symbol, syllables, merged, sounds)
                        or _has_shape(code, stamp, families, shapes)
                    ):
                        trade_met += 1
            if half and (trade == 0 or trade_met < TRADE_MET_MIN * trade):
                continue
            if (half or coreless) and not has_region and region_met * 3 < region * 2:
                continue
            if branch > 0 and branch_met == 0:
                continue
            extra = 0
            if one_piece and not latin and not hidden_form:
                extra = content - core - trade_met - region_met - EXTRA_FREE
            if coreless and extra > region:
                continue
            odds = _best_odds(
                core,
                unmet,
                sounding,
                shaped,
                trade,
                trade_met,
                coreless,
                latin,
                has_form,
                hidden_form,
                constant,
                weights,
            )
            if odds + (EXTRA_ODDS_MAX if runs == 1 else 0.0) * min(max(extra, 0), EXTRA_MAX) >= weak_min:
                found[count] = r
                count += 1
    name = lookup(listed.equal.keys, listed.equal.values, hash_name(own.codes, size))
    if name >= 0:
        low = 0 if name == 0 else listed.equal_ends[name - 1]
        for place in range(low, listed.equal_ends[name]):
            r = listed.equal_rows[place]
            known = False
            for k in range(count):
                known = known or found[k] == r
            if not known:
                found[count] = r
                count += 1
        if not ready:
            cover(own.codes, own.marks, size, lexicon, False, own.labels, own.regions)
    return count


@njit(cache=True)
def examine(
    r: int, size: int, listed: Catalogue, tables: Characters, lexicon: Words, numbers: Rule, work: Space
) -> tuple[float, int, bool]:  # pragma: no cover - compiled
    """Align the query in ``work`` with one listed row; return log-odds, rank and whether they are equal."""
    own = work.own
    first = 0 if r == 0 else listed.ends[r - 1]
    codes = listed.codes[first : listed.ends[r]]
    parts = listed.parts[first : listed.ends[r]]
    equal = codes.size == size
    if equal:
        for i in range(size):
            if codes[i] != own.codes[i]:
                equal = False
                break
    align(codes, parts, own.codes, own.labels, size, tables, work.room)
    weigh(
        parts,
        codes,
        listed.regions[r],
        listed.coreless[r],
        listed.branches[r],
        own.codes,
        own.labels,
        own.marks,
        own.regions,
        size,
        tables,
        lexicon.meanings,
        work.room,
        work.terms,
    )
    odds, rank = decide(work.terms, numbers)
    return odds, rank, equal


@njit(cache=True)
def read_query(
    source: NDArray[np.uint32], start: int, end: int, tables: Characters, lexicon: Words, work: Space
) -> tuple[int, bool]:  # pragma: no cover - compiled
    """Read one row into ``work`` and label it; return its size and whether it was altered."""
    own = work.own
    size, altered = take(source, start, end, tables, own.codes, own.marks)
    if size > 0:
        cover(own.codes, own.marks, size, lexicon, False, own.labels, own.regions)
    return size, altered


@njit(cache=True)
def search_rows(
    source: NDArray[np.uint32],
    row_end: NDArray[np.int64],
    listed: Catalogue,
    tables: Characters,
    lexicon: Words,
    numbers: Rule,
    exhaustive: bool,
    work: Space,
) -> tuple[Pairs, int]:  # pragma: no cover - compiled
    """Return the accepted pairs of all query rows, and how many pairs were aligned.

    ``exhaustive`` scores every listed name without candidate search: the reference that the search must
    not fall short of.
    """
    capacity = max(64, row_end.size)
    out_query = np.empty(capacity, np.int32)
    out_listed = np.empty(capacity, np.int32)
    out_odds = np.empty(capacity, np.float32)
    out_rank = np.empty(capacity, np.uint8)
    out_flags = np.empty(capacity, np.uint8)
    filled = 0
    aligned = 0
    own = work.own
    start = 0
    for row in range(row_end.size):
        size, altered = take(source, start, row_end[row], tables, own.codes, own.marks)
        start = row_end[row] + 1
        if size == 0:
            continue
        if exhaustive:
            cover(own.codes, own.marks, size, lexicon, False, own.labels, own.regions)
            count = listed.ends.size
            for r in range(count):
                work.found[r] = r
        else:
            work.stamp[0] += 1
            count = _candidates(work.stamp[0], size, listed, tables, lexicon, numbers, work)
        for k in range(count):
            aligned += 1
            odds, rank, equal = examine(work.found[k], size, listed, tables, lexicon, numbers, work)
            flags = 0
            if equal:
                flags = EQUAL | (ALTERED if altered else 0)
            elif rank == NONE:
                continue
            if filled == capacity:
                capacity *= 2
                out_query = _grown(out_query)
                out_listed = _grown(out_listed)
                out_odds = _grown(out_odds)
                out_rank = _grown(out_rank)
                out_flags = _grown(out_flags)
            out_query[filled] = row
            out_listed[filled] = work.found[k]
            out_odds[filled] = odds
            out_rank[filled] = rank
            out_flags[filled] = flags
            filled += 1
    return (
        Pairs(out_query[:filled], out_listed[:filled], out_odds[:filled], out_rank[:filled], out_flags[:filled]),
        aligned,
    )


@njit(cache=True)
def _grown(array):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # pragma: no cover - compiled, generic
    larger = np.empty(array.size * 2, array.dtype)
    larger[: array.size] = array
    return larger
