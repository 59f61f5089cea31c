"""A worker whose clock is behind the lists in force decides no book and no sweep; on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from book_world import BookWorld, counterparty
from watchlist_rows import VENUE, load

from app import clock
from app.db import Database
from app.errors import Unavailable
from app.monitoring.watcher import BookWatcher


class _Quiet:
    def step(self) -> None:
        """Nothing is announced."""


def test_a_book_is_left_as_it_was_decided(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    load(db, "qa", VENUE, now=clock.now() - timedelta(days=30), received_at="2017-03-20T09:00:00+08:00")
    world = BookWorld(db)
    world.put(counterparty("C-1", VENUE["legal_name"]))
    world.run("2017-07-03")
    before = world.rows()
    load(db, "qb", {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样恒文化产权交易所有限公司"})
    world.put(counterparty("C-2", "福州清源饮料有限公司"))
    real = clock.now

    def late() -> Any:
        return real() - timedelta(minutes=10)

    monkeypatch.setattr(clock, "now", late)
    with pytest.raises(Unavailable) as refused:
        world.run("2017-07-03")
    assert refused.value.code == "process-clock-behind"
    # The watcher outlives it and tries again.
    assert BookWatcher(world.runner, 0, _Quiet()).step() == 1  # type: ignore[arg-type]
    assert world.rows() == before
    monkeypatch.setattr(clock, "now", real)
    assert [one.cause for one in world.run("2017-07-03")]
