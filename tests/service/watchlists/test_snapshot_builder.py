"""Large snapshots are made by a process of their own: they are the same, and who goes on without it answers too."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watchlist_rows import VENUE, load

from app.db import Database
from app.matching import Query, QueryName
from app.watchlists.snapshots import snapshot_cache
from app.watchlists.snapshots.builder import BuilderError, SnapshotBuilder
from app.watchlists.snapshots.snapshot import Snapshot
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

_PATIENCE_S = 60.0
ON_SQLITE = pytest.mark.parametrize("db", ["sqlite"], indirect=True)


def rows(first: int, count: int) -> list[dict[str, str]]:
    """Return so many venues, each fourth with a code."""
    found = []
    for number in range(first, first + count):
        code = {"qq": f"{10_000 + number}"} if number % 4 == 0 else {}
        name = f"福州示例{''.join('甲乙丙丁戊己庚辛壬癸'[int(digit)] for digit in str(number))}商品交易中心有限公司"
        found.append({**VENUE, "external_id": f"S-{number}", "legal_name": name, **code})
    return found


@pytest.fixture
def builder(db: Database) -> Iterator[SnapshotBuilder]:
    builder = SnapshotBuilder(db)
    yield builder
    builder.stop()


@pytest.fixture
def large(db: Database, builder: SnapshotBuilder, monkeypatch: pytest.MonkeyPatch) -> SnapshotCache:
    """Return a cache for which few rows are many; it has the first version, and a second one is in force."""
    monkeypatch.setattr(snapshot_cache, "_LARGE", 300)
    load(db, "fj", *rows(0, 40))
    cache = SnapshotCache(db, builder=builder)
    assert len(cache.refresh().dossiers) == 40
    load(db, "fj", *rows(0, 300))
    return cache


def found(snapshot: Snapshot) -> list[Any]:
    queries = [Query((QueryName(dossier.legal_name),)) for dossier in list(snapshot.dossiers.values())[::7]]
    queries.append(Query((QueryName(rows(1, 1)[0]["legal_name"].replace("示例", "示列")),)))
    return snapshot.index.search_many(queries)


def test_a_snapshot_made_apart_is_the_one_that_is_made_here(
    large: SnapshotCache, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SnapshotCache, "made", _never)
    apart = large.refresh()
    monkeypatch.undo()
    here = SnapshotCache(db).refresh()
    assert len(here.dossiers) == 300
    assert list(apart.dossiers.items()) == list(here.dossiers.items())
    assert list(here.dossiers) == sorted(here.dossiers)
    assert (apart.refs, apart.entries, apart.size_step) == (here.refs, here.entries, here.size_step)
    assert apart.index.entries is apart.entries
    assert {"index", "spellings"} <= vars(apart).keys(), "nobody who asks has to wait for them"
    assert apart.spellings == here.spellings
    assert found(apart) == found(here)
    assert any(hits for hits in found(apart))


def _never(*_: object) -> Snapshot:
    raise AssertionError("made here")


@ON_SQLITE
def test_a_small_list_with_many_versions_is_made_here(
    db: Database, builder: SnapshotBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is folded already is not read again, so it takes no time that anybody would notice."""
    monkeypatch.setattr(snapshot_cache, "_LARGE", 60)
    monkeypatch.setattr(SnapshotBuilder, "make", _never)
    load(db, "fj", *rows(0, 20))
    cache = SnapshotCache(db, builder=builder)
    cache.refresh()
    for _ in range(3):
        load(db, "fj", *({**one, "jurisdiction": "厦门市"} for one in rows(0, 20)))
        cache.refresh()
        load(db, "fj", *rows(0, 20))
        cache.refresh()
    assert cache.refresh().refs[0].version == 7


@ON_SQLITE
def test_where_the_process_is_killed_the_snapshot_is_made_here(large: SnapshotCache, builder: SnapshotBuilder) -> None:
    def kill() -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while builder.running is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if builder.running is not None:
            os.kill(builder.running, signal.SIGKILL)

    killing = threading.Thread(target=kill)
    killing.start()
    snapshot = large.refresh()
    killing.join()
    assert len(snapshot.dossiers) == 300
    assert "index" in vars(snapshot)


@ON_SQLITE
def test_who_stops_does_not_wait_for_it(large: SnapshotCache, builder: SnapshotBuilder) -> None:
    refs = large.refresh().refs
    stopping = threading.Timer(0.2, builder.stop)
    stopping.start()
    with pytest.raises(BuilderError):
        builder.make(refs, None)
    stopping.join()
    assert builder.running is None
    with pytest.raises(BuilderError, match="stopped"):
        builder.make(refs, None)


@ON_SQLITE
def test_the_process_ends_with_whoever_asked(large: SnapshotCache, builder: SnapshotBuilder) -> None:
    """As its input ends: nothing is left of it where a server is killed."""
    refs = large.refresh().refs
    child = builder.start()
    builder.ask(child, refs, None)
    assert child.stdin is not None
    # Nobody takes what it makes, so it would never end by itself.
    child.stdin.close()
    assert child.wait(_PATIENCE_S) != 0
    assert child.stdout is not None
    child.stdout.close()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("0123456789abcdef-", min_size=0, max_size=5), unique=True))
def test_sorting_in_parts_is_sorting(ids: list[str]) -> None:
    dossiers: Any = {entity_id: object() for entity_id in ids}
    assert list(snapshot_cache.in_order(dossiers).items()) == sorted(dossiers.items())
