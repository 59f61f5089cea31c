"""The whole life of a listed entity: what a snapshot says of it, and every row that ever spoke of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from app.db import ReadSession
from app.errors import NotFound
from app.policy.course import kin
from app.policy.evaluate import standing_of
from app.policy.model import Dossier, Event, Listing
from app.policy.parameters import Parameters
from app.watchlists.history.identity import listing_id
from app.watchlists.history.persons import masked
from app.watchlists.history.projection import fold, link
from app.watchlists.snapshots.snapshot_cache import Snapshot
from app.watchlists.versions import store

_OWN_FIELD: Final = frozenset(
    {
        "external_id",
        "action",
        "category",
        "entity_kind",
        "legal_name",
        "reg_region_code",
        "jurisdiction",
        "is_out_of_province_unit",
        "authorisation",
        "effective_from",
        "determined_on",
        "unmatched",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingHistory:
    """A listing with all its events, and what status it has on a date; ``status`` is None where it was never opened."""

    category: str
    listing_id: str | None
    episode: int | None
    status: str | None
    effective_from: date | None
    first_listed: date | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class KnownRow:
    """One row as its version brought it; ``in_force`` is false where the version was rolled back."""

    list_version: int
    known_from: datetime
    backfilled: bool
    in_force: bool
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EntityHistory:
    """All there is to tell of an entity; ``related_ids`` are those that state a tie to it."""

    dossier: Dossier
    listings: tuple[ListingHistory, ...]
    related_ids: tuple[str, ...]
    attributes: Mapping[str, Any]
    history: tuple[KnownRow, ...]


def life_of(
    session: ReadSession, snapshot: Snapshot, entity_id: str, on: date, parameters: Parameters, *, is_masked: bool
) -> EntityHistory:
    """Return the life of an entity as the snapshot knows it, its listings as of a date.

    ``is_masked`` hides names of natural persons.  Raises :class:`NotFound` where the snapshot has no such entity.
    """
    dossier = snapshot.dossiers.get(entity_id)
    if dossier is None:
        raise NotFound("entity-unknown", f"生效名单中没有此主体 / no list in force has the entity {entity_id}")
    ref = next(ref for ref in snapshot.refs if ref.code == dossier.list_code)
    lineage = _lineage(session, ref.code, ref.version)
    rows = [one for one in store.entity_rows(session, entity_id) if one.version.ref.known_from <= ref.known_from]
    return EntityHistory(
        dossier,
        tuple(_line(dossier, listing, on, parameters) for listing in dossier.listings),
        tuple(
            other.entity_id
            for other in snapshot.dossiers.values()
            if any(entity_id in relation.parent_ids for relation in other.relations)
        ),
        {
            column: _shown(column, value, is_masked=is_masked)
            for column, value in dossier.row.items()
            if column not in _OWN_FIELD
        },
        tuple(
            KnownRow(
                one.version.version,
                one.version.ref.known_from,
                one.version.backfilled,
                one.version.version in lineage,
                {column: _shown(column, value, is_masked=is_masked) for column, value in one.row.items()},
            )
            for one in rows
        ),
    )


def dossier_as_known(session: ReadSession, current: Snapshot, entity_id: str, at: datetime) -> Mapping[str, Dossier]:
    """Return what was known of an entity at a moment, by its id, with the parents that its relations lead to.

    Only this entity's rows are read, so that it costs the same however long the lists are; its parents are as they
    are known now.  Empty where nothing was known of it.
    """
    dossier = current.dossiers.get(entity_id)
    if dossier is None:
        return {}
    family = kin(dossier, current.dossiers)
    ref = next((ref for ref in store.versions_in_force(session, at) if ref.code == dossier.list_code), None)
    if ref is not None and ref in current.refs:
        return family
    own: Mapping[str, Dossier] = {}
    if ref is not None:
        own = fold(ref.code, ref.jurisdiction, store.lineage_of_entity(session, ref.code, ref.version, entity_id))
    return link({**family, **own}) if own else {}


def _lineage(session: ReadSession, code: str, version: int) -> frozenset[int]:
    numbers: set[int] = set()
    number: int | None = version
    while number is not None:
        numbers.add(number)
        number = store.version(session, code, number).parent_version
    return frozenset(numbers)


def _line(dossier: Dossier, listing: Listing, on: date, parameters: Parameters) -> ListingHistory:
    found = standing_of(dossier, listing, on, parameters)
    if found is None:
        return ListingHistory(
            category=listing.category,
            listing_id=None,
            episode=None,
            status=None,
            effective_from=None,
            first_listed=None,
            events=listing.events,
        )
    identity = listing_id(dossier.list_code, dossier.external_id, listing.category.value, found.episode)
    return ListingHistory(
        category=listing.category,
        listing_id=str(identity),
        episode=found.episode,
        status=found.status,
        effective_from=found.effective_from,
        first_listed=found.first_listed,
        events=listing.events,
    )


def _shown(column: str, value: Any, *, is_masked: bool) -> Any:  # noqa: ANN401 - a cell of any column
    """Mask a person's name to its first character; unknown columns may name persons too, and are hidden."""
    return masked(column, value) if is_masked else value
