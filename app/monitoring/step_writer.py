"""Writes a step of re-screening in one transaction: the basis, decisions, changes and alerts, or nothing of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import delete, insert, select, text, update

from app import clock
from app.db import Database, ReadSession, WriteSession
from app.monitoring.alert_rules import facts_of
from app.monitoring.alert_sync import AlertSync, Synced
from app.monitoring.basis import BookBasis
from app.monitoring.book import BookEntry
from app.monitoring.calendar_store import calendar
from app.monitoring.changes import UNKNOWN, Cause, Change, change_id, kind_of
from app.monitoring.models import ChangeRow, CoverageError, CoverageRow, Pair, RunStep, Standing
from app.monitoring.pair_decision import PairFact, ServiceDecision, Verdict
from app.monitoring.steps import Mode, Step
from app.policy.vocabulary import Outcome

_IDS_TOGETHER: Final = 400
_TURN_KEY: Final = 0x626F6F6B
"""Any number that nothing else in the database uses: changes are committed in the order of their numbers."""


class SupersededError(Exception):
    """Another process has written a step first: what was computed rests on a basis that is no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """What a step did."""

    cause: Cause
    mode: Mode
    affected: int
    changes: int
    errors: int
    after: BookBasis


@dataclass(slots=True)
class Computed:
    """What a step found: verdicts on open counterparties, ids that are closed, and what could not be decided."""

    verdicts: list[Verdict] = field(default_factory=list)
    entries: dict[str, BookEntry] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a step has changed, for those who are to be notified in its transaction."""

    client: str
    step: Step
    changes: Sequence[Change]
    synced: Synced
    at: datetime


Tell = Callable[[WriteSession, Written], object]


def tell_nobody(_session: WriteSession, _written: Written) -> None:
    """Tell nobody of a step."""


def write_step(
    database: Database,
    client: str,
    step: Step,
    computed: Computed,
    tell: Tell,
    started_at: datetime,
    *,
    differences: int = 0,
) -> StepReport:
    """Write a step.  Raises :class:`SupersededError` where the basis that it began from is no longer in force."""
    now = clock.now()
    with database.write() as session:
        _take_turn(session)
        _advance(session, client, step, now, started_at, differences)
        changes = _Decisions(client, step, now).write(session, computed)
        facts = {verdict.member.id: facts_of(verdict) for verdict in computed.verdicts}
        sync = AlertSync(client=client, on=step.after.on, now=now, calendar=calendar(session))
        synced = sync.apply(session, facts, computed.gone)
        affected = len(computed.verdicts) + len(computed.gone) + len(computed.errors)
        session.add(
            RunStep(
                client=client,
                cause=step.cause,
                mode=step.mode,
                basis_from=step.before.id if step.before else None,
                basis_to=step.after.id,
                basis=step.after.as_json(),
                affected=affected,
                changes=len(changes),
                errors=len(computed.errors),
                started_at=started_at,
                finished_at=now,
            )
        )
        session.flush()
        tell(session, Written(client=client, step=step, changes=changes, synced=synced, at=now))
    return StepReport(
        cause=step.cause,
        mode=step.mode,
        affected=affected,
        changes=len(changes),
        errors=len(computed.errors),
        after=step.after,
    )


def differing(session: ReadSession, client: str, computed: Computed) -> set[str]:
    """Return the counterparties of which something else is stored than was computed for the whole book."""
    stored: dict[str, set[tuple[Any, ...]]] = {}
    for one in session.scalars(select(Standing).where(Standing.client == client)):
        stored.setdefault(one.counterparty_id, set()).add(
            ("standing", one.service, one.outcome, one.findings_outcome, one.decision_sha256, one.next_date)
        )
    for pair in session.scalars(select(Pair).where(Pair.client == client)):
        stored.setdefault(pair.counterparty_id, set()).add(_pair_key(pair))
    found: dict[str, set[tuple[Any, ...]]] = {}
    for verdict in computed.verdicts:
        keys: set[tuple[Any, ...]] = {
            ("standing", each.service, each.outcome, each.findings_outcome, each.sha256, verdict.next_date)
            for each in verdict.standings
        }
        keys.update(_pair_key(fact) for fact in verdict.pairs)
        if keys:
            found[verdict.member.id] = keys
    undecided = computed.errors.keys()
    return {one for one in stored.keys() | found.keys() if stored.get(one) != found.get(one) and one not in undecided}


def _pair_key(pair: Pair | PairFact) -> tuple[Any, ...]:
    return ("pair", pair.entity_id, pair.strength, pair.score, pair.name_listed, pair.entity_sha256)


def _advance(
    session: WriteSession, client: str, step: Step, now: datetime, started_at: datetime, differences: int
) -> None:
    before = CoverageRow.basis_id == step.before.id if step.before else CoverageRow.basis_id.is_(None)
    values: dict[str, Any] = {
        "basis_id": step.after.id,
        "basis": step.after.as_json(),
        "book_revision": step.after.book_revision,
        "decided_for_date": step.after.on,
        "decided_at": now,
        "lists_seen_at": step.seen_at or started_at,
        "differences": CoverageRow.differences + differences,
    }
    if step.mode is Mode.WHOLE:
        values["whole_at"] = started_at
    statement = update(CoverageRow).where(CoverageRow.client == client, before).values(**values)
    if session.execute(statement.returning(CoverageRow.client)).first() is None:
        raise SupersededError(client)


class _Decisions:
    """Puts new decisions in the place of the stored ones, and tells what that changes."""

    def __init__(self, client: str, step: Step, now: datetime) -> None:
        self._client = client
        self._step = step
        self._now = now

    def write(self, session: WriteSession, computed: Computed) -> list[Change]:
        changes: list[Change] = []
        each = iter(sorted(computed.verdicts, key=lambda verdict: verdict.member.id))
        while some := list(islice(each, _IDS_TOGETHER)):
            changes += self._replace(session, some, computed.entries)
        self._forget(session, computed.gone, (Standing, Pair, CoverageError))
        self._forget(session, list(computed.errors), (CoverageError,))
        self._insert(
            session,
            CoverageError,
            [{"counterparty_id": one, "error": error, "at": self._now} for one, error in computed.errors.items()],
        )
        self._insert(session, ChangeRow, [self._change_row(change) for change in changes])
        return changes

    def _replace(
        self, session: WriteSession, verdicts: Sequence[Verdict], entries: Mapping[str, BookEntry]
    ) -> Iterator[Change]:
        ids = [verdict.member.id for verdict in verdicts]
        stored = self._stored(session, ids)
        mine = (CoverageError.client == self._client, CoverageError.counterparty_id.in_(ids))
        failed = set(session.scalars(select(CoverageError.counterparty_id).where(*mine)))
        changes: list[Change] = []
        standings: list[dict[str, Any]] = []
        pairs: list[dict[str, Any]] = []
        for verdict in verdicts:
            known = stored.get(verdict.member.id, {})
            was_covered = self._was_covered(entries[verdict.member.id], failed)
            changes += self._changes(verdict, known, was_covered=was_covered)
            standings += [self._standing_row(verdict, one, known.get(one.service)) for one in verdict.standings]
            pairs += [_pair_row(verdict, place) for place in range(len(verdict.pairs))]
        self._forget(session, ids, (Standing, Pair, CoverageError))
        self._insert(session, Standing, standings)
        self._insert(session, Pair, pairs)
        return iter(changes)

    def _was_covered(self, entry: BookEntry, failed: set[str]) -> bool:
        before = self._step.before
        return before is not None and entry.opened_revision <= before.book_revision and entry.member.id not in failed

    def _stored(self, session: WriteSession, ids: Sequence[str]) -> dict[str, dict[str, Standing]]:
        statement = select(Standing).where(Standing.client == self._client, Standing.counterparty_id.in_(ids))
        found: dict[str, dict[str, Standing]] = {}
        for one in session.scalars(statement):
            session.expunge(one)
            found.setdefault(one.counterparty_id, {})[one.service] = one
        return found

    def _changes(self, verdict: Verdict, known: Mapping[str, Standing], *, was_covered: bool) -> Iterator[Change]:
        kept = {one.service for one in verdict.standings}
        for one in verdict.decisions:
            before = known.get(one.service)
            was = before.outcome if before is not None else Outcome.PASS.value
            stays_empty = before is None and one.service not in kept
            same = stays_empty or (before is not None and before.decision_sha256 == one.sha256)
            kind = kind_of(was if was_covered else UNKNOWN, one.outcome, same_content=same)
            if kind is not None:
                yield Change(
                    id=self._change_id(verdict.member.id, one.service),
                    counterparty_id=verdict.member.id,
                    service=one.service,
                    kind=kind,
                    from_outcome=was if was_covered else UNKNOWN,
                    to_outcome=one.outcome,
                    decision=one.as_json,
                )

    def _change_id(self, counterparty_id: str, service: str) -> str:
        before = self._step.before.id if self._step.before else None
        return change_id(self._client, counterparty_id, service, before, self._step.after.id)

    def _change_row(self, change: Change) -> dict[str, Any]:
        return {
            "id": change.id,
            "counterparty_id": change.counterparty_id,
            "service": change.service,
            "kind": change.kind.value,
            "from_outcome": change.from_outcome,
            "to_outcome": change.to_outcome,
            "cause": self._step.cause.value,
            "decision": change.decision,
            "basis_from": self._step.before.id if self._step.before else None,
            "basis_to": self._step.after.id,
            "at": self._now,
        }

    def _standing_row(self, verdict: Verdict, one: ServiceDecision, before: Standing | None) -> dict[str, Any]:
        stays = before is not None and before.outcome == one.outcome
        return {
            "counterparty_id": verdict.member.id,
            "service": one.service,
            "outcome": one.outcome,
            "findings_outcome": one.findings_outcome,
            "decision": one.as_json,
            "decision_sha256": one.sha256,
            "since": before.since if before is not None and stays else self._now,
            "next_date": verdict.next_date,
        }

    def _forget(self, session: WriteSession, ids: Iterable[str], models: Sequence[Any]) -> None:
        each = iter(ids)
        while some := list(islice(each, _IDS_TOGETHER)):
            for model in models:
                session.execute(delete(model).where(model.client == self._client, model.counterparty_id.in_(some)))

    def _insert(self, session: WriteSession, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401 - a model
        if rows:
            session.execute(insert(model), [{"client": self._client, **row} for row in rows])


def _pair_row(verdict: Verdict, place: int) -> dict[str, Any]:
    pair = verdict.pairs[place]
    return {
        "counterparty_id": verdict.member.id,
        "entity_id": pair.entity_id,
        "strength": pair.strength,
        "score": pair.score,
        "name_listed": pair.name_listed,
        "content_sha256": verdict.member.content_sha256,
        "entity_sha256": pair.entity_sha256,
    }


def _take_turn(session: WriteSession) -> None:
    """Let changes be committed in the order of their numbers, so that a cursor passes none that comes later."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TURN_KEY})
