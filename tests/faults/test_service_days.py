"""Real servers with clients, loads and machines that misbehave: what was answered is recorded, once, word for word."""

import http.client
import json
import os
import resource
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
from ledger import FAST, QUESTION, Clients, venue_and_key
from server import Server
from sqlalchemy import func, select
from test_ledger import ready

from app.db import Database
from app.screening.models import Screening

PATIENCE_S = 60.0


def _request(key: str, claim: str) -> bytes:
    body = json.dumps(QUESTION).encode()
    head = (
        f"POST /v1/screenings HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {key}"
        f"\r\nidempotency-key: {claim}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def test_clients_that_hang_up_strand_nobody(server: Server, key: str, db: Database) -> None:
    server.start()
    with Clients(server, key, threads=4, patience_s=PATIENCE_S) as clients:
        clients.until_more(within_s=PATIENCE_S)
        for number in range(60):
            with socket.create_connection(("127.0.0.1", server.port)) as gone:
                whole = _request(key, f"gone-{number}")
                gone.sendall(whole if number % 3 else whole[: len(whole) // 2])
        clients.until_more(within_s=PATIENCE_S)
        ready(server, within_s=PATIENCE_S)
    assert not clients.ledger.unsettled
    clients.ledger.check(db)


def test_one_key_with_two_bodies_on_two_servers_is_one_answer(
    server: Server, key: str, db: Database, tmp_path: Path
) -> None:
    other = Server(server.environment["CUTOFF_DATABASE_URL"], tmp_path / "other.log", **FAST)
    found: list[tuple[str, int, bytes]] = []

    def ask(where: Server, reference: str) -> None:
        body = {**QUESTION, "reference": reference}
        give_up_at = time.monotonic() + PATIENCE_S
        status, content = 503, b""
        while status == 503 and time.monotonic() < give_up_at:  # busy: to be asked again, as Retry-After says
            status, content = where.call("POST", "/v1/screenings", key, body, {"Idempotency-Key": "one"})
        found.append((reference, status, content))

    try:
        for one in (server, other):
            one.start()
        threads = [threading.Thread(target=ask, args=((server, other)[i % 2], f"r-{i % 2}")) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        other.kill_if_running()
    assert {status for _, status, _ in found} <= {200, 409}
    good = {(reference, content) for reference, status, content in found if status == 200}
    assert len(good) == 1
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Screening)) == 1


def test_a_log_that_nobody_takes_stops_nothing(db: Database, key: str) -> None:
    server = Server(db.url.render_as_string(hide_password=False), Path("/dev/full"), **FAST)
    try:
        server.start()
        with Clients(server, key, threads=4, patience_s=PATIENCE_S) as clients:
            clients.until_more(within_s=PATIENCE_S)
        clients.ledger.check(db)
        assert clients.statuses() == {200}
    finally:
        server.kill_if_running()


@pytest.mark.long
def test_a_worker_that_is_killed_is_replaced(server: Server, key: str, db: Database) -> None:
    server.start("--workers", "2")
    with Clients(server, key, patience_s=PATIENCE_S) as clients:
        clients.until_more(within_s=PATIENCE_S)
        os.kill(_workers(server)[0], signal.SIGKILL)
        clients.until_more(60, within_s=PATIENCE_S)
    clients.ledger.check(db)
    assert not clients.ledger.unsettled


def _workers(server: Server) -> list[int]:
    """Return the processes of a server that listen on its port, but for the first one."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split()
    return [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


@pytest.mark.long
def test_a_process_that_was_asleep_passes_nothing_on_what_it_knew(db: Database, key: str, tmp_path: Path) -> None:
    """Stopped for longer than lists may be unconfirmed, it says REVIEW until they are confirmed again."""
    server = Server(
        db.url.render_as_string(hide_password=False), tmp_path / "server.log", **FAST, CUTOFF_FRESHNESS_MAX_S="1.5"
    )
    try:
        server.start()
        with Clients(server, key, threads=4, patience_s=PATIENCE_S) as clients:
            clients.until_more(within_s=PATIENCE_S)
            server.signal(signal.SIGSTOP)
            time.sleep(4)
            server.signal(signal.SIGCONT)
            clients.until_more(60, within_s=PATIENCE_S)
        clients.ledger.check(db)
        for answer in map(json.loads, clients.ledger.answers.values()):
            is_stale = any(reason["code"] == "STALE_LIST" for reason in answer["reasons"])
            assert (answer["outcome"] == "REVIEW") == is_stale
    finally:
        server.kill_if_running()


@pytest.mark.long
def test_past_its_bounds_it_refuses_and_says_when_to_come_again(db: Database, key: str, tmp_path: Path) -> None:
    server = Server(
        db.url.render_as_string(hide_password=False),
        tmp_path / "server.log",
        **FAST,
        CUTOFF_SCREENINGS_UNDER_WAY_MAX="4",
        CUTOFF_SCREENINGS_OF_CLIENT_MAX="3",
    )
    try:
        server.start()
        with Clients(server, key, threads=24, patience_s=PATIENCE_S) as clients:
            clients.until_more(100, within_s=PATIENCE_S)
            refused = _refusals(server, key, 40)
        clients.ledger.check(db)
        assert clients.statuses() <= {200, 429, 503}
        assert clients.statuses() & {429, 503}
        assert all(refused)
    finally:
        server.kill_if_running()


def _refusals(server: Server, key: str, tries: int) -> list[str | None]:
    """Return the Retry-After of each answer that is a refusal."""
    found = []
    for number in range(tries):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        claim = {"Idempotency-Key": f"refused-{number}"}
        connection.request("POST", "/v1/screenings", json.dumps(QUESTION), headers | claim)
        response = connection.getresponse()
        response.read()
        if response.status in {429, 503}:
            found.append(response.headers["Retry-After"])
        connection.close()
    return found


@pytest.mark.long
def test_batches_beside_singles(server: Server, key: str, db: Database) -> None:
    server.start()
    batches: list[int] = []
    stop = threading.Event()

    def ask_batches() -> None:
        while not stop.is_set():
            batches.append(server.call("POST", "/v1/screenings/batch", key, {"items": [QUESTION] * 200})[0])

    thread = threading.Thread(target=ask_batches)
    with Clients(server, key, patience_s=PATIENCE_S) as clients:
        clients.until_more(within_s=PATIENCE_S)
        thread.start()
        clients.until_more(200, within_s=PATIENCE_S)
        stop.set()
        thread.join()
    assert set(batches) == {200}
    assert not clients.ledger.wrong
    assert not clients.ledger.unsettled
    with db.read() as session:
        recorded = session.scalar(select(func.count()).select_from(Screening))
    assert recorded == len(clients.ledger.answers) + 200 * len(batches)


@pytest.mark.long
def test_a_full_disk_under_load_and_room_again(sqlite_db: Database, tmp_path: Path) -> None:
    key = venue_and_key(sqlite_db)
    server = Server(sqlite_db.url.render_as_string(hide_password=False), tmp_path / "server.log", **FAST)
    try:
        server.start()
        with Clients(server, key, patience_s=PATIENCE_S) as clients:
            clients.until_more(within_s=PATIENCE_S)
            before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (64 << 10, before[1]))
            ready(server, within_s=20, status=503)
            assert server.call("GET", "/healthz")[0] == 200
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)
            clients.until_more(within_s=PATIENCE_S)
            ready(server, within_s=PATIENCE_S)
        clients.ledger.check(sqlite_db)
    finally:
        server.kill_if_running()
