"""What an entity has, through its rows: names, identifiers and relations, each with its two clocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from app.identifiers import ONE_PER_ORGANISATION
from app.policy.model import Approval, Dossier, Relation, TimedIdentifier, TimedName
from app.policy.vocabulary import Action, Category, EntityKind, RelationStatus, RelationType
from app.watchlists.history.version import Row
from app.watchlists.layout.columns import IDENTIFIER_COLUMNS, PARENT_COLUMNS

_NAME_COLUMNS: Final = (
    (("legal_name", "other_legal_names"), "LEGAL"),
    (("aliases",), "ALIAS"),
    (("name_en",), "EN"),
    (("wechat_name",), "WECHAT"),
    (("app_name",), "APP"),
    (("payee_names",), "ACCOUNT_TITLE"),
)
_RELATION_TYPES: Final = {
    EntityKind.BRANCH: RelationType.BRANCH_OF,
    EntityKind.MEMBER: RelationType.MEMBER_OF,
    EntityKind.AGENT: RelationType.AGENT_OF,
    EntityKind.AUTH_SERVICE: RelationType.AUTH_SERVICE_OF,
    EntityKind.INTRODUCER: RelationType.INTRODUCER_OF,
    EntityKind.OPERATOR: RelationType.OPERATES,
    EntityKind.MERCHANT: RelationType.COLLECTS_FOR,
    EntityKind.PERSON: RelationType.LEGAL_REP_OF,
    EntityKind.VENUE: RelationType.CONTROLS,
    EntityKind.WEIPAN_PLATFORM: RelationType.CONTROLS,
}
"""What a row of a kind is to the venue that it names; a clearing house is nobody's (D24)."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a row takes effect, and the version that brought it."""

    effective_on: date
    list_version: int
    known_from: datetime


def names_after(before: Dossier | None, row: Row, moment: Moment) -> tuple[TimedName, ...]:
    """Return the names after a row: a legal name that gave way is FORMER, any other keeps its type and its last day."""
    names = list(before.names) if before else []
    valid_from = moment.effective_on if before else None
    for columns, name_type in _NAME_COLUMNS:
        if all(row.get(column) is None or (before and before.row.get(column) == row[column]) for column in columns):
            continue
        texts = _names_in(columns, row, before)
        if before:
            names = [_ended_name(name, moment) if _gave_way(name, name_type, texts) else name for name in names]
            borne = {name.text for name in names if name.type == name_type and name.valid_to is None}
            texts = [text for text in texts if text not in borne]
        for text in texts:
            names.append(TimedName(text, name_type, valid_from, None, moment.list_version, moment.known_from))
    if "former_names" in row and not (before and before.row.get("former_names") == row["former_names"]):
        names = _with_former(names, row, moment)
    return tuple(names)


def _names_in(columns: Sequence[str], row: Row, before: Dossier | None) -> Sequence[str]:
    """Return the names in some columns; one that the row leaves empty keeps its last value."""
    found: list[str] = []
    for column in columns:
        value = row.get(column, before.row.get(column) if before else None)
        if value is not None:
            found += _texts(value)
    return tuple(dict.fromkeys(found))


def _texts(value: str | Sequence[str]) -> Sequence[str]:
    if isinstance(value, str):
        return (value,)
    return value if len(value) == 1 else tuple(dict.fromkeys(value))


def _gave_way(name: TimedName, name_type: str, texts: Sequence[str]) -> bool:
    return name.type == name_type and name.valid_to is None and name.text not in texts


def _ended_name(name: TimedName, moment: Moment) -> TimedName:
    name_type = "FORMER" if name.type == "LEGAL" else name.type
    return replace(name, type=name_type, valid_to=moment.effective_on - _DAY)


def _with_former(names: Sequence[TimedName], row: Row, moment: Moment) -> list[TimedName]:
    stated = {
        former["name"]: TimedName(
            former["name"],
            "FORMER",
            _date(former.get("from")),
            _date(former.get("to")),
            moment.list_version,
            moment.known_from,
        )
        for former in row["former_names"]
    }
    known = {name.text for name in names if name.type == "FORMER"}
    return [*names, *(name for text, name in stated.items() if text not in known)]


