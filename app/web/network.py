"""The network of an entity as a layered picture: venues on top, who works for them below.

Pure geometry; ``_network.html`` among the templates draws it.  Past :data:`NODES_MAX` nobody can read a picture, and
the page shows the table alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.policy.model import Dossier, Relation
from app.policy.vocabulary import EntityKind, RelationStatus

NODES_MAX: Final = 60

LAYERS: Final = (
    ("venues", frozenset({EntityKind.VENUE, EntityKind.BRANCH, EntityKind.WEIPAN_PLATFORM})),
    ("members", frozenset({EntityKind.MEMBER})),
    ("agents", frozenset({EntityKind.AGENT, EntityKind.AUTH_SERVICE, EntityKind.INTRODUCER})),
    ("operators", frozenset({EntityKind.OPERATOR, EntityKind.PERSON})),
    ("merchants", frozenset({EntityKind.MERCHANT, EntityKind.CLEARING})),
)
"""The layers from top to bottom, and the kinds of entities in each."""

_TRUNK: Final = 156.0
_LEFT: Final = 190.0
_STEP: Final = 290.0
_WIDTH: Final = 260.0
_HEIGHT: Final = 64.0
_ROW: Final = 98.0
_GAP: Final = 14.0
_A_ROW: Final = 3
_CHARS_A_LINE: Final = 17


@dataclass(frozen=True, slots=True)
class Node:
    """One entity: where its box lies, and its name in lines that fit."""

    dossier: Dossier
    x: float
    y: float
    lines: tuple[str, ...]
    is_self: bool
    is_unsure: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """One tie: its path, whether it is unsure, and the relation's type where it leads past the root."""

    path: str
    is_unsure: bool
    label: str | None = None
    label_x: float = 0.0
    label_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """One layer: its key, how many it holds, and where it lies."""

    key: str
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Network:
    """Everything to draw."""

    height: float
    bands: tuple[Band, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """That one entity belongs to another."""

    child: Dossier
    parent: Dossier
    relation: Relation


def ties_of(dossiers: Mapping[str, Dossier], entity_id: str) -> tuple[Dossier, tuple[Tie, ...]]:
    """Return the top of an entity's network and all ties below it, breadth first; the entity's own are among them."""
    below: dict[str, list[Tie]] = {}
    for dossier in dossiers.values():
        for relation in dossier.relations:
            for parent_id in relation.parent_ids:
                if parent_id in dossiers and not relation.is_void:
                    below.setdefault(parent_id, []).append(Tie(dossier, dossiers[parent_id], relation))
    top = dossiers[entity_id]
    seen = {entity_id}
    while (above := _first_parent(top, dossiers)) is not None and above.entity_id not in seen:
        top = above
        seen.add(top.entity_id)
    found: list[Tie] = []
    reached = {top.entity_id}
    level = [top.entity_id]
    while level:
        ties = [tie for parent_id in level for tie in below.get(parent_id, ())]
        found += ties
        level = list(dict.fromkeys(tie.child.entity_id for tie in ties if tie.child.entity_id not in reached))
        reached.update(level)
    return top, tuple(found)


def _first_parent(dossier: Dossier, dossiers: Mapping[str, Dossier]) -> Dossier | None:
    ids = (one for relation in dossier.relations if not relation.is_void for one in relation.parent_ids)
    return next((dossiers[one] for one in ids if one in dossiers), None)


def draw(top: Dossier, ties: Sequence[Tie], entity_id: str) -> Network | None:
    """Return the drawing; None where there is nothing to draw, or too much to be read."""
    members = {top.entity_id: top} | {tie.child.entity_id: tie.child for tie in ties}
    if not 1 < len(members) <= NODES_MAX:
        return None
    unsure = {tie.child.entity_id for tie in ties if tie.relation.status in _UNSURE}
    bands, nodes, y = [], {}, 0.0
    for key, kinds in LAYERS:
        layer = [one for one in members.values() if one.kind in kinds]
        layer.sort(key=lambda one: (one.entity_id != top.entity_id, one.external_id))
        if not layer:
            continue
        rows = -(-len(layer) // _A_ROW)
        bands.append(Band(key, len(layer), y, rows * _ROW))
        for i, one in enumerate(layer):
            nodes[one.entity_id] = Node(
                one,
                _LEFT + i % _A_ROW * _STEP,
                y + 20 + i // _A_ROW * _ROW,
                _lines(one.legal_name),
                one.entity_id == entity_id,
                one.entity_id in unsure,
            )
        y += rows * _ROW + _GAP
    edges = [_edge(nodes[tie.child.entity_id], nodes[tie.parent.entity_id], tie, top) for tie in ties]
    return Network(y - _GAP, tuple(bands), tuple(nodes.values()), tuple(dict.fromkeys(edges)))


_UNSURE: Final = frozenset({RelationStatus.CLAIMED, RelationStatus.INFERRED})


def _edge(child: Node, parent: Node, tie: Tie, top: Dossier) -> Edge:
    is_unsure = tie.relation.status in _UNSURE
    middle = child.x + _WIDTH / 2
    if parent.dossier.entity_id == top.entity_id:
        bus = child.y - 11
        return Edge(f"M{parent.x} {parent.y + 30}H{_TRUNK}V{bus}H{middle}V{child.y}", is_unsure)
    is_above = parent.y < child.y
    start, end = (child.y, parent.y + _HEIGHT) if is_above else (child.y + _HEIGHT, parent.y)
    if parent.y == child.y:
        start, end = child.y + _HEIGHT, parent.y + _HEIGHT
    bend = start + (-6 if is_above else 6)
    at = parent.x + _WIDTH / 2 + 24
    path = f"M{middle + 24} {start}V{bend}H{at}V{end}"
    return Edge(path, is_unsure, tie.relation.type.value, at + 6, bend - 3 if is_above else bend + 14)


def _lines(name: str) -> tuple[str, ...]:
    return tuple(name[i : i + _CHARS_A_LINE] for i in range(0, len(name), _CHARS_A_LINE))[:2]
