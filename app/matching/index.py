"""The index: entries in, hits out."""

import pickle
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from app.identifiers import CONFIRMING, Identifier, comparable, conflicts
from app.matching.entry import (
    Entry,
    Explanation,
    FieldEvidence,
    Hit,
    ListedName,
    PartEvidence,
    Query,
    QueryName,
    Strength,
)
from app.names.fold import fold
from app.names.legal_forms import same_name_key

if TYPE_CHECKING:
    from app.matching.engine import Engine
    from app.matching.search import Pairs

_STRENGTHS: Final = (Strength.CONFIRMED, Strength.STRONG, Strength.WEAK)
_NAME_CHARACTERS_MAX: Final = 160
_SCORE_EQUAL: Final = 100
_SCORE_STANDING: Final = 95
_STRENGTH_TEXTS: Final = {
    Strength.CONFIRMED: ("名称相同", "Name is equal"),
    Strength.STRONG: ("名称高度相似", "Name is very alike"),
    Strength.WEAK: ("名称相似，待核", "Name is alike, to be checked"),
}


@dataclass(frozen=True, slots=True)
class NameHits:
    """Accepted pairs of a batch: parallel arrays, ordered by query, each entry once a query.

    ``query``: row in the given names; ``entry``: position in :attr:`Index.entries`; ``name``: position in
    that entry's names; ``score`` 0-100; ``strength``: rank (0 CONFIRMED, 1 STRONG, 2 WEAK).
    """

    query: NDArray[np.int32]
    entry: NDArray[np.int32]
    name: NDArray[np.int16]
    score: NDArray[np.uint8]
    strength: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Match:
    """One accepted row for one text, before it becomes a hit."""

    row: int
    score: int
    strength: Strength
    odds: float
    standing: str | None = None


