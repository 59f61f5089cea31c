"""A progress stream lives no longer than the key that asked for it; in the server that ships, on both databases."""

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import Server
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.db import Database


@pytest.fixture
def served(db: Database, tmp_path: Path) -> Iterator[Server]:
    load(db, "qa", VENUE)
    server = Server(
        db.url.render_as_string(hide_password=False),
        tmp_path / "server.log",
        CUTOFF_SERVE_JOBS="false",
        CUTOFF_DATA_DIR=str(tmp_path / "data"),
    ).start()
    yield server
    server.kill_if_running()


def _sent(server: Server, key: str) -> str:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\nabc\n\r\n--x--\r\n'
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "multipart/form-data; boundary=x"}
    connection.request("POST", "/v1/jobs", body, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return str(answer["id"])


def test_a_revoked_key_hears_no_more(served: Server, db: Database) -> None:
    with db.write() as session:
        mine, secret = keys.create(session, Role.SCREENER, name="revoked")
        _, other = keys.create(session, Role.SCREENER, name="stays")
    job = _sent(served, other)
    streams = []
    for key in (secret, other):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        connection.request("GET", f"/v1/jobs/{job}/events", headers={"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        assert response.status == 200
        assert response.readline() == b"event: progress\n"
        streams.append((connection, response))
    with db.write() as session:
        keys.revoke(session, mine.id)
    started = time.monotonic()
    rest = streams[0][1].read()
    assert b"event: end" not in rest
    # Two seconds by the promise; the machine of the tests may be slow.
    assert time.monotonic() - started < 15
    assert served.call("GET", "/v1/lists", secret)[0] == 401
    # The stream of the other key, which shares the reading, goes on.
    for _ in range(20):
        if streams[1][1].readline() == b": waiting\n":
            break
    else:
        raise AssertionError("the other stream has ended")
    for connection, _ in streams:
        connection.close()
