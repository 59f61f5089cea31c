"""A server that gets more than it can do: most are refused at once on connections that go on, and nothing is lost."""

import json
import re
import socket
import threading
import time
from collections import Counter

from ledger import QUESTION
from server import Server
from sqlalchemy import func, select

from app.db import Database
from app.screening.models import Screening

_CONNECTIONS, _ROUNDS, _PATIENCE_S = 24, 12, 60.0


def request(key: str) -> bytes:
    body = json.dumps(QUESTION).encode()
    head = (
        f"POST /v1/screenings HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {key}\r\n"
    )
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def answered(connection: socket.socket) -> tuple[int, str]:
    """Return the status and the end of the problem's type of the next answer."""
    read = b""
    while (head := read.partition(b"\r\n\r\n"))[1] == b"":
        read += received(connection)
    length = int(re.findall(rb"content-length: (\d+)", head[0])[0])
    while len(read) < len(head[0]) + 4 + length:
        read += received(connection)
    assert len(read) == len(head[0]) + 4 + length
    said = json.loads(read[-length:])
    status = int(read[9:12])
    if status == 503:
        assert b"\r\nretry-after: " in head[0]
    return status, str(said.get("type", "")).rpartition(":")[2]


def received(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    assert data, "the connection was closed"
    return data


def counted(server: Server, code: str) -> int:
    found = re.findall(rf'cutoff_refused_total{{code="{code}"}} (\S+)'.encode(), server.call("GET", "/metrics")[1])
    return int(float(found[0])) if found else 0


def test_a_flood_is_refused_at_once_and_what_is_answered_is_recorded(server: Server, key: str, db: Database) -> None:
    server.environment["CUTOFF_SCREENINGS_UNDER_WAY_MAX"] = "2"
    server.start()
    asked = request(key)
    assert server.call("POST", "/v1/screenings", key, QUESTION)[0] == 200
    connections = [socket.create_connection(("127.0.0.1", server.port), _PATIENCE_S) for _ in range(_CONNECTIONS)]
    seen: Counter[tuple[int, str]] = Counter()
    probes: list[int] = []
    go_on = threading.Event()

    def probe() -> None:
        over = False
        while not over:
            probes.extend(server.call("GET", path)[0] for path in ("/healthz", "/readyz"))
            over = go_on.wait(0.02)

    probing = threading.Thread(target=probe)
    probing.start()
    for _ in range(_ROUNDS):
        for connection in connections:
            connection.sendall(asked)
        seen.update(answered(connection) for connection in connections)
    go_on.set()
    probing.join()
    assert set(seen) == {(200, ""), (503, "overloaded")}
    assert set(probes) == {200}
    # Each connection goes on, and is answered once there is room.
    deadline = time.monotonic() + _PATIENCE_S
    for connection in connections:
        while True:
            connection.sendall(asked)
            one = answered(connection)
            seen[one] += 1
            if one[0] == 200:
                break
            assert time.monotonic() < deadline
        connection.close()
    while counted(server, "overloaded") < seen[503, "overloaded"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert counted(server, "overloaded") == seen[503, "overloaded"]
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Screening)) == seen[200, ""] + 1
    assert server.stop() == 0
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert sum(line["count"] for line in lines if line["event"] == "refused_early") > 0
