"""However the bytes of a request arrive, it is answered the same; one that comes whole needs no task of its own."""

import itertools
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ledger import FAST, QUESTION, venue_and_key
from server import Server

from app.db import Database

_PAUSE_S = 0.05
_PATIENCE_S = 60.0
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n", re.DOTALL)
_VARY = {"id", "known_at", "screened_at", "record_sha256", "request_id"}
Answer = tuple[int, dict[str, str], Any]


@pytest.fixture
def key(sqlite_db: Database) -> str:
    return venue_and_key(sqlite_db)


@pytest.fixture
def served(sqlite_db: Database, key: str, tmp_path: Path) -> Iterator[Server]:
    server = Server(sqlite_db.url.render_as_string(hide_password=False), tmp_path / "server.log", **FAST).start()
    # Memory knows the key from then on.
    assert server.call("POST", "/v1/screenings", key, QUESTION)[0] == 200
    yield server
    server.kill_if_running()


def request(key: str, body: bytes, *more: str, version: str = "1.1") -> bytes:
    head = [
        f"POST /v1/screenings HTTP/{version}",
        "host: x",
        "content-type: application/json",
        f"authorization: Bearer {key}",
        f"content-length: {len(body)}",
        *more,
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def answers(server: Server, pieces: list[bytes], count: int = 1) -> list[Answer]:
    """Send pieces with pauses between them, and return so many answers."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=_PATIENCE_S) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(_PAUSE_S)
        read, found = b"", []
        while len(found) < count:
            data = connection.recv(65_536)
            assert data, (read[-300:], found)
            read = (read + data).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
            while (head := _HEAD.match(read)) is not None:
                headers = dict(line.split(": ", 1) for line in head[2].decode().lower().split("\r\n"))
                end = head.end() + int(headers["content-length"])
                if len(read) < end:
                    break
                found.append((int(head[1]), headers, json.loads(read[head.end() : end])))
                read = read[end:]
    return found


def same(answer: Answer) -> Any:
    """Return what all answers to one question share."""
    status, headers, said = answer
    names = set(headers) - {"connection", "date", "transfer-encoding", "vary"}
    return status, names, {name: value for name, value in said.items() if name not in _VARY}


GOOD = json.dumps(QUESTION).encode()


@pytest.mark.parametrize(
    "body", [GOOD, b"{", b'{"service": 1}', json.dumps({**QUESTION, "x": 1}).encode()], ids=["good", "cut", "type", "x"]
)
def test_in_any_pieces_it_is_answered_the_same(served: Server, key: str, body: bytes) -> None:
    whole = request(key, body)
    split = len(whole) - len(body)
    (first,) = answers(served, [whole])
    assert first[0] == (200 if body is GOOD else 422 if body != b"{" else first[0])
    for cuts in ([split], [10], [split, split + 1], [len(whole) - 1]):
        edges = [0, *cuts, len(whole)]
        (again,) = answers(served, [whole[a:b] for a, b in itertools.pairwise(edges)])
        assert same(again) == same(first)
    (continued,) = answers(served, [request(key, body, "expect: 100-continue")])
    assert same(continued) == same(first)


def test_requests_one_behind_the_other_are_answered_in_their_order(served: Server, key: str) -> None:
    bodies = [
        json.dumps({**QUESTION, "reference": f"r-{at}"}).encode() if at % 3 else b'{"service": 1}' for at in range(9)
    ]
    found = answers(served, [b"".join(request(key, body) for body in bodies)], len(bodies))
    assert [said.get("reference") for _, _, said in found] == [f"r-{at}" if at % 3 else None for at in range(9)]
    assert [status for status, _, _ in found] == [200 if at % 3 else 422 for at in range(9)]


def test_a_connection_ends_where_it_should(served: Server, key: str) -> None:
    for asked in (request(key, GOOD, "connection: close"), request(key, GOOD, version="1.0")):
        (found,) = answers(served, [asked])
        assert found[0] == 200
        assert found[1]["connection"] == "close"


def test_an_idempotency_key_gives_the_first_answer_in_any_pieces(served: Server, key: str) -> None:
    whole = request(key, GOOD, "idempotency-key: one")
    first, second = (answers(served, pieces)[0] for pieces in ([whole], [whole[:-5], whole[-5:]]))
    third = answers(served, [whole])[0]
    assert first[2] == second[2] == third[2]
    assert ["idempotency-replayed" in one[1] for one in (first, second, third)] == [False, True, True]


def first_line(server: Server, sent: bytes, patience_s: float = _PATIENCE_S) -> bytes:
    """Send bytes and return the first line of what comes, nothing where the connection ends without a word."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=patience_s) as connection:
        try:
            connection.sendall(sent)
            return connection.recv(65_536).partition(b"\r\n")[0]
        except ConnectionError:
            return b""


def chunked(key: str, body: bytes, *more: str, behind: bytes = b"", version: str = "1.1") -> bytes:
    """Write a request whose body is one chunk, with fields behind it."""
    lines = [
        f"POST /v1/screenings HTTP/{version}",
        *("host: x", "content-type: application/json", "transfer-encoding: chunked", f"authorization: Bearer {key}"),
    ]
    head = "\r\n".join([*lines, *more, "", ""]).encode()
    return head + b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(body), body, behind)


