"""Random histories of lists, book and dates: what the steps have stored equals a decision of every counterparty anew.

The other side of the comparison decides every open counterparty by the whole lists, with no sieve, no delta and no
memory; ``CUTOFF_TEST_HISTORIES`` says how many histories are tried, ``make check-long`` tries 200.
"""

import os
import random

import pytest
from book_histories import History, anew
from book_world import BookWorld
from watchlist_rows import VENUE, load

from app.db import Database
from app.monitoring import suspects

HISTORIES = int(os.environ.get("CUTOFF_TEST_HISTORIES", "3"))
STEPS = 12


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_the_steps_store_what_a_whole_sweep_would(db: Database, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Small pages, so that a book of a few has several.
    monkeypatch.setattr(suspects, "_NAMES_TOGETHER", 2)
    history = History(BookWorld(db), random.Random(seed))
    load(db, "fj-violating", VENUE, received_at="2017-01-20T09:00:00+08:00")
    for _ in range(STEPS):
        history.step()
        history.world.run(history.on)
        stored, decided = history.world.rows(), anew(history.world, history.on)
        assert stored == decided
    changes = history.world.changes()
    assert len({one.id for one in changes}) == len(changes)
    last: dict[tuple[str, str], str] = {}
    for one in changes:
        known = last.get((one.counterparty_id, one.service))
        assert one.from_outcome in {known, "UNKNOWN", "PASS"} if known is None else True
        last[one.counterparty_id, one.service] = one.to_outcome
    for counterparty_id, service_code, outcome, *_ in history.world.rows()["standings"]:
        if outcome != "PASS":
            assert last[counterparty_id, service_code] == outcome
