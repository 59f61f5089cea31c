"""``cutoff retention`` from the terminal, and what a client of the API meets afterwards."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from archived_world import JULY, JUNE, World
from client import running
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.cli import run
from app.db import Database, roles

Cutoff = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cutoff(world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cutoff:
    monkeypatch.setenv("CUTOFF_DATA_DIR", str(world.settings.data_dir))
    monkeypatch.setenv("CUTOFF_DATABASE_URL", world.settings.url)
    monkeypatch.setenv("CUTOFF_RETENTION_YEARS_MIN", "5")

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run([str(one) for one in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def test_a_life_of_archives(world: World, cutoff: Cutoff) -> None:
    folder = world.folder
    planned = json.loads(cutoff("retention", "plan", "--json")[1])
    assert planned == {
        "due": [{"month": JUNE, "decisions": 8, "held": 0}, {"month": JULY, "decisions": 2, "held": 0}],
        "archives": [],
    }
    assert cutoff("retention", "hold", "--month", JULY, "--by", "合规甲", "--reason", "法院调取")[:2] == (0, "1\n")
    code, out, err = cutoff("retention", "archive", "-o", folder, "--by", "档案员")
    assert (code, out.split()[0]) == (0, "8"), err
    assert f"{JULY}: 0 archived" in err
    code, out, _ = cutoff("audit", "verify", "--archive", folder, "--json")
    assert (code, json.loads(out)["archived"]) == (0, 8)
    assert "8 archived" in cutoff("audit", "verify")[1]
    one = next(iter(world.answers[JUNE]))
    kept = next(iter(world.answers[JULY]))
    with running(world.database, data_dir=world.settings.data_dir) as api:
        for path in ("", "/request", "/certificate?format=json"):
            problem = api.call("GET", f"/v1/screenings/{one}{path}")
            assert (problem.status_code, problem.json()["type"]) == (404, "urn:cutoff:problem:screening-archived")
            assert f"cutoff retention restore {JUNE}" in problem.json()["detail"]
        assert api.call("POST", f"/v1/screenings/{one}/replay").json()["type"].endswith("screening-archived")
        assert api.call("GET", f"/v1/screenings/{one}", of_client="loans").json()["type"].endswith("not-found")
        proof = api.call("GET", f"/v1/audit/proof/{one}")
        assert (proof.status_code, proof.text.splitlines()[0]) == (200, "c2sp.org/tlog-proof@v1")
        assert api.call("GET", f"/v1/audit/proof/{one}", of_client="loans").status_code == 404
        assert api.call("GET", f"/v1/screenings/{kept}").text == world.answers[JULY][kept]
        page = api.call("GET", "/v1/screenings").json()
        assert (len(page["items"]), page["archived_months"]) == (2, [JUNE])
        assert api.call("GET", f"/v1/screenings?until={JUNE}-30").json()["archived_months"] == [JUNE]
        assert api.call("GET", f"/v1/screenings?since={JULY}-01").json()["archived_months"] == []
    assert cutoff("retention", "release", 1, "--by", "甲", "--second", "乙", "--reason", "已结")[0] == 0
    assert "lifted" in cutoff("retention", "holds")[1]
    assert cutoff("retention", "restore", JUNE, "--from", folder, "--by", "档案员")[:2] == (
        0,
        "8 decisions restored 条决定已恢复\n",
    )
    with running(world.database, data_dir=world.settings.data_dir) as api:
        assert api.call("GET", f"/v1/screenings/{one}").text == world.answers[JUNE][one]
        assert api.call("POST", f"/v1/screenings/{one}/replay").json()["identical"] is True
    assert cutoff("audit", "verify", "--archive", folder)[0] == 0


REFUSED = [
    (("archive", "-o", "{}", "--by", "甲", "--months", "59"), "at least 60 months"),
    (("archive", "-o", "{}", "--by", "甲", "--month", "2025-01"), "has to stay"),
    (("restore", JUNE, "--from", "{}", "--by", "甲"), "nothing of this month is archived"),
    (("hold", "--by", "甲", "--reason", "r"), "give one of"),
    (("hold", "--client", "core", "--month", JUNE, "--by", "甲", "--reason", "r"), "give one of"),
    (("hold", "--client", "core", "--by", "甲", "--reason", ""), "--reason"),
]


def test_what_may_not_be_is_refused_in_one_line(world: World, cutoff: Cutoff) -> None:
    for arguments, said in REFUSED:
        code, out, err = cutoff("retention", *(one.format(world.folder) for one in arguments))
        assert (code, out) == (2, ""), arguments
        assert said in err
        assert len(err.splitlines()) == 1, err


def test_an_export_has_the_hashes_of_what_is_archived(world: World, cutoff: Cutoff) -> None:
    world.archive()
    folder = world.folder.parent / "export"
    assert cutoff("audit", "export", "-o", folder)[0] == 0
    program = world.folder.parent / "verify.py"
    program.write_text(cutoff("audit", "verifier")[1], encoding="utf-8")
    key = cutoff("audit", "key")[1].splitlines()[0]
    code, out, err = verified(program, folder, key)
    assert (code, "8 archived ones" in out) == (0, True), err
    lines = (folder / "records.ndjson").read_text().splitlines(keepends=True)
    hashed = next(i for i, line in enumerate(lines) if '"leaf"' in line)
    for changed in (lines[hashed].replace('"leaf":"', '"leaf":"0'), ""):
        text_before = lines[hashed]
        lines[hashed] = changed[: len(text_before) - 3] + text_before[-3:] if changed else ""
        (folder / "records.ndjson").write_text("".join(lines))
        assert verified(program, folder, key)[0] == 4
        lines[hashed] = text_before


def verified(program: Any, folder: Any, key: str) -> tuple[int, str, str]:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, program, folder, "--key", key], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.postgres
def test_the_role_of_the_application_lets_nothing_leave(
    postgres_db: Database, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    name = "cutoff_retention_of_tests"
    roles.grant(postgres_db.engine, postgres_db.url.set(username=name, password="not-looked-at"))
    database = Database(postgres_db.url.set(username=name))
    statements = (
        "INSERT INTO archived_record (id, client, archive, place) VALUES ('x', 'core', 1, 1)",
        "DELETE FROM screening",
        "DELETE FROM audit_record",
        "DELETE FROM archived_record",
        "UPDATE archive SET state = 'DONE'",
        "INSERT INTO legal_hold (no, scope, value, reason, set_by, set_at) VALUES (1, 'CLIENT', 'c', 'r', 'b', now())",
        "UPDATE legal_hold SET lifted_at = now()",
    )
    try:
        for statement in statements:
            with pytest.raises(DBAPIError, match="permission denied"), database.write() as session:
                session.execute(text(statement))
        monkeypatch.setenv("CUTOFF_DATABASE_URL", database.url.render_as_string(hide_password=False))
        assert run(["retention", "plan"]) == 2
        assert "CUTOFF_OWNER_DATABASE_URL" in capfd.readouterr().err
    finally:
        database.close()
        with postgres_db.write() as session:
            session.execute(text(f"DROP OWNED BY {name}"))
