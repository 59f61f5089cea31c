"""A number is its entity's for good: one that is given to another firm would hand over the whole history of the first.

Offices sort their lists anew and number them again from 001, or give a free number to a new firm.  The history of a
number (整改, 规范, 关闭) would then be told of a firm that it is not about, and nobody would notice.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.identifiers import Scheme
from app.policy.vocabulary import Action
from app.tabular.issue import Issue, doubtful, refused
from app.watchlists.checks.file_rules import NumberedRow, Place
from app.watchlists.checks.release_rules import RELEASES, same_code
from app.watchlists.history.list_state import EntityState, ListState, names_of
from app.watchlists.layout.published import name_key

_BORNE: Final = ("other_legal_names", "former_names")


def numbers_given_away(rows: Sequence[NumberedRow], state: ListState) -> Iterator[tuple[Place, Issue]]:
    """Give what speaks against a row being about the entity that its number had before.

    An UPDATE is there to change names and codes.  The name of a release is checked where its row is; here, whether
    another entity of the list is named beside it.
    """
    suspects = [
        (one, known)
        for one in rows
        if one.row["action"] != Action.UPDATE
        and (known := state.get(one.row["external_id"])) is not None
        and not _is_same(one, known)
    ]
    owners = _owners(state) if suspects else {}
    for one, known in suspects:
        yield from (_named_beside if one.row["action"] in RELEASES else _given_away)(one, known, owners)


def _is_same(one: NumberedRow, known: EntityState) -> bool:
    is_one_code = one.row.get("uscc") in (None, known.cells.get("uscc"))
    return is_one_code and (one.row["legal_name"] == known.cells["legal_name"] and names_of(one.row) <= known.names)


def _named_beside(one: NumberedRow, known: EntityState, owners: Mapping[str, str]) -> Iterator[tuple[Place, Issue]]:
    own = {name_key(text) for text in known.names} | {name_key(one.row["legal_name"])}
    for name in sorted(names_of(one.row)):
        owner = owners.get(name_key(name))
        if owner not in (None, one.row["external_id"]) and name_key(name) not in own:
            yield Place(one, "legal_name", name), _also_named(one.row["external_id"], name, str(owner))


def _owners(state: ListState) -> dict[str, str]:
    """Return the entity that bears each legal or former name; of several the first."""
    owners: dict[str, str] = {}
    for external_id, entity in state.items():
        names = [entity.cells["legal_name"]]
        for alias in _BORNE:
            names += [one["name"] if isinstance(one, dict) else one for one in entity.cells.get(alias, ())]
        for name in names:
            owners.setdefault(name_key(name), external_id)
    return owners


def _given_away(one: NumberedRow, known: EntityState, owners: Mapping[str, str]) -> Iterator[tuple[Place, Issue]]:
    number, name, before = one.row["external_id"], one.row["legal_name"], known.cells["legal_name"]
    key = name_key(name)
    code, code_before = one.row.get("uscc"), known.cells.get("uscc")
    has_other_code = bool(code and code_before and not same_code(Scheme.USCC, code, code_before))
    if key in {name_key(text) for text in known.names}:
        if has_other_code:
            yield Place(one, "uscc", code), _code_changed(number, str(code_before), str(code))
        return
    place = Place(one, "legal_name", name)
    owner = owners.get(key)
    if owner is not None and owner != number:
        yield place, _of_another(number, before, name, owner)
    elif has_other_code:
        yield place, _reused(number, before, name)
    else:
        yield place, _renamed(number, before, name)


def _of_another(number: str, before: str, name: str, owner: str) -> Issue:
    return refused(
        "ID_OF_OTHER_ENTITY",
        f"编号 {number} 在名单中是“{before}”，本行写的“{name}”在名单中是 {owner}：编号多半重新编排过",
        f"the list knows {number} as “{before}”, and “{name}” of this row as {owner}: the list was numbered anew",
        f"沿用原编号 {owner}；编号一经使用不再另给 / keep the number {owner}; a number is given to one entity alone",
    )


def _also_named(number: str, name: str, owner: str) -> Issue:
    return refused(
        "OTHER_ENTITY_NAMED",
        f"本行解除的是主体 {number}，却还写着“{name}”，它在名单中是另一主体 {owner}",
        f"the row releases {number} and also names “{name}”, which is the entity {owner} of the list",
        "每个主体单列一行 / write one row for each entity",
    )


def _reused(number: str, before: str, name: str) -> Issue:
    return refused(
        "ID_OF_OTHER_ENTITY",
        f"编号 {number} 在名单中是“{before}”，本行的名称“{name}”和信用代码都与之不同：编号给了另一主体",
        f"the list knows {number} as “{before}”; the name “{name}” and the code of this row are both others",
        "另一主体使用新编号；确为更名换码的，用“变更”UPDATE 报送 / "
        "give another entity a new number; report a new name and code of the same one by UPDATE",
    )


def _renamed(number: str, before: str, name: str) -> Issue:
    return doubtful(
        "NAME_CHANGED",
        f"编号 {number} 在名单中是“{before}”，本行写“{name}”：按更名读取，原名称继续有效",
        f"the list knows {number} as “{before}”, this row says “{name}”: read as a new name, the old one stays",
        "如为另一主体，使用新编号 / where it is another entity, give it a new number",
    )


def _code_changed(number: str, before: str, code: str) -> Issue:
    return doubtful(
        "CODE_CHANGED",
        f"编号 {number} 在名单中的信用代码是 {before}，本行写 {code}：按更正读取，不再按原代码匹配",
        f"the list knows {number} by the code {before}, this row says {code}: read as a correction",
        "核对代码与名称是否错行 / check whether code and name are of one row",
    )
