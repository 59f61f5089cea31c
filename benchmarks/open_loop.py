"""Questions that fall due at an even pace, whether or not the ones before are answered.  A process of its own.

    KEY=… NAMES=FILE python -m benchmarks.open_loop PORT --rate R [--seconds S] [--connections N]

A time counts from the moment at which a question was due.  A client that waits for one answer before it sends the next
is late where the server is slow, and if it counts from when it sent, that wait is in nobody's figures.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import uvloop

from benchmarks.service_page import PERCENTILES

_PATIENCE_S: Final = 30.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_CLOSE: Final = re.compile(rb"\r\nconnection: close\r\n", re.IGNORECASE)
_REFUSED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_IDLE_S: Final = 4.0
"""A connection that was idle for longer may just be ended by the server, and is not used again."""
_LOST: Final = 0
"""The status of a question whose connection was lost before its answer."""


class Answer(NamedTuple):
    """When a question was due (seconds from the beginning), its status (0: none came), and the seconds that it took."""

    due_s: float
    status: int
    took_s: float


@dataclass(slots=True)
class OpenLoop:
    """Sends ``requests``, one after the other and again, at ``rate`` a second for ``seconds``.

    It opens ``connections`` connections before the first question is due, as whoever asks so often has them open, and
    again where one is closed; a question that finds all of them busy waits here, and its time runs.
    """

    port: int
    requests: Sequence[bytes]
    rate: float
    seconds: float
    connections: int
    answers: list[Answer] = field(default_factory=list)
    _connections: "set[_Connection]" = field(default_factory=set)
    _free: "list[_Connection]" = field(default_factory=list)
    _waiting: deque[tuple[int, float]] = field(default_factory=deque)
    _open: int = 0
    _began: float = 0.0
    _left: int = 0
    """How many answers are still to come, once all is asked."""
    _all_answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> list[Answer]:
        """Ask, wait for the last answers, and return them all."""
        self._open = self.connections
        await asyncio.gather(*(self._connect() for _ in range(self.connections)))
        # The clock of uvloop counts whole milliseconds.
        self._began = time.monotonic()
        count, asked = int(self.rate * self.seconds), 0
        while asked < count:
            due = min(count, int((time.monotonic() - self._began) * self.rate) + 1)
            for number in range(asked, due):
                self._waiting.append((number, number / self.rate))
            asked = due
            self._send()
            await asyncio.sleep(max(0.0, self._began + asked / self.rate - time.monotonic()))
        self._left = count - len(self.answers)
        if self._left > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_answered.wait(), _PATIENCE_S)
        for connection in self._connections:
            connection.close()
        return self.answers

    def made(self, connection: "_Connection") -> None:
        """Take a connection that is new."""
        self._connections.add(connection)
        self.freed(connection)

    def freed(self, connection: "_Connection") -> None:
        """Take back a connection whose question is answered."""
        connection.free_at = time.monotonic()
        self._free.append(connection)
        self._send()

    def answered(self, due_s: float, status: int) -> None:
        """Note an answer."""
        now = time.monotonic() - self._began
        self.answers.append(Answer(due_s, status, now - due_s))
        self._left -= 1
        if self._left == 0:
            self._all_answered.set()

    def lost(self, connection: "_Connection") -> None:
        """Forget a connection that is closed."""
        self._open -= 1
        self._connections.discard(connection)
        if connection in self._free:
            self._free.remove(connection)

    def _send(self) -> None:
        while self._waiting and self._free:
            connection = self._free.pop()
            if time.monotonic() - connection.free_at > _IDLE_S:
                connection.close()
            if connection.is_closing:
                continue
            number, due_s = self._waiting.popleft()
            connection.ask(self.requests[number % len(self.requests)], due_s)
        for _ in range(min(len(self._waiting), self.connections - self._open)):
            self._open += 1
            asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: _Connection(self), "127.0.0.1", self.port)
        except OSError:
            self._open -= 1


class _Connection(asyncio.Protocol):
    """One connection, with one question on its way at most."""

    def __init__(self, client: OpenLoop) -> None:
        self._client = client
        self._due_s: float | None = None
        self._read = b""
        self.free_at = 0.0

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio has no common type for transports
        self._transport = transport
        self._client.made(self)

    @property
    def is_closing(self) -> bool:
        return bool(self._transport.is_closing())

    def close(self) -> None:
        self._transport.close()

    def ask(self, request: bytes, due_s: float) -> None:
        self._due_s = due_s
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0 or self._due_s is None:
            return
        length = _LENGTH.search(self._read, 0, end + 2)
        if len(self._read) < end + 4 + (int(length[1]) if length else 0):
            return
        status, closes = int(self._read[9:12]), _CLOSE.search(self._read, 0, end + 2) is not None
        due_s, self._due_s, self._read = self._due_s, None, b""
        self._client.answered(due_s, status)
        if closes:
            self._transport.close()
        else:
            self._client.freed(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._client.lost(self)
        if self._due_s is not None:
            self._client.answered(self._due_s, _LOST)


def asked(port: int, key: str, names: Path, *, rate: float, seconds: float) -> list[Answer]:
    """Ask from a process of its own, and return the answers."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.open_loop", str(port), "--rate", str(rate), "--seconds", str(seconds)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"KEY": key, "NAMES": str(names)},
    )
    return [Answer(*one) for one in json.loads(done.stdout)]


def summed(answers: Sequence[Answer], seconds: float) -> dict[str, float]:
    """Return the rate and times of what was answered 200, and how soon the rest was refused."""
    good = [one.took_s for one in answers if one.status == HTTPStatus.OK]
    rest = [one.took_s for one in answers if one.status in _REFUSED]
    return {
        "rate": len(good) / seconds,
        **{f"p{percent}_ms": _ms(good, percent) for percent in PERCENTILES},
        "refused": float(len(rest)),
        "refused_p99_ms": _ms(rest, 99),
        "failed": float(len(answers) - len(good) - len(rest)),
    }


def _ms(seconds: Sequence[float], percent: int) -> float:
    return float(np.percentile(seconds, percent)) * 1000 if seconds else 0.0


def requests_of(key: str, names: Sequence[str]) -> list[bytes]:
    """Return a request for each name."""
    found = []
    for name in names:
        asked = {"service": "FUND_SETTLEMENT", "service_date": "2017-07-03", "counterparty": {"name": name}}
        body = json.dumps(asked, ensure_ascii=False).encode()
        head = (
            "POST /v1/screenings HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {key}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
    return found


def main() -> None:
    """Ask, and print the answers as JSON: due second, status and seconds taken of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=400)
    arguments = parser.parse_args()
    names = Path(os.environ["NAMES"]).read_text(encoding="utf-8").splitlines()
    loop = OpenLoop(
        port=arguments.port,
        requests=requests_of(os.environ["KEY"], names),
        rate=arguments.rate,
        seconds=arguments.seconds,
        connections=arguments.connections,
    )
    print(json.dumps(uvloop.run(loop.run())))


if __name__ == "__main__":
    main()
