"""The database goes away under a running server: no answer passes, readiness says so, and it comes back by itself."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from client import Api, running
from sqlalchemy import text
from sqlalchemy.engine import make_url
from watchlist_rows import VENUE, load

from app.db import Database

pytestmark = pytest.mark.postgres


@pytest.fixture
def api(postgres_db: Database) -> Iterator[Api]:
    load(postgres_db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(postgres_db, freshness_max_s=0.5, refresh_interval_s=0.05, statement_timeout_ms=1_000) as api:
        yield api


class Cut:
    """Refuses connections to one database and ends those that are open."""

    def __init__(self, server: str, database: Database) -> None:
        self.server = Database(make_url(server))
        self.name = database.url.database

    def __enter__(self) -> None:
        self._allow("false")
        self._do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")

    def __exit__(self, *_: object) -> None:
        self._allow("true")
        self.server.close()

    def _allow(self, allow: str) -> None:
        self._do(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS {allow}")

    def _do(self, statement: str) -> None:
        with self.server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))


def until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_cut_and_back(api: Api, postgres_server: str) -> None:
    api.key()
    until(lambda: api.call("GET", "/readyz", None).status_code == 200)
    with Cut(postgres_server, api.database):
        until(lambda: api.call("GET", "/readyz", None).status_code == 503)
        refused = api.screen("福州样本海鲜酒楼有限公司")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        assert refused.json()["type"].rpartition(":")[2] in {"database-unavailable", "keys-unconfirmed"}
        assert api.call("GET", "/healthz", None).status_code == 200
    until(lambda: api.call("GET", "/readyz", None).status_code == 200)
    assert api.screen("福州样本海鲜酒楼有限公司").json()["outcome"] == "PASS"


def test_while_the_versions_cannot_be_confirmed_a_pass_is_review(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("cut")

    monkeypatch.setattr("app.watchlists.versions.store.versions_in_force", fail)
    until(lambda: api.call("GET", "/readyz", None).status_code == 503)
    answer = api.screen("福州样本海鲜酒楼有限公司").json()
    assert (answer["outcome"], answer["reasons"][0]["code"]) == ("REVIEW", "STALE_LIST")
    assert json.loads(api.call("GET", f"/v1/screenings/{answer['id']}").content) == answer


def test_a_statement_that_hangs_ends_in_time_and_nothing_passes(api: Api) -> None:
    with api.database.write() as session:
        session.execute(text("LOCK TABLE screening IN ACCESS EXCLUSIVE MODE"))
        started = time.monotonic()
        refused = api.screen("福州样本海鲜酒楼有限公司")
        assert refused.status_code == 503
        assert time.monotonic() - started < 8
