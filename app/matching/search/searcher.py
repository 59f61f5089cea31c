"""The compiled side of an index: its catalogue and anchors, and working space for each thread."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.blocking.encoded_list import EncodedList, catalogue
from app.matching.blocking.score_bounds import kinds_of
from app.matching.comparison.classify import STRONG, WEAK, scoring_model
from app.matching.comparison.explain import Aligned
from app.matching.model.encoding import encode, row_ends
from app.matching.model.readings import Reading, readings
from app.matching.model.size_step import SizeStep
from app.matching.search.batch_search import align_texts, unpacked
from app.matching.search.latin_names import LatinNames
from app.matching.search.ordinary import Closer, other_than_ordinary
from app.matching.search.phrase_search import Occurrences, PrefixIndex, anchors
from app.matching.search.prepared import SearchTables, prepared, search, search_and_stand, stand
from app.matching.search.rows_search import Pairs, SearchBuffers, search_own_rows, space
from app.matching.search.whole_names import WholeNames, may_be_whole
from app.names.characters import characters
from app.names.fold import ROW_END, fold, unmarked
from app.names.lexicon import words

FREE_TEXT_CHARACTERS_MAX: Final = 100_000
_READ_MAX: Final = 1024
"""Of a name, so many folded characters and marks are read in other ways."""
_WHOLE_ODDS: Final = (0.0, 2.0)
_SLIP_ODDS: Final = (0.0, 0.3)
_DOUBLED_ODDS: Final = 0.75
"""The log-odds of what no parts are compared of: Latin names alike and equal, names with a slip and a likeness, and
names of which one character is twice."""


class Found(NamedTuple):
    """Accepted pairs as :class:`Pairs` has them, in the order of the texts.

    ``reading``: by which of the ``readings`` of its text each pair was found; -1: by the text itself.
    """

    query: NDArray[np.int32]
    listed: NDArray[np.int32]
    odds: NDArray[np.float32]
    rank: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    reading: NDArray[np.int32]
    readings: Sequence[str] = ()


_Columns = tuple[NDArray[Any], ...]
"""The arrays of :class:`Found`, in its order."""

_NONE_FOUND: Final = Found(
    np.zeros(0, np.int32),
    np.zeros(0, np.int32),
    np.zeros(0, np.float32),
    np.zeros(0, np.uint8),
    np.zeros(0, np.uint8),
    np.zeros(0, np.int32),
)


@dataclass(frozen=True, slots=True)
class TextOccurrence:
    """A listed row that is in a text, and the folded text there."""

    row: int
    text: str


class Searcher:
    """Searches rows of listed texts.  Immutable but for the working space, which is one per thread.

    ``is_whole``: whether a row counts where it is in a longer text.
    """

    def __init__(self, texts: Sequence[str], is_whole: NDArray[np.bool_], step: SizeStep) -> None:
        self._rule = scoring_model(step)
        self.listed: EncodedList = catalogue(texts, kinds_of(self._rule))
        self._anchors: PrefixIndex = anchors(self.listed, is_whole)
        self._whole = WholeNames([fold(text) for text in texts], self.listed.coreless.tolist())
        self._latin = LatinNames(texts)
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

    def _prepared(self) -> SearchTables:
        found: SearchTables | None = getattr(self._local, "prepared", None)
        if found is None:
            tables = SearchTables(self.listed, self._anchors, characters(), words(), self._rule, self._space())
            found = self._local.prepared = prepared(tables)
        return found

    def pairs(self, texts: Sequence[str], *, exhaustive: bool = False) -> Found:
        """Return the accepted pairs of the texts, each taken as a name, in the order of the texts."""
        if not texts:
            return _NONE_FOUND
        source = encode(texts)
        return self._pairs(texts, source, self._searched(source, exhaustive=exhaustive), exhaustive=exhaustive)

    def met(self, names: Sequence[str]) -> tuple[Found, dict[int, list[TextOccurrence]]]:
        """Return what :meth:`pairs` and :meth:`standing_in_names` do, the names read once for both."""
        if not names:
            return _NONE_FOUND, {}
        source = encode(names)
        if max(map(len, names)) > FREE_TEXT_CHARACTERS_MAX:
            own, standing = self._searched(source), self.standing_in_names(names)
        else:
            arrays = search_and_stand(source, self._prepared())
            own, standing = Pairs(*arrays[:5]), self._by_text(Occurrences(*arrays[5:]))
        return self._pairs(names, source, own), standing

    def _pairs(
        self, texts: Sequence[str], source: NDArray[np.uint32], own: Pairs, *, exhaustive: bool = False
    ) -> Found:
        # What lies behind is no name: only texts that are in it are looked for there.
        folded = [row[:_READ_MAX] for row in _decoded(source)]
        rows: list[int] = []
        others: list[Reading] = []
        closer = other_than_ordinary(source, folded)
        for row, text, says_more in closer:
            for other in readings(text, says_more=says_more):
                rows.append(row)
                others.append(other)
        pieces = [] if own.query.size == 0 else [_by_texts(own)]
        if others:
            pieces += self._by_readings(rows, others, exhaustive=exhaustive)
        whole = [*self._met_as_wholes(texts, closer)]
        if whole:
            pieces.append(_by_wholes(whole))
        # Most names meet nothing, and then nothing is put together.
        if not pieces:
            return _NONE_FOUND
        columns = list(pieces[0]) if len(pieces) == 1 else [*map(np.concatenate, zip(*pieces, strict=True))]
        if len(texts) > 1:
            order = np.argsort(columns[0], kind="stable")
            columns = [column[order] for column in columns]
        query, listed, odds, rank, flags, reading = columns
        return Found(query, listed, odds, rank, flags, reading, [text for text, _ in others])

    def _by_readings(self, rows: Sequence[int], others: Sequence[Reading], *, exhaustive: bool) -> list[_Columns]:
        """Return what is found under the readings, each of the text in the row beside it."""
        more = self._searched(encode([text for text, _ in others]), exhaustive=exhaustive)
        if more.query.size == 0:
            return []
        weakest = np.array([weakest for _, weakest in others], np.uint8)
        # A reading is not the text, so equal or not it is STRONG at most.
        rank = np.maximum(np.where(more.flags > 0, STRONG, more.rank).astype(np.uint8), weakest[more.query])
        texts = np.array(rows, np.int32)[more.query]
        return [(texts, more.listed, more.odds, rank, np.zeros_like(more.flags), more.query)]

    def own_rows(self, texts: Sequence[str], rows: NDArray[np.int32]) -> Found:
        """Return the accepted pairs of each text with the one listed row that ``rows`` gives for it."""
        source = encode(texts)
        ends = row_ends(source)
        found = search_own_rows(source, ends, rows, self.listed, characters(), words(), self._rule, self._space())
        return Found(*found, np.full(found.query.size, -1, np.int32))

    def _met_as_wholes(self, texts: Sequence[str], closer: Sequence[Closer]) -> Iterator[tuple[int, int, int, float]]:
        """Yield text, row, rank and log-odds of what is met as a whole: in Latin letters, or but for a slip."""
        for place, marked, _ in closer:
            for match in self._latin.matches(texts[place]):
                yield place, match.row, STRONG if match.is_equal else WEAK, _WHOLE_ODDS[match.is_equal]
            if may_be_whole(marked):
                for slip in self._whole.slips(unmarked(marked)):
                    if slip.is_doubled:
                        yield place, slip.row, STRONG, _DOUBLED_ODDS
                    else:
                        yield place, slip.row, WEAK, _SLIP_ODDS[slip.is_alike]

    def _searched(self, source: NDArray[np.uint32], *, exhaustive: bool = False) -> Pairs:
        return search(source, exhaustive, self._prepared())

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
        """Return the listed rows that occur as a whole in a free text, in the order of their places."""
        return self._standing(encode([text[:FREE_TEXT_CHARACTERS_MAX]]), in_names=False).get(0, [])

    def standing_in_names(self, names: Sequence[str]) -> dict[int, list[TextOccurrence]]:
        """Return the listed rows that occur as a part in names, by the place of the name."""
        return (
            self._standing(encode([name[:FREE_TEXT_CHARACTERS_MAX] for name in names]), in_names=True) if names else {}
        )

    def _standing(self, source: NDArray[np.uint32], *, in_names: bool) -> dict[int, list[TextOccurrence]]:
        return self._by_text(stand(source, in_names, self._prepared()))

    def _by_text(self, found: Occurrences) -> dict[int, list[TextOccurrence]]:
        by_text: dict[int, list[TextOccurrence]] = {}
        if found.text.size == 0:
            return by_text
        for text, row in zip(found.text.tolist(), found.row.tolist(), strict=True):
            first = 0 if row == 0 else int(self.listed.ends[row - 1])
            standing = _text(self.listed.codes[first : first + int(self._anchors.sizes[row])])
            by_text.setdefault(text, []).append(TextOccurrence(row, standing))
        return by_text


def _by_texts(own: Pairs) -> _Columns:
    """Return what is found by the texts themselves."""
    return (*own, np.full(own.query.size, -1, np.int32))


def _by_wholes(whole: Sequence[tuple[int, int, int, float]]) -> _Columns:
    """Return what is met as a whole: text, row, rank and log-odds of each."""
    texts, rows, ranks, odds = zip(*whole, strict=True)
    none = np.full(len(whole), -1, np.int32)
    flags = np.zeros(len(whole), np.uint8)
    return (
        np.array(texts, np.int32),
        np.array(rows, np.int32),
        np.array(odds, np.float32),
        np.array(ranks, np.uint8),
        flags,
        none,
    )


def _decoded(source: NDArray[np.uint32]) -> list[str]:
    """Return the folded texts of many rows, with their marks."""
    return source.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass").split(ROW_END)[:-1]


def _text(codes: NDArray[np.int32]) -> str:
    return "".join(map(chr, codes.tolist()))
