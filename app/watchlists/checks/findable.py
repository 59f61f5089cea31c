"""The proof at upload: each name of a row, asked as a bank would ask it, finds that row by the matcher itself.

A listed name that nobody can hit does not exist, and nobody would notice.  Rows are asked in blocks, each in an index
of its own that decides as one of the whole file would.  Of a file of more rows than ``ASKED_MAX`` those beyond are
asked where a name is out of the ordinary, and else one in ``_ONE_IN``: a name finds its row by being equal to it, and
what may come between is a character that folding drops, of which an ordinary name has none (docs/decisions/0118).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from app.matching import Entry, Index, ListedName, NameType, SizeStep, Strength, size_step_of
from app.policy.vocabulary import EntityKind
from app.tabular.issue import Issue, refused
from app.watchlists.checks.file_rules import NumberedRow, Place
from app.watchlists.history.version import Row

ASKED_MAX: Final = 1_000
"""Rows of which every one is asked, whatever its names."""

_ONE_IN: Final = 64
_BLOCK: Final = 16
_ORDINARY: Final = re.compile("[\u4e00-\u9fff0-9A-Za-z（）]{2,60}")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_CONFIRMING: Final = (
    ("legal_name", NameType.LEGAL),
    ("other_legal_names", NameType.LEGAL),
    ("former_names", NameType.FORMER),
)
_OTHERS: Final = (("aliases", NameType.ALIAS), ("name_en", NameType.EN))
_ALIASES: Final = tuple(alias for alias, _ in (*_CONFIRMING, *_OTHERS))
PROVED: Final = frozenset(kind for _, kind in (*_CONFIRMING, *_OTHERS))
"""The types of names that are proved."""


def unfindable(rows: Sequence[NumberedRow]) -> Iterator[tuple[Place, Issue]]:
    """Give each name that does not find its own row: legal and former names as CONFIRMED, others at all.

    A natural person is never confirmed by a name, so that any strength is enough.
    """
    step = size_step_of(sum(_count(one.row) for one in rows))
    asked = [one for place, one in enumerate(rows) if place < ASKED_MAX or place % _ONE_IN == 0 or _is_odd(one.row)]
    for start in range(0, len(asked), _BLOCK):
        yield from _unfindable(asked[start : start + _BLOCK], step)


def _is_odd(row: Row) -> bool:
    """Whether a row has a name that is made of more than Han characters, digits and Latin letters."""
    return not all(is_ordinary(text) for alias in _ALIASES if alias in row for text in _texts(row[alias]))


def is_ordinary(name: str) -> bool:
    """Whether a name surely finds its own row: characters that folding keeps, Chinese ones among them."""
    return _ORDINARY.fullmatch(name) is not None and _HAN.search(name) is not None


def _count(row: Row) -> int:
    return sum(len(_texts(row[alias])) for alias in _ALIASES if alias in row)


def not_found(rows: Sequence[Row], names_total: int) -> set[tuple[int, str]]:
    """Return the names, each with the place of its row, that do not find that row in a list of so many names."""
    step = size_step_of(max(names_total, sum(map(_count, rows))))
    return {
        (start + place, name.text)
        for start in range(0, len(rows), _BLOCK)
        for place, _, name in _lost(rows[start : start + _BLOCK], step)
    }


def _unfindable(block: Sequence[NumberedRow], step: SizeStep) -> Iterator[tuple[Place, Issue]]:
    for place, alias, name in _lost([one.row for one in block], step):
        yield Place(block[place], alias, name.text), _not_found(name.text)


def _lost(rows: Sequence[Row], step: SizeStep) -> Iterator[tuple[int, str, ListedName]]:
    """Yield the names that do not find their row, with its place and the column."""
    names = [list(dict.fromkeys(name for _, name in _names(row))) for row in rows]
    index = Index.build([Entry(str(place), tuple(each)) for place, each in enumerate(names)], size_step=step)
    by_itself = index.names_found_by_themselves()
    doubtful = [
        (place, alias, name)
        for place, row in enumerate(rows)
        for alias, name in _names(row)
        if not _suffices(by_itself.get((place, names[place].index(name))), name, row)
    ]
    # A name may also be found by what is read for it, as a whole in a text, or by another name of its row.
    hits = index.search_names([name.text for *_, name in doubtful])
    strengths = tuple(Strength)
    places = zip(hits.query.tolist(), hits.entry.tolist(), strict=True)
    found = {place: strengths[rank] for place, rank in zip(places, hits.strength.tolist(), strict=True)}
    for query, (place, alias, name) in enumerate(doubtful):
        if not _suffices(found.get((query, place)), name, rows[place]):
            yield place, alias, name


def _suffices(strength: Strength | None, name: ListedName, row: Row) -> bool:
    if name.type in (NameType.LEGAL, NameType.FORMER) and not _is_person(row):
        return strength is Strength.CONFIRMED
    return strength is not None


def _names(row: Row) -> Iterator[tuple[str, ListedName]]:
    for alias, kind in (*_CONFIRMING, *_OTHERS):
        for text in _texts(row.get(alias)):
            yield alias, ListedName(text, kind)


def _texts(value: Any) -> Sequence[str]:  # noqa: ANN401 - a canonical value
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    return [one["name"] if isinstance(one, dict) else one for one in value]


def _is_person(row: Row) -> bool:
    return bool(row["entity_kind"] == EntityKind.PERSON)


def _not_found(name: str) -> Issue:
    return refused(
        "NAME_NOT_FOUND_BY_ITSELF",
        f"用“{name[:60]}”查询找不到本行，列入后无人能够命中",
        f"a search for “{name[:60]}” does not find its own row: nobody could ever hit it",
        "填写登记的全称；不是名称的内容填入各自的列 / "
        "write the full registered name; what is no name belongs in its own column",
    )
