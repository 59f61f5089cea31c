"""Whose branch, member or agent an entity is: the stated parents of all lists of a snapshot, found once.

A parent is found by its id in the same list, by its code, and by its name; together they may be several entities,
as one venue on two lists is two entities, and the most severe decides.  A name alone does not join a venue whose
code contradicts.  An id is looked for in other lists only where nothing else is found.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.identifiers import Scheme
from app.names.fold import fold as fold_name
from app.policy.model import Dossier, Relation
from app.watchlists.layout.cell_items import parent_names

_NAMES_OF_LAW: Final = frozenset({"LEGAL", "FORMER"})


@dataclass(slots=True)
class _Register:
    """Entity ids by what a row may call them; only what some row asks for is entered."""

    by_key: dict[tuple[str, str], str] = field(default_factory=dict)
    by_external_id: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_uscc: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_name: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def link(dossiers: Mapping[str, Dossier]) -> dict[str, Dossier]:
    """Return the dossiers of all lists of a snapshot with the parents of their relations found."""
    children = [dossier for dossier in dossiers.values() if dossier.relations]
    register = _registered(dossiers.values(), [relation for child in children for relation in child.relations])
    linked = dict(dossiers)
    for child in children:
        relations = tuple(
            replace(relation, parent_ids=_parents(child, relation, register, dossiers)) for relation in child.relations
        )
        linked[child.entity_id] = replace(child, relations=relations)
    return linked


def _registered(dossiers: Iterable[Dossier], relations: Iterable[Relation]) -> _Register:
    relations = tuple(relations)
    external_ids = {relation.parent_external_id for relation in relations}
    names = {_comparable(name) for relation in relations for name in parent_names(relation.parent_name)}
    register = _Register()
    if not relations:
        return register
    for dossier in dossiers:
        if dossier.external_id in external_ids:
            register.by_key[dossier.list_code, dossier.external_id] = dossier.entity_id
            register.by_external_id[dossier.external_id].append(dossier.entity_id)
        for identifier in dossier.identifiers:
            if identifier.scheme is Scheme.USCC and identifier.is_matched:
                register.by_uscc[identifier.value].append(dossier.entity_id)
        if names:
            for text in {_comparable(name.text) for name in dossier.names if name.type in _NAMES_OF_LAW} & names:
                register.by_name[text].append(dossier.entity_id)
    return register


def _parents(
    child: Dossier, relation: Relation, register: _Register, dossiers: Mapping[str, Dossier]
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    if relation.parent_external_id is not None:
        own = register.by_key.get((child.list_code, relation.parent_external_id))
        if own is not None:
            found[own] = None
    if relation.parent_uscc is not None:
        found.update(dict.fromkeys(register.by_uscc.get(relation.parent_uscc, ())))
    for name in parent_names(relation.parent_name):
        for entity in register.by_name.get(_comparable(name), ()):
            usccs = _usccs(dossiers[entity])
            if not (relation.parent_uscc and usccs and relation.parent_uscc not in usccs):
                found[entity] = None
    if not found and relation.parent_external_id is not None:
        found.update(dict.fromkeys(register.by_external_id.get(relation.parent_external_id, ())))
    for entity in tuple(found):
        for uscc in _usccs(dossiers[entity]):
            found.update(dict.fromkeys(register.by_uscc.get(uscc, ())))
    found.pop(child.entity_id, None)
    return tuple(sorted(found))


def _usccs(dossier: Dossier) -> frozenset[str]:
    return frozenset(one.value for one in dossier.identifiers if one.scheme is Scheme.USCC and one.is_matched)


def _comparable(name: str) -> str:
    return fold_name(name).replace("有限责任公司", "有限公司")
