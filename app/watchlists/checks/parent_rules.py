"""Whose member, agent or branch a row says that its entity is: a parent that nobody finds passes no outcome on.

What a row says of its venue is looked for in the list and in the file, by the same rules by which it is linked later
(:mod:`app.watchlists.history.parent_links`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.identifiers import Scheme
from app.names.fold import fold
from app.names.legal_forms import split_legal_form
from app.policy.vocabulary import Category
from app.tabular.issue import Issue, doubtful, refused
from app.watchlists.checks.file_rules import NumberedRow, Place
from app.watchlists.checks.release_rules import same_code
from app.watchlists.history.list_state import ListState, names_of
from app.watchlists.layout.cell_items import parent_names
from app.watchlists.layout.columns import PARENT_COLUMNS
from app.watchlists.layout.published import name_key

_SHOWN_MAX: Final = 3


@dataclass(slots=True)
class _Venues:
    """The entities of the list and of the file, by what a row may call them."""

    names: dict[str, str] = field(default_factory=dict)
    by_name: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    by_short: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    by_code: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, external_id: str, cells: Mapping[str, Any]) -> None:
        """Take in an entity as some cells tell it."""
        if "legal_name" in cells:
            self.names[external_id] = cells["legal_name"]
        aliases = set(cells.get("aliases", ()))
        for name in names_of(cells):
            if name not in aliases:
                self.by_name[name_key(name)][external_id] = None
            self.by_short[_short(name)][external_id] = None
        if "uscc" in cells:
            self.by_code[cells["uscc"]][external_id] = None


def parents(rows: Sequence[NumberedRow], state: ListState) -> Iterator[tuple[Place, Issue]]:
    """Give what speaks against the parents that rows state; ``state`` is what the list said before."""
    stating = [one for one in rows if not PARENT_COLUMNS.isdisjoint(one.row)]
    if not stating:
        return
    venues = _Venues()
    for external_id, entity in state.items():
        venues.add(external_id, entity.cells)
    for one in rows:
        venues.add(one.row["external_id"], one.row)
    edges = {external_id: _found(entity.cells, external_id, venues) for external_id, entity in state.items()}
    edges |= {one.row["external_id"]: _found(one.row, one.row["external_id"], venues) for one in stating}
    cyclic = _cyclic(edges)
    for one in stating:
        if one.row["external_id"] in cyclic:
            alias = next(alias for alias in _ORDER if alias in one.row)
            yield Place(one, alias, str(one.row[alias])), _CYCLE
        else:
            yield from _parent(one, venues)


_ORDER: Final = ("parent_external_id", "parent_name", "parent_uscc")


def _short(name: str) -> str:
    return split_legal_form(fold(name))[0]


def _found(cells: Mapping[str, Any], own: str, venues: _Venues) -> set[str]:
    """Return the entities that cells name as parents, but for the entity itself."""
    found = set(venues.by_code.get(cells.get("parent_uscc", ""), ()))
    for name in parent_names(cells.get("parent_name")):
        found.update(venues.by_name.get(name_key(name), ()))
    if cells.get("parent_external_id") in venues.names:
        found.add(cells["parent_external_id"])
    return found - {own}


def _cyclic(edges: Mapping[str, set[str]]) -> set[str]:
    """Return the entities that are on a cycle of parents, or between two; linear in the edges."""
    return set(_peeled(_reversed(_peeled(edges))))


def _peeled(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return what is left of a graph once nodes from which nothing leads on are taken away, again and again."""
    left = {node: set(others) for node, others in graph.items() if others}
    before = _reversed(left)
    ends = [node for node in before if node not in left]
    while ends:
        node = ends.pop()
        for other in before.pop(node, ()):
            left[other].discard(node)
            if not left[other]:
                del left[other]
                ends.append(other)
    return left


