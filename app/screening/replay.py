"""A recorded decision is computed again, from what is stored, and compared word for word.

Stored are the question, the list versions, the rule version and the circumstances; nothing newer is looked at.  The
decision is the same to the byte, or every difference is named, with what explains it where something does: another
engine, or a table that this program no longer has as it was.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select

from app.db import Database, ReadSession
from app.errors import NotFound
from app.matching import size_step_named, size_steps
from app.policy.rule_version import revive, rule_version
from app.screening import store as decisions
from app.screening.models import RuleVersion, Screening, ScreeningEntity, ScreeningIdentifier
from app.screening.request import ScreeningInput
from app.screening.screen import SIZE_MARK, DecisionBasis, DecisionContext, answer, engine_version
from app.screening.serialise import name_key, record_sha256, serialise
from app.watchlists.history.version import VersionRef
from app.watchlists.snapshots.snapshot import Snapshot
from app.watchlists.snapshots.snapshot_cache import SnapshotCache
from app.watchlists.versions import store

_MISSING: Final = "(absent)"


@dataclass(frozen=True, slots=True)
class ReplayDifference:
    """One difference: a JSON pointer into the answer (or ``column:…`` of the record), stored and replayed.

    ``explained_by`` is ``engine_version``, ``rule_version``, or None where nothing explains it.
    """

    pointer: str
    stored: Any
    replayed: Any
    explained_by: str | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision computed again; ``decision`` is None where the program no longer can."""

    screening_id: str
    decision: Mapping[str, Any] | None
    differences: tuple[ReplayDifference, ...]

    @property
    def identical(self) -> bool:
        """Whether the whole answer is the same, to the byte."""
        return not self.differences

    @property
    def is_explained(self) -> bool:
        """Whether it differs, and another engine or rule version explains every difference."""
        return bool(self.differences) and all(one.explained_by is not None for one in self.differences)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A record as it is in the database."""

    record: Screening
    content: Mapping[str, Any]
    answer: Any
    entity_ids: frozenset[str]
    identifiers: frozenset[tuple[str, str]]
    refs: tuple[VersionRef, ...]
    refs_as_known: tuple[VersionRef, ...]


def replay(database: Database, snapshots: SnapshotCache, screening_id: str, client: str | None) -> Replay:
    """Compute a recorded decision again; ``client`` None sees those of all.  Raises :class:`NotFound`."""
    with database.read() as session:
        stored = _read(session, screening_id, client)
    if isinstance(stored, ReplayDifference):
        return Replay(screening_id, None, (stored,))
    record = stored.record
    try:
        table, parameters = revive(stored.content)
    except (LookupError, KeyError, TypeError, ValueError) as error:
        named = ReplayDifference("/rule_version", record.rule_version, f"{_MISSING}: {error}", "rule_version")
        return Replay(screening_id, None, (named,))
    version = rule_version(table, parameters)
    steps = record.engine_version.partition(SIZE_MARK)[2].split("/")
    basis = DecisionBasis(
        _in_step(snapshots.at(stored.refs_as_known), steps[0]),
        _in_step(snapshots.at(stored.refs), steps[-1]),
        parameters,
        table,
        version,
        narrowed=record.request.get("lists") is not None,
    )
    asked = ScreeningInput.from_json(record.request)
    circumstances = DecisionContext(
        record.screened_at,
        any_active=record.circumstances["any_active"],
        stale=record.circumstances["stale"],
        matches_max=record.circumstances["matches_max"],
        suppressed=tuple((entity, by) for entity, by in record.circumstances.get("suppressed", ())),
    )
    sealed = serialise(asked, basis, circumstances, answer(asked, basis, circumstances, record.id))
    differences = [
        *_compared(stored.answer, sealed.answer, _explanation(record, basis)),
        *_beside(stored, asked),
    ]
    if not differences and sealed.text != record.answer:
        differences.append(ReplayDifference("", record.answer, sealed.text))
    return Replay(screening_id, sealed.answer, tuple(differences))


def sample(session: ReadSession, since: datetime | None, size: int | None) -> list[str]:
    """Return ids of recorded decisions, oldest first: all since a moment, or that many of them by chance."""
    statement = select(Screening.id, Screening.screened_at)
    if since is not None:
        statement = statement.where(Screening.screened_at >= since)
    if size is not None:
        statement = statement.order_by(func.random()).limit(size)
    # Neighbours in time rest on the same list versions, which are then made once.
    rows = sorted(session.execute(statement).all(), key=lambda row: (row.screened_at, row.id))
    return [row.id for row in rows]


def _read(session: ReadSession, screening_id: str, client: str | None) -> _Stored | ReplayDifference:
    record = session.get(Screening, screening_id)
    if record is None or (client is not None and record.client != client):
        raise decisions.unknown(session, screening_id, client)
    rules = session.get(RuleVersion, record.rule_version)
    content = rules.content if rules is not None else {}
    try:
        stored = json.loads(record.answer)
        versions = [(one["code"], one["version"], one["used_as_known"]) for one in stored["list_versions"]]
        refs = tuple(store.version(session, code, version).ref for code, version, _ in versions)
        as_known = tuple(store.version(session, code, used).ref for code, _, used in versions if used is not None)
    except (ValueError, KeyError, TypeError, NotFound) as error:
        return ReplayDifference("/list_versions", record.answer, f"{_MISSING}: {error}")
    entity_ids = session.scalars(select(ScreeningEntity.entity_id).where(ScreeningEntity.screening_id == screening_id))
    identifiers = session.execute(
        select(ScreeningIdentifier.scheme, ScreeningIdentifier.value).where(
            ScreeningIdentifier.screening_id == screening_id
        )
    )
    return _Stored(
        record=record,
        content=content,
        answer=stored,
        entity_ids=frozenset(entity_ids),
        identifiers=frozenset((one, two) for one, two in identifiers),
        refs=refs,
        refs_as_known=as_known,
    )


def _in_step(snapshot: Snapshot, step: str) -> Snapshot:
    """Return the snapshot in the size step that was recorded, if there is such a step."""
    if step == snapshot.size_step.name or step not in {one.name for one in size_steps()}:
        return snapshot
    return replace(snapshot, size_step=size_step_named(step))


def _explanation(record: Screening, basis: DecisionBasis) -> str | None:
    if record.engine_version != engine_version(basis):
        return "engine_version"
    return "rule_version" if record.rule_version != basis.rule_version else None


def _compared(
    stored: object, replayed: object, explained_by: str | None, place: str = ""
) -> Iterator[ReplayDifference]:
    if isinstance(stored, Mapping) and isinstance(replayed, Mapping):
        for key in dict.fromkeys([*replayed, *stored]):
            yield from _compared(stored.get(key, _MISSING), replayed.get(key, _MISSING), explained_by, f"{place}/{key}")
    elif isinstance(stored, list) and isinstance(replayed, list) and len(stored) == len(replayed):
        for position, (one, other) in enumerate(zip(stored, replayed, strict=True)):
            yield from _compared(one, other, explained_by, f"{place}/{position}")
    elif stored != replayed or type(stored) is not type(replayed):
        yield ReplayDifference(place, stored, replayed, explained_by)


def _beside(stored: _Stored, asked: ScreeningInput) -> Iterator[ReplayDifference]:
    """Compare what is stored beside the answer with it: the columns that search goes by, and the hash of the record."""
    record, given = stored.record, stored.answer
    bare = {key: value for key, value in given.items() if key != "record_sha256"}
    expected = {
        "id": given.get("id"),
        "reference": asked.reference,
        "name_key": name_key(asked.counterparty.name),
        "outcome": given.get("outcome"),
        "hindsight_outcome": given.get("hindsight_outcome"),
        "service": asked.service.value,
        "service_local_date": asked.service_date,
        "known_at": _moment(given.get("known_at")),
        "screened_at": _moment(given.get("screened_at")),
        "rule_version": given.get("rule_version"),
        "engine_version": given.get("engine_version"),
        "record_sha256": record_sha256(record.request, bare),
    }
    for column, value in expected.items():
        found = getattr(record, column)
        if found != value:
            yield ReplayDifference(f"column:{column}", _plain(found), _plain(value))
    entity_ids = {match.get("entity_id") for match in given.get("matches", ())}
    if stored.entity_ids != entity_ids:
        yield ReplayDifference("column:entity_ids", sorted(stored.entity_ids), sorted(entity_ids))
    identifiers = {(one.scheme.value, one.value) for one in asked.counterparty.identifiers}
    if stored.identifiers != identifiers:
        yield ReplayDifference("column:identifiers", sorted(stored.identifiers), sorted(identifiers))


def _moment(text: object) -> object:
    """Return the moment that a text is, however its offset is written; anything else as it is."""
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