def identifiers_after(before: Dossier | None, row: Row, moment: Moment) -> tuple[TimedIdentifier, ...]:
    """Return the identifiers after a row; one that gave way has its last day and matches on unless corrected."""
    identifiers = list(before.identifiers) if before else []
    valid_from = moment.effective_on if before else None
    for column, scheme in IDENTIFIER_COLUMNS:
        value = row.get(column)
        if value is None or (before and before.row.get(column) == value):
            continue
        values = _texts(value)
        if before:
            identifiers = [
                _ended_identifier(one, moment) if _is_replaced(one, column, values) else one for one in identifiers
            ]
            borne = {one.value for one in identifiers if one.column == column and one.valid_to is None}
            values = [text for text in values if text not in borne]
        for text in values:
            identifiers.append(
                TimedIdentifier(
                    column=column,
                    scheme=scheme,
                    value=text,
                    valid_from=valid_from,
                    valid_to=None,
                    list_version=moment.list_version,
                    known_from=moment.known_from,
                )
            )
    return tuple(identifiers)


def _is_replaced(identifier: TimedIdentifier, column: str, values: Sequence[str]) -> bool:
    return identifier.column == column and identifier.valid_to is None and identifier.value not in values


def _ended_identifier(identifier: TimedIdentifier, moment: Moment) -> TimedIdentifier:
    return replace(
        identifier,
        valid_to=moment.effective_on - _DAY,
        # Of these a firm has one for life: a new value corrects the old, which may be another firm's.  A new domain,
        # package or account is a move (换马甲), and the old one still tells the entity.
        is_matched=identifier.is_matched and identifier.scheme not in ONE_PER_ORGANISATION,
    )


def relations_after(
    before: Dossier | None, kind: EntityKind, action: Action, row: Row, merged: Row, moment: Moment
) -> tuple[Relation, ...]:
    """Return the relations after a row.

    Another parent, kind or status ends the relation that was there before; new approvals join it.  A relation without a
    status is read as CONFIRMED, the stricter reading.  A withdrawal of a RELATED row makes its relations void.
    """
    known = before.relations if before else ()
    if action is Action.WITHDRAW_ERROR:
        is_related = row["category"] == Category.RELATED
        return tuple(_void(relation, moment.effective_on) for relation in known) if is_related else known
    relation_type = _RELATION_TYPES.get(kind)
    if relation_type is None or PARENT_COLUMNS.isdisjoint(merged):
        return known
    stated = _relation(relation_type, merged, moment)
    last = known[-1] if known else None
    if last is not None and _is_same(last, stated):
        if (last.home_approval, last.member_approval) == (stated.home_approval, stated.member_approval):
            return known
        grown = replace(last, home_approval=stated.home_approval, member_approval=stated.member_approval)
        return (*known[:-1], grown)
    return (*_ended(known, moment.effective_on), stated)


def _relation(relation_type: RelationType, row: Row, moment: Moment) -> Relation:
    return Relation(
        type=relation_type,
        status=RelationStatus(row.get("relation_status", "CONFIRMED")),
        valid_from=moment.effective_on,
        list_version=moment.list_version,
        known_from=moment.known_from,
        valid_to=None,
        parent_name=row.get("parent_name"),
        parent_uscc=row.get("parent_uscc"),
        parent_external_id=row.get("parent_external_id"),
        parent_ids=(),
        member_no=row.get("member_no"),
        home_approval=_approval(row, "approval_doc_no", "approval_date", "approving_body", "approving_region_code"),
        member_approval=_approval(row, "member_approval_doc_no", "member_approval_date"),
    )


def _approval(
    row: Row, doc_no: str, dated: str, body: str | None = None, region_code: str | None = None
) -> Approval | None:
    if doc_no not in row and dated not in row:
        return None
    return Approval(
        row.get(body) if body else None,
        row.get(doc_no),
        _date(row.get(dated)),
        row.get(region_code) if region_code else None,
    )


def _is_same(one: Relation, other: Relation) -> bool:
    return (
        not one.is_void
        and one.type is other.type
        and one.status is other.status
        and one.parent_name == other.parent_name
        and one.parent_uscc == other.parent_uscc
        and one.parent_external_id == other.parent_external_id
    )


def _ended(relations: Iterable[Relation], on: date) -> Iterable[Relation]:
    return (relation if relation.valid_to else replace(relation, valid_to=on - _DAY) for relation in relations)


def _void(relation: Relation, from_date: date) -> Relation:
    if from_date <= relation.valid_from:
        return replace(relation, is_void=True)
    return relation if relation.valid_to else replace(relation, valid_to=from_date - _DAY)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
