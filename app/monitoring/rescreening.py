"""Re-screening of one book: compute a step outside of any transaction, then write all of it in one.

A step is written only if the basis from which it began is still the one in force, so that of two processes that
compute the same step one writes and the other's is dropped; a process that is killed has written a step or nothing.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app import clock
from app.db import Database, ReadSession
from app.matching import Index, size_step_named
from app.monitoring import book
from app.monitoring.basis import BookBasis
from app.monitoring.book import BookEntry
from app.monitoring.changes import Cause
from app.monitoring.models import CoverageError, CoverageRow, Pair, Standing, Suppression
from app.monitoring.pair_decision import Judge
from app.monitoring.pre_alerts import announce, coming_worse
from app.monitoring.step_writer import Computed, StepReport, SupersededError, Tell, differing, tell_nobody, write_step
from app.monitoring.steps import KnownState, Lists, Mode, Step, next_step
from app.monitoring.suspects import suspects
from app.monitoring.touched import touched
from app.policy.tables import CURRENT
from app.screening.screen import ENGINE_VERSION, DecisionBasis
from app.screening.service import ScreeningService
from app.watchlists.snapshots.scheduler import caught_up_by_a_right_clock
from app.watchlists.snapshots.snapshot import Snapshot
from app.watchlists.versions import store

_MEMBERS_TOGETHER: Final = 256
_IDS_TOGETHER: Final = 400
_SIEVE_FROM: Final = 2_000
"""So many counterparties are worth looking at all names of the book first, to see which of them need a decision."""
_LEASE: Final = timedelta(minutes=2)
_TURN_KEY: Final = 0x626F6F6B
_STEPS_MAX: Final = 10_000

log = structlog.get_logger("cutoff.monitoring")


@dataclass(frozen=True)
class BookRunner:
    """Brings books up to the lists in force, the law, the date and their own revision.

    ``tell`` is called in the transaction that writes a step, with what changed; people are notified so many
    ``pre_alert_days`` ahead of what becomes worse by a date.
    """

    screening_service: ScreeningService
    tell: Tell = tell_nobody
    pre_alert_days: int = 0
    worker: str = field(default_factory=lambda: f"run:{uuid.uuid4().hex[:8]}")

    @property
    def _database(self) -> Database:
        return self.screening_service.database

    def run(self, client: str, *, on: date | None = None, full: bool = False) -> list[StepReport]:
        """Bring one book up to date and return the steps; ``full`` then decides the whole book and mends differences.

        ``on`` is the local date to decide for, today when left out.  Nothing is done while no list is in force: such
        a book stays UNKNOWN.  Raises :class:`Unavailable` where this machine's clock is behind.
        """
        snapshot = caught_up_by_a_right_clock(self.screening_service.database, self.screening_service.snapshots)
        if not snapshot.refs or not self._leased(client):
            return []
        reports: list[StepReport] = []
        try:
            self._catch_up(client, snapshot, on, reports)
            if full:
                reports += self._prove(client)
            if reports and self.pre_alert_days:
                basis = reports[-1].after
                coming = coming_worse(self._database, client, basis, self.judge(basis), self.pre_alert_days)
                announce(self._database, client, basis.on, coming)
        except SupersededError:
            log.info("step_superseded", client=client)
        finally:
            self._release(client)
        return reports

    def is_due(self, session: ReadSession, client: str, snapshot: Snapshot, on: date) -> bool:
        """Whether there is a step to do for a book."""
        coverage = session.get(CoverageRow, client)
        basis = BookBasis.from_json(coverage.basis) if coverage is not None and coverage.basis else None
        return basis is None or replace(basis, repair=0) != self._target(session, client, snapshot, on)

    def _catch_up(self, client: str, snapshot: Snapshot, on: date | None, reports: list[StepReport]) -> None:
        for _ in range(_STEPS_MAX):
            with self._database.read() as session:
                coverage = session.get(CoverageRow, client)
                current = BookBasis.from_json(coverage.basis) if coverage is not None and coverage.basis else None
                target = self._target(session, client, snapshot, on or clock.local_date(clock.now()))
                seen_at = coverage.lists_seen_at if coverage is not None else None
                step = next_step(current, target, seen_at, self._known(session, client))
            if step is None:
                return
            reports.append(self._do(client, step))

    def target(self, snapshot: Snapshot, client: str, on: date) -> BookBasis:
        """Return the basis on which a book is to be decided for a date."""
        with self._database.read() as session:
            return self._target(session, client, snapshot, on)

    def _target(self, session: ReadSession, client: str, snapshot: Snapshot, on: date) -> BookBasis:
        return BookBasis(
            lists=_lists_of(snapshot),
            rule_version=self.screening_service.rule_version,
            engine_version=ENGINE_VERSION,
            size_step=snapshot.size_step.name,
            book_revision=book.revision(session, client),
            on=on,
        )

    def _known(self, session: ReadSession, client: str) -> KnownState:
        def next_date(after: date) -> date | None:
            statement = select(Standing.next_date).where(Standing.client == client, Standing.next_date > after)
            return session.scalar(statement.order_by(Standing.next_date).limit(1))

        def lists_at(moment: datetime) -> Lists:
            return tuple((ref.code, ref.version) for ref in store.versions_in_force(session, moment))

        return KnownState(
            next_date=next_date,
            lists_at=lists_at,
            size_step=lambda lists: self._snapshot(lists).size_step.name,
        )

    def _snapshot(self, lists: Lists) -> Snapshot:
        current = self.screening_service.snapshots.current.snapshot
        if _lists_of(current) == lists:
            return current
        with self._database.read() as session:
            refs = [store.version(session, code, version).ref for code, version in lists]
        return self.screening_service.snapshots.at(refs)

    def _snapshot_of(self, basis: BookBasis) -> Snapshot:
        """Return the lists of a basis at the size step by which they were searched."""
        snapshot = self._snapshot(basis.lists)
        if snapshot.size_step.name == basis.size_step:
            return snapshot
        return replace(snapshot, size_step=size_step_named(basis.size_step))

    def judge(self, basis: BookBasis) -> Judge:
        """Return what decides members by a basis."""
        snapshot = self._snapshot_of(basis)
        lists = DecisionBasis(snapshot, snapshot, self.screening_service.parameters, CURRENT, basis.rule_version)
        return Judge(lists, basis.on, clock.now(), self.screening_service.matches_max)

    # Computing

    def _do(self, client: str, step: Step) -> StepReport:
        started_at = clock.now()
        self._prolong(client)
        ids = self._affected(client, step)
        computed = self._compute(client, ids, self.judge(step.after))
        report = write_step(self._database, client, step, computed, self.tell, started_at)
        log.info(
            "book_step",
            client=client,
            cause=step.cause,
            mode=step.mode,
            affected=len(ids),
            changes=report.changes,
            ms=round((clock.now() - started_at).total_seconds() * 1000),
        )
        return report

    def _affected(self, client: str, step: Step) -> set[str]:
        """Return the counterparties that a step may concern."""
        with self._database.read() as session:
            found = _undecided(session, client)
            if step.mode is Mode.WHOLE or step.before is None:
                return found | self._whole(session, client, step.after)
            if step.cause is Cause.BOOK:
                return found | self._changed(session, client, step.before, step.after)
            if step.cause is Cause.DATE:
                return found | _dated(session, client, step.before.on, step.after.on)
            return found | self._listed(session, client, step.before, step.after)

    def _whole(self, session: ReadSession, client: str, after: BookBasis) -> set[str]:
        index = self._snapshot_of(after).index
        return _with_rows(session, client) | suspects(self._database, client, index, with_keywords=True)

    def _changed(self, session: ReadSession, client: str, before: BookBasis, after: BookBasis) -> set[str]:
        ids = set(book.ids_since(session, client, before.book_revision))
        revoked = select(Suppression.counterparty_id).where(
            Suppression.client == client, Suppression.revoked_revision > before.book_revision
        )
        ids |= set(session.scalars(revoked))
        if len(ids) < _SIEVE_FROM:
            return ids
        index = self._snapshot_of(after).index
        return ids & (_with_rows(session, client) | suspects(self._database, client, index, with_keywords=True))

    def _listed(self, session: ReadSession, client: str, before: BookBasis, after: BookBasis) -> set[str]:
        new = self._snapshot_of(after)
        what = touched(self._snapshot(before.lists), new)
        found: set[str] = set()
        for some in _batches(sorted(what.entity_ids), _IDS_TOGETHER):
            statement = select(Pair.counterparty_id).where(Pair.client == client, Pair.entity_id.in_(some))
            found.update(session.scalars(statement))
        if what.entries:
            found |= suspects(
                self._database, client, Index.build(what.entries, size_step=new.size_step), with_keywords=False
            )
        return found

    def _compute(self, client: str, ids: set[str], judge: Judge) -> Computed:
        computed = Computed()
        with self._database.read() as session:
            for some in _batches(sorted(ids), _MEMBERS_TOGETHER):
                entries = list(book.entries(session, client, some))
                computed.entries |= {one.member.id: one for one in entries}
                computed.gone += sorted(set(some) - computed.entries.keys())
                self._decide(entries, judge, computed)
        return computed

    def _decide(self, entries: Sequence[BookEntry], judge: Judge, computed: Computed) -> None:
        members = [one.member for one in entries]
        try:
            computed.verdicts += judge.decide(members)
        except Exception as error:  # noqa: BLE001 - one counterparty must not keep all others undecided
            if len(members) == 1:
                computed.errors[members[0].id] = type(error).__name__
                log.error("counterparty_undecided", error=type(error).__name__)  # noqa: TRY400 - a message may hold a name
                return
            for one in entries:
                self._decide([one], judge, computed)

    def _prove(self, client: str) -> list[StepReport]:
        """Decide the whole book by the basis in force, and once more what could not be decided.

        A difference from what is stored is an incident and mended.
        """
        started_at = clock.now()
        with self._database.read() as session:
            coverage = session.get(CoverageRow, client)
            if coverage is None or coverage.basis is None:
                return []
            basis, seen_at = BookBasis.from_json(coverage.basis), coverage.lists_seen_at
            undecided = _undecided(session, client)
            ids = self._whole(session, client, basis) | undecided
        computed = self._compute(client, ids, self.judge(basis))
        with self._database.read() as session:
            wrong = differing(session, client, computed) - undecided
        if not wrong and undecided <= computed.errors.keys():
            with self._database.write() as session:
                session.execute(
                    update(CoverageRow)
                    .where(CoverageRow.client == client, CoverageRow.basis_id == basis.id)
                    .values(whole_at=started_at)
                )
            return []
        if wrong:
            log.error("book_differs", client=client, counterparties=len(wrong))
        step = Step(
            cause=Cause.RULE,
            mode=Mode.WHOLE,
            before=basis,
            after=replace(basis, repair=basis.repair + 1),
            seen_at=seen_at,
        )
        return [write_step(self._database, client, step, computed, self.tell, started_at, differences=len(wrong))]

    # Turns

    def _leased(self, client: str) -> bool:
        """Take the work on a book; False where another process has it."""
        now = clock.now()
        with self._database.write() as session:
            dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
            first = dialect.insert(CoverageRow).values(client=client, book_revision=0, differences=0)
            session.execute(first.on_conflict_do_nothing())
            free = or_(CoverageRow.lease_until.is_(None), CoverageRow.lease_until < now)
            statement = update(CoverageRow).where(CoverageRow.client == client, free)
            taken = session.execute(
                statement.values(worker=self.worker, lease_until=now + _LEASE).returning(CoverageRow.client)
            )
            return taken.first() is not None

    def _prolong(self, client: str) -> None:
        self._set_lease(client, clock.now() + _LEASE)

    def _release(self, client: str) -> None:
        self._set_lease(client, None)

    def _set_lease(self, client: str, until: datetime | None) -> None:
        mine = (CoverageRow.client == client, CoverageRow.worker == self.worker)
        with self._database.write() as session:
            session.execute(update(CoverageRow).where(*mine).values(lease_until=until))


def _lists_of(snapshot: Snapshot) -> Lists:
    return tuple((ref.code, ref.version) for ref in snapshot.refs)


def _with_rows(session: ReadSession, client: str) -> set[str]:
    """Return the counterparties of which something is stored, closed ones among them."""
    found: set[str] = set()
    for model in (Standing, Pair):
        found.update(session.scalars(select(model.counterparty_id).where(model.client == client).distinct()))
    return found


def _undecided(session: ReadSession, client: str) -> set[str]:
    """Return the counterparties that could not be decided."""
    return set(session.scalars(select(CoverageError.counterparty_id).where(CoverageError.client == client)))


def _dated(session: ReadSession, client: str, before: date, after: date) -> set[str]:
    """Return those whose decision may change by a date, and those whose suppression has ended by it."""
    found = set(
        session.scalars(select(Standing.counterparty_id).where(Standing.client == client, Standing.next_date <= after))
    )
    ended = select(Suppression.counterparty_id).where(
        Suppression.client == client, Suppression.expires_on >= before, Suppression.expires_on < after
    )
    return found | set(session.scalars(ended))


def _batches(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    each = iter(ids)
    while some := list(islice(each, size)):
        yield some
