"""What a list says after its versions, as far as files are checked and compared by it: the last value of each cell.

The dossiers that the law reads are made by :mod:`.projection`; this is the plain state of the columns.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from app.policy.transitions import ACTIVE, status_after
from app.policy.vocabulary import Action, Category, Status
from app.watchlists.history.effective_dates import event_date
from app.watchlists.history.version import Row, VersionRows

_NOT_CELLS: Final = frozenset({"action", "category", "unmatched", "extra"})


@dataclass(frozen=True, slots=True)
class ListingState:
    """One listing: its status after its last known event, its first day, and that event as (action, date)."""

    status: Status
    first_listed_on: str
    last_event: tuple[Action, str]


@dataclass(frozen=True, slots=True)
class EntityState:
    """One entity: the last value of each column, the unknown columns, its listings, and every name it ever had."""

    cells: Mapping[str, Any]
    extra: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[Category, ListingState] = field(default_factory=dict)
    names: frozenset[str] = frozenset()

    @property
    def is_active(self) -> bool:
        """Whether some listing of it is active."""
        return any(line.status in ACTIVE for line in self.lines.values())


ListState = Mapping[str, EntityState]
"""The entities of a list by ``external_id``."""


def state_of(lineage: Iterable[VersionRows], since: ListState = MappingProxyType({})) -> dict[str, EntityState]:
    """Return the state of a list after its versions, in the order of their lineage."""
    entities = dict(since)
    for version in lineage:
        for row in version.rows:
            entities[row["external_id"]] = _after(entities.get(row["external_id"]), row)
    return entities


def _after(before: EntityState | None, row: Row) -> EntityState:
    action, category = Action(row["action"]), Category(row["category"])
    cells = {alias: value for alias, value in row.items() if alias not in _NOT_CELLS}
    extra = row.get("extra", {})
    lines: dict[Category, ListingState] = {}
    if before:
        cells = {**before.cells, **cells}
        extra = {**before.extra, **extra}
        lines = dict(before.lines)
    lines[category] = _line_after(lines.get(category), action, row)
    names = (before.names if before else frozenset()) | names_of(row)
    return EntityState(cells, extra, lines, names)


def names_of(row: Row) -> frozenset[str]:
    """Return every name that a row gives its entity."""
    former = (one["name"] for one in row.get("former_names", ()))
    one_name = (row[alias] for alias in ("legal_name", "name_en") if alias in row)
    return frozenset((*one_name, *row.get("other_legal_names", ()), *former, *row.get("aliases", ())))


def _line_after(line: ListingState | None, action: Action, row: Row) -> ListingState:
    date = event_date(row) or row["effective_from"]
    if line is None:
        return ListingState(status_after(action, None), row["effective_from"], (action, date))
    is_event = action not in (Action.ADD, Action.UPDATE)
    return ListingState(
        status_after(action, line.status), line.first_listed_on, (action, date) if is_event else line.last_event
    )
