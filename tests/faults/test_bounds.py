"""What a connection and a client may do is bounded, in the server that ships; the others do not feel it."""

import http.client
import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from server import Server
from watchlist_rows import VENUE, load

from app.db import Database


@pytest.fixture
def served(sqlite_db: Database, tmp_path: Path) -> Iterator[Server]:
    load(sqlite_db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    server = Server(
        sqlite_db.url.render_as_string(hide_password=False),
        tmp_path / "server.log",
        CUTOFF_SERVE_JOBS="false",
        CUTOFF_HEADER_TIMEOUT_S="1",
        CUTOFF_CONNECTIONS_MAX="40",
    ).start()
    yield server
    server.kill_if_running()


def health_s(server: Server) -> float:
    started = time.monotonic()
    assert server.call("GET", "/healthz")[0] == 200
    return time.monotonic() - started


def ended(connection: socket.socket, within_s: float) -> bytes:
    """Read until the other side closes."""
    connection.settimeout(within_s)
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
    except ConnectionResetError:
        pass
    return found


def _begun(address: tuple[str, int]) -> socket.socket:
    """Return a connection with a request that never ends; begun at once, before the server gives it up."""
    connection = socket.create_connection(address)
    connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ")
    return connection


def test_connections_are_bounded(served: Server) -> None:
    address = ("127.0.0.1", served.port)
    with socket.create_connection(address) as endless:
        endless.sendall(b"GET /healthz HTTP/1.1\r\nx: ")
        try:
            for _ in range(200):
                endless.sendall(b"a" * 65_536)
        except OSError:
            pass
        assert ended(endless, 5)[:12] in {b"", b"HTTP/1.1 431"}
    assert health_s(served) < 2
    with ExitStack() as stack:
        slow = [stack.enter_context(_begun(address)) for _ in range(20)]
        assert health_s(served) < 2
        assert all(ended(one, 10).startswith(b"HTTP/1.1 408") for one in slow)
    with ExitStack() as stack:
        many = [stack.enter_context(socket.create_connection(address)) for _ in range(60)]
        refused = [one for one in many if _first_line(one).startswith(b"HTTP/1.1 503")]
        assert refused
    time.sleep(0.5)
    assert health_s(served) < 2
    metrics = served.call("GET", "/metrics")[1].decode()
    for limit in ("header-bytes", "header-time", "connections"):
        assert f'cutoff_http_connections_refused_total{{limit="{limit}"}}' in metrics


def test_one_address_does_not_take_all_connections(sqlite_db: Database, tmp_path: Path) -> None:
    url = sqlite_db.url.render_as_string(hide_password=False)
    limits = {"CUTOFF_CONNECTIONS_OF_PEER_MAX": "10", "CUTOFF_SERVE_JOBS": "false"}
    server = Server(url, tmp_path / "server.log", **limits).start()
    proxied = Server(url, tmp_path / "proxied.log", **limits, CUTOFF_FORWARDED_ALLOW_IPS="127.0.0.1").start()
    try:
        for one, refuses in ((server, True), (proxied, False)):
            with ExitStack() as stack:
                address = ("127.0.0.1", one.port)
                many = [stack.enter_context(socket.create_connection(address)) for _ in range(30)]
                refused = [one for one in many if _first_line(one).startswith(b"HTTP/1.1 503")]
                assert bool(refused) == refuses
                assert len(refused) < 30
        time.sleep(0.5)
        assert health_s(server) < 5
        assert 'limit="connections-of-peer"' in server.call("GET", "/metrics")[1].decode()
    finally:
        server.kill_if_running()
        proxied.kill_if_running()


def _first_line(connection: socket.socket) -> bytes:
    connection.settimeout(0.3)
    try:
        return connection.recv(200)
    except TimeoutError:
        return b""


def test_no_body_is_read_before_the_key(served: Server) -> None:
    paths = ("/v1/jobs", "/v1/lists/x/versions", "/v1/screenings", "/v1/screenings/batch")
    for path, key in itertools.product(paths, (None, "wrong")):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(900 << 10))
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        if key:
            connection.putheader("Authorization", f"Bearer {key}")
        connection.endheaders()
        response = connection.getresponse()  # the body was not sent at all
        assert response.status == 401
        assert response.getheader("Connection") == "close"
        connection.close()
