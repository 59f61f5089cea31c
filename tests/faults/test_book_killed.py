"""kill -9 of a run at every point at which it could matter: no change is lost, and none is there twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, update
from watchlist_rows import VENUE, load

from app import clock
from app.db import Database
from app.monitoring import book
from app.monitoring.member import member
from app.monitoring.models import Alert, ChangeRow, CoverageRow
from app.notify import webhooks
from app.notify.http_client import Rules
from app.notify.models import Delivery
from app.notify.signature import SecretMaker
from app.policy.vocabulary import Service
from app.screening.request import Counterparty

POINTS = (
    "app.monitoring.rescreening.BookRunner.judge",
    "app.monitoring.step_writer._advance",
    "app.monitoring.step_writer.AlertSync.apply",
    "app.notify.webhooks.enqueue",
    "app.monitoring.rescreening.BookRunner._release",
)
"""Where the process dies: at the call of each of these, before the commit and right after it."""

_RUN = """
import importlib, os, signal, sys
from datetime import date
from app.db import Database
from app.monitoring.rescreening import BookRunner
from app.monitoring.telling import tell_step
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

url, point = sys.argv[1:]
if point != "-":
    names = point.split(".")
    depth = next(i for i, name in enumerate(names) if name[0].isupper()) if any(n[0].isupper() for n in names) else -1
    holder = importlib.import_module(".".join(names[:depth]))
    for name in names[depth:-1]:
        holder = getattr(holder, name)
    setattr(holder, names[-1], lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
database = Database(url)
screening_service = ScreeningService.open(database, SnapshotCache(database), Settings(database_url=url))
BookRunner(screening_service, tell_step).run("core", on=date(2017, 7, 3))
"""


def _run(database: Database, point: str, tmp_path: Path) -> int:
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    url = database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run([sys.executable, str(script), url, point], env=environment, check=False).returncode


@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_is_killed_is_as_if_it_had_not_begun_or_as_if_it_had_ended(
    sqlite_db: Database, point: str, tmp_path: Path
) -> None:
    _kill_and_run_again(sqlite_db, point, tmp_path)


@pytest.mark.postgres
def test_a_run_that_is_killed_on_postgres_before_its_commit_leaves_nothing(
    postgres_db: Database, tmp_path: Path
) -> None:
    _kill_and_run_again(postgres_db, "app.notify.webhooks.enqueue", tmp_path)


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_is_killed_on_postgres_is_as_if_it_had_not_begun_or_as_if_it_had_ended(
    postgres_db: Database, point: str, tmp_path: Path
) -> None:
    _kill_and_run_again(postgres_db, point, tmp_path)


def _kill_and_run_again(db: Database, point: str, tmp_path: Path) -> None:
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with db.write() as session:
        rules = Rules(resolve=lambda _host, _port: ["93.184.216.34"])
        events = ("decision.changed", "alert.opened")
        webhooks.create(
            session,
            "core",
            "https://bank.example/",
            events,
            subject="zhang",
            rules=rules,
            maker=SecretMaker(bytes(32)),
            now=clock.now(),
        )
        party = Counterparty(VENUE["legal_name"])
        book.put(session, "core", [member(f"C-{i}", [party], [Service.CREDIT]) for i in range(3)], clock.now())
    assert _run(db, point, tmp_path) == -signal.SIGKILL
    with db.write() as session:
        # The dead one's lease would run out in two minutes.
        session.execute(update(CoverageRow).values(lease_until=None))
    assert _run(db, "-", tmp_path) == 0
    with db.read() as session:
        assert sorted(session.scalars(select(ChangeRow.counterparty_id))) == ["C-0", "C-1", "C-2"]
        assert sorted(session.scalars(select(Alert.counterparty_id))) == ["C-0", "C-1", "C-2"]
        answer = session.execute(select(Delivery.event, Delivery.subject)).all()
        assert len(answer) == len(set(answer)) == 6
