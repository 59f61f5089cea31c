"""The proof at upload: each name of a row, asked as a bank would ask it, finds that row by the matcher itself.

A listed name that nobody can hit does not exist, and nobody would notice.  Rows are asked in blocks, each in an index
of its own that decides as one of the whole file would, so that a large file takes seconds.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from app.matching import Entry, Index, ListedName, NameType, Strength, size_step_of
from app.policy.vocabulary import EntityKind
from app.tabular.issue import Issue, refused
from app.watchlists.checks.file_rules import NumberedRow, Place
from app.watchlists.history.version import Row

_BLOCK: Final = 256
_CONFIRMING: Final = (
    ("legal_name", NameType.LEGAL),
    ("other_legal_names", NameType.LEGAL),
    ("former_names", NameType.FORMER),
)
_OTHERS: Final = (("aliases", NameType.ALIAS), ("name_en", NameType.EN))
_CONFIRMED_RANK: Final = Strength.CONFIRMED.rank


def unfindable(rows: Sequence[NumberedRow]) -> Iterator[tuple[Place, Issue]]:
    """Give each name that does not find its own row: legal and former names as CONFIRMED, others at all.

    A natural person is never confirmed by a name, so that any strength is enough.
    """
    step = size_step_of(sum(sum(1 for _ in _names(one.row)) for one in rows))
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        asked = [(place, alias, name) for place, one in enumerate(block) for alias, name in _names(one.row)]
        entries = [
            Entry(str(place), tuple(dict.fromkeys(ListedName(name.text, name.type) for _, name in _names(one.row))))
            for place, one in enumerate(block)
        ]
        hits = Index.build(entries, size_step=step).search_names([name.text for *_, name in asked])
        found = {
            (query, entry): strength
            for query, entry, strength in zip(
                hits.query.tolist(), hits.entry.tolist(), hits.strength.tolist(), strict=True
            )
        }
        for query, (place, alias, name) in enumerate(asked):
            strength = found.get((query, place))
            may_be_weaker = name.type not in (NameType.LEGAL, NameType.FORMER) or _is_person(block[place].row)
            if strength is None or (strength != _CONFIRMED_RANK and not may_be_weaker):
                yield Place(block[place], alias, name.text), _not_found(name.text)


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
        "填写登记的全称；不是名称的内容填入各自的列",
    )
