"""Whatever happens while a book is decided: nothing is told to PASS that no finished run has looked at.

Random things happen in the middle of a run: a counterparty comes, changes or leaves, a list is put in force, a chunk
fails, the process is gone.  Then every counterparty is either UNKNOWN, or what its present content gives by the very
basis that is said to cover it.
"""

import os
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
from book_histories import History
from book_world import CLIENT, BookWorld
from sqlalchemy import select, update
from watchlist_rows import VENUE, load

from app import clock
from app.db import Database
from app.monitoring import book, coverage
from app.monitoring.basis import BookBasis
from app.monitoring.member import Member
from app.monitoring.models import CounterpartyRow, CoverageRow
from app.monitoring.pair_decision import Judge, Verdict
from app.monitoring.rescreening import BookRunner
from app.monitoring.step_writer import Computed

INTERLEAVINGS = int(os.environ.get("CUTOFF_TEST_HISTORIES", "3"))
RUNS = 10


class _ProcessGoneError(Exception):
    """The worker was killed at this point."""


class InterruptedRunner(BookRunner):
    """A runner in the middle of whose computing, and right before whose writing, something happens."""

    happens: Callable[[], None]
    poisoned: frozenset[str] = frozenset()

    def _compute(self, client: str, ids: set[str], judge: Judge) -> Computed:
        type(self).happens()
        found = super()._compute(client, ids, judge)
        type(self).happens()
        return found


class PoisonedJudge(Judge):
    """Fails at some counterparties, as a bug in the law or an unreadable row would."""

    def decide(self, members: Sequence[Member]) -> list[Verdict]:
        if any(one.id in InterruptedRunner.poisoned for one in members):
            raise RuntimeError("undecidable")
        return super().decide(members)


@pytest.mark.parametrize("seed", range(INTERLEAVINGS))
def test_nothing_passes_that_is_not_covered(db: Database, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    luck = random.Random(seed)
    world = BookWorld(db)
    history = History(world, luck)
    load(db, "fj-violating", VENUE, received_at="2017-01-20T09:00:00+08:00")
    plain = world.runner
    monkeypatch.setattr("app.monitoring.rescreening.Judge", PoisonedJudge)

    def happens() -> None:
        match luck.randrange(8):
            case 0 | 1:
                history.put()
            case 2:
                history.close()
            case 3:
                history.list_some()
            case 4:
                history.roll_back()
            case 5 if luck.random() < 0.5:
                raise _ProcessGoneError
            case _:
                pass

    InterruptedRunner.happens = staticmethod(happens)  # type: ignore[assignment]
    world.runner = InterruptedRunner(plain.screening_service)
    outcomes: set[str] = set()
    for _ in range(RUNS):
        history.step()
        InterruptedRunner.poisoned = frozenset(f"C-{luck.randrange(14)}" for _ in range(luck.randrange(3)))
        with suppress(_ProcessGoneError):
            world.run(history.on)
        _end_lease(db)
        outcomes |= _check(db, plain)
    # All that passes was decided: once nothing happens any more, a whole sweep covers what failed before, too.
    InterruptedRunner.poisoned = frozenset()
    InterruptedRunner.happens = staticmethod(lambda: None)  # type: ignore[assignment]
    world.run(history.on, full=True)
    assert "UNKNOWN" not in _check(db, plain)
    # Of ten runs most leave something undecided, but not in every history.
    assert "UNKNOWN" in outcomes or seed > 2


def _end_lease(db: Database) -> None:
    """Let the lease of a worker that is gone run out, which takes two minutes."""
    with db.write() as session:
        session.execute(update(CoverageRow).values(lease_until=None))


def _check(db: Database, runner: BookRunner) -> set[str]:
    """Compare every open counterparty with what its content gives by the basis that covers it; return the outcomes."""
    poisoned, InterruptedRunner.poisoned = InterruptedRunner.poisoned, frozenset()
    with db.read() as session:
        row = session.get(CoverageRow, CLIENT)
        opened = select(CounterpartyRow.id).where(CounterpartyRow.client == CLIENT, CounterpartyRow.closed_at.is_(None))
        entries = list(book.entries(session, CLIENT, list(session.scalars(opened))))
        views = coverage.views(session, [(CLIENT, entry) for entry in entries], clock.now())
    basis = BookBasis.from_json(row.basis) if row is not None and row.basis is not None else None
    judged = runner.judge(replace(basis, repair=0)).decide([entry.member for entry in entries]) if basis else []
    decided = {one.member.id: {each.service: each.outcome for each in one.decisions} for one in judged}
    seen = set()
    for view in views:
        answer = {one.service: one.outcome_matched for one in view.standing}
        seen.update(answer.values())
        if view.coverage is None:
            assert set(answer.values()) == {"UNKNOWN"}
        else:
            assert answer == decided[view.entry.member.id]
    InterruptedRunner.poisoned = poisoned
    return seen
