"""Many texts in one call of compiled code, for what a call costs before it begins.

Catalogue and tables are tuples of many arrays, and unpacking them takes longer than most names take.
"""

# ruff: noqa: FBT001
# Compiled code gets its tables as arguments.

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import njit
from app.matching.blocking.encoded_list import EncodedList
from app.matching.comparison.classify import STRONG
from app.matching.comparison.explain import Aligned
from app.matching.comparison.features import ScoringModel
from app.matching.model.encoding import row_ends
from app.matching.search.rows_search import Pairs, SearchBuffers, examine, read_query, search_rows
from app.matching.search.segments import segments
from app.names.characters import Characters
from app.names.lexicon import Words


class Alignments(NamedTuple):
    """Alignments one behind the other, as :class:`.explain.Aligned` has them, and where each ends."""

    listed: NDArray[np.int32]
    parts: NDArray[np.uint8]
    likeness: NDArray[np.uint8]
    met_from: NDArray[np.int32]
    met_to: NDArray[np.int32]
    listed_ends: NDArray[np.int64]
    given: NDArray[np.int32]
    used: NDArray[np.int32]
    given_ends: NDArray[np.int64]


@njit(cache=True)
def search_texts(
    source: NDArray[np.uint32],
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    exhaustive: bool,
    work: SearchBuffers,
) -> Pairs:  # pragma: no cover - compiled
    """Return the accepted pairs of all texts, and behind them those of names that are separate names within a text."""
    ends = row_ends(source)
    found, _ = search_rows(source, ends, listed, tables, lexicon, numbers, exhaustive, work)
    apart, texts = segments(source, ends, tables, lexicon, work.own)
    if texts.size == 0:
        return found
    beside, _ = search_rows(apart, row_ends(apart), listed, tables, lexicon, numbers, exhaustive, work)
    for i in range(beside.query.size):
        beside.query[i] = texts[beside.query[i]]
        # A name within a text is not the text, so equal or not it is STRONG at most.
        if beside.flags[i] > 0:
            beside.rank[i] = STRONG
            beside.flags[i] = 0
    return Pairs(
        np.append(found.query, beside.query),
        np.append(found.listed, beside.listed),
        np.append(found.odds, beside.odds),
        np.append(found.rank, beside.rank),
        np.append(found.flags, beside.flags),
    )


@njit(cache=True)
def align_texts(
    source: NDArray[np.uint32],
    texts: NDArray[np.int32],
    rows: NDArray[np.int32],
    listed: EncodedList,
    tables: Characters,
    lexicon: Words,
    numbers: ScoringModel,
    work: SearchBuffers,
) -> Alignments:  # pragma: no cover - compiled
    """Align pairs of a text and a listed row, each row with the text or with the name within it that is likest."""
    own, room = work.own, work.room
    ends = row_ends(source)
    apart, apart_texts = segments(source, ends, tables, lexicon, own)
    apart_ends = row_ends(apart)
    listed_size = 0
    given_size = 0
    for k in range(rows.size):
        listed_size += listed.ends[rows[k]] - _first(listed.ends, rows[k])
        given_size += min(ends[texts[k]] - _begin(ends, texts[k]), own.codes.size)
    out = _room(listed_size, given_size, rows.size)
    at = 0
    to = 0
    size = 0
    read = -1
    for k in range(rows.size):
        text, row = texts[k], rows[k]
        if read != text:
            size = _read(source, ends, text, tables, lexicon, work)
            read = text
        odds, _, _ = examine(row, size, listed, tables, lexicon, numbers, work)
        begin = np.searchsorted(apart_texts, text)
        end = np.searchsorted(apart_texts, text, side="right")
        if begin < end:
            likest = -1
            for n in range(begin, end):
                size = _read(apart, apart_ends, n, tables, lexicon, work)
                other, _, _ = examine(row, size, listed, tables, lexicon, numbers, work)
                if other > odds:
                    odds = other
                    likest = n
            if likest < 0:
                size = _read(source, ends, text, tables, lexicon, work)
            else:
                size = _read(apart, apart_ends, likest, tables, lexicon, work)
            examine(row, size, listed, tables, lexicon, numbers, work)
            read = -1
        first = _first(listed.ends, row)
        for i in range(listed.ends[row] - first):
            out.listed[at] = listed.codes[first + i]
            out.parts[at] = listed.parts[first + i]
            out.likeness[at] = room.likeness[i]
            out.met_from[at] = room.met_from[i]
            out.met_to[at] = room.met_to[i]
            at += 1
        out.listed_ends[k] = at
        for j in range(size):
            out.given[to] = own.codes[j]
            out.used[to] = room.used[j]
            to += 1
        out.given_ends[k] = to
    return Alignments(
        out.listed,
        out.parts,
        out.likeness,
        out.met_from,
        out.met_to,
        out.listed_ends,
        out.given[:to],
        out.used[:to],
        out.given_ends,
    )


@njit(cache=True)
def _room(listed: int, given: int, pairs: int) -> Alignments:  # pragma: no cover - compiled
    """Return room for so many listed characters, given ones at most, and pairs."""
    return Alignments(
        np.empty(listed, np.int32),
        np.empty(listed, np.uint8),
        np.empty(listed, np.uint8),
        np.empty(listed, np.int32),
        np.empty(listed, np.int32),
        np.empty(pairs, np.int64),
        np.empty(given, np.int32),
        np.empty(given, np.int32),
        np.empty(pairs, np.int64),
    )


@njit(cache=True)
def _first(ends: NDArray[np.int64], row: int) -> int:  # pragma: no cover - compiled
    """Return where a listed row begins; listed rows lie side by side."""
    return ends[row - 1] if row > 0 else 0


@njit(cache=True)
def _begin(ends: NDArray[np.int64], row: int) -> int:  # pragma: no cover - compiled
    """Return where a row of a text begins: behind the mark that ends the row before."""
    return ends[row - 1] + 1 if row > 0 else 0


@njit(cache=True)
def _read(
    source: NDArray[np.uint32],
    ends: NDArray[np.int64],
    row: int,
    tables: Characters,
    lexicon: Words,
    work: SearchBuffers,
) -> int:  # pragma: no cover - compiled
    """Read one row into ``work`` and return its size."""
    size, _ = read_query(source, _begin(ends, row), ends[row], tables, lexicon, work)
    return size


def unpacked(packed: Alignments) -> list[Aligned]:
    """Return the alignments one by one, as values of Python, whose single elements are read far faster."""
    listed, given = _text(packed.listed), _text(packed.given)
    parts, likeness = packed.parts.tobytes(), packed.likeness.tobytes()
    met_from, met_to, used = packed.met_from.tolist(), packed.met_to.tolist(), packed.used.tolist()
    found = []
    i = j = 0
    for i_end, j_end in zip(packed.listed_ends.tolist(), packed.given_ends.tolist(), strict=True):
        row, text = slice(i, i_end), slice(j, j_end)
        found.append(
            Aligned(listed[row], parts[row], likeness[row], met_from[row], met_to[row], given[text], used[text])
        )
        i, j = i_end, j_end
    return found


def _text(codes: NDArray[np.int32]) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
