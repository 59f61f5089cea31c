"""What a decision is made of and what it looks like: dossiers and a question in, a decision out.

Everything is frozen.  A *dossier* is all that one list says of one entity at one state of knowledge (the fold of
the list versions in force at a moment); the service date stays open, so one dossier answers every date.  Texts are
those of the list; dates are local dates of Asia/Shanghai; ids are strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.identifiers import Scheme
from app.policy.vocabulary import (
    Action,
    Category,
    CounterpartyKind,
    EntityKind,
    Outcome,
    RelationStatus,
    RelationType,
    Service,
)


@dataclass(frozen=True, slots=True)
class Document:
    """The paper behind an event.

    ``type`` is OPINION 认定意见, EXPERT_OPINION 专业认定, NOTICE 通报, SURVEY 摸排, WRITTEN_OPINION 书面意见,
    ACCEPTANCE 验收文件 or APPROVAL 批准文件; ``filed_on`` is the day of 抄送备案.
    """

    type: str | None = None
    doc_no: str | None = None
    issuer: str | None = None
    dated: date | None = None
    filed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as a row states it: by whom, under which number, when, and in which region (six digits)."""

    body: str | None = None
    doc_no: str | None = None
    dated: date | None = None
    region_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that a list version says has happened to a listing.

    ``effective_on`` is the first clock (the law), ``known_from`` and its local date ``known_on`` the second.
    ``is_implicit`` marks what a row takes for granted: the listing where its first row is no ADD, the end of an
    approval that it calls revoked.  Cells that affect decisions are here as the row gives them, None where the
    row leaves them empty.
    """

    action: Action
    effective_on: date
    list_version: int
    known_from: datetime
    known_on: date
    backfilled: bool = False
    document: Document | None = None
    approval: Approval | None = None
    determined_on: date | None = None
    rectify_deadline: date | None = None
    is_implicit: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The line of time of one entity under one category, all episodes together.

    ``events`` are in the order in which they became known.
    """

    category: Category
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class TimedName:
    """One name of an entity; ``type`` is a name type of the API, ``valid_to`` the last day (None: still in use)."""

    text: str
    type: str
    valid_from: date | None
    valid_to: date | None
    list_version: int
    known_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedIdentifier:
    """One identifier of an entity, from the ``column`` of the list.

    ``valid_to`` is the last day before an UPDATE replaced it; ``is_matched`` is false where that was a correction.
    A value of a wrong format is here as written.
    """

    column: str
    scheme: Scheme
    value: str
    valid_from: date | None
    valid_to: date | None
    list_version: int
    known_from: datetime
    is_matched: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """That an entity belongs to another, as its row states it.

    ``parent_ids`` are the entities that the stated parent was found to be, over all lists of a snapshot
    (``history.projection.link``); empty while unresolved.  ``home_approval`` is the venue's province's approval of
    the relation, ``member_approval`` that of the province in which the member is registered (D21).  ``is_void``
    marks a relation whose listing was withdrawn for error.
    """

    type: RelationType
    status: RelationStatus
    valid_from: date
    list_version: int
    known_from: datetime
    valid_to: date | None = None
    parent_name: str | None = None
    parent_uscc: str | None = None
    parent_external_id: str | None = None
    parent_ids: tuple[str, ...] = ()
    member_no: str | None = None
    home_approval: Approval | None = None
    member_approval: Approval | None = None
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class WindDown:
    """The orderly payout of investors (清退): its plan, its account and its last day."""

    doc_no: str | None = None
    account: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that one list says of one entity at one state of knowledge.

    ``row`` is the folded row: every column with the last value given for it.  ``list_jurisdiction`` and
    ``jurisdiction`` are six-digit codes (the latter may be "OUT").  ``listings`` has one line of time for every
    category the entity was ever listed under, RELATED and APPROVED among them.
    """

    entity_id: str
    external_id: str
    list_code: str
    list_jurisdiction: str
    kind: EntityKind
    legal_name: str
    names: tuple[TimedName, ...]
    identifiers: tuple[TimedIdentifier, ...]
    region_code: str | None
    jurisdiction: str | None
    is_out_of_province_unit: bool
    authorisation: str | None
    listings: tuple[Listing, ...]
    relations: tuple[Relation, ...]
    products: tuple[str, ...]
    violation_codes: tuple[str, ...]
    holder_count: int | None
    wind_down: WindDown | None
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceQuestion:
    """What the bank asks, as far as the law minds: a service on a local date for a party of a kind.

    ``name`` tells a court or a tax office; ``has_authority_code`` is False where an identifier is given that such a
    body cannot have (a USCC that does not begin with 11), None where none is given.  ``has_organisation_code`` says
    whether an identifier was given that only organisations have.
    """

    service: Service
    service_date: date
    counterparty_kind: CounterpartyKind = CounterpartyKind.UNKNOWN
    initiated_on: date | None = None
    name: str = ""
    products: tuple[str, ...] = ()
    has_authority_code: bool | None = None
    has_organisation_code: bool = False
    business_scope: str | None = None
    region_code: str | None = None


@dataclass(frozen=True, slots=True)
class MatchedEntity:
    """One listed entity that the counterparty may be, as the matcher says.

    ``strength`` is CONFIRMED, STRONG or WEAK; ``by_identifier`` is true where an identifier is equal.  ``by_own_name``
    is false where the match rests on anything but the party's own whole name: another name, a remark, or a listed
    name inside the name.  ``person_role`` is ``legal_rep`` or ``actual_controller`` where the party has the name of
    that person behind the entity and is not like the entity itself.
    """

    dossier: Dossier
    strength: str
    score: int
    by_identifier: bool = False
    identifier_conflict: bool = False
    by_own_name: bool = True
    person_role: str | None = None


@dataclass(frozen=True, slots=True)
class TextFinding:
    """What the texts of the counterparty show without any list.

    ``code`` is KEYWORD_ONLY or NAME_EXCHANGE_UNAPPROVED, ``field`` where it is ("name", "promo_text" …) and
    ``keyword`` the word that was found.
    """

    code: str
    field: str
    keyword: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at, and whether it could be trusted.

    ``categories`` are those that an active list covers, ``jurisdictions`` those of the lists screened.
    ``any_active`` is about ``screened_at``; the rest about this evaluation.
    """

    categories: frozenset[str]
    jurisdictions: frozenset[str] = frozenset()
    any_active: bool = True
    stale: bool = False
    narrowed: bool = False
    before_first_version: bool = False
    backfilled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason of an answer, with the clause it rests on."""

    code: str
    basis_code: str
    text_zh: str
    text_en: str
    rule: str
    entity_id: str | None = None
    doc_no: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDecision:
    """What the law makes of one match under one listing (or relation, or approval).

    ``matched`` is the match it came from; the answer's ``matches`` take name, strength and score from there.  With
    ``episode`` (counted from 1; None where there is no listing) ``history.identity.listing_id`` gives the id
    of the listing.  ``inherited_from`` is the entity id of the parent whose outcome this is.  ``is_listed`` is false
    for a hit on an approved list, ``is_ignored`` true for a withdrawn listing, which is shown and counts for nothing;
    ``clears`` marks a PASS by a clearing event or an official standing; ``is_flag_only`` what is no finding and is
    answered as its flags alone.
    """

    matched: MatchedEntity
    rule: str
    outcome: Outcome
    category: Category
    status: str | None
    effective_from: date | None
    episode: int | None
    inherited_from: str | None = None
    is_listed: bool = True
    is_ignored: bool = False
    clears: bool = False
    reasons: tuple[Reason, ...] = ()
    flags: tuple[str, ...] = ()
    is_flag_only: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of the law.  ``matches`` and ``reasons`` are in the order in which they are answered."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    matches: tuple[MatchDecision, ...] = ()
    flags: tuple[str, ...] = field(default=())
    next_action_zh: str = ""
