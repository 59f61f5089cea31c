"""What an operator watches: lists, queue, workers, recording, errors of the database; and a log without probes."""

import io
import json
import re
import subprocess
import sys
import time
from datetime import datetime
from typing import Any

import pytest
from client import Api, running
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.api import logging_config
from app.db import Database
from app.jobs.heartbeat import beat


def metrics(api: Api) -> dict[str, float]:
    lines = api.call("GET", "/metrics", None).text.splitlines()
    found = [re.fullmatch(r"(\S+?(?:\{.*\})?) (\S+)", line) for line in lines if not line.startswith("#")]
    return {one[1]: float(one[2]) for one in found if one}


def until(api: Api, holds: Any) -> dict[str, float]:
    deadline = time.monotonic() + 30
    while not holds(seen := metrics(api)):
        assert time.monotonic() < deadline, seen
        time.sleep(0.2)
    return seen


def test_lists_queue_workers_and_errors_are_counted(api: Api) -> None:
    with api.database.write() as session:
        beat(session, "worker-1", clock.now())
    file = {"file": ("a.csv", "name\n福州样本商贸有限公司\n".encode())}
    assert api.call("POST", "/v1/jobs", files=file).status_code == 202
    seen = until(api, lambda seen: seen.get('cutoff_jobs{state="QUEUED"}', 0) == 1)
    now = clock.now().timestamp()
    assert seen['cutoff_list_version{list="fj-violating"}'] == 1
    assert 0 < seen['cutoff_list_known_from_timestamp_seconds{list="fj-violating"}'] <= now
    assert now - 120 < seen["cutoff_jobs_oldest_queued_timestamp_seconds"] <= now
    assert now - 120 < seen["cutoff_worker_seen_timestamp_seconds"] <= now
    assert seen["cutoff_recording_possible"] == 1
    before = sum(value for name, value in seen.items() if name.startswith("cutoff_database_errors_total"))
    with pytest.raises(SQLAlchemyError), api.app.state.database.read() as session:
        session.execute(text("SELECT nothing FROM nowhere"))
    after = sum(value for name, value in metrics(api).items() if name.startswith("cutoff_database_errors_total"))
    assert after >= before + 1


def test_a_worker_beats_and_those_long_gone_are_forgotten(db: Database) -> None:
    now = clock.now()
    with db.write() as session:
        beat(session, "old", now.replace(year=now.year - 1))
    with db.write() as session:
        beat(session, "new", now)
    with db.write() as session:
        beat(session, "new", now)
    with db.read() as session:
        assert session.execute(text("SELECT name FROM worker")).scalars().all() == ["new"]


def test_probes_that_go_well_are_not_logged(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever a command that was tried in this process has said of lines, those of answers go here.
    told = io.StringIO()
    monkeypatch.setattr(logging_config, "_lines", logging_config.TurnLogger(told))
    with running(sqlite_db) as api:
        api.call("GET", "/healthz", None)
        api.call("GET", "/metrics", None)
        assert api.call("GET", "/readyz", None).status_code == 503
    # Lines are written behind the answer, at the latest before the application has stopped.
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [(one["route"], one["status"]) for one in lines if one["event"] == "answered"] == [("/readyz", 503)]


_TWO_LINES = """
from app.api.logging_config import configure, log, log_answer

configure()
values = {"method": "POST", "route": "/v1/\u00e9", "status": 200, "ms": 1.5, "key_id": None}
log.info("answered", **values)
log_answer(values)
"""


def test_the_line_of_an_answer_is_written_as_all_lines_are() -> None:
    ran = subprocess.run([sys.executable, "-c", _TWO_LINES], check=True, capture_output=True, text=True)
    lines = [json.loads(line, object_pairs_hook=list) for line in ran.stderr.splitlines()]
    assert len(lines) == 2
    one, other = ([pair for pair in line if pair[0] != "timestamp"] for line in lines)
    assert one == other
    for line in lines:
        moment = dict(line)["timestamp"]
        assert moment.endswith("Z")
        assert abs((clock.now() - datetime.fromisoformat(moment)).total_seconds()) < 3600
