"""What differs between two states of a list: entities added, changed field by field, removed.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.policy.vocabulary import Status
from app.watchlists.history.list_state import EntityState, ListState
from app.watchlists.layout.columns import BY_ALIAS


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs.  ``field`` is an alias, a header of an unknown column, or ``status:CATEGORY``."""

    field: str
    label_zh: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class EntityDiff:
    """One entity that differs; ``kind`` is ADDED, CHANGED or REMOVED.  ``changes`` are those of a CHANGED one."""

    kind: str
    external_id: str
    legal_name: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """All entities that differ, sorted by ``external_id``."""

    entities: tuple[EntityDiff, ...]

    def count(self, kind: str) -> int:
        """Return how many entities were ADDED, CHANGED or REMOVED."""
        return sum(entity.kind == kind for entity in self.entities)

    def page(self, after: str | None, limit: int) -> tuple[tuple[EntityDiff, ...], str | None]:
        """Return the entities past ``after``, and the cursor to those that follow, if any."""
        rest = [one for one in self.entities if after is None or one.external_id > after]
        return tuple(rest[:limit]), rest[limit - 1].external_id if len(rest) > limit else None


def diff(before: ListState, after: ListState) -> Diff:
    """Compare two states.

    REMOVED are entities that the other state does not have at all, as after a rollback: a row that is missing from
    a FULL file removes nothing.
    """
    found = []
    for external_id in sorted(before.keys() | after.keys()):
        old, new = before.get(external_id), after.get(external_id)
        if new is None:
            found.append(EntityDiff("REMOVED", external_id, _name(old), ()))
        elif old is None:
            found.append(EntityDiff("ADDED", external_id, _name(new), ()))
        elif old is not new and (changes := _changes(old, new)):
            found.append(EntityDiff("CHANGED", external_id, _name(new), changes))
    return Diff(tuple(found))


def _name(entity: EntityState | None) -> str:
    return str(entity.cells["legal_name"]) if entity else ""


def _changes(old: EntityState, new: EntityState) -> tuple[FieldChange, ...]:
    before, after = _fields(old), _fields(new)
    return tuple(
        FieldChange(field, _label(field), before.get(field), after.get(field))
        for field in dict.fromkeys((*after, *before))
        if before.get(field) != after.get(field)
    )


def _fields(entity: EntityState) -> Mapping[str, Any]:
    statuses: dict[str, Status] = {f"status:{category}": line.status for category, line in entity.lines.items()}
    return {**statuses, **entity.cells, **entity.extra}


def _label(field: str) -> str:
    if field.startswith("status:"):
        return f"状态（{field.removeprefix('status:')}）"
    return BY_ALIAS[field].zh if field in BY_ALIAS else field