class Index:
    """An immutable search structure over entries, a pure function of them.  Build it with :meth:`build`.

    It may be pickled, and searched from several threads.
    """

    def __init__(self, entries: tuple[Entry, ...], engine: "Engine", rows: Any) -> None:  # noqa: ANN401 - see build
        self.entries = entries
        self._engine = engine
        self._entry: NDArray[np.int32] = rows.entry
        self._name: NDArray[np.int16] = rows.name
        self._kind: NDArray[np.uint8] = rows.kind
        self._by_identifier: dict[tuple[str, str], tuple[int, ...]] = _by_identifier(entries)

    @classmethod
    def build(cls, entries: Sequence[Entry]) -> "Index":
        """Return the index of the entries; the same entries give the same answers."""
        # Compiled code takes a second to load, so only who builds an index pays for it.
        from app.matching.engine import Engine  # noqa: PLC0415
        from app.matching.rows import rows_of  # noqa: PLC0415

        rows = rows_of(entries)
        return cls(tuple(entries), Engine(rows.texts), rows)

    def to_bytes(self) -> bytes:
        """Return the index as bytes, for a worker process on any machine with the same program."""
        return pickle.dumps(self, protocol=pickle.HIGHEST_PROTOCOL)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Index":
        """Return the index of bytes that :meth:`to_bytes` made.  Only ever from a trusted place: it is a pickle."""
        found = pickle.loads(data)  # noqa: S301 - written by our own job, never by a caller
        if not isinstance(found, cls):
            raise TypeError("the bytes hold no index")
        return found

    def search(self, query: Query, limit: int = 20) -> list[Hit]:
        """Return the entities that the counterparty may be: each once, at its best, strongest first.

        Identifiers and names are looked up together.  An equal identifier of a confirming scheme makes a hit
        CONFIRMED whatever the name, of a supporting one STRONG at least; a contradicting one keeps an equal
        name from being CONFIRMED.
        """
        best: dict[int, tuple[_Match, QueryName]] = {}
        for given in query.names:
            for match in self._matches(given):
                entry = int(self._entry[match.row])
                if entry not in best or _match_order(match) < _match_order(best[entry][0]):
                    best[entry] = (match, given)
        # What confirms comes last, so that it is not hidden by an equal telephone number.
        given_codes = sorted(query.identifiers, key=lambda identifier: identifier.scheme in CONFIRMING)
        agreeing = {
            entry: identifier
            for identifier in given_codes
            for key in identifier_keys(identifier)
            for entry in self._by_identifier.get(key, ())
        }
        ranked = sorted(
            (
                self._draft(entry, best.get(entry), agreeing.get(entry), query)
                for entry in best.keys() | agreeing.keys()
            ),
            key=lambda found: _hit_order(found[0]),
        )
        return [self._explained(hit, match) for hit, match in ranked[:limit]]

    def search_names(self, names: Sequence[str]) -> NameHits:
        """Return the accepted pairs of many plain names, without explanations.

        The decisions are those of :meth:`search` for a query of that one name.
        """
        found = self._engine.pairs(names)
        score, strength = self._judged(found, names)
        query, row = found.query, found.listed
        long = [q for q, name in enumerate(names) if len(name) > _NAME_CHARACTERS_MAX]
        if long:
            standing = [(q, s) for q in long for s in self._engine.standing(names[q])]
            query = np.append(query, np.array([q for q, _ in standing], np.int32))
            row = np.append(row, np.array([s.row for _, s in standing], np.int32))
            score = np.append(score, np.full(len(standing), _SCORE_STANDING, np.uint8))
            strength = np.append(strength, np.full(len(standing), Strength.STRONG.rank, np.uint8))
        entry = self._entry[row]
        order = np.lexsort((row, -score.astype(np.int16), strength, entry, query))
        first = np.ones(order.size, np.bool_)
        first[1:] = (np.diff(query[order]) != 0) | (np.diff(entry[order]) != 0)
        order = order[first]
        return NameHits(query[order], entry[order], self._name[row[order]], score[order], strength[order])

    def _judged(self, found: "Pairs", names: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return the scores and strength ranks of accepted pairs; equal names are judged here."""
        from app.matching.decide import score  # noqa: PLC0415 - compiled code is loaded by build

        scores = np.array([score(float(odds)) for odds in found.odds], np.uint8)
        ranks = np.minimum(found.rank, Strength.WEAK.rank).astype(np.uint8)
        for i in np.flatnonzero(found.flags):
            row = int(found.listed[i])
            scores[i] = _SCORE_EQUAL
            confirmed = self._kind[row] == 0 and self._is_same_name(
                row, names[int(found.query[i])], int(found.flags[i])
            )
            ranks[i] = Strength.CONFIRMED.rank if confirmed else Strength.STRONG.rank
        return scores, ranks

    def _is_same_name(self, row: int, given: str, flags: int) -> bool:
        """Whether an equal pair is so by folding alone, not by look-alikes of other scripts or translation."""
        from app.matching.search import ALTERED  # noqa: PLC0415 - compiled code is loaded by build

        if not flags & ALTERED:
            return True
        return same_name_key(fold(given)) == same_name_key(fold(self._listed(row).text))

    def _listed(self, row: int) -> ListedName:
        return self.entries[int(self._entry[row])].names[int(self._name[row])]

    def _matches(self, given: QueryName) -> Iterator[_Match]:
        if not given.free_text:
            found = self._engine.pairs([given.text])
            scores, ranks = self._judged(found, [given.text])
            for i in range(scores.size):
                yield _Match(int(found.listed[i]), int(scores[i]), _STRENGTHS[ranks[i]], float(found.odds[i]))
        if given.free_text or len(given.text) > _NAME_CHARACTERS_MAX:
            for standing in self._engine.standing(given.text):
                yield _Match(standing.row, _SCORE_STANDING, Strength.STRONG, 0.0, standing.text)

    def _draft(
        self, entry: int, named: tuple[_Match, QueryName] | None, agreeing: Identifier | None, query: Query
    ) -> tuple[Hit, tuple[_Match, QueryName] | None]:
        """Return the hit of an entry without its name evidence yet, which is dear to gather."""
        listed = self.entries[entry]
        if agreeing and (agreeing.scheme in CONFIRMING or named is None or named[0].strength is Strength.WEAK):
            name = self._listed(named[0].row) if named else listed.names[0]
            field = named[1].field if named else "identifiers"
            told = _agreement(agreeing, listed)
            confirms = agreeing.scheme in CONFIRMING
            hit = Hit(
                listed.key,
                Strength.CONFIRMED if confirms else Strength.STRONG,
                _SCORE_EQUAL if confirms else _SCORE_STANDING,
                name,
                field,
                Explanation(told.text_zh, told.text_en, (told,)),
            )
            return hit, named
        assert named is not None  # noqa: S101 - an entry is here by identifier or by name
        match, given = named
        conflicts = _conflicts(listed, query)
        conflict = bool(conflicts) and match.strength is Strength.CONFIRMED
        strength = Strength.STRONG if conflict else match.strength
        hit = Hit(
            listed.key,
            strength,
            match.score,
            self._listed(match.row),
            given.field,
            Explanation("", "", conflicts),
            bool(conflicts),
        )
        return hit, named

    def _explained(self, hit: Hit, named: tuple[_Match, QueryName] | None) -> Hit:
        """Return the hit with its name evidence."""
        if named is None:
            return hit
        match, given = named
        fields = hit.explanation.fields
        told = self._name_explanation(match, given)
        zh = "；".join([*(field.text_zh for field in fields), told.summary_zh])
        en = "; ".join([*(field.text_en for field in fields), told.summary_en])
        return replace(hit, explanation=replace(told, summary_zh=zh, summary_en=en, fields=fields))

    def _name_explanation(self, match: _Match, given: QueryName) -> Explanation:
        from app.matching.explain import explain_pair  # noqa: PLC0415 - compiled code is loaded by build

        if match.standing is not None:
            part = PartEvidence(
                "name", self._listed(match.row).text, match.standing, "standing", "文本中整体出现", "stands in the text"
            )
            zh, en = f"文本中出现名单名称「{match.standing}」", f"The text holds the listed name {match.standing}"
            return Explanation(zh, en, (), (part,))
        zh, en = _STRENGTH_TEXTS[match.strength]
        if self._kind[match.row] == 2:  # noqa: PLR2004 - RowKind.SHORT_FORM
            zh, en = f"简称，{zh}", f"Short form, {en}"
        return explain_pair(self._engine.aligned(given.text, match.row), zh, en)


def identifier_keys(identifier: Identifier) -> tuple[tuple[str, str], ...]:
    """Return the keys under which an identifier equals another: itself, and what it contains (GB 11714 in a USCC)."""
    return tuple((part.scheme.value, part.value) for part in comparable(identifier))


def _by_identifier(entries: Sequence[Entry]) -> dict[tuple[str, str], tuple[int, ...]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, entry in enumerate(entries):
        for key in {key for identifier in entry.identifiers for key in identifier_keys(identifier)}:
            found[key].append(position)
    return {key: tuple(positions) for key, positions in found.items()}


def _agreement(given: Identifier, listed: Entry) -> FieldEvidence:
    keys = set(identifier_keys(given))
    other = next(other for other in listed.identifiers if keys & set(identifier_keys(other)))
    scheme = given.scheme.value
    if other.value == given.value:
        return FieldEvidence(scheme, other.value, given.value, True, f"{scheme} 相同", f"{scheme} is equal")
    return FieldEvidence(scheme, other.value, given.value, True, "组织机构代码相同", "organisation code is equal")


def _conflicts(listed: Entry, query: Query) -> tuple[FieldEvidence, ...]:
    """Return what contradicts: a code of the query that no code of the entry agrees with and one conflicts with."""
    found = []
    for given in query.identifiers:
        against = [other for other in listed.identifiers if conflicts(other, given)]
        keys = set(identifier_keys(given))
        if against and not any(keys & set(identifier_keys(other)) for other in listed.identifiers):
            name = given.scheme.value
            found.append(FieldEvidence(name, against[0].value, given.value, False, f"{name} 不同", f"{name} differs"))
    return tuple(found)


def _match_order(match: _Match) -> tuple[int, int, float, int]:
    return (match.strength.rank, -match.score, -match.odds, match.row)


def _hit_order(hit: Hit) -> tuple[int, int, str]:
    return (hit.strength.rank, -hit.score, hit.key)
