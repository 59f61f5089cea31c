"""Two servers on one PostgreSQL: two approvals at once, and one activation under a steady load of screenings."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from server import Server
from watchlist_rows import VENUE, as_csv, load

from app import clock
from app.access import Role, keys
from app.db import Database
from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.versions import service
from app.watchlists.versions.importing import Checker, Upload
from app.watchlists.versions.transition import Actor

SECOND = {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样本鹭岛商品交易市场有限公司"}
ASKED = {
    "service": "FUND_SETTLEMENT",
    "service_date": "2017-07-03",
    "counterparty": {"name": SECOND["legal_name"]},
}
OUTCOMES = {1: "PASS", 2: "BLOCK"}
SETTLED_S = 2.0


@pytest.fixture
def servers(postgres_db: Database, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    load(postgres_db, "fj-violating", VENUE)
    url = postgres_db.url.render_as_string(hide_password=False)
    both = (Server(url, tmp_path / "one.log"), Server(url, tmp_path / "two.log"))
    try:
        yield both
    finally:
        for server in both:
            server.kill_if_running()


def _key(db: Database, role: Role, subject: str) -> str:
    with db.write() as session:
        return keys.create(session, role, name=subject, client="core")[1]


def _submitted(db: Database) -> None:
    now = clock.now()
    upload = Upload("a.csv", as_csv([VENUE, SECOND]), {}, "示例局")
    maker = Actor("张三", "test")
    with db.write() as session:
        checked = Checker(FileLimits(), Parameters()).check(session, "fj-violating", upload, now)
        service.import_draft(session, "fj-violating", upload, checked, maker, now)
        service.submit(session, "fj-violating", 2, maker, now)


@pytest.mark.postgres
def test_an_activation_reaches_every_server_and_no_answer_is_mixed(
    postgres_db: Database, servers: tuple[Server, Server]
) -> None:
    checkers = [_key(postgres_db, Role.LIST_CHECKER, name) for name in ("李四", "王五")]
    screener = _key(postgres_db, Role.SCREENER, "core")
    _submitted(postgres_db)
    for server in servers:
        server.start()

    approvals = _at_once(
        [
            lambda server=server, key=key: server.call("POST", "/v1/lists/fj-violating/versions/2/approve", key)
            for server, key in zip(servers, checkers, strict=True)
        ]
    )
    assert sorted(status for status, _ in approvals) == [200, 409]

    answers: list[tuple[float, int, Any]] = []
    stop = threading.Event()

    def ask(server: Server) -> None:
        while not stop.is_set():
            # Below the rate that a key may ask at.
            stop.wait(0.02)
            sent = time.monotonic()
            status, content = server.call("POST", "/v1/screenings", screener, ASKED)
            answers.append((sent, status, json.loads(content)))

    threads = [threading.Thread(target=ask, args=(server,)) for server in servers for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    status, content = servers[0].call("POST", "/v1/lists/fj-violating/versions/2/activate", checkers[0])
    activated = time.monotonic()
    assert status == 200, content
    time.sleep(SETTLED_S + 2)
    stop.set()
    for thread in threads:
        thread.join(30)

    assert {status for _, status, _ in answers} == {200}
    used = [(sent, answer["list_versions"][0]["version"], answer) for sent, _, answer in answers]
    assert {version for _, version, _ in used} == {1, 2}
    for _, version, answer in used:
        assert answer["outcome"] == OUTCOMES[version]
        assert answer["flags"] == [flag for flag in answer["flags"] if flag != "STALE_LIST"]
    late = [sent - activated for sent, version, _ in used if version == 1 and sent > activated + SETTLED_S]
    assert late == []


def _at_once(calls: list[Any]) -> list[tuple[int, bytes]]:
    barrier = threading.Barrier(len(calls))
    results: list[tuple[int, bytes]] = []

    def run(call: Any) -> None:
        barrier.wait()
        results.append(call())

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.postgres
def test_a_scheduled_version_comes_into_force_on_every_server(
    postgres_db: Database, servers: tuple[Server, Server]
) -> None:
    checker = _key(postgres_db, Role.LIST_CHECKER, "李四")
    screener = _key(postgres_db, Role.SCREENER, "core")
    _submitted(postgres_db)
    for server in servers:
        server.start()
    servers[0].call("POST", "/v1/lists/fj-violating/versions/2/approve", checker)
    at = clock.now() + timedelta(seconds=2)
    body = {"at": at.isoformat()}
    status, content = servers[0].call("POST", "/v1/lists/fj-violating/versions/2/activate", checker, body)
    assert (status, json.loads(content)["state"]) == (200, "scheduled")
    time.sleep(2 + SETTLED_S + 1)
    for server in servers:
        answer = json.loads(server.call("POST", "/v1/screenings", screener, ASKED)[1])
        assert answer["list_versions"][0]["version"] == 2
    detail = json.loads(servers[1].call("GET", "/v1/lists/fj-violating/versions/2", checker)[1])
    assert [one["event"] for one in detail["history"]] == ["import", "submit", "approve", "schedule", "activate"]
    assert detail["known_from"][:19] == at.isoformat()[:19]
