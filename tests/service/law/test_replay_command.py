"""``cutoff replay`` from the terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from client import running
from sqlalchemy import text
from watchlist_rows import VENUE, load

from app.cli import run
from app.db import Database


@pytest.fixture
def recorded(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    load(sqlite_db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(sqlite_db) as api:
        for day in ("2017-06-29", "2017-06-30", "2017-07-01"):
            assert api.screen(VENUE["legal_name"], day).status_code == 200
    monkeypatch.setenv("CUTOFF_DATABASE_URL", sqlite_db.url.render_as_string(hide_password=False))
    return sqlite_db


def replay(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[Any], str]:
    capsys.readouterr()
    code = run(["replay", *options])
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines() if line.startswith("{")]
    return code, lines, printed.err


def test_all_are_identical(recorded: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert recorded
    assert replay(capsys, "--json")[:2] == (
        0,
        [{"replayed": 3, "identical": 3, "different": 0, "explained": 0}],
    )
    assert replay(capsys, "--json", "--sample", "2")[1][-1]["replayed"] == 2


def test_nothing_replayed_is_nothing_verified(recorded: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert recorded
    code, lines, printed = replay(capsys, "--json", "--since", "2099-01-01T00:00:00+08:00")
    assert (code, lines[-1]["replayed"]) == (1, 0)
    assert "nothing is verified" in printed


def test_differences_that_another_engine_explains_are_no_failure(
    recorded: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer program replays what an older one recorded."""
    assert recorded
    monkeypatch.setattr("app.screening.screen.ENGINE_VERSION", "cutoff-9.9.9+matcher-9")
    code, lines, _ = replay(capsys, "--json")
    assert code == 0
    assert lines[-1] == {"replayed": 3, "identical": 0, "different": 3, "explained": 3}
    assert {one["explained_by"] for one in lines[0]["differences"]} == {"engine_version"}


def test_altered_one_is_named(recorded: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with recorded.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER screening_no_update"))
        changed = "UPDATE screening SET answer = replace(answer, '停止服务', '放行')"
        connection.execute(text(f"{changed} WHERE service_local_date = '2017-06-30'"))
    code, lines, _ = replay(capsys, "--json")
    assert code == 1
    assert lines[-1] == {"replayed": 3, "identical": 2, "different": 1, "explained": 0}
    assert lines[0]["differences"][0]["pointer"] == "/next_action_zh"


@pytest.mark.parametrize("since", ["2017-07-01", "2017-07-01T00:00:00", "yesterday"])
def test_naive_time_is_refused(since: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tmp_path
    code, _, printed = replay(capsys, "--since", since)
    assert code == 2
    assert "--since" in printed
