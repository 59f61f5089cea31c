"""``/v1/entities``: search of listed entities, and the whole life of one, on both clocks."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app import clock
from app.access import Role
from app.api.problems import declared
from app.dependencies import AppScreeningService, Caller, Reading, allow, routes
from app.errors import Fault, Invalid
from app.identifiers import Scheme
from app.matching import NameType
from app.policy.evaluate import standing_of
from app.policy.vocabulary import Action, Category, EntityKind, RelationStatus, RelationType, Status
from app.screening.entity_history import EntityHistory, life_of
from app.screening.entity_search import EntitySearch, place_of

router = routes(prefix="/v1/entities", tags=["entities"])

_READERS = allow(Role.ANALYST, Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR)
_SEES_PERSONS = frozenset({Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR})


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class DocumentOut(_Answer):
    """The paper behind an event."""

    type: str | None
    doc_no: str | None
    issuer: str | None
    dated: date | None
    filed_on: date | None = Field(description="抄送备案日期 / date on which it was filed")


class ApprovalOut(_Answer):
    """An approval as a row states it."""

    body: str | None
    doc_no: str | None
    dated: date | None
    region_code: str | None


class ListingEventOut(_Answer):
    """One thing that happened: when by law, and from when it was known."""

    action: Action
    effective_on: date
    list_version: int
    known_from: datetime
    backfilled: bool
    document: DocumentOut | None
    approval: ApprovalOut | None
    determined_on: date | None
    rectify_deadline: date | None
    is_implicit: bool = Field(description="Taken for granted by a row, not stated.")


class ListingOut(_Answer):
    """The line of time under one category, and what status it has on the date asked about."""

    category: Category
    listing_id: str | None
    episode: int | None
    status: Status | None
    effective_from: date | None
    first_listed: date | None
    events: list[ListingEventOut]


class ListingShortOut(_Answer):
    """The status of a listing today."""

    category: Category
    status: Status


class NameOut(_Answer):
    """A name, from when to when it was in use, and from when it was known."""

    text: str
    type: NameType
    valid_from: date | None
    valid_to: date | None
    list_version: int
    known_from: datetime


class IdentifierOut(_Answer):
    """An identifier; `is_matched` is false for one that was corrected."""

    column: str
    scheme: Scheme
    value: str
    valid_from: date | None
    valid_to: date | None
    list_version: int
    known_from: datetime
    is_matched: bool


class RelationOut(_Answer):
    """A tie to another entity; `parent_ids` are the listed entities that it was found to be."""

    type: RelationType
    status: RelationStatus
    valid_from: date
    valid_to: date | None
    list_version: int
    known_from: datetime
    parent_name: str | None
    parent_uscc: str | None
    parent_external_id: str | None
    parent_ids: list[str]
    member_no: str | None
    home_approval: ApprovalOut | None
    member_approval: ApprovalOut | None
    is_void: bool = Field(description="Withdrawn for error with its listing.")


class WindDownOut(_Answer):
    """The payout of investors 清退."""

    doc_no: str | None
    account: str | None
    until: date | None


class RowOut(_Answer):
    """What one list version said of the entity, word for word; also of versions that were rolled back."""

    list_version: int
    known_from: datetime
    backfilled: bool
    in_force: bool
    row: dict[str, Any]


class EntityAnswer(_Answer):
    """One listed entity.  Columns that have no field of their own are in `attributes`."""

    entity_id: str
    external_id: str
    list_code: str
    list_jurisdiction: str
    kind: EntityKind
    legal_name: str
    region_code: str | None
    jurisdiction: str | None
    is_out_of_province_unit: bool
    authorisation: str | None
    as_of: date
    known_at: datetime
    names: list[NameOut]
    identifiers: list[IdentifierOut]
    relations: list[RelationOut]
    related_ids: list[str] = Field(description="Entities that state a tie to this one.")
    listings: list[ListingOut]
    wind_down: WindDownOut | None
    attributes: dict[str, Any]
    history: list[RowOut]


class EntityFoundOut(_Answer):
    """A listed entity that was found, in short."""

    entity_id: str
    external_id: str
    list_code: str
    kind: EntityKind
    legal_name: str
    region_code: str | None
    names: list[str] = Field(description="所有名称 / every name, earlier ones too")
    listings: list[ListingShortOut]


class EntityPage(_Answer):
    """Listed entities, by list and id."""

    items: list[EntityFoundOut]
    next_cursor: str | None


@router.get("", dependencies=[_READERS], responses=declared(), summary="Search listed entities 查询名单主体")
def search(
    screening_service: AppScreeningService,
    name: Annotated[str | None, Query(max_length=400, description="名称的任一部分 / any part of a name.")] = None,
    external_id: Annotated[str | None, Query(max_length=200)] = None,
    identifier: Annotated[str | None, Query(max_length=2083, description="标识的值，不论种类 / of any scheme.")] = None,
    list_code: Annotated[
        str | None, Query(alias="list", max_length=63, description="名单代码 / code of a list")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EntityPage:
    """Return the entities of the lists in force that fit all that is given."""
    wanted = EntitySearch(name=name, external_id=external_id, identifier=identifier, list_code=list_code)
    found = wanted.among(screening_service.snapshots.current.snapshot.dossiers.values(), after=cursor, limit=limit + 1)
    today = clock.local_date(clock.now())
    items = [
        EntityFoundOut(
            entity_id=one.entity_id,
            external_id=one.external_id,
            list_code=one.list_code,
            kind=one.kind,
            legal_name=one.legal_name,
            region_code=one.region_code,
            names=list(dict.fromkeys(name.text for name in one.names)),
            listings=[
                ListingShortOut(category=listing.category, status=standing.status)
                for listing in one.listings
                if (standing := standing_of(one, listing, today, screening_service.parameters)) is not None
            ],
        )
        for one in found[:limit]
    ]
    return EntityPage(items=items, next_cursor=place_of(found[limit - 1]) if len(found) > limit else None)


@router.get(
    "/{entity_id}",
    dependencies=[_READERS],
    responses=declared(404),
    summary="The whole life of a listed entity 名单主体的全部记录",
)
def entity(
    entity_id: str,
    caller: Caller,
    session: Reading,
    screening_service: AppScreeningService,
    on: Annotated[date | None, Query(description="Where its listings stand on this date; today when left out.")] = None,
    known_at: Annotated[datetime | None, Query(description="As known then, with an offset; now when left out.")] = None,
) -> EntityAnswer:
    """Return names, identifiers, relations and every event with its documents, effective date and known-from.

    Names of natural persons (法定代表人、实际控制人、股东) are masked for roles that do not handle lists.
    """
    now = clock.now()
    if known_at is not None and known_at.tzinfo is None:
        detail = "时间须带时区，如 +08:00 / a time needs its offset, such as +08:00"
        raise Invalid("validation", detail, faults=[Fault("?known_at", "naive-time", detail)])
    snapshot = (
        screening_service.snapshots.current.snapshot
        if known_at is None
        else screening_service.snapshots.known_at(known_at)
    )
    as_of = on or clock.local_date(now)
    life = life_of(
        session, snapshot, entity_id, as_of, screening_service.parameters, is_masked=caller.role not in _SEES_PERSONS
    )
    return _answer(life, as_of, known_at or now)


def _answer(life: EntityHistory, as_of: date, known_at: datetime) -> EntityAnswer:
    dossier = life.dossier
    return EntityAnswer(
        entity_id=dossier.entity_id,
        external_id=dossier.external_id,
        list_code=dossier.list_code,
        list_jurisdiction=dossier.list_jurisdiction,
        kind=dossier.kind,
        legal_name=dossier.legal_name,
        region_code=dossier.region_code,
        jurisdiction=dossier.jurisdiction,
        is_out_of_province_unit=dossier.is_out_of_province_unit,
        authorisation=dossier.authorisation,
        as_of=as_of,
        known_at=known_at,
        names=[NameOut.model_validate(one) for one in dossier.names],
        identifiers=[IdentifierOut.model_validate(one) for one in dossier.identifiers],
        relations=[RelationOut.model_validate(one) for one in dossier.relations],
        related_ids=list(life.related_ids),
        listings=[ListingOut.model_validate(one) for one in life.listings],
        wind_down=WindDownOut.model_validate(dossier.wind_down) if dossier.wind_down else None,
        attributes=dict(life.attributes),
        history=[RowOut.model_validate(one) for one in life.history],
    )
