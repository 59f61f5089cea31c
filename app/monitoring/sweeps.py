"""Sweeps of a whole book (专项排查, clause 四（三）二是): asked, computed by a worker, kept with its report.

A sweep decides every open counterparty by lists and a date of its own, beside the decisions in force; one that names
list versions is a what-if, and nothing of it counts as a decision.
"""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import structlog
from sqlalchemy import insert, select, update

from app import clock
from app.clock import local_date
from app.db import Database, ReadSession, WriteSession
from app.errors import Conflict, Invalid, NotFound
from app.jobs import queue
from app.jobs.queue import ChunkClaim, NewChunk, Owner
from app.monitoring import book
from app.monitoring.changes import UNKNOWN
from app.monitoring.models import Sweep, SweepFinding
from app.monitoring.pair_decision import Judge, Verdict
from app.monitoring.suspects import suspects
from app.policy.tables import CURRENT
from app.policy.vocabulary import Outcome, Service
from app.screening.impact import with_waiting
from app.screening.screen import ENGINE_VERSION, DecisionBasis
from app.screening.service import ScreeningService
from app.watchlists.history.version import VersionRecord
from app.watchlists.snapshots.scheduler import caught_up_by_a_right_clock
from app.watchlists.snapshots.snapshot import Snapshot
from app.watchlists.versions import store

KIND: Final = "sweep"
OPEN_SWEEPS_MAX: Final = 4
_STAGE: Final = "sweep"
_TOGETHER: Final = 256
_ROWS_TOGETHER: Final = 500
_WAITING: Final = frozenset({"draft", "submitted", "approved", "scheduled"})

