"""Sixty connections that take lists through their steps, on the embedded database, stop no screening (one writer)."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from server import Server, unlimited_server
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.db import Database

COLUMNS = tuple(VENUE)
QUESTION = {
    "service": "FUND_SETTLEMENT",
    "service_date": "2017-07-03",
    "counterparty": {"name": "福建安心糕点有限公司"},
}
Seen = list[tuple[str, int, float, bool]]


class Crowd:
    """People and systems that all ask one server at once; what each was answered is noted."""

    def __init__(self, server: Server, database: Database, until: float) -> None:
        self.server, self.until = server, until
        self.seen: Seen = []
        self.activated = 0
        with database.write() as session:
            self.keys = {role: keys.create(session, role, name=f"crowd-{role}")[1] for role in Role}

    def ask(self, what: str, role: Role, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        started = time.monotonic()
        auth = {"Authorization": f"Bearer {self.keys[role]}", **headers}
        status, content, waits = self.server.raw(method, path, body, auth)
        self.seen.append((what, status, time.monotonic() - started, waits))
        return status, content

    def screens(self, _number: int) -> None:
        headers = {"Content-Type": "application/json"}
        self.ask("screen", Role.SCREENER, "POST", "/v1/screenings", json.dumps(QUESTION).encode(), **headers)

    def works_on_a_list(self, number: int) -> None:
        """Upload, submit, approve, activate: as far as the others let it."""
        row = {**VENUE, "external_id": f"FJ-{number:04}", "aliases": f"示例{time.monotonic_ns()}"}
        table = ",".join(COLUMNS) + "\n" + ",".join(row[one] for one in COLUMNS) + "\n"
        mark = "cutoff-test"
        form = (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            f"{table}\r\n--{mark}--\r\n"
        ).encode()
        place = f"/v1/lists/crowd-{number}/versions"
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        status, content = self.ask("upload", Role.LIST_MAKER, "POST", place, form, **headers)
        if status != 201:
            return
        version = f"{place}/{json.loads(content)['version']}"
        for role, verb in (
            (Role.LIST_MAKER, "submit"),
            (Role.LIST_CHECKER, "approve"),
            (Role.LIST_CHECKER, "activate"),
        ):
            if self.ask(verb, role, "POST", f"{version}/{verb}")[0] != 200:
                return
        self.activated += 1

    def reads(self, _number: int) -> None:
        self.ask("read", Role.AUDITOR, "GET", "/v1/lists")

    def run(self, **numbers: int) -> None:
        def work(what: str, number: int) -> None:
            while time.monotonic() < self.until:
                getattr(self, what)(number)

        threads = [
            threading.Thread(target=work, args=(what, one)) for what, count in numbers.items() for one in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _crowd(database: Database, folder: Path, seconds: float) -> Crowd:
    load(database, "qa", VENUE)
    server = unlimited_server(database, folder)
    try:
        crowd = Crowd(server, database, time.monotonic() + seconds)
        crowd.run(works_on_a_list=24, screens=24, reads=12)
        return crowd
    finally:
        server.kill_if_running()


def _polite(one: tuple[str, int, float, bool]) -> bool:
    _, status, _, says_when = one
    return status < 400 or (status in {429, 503} and says_when)


def test_list_steps_stop_no_screening(sqlite_db: Database, tmp_path: Path) -> None:
    crowd = _crowd(sqlite_db, tmp_path, 4)
    assert [one for one in crowd.seen if not _polite(one)] == []
    assert len([one for one in crowd.seen if one[:2] == ("screen", 200)]) >= 24
    assert crowd.activated > 0
    assert max(seconds for _, _, seconds, _ in crowd.seen) < 10


@pytest.mark.long
def test_list_steps_keep_nobody_waiting(sqlite_db: Database, tmp_path: Path) -> None:
    crowd = _crowd(sqlite_db, tmp_path, 20)
    screened = [one for one in crowd.seen if one[0] == "screen"]
    waited = sorted(seconds for _, _, seconds, _ in screened)
    good = [one for one in screened if one[1] == 200]
    print(len(screened), len(good), crowd.activated, round(waited[len(waited) * 99 // 100], 2))  # noqa: T201 - a measurement
    assert [one for one in crowd.seen if not _polite(one)] == []
    assert waited[-1] < 3
