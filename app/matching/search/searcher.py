"""The compiled side of an index: its catalogue and anchors, and working space for each thread."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.matching.blocking.encoded_list import EncodedList, catalogue
from app.matching.blocking.score_bounds import kinds_of
from app.matching.comparison.classify import scoring_model
from app.matching.comparison.explain import Aligned
from app.matching.model.encoding import decode_row, encode
from app.matching.model.size_step import SizeStep
from app.matching.search.batch_search import align_texts, search_texts, unpacked
from app.matching.search.phrase_search import PrefixIndex, anchors, stand_in
from app.matching.search.rows_search import Pairs, SearchBuffers, space
from app.names.characters import characters
from app.names.lexicon import words

FREE_TEXT_CHARACTERS_MAX: Final = 100_000


_NO_PAIRS: Final = Pairs(
    np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.uint8), np.zeros(0, np.uint8)
)


@dataclass(frozen=True, slots=True)
class TextOccurrence:
    """A listed row that stands in a text, and the folded text there."""

    row: int
    text: str


class Searcher:
    """Searches rows of listed texts.  Immutable but for the working space, which is one per thread."""

    def __init__(self, texts: Sequence[str], step: SizeStep) -> None:
        self._rule = scoring_model(step)
        self.listed: EncodedList = catalogue(texts, kinds_of(self._rule))
        self._anchors: PrefixIndex = anchors(self.listed)
        self._local = threading.local()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_local"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._local = threading.local()

    def _space(self) -> SearchBuffers:
        found: SearchBuffers | None = getattr(self._local, "space", None)
        if found is None:
            found = space(self.listed)
            self._local.space = found
        return found

    def pairs(self, texts: Sequence[str], *, exhaustive: bool = False) -> Pairs:
        """Return the accepted pairs of the texts, each taken as a name, in the order of the texts."""
        if not texts:
            return _NO_PAIRS
        found = search_texts(encode(texts), self.listed, characters(), words(), self._rule, exhaustive, self._space())
        order = np.argsort(found.query, kind="stable")
        return Pairs(found.query[order], found.listed[order], found.odds[order], found.rank[order], found.flags[order])

    def aligned(self, texts: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[Aligned]:
        """Return the alignment of each pair: of a text, by its place, with a listed row.

        The row is aligned with the text, or with the name within it that is likest.
        """
        places, rows = np.array(pairs, np.int32).reshape(-1, 2).T
        return unpacked(
            align_texts(
                encode(texts),
                np.ascontiguousarray(places),
                np.ascontiguousarray(rows),
                self.listed,
                characters(),
                words(),
                self._rule,
                self._space(),
            )
        )

    def standing(self, text: str) -> list[TextOccurrence]:
        """Return the listed rows that stand as a whole in a long text, in the order in which they stand."""
        source = encode([text[:FREE_TEXT_CHARACTERS_MAX]])
        codes = np.zeros(source.size, np.int32)
        marks = np.zeros(source.size, np.uint8)
        size, _ = decode_row(source, 0, source.size - 1, characters(), codes, marks)
        rows, first, last = stand_in(codes, marks, size, self.listed, self._anchors)
        return [
            TextOccurrence(int(row), _text(codes[start:end])) for row, start, end in zip(rows, first, last, strict=True)
        ]


def _text(codes: NDArray[np.int32]) -> str:
    return "".join(map(chr, codes.tolist()))
