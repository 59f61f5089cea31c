"""Files of alerts through HTTP: added by analysts, kept for good, handed out as downloads, of one client only."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from client import Api, running
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from test_alerts import ALIKE, NAME, alerts, decide, put
from watchlist_rows import VENUE, load

from app.access import Role
from app.audit.installation import sealer_of, verifiers_of
from app.audit.verify import verify
from app.db import Database
from app.monitoring.attachments import Attachments

PDF = b"%PDF-1.7\n% sample\n"
SMALL = 2048


@pytest.fixture
def alert_url(api: Api) -> str:
    return one_alert(api)


def one_alert(api: Api) -> str:
    put(api, "C-1", NAME)
    decide(api)
    (alert,) = alerts(api, "?state=OPEN")
    return f"/v1/alerts/{alert['id']}"


def attach(api: Api, url: str, name: str = "核实材料.pdf", content: bytes = PDF, **more: Any) -> Any:
    role = more.pop("role", Role.ANALYST)
    return api.call("POST", f"{url}/attachments", role, files={"file": (name, content)}, **more)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_a_file_is_kept_and_handed_out_as_a_download(api: Api, alert_url: str) -> None:
    added = attach(api, alert_url)
    assert added.status_code == 201, added.text
    said = added.json()
    assert (said["name"], said["media_type"], said["size"]) == ("核实材料.pdf", "application/pdf", len(PDF))
    assert said["sha256"] == hashlib.sha256(PDF).hexdigest()
    shown = api.call("GET", alert_url, Role.ANALYST).json()
    assert shown["attachments"] == [said]
    assert shown["events"][-1]["event"] == "ATTACHMENT"
    assert shown["events"][-1]["data"]["sha256"] == said["sha256"]
    for role, client in ((Role.ANALYST, "core"), (Role.AUDITOR, "other")):
        got = api.call("GET", added.headers["location"], role, of_client=client)
        assert (got.status_code, got.content) == (200, PDF)
        assert got.headers["content-type"] == "application/octet-stream"
        assert got.headers["content-disposition"].startswith("attachment; filename=\"____.pdf\"; filename*=UTF-8''%E6")
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["cache-control"] == "no-store"


def test_another_client_finds_neither_alert_nor_file(api: Api, alert_url: str) -> None:
    place = attach(api, alert_url).headers["location"]
    assert code_of(attach(api, alert_url, of_client="other")) == (404, "alert-not-found")
    assert code_of(api.call("GET", place, Role.ANALYST, of_client="other")) == (404, "attachment-not-found")
    assert code_of(attach(api, alert_url, role=Role.AUDITOR)) == (403, "wrong-role")
    put(api, "C-2", ALIKE)
    decide(api)
    other = next(one["id"] for one in alerts(api) if not alert_url.endswith(one["id"]))
    wrong = f"/v1/alerts/{other}/attachments/{place.rpartition('/')[2]}"
    assert code_of(api.call("GET", wrong, Role.ANALYST)) == (404, "attachment-not-found")


def test_what_may_not_be_added_is_refused_with_its_reason(api: Api, alert_url: str) -> None:
    assert code_of(attach(api, alert_url, content=b"MZ\x90\0")) == (422, "attachment-type")
    assert code_of(attach(api, alert_url, content=b"")) == (422, "empty-input")
    assert code_of(attach(api, alert_url, name="\u202e")) == (422, "attachment-name")
    assert code_of(attach(api, alert_url, data={"to": "x"})) == (422, "validation")
    assert code_of(attach(api, "/v1/alerts/none")) == (404, "alert-not-found")
    assert attach(api, alert_url).status_code == 201
    assert code_of(attach(api, alert_url, name="another.pdf")) == (409, "attachment-exists")
    assert attach(api, alert_url, name="../" + "长" * 300 + "\u202e.exe", content=PDF + b"2").json()["name"] == (
        "长" * 116 + ".pdf"
    )


def test_the_same_key_gives_the_first_answer_again(api: Api, alert_url: str) -> None:
    key = {"Idempotency-Key": "a-1"}
    first, again = (attach(api, alert_url, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert code_of(attach(api, alert_url, content=PDF + b"2", headers=key)) == (409, "idempotency-key-reused")
    assert len(api.call("GET", alert_url, Role.ANALYST).json()["attachments"]) == 1


def test_files_have_bounds_of_size_number_and_room(db: Database, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CUTOFF_DATA_DIR", str(tmp_path))
    load(db, "fj-violating", VENUE)
    bounds = {"attachment_bytes_max": SMALL, "attachments_of_alert_max": 2, "job_bytes_of_client_max": 2 * SMALL}
    with running(db, **bounds) as api:
        url = one_alert(api)
        assert code_of(attach(api, url, content=PDF + b" " * SMALL)) == (413, "attachment-too-large")
        assert code_of(attach(api, url, content=PDF + b" " * (256 << 10))) == (413, "too-large")
        half = PDF + b"1" * (SMALL - len(PDF))
        assert attach(api, url, content=half).status_code == 201
        assert attach(api, url, content=PDF).status_code == 201
        assert code_of(attach(api, url, content=PDF + b"3")) == (409, "too-many-attachments")
        put(api, "C-2", ALIKE)
        decide(api)
        other = next(f"/v1/alerts/{one['id']}" for one in alerts(api) if not url.endswith(one["id"]))
        assert code_of(attach(api, other, content=half)) == (429, "client-files-full")
        assert attach(api, other, content=PDF).status_code == 201
        # One budget for all files of a client.
        book = f"id,name\n1,{'x' * SMALL}\n".encode()
        assert code_of(api.call("POST", "/v1/jobs", files={"file": ("b.csv", book)})) == (429, "client-files-full")


def test_files_are_append_only_and_what_is_changed_beside_the_program_is_found(api: Api, alert_url: str) -> None:
    place = attach(api, alert_url).headers["location"]
    changes = (
        "UPDATE alert_attachment SET name = 'x'",
        "DELETE FROM alert_attachment",
        "UPDATE alert_attachment SET client = 'other'",
    )
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"), api.database.write() as session:
            session.execute(text(change))
    settings, database = api.app.state.settings, api.database
    sealer_of(database, settings).seal()

    def damage() -> list[str]:
        found = verify(database, verifiers_of(settings), [Attachments()]).damage
        return [f"{one.how}: {one.detail}" for one in found]

    assert damage() == []
    with database.write() as session:
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER alert_attachment_no_update"))
            session.execute(text("DROP TRIGGER alert_attachment_no_delete"))
        else:
            session.execute(text("ALTER TABLE alert_attachment DISABLE TRIGGER ALL"))
    set_client = "UPDATE alert_attachment SET client = :client"
    for client, found in (("other", ["changed: the attachment is another one"]), ("core", [])):
        with database.write() as session:
            session.execute(text(set_client), {"client": client})
        assert damage() == found
    with database.write() as session:
        session.execute(text("UPDATE alert_attachment SET content = :content"), {"content": b"%PDF-forged"})
    assert damage() == ["changed: the attachment is another one"]
    assert code_of(api.call("GET", place, Role.ANALYST)) == (503, "attachment-damaged")
    with database.write() as session:
        session.execute(text("DELETE FROM alert_attachment"))
    assert damage() == ["missing: the attachment is not there"]
