"""Who reads slowly, or never, costs nobody else anything; in the server that ships."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from server import Server
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.access.budget import AnswerBudget
from app.db import Database
from app.errors import Unavailable

ROWS = 16_000


@pytest.fixture
def served(sqlite_db: Database, tmp_path: Path) -> Iterator[tuple[Server, str, str]]:
    rows = [dict(VENUE, external_id=f"FJ-{at:05}", legal_name=f"福建示例{at}号商品交易中心") for at in range(ROWS)]
    load(sqlite_db, "qa", *rows)
    with sqlite_db.write() as session:
        maker = keys.create(session, Role.LIST_MAKER, name="reader")[1]
        screener = keys.create(session, Role.SCREENER, name="screener")[1]
    server = Server(
        sqlite_db.url.render_as_string(hide_password=False),
        tmp_path / "server.log",
        CUTOFF_SERVE_JOBS="false",
        CUTOFF_SEND_TIMEOUT_S="5",
        CUTOFF_ANSWER_BYTES_MAX=str(8 << 20),
        CUTOFF_POOL_SIZE="16",
        CUTOFF_HEAVY_CALLS_OF_CLIENT_MAX="50",
        CUTOFF_DATA_DIR=str(tmp_path),
    ).start()
    yield server, maker, screener
    server.kill_if_running()


def asked(server: Server, key: str, path: str) -> socket.socket:
    """Ask and read nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    return connection


def status_of(connection: socket.socket) -> tuple[int, bytes]:
    connection.settimeout(60)
    found = b""
    while b"\r\n\r\n" not in found or (b" 503 " in found[:20] and b"}" not in found):
        part = connection.recv(256)
        if not part:
            return 0, found
        found += part
    return int(found[9:12]), found.lower()


def test_unread_exports_are_bounded_and_cut_off(served: tuple[Server, str, str]) -> None:
    server, maker, screener = served
    path = "/v1/lists/qa/versions/1/export?format=ndjson"
    with ExitStack() as stack:
        status, body = server.call("GET", path, maker)
        assert status == 200
        # More than the buffers of the system take in, and two are more than the half of all that one client has.
        assert 3 << 20 < len(body) < 8 << 20
        lazy = [stack.enter_context(asked(server, maker, path)) for _ in range(6)]
        heads = [status_of(one) for one in lazy]
        statuses = [status for status, _ in heads]
        assert statuses.count(200) >= 1
        assert set(statuses) <= {200, 503}
        assert all(b"retry-after" in head for status, head in heads if status == 503)
        assert any(b"unread" in head for status, head in heads if status == 503)
        question = {
            "service": "FUND_SETTLEMENT",
            "service_date": "2017-07-03",
            "counterparty": {"name": "福建示例5号商品交易中心"},
        }
        status, answer = server.call("POST", "/v1/screenings", screener, question)
        assert (status, json.loads(answer)["outcome"]) == (200, "BLOCK")
        deadline = time.monotonic() + 30
        while server.call("GET", path, maker)[0] != 200:
            # The one that was answered and not read is cut off, and its place is free again.
            assert time.monotonic() < deadline
            time.sleep(0.5)
    metrics = server.call("GET", "/metrics")[1].decode()
    assert 'cutoff_http_connections_refused_total{limit="send-time"}' in metrics


def test_a_large_answer_in_pieces_is_the_same(served: tuple[Server, str, str]) -> None:
    server, maker, _ = served
    path = "/v1/lists/qa/versions/1/export?format=ndjson"
    plain = server.call("GET", path, maker)[1]
    assert len(plain.splitlines()) == ROWS
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(2):  # the connection stays usable
        connection.request("GET", path, headers={"Authorization": f"Bearer {maker}"})
        response = connection.getresponse()
        assert response.status == 200
        read = b""
        while part := response.read(10_000):
            read += part
        assert read == plain
    connection.close()


def test_progress_streams_share_their_reading(served: tuple[Server, str, str]) -> None:
    server, _, screener = served
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\nabc\n\r\n--x--\r\n'
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"Bearer {screener}", "Content-Type": "multipart/form-data; boundary=x"}
    connection.request("POST", "/v1/jobs", body, headers)
    job = json.loads(connection.getresponse().read())["id"]
    connection.close()
    with ExitStack() as stack:
        streams = [stack.enter_context(asked(server, screener, f"/v1/jobs/{job}/events")) for _ in range(256)]
        heads = [status_of(one)[0] for one in streams]
        assert set(heads) == {200}
        one_more = stack.enter_context(asked(server, screener, f"/v1/jobs/{job}/events"))
        assert status_of(one_more)[0] == 429
        said: list[bytes] = []

        def read(stream: socket.socket) -> None:
            stream.settimeout(20)
            text = b""
            while text.count(b": waiting") < 2:
                text += stream.recv(4096)
            said.append(text)

        readers = [threading.Thread(target=read, args=(one,)) for one in streams[::32]]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert len(said) == len(readers)
        assert server.call("GET", "/healthz")[0] == 200
    deadline = time.monotonic() + 30
    while True:
        # Their places are free once they are gone.
        with asked(server, screener, f"/v1/jobs/{job}/events") as again:
            if status_of(again)[0] == 200:
                break
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_one_client_has_half_of_what_may_wait() -> None:
    budget = AnswerBudget(100)
    with budget.taken("a", 80):  # the first of a client always may
        with pytest.raises(Unavailable), budget.taken("a", 1):
            pass
        with budget.taken("b", 30), pytest.raises(Unavailable), budget.taken("b", 10):
            pass
        assert budget.pending == 80
    assert budget.pending == 0
