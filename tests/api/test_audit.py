"""The record through HTTP and the command line: what is done is in it, proofs verify elsewhere, tampering is named."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Api, running
from sqlalchemy import select, text
from watchlist_rows import VENUE, load

from app.access import Role
from app.cli import run
from app.db import Database
from app.watchlists.versions.content_hash import content_sha256
from app.watchlists.versions.models import EntryRow, VersionRow

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "audit"))
import rfc6962


@pytest.fixture
def api(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Return the running application, with a data folder that the command line shares."""
    monkeypatch.setenv("CUTOFF_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("CUTOFF_DATABASE_URL", db.url.render_as_string(hide_password=False))
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db, data_dir=tmp_path / "var") as api:
        yield api


@pytest.fixture
def cutoff(capfd: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run([str(one) for one in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def first_line(err: str) -> str:
    return next(line for line in err.splitlines() if line.startswith("index "))


def test_a_decision_has_a_proof_that_a_second_implementation_verifies(api: Api, cutoff: Any) -> None:
    screening = api.screen("福建示例大宗商品交易中心有限公司").json()
    proof = api.call("GET", f"/v1/audit/proof/{screening['id']}")
    assert (proof.status_code, proof.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    items = api.call("GET", "/v1/audit?kind=screening.decided").json()["items"]
    record = next(one for one in items if one["id"] == screening["id"])
    assert record["content"]["record_sha256"] == screening["record_sha256"]
    key = cutoff("audit", "key")[1].splitlines()[0]
    assert rfc6962.record_is_proved(record["record"].encode(), proof.text, key)
    assert rfc6962.note_is_signed(api.call("GET", "/v1/audit/checkpoint").text, key)


def test_a_client_sees_its_own_records_and_an_auditor_all(api: Api) -> None:
    screening_id = api.screen("某某有限公司").json()["id"]
    assert api.call("GET", f"/v1/audit/proof/{screening_id}", of_client="other").status_code == 404
    assert api.call("GET", "/v1/audit?kind=screening.decided", of_client="other").json()["items"] == []
    assert api.call("GET", f"/v1/audit/proof/{screening_id}", Role.AUDITOR, of_client="other").status_code == 200
    kinds = set()
    cursor = ""
    while cursor is not None:
        page = api.call("GET", "/v1/audit", Role.AUDITOR, params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        kinds |= {one["kind"] for one in page.json()["items"]}
        cursor = page.json()["next_cursor"]
    assert kinds >= {"list.import", "list.submit", "list.approve", "list.activate", "key.created", "screening.decided"}


def test_what_is_refused_is_recorded(api: Api) -> None:
    assert api.call("POST", "/v1/keys", Role.SCREENER, json={"role": "admin", "name": "me"}).status_code == 403
    items = api.call("GET", "/v1/audit?kind=access.refused", Role.AUDITOR).json()["items"]
    assert [one["content"] for one in items] == [{"code": "wrong-role", "route": "POST /v1/keys"}]


KEY_PUT_IN = (
    "INSERT INTO api_key (id, key_sha256, name, subject, client, role, created_at) "
    "SELECT 'x', 'y', name, subject, client, role, created_at FROM api_key LIMIT 1"
)
TAMPERINGS = {
    "decision changed": ("UPDATE screening SET outcome = 'PASS', hindsight_outcome = 'PASS'", "changed"),
    "answer changed": ("UPDATE screening SET answer = replace(answer, 'BLOCK', 'PASS')", "changed"),
    "author changed": ("UPDATE screening SET subject = 'somebody'", "changed"),
    "request changed": ("UPDATE screening SET received = replace(received, '示例', '样本')", "changed"),
    "match hidden": ("DELETE FROM screening_entity", "changed"),
    "key inserted": (KEY_PUT_IN, "inserted"),
    "key made admin": ("UPDATE api_key SET role = 'admin'", "changed"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_with_what_records_tell_of_is_named(api: Api, cutoff: Any, name: str) -> None:
    statement, how = TAMPERINGS[name]
    screening = api.screen("福建示例大宗商品交易中心有限公司").json()
    assert cutoff("audit", "verify")[0] == 0
    free(api.database)
    with api.database.write() as session:
        session.execute(text(statement))
    code, _, err = cutoff("audit", "verify")
    assert code == 4
    assert f": {how}:" in first_line(err)
    if "key" not in name:
        assert screening["id"] in first_line(err)


def test_a_decision_that_is_gone_or_put_in_is_named(api: Api, cutoff: Any) -> None:
    screening = api.screen("福建示例大宗商品交易中心有限公司").json()
    free(api.database)
    with api.database.write() as session:
        row = session.execute(text("SELECT * FROM screening")).mappings().one()
        for table in ("screening_entity", "screening_identifier", "screening"):
            session.execute(text(f"DELETE FROM {table}"))
    code, _, err = cutoff("audit", "verify")
    assert (code, ": missing:" in err, screening["id"] in err) == (4, True, True)
    with api.database.write() as session:
        columns = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        session.execute(text(f"INSERT INTO screening ({columns}) VALUES ({values})"), dict(row))
        session.execute(text(f"INSERT INTO screening ({columns}) VALUES ({values})"), {**row, "id": "put-in"})
    code, out, _ = cutoff("audit", "verify", "--json")
    assert code == 4
    assert ("put-in", "inserted") in {(one["id"], one["how"]) for one in json.loads(out)["damage"]}


def test_an_export_is_verified_offline_whole_and_in_part(api: Api, cutoff: Any, tmp_path: Path) -> None:
    for name in ("福建示例大宗商品交易中心有限公司", "某某有限公司"):
        api.screen(name)
    api.call("POST", "/v1/screenings", json=asked("另一有限公司"), of_client="other")
    code, program, _ = cutoff("audit", "verifier")
    (tmp_path / "verify.py").write_text(program)
    key = cutoff("audit", "key")[1].splitlines()[0]
    for folder, options in (("whole", ()), ("part", ("--client", "core"))):
        assert cutoff("audit", "export", "-o", tmp_path / folder, *options)[0] == 0
        assert offline(tmp_path, folder, key) == 0
        file = tmp_path / folder / "records.ndjson"
        sound = file.read_text(encoding="utf-8")
        decision = next(line for line in sound.splitlines() if '"fields"' in line)
        for broken in (
            sound.replace("某某有限公司", "某样有限公司"),
            sound.replace(decision + "\n", ""),
            sound.replace('\\"via\\":\\"api\\"', '\\"via\\":\\"cli\\"', 1),
        ):
            assert broken != sound
            file.write_text(broken, encoding="utf-8")
            assert offline(tmp_path, folder, key) == 4
        file.write_text(sound, encoding="utf-8")
        assert offline(tmp_path, folder, key) == 0
    text_ = (tmp_path / "part" / "records.ndjson").read_text(encoding="utf-8")
    assert "另一有限公司" not in text_
    assert code == 0


def test_a_witness_signs_and_its_checkpoint_is_trusted_the_next_time(api: Api, cutoff: Any, tmp_path: Path) -> None:
    api.screen("某某有限公司")
    given = ("audit", "cosign", "--key", tmp_path / "witness.pem", "--name", "audit.example/witness")
    api.app.state.sealer.seal_all()
    code, note, err = cutoff(*given)
    assert code == 0
    witness = next(line for line in err.splitlines() if line.startswith("audit.example/witness+"))
    note = note[note.index("cutoff/audit\n") :]  # the server in this process logs beside it
    assert rfc6962.note_is_signed(note, witness)
    (tmp_path / "kept.txt").write_text(note, encoding="utf-8")
    api.screen("另一有限公司")
    assert cutoff("audit", "verify", "--trusted", tmp_path / "kept.txt")[0] == 0
    assert cutoff(*given, "--trusted", tmp_path / "kept.txt")[0] == 0


def test_a_certificate_is_the_same_each_time_and_is_verified_offline(api: Api, cutoff: Any, tmp_path: Path) -> None:
    screening = api.screen("福建示例大宗商品交易中心有限公司").json()
    path = f"/v1/screenings/{screening['id']}/certificate"
    assert api.call("GET", f"{path}?format=json", of_client="other").status_code == 404
    made = api.call("GET", f"{path}?format=json")
    assert made.json()["screening"] == screening
    assert made.json()["clauses"]
    pdf = api.call("GET", f"{path}?format=pdf")
    if pdf.status_code == 200:  # a machine without a font for Chinese says so, by 503
        assert pdf.content.startswith(b"%PDF-")
    else:
        assert pdf.json()["type"] == "urn:cutoff:problem:no-font"
    api.screen("某某有限公司")
    api.app.state.sealer.seal_all()
    assert api.call("GET", f"{path}?format=json").content == made.content
    assert api.call("GET", f"{path}?format=pdf").content == pdf.content
    (tmp_path / "verify.py").write_text(cutoff("audit", "verifier")[1])
    key = cutoff("audit", "key")[1].splitlines()[0]
    file = tmp_path / "certificate.json"
    file.write_bytes(made.content)
    assert offline(tmp_path, file.name, key) == 0
    for old, new in ((b'"outcome":"BLOCK"', b'"outcome":"PASS"'), (b"index ", b"index 1"), (b"\\n\\n", b"\\n")):
        file.write_bytes(made.content.replace(old, new, 1))
        assert offline(tmp_path, file.name, key) == 4


LIST_CHANGES = {
    "row": "UPDATE list_entry SET row = replace(row, '示例', '别的')",
    "row and hash": "UPDATE list_entry SET row = replace(row, '示例', '别的')",
    "row gone": "DELETE FROM list_entry",
    "earlier": "UPDATE list_version SET jurisdiction_code = '610100'",
}


@pytest.mark.parametrize("name", LIST_CHANGES)
def test_a_list_that_was_changed_in_the_database_is_not_used(api: Api, cutoff: Any, db: Database, name: str) -> None:
    assert api.screen("福建示例大宗商品交易中心有限公司").json()["outcome"] == "BLOCK"
    free(db)
    with db.write() as session:
        session.execute(text(LIST_CHANGES[name]))
    if name == "row and hash":
        with db.write() as session:
            version = session.scalars(select(VersionRow)).one()
            rows = session.scalars(select(EntryRow.row)).all()
            version.sha256 = content_sha256(rows)
    assert api.screen("福建示例大宗商品交易中心有限公司").json()["outcome"] == "BLOCK"  # what is in memory is right
    deadline = time.monotonic() + 60
    while (not_ready := api.call("GET", "/readyz", None)).status_code == 200:
        assert time.monotonic() < deadline, "the running process does not see it"
        time.sleep(0.1)
    assert api.screen("福建示例大宗商品交易中心有限公司").json()["outcome"] == "BLOCK"
    assert (not_ready.status_code, not_ready.json()["type"]) == (503, "urn:cutoff:problem:list-content-changed")
    with running(db) as restarted:
        assert restarted.call("GET", "/readyz", None).json()["type"] == "urn:cutoff:problem:list-content-changed"
        assert restarted.screen("福建示例大宗商品交易中心有限公司").status_code == 503
    code, _, err = cutoff("audit", "verify")
    assert (code, ": changed:" in err) == (4, True)


def asked(name: str) -> dict[str, Any]:
    return {"service": "FUND_SETTLEMENT", "service_date": "2017-07-03", "counterparty": {"name": name}}


def offline(folder: Path, export: str, key: str) -> int:
    command = [sys.executable, "-I", "verify.py", export, "--key", key]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def free(database: Database) -> None:
    """Drop the triggers, as an administrator of the database can."""
    with database.write() as session:
        if database.is_sqlite:
            for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f"DROP TRIGGER {name}"))
            return
        named = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        for name, table in session.execute(text(named)).all():
            session.execute(text(f"DROP TRIGGER {name} ON {table}"))
