"""The command line: help at once, one line for an error, exit codes as documented, and the API's own answers."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from client import running
from server import Server
from watchlist_rows import VENUE, load

from app import __version__
from app.cli import COMMANDS
from app.db import Database

NAME = VENUE["legal_name"]


class Cli:
    """Runs ``cutoff`` over a database, as a user does."""

    def __init__(self, **environment: str) -> None:
        self.environment = {**os.environ, **environment}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from app.cli import main; main()", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def cli(db: Database) -> Cli:
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    return Cli(CUTOFF_DATABASE_URL=db.url.render_as_string(hide_password=False))


@pytest.fixture
def light_cli(sqlite_db: Database) -> Cli:
    return Cli(CUTOFF_DATABASE_URL=sqlite_db.url.render_as_string(hide_password=False))


def complaint(done: subprocess.CompletedProcess[str], exit_code: int) -> str:
    """Check that a command failed with one clear line and return it."""
    assert done.returncode == exit_code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("cutoff: ")
    return lines[0]


def test_the_list_of_commands_is_there_at_once_and_imports_nothing_heavy() -> None:
    probe = "import sys; from app.cli import run; code = run(['--help']); print(code, 'sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"
    for command in COMMANDS:
        assert re.search(rf"^  {command}\b", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    from typer.main import get_command

    probe = (
        "import sys; from app.cli import run; "
        f"code = run(['{command}', '--help']); print(code, 'sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"
    app = __import__(f"app.cli.{command}", fromlist=["app"]).app
    found: Any = get_command(app)
    for one in getattr(found, "commands", {command: found}).values():
        assert "Example" in (one.help or ""), one.name


def test_outcomes_are_exit_codes_and_the_json_is_the_answer_of_the_api(cli: Cli, db: Database) -> None:
    for name, date, exit_code in [
        (NAME, "2017-06-30", 20),
        (NAME, "2017-06-29", 10),
        ("福州样本海鲜酒楼有限公司", "2017-06-30", 0),
    ]:
        done = cli("screen", name, "--date", date, "--id", "domain=fj-0001.example", "--json")
        assert (done.returncode, done.stderr) == (exit_code, "")
        printed = json.loads(done.stdout)
        with running(db) as api:
            asked = {"identifiers": [{"scheme": "DOMAIN", "value": "fj-0001.example"}]}
            answered = api.screen(name, date, counterparty=asked).json()
            recorded = api.call("GET", f"/v1/screenings/{printed['id']}", "auditor").json()
        assert recorded == printed
        changing = {"id", "screened_at", "known_at", "record_sha256"}
        assert {k: v for k, v in printed.items() if k not in changing} == {
            k: v for k, v in answered.items() if k not in changing
        }


def test_without_json_a_person_can_read_it(light_cli: Cli, sqlite_db: Database) -> None:
    load(sqlite_db, "fj-violating", VENUE)
    printed = light_cli("screen", NAME, "--date", "2017-06-30").stdout
    assert printed.startswith("BLOCK")
    for word in ("FJ17-5.2-c", "FJ-0001", "fj-violating v1", "CUTOFF_DAY"):
        assert word in printed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["screen", ""], "/counterparty/name"),
        (["screen", "福州", "--date", "2017-06-31"], "2017-06-31"),
        (["screen", "福州", "--known-at", "2017-06-30T00:00:00"], "+08:00"),
        (["screen", "福州", "--service", "LOAN"], "/service"),
        (["screen", "福州", "--id", "91350100"], "SCHEME=VALUE"),
        (["screen", "福州", "--id", "uscc=12"], "/counterparty/identifiers/0/value"),
        (["screen", "福州", "--nothing"], "--nothing"),
        (["screen"], "name"),
        (["nothing"], "nothing"),
        (["keys", "create", "--role", "king"], "screener"),
        (["keys", "create", "--role", "screener", "--expires", "2017-01-01T00:00:00"], "+08:00"),
        (["keys", "create", "--role", "screener", "--expires", "2017-01-01T00:00:00+08:00"], "expiry"),
        (["keys", "revoke", "nobody"], "nobody"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(light_cli: Cli, arguments: list[str], word: str) -> None:
    assert word in complaint(light_cli(*arguments), 2)


def test_a_wrong_setting_is_named_and_a_database_that_is_not_there_too() -> None:
    assert "CUTOFF_POOL_SIZE" in complaint(Cli(CUTOFF_POOL_SIZE="many")("db", "upgrade"), 2)
    assert "CUTOFF_DATABASE_URL" in complaint(Cli(CUTOFF_DATABASE_URL="nonsense")("db", "upgrade"), 2)
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    complaint(Cli(CUTOFF_DATABASE_URL=nowhere)("screen", "福州"), 1)


def test_a_key_is_printed_alone_works_is_listed_without_its_secret_and_ends(cli: Cli, db: Database) -> None:
    made = cli("keys", "create", "--role", "screener", "--name", "core", "--client", "core")
    assert made.stderr == ""
    secret = made.stdout.strip()
    assert re.fullmatch(r"cutoff_[\w-]{43}", secret)
    listed = cli("keys", "list").stdout
    key_id = listed.split("\t")[0]
    assert secret not in listed
    assert listed.strip().endswith("valid")
    with running(db) as api:
        bearer = {"Authorization": f"Bearer {secret}"}
        assert api.call("GET", "/v1/screenings", None, headers=bearer).status_code == 200
        assert cli("keys", "revoke", key_id).returncode == 0
        # Another process confirms its keys with the database every half second: see app/access/directory.py.
        waited_until = time.monotonic() + 20
        while api.call("GET", "/v1/screenings", None, headers=bearer).status_code != 401:
            assert time.monotonic() < waited_until
            time.sleep(0.1)
    assert cli("keys", "list").stdout.strip().endswith("revoked")
    complaint(cli("keys", "revoke", key_id), 2)


def test_a_port_that_is_taken_is_one_line_and_exit_1(light_cli: Cli, sqlite_db: Database, tmp_path: Path) -> None:
    server = Server(sqlite_db.url.render_as_string(hide_password=False), tmp_path / "log").start()
    try:
        assert str(server.port) in complaint(light_cli("serve", "--port", str(server.port)), 1)
    finally:
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 20


def test_alone_it_shows_its_help() -> None:
    done = Cli()()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Commands:" in done.stdout


def test_the_version_tells_the_database_without_its_password() -> None:
    done = Cli(CUTOFF_DATABASE_URL="postgresql+psycopg://cutoff:hunter2@db/cutoff")("--version")
    assert done.returncode == 0
    assert __version__ in done.stdout
    assert "@db/cutoff" in done.stdout
    assert "hunter2" not in done.stdout


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("CUTOFF_DATABSE_URL", "CUTOFF_DATABASE_URL"),
        ("CUTOFF_DATADIR", "CUTOFF_DATA_DIR"),
        ("CUTOFF_FRESHNES_MAX", "CUTOFF_FRESHNESS_MAX_S"),
        ("cutoff_day_rul", "CUTOFF_DAY_RULE"),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_nearest_name(variable: str, nearest: str) -> None:
    printed = complaint(Cli(**{variable: "x"})("db", "upgrade"), 2)
    assert variable in printed
    assert nearest in printed


@pytest.mark.parametrize(
    "content", [None, b"no database, but a text that is longer than the header of a database\n" * 3]
)
def test_a_bad_data_folder_is_told_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "data"
    if content is None:
        folder.write_bytes(b"a file")
    else:
        folder.mkdir()
        (folder / "cutoff.db").write_bytes(content)
    printed = complaint(Cli(CUTOFF_DATA_DIR=str(folder))("keys", "list"), 2)
    assert str(folder) in printed