def _reversed(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for node, others in graph.items():
        for other in others:
            found[other].add(node)
    return dict(found)


def _parent(one: NumberedRow, venues: _Venues) -> Iterator[tuple[Place, Issue]]:
    row, own = one.row, one.row["external_id"]
    number, code, text = row.get("parent_external_id"), row.get("parent_uscc"), row.get("parent_name")
    if number == own:
        return  # a fault of its own
    if number is not None and number not in venues.names:
        yield Place(one, "parent_external_id", number), _NUMBER_UNKNOWN
    # An entity with a listing of its own is decided by that; one without has its parent alone.
    is_all = row["category"] == Category.RELATED
    settled: set[str] = {str(number)} & venues.names.keys() | set(venues.by_code.get(code or "", ()))
    for name in parent_names(text):
        place = Place(one, "parent_name", name)
        named = set(venues.by_name.get(name_key(name), ()))
        if named and named <= {own}:
            yield place, _SELF
        elif settled and named and not named & settled and not _has_other_code(named, code, venues):
            yield place, _conflict(name, min(settled), min(named), venues)
        elif not settled and not named and (issue := _unknown_name(name, venues, own, is_all=is_all)):
            yield place, issue
    if is_all and text is None and number is None and not settled:
        yield Place(one, "parent_uscc", code), _CODE_UNKNOWN


def _has_other_code(named: set[str], code: str | None, venues: _Venues) -> bool:
    """Whether the venues of a name have codes, of which none is the one that is stated: the name is another's."""
    codes = {known for known, ids in venues.by_code.items() if named & ids.keys()} if code else set()
    return bool(code and codes) and not any(same_code(Scheme.USCC, code or "", known) for known in codes)


def _unknown_name(name: str, venues: _Venues, own: str, *, is_all: bool) -> Issue | None:
    near = [one for one in venues.by_short.get(_short(name), ()) if one != own] or (
        [name] if name in venues.names else []
    )
    if near:
        shown = "、".join(f"“{venues.names[one]}”（{one}）" for one in near[:_SHOWN_MAX])
        return refused(
            "PARENT_NAME_INEXACT",
            f"“{name}”不是所属场所的登记全称，照此承接不到任何场所的结论",
            f"“{name}” is not the full registered name of the venue: the row would inherit from nobody",
            f"是否应为{shown}？写登记全称，或另填其编号或信用代码 / perhaps {shown}: write the full name or the number",
        )
    if not is_all:
        return None
    return doubtful(
        "PARENT_UNKNOWN",
        f"本名单中没有“{name}”，本行在本名单中承接不到任何场所的结论",
        f"the list has no “{name}”: the row inherits from nobody on this list",
        "核对全称；场所在其他名单中的，须与那里的登记全称一致 / "
        "check the name; where the venue is on another list, it must be its full name there",
    )


def _conflict(name: str, settled: str, named: str, venues: _Venues) -> Issue:
    return refused(
        "PARENT_CONFLICT",
        f"所属场所的编号或代码是 {settled}“{venues.names[settled]}”的，名称“{name}”却是 {named} 的",
        f"number or code are those of {settled} (“{venues.names[settled]}”), the name “{name}” is that of {named}",
        "核对是否错行，只写一个场所 / check whether they are of one row, and write one venue",
    )


_CYCLE: Final = refused(
    "PARENT_CYCLE", "所属关系成环", "the parents form a cycle", "改正所属交易场所 / correct the parent venue"
)
_SELF: Final = refused(
    "PARENT_IS_SELF",
    "所属交易场所不能是自己",
    "an entity cannot be its own parent",
    "改正所属交易场所 / correct the parent venue",
)
_NUMBER_UNKNOWN: Final = doubtful(
    "PARENT_UNKNOWN",
    "本名单中没有该所属交易场所编号",
    "the list has no entity of this id",
    "核对编号；场所在其他名单中的，另填其名称或信用代码 / "
    "check the number; where the venue is on another list, give its name or code too",
)
_CODE_UNKNOWN: Final = doubtful(
    "PARENT_UNKNOWN",
    "本名单中没有该所属交易场所信用代码，本行在本名单中承接不到任何场所的结论",
    "the list has no entity of this code: the row inherits from nobody on this list",
    "核对代码；场所在其他名单中的，另填其名称 / check the code; where the venue is on another list, give its name too",
)
