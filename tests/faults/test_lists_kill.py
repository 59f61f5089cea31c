"""A process that is killed at any statement of upload, approve or activate leaves a version wholly there or not."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from watchlist_rows import VENUE, as_csv

from app.db import Database, WriteSession
from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.versions import service, store
from app.watchlists.versions.importing import Checker, Upload
from app.watchlists.versions.transition import Actor

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MAKER, CHECKER = Actor("张三", "test"), Actor("李四", "test")
SECOND = {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样本交易所"}
UPLOAD = Upload("a.csv", as_csv([VENUE, SECOND]), {}, "示例局")

Verb = Callable[[WriteSession], object]


def _import(session: WriteSession) -> object:
    checked = Checker(FileLimits(), Parameters()).check(session, "fj", UPLOAD, NOW)
    return service.import_draft(session, "fj", UPLOAD, checked, MAKER, NOW)


def _approve(session: WriteSession) -> object:
    return service.approve(session, "fj", 2, CHECKER, NOW)


def _activate(session: WriteSession) -> object:
    return service.activate(session, "fj", 2, CHECKER, NOW)


def _killed(db: Database, verb: Verb, statement: int) -> bool:
    """Run a verb in a process of its own that is killed before its n-th statement, or before its commit.

    Return whether it was killed; a verb with fewer statements runs to its end.
    """
    child = os.fork()
    if child == 0:
        _run(db, verb, statement)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _run(db: Database, verb: Verb, statement: int) -> None:
    """Be the child: never return, whatever happens."""
    try:
        own = Database(db.url)
        seen = 0

        def count(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(own.engine, "before_cursor_execute", count)
        event.listen(own.engine, "commit", count)
        with own.write() as session:
            verb(session)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the child must not go on as a second test run
        os._exit(3)


def _state(db: Database) -> list[tuple[int, str, int, int]]:
    """Return every version with its state, its rows and its events, and check that no half is there."""
    with db.read() as session:
        if not store.lists(session):
            return []
        versions = store.versions(session, "fj")
        for one in versions:
            assert one.row_count == len(store.entries(session, "fj", one.version))
            assert store.history(session, "fj", one.version)[0].event == "import"
            store.uploaded_file(session, "fj", one.version)
        assert sum(one.state == "active" for one in versions) <= 1
        return [
            (one.version, one.state, one.row_count, len(store.history(session, "fj", one.version))) for one in versions
        ]


@pytest.mark.parametrize("verb", [_import, _approve, _activate])
def test_a_kill_leaves_all_or_nothing(db: Database, verb: Verb) -> None:
    with db.write() as session:
        _import(session)
        service.submit(session, "fj", 1, MAKER, NOW)
        service.approve(session, "fj", 1, CHECKER, NOW)
        service.activate(session, "fj", 1, CHECKER, NOW)
    if verb is not _import:
        with db.write() as session:
            _import(session)
            service.submit(session, "fj", 2, MAKER, NOW)
            if verb is _activate:
                service.approve(session, "fj", 2, CHECKER, NOW)
    before = _state(db)
    db.engine.dispose()
    statement = 1
    while _killed(db, verb, statement):
        assert _state(db) == before, f"killed before statement {statement}"
        db.engine.dispose()
        statement += 1
    # At the least a read, a write, the record of it, and the commit.
    assert statement > 4
    after = _state(db)
    assert after != before
    number, state, rows, events = after[0]
    assert (number, rows) == (2, 2)
    assert state == {_import: "draft", _approve: "approved", _activate: "active"}[verb]
    assert events == {_import: 1, _approve: 3, _activate: 4}[verb]


def test_the_first_import_of_a_list_is_all_or_nothing(db: Database) -> None:
    db.engine.dispose()
    statement = 1
    while _killed(db, _import, statement):
        assert _state(db) == []
        db.engine.dispose()
        statement += 1
    assert [(number, state) for number, state, *_ in _state(db)] == [(1, "draft")]
