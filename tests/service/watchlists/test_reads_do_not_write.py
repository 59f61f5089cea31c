"""What is due comes into force, and what was withdrawn is told, by the step of each second and by no read."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from client import Api, running
from sqlalchemy import event
from watchlist_rows import VENUE, as_csv, load

from app import clock
from app.db import Database
from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.snapshots.refresher import Refresher
from app.watchlists.snapshots.scheduler import activate_due
from app.watchlists.snapshots.snapshot_cache import SnapshotCache
from app.watchlists.versions import service
from app.watchlists.versions.importing import Checker, Upload
from app.watchlists.versions.transition import Actor

WITHDRAWN = VENUE | {"action": "WITHDRAW_ERROR", "withdraw_reason": "示例更正"}
READS = (
    *("/v1/events", "/v1/lists", "/v1/lists/fj", "/v1/lists/fj/versions", "/v1/lists/fj/versions/1"),
    *("/v1/lists/fj/versions/1/entries", "/v1/lists/fj/delta?since=0", "/v1/screenings", "/v1/rules", "/readyz"),
)
SOON = timedelta(seconds=1)


def _schedule(database: Database, code: str) -> None:
    """Schedule the withdrawal of the venue for a second later, and wait until it is due."""
    now = clock.now()
    maker, checker = Actor("maker", "test"), Actor("checker", "test")
    upload = Upload(f"{code}.csv", as_csv([WITHDRAWN]), {}, "测试机构")
    with database.write() as session:
        checked = Checker(FileLimits(), Parameters()).check(session, code, upload, now)
        draft = service.import_draft(session, code, upload, checked, maker, now)
        service.submit(session, code, draft.version, maker, now)
        service.approve(session, code, draft.version, checker, now)
        service.activate(session, code, draft.version, checker, now, at=now + SOON)
    time.sleep(SOON.total_seconds() + 0.1)


@contextmanager
def _writes(api: Api, *tables: str) -> Iterator[list[str]]:
    """Gather the statements that change one of the tables."""
    found: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        words = statement.split(None, 3)
        if words[0].upper() in {"INSERT", "UPDATE", "DELETE"} and any(table in statement for table in tables):
            found.append(statement)

    engine = api.app.state.database.engine
    event.listen(engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", look)


def test_no_read_activates_or_tells(db: Database) -> None:
    load(db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db, refresh_interval_s=3600) as api:
        assert api.screen(VENUE["legal_name"]).json()["outcome"] == "BLOCK"
        _schedule(db, "fj")
        with _writes(api, "list_version", "outbox_event") as found:
            for path in READS:
                assert api.call("GET", path, "auditor").status_code == 200, path
        assert found == []
        assert api.call("GET", "/v1/events", "auditor").json()["items"] == []
        with _writes(api, "list_version", "outbox_event") as found:
            api.refresh()
        assert {"list_version", "outbox_event"} <= {
            table for one in found for table in ("list_version", "outbox_event") if table in one
        }
        assert len(api.call("GET", "/v1/events", "auditor").json()["items"]) == 1
        assert api.screen(VENUE["legal_name"]).json()["reasons"][0]["code"] == "ERR_WITHDRAWN"


def test_taking_up_the_lists_only_reads(sqlite_db: Database) -> None:
    load(sqlite_db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    _schedule(sqlite_db, "fj")
    cache = SnapshotCache(sqlite_db)
    assert [ref.version for ref in cache.refresh().refs] == [1]
    assert activate_due(sqlite_db)
    assert not activate_due(sqlite_db)
    assert [ref.version for ref in cache.refresh().refs] == [2]


def test_where_the_step_fails_the_lists_grow_stale(sqlite_db: Database) -> None:
    load(sqlite_db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    cache = SnapshotCache(sqlite_db)
    cache.refresh()

    def fails() -> None:
        raise LookupError

    before = cache.current.age_s
    refresher = Refresher(cache, 0.01, before=fails)
    with pytest.raises(LookupError):
        refresher.turn()
    refresher.start()
    time.sleep(0.3)
    refresher.stop()
    assert cache.current.age_s >= before + 0.3
