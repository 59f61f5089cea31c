"""The index: entries in, hits out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from app.identifiers import Identifier, Scheme
from app.matching.entry import Entry, Explanation, FieldEvidence, Hit, NameType, PartEvidence, Query, Strength
from app.names.fold import fold
from app.names.legal_forms import same_name_key, split_legal_form

MATCHER_VERSION = "1"
_STRENGTHS = tuple(Strength)
_SCORE_STRONG = 92
_SCORE_WEAK = 88
_FREE_TEXT_LENGTH_MIN = 4
_USCC_ORG = slice(8, 17)


@dataclass(frozen=True, slots=True)
class NameHits:
    """Accepted pairs of a batch, one row a pair: parallel arrays of equal length.

    ``query``: row in the given names; ``entry``: position in the index's entries; ``name``: position in
    that entry's names; ``score`` 0-100; ``strength``: rank (0 CONFIRMED, 1 STRONG, 2 WEAK).
    """

    query: NDArray[np.int32]
    entry: NDArray[np.int32]
    name: NDArray[np.int16]
    score: NDArray[np.uint8]
    strength: NDArray[np.uint8]


class Index:
    """An immutable search structure over entries.  Picklable; build it with :meth:`build`."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self._owner = [(e, n) for e, entry in enumerate(entries) for n in range(len(entry.names))]
        folded = [fold(entries[e].names[n].text) for e, n in self._owner]
        self._folded = folded
        self._stems = [split_legal_form(text)[0] for text in folded]
        self._same: dict[str, list[int]] = defaultdict(list)
        for row, text in enumerate(folded):
            self._same[same_name_key(text)].append(row)
        self._identifiers: dict[tuple[str, str], list[int]] = defaultdict(list)
        for e, entry in enumerate(entries):
            for scheme, value in {key for identifier in entry.identifiers for key in _keys(identifier)}:
                self._identifiers[scheme, value].append(e)

    @classmethod
    def build(cls, entries: Sequence[Entry]) -> "Index":
        """Return the index of the entries; the same entries give the same answers."""
        return cls(tuple(entries))

    def search(self, query: Query, limit: int = 20) -> list[Hit]:
        """Return the entities that the counterparty may be: each once, strongest first."""
        best: dict[int, Hit] = {}
        for given in query.names:
            rows = self._free_text(given.text) if given.free_text else self._whole(given.text)
            for row, score, strength in rows:
                e, n = self._owner[row]
                entry = self.entries[e]
                name = entry.names[n]
                part = PartEvidence("名称", name.text, given.text, strength.value, "名称相近", "names are alike")
                hit = Hit(entry.key, strength, score, name, given.field, Explanation("名称", "name", (), (part,)))
                best[e] = min(best.get(e, hit), hit, key=_order)
        given_ids = {key: i for i in query.identifiers for key in _keys(i)}
        for key, identifier in given_ids.items():
            for e in self._identifiers.get(key, ()):
                entry = self.entries[e]
                told = FieldEvidence(key[0], key[1], identifier.value, True, f"{key[0]} 相同", f"{key[0]} is equal")
                found = best.get(e)
                name = found.name if found else entry.names[0]
                explanation = Explanation(told.text_zh, told.text_en, (told,))
                field = found.query_field if found else "identifiers"
                best[e] = Hit(entry.key, Strength.CONFIRMED, 100, name, field, explanation)
        for e, hit in best.items():
            if hit.explanation.fields:
                continue
            listed = {i.scheme: i.value for i in self.entries[e].identifiers}
            for identifier in query.identifiers:
                other = listed.get(identifier.scheme)
                if identifier.scheme is Scheme.USCC and other and other != identifier.value:
                    strength = Strength.STRONG if hit.strength is Strength.CONFIRMED else hit.strength
                    best[e] = Hit(hit.key, strength, hit.score, hit.name, hit.query_field, hit.explanation, True)
        return sorted(best.values(), key=_order)[:limit]

    def search_names(self, names: Sequence[str]) -> NameHits:
        """Return the accepted pairs of many names, each taken as a plain name; no explanations."""
        rows = [
            (q, *self._owner[row], score, strength.rank)
            for q, text in enumerate(names)
            for row, score, strength in self._whole(text)
        ]
        columns = np.array(rows, np.int32).reshape(-1, 5).T
        return NameHits(
            columns[0].astype(np.int32),
            columns[1].astype(np.int32),
            columns[2].astype(np.int16),
            columns[3].astype(np.uint8),
            columns[4].astype(np.uint8),
        )

    def _whole(self, text: str) -> list[tuple[int, int, Strength]]:
        folded = fold(text)[:200]
        if not folded:
            return []
        stem = split_legal_form(folded)[0]
        found: dict[int, tuple[int, Strength]] = {}
        for row, score, _ in [
            (index, int(score), stem)
            for _, score, index in process.extract(
                stem, self._stems, scorer=fuzz.ratio, score_cutoff=_SCORE_WEAK, limit=20
            )
        ]:
            found[row] = (score, Strength.STRONG if score >= _SCORE_STRONG else Strength.WEAK)
        for row in self._same.get(same_name_key(folded), ()):
            found[row] = (100, self._whole_strength(row))
        return [(row, score, strength) for row, (score, strength) in found.items()]

    def _whole_strength(self, row: int) -> Strength:
        e, n = self._owner[row]
        legal = self.entries[e].names[n].type in {NameType.LEGAL, NameType.FORMER}
        return Strength.CONFIRMED if legal else Strength.STRONG

    def _free_text(self, text: str) -> list[tuple[int, int, Strength]]:
        folded = fold(text)
        return [
            (row, 95, Strength.STRONG)
            for row, name in enumerate(self._folded)
            if len(name) >= _FREE_TEXT_LENGTH_MIN and name in folded
        ]


def _keys(identifier: Identifier) -> tuple[tuple[str, str], ...]:
    """Return the keys under which an identifier is equal to another (GB 11714 inside GB 32100)."""
    own = (identifier.scheme.value, identifier.value)
    if identifier.scheme is Scheme.USCC:
        return (own, (Scheme.ORG.value, identifier.value[_USCC_ORG]))
    return (own,)


def _order(hit: Hit) -> tuple[int, int, str]:
    return (hit.strength.rank, -hit.score, hit.key)
