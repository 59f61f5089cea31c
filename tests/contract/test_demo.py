"""``cutoff demo``: samples and keys, once; a second run keeps both; what it refuses."""

import json
import re
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from demo_server import ROOT, demo_server, environment

from app.access import Role, keys
from app.cli import run
from app.db import Database
from app.policy.vocabulary import Outcome

MANIFEST = json.loads((ROOT / "watchlists" / "manifest.json").read_text(encoding="utf-8"))
ACTIVE = {the_list["code"]: len(the_list["files"]) for the_list in MANIFEST["lists"]}


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    monkeypatch.setenv("CUTOFF_DATA_DIR", str(folder))
    monkeypatch.delenv("CUTOFF_DATABASE_URL", raising=False)
    return folder


def printed_keys(text: str) -> dict[str, str]:
    lines = [line.split(": ") for line in text.splitlines() if line.split(": ")[0] in set(Role)]
    return dict(lines)


def active(database: Database) -> dict[str, int]:
    from app.watchlists.versions import store

    with database.read() as session:
        return {one.code: one.active.version for one in store.lists(session) if one.active}


def test_it_loads_every_list_once_and_prints_the_same_keys_again(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--no-serve"]) == 0
    first = capsys.readouterr().out
    assert run(["demo", "--no-serve"]) == 0
    second = capsys.readouterr().out
    assert set(printed_keys(first)) == set(Role)
    assert printed_keys(second) == printed_keys(first)
    assert "sample lists loaded" in first
    assert "sample lists loaded" not in second
    assert [line for line in second.splitlines() if line.startswith("curl ")]
    (second_key,) = re.findall(r"^    其密钥 / with the key (\S+)$", second, re.MULTILINE)
    made = [path for path in data_dir.rglob("*") if path.is_file()]
    assert {"demo-keys.json", "cutoff.db"} <= {path.name for path in made}
    assert [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    database = Database(f"sqlite:///{data_dir / 'cutoff.db'}")
    assert active(database) == ACTIVE
    with database.read() as session:
        for role, secret in printed_keys(second).items():
            assert keys.authenticate(session, secret).role == role
        assert len({keys.authenticate(session, secret).subject for secret in printed_keys(second).values()}) == len(
            Role
        )
        # Somebody beside the first analyst, who can confirm what that one found.
        second_analyst = keys.authenticate(session, second_key)
        assert second_analyst.role == Role.ANALYST
        assert second_analyst.subject != keys.authenticate(session, printed_keys(second)["analyst"]).subject
    database.close()


def test_a_revoked_key_is_made_anew_and_the_others_stay(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--no-serve"]) == 0
    before = printed_keys(capsys.readouterr().out)
    database = Database(f"sqlite:///{data_dir / 'cutoff.db'}")
    with database.write() as session:
        keys.revoke(session, keys.authenticate(session, before["screener"]).key_id)
    database.close()
    assert run(["demo", "--no-serve"]) == 0
    after = printed_keys(capsys.readouterr().out)
    assert {role for role in Role if before[role] != after[role]} == {Role.SCREENER}


def test_an_interrupted_load_goes_on_where_it_stopped(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    the_list = MANIFEST["lists"][0]
    for file in the_list["files"][:2]:
        options = [
            word
            for name, value in file["options"].items()
            if name != "list_name"
            for word in (f"--{name.replace('_', '-')}", value)
        ]
        people = ["--maker", MANIFEST["maker"], "--checker", MANIFEST["checker"]]
        path = str(ROOT / "watchlists" / file["file"])
        assert run(["lists", "load", path, "--list", the_list["code"], *people, *options]) == 0
    capsys.readouterr()
    assert run(["demo", "--no-serve"]) == 0
    assert f"sample lists loaded: {sum(ACTIVE.values()) - 2} files" in capsys.readouterr().out
    database = Database(f"sqlite:///{data_dir / 'cutoff.db'}")
    assert active(database) == ACTIVE
    database.close()


def test_a_port_that_is_taken_is_named_before_anything_is_done(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["demo", "--port", str(port)]) == 1
    printed = capsys.readouterr()
    assert f"127.0.0.1:{port}" in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert not data_dir.exists()


def test_samples_are_not_put_among_real_lists(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = "REAL-1,ADD,VIOLATING,VENUE,真名样本交易中心有限公司,350100,福州市,2017-03-15,2017-03-20"
    header = (
        "external_id,action,category,entity_kind,legal_name,reg_region_code,jurisdiction,determined_on,effective_from"
    )
    file = data_dir.parent / "real.csv"
    file.write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert run(["lists", "load", str(file), "--list", "bank-real", "--maker", "甲", "--checker", "乙"]) == 0
    capsys.readouterr()
    assert run(["demo", "--no-serve"]) == 2
    assert "CUTOFF_DATA_DIR" in capsys.readouterr().err
    database = Database(f"sqlite:///{data_dir / 'cutoff.db'}")
    assert active(database) == {"bank-real": 1}
    database.close()


def test_no_list_is_loaded_where_the_command_line_may_not(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUTOFF_CLI_LIST_CHANGES", "false")
    assert run(["demo", "--no-serve"]) == 2
    assert "CUTOFF_CLI_LIST_CHANGES" in capsys.readouterr().err
    database = Database(f"sqlite:///{data_dir / 'cutoff.db'}")
    assert active(database) == {}
    database.close()


@pytest.mark.postgres
def test_it_serves_on_postgres_and_an_answer_outlives_a_restart(empty_postgres_url: str, tmp_path: Path) -> None:
    variables = environment(tmp_path / "var", CUTOFF_DATABASE_URL=empty_postgres_url)

    def screened(server: Any) -> dict[str, Any]:
        import httpx2

        body = {
            "service": "FUND_SETTLEMENT",
            "service_date": "2017-06-30",
            "counterparty": {"name": "福建示例大宗商品交易中心有限公司"},
        }
        headers = {"Authorization": f"Bearer {server.keys['screener']}"}
        answer = httpx2.post(f"{server.url}/v1/screenings", json=body, headers=headers, timeout=30)
        return answer.raise_for_status().json()

    with demo_server(variables, tmp_path / "log") as server:
        answer = screened(server)
        first = server.keys
    assert answer["outcome"] == Outcome.BLOCK
    with demo_server(variables, tmp_path / "log") as server:
        assert server.keys == first
        assert server.get(f"/v1/screenings/{answer['id']}", "screener") == answer
        assert {one["code"]: one["version"] for one in answer["list_versions"]} == ACTIVE
    assert not list((tmp_path / "var").glob("*.db"))