TWICE = {
    **{f"authorization: Bearer {one}": 400 for one in ("other", "")},
    **dict.fromkeys(("host: y", "Host: x", "content-type: text/plain", "Idempotency-Key: b"), 400),
    **{f"content-encoding: {one}": 415 for one in ("gzip", "br", "identity, gzip", "x")},
}
HOSTS = {"": 200, "a b": 400, "x/y": 400, "x@y": 400, "\xff": 400, "x:8000": 200, "[::1]:8000": 200}
CHARSETS = {"utf-8": 200, "UTF-8": 200, "gbk": 415, "utf-7": 415, '"latin-1"': 415}
CODINGS = {
    **dict.fromkeys(("gzip, chunked", "gzip", "xchunked", "chunked, chunked", "identity"), 400),
    "chunked": 200,
}


def test_what_can_be_understood_in_two_ways_is_refused(served: Server, key: str) -> None:
    def status(asked: bytes) -> int:
        return int(first_line(served, asked).split()[1])

    found = {line: status(request(key, GOOD, "idempotency-key: a", line)) for line in TWICE}
    assert found == TWICE
    plain = request(key, GOOD)
    found = {host: status(plain.replace(b"host: x", b"host: " + host.encode("latin-1"))) for host in HOSTS}
    assert found == HOSTS
    assert status(plain.replace(b"host: x\r\n", b"")) == 400
    assert status(plain.replace(b"HTTP/1.1", b"HTTP/2.0")) == 400
    found = {one: status(plain.replace(b"/json", f"/json; charset={one}".encode())) for one in CHARSETS}
    assert found == CHARSETS
    pieces = chunked(key, GOOD)
    found = {one: status(pieces.replace(b"encoding: chunked", f"encoding: {one}".encode())) for one in CODINGS}
    assert found == CODINGS
    assert status(chunked(key, GOOD, version="1.0")) == 400


def test_fields_behind_a_body_are_no_headers(served: Server, key: str) -> None:
    without = chunked(key, GOOD).replace(f"authorization: Bearer {key}\r\n".encode(), b"")
    behind = without.removesuffix(b"\r\n") + f"Authorization: Bearer {key}\r\n\r\n".encode()
    assert first_line(served, behind).startswith(b"HTTP/1.1 401")
    assert first_line(served, chunked(key, GOOD, behind=b"X: y\r\n")).startswith(b"HTTP/1.1 200")


def test_what_is_around_a_request_is_bounded(served: Server, key: str) -> None:
    head = chunked(key, b"{").removesuffix(b"0\r\n\r\n")
    for around in (b"0\r\nx: " + b"y" * 500_000, b"0\r\n" + b"x: y\r\n" * 80_000, b"1;a=" + b"y" * 500_000):
        assert first_line(served, head + around) in {b"HTTP/1.1 431 Request Header Fields Too Large", b""}
    # A body in many small pieces is none of that.
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD)
    many = chunked(key, b"{").partition(b"1\r\n{")[0] + pieces + b"0\r\n\r\n"
    assert first_line(served, many).startswith(b"HTTP/1.1 200")
    # Headers are bounded however they come, and a body that comes with them is no part of them.
    assert first_line(served, request(key, GOOD, f"x: {'y' * 60_000}")).startswith(b"HTTP/1.1 431")
    assert first_line(served, request(key, GOOD, *(f"x-{at}: y" for at in range(4_000)))).startswith(b"HTTP/1.1 431")
    large = json.dumps({**QUESTION, "counterparty": {**QUESTION["counterparty"], "remark": "货" * 15_000}}).encode()
    assert first_line(served, request(key, large)).startswith(b"HTTP/1.1 200")
