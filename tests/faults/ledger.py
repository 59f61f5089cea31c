"""Clients that ask on and on, try again as they should, and keep what they were answered, to compare it afterwards."""

import http.client
import itertools
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from server import Server
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.access.models import IdempotencyKey
from app.db import Database
from app.screening.models import Screening

FAST = {"CUTOFF_RATE_PER_KEY_PER_S": "100000", "CUTOFF_RATE_BURST": "100000", "CUTOFF_SERVE_JOBS": "false"}
"""Settings of a server that no rate holds back and that leaves jobs alone."""

_PAGE = 20_000
QUESTION: dict[str, Any] = {
    "service": "FUND_SETTLEMENT",
    "service_date": "2017-07-03",
    "counterparty": {"name": "福州样本海鲜酒楼有限公司"},
}


def venue_and_key(database: Database) -> str:
    """List a venue, and return the secret of a key that may ask about it."""
    load(database, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with database.write() as session:
        return keys.create(session, Role.SCREENER)[1]


@dataclass
class Ledger:
    """What was answered to each idempotency key, how long every try took, and what came that should not."""

    answers: dict[str, bytes] = field(default_factory=dict)
    tries: list[tuple[int, float]] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def check(self, database: Database) -> None:
        """Hold what was answered against what is recorded: nothing is missing, different, or there twice."""
        assert not self.wrong, self.wrong[:5]
        assert self.answers, "nothing was answered"
        with database.read() as session:
            recorded = dict(_recorded(session))
            claimed = session.scalar(select(func.count()).select_from(IdempotencyKey))
        for key, answer in self.answers.items():
            told = json.loads(answer)
            assert recorded.get(told["id"]) == answer.decode(), key
        assert len({json.loads(answer)["id"] for answer in self.answers.values()}) == len(self.answers)
        assert len(recorded) == claimed, "one record for each key"


def _recorded(session: Session) -> Iterator[tuple[str, str]]:
    """Yield the id and the answer of all records, in pages: a soak leaves more than a statement may take time for."""
    after = ""
    page = select(Screening.id, Screening.answer).order_by(Screening.id).limit(_PAGE)
    while rows := session.execute(page.where(Screening.id > after)).all():
        yield from rows
        after = rows[-1][0]


class Clients:
    """Threads that ask until they are told to stop, each question under a key of its own."""

    def __init__(self, server: Server, key: str, *, threads: int = 8, patience_s: float = 30.0) -> None:
        self.ledger = Ledger()
        self._server, self._key, self._patience_s = server, key, patience_s
        self._stop = threading.Event()
        self._names = itertools.count()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(self._patience_s + 10)

    def statuses(self) -> set[int]:
        """Return what was answered to the tries until now; 0 stands for no answer."""
        return {status for status, _ in self.ledger.tries}

    def answered(self) -> int:
        return len(self.ledger.answers)

    def until_more(self, more: int = 20, within_s: float = 30.0) -> float:
        """Wait for so many more answers and return the seconds it took."""
        goal, started = self.answered() + more, time.monotonic()
        while self.answered() < goal:
            assert time.monotonic() - started < within_s, (self.answered(), self.ledger.tries[-5:])
            time.sleep(0.02)
        return time.monotonic() - started

    def move_to(self, server: Server) -> None:
        """Ask another server from the next question on."""
        self._server = server

    def _run(self) -> None:
        connection: http.client.HTTPConnection | None = None
        while not self._stop.is_set():
            key = uuid.uuid4().hex
            body = json.dumps({**QUESTION, "reference": f"r-{next(self._names)}"})
            deadline = time.monotonic() + self._patience_s
            while True:
                started = time.monotonic()
                if connection is not None and connection.port != self._server.port:
                    connection.close()
                    connection = None
                try:
                    connection = connection or http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=20)
                    headers = {
                        "Content-Type": "application/json",
                        "Authorization": f"Bearer {self._key}",
                        "Idempotency-Key": key,
                    }
                    connection.request("POST", "/v1/screenings", body, headers)
                    response = connection.getresponse()
                    content = response.read()
                    status = response.status
                except (OSError, http.client.HTTPException):
                    if connection is not None:
                        connection.close()
                    connection, status, content = None, 0, b""
                self.ledger.tries.append((status, time.monotonic() - started))
                if status == 200:
                    self.ledger.answers[key] = content
                    break
                if status not in {0, 429, 503}:
                    self.ledger.wrong.append(f"{status} {content[:200]!r}")
                    break
                if time.monotonic() > deadline:
                    self.ledger.unsettled.append(key)
                    break
                time.sleep(0.05)
        if connection is not None:
            connection.close()
