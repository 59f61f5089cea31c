"""The compiled side of an index: its catalogue and anchors, and working space for each thread."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.matching.catalogue import Catalogue, catalogue
from app.matching.decide import STRONG, rule
from app.matching.explain import Aligned
from app.matching.free_text import Anchors, anchors, stand_in
from app.matching.odds import kinds_of
from app.matching.reading import read, row_ends, take
from app.matching.search import Pairs, Space, examine, read_query, search_rows, space
from app.matching.segments import segments
from app.names.characters import characters
from app.names.words import words

FREE_TEXT_CHARACTERS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A listed row that stands in a text, and the folded text there."""

    row: int
    text: str


class Engine:
    """Searches rows of listed texts.  Immutable but for the working space, which is one per thread."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._rule = rule(len(texts))
        self.listed: Catalogue = catalogue(texts, kinds_of(self._rule))
        self._anchors: Anchors = anchors(self.listed)
        self._local = threading.local()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_local"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._local = threading.local()

    def _space(self) -> Space:
        found: Space | None = getattr(self._local, "space", None)
        if found is None:
            found = space(self.listed)
            self._local.space = found
        return found

    def pairs(self, texts: Sequence[str], *, exhaustive: bool = False) -> Pairs:
        """Return the accepted pairs of the texts, each taken as a name."""
        source = read(texts)
        found = self._search(source, exhaustive=exhaustive)
        apart, rows = segments(source, row_ends(source), characters(), words(), self._space().own)
        if rows.size == 0:
            return found
        beside = self._search(apart, exhaustive=exhaustive)
        # A name within a text is not the text, so equal or not it is STRONG at most.
        strong = np.where(beside.flags > 0, STRONG, beside.rank).astype(np.uint8)
        return Pairs(
            np.append(found.query, rows[beside.query]),
            np.append(found.listed, beside.listed),
            np.append(found.odds, beside.odds),
            np.append(found.rank, strong),
            np.append(found.flags, np.zeros_like(beside.flags)),
        )

    def _search(self, source: NDArray[np.uint32], *, exhaustive: bool) -> Pairs:
        found, _ = search_rows(
            source, row_ends(source), self.listed, characters(), words(), self._rule, exhaustive, self._space()
        )
        return found

    def aligned(self, text: str, row: int) -> Aligned:
        """Return the alignment of one listed row with a text, or with the part of it that is likest."""
        source = read([text])
        work = self._space()
        apart, _ = segments(source, row_ends(source), characters(), words(), work.own)
        parts = _rows(apart) if apart.size else []
        given = max((source, *parts), key=lambda text: self._odds(text, row)) if parts else source
        size = self._read(given)
        examine(row, size, self.listed, characters(), words(), self._rule, work)
        first = int(self.listed.ends[row - 1]) if row else 0
        end = int(self.listed.ends[row])
        count = end - first
        return Aligned(
            _text(self.listed.codes[first:end]),
            self.listed.parts[first:end].copy(),
            work.room.likeness[:count].copy(),
            work.room.met_from[:count].copy(),
            work.room.met_to[:count].copy(),
            _text(work.own.codes[:size]),
            work.own.labels[:size].copy(),
            work.room.used[:size].copy(),
        )

    def _read(self, source: NDArray[np.uint32]) -> int:
        """Read one row into the working space and return its size."""
        size, _ = read_query(source, 0, source.size - 1, characters(), words(), self._space())
        return size

    def _odds(self, source: NDArray[np.uint32], row: int) -> float:
        size = self._read(source)
        odds, _, _ = examine(row, size, self.listed, characters(), words(), self._rule, self._space())
        return float(odds)

    def standing(self, text: str) -> list[Standing]:
        """Return the listed rows that stand as a whole in a long text, in the order in which they stand."""
        source = read([text[:FREE_TEXT_CHARACTERS_MAX]])
        codes = np.zeros(source.size, np.int32)
        marks = np.zeros(source.size, np.uint8)
        size, _ = take(source, 0, source.size - 1, characters(), codes, marks)
        rows, first, last = stand_in(codes, marks, size, self.listed, self._anchors)
        return [Standing(int(row), _text(codes[start:end])) for row, start, end in zip(rows, first, last, strict=True)]


def _rows(source: NDArray[np.uint32]) -> list[NDArray[np.uint32]]:
    """Return rows, each with its end, one by one."""
    return np.split(source, row_ends(source) + 1)[:-1]


def _text(codes: NDArray[np.int32]) -> str:
    return "".join(map(chr, codes.tolist()))