log = structlog.get_logger("cutoff.monitoring")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a sweep is asked: a local date, a moment of knowledge, services, and list versions by code for a what-if."""

    as_of: date | None = None
    known_at: datetime | None = None
    services: tuple[Service, ...] | None = None
    lists: Mapping[str, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON; :meth:`from_json` reads it back."""
        return {
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "services": [service.value for service in self.services] if self.services is not None else None,
            "lists": dict(self.lists) if self.lists is not None else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Asked":
        """Read back what :meth:`as_json` wrote."""
        services = stored["services"]
        return cls(
            as_of=date.fromisoformat(stored["as_of"]) if stored["as_of"] else None,
            known_at=datetime.fromisoformat(stored["known_at"]) if stored["known_at"] else None,
            services=tuple(Service(one) for one in services) if services is not None else None,
            lists=stored["lists"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepView:
    """A sweep as it is now; ``counts`` and ``basis`` are there when it is done."""

    id: str
    client: str
    subject: str
    state: str
    asked: Asked
    is_what_if: bool
    basis: Mapping[str, Any] | None
    counts: Mapping[str, Any] | None
    findings_sha256: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One decision of a sweep that is not PASS; UNKNOWN where it could not be made."""

    no: int
    counterparty_id: str
    name: str
    service: str
    outcome: str
    reasons: Sequence[Mapping[str, Any]]
    matches: Sequence[Mapping[str, Any]]


def ask(session: WriteSession, owner: Owner, asked: Asked, now: datetime) -> str:
    """Queue a sweep and return its id.

    Raises :class:`Invalid` for a moment that lies ahead, :class:`Conflict` for a version that was rejected or
    withdrawn, ``NotFound``, TooMany.
    """
    if asked.known_at is not None and asked.known_at > now:
        raise Invalid("validation", "known_at: 不能晚于现在 / cannot lie in the future")
    if asked.lists is not None and not asked.lists:
        raise Invalid("validation", "lists: 为空 / is empty")
    if asked.lists is not None and asked.known_at is not None:
        raise Invalid("validation", "lists 与 known_at 只能给一个 / give lists or known_at, not both")
    for code, version in (asked.lists or {}).items():
        _check_version(store.version(session, code, version))
    sweep_id = str(uuid.uuid4())
    session.add(
        Sweep(
            id=sweep_id,
            client=owner.client,
            subject=owner.subject,
            state="QUEUED",
            asked=asked.as_json(),
            is_what_if=asked.lists is not None,
            created_at=now,
        )
    )
    queue.create(
        session,
        KIND,
        owner,
        {"sweep": sweep_id},
        NewChunk(_STAGE, {}),
        now=now,
        job_id=sweep_id,
        open_max=OPEN_SWEEPS_MAX,
    )
    return sweep_id


def _check_version(record: VersionRecord) -> None:
    """Raise :class:`Conflict` for a version that was never in force and never will be."""
    if record.state not in _WAITING and record.known_from is None:
        raise Conflict(
            "not-waiting",
            f"第 {record.version} 版已退回或撤回，不会启用，无从排查 "
            f"(version {record.version} is {record.state}: it will never be in force)",
        )


def read(session: ReadSession, client: str | None, sweep_id: str) -> SweepView:
    """Return a sweep.  Raises :class:`NotFound`."""
    found = session.get(Sweep, sweep_id, populate_existing=True)
    if found is None or (client is not None and found.client != client):
        raise NotFound("sweep-not-found", f"没有此排查 / there is no sweep {sweep_id}")
    return _view(found)


def sweeps(session: ReadSession, client: str | None, *, limit: int = 50) -> list[SweepView]:
    """Return the newest sweeps of a client; None: of all."""
    statement = select(Sweep).order_by(Sweep.created_at.desc(), Sweep.id).limit(limit)
    if client is not None:
        statement = statement.where(Sweep.client == client)
    return [_view(one) for one in session.scalars(statement)]


def findings(session: ReadSession, view: SweepView) -> Iterator[FindingView]:
    """Yield what a sweep found, in its order."""
    statement = select(SweepFinding).where(SweepFinding.client == view.client, SweepFinding.sweep_id == view.id)
    for one in session.scalars(statement.order_by(SweepFinding.no)):
        yield FindingView(
            no=one.no,
            counterparty_id=one.counterparty_id,
            name=one.name,
            service=one.service,
            outcome=one.outcome,
            reasons=one.decision["reasons"],
            matches=one.decision["matches"],
        )


def require_done(view: SweepView) -> None:
    """Raise :class:`Conflict` where a sweep has no report yet."""
    if view.state != "DONE":
        raise Conflict("sweep-not-done", f"排查尚未完成 / the sweep is not done: {view.state}")


def _view(one: Sweep) -> SweepView:
    return SweepView(
        id=one.id,
        client=one.client,
        subject=one.subject,
        state=one.state,
        asked=Asked.from_json(one.asked),
        is_what_if=one.is_what_if,
        basis=one.basis,
        counts=one.counts,
        findings_sha256=one.findings_sha256,
        error=one.error,
        created_at=one.created_at,
        finished_at=one.finished_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep came to."""

    basis: Mapping[str, Any]
    counts: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    findings_sha256: str


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Computes sweeps with the lists of one process."""

    screening_service: ScreeningService

    def sweep(self, client: str, asked: Asked) -> Swept:
        """Decide the whole book of a client.  Raises :class:`Conflict` where no list is known."""
        now = clock.now()
        snapshot = self._snapshot(asked, now)
        if not snapshot.refs:
            raise Conflict("no-list", "没有生效的名单，无法排查 / no list is in force: nothing can be swept")
        on = asked.as_of or local_date(now)
        with self.screening_service.database.read() as session:
            state = book.state(session, client)
        lists = DecisionBasis(
            snapshot, snapshot, self.screening_service.parameters, CURRENT, self.screening_service.rule_version
        )
        judge = Judge(lists, on, now, self.screening_service.matches_max)
        ids = suspects(self.screening_service.database, client, snapshot.index, with_keywords=True)
        found: list[dict[str, Any]] = []
        worst: Counter[str] = Counter()
        for verdict, error in self._verdicts(client, ids, asked.services, judge):
            rows = [_unknown(verdict, error)] if error else _rows(verdict)
            found += rows
            if rows:
                order = (Outcome.REVIEW.value, Outcome.BLOCK.value, UNKNOWN)
                worst[max((row["outcome"] for row in rows), key=order.index)] += 1
        text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        counted = {outcome: worst.get(outcome, 0) for outcome in ("BLOCK", "REVIEW", UNKNOWN)}
        return Swept(
            basis={
                "date": on.isoformat(),
                "known_at": asked.known_at.isoformat() if asked.known_at else now.isoformat(),
                "list_versions": [
                    {"code": ref.code, "version": ref.version, "sha256": ref.sha256} for ref in snapshot.refs
                ],
                "rule_version": self.screening_service.rule_version,
                "engine_version": ENGINE_VERSION,
                "book_revision": state.revision,
                "swept_at": now.isoformat(),
            },
            counts={
                "counterparties": state.open,
                "PASS": state.open - sum(counted.values()),
                **counted,
                "findings": len(found),
                "by_service": dict(sorted(Counter(row["service"] for row in found).items())),
                "by_reason": dict(
                    sorted(Counter(row["reasons"][0]["code"] for row in found if row["reasons"]).items())
                ),
            },
            findings=found,
            findings_sha256=hashlib.sha256(text.encode()).hexdigest(),
        )

    def _snapshot(self, asked: Asked, now: datetime) -> Snapshot:
        current = caught_up_by_a_right_clock(self.screening_service.database, self.screening_service.snapshots)
        if asked.known_at is not None:
            return self.screening_service.snapshots.known_at(asked.known_at)
        with self.screening_service.database.read() as session:
            named = [store.version(session, code, version) for code, version in (asked.lists or {}).items()]
            # A list may have been rejected since the sweep was asked for.
            for record in named:
                _check_version(record)
            lineages = {one.code: store.lineage(session, one.code, one.version) for one in named}
        activated = {one.code: one.ref for one in named if one.state not in _WAITING}
        if activated:
            others = [ref for ref in current.refs if ref.code not in activated]
            current = self.screening_service.snapshots.at([*activated.values(), *others])
        # What waits comes last: only here is it taken for a version in force.
        for record in named:
            if record.state in _WAITING:
                current = with_waiting(current, record, lineages[record.code], now)
        return current

    def _verdicts(
        self, client: str, ids: set[str], services: tuple[Service, ...] | None, judge: Judge
    ) -> Iterator[tuple[Verdict, str | None]]:
        each = iter(sorted(ids))
        while some := list(islice(each, _TOGETHER)):
            with self.screening_service.database.read() as session:
                members = [entry.member for entry in book.entries(session, client, some)]
            if services is not None:
                members = [replace(member, services=services) for member in members]
            try:
                verdicts = judge.decide(members)
            except Exception:  # noqa: BLE001 - one counterparty must not keep all others undecided
                for member in members:
                    try:
                        yield judge.decide([member])[0], None
                    except Exception as error:  # noqa: BLE001 - as above
                        yield Verdict(member, (), (), None), type(error).__name__
            else:
                for verdict in verdicts:
                    yield verdict, None


def _rows(verdict: Verdict) -> list[dict[str, Any]]:
    one = verdict.member
    return [
        {
            "counterparty_id": one.id,
            "name": one.name,
            "service": decision.service,
            "outcome": decision.outcome,
            "reasons": [dict(reason) for reason in decision.reasons],
            "matches": [dict(match) for match in decision.matches],
        }
        for decision in verdict.decisions
        if decision.outcome != Outcome.PASS
    ]


def _unknown(verdict: Verdict, error: str) -> dict[str, Any]:
    one = verdict.member
    return {
        "counterparty_id": one.id,
        "name": one.name,
        "service": one.services[0].value,
        "outcome": UNKNOWN,
        "reasons": [],
        "matches": [],
        "error": error,
    }


class SweepJobs:
    """Computes sweeps for one worker."""

    def __init__(self, screening_service: Callable[[], ScreeningService], database: Database) -> None:
        self._screening_service = screening_service
        self._database = database

    def do(self, claim: ChunkClaim) -> Callable[[WriteSession], None]:
        """Compute a sweep; return what is to be written in the transaction that finishes its job."""
        sweep_id, client = claim.options["sweep"], claim.owner.client
        with self._database.read() as session:
            asked = read(session, client, sweep_id).asked
        try:
            swept = Sweeper(self._screening_service()).sweep(client, asked)
        except (Conflict, NotFound) as error:
            message = error.message

            def fail(session: WriteSession) -> None:
                values = {"state": "FAILED", "error": message, "finished_at": clock.now()}
                session.execute(update(Sweep).where(Sweep.id == sweep_id).values(**values))
                queue.fail(session, claim.job_id, message, clock.now())

            return fail

        def write(session: WriteSession) -> None:
            write_swept(session, client, sweep_id, swept)
            report = {"sweep": sweep_id, "counts": dict(swept.counts)}
            queue.complete(session, claim.job_id, {"report": report}, clock.now())

        return write


def write_swept(session: WriteSession, client: str, sweep_id: str, swept: Swept) -> None:
    """Write what a sweep came to."""
    each = enumerate(swept.findings, start=1)
    while some := list(islice(each, _ROWS_TOGETHER)):
        session.execute(
            insert(SweepFinding),
            [
                {
                    "client": client,
                    "sweep_id": sweep_id,
                    "no": no,
                    "counterparty_id": row["counterparty_id"],
                    "name": row["name"][:400],
                    "service": row["service"],
                    "outcome": row["outcome"],
                    "decision": {"reasons": row["reasons"], "matches": row["matches"]},
                }
                for no, row in some
            ],
        )
    session.execute(
        update(Sweep)
        .where(Sweep.id == sweep_id)
        .values(
            state="DONE",
            basis=dict(swept.basis),
            counts=dict(swept.counts),
            findings_sha256=swept.findings_sha256,
            finished_at=clock.now(),
        )
    )
