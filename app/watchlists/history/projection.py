"""From the versions of a list to what the list says of each entity: pure, and the same in every process.

Rows are folded in the order of the versions.  Columns that a row leaves empty keep their last value; an ADD of what
is already on the list is no event, and where it changes cells an UPDATE, in a FULL file as in a DELTA; a row that is
missing from a FULL file says nothing.  A first row that is no ADD takes for granted that the entity was listed from
its ``effective_from``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any, Final

from app.clock import local_date
from app.identifiers import IdentifierError, parse
from app.matching.model.types import Entry, ListedName, NameType, PersonBehind
from app.names.party_words import names_organisation
from app.policy.model import Approval, Document, Dossier, Event, Listing, WindDown
from app.policy.timeline import is_active_at_last
from app.policy.vocabulary import Action, Category, EntityKind
from app.watchlists.history.attribute_history import Moment, identifiers_after, names_after, relations_after
from app.watchlists.history.effective_dates import effective_column
from app.watchlists.history.identity import entity_id
from app.watchlists.history.parent_links import link
from app.watchlists.history.version import Row, VersionRows

_ACTIONS: Final = {action.value: action for action in Action}
_CATEGORIES: Final = {category.value: category for category in Category}
_KINDS: Final = {kind.value: kind for kind in EntityKind}
_OPENING: Final = frozenset({Action.ADD, Action.RELIST})
_APPROVAL_COLUMNS: Final = frozenset({"approving_body", "approval_doc_no", "approval_date", "approving_region_code"})
_NOT_STATE: Final = frozenset({"action"})

PERSON_ROLES: Final = ("legal_rep", "actual_controller")
"""The columns that name people behind an entity."""
_BETWEEN_PEOPLE: Final = re.compile(r"[\s、，,；;/|]+")
_PERSON_CHARS_MIN: Final = 2

JOINT_CONFERENCE: Final = "清理整顿各类交易场所部际联席会议"

__all__ = ["entry_of", "fold", "fold_onto", "link"]


def fold(code: str, jurisdiction: str, lineage: Iterable[VersionRows]) -> dict[str, Dossier]:
    """Return the dossiers of a list by entity id, from its versions in the order of their lineage."""
    dossiers: dict[str, Dossier] = {}
    for version in lineage:
        _apply(dossiers, code, jurisdiction, version)
    return dossiers


def fold_onto(
    previous: Mapping[str, Dossier], code: str, jurisdiction: str, version: VersionRows
) -> dict[str, Dossier]:
    """Return the dossiers after one more version; ``previous`` stays as it is."""
    dossiers = dict(previous)
    _apply(dossiers, code, jurisdiction, version)
    return dossiers


def entry_of(dossier: Dossier) -> Entry:
    """Return what the matcher is given of an entity: every name it ever had, every identifier that may match."""
    names = dict.fromkeys(ListedName(name.text, NameType(name.type)) for name in dossier.names)
    identifiers = []
    for one in dossier.identifiers:
        if one.is_matched:
            with suppress(IdentifierError):
                identifiers.append(parse(one.scheme, one.value))
    people = (PersonBehind(name, role) for role in PERSON_ROLES for name in _people_in(dossier.row.get(role)))
    return Entry(dossier.entity_id, tuple(names), tuple(identifiers), dossier.region_code, tuple(people))


def _people_in(cell: object) -> Iterator[str]:
    """Yield the names in a cell of persons; a cell may name several."""
    texts = cell if isinstance(cell, list) else [cell] if isinstance(cell, str) else []
    for text in texts:
        for name in _BETWEEN_PEOPLE.split(text):
            if len(name) >= _PERSON_CHARS_MIN and not names_organisation(name):
                yield name


def _apply(dossiers: dict[str, Dossier], code: str, jurisdiction: str, version: VersionRows) -> None:
    known_on = local_date(version.known_from)
    for row in version.rows:
        key = str(entity_id(code, row["external_id"]))
        before = dossiers.get(key)
        if before is not None and _says_nothing_new(before.row, row):
            continue
        dossiers[key] = _dossier(
            key=key,
            code=code,
            jurisdiction=jurisdiction,
            before=before,
            row=row,
            merged=_merged(before.row, row) if before is not None else row,
            version=version,
            known_on=known_on,
        )


def _says_nothing_new(known: Row, row: Row) -> bool:
    """Whether a row repeats what is known: the same cells, and an action that has already been done."""
    if row["action"] != known["action"] and row["action"] != Action.ADD:
        return False
    if row["action"] != known["action"] and known["action"] == Action.WITHDRAW_ERROR:
        return False
    return all(value == known.get(column) for column, value in row.items() if column not in _NOT_STATE)


def _merged(known: Row, row: Row) -> dict[str, Any]:
    merged = {**known, **row}
    if "extra" in known and "extra" in row:
        merged["extra"] = {**known["extra"], **row["extra"]}
    if "unmatched" in known:
        kept = [column for column in known["unmatched"] if column not in row]
        merged["unmatched"] = [*kept, *row.get("unmatched", ())]
    return merged


def _dossier(
    key: str,
    code: str,
    jurisdiction: str,
    before: Dossier | None,
    row: Row,
    merged: Row,
    version: VersionRows,
    known_on: date,
) -> Dossier:
    kind = _KINDS[merged["entity_kind"]]
    listings, event = _listings(before, row, version, known_on)
    moment = Moment(event.effective_on, version.version, version.known_from)
    holder_count = merged.get("holder_count")
    return Dossier(
        entity_id=key,
        external_id=merged["external_id"],
        list_code=code,
        list_jurisdiction=jurisdiction,
        kind=kind,
        legal_name=merged["legal_name"],
        names=names_after(before, row, moment),
        identifiers=identifiers_after(before, row, moment),
        region_code=merged.get("reg_region_code"),
        jurisdiction=merged.get("jurisdiction"),
        is_out_of_province_unit=bool(merged.get("is_out_of_province_unit")),
        authorisation=merged.get("authorisation"),
        listings=listings,
        relations=relations_after(before, kind, event.action, row, merged, moment),
        products=tuple(merged.get("products", ())),
        violation_codes=tuple(merged.get("violation_codes", ())),
        holder_count=holder_count,
        wind_down=_wind_down(merged),
        row=merged,
    )


def _wind_down(row: Row) -> WindDown | None:
    if not ("winddown_doc_no" in row or "winddown_until" in row or "winddown_account" in row):
        return None
    return WindDown(row.get("winddown_doc_no"), row.get("winddown_account"), _date(row, "winddown_until"))


def _listings(
    before: Dossier | None, row: Row, version: VersionRows, known_on: date
) -> tuple[tuple[Listing, ...], Event]:
    """Return the lines of time after a row, and the event that the row is."""
    category = _CATEGORIES[row["category"]]
    listings = before.listings if before else ()
    line = next((one for one in listings if one.category is category), None)
    action = _ACTIONS[row["action"]]
    added: list[Event] = []
    if line is None and action not in _OPENING:
        added.append(_event(Action.ADD, _required_date(row, "effective_from"), row, version, known_on, implicit=True))
    elif line is not None and action is Action.ADD and _is_on_the_list(line, _required_date(row, "effective_from")):
        action = Action.UPDATE
    event = _event(action, _effective_on(action, line, row), row, version, known_on)
    added.append(event)
    if category is Category.APPROVED and row.get("authorisation") == "REVOKED" and action in _OPENING | {Action.UPDATE}:
        added.append(_event(Action.CLOSE, event.effective_on, row, version, known_on, implicit=True))
    if line is None:
        return (*listings, Listing(category, tuple(added))), event
    grown = Listing(category, (*line.events, *added))
    return tuple(grown if one is line else one for one in listings), event


def _is_on_the_list(line: Listing, effective_from: date) -> bool:
    last = line.events[-1]
    if last.action is Action.WITHDRAW_ERROR:
        return False
    restated = any(event.action in _OPENING and event.effective_on == effective_from for event in line.events)
    return restated or is_active_at_last(line)


def _effective_on(action: Action, line: Listing | None, row: Row) -> date:
    stated = _date(row, effective_column(action))
    if stated is not None:
        return stated
    effective_from = _required_date(row, "effective_from")
    if action is Action.WITHDRAW_ERROR:
        openings = [event.effective_on for event in line.events if event.action in _OPENING] if line else []
        return min(openings, default=effective_from)
    return max(effective_from, _required_date(row, "determined_on"))


def _event(
    action: Action, effective_on: date, row: Row, version: VersionRows, known_on: date, *, implicit: bool = False
) -> Event:
    return Event(
        action=action,
        effective_on=effective_on,
        list_version=version.version,
        known_from=version.known_from,
        known_on=known_on,
        backfilled=version.backfilled,
        document=_document(action, row),
        approval=_approval(row),
        determined_on=_date(row, "determined_on"),
        rectify_deadline=_date(row, "rectify_deadline"),
        is_implicit=implicit,
    )


def _document(action: Action, row: Row) -> Document:
    if action is Action.CLEAR:
        return Document(
            "WRITTEN_OPINION",
            row.get("opinion_doc_no"),
            row.get("opinion_issuer"),
            _date(row, "opinion_date"),
            _date(row, "opinion_filed_on"),
        )
    if action is Action.ACCEPT:
        return Document("ACCEPTANCE", row.get("jmc_doc_no"), JOINT_CONFERENCE, _date(row, "jmc_date"))
    if action is Action.APPROVE:
        return Document("APPROVAL", row.get("approval_doc_no"), row.get("approving_body"), _date(row, "approval_date"))
    return Document(
        row.get("determination_type"),
        row.get("determination_doc_no"),
        row.get("determining_body"),
        _date(row, "determined_on"),
    )


def _approval(row: Row) -> Approval | None:
    if _APPROVAL_COLUMNS.isdisjoint(row):
        return None
    return Approval(
        row.get("approving_body"),
        row.get("approval_doc_no"),
        _date(row, "approval_date"),
        row.get("approving_region_code"),
    )


def _required_date(row: Row, column: str) -> date:
    return _parsed(row[column])


def _date(row: Row, column: str) -> date | None:
    text = row.get(column)
    return _parsed(text) if text else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> date:
    return date.fromisoformat(text)
