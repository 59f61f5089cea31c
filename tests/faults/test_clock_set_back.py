"""Real processes whose clock is ten minutes behind the database, on both databases: REVIEW or 503, never PASS.

The clock is set back where the program reads it (``app.clock``), in every process that is started.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from server import Server
from watchlist_rows import VENUE, load

from app import clock
from app.access import Role, keys
from app.db import Database

LISTED = VENUE["legal_name"]
NEWLY = {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样恒文化产权交易所有限公司"}
CLEAN = "福州清源饮料有限公司"
SET_BACK = """
from datetime import timedelta
from app import clock
right = clock.now
clock.now = lambda: right() - timedelta(minutes=10)
"""
PATIENCE_S = 60

pytestmark = pytest.mark.long
"""It starts four processes; tests/service/screening/test_clock_behind.py says the same of one within the test."""


@pytest.fixture
def behind(db: Database, tmp_path: Path) -> Iterator[Server]:
    """Return a server with a clock that is behind, over a list that was put in force a month ago."""
    month_ago = clock.now() - timedelta(days=30)
    load(db, "qa", VENUE, now=month_ago, received_at="2017-03-20T09:00:00+08:00")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SET_BACK)
    url = db.url.render_as_string(hide_password=False)
    data = {"CUTOFF_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(folder)}
    server = Server(url, tmp_path / "server.log", **data)
    yield server
    server.kill_if_running()


def screened(server: Server, key: str, name: str) -> tuple[int, Any]:
    body = {"service": "FUND_SETTLEMENT", "service_date": "2017-07-03", "counterparty": {"name": name}}
    status, content = server.call("POST", "/v1/screenings", key, body)
    return status, json.loads(content)


def test_no_process_passes_what_was_put_in_force_by_a_clock_that_is_right(
    db: Database, behind: Server, tmp_path: Path
) -> None:
    with db.write() as session:
        key = keys.create(session, Role.SCREENER, client="core")[1]
    behind.start()
    assert screened(behind, key, LISTED)[1]["outcome"] == "BLOCK"
    load(db, "qb", NEWLY)
    deadline = time.monotonic() + PATIENCE_S
    while (ready := behind.call("GET", "/readyz"))[0] == 200:
        assert time.monotonic() < deadline, "it never notices"
        time.sleep(0.2)
    assert json.loads(ready[1])["type"] == "urn:cutoff:problem:process-clock-behind"
    for name in (LISTED, NEWLY["legal_name"], CLEAN):
        status, answer = screened(behind, key, name)
        assert status == 503 or answer["outcome"] in {"REVIEW", "BLOCK"}, (status, answer)
    # The terminal and a file go by the same clock.
    command = [sys.executable, "-c", "from app.cli import main; main()"]
    for name in (NEWLY["legal_name"], CLEAN):
        options = ["screen", name, "--date", "2017-07-03", "--json"]
        done = subprocess.run([*command, *options], env=behind.environment, capture_output=True, check=False)
        assert done.returncode in {1, 10, 20}, (done.returncode, done.stdout)
    book, out = tmp_path / "book.csv", tmp_path / "out.csv"
    book.write_text(f"id,name\n1,{NEWLY['legal_name']}\n2,{CLEAN}\n", encoding="utf-8")
    options = ["bulk", str(book), "-o", str(out), "--date", "2017-07-03", "--workers", "1"]
    done = subprocess.run([*command, *options], env=behind.environment, capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert done.returncode == 1 or "PASS" not in out.read_text(encoding="utf-8"), done.stdout
