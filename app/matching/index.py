"""The index: entries in, hits out."""

import pickle
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.identifiers import CONFIRMING, Identifier, Scheme, asked_keys, conflicts, equal_keys, listed_keys
from app.matching.model.size_step import SizeStep, size_step_of
from app.matching.model.types import (
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
from app.names.registered import same_registered

if TYPE_CHECKING:
    from app.matching.search.searcher import Found, Searcher, TextOccurrence

_T = TypeVar("_T")
_STRENGTHS: Final = (Strength.CONFIRMED, Strength.STRONG, Strength.WEAK)
_CONFIRMED, _STRONG, _WEAK = range(len(_STRENGTHS))
_SCORE_EQUAL: Final = 100
_SCORE_STANDING: Final = 95
_SCORE_PERSON: Final = 60
_PERSON_MARKS_MAX: Final = 8
"""How many spaces and dots a person's name may be written with."""
_ROLE_TEXTS: Final = {
    "legal_rep": ("法定代表人", "legal representative"),
    "actual_controller": ("实际控制人", "actual controller"),
}
_STRENGTH_TEXTS: Final = (
    ("名称相同", "Name is equal"),
    ("名称高度相似", "Name is very alike"),
    ("名称相似，待核", "Name is alike, to be checked"),
)

_NO_NUMBERS: Final[NDArray[np.uint8]] = np.zeros(0, np.uint8)
_FORM_TEXTS: Final = {
    2: ("简称，", "Short form, "),
    3: ("交易场所同类结尾，", "Ending of the same class of venues, "),
    4: ("简称，", "Short form, "),
}
"""What is said of a row that was made from a listed name, by its :class:`.index_rows.RowKind`."""


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


class _Match(NamedTuple):
    """One accepted row for one text, before it becomes a hit; of two the lesser is the better.

    ``rank`` is that of its strength; ``standing`` the folded text where a listed name is in a longer text;
    ``reading`` what was read for the text, where it was not found by itself.
    """

    rank: int
    less_score: int
    less_odds: float
    row: int
    standing: str | None = None
    reading: str | None = None


class NameMatches:
    """All rows that are accepted for some plain names: found once, they serve many searches."""

    def __init__(self, names: Sequence[str], found: "Found", score: NDArray[np.uint8], rank: NDArray[np.uint8]) -> None:
        self.found, self.score, self.rank = found, score, rank
        self.standing: dict[int, list[TextOccurrence]] = {}
        """Listed names that occur as a part in names, by the place of the name."""
        self._places = {name: place for place, name in enumerate(names)}
        is_empty = found.query.size == 0
        self._ends: list[int] | None = (
            None if is_empty else np.searchsorted(found.query, np.arange(len(names)), side="right").tolist()
        )

    def __contains__(self, name: str) -> bool:
        """Whether the name was looked at."""
        return name in self._places

    @property
    def queries(self) -> NDArray[np.int32]:
        """The places of the names for which anything is accepted, some of them repeatedly."""
        return np.append(self.found.query, np.array(list(self.standing), np.int32))

    def of(self, name: str) -> list[_Match]:
        """Return what is accepted for one of the names."""
        place = self._places[name]
        standing = [_standing_match(one) for one in self.standing.get(place, ())]
        start, end = (0, 0) if self._ends is None else (self._ends[place - 1] if place else 0, self._ends[place])
        if start == end:
            return standing
        span = slice(start, end)
        found, others = self.found, self.found.readings
        columns = (self.rank[span], self.score[span], found.odds[span], found.listed[span], found.reading[span])
        matches = [
            _Match(rank, -score, -odds, row, None, others[reading] if reading >= 0 else None)
            for rank, score, odds, row, reading in zip(*(column.tolist() for column in columns), strict=True)
        ]
        return matches + standing


class _Draft(NamedTuple):
    """A hit without its name evidence, which is dear to gather; of two the lesser comes first.

    ``key`` is the key of ``listed``, ``fields`` what its identifiers say; ``named`` is None where it was found by
    them alone, else its best match and the text that matched; ``mentioned_in`` is the free text that holds the code.
    ``person_role`` says whose name a party has that is itself not like the entity.
    """

    rank: int
    less_score: int
    key: str
    listed: Entry
    fields: tuple[FieldEvidence, ...]
    conflict: bool
    named: tuple[_Match, QueryName] | None
    person_role: str | None = None
    mentioned_in: str | None = None


class Index:
    """An immutable search structure over entries, a pure function of them.  Build it with :meth:`build`.

    It may be pickled, and searched from several threads.
    """

    def __init__(
        self,
        entries: tuple[Entry, ...],
        engine: "Searcher",
        rows: Any,  # noqa: ANN401 - see build
        size_step: SizeStep,
    ) -> None:
        self.entries = entries
        self.size_step = size_step
        self._engine = engine
        self._entry: NDArray[np.int32] = rows.entry
        self._name: NDArray[np.int16] = rows.name
        self._kind: NDArray[np.uint8] = rows.kind
        self._by_identifier: dict[tuple[str, str], tuple[int, ...]] = _by_identifier(entries)

    @classmethod
    def build(cls, entries: Sequence[Entry], *, size_step: SizeStep | None = None) -> "Index":
        """Return the index of the entries; the same entries in the same step give the same answers.

        ``size_step``: decide as for a list of that size (:mod:`.size_step`), whatever the number of entries, so
        that a few entries can be asked as if all others were there.  Left out, it follows from the entries.
        """
        # Compiled code takes a second to load, so only who builds an index pays for it.
        from app.matching.model.index_rows import RowKind, rows_of  # noqa: PLC0415
        from app.matching.search.searcher import Searcher  # noqa: PLC0415

        rows = rows_of(entries)
        step = size_step or size_step_of(sum(len(entry.names) for entry in entries))
        return cls(tuple(entries), Searcher(rows.texts, rows.kind != RowKind.STEM, step), rows, step)

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
        return self.search_many([query], limit)[0]

    def search_many(
        self, queries: Sequence[Query], limit: int = 20, known: NameMatches | None = None
    ) -> list[list[Hit]]:
        """Return for each query what :meth:`search` returns; together they take far less time than one by one.

        The names in ``known`` are not searched again.
        """
        drafts = [
            self._drafts(query, matches)[:limit]
            for query, matches in zip(queries, self._matches(queries, known), strict=True)
        ]
        told = iter(self._name_explanations([one.named for found in drafts for one in found if one.named]))
        return [[self._hit(one, next(told) if one.named else None) for one in found] for found in drafts]

    def search_names(self, names: Sequence[str]) -> NameHits:
        """Return the accepted pairs of many plain names, without explanations.

        The decisions are those of :meth:`search` for a query of that one name.
        """
        found = self.match_names(names)
        query, row, score, strength = found.found.query, found.found.listed, found.score, found.rank
        standing = [(place, one.row) for place, several in found.standing.items() for one in several]
        if standing:
            places, rows = np.array(standing, np.int32).T
            query, row = np.append(query, places), np.append(row, rows)
            score = np.append(score, np.full(len(standing), _SCORE_STANDING, np.uint8))
            strength = np.append(strength, np.full(len(standing), _STRONG, np.uint8))
        entry = self._entry[row]
        order = np.lexsort((row, -score.astype(np.int16), strength, entry, query))
        first = np.ones(order.size, np.bool_)
        first[1:] = (np.diff(query[order]) != 0) | (np.diff(entry[order]) != 0)
        order = order[first]
        return NameHits(query[order], entry[order], self._name[row[order]], score[order], strength[order])

    def names_found_by_themselves(self) -> dict[tuple[int, int], Strength]:
        """Return how strongly each listed name, asked as a bank would ask it, finds its own row.

        By the position of the entry and of the name in it.  A name that is missing may still be found otherwise,
        as a part of a text or by a reading: :meth:`search_names` tells.
        """
        from app.matching.model.index_rows import RowKind  # noqa: PLC0415 - see build

        rows = np.flatnonzero(self._kind <= RowKind.OTHER).astype(np.int32)
        texts = [self._listed(row).text for row in rows.tolist()]
        found = self._engine.own_rows(texts, rows)
        _, ranks = self._judged(found, texts)
        places = zip(self._entry[found.listed].tolist(), self._name[found.listed].tolist(), strict=True)
        return {place: _STRENGTHS[rank] for place, rank in zip(places, ranks.tolist(), strict=True)}

    def match_names(self, names: Sequence[str]) -> NameMatches:
        """Return all rows that are accepted for many plain names, for :meth:`search_many`."""
        found, standing = self._engine.met(names)
        matches = NameMatches(names, found, *self._judged(found, names))
        matches.standing.update(standing)
        return matches

    def _judged(self, found: "Found", names: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return the scores and strength ranks of accepted pairs; equal names are judged here."""
        from app.matching.comparison.calibration import SCORE_MAX, scores  # noqa: PLC0415 - see build

        if found.query.size == 0:
            return _NO_NUMBERS, _NO_NUMBERS
        score = scores(found.odds)
        ranks = np.minimum(found.rank, _WEAK).astype(np.uint8)
        for i in np.flatnonzero(found.flags):
            row = int(found.listed[i])
            confirmed = self._kind[row] == 0 and self._is_same_name(
                row, names[int(found.query[i])], int(found.flags[i])
            )
            score[i] = _SCORE_EQUAL if confirmed else SCORE_MAX
            ranks[i] = _CONFIRMED if confirmed else _STRONG
        return score, ranks

    def _is_same_name(self, row: int, given: str, flags: int) -> bool:
        """Whether an equal pair is so by folding alone, not by look-alikes of other scripts or translation.

        Nor by a character that folding writes otherwise though it is a standard one: that is another name.
        """
        from app.matching.search.rows_search import ALTERED  # noqa: PLC0415 - compiled code is loaded by build

        listed = self._listed(row).text
        if flags & ALTERED and same_name_key(fold(given)) != same_name_key(fold(listed)):
            return False
        return same_registered(given, listed)

    def _listed(self, row: int) -> ListedName:
        return self.entries[int(self._entry[row])].names[int(self._name[row])]

    def _matches(self, queries: Sequence[Query], known: NameMatches | None) -> Iterator[list[tuple[_Match, QueryName]]]:
        """Yield for each query what is accepted for its texts."""
        names = dict.fromkeys(given.text for query in queries for given in query.names if not given.free_text)
        new = self.match_names([name for name in names if known is None or name not in known])
        for query in queries:
            found = []
            for given in query.names:
                if given.free_text:
                    matches = [_standing_match(standing) for standing in self._engine.standing(given.text)]
                else:
                    matches = (new if known is None or given.text in new else known).of(given.text)
                found += [(match, given) for match in matches]
            yield found

    def _drafts(self, query: Query, matches: Iterable[tuple[_Match, QueryName]]) -> list[_Draft]:
        """Return the entities that a query may be, strongest first."""
        best: dict[int, tuple[_Match, QueryName]] = {}
        for match, given in matches:
            entry = int(self._entry[match.row])
            if entry not in best or match[:4] < best[entry][0][:4]:
                best[entry] = (match, given)
        if not (best or query.identifiers or query.mentioned or query.is_person):
            return []
        agreeing = dict(self._entries_of((code, code) for code in query.identifiers))
        mentioned = dict(self._entries_of((one[1], one) for one in query.mentioned))
        drafts = [
            self._draft(entry, best.get(entry), agreeing.get(entry), query, mentioned.get(entry))
            for entry in best.keys() | agreeing.keys() | mentioned.keys()
        ]
        if query.is_person:
            found = best.keys() | agreeing.keys() | mentioned.keys()
            drafts += [
                self._person_draft(entry, query) for entry in self._entries_of_person(query) if entry not in found
            ]
        # The key is unique, so no comparison goes further.
        return sorted(drafts)

    def _entries_of(self, codes: Iterable[tuple[Identifier, _T]]) -> Iterator[tuple[int, _T]]:
        """Yield the entries that codes meet, each with what was given beside its code; what confirms comes last."""
        met = [
            (code.scheme in CONFIRMING, place < len(equal_keys(code)), entry, beside)
            for code, beside in codes
            for place, key in enumerate(asked_keys(code))
            for entry in self._by_identifier.get(key, ())
        ]
        # So that it is not hidden by an equal telephone number, or by a host below a listed one.
        for *_, entry, beside in sorted(met, key=lambda one: one[:2]):
            yield entry, beside

    @cached_property
    def _by_person(self) -> Mapping[str, tuple[int, ...]]:
        """The entries behind which a person of a name is, by the folded name."""
        found: dict[str, list[int]] = defaultdict(list)
        for position, entry in enumerate(self.entries):
            for name in {fold(person.name) for person in entry.people}:
                found[name].append(position)
        return {name: tuple(positions) for name, positions in found.items()}

    def names_of_people(self, names: Sequence[str]) -> list[int]:
        """Return the places of those names that a person behind a listed entity has."""
        if not self._by_person:
            return []
        longest = max(map(len, self._by_person)) + _PERSON_MARKS_MAX
        return [i for i, name in enumerate(names) if len(name) <= longest and fold(name) in self._by_person]

    def _entries_of_person(self, query: Query) -> tuple[int, ...]:
        own = next((given.text for given in query.names if given.field == "name"), "")
        return self._by_person.get(fold(own), ())

    def _person_draft(self, entry: int, query: Query) -> _Draft:
        """Return the draft of a party that has the name of a person behind an entry: a weak sign, no likeness."""
        listed = self.entries[entry]
        own = next(given.text for given in query.names if given.field == "name")
        person = next(one for one in listed.people if fold(one.name) == fold(own))
        zh, en = _ROLE_TEXTS[person.role]
        told = FieldEvidence(person.role, person.name, own, True, f"与其{zh}同名", f"has the name of its {en}")
        return _Draft(_WEAK, -_SCORE_PERSON, listed.key, listed, (told,), False, None, person.role)

    def _draft(
        self,
        entry: int,
        named: tuple[_Match, QueryName] | None,
        agreeing: Identifier | None,
        query: Query,
        mentioned: tuple[str, Identifier] | None,
    ) -> _Draft:
        listed = self.entries[entry]
        confirms = agreeing is not None and agreeing.scheme in CONFIRMING and _is_equal(agreeing, listed)
        if agreeing and (confirms or named is None or named[0].rank == _WEAK):
            told = _agreement(agreeing, listed)
            rank, score = (_CONFIRMED, _SCORE_EQUAL) if confirms else (_STRONG, _SCORE_STANDING)
            return _Draft(rank, -score, listed.key, listed, (told,), False, named)
        if mentioned and (named is None or named[0].rank == _WEAK):
            told = _agreement(mentioned[1], listed)
            return _Draft(
                _STRONG, -_SCORE_STANDING, listed.key, listed, (told,), False, named, mentioned_in=mentioned[0]
            )
        assert named is not None  # noqa: S101 - an entry is here by identifier or by name
        conflicts = _conflicts(listed, query)
        rank = _STRONG if conflicts and named[0].rank == _CONFIRMED else named[0].rank
        return _Draft(rank, named[0].less_score, listed.key, listed, conflicts, bool(conflicts), named)

    def _hit(self, draft: _Draft, told: Explanation | None) -> Hit:
        """Return the hit of a draft with its name evidence."""
        told = told or Explanation("", "")
        fields = draft.fields
        return Hit(
            draft.key,
            _STRENGTHS[draft.rank],
            -draft.less_score,
            self._listed(draft.named[0].row) if draft.named else draft.listed.names[0],
            _place(draft),
            Explanation(
                "；".join(filter(None, (*(field.text_zh for field in fields), told.summary_zh))),
                "; ".join(filter(None, (*(field.text_en for field in fields), told.summary_en))),
                fields,
                told.name_parts,
                told.differences,
            ),
            draft.conflict,
            draft.named is not None and draft.named[0].standing is not None,
            draft.person_role,
        )

    def _name_explanations(self, named: Sequence[tuple[_Match, QueryName]]) -> list[Explanation]:
        """Return the explanation of each match, all of them aligned at once."""
        if not named:
            return []
        from app.matching.comparison.explain import explain_pair  # noqa: PLC0415 - compiled code is loaded by build

        places: dict[str, int] = {}
        pairs = [
            (places.setdefault(match.reading or given.text, len(places)), match.row)
            for match, given in named
            if match.standing is None
        ]
        aligned = iter(self._engine.aligned(list(places), pairs) if pairs else ())
        return [
            self._standing_explanation(match.row, match.standing)
            if match.standing is not None
            else explain_pair(next(aligned), *self._strength_texts(match))
            for match, _ in named
        ]

    def _standing_explanation(self, row: int, standing: str) -> Explanation:
        part = PartEvidence(
            "name", self._listed(row).text, standing, "standing", "文本中整体出现", "stands in the text"
        )
        zh, en = f"文本中出现名单名称「{standing}」", f"The text holds the listed name {standing}"
        return Explanation(zh, en, (), (part,))

    def _strength_texts(self, match: _Match) -> tuple[str, str]:
        zh, en = _STRENGTH_TEXTS[match.rank]
        form_zh, form_en = _FORM_TEXTS.get(int(self._kind[match.row]), ("", ""))
        if match.reading is not None:
            form_zh, form_en = f"其中「{match.reading}」，{form_zh}", f"{match.reading} in it: {form_en}"
        return f"{form_zh}{zh}", f"{form_en}{en}"


def _standing_match(standing: "TextOccurrence") -> _Match:
    return _Match(_STRONG, -_SCORE_STANDING, 0.0, standing.row, standing.text)


def _place(draft: _Draft) -> str:
    """Return the field of the counterparty by which an entity was found."""
    if draft.mentioned_in is not None:
        return draft.mentioned_in
    if draft.named:
        return draft.named[1].field
    return "name" if draft.person_role else "identifiers"


def _by_identifier(entries: Sequence[Entry]) -> dict[tuple[str, str], tuple[int, ...]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, entry in enumerate(entries):
        for key in {key for identifier in entry.identifiers for key in listed_keys(identifier)}:
            found[key].append(position)
    return {key: tuple(positions) for key, positions in found.items()}


def _is_equal(given: Identifier, listed: Entry) -> bool:
    own = set(equal_keys(given))
    return any(not own.isdisjoint(equal_keys(other)) for other in listed.identifiers)


def _agreement(given: Identifier, listed: Entry) -> FieldEvidence:
    own, scheme = set(asked_keys(given)), given.scheme.value
    met = [other for other in listed.identifiers if not own.isdisjoint(listed_keys(other))]
    other = next((one for one in met if not own.isdisjoint(equal_keys(one))), met[0])
    if other.scheme is not given.scheme and not _is_equal(given, listed):
        told = f"与名单的 {other.scheme.value} 相同（写作 {scheme}）", f"equals the listed {other.scheme.value}"
    elif other.value == given.value:
        told = f"{scheme} 相同", f"{scheme} is equal"
    elif given.scheme is not Scheme.DOMAIN:
        told = "组织机构代码相同", "organisation code is equal"
    elif given.value.endswith(f".{other.value}"):
        told = "网址是名单网址的下级域名", "the host is below the listed domain"
    else:
        told = "与名单网址为同一网站（如手机版）", "the same site as the listed one, for another device"
    return FieldEvidence(scheme, other.value, given.value, True, *told)


def _conflicts(listed: Entry, query: Query) -> tuple[FieldEvidence, ...]:
    """Return what contradicts: a code of the query that no code of the entry agrees with and one conflicts with."""
    found = []
    for given in query.identifiers:
        against = [other for other in listed.identifiers if conflicts(other, given)]
        if against and not _is_equal(given, listed):
            name = given.scheme.value
            found.append(FieldEvidence(name, against[0].value, given.value, False, f"{name} 不同", f"{name} differs"))
    return tuple(found)
