"""A server that is killed right after an answer has that answer when it is back; one that is told to stop, stops."""

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import Server
from watchlist_rows import VENUE

from app.db import Database

ASKED = {
    "service": "FUND_SETTLEMENT",
    "service_date": "2017-06-30",
    "counterparty": {"name": VENUE["legal_name"]},
}


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Iterator[Server]:
    server = Server(db.url.render_as_string(hide_password=False), tmp_path / "server.log")
    yield server
    server.kill_if_running()


def test_an_answer_survives_kill_9(server: Server, key: str) -> None:
    server.start()
    status, answered = server.call("POST", "/v1/screenings", key, ASKED)
    server.stop(signal.SIGKILL)
    assert (status, json.loads(answered)["outcome"]) == (200, "BLOCK")
    server.start()
    assert server.call("GET", f"/v1/screenings/{json.loads(answered)['id']}", key) == (200, answered)


def test_every_answer_that_went_out_before_kill_9_is_there_after_it(server: Server, key: str) -> None:
    server.start()
    answers: list[bytes] = []

    def ask() -> None:
        while True:
            try:
                status, content = server.call("POST", "/v1/screenings", key, ASKED)
            except OSError:
                return
            if status == 200:
                answers.append(content)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(answers) < 40:
        threads[0].join(0.01)
    server.stop(signal.SIGKILL)
    for thread in threads:
        thread.join(30)
    server.start()
    for answered in answers:
        assert server.call("GET", f"/v1/screenings/{json.loads(answered)['id']}", key) == (200, answered)


def test_two_workers_share_a_port_and_stop_when_told(server: Server, key: str) -> None:
    server.start("--workers", "2")
    ids = [json.loads(server.call("POST", "/v1/screenings", key, ASKED)[1])["id"] for _ in range(10)]
    for one in ids:
        assert server.call("GET", f"/v1/screenings/{one}", key)[0] == 200
    assert b"cutoff_screenings_total" in server.call("GET", "/metrics")[1]
    assert server.stop(signal.SIGTERM) == 0
