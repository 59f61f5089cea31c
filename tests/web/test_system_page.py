"""系统 and 审计 as their keepers use them: workers, keys, webhooks with their log, refusals, and the export."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from client import Api
from sqlalchemy import select
from visiting import OWN, Visiting

from app import clock
from app.access import keys
from app.audit.models import AuditRow
from app.bulk.runs.models import BulkRun
from app.jobs.heartbeat import beat
from app.notify import webhooks
from app.notify.models import Webhook
from app.notify.webhooks import Message

EVIL = "<img src=x onerror=alert(1)>\u202e"


def kinds(api: Api) -> list[str]:
    with api.database.read() as session:
        return list(session.scalars(select(AuditRow.kind)))


def test_keepers_see_workers_and_nights_and_others_do_not(api: Api) -> None:
    now = clock.now()
    with api.database.write() as session:
        beat(session, f"host:1:{EVIL}", now)
        session.add(
            BulkRun(
                id="r",
                client="nightly",
                key_id=None,
                subject="nightly",
                via="nightly",
                input_name=EVIL,
                input_sha256="0" * 64,
                output_name="a.csv",
                output_sha256="1" * 64,
                options={},
                basis={},
                counts={"rows": 7, "block": 1, "review": 2, "errors": 3, "pass": 1},
                findings=3,
                started_at=now,
                finished_at=now,
            )
        )
    page = Visiting(api, "admin").get("/system").text
    for text in ("运行中", "夜间运行", "a.csv", "发放密钥"):
        assert text in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert "发放密钥" not in Visiting(api, "auditor").get("/system").text
    screener = Visiting(api, "screener").get("/system").text
    assert "后台进程" not in screener
    assert "密钥" not in screener


def test_an_administrator_issues_and_revokes_keys_as_himself(api: Api) -> None:
    admin = Visiting(api, "admin")
    asked = {"do": "issue", "person": "孙示例", "role": "analyst", "client": "core", "days": "30"}
    for key, status in ((api.key("screener"), 403), ("cutoff_wrong", 403)):
        refused = admin.post("/system", {**asked, "key": key})
        assert refused.status_code == status
        assert "孙示例" in refused.text
    own = api.key("admin")
    for wrong in ({"person": " "}, {"role": "king"}, {"days": "0"}, {"days": "x"}, {"client": "nobody"}):
        assert admin.post("/system", {**asked, **wrong, "key": own}).status_code in {404, 422}
    made = admin.post("/system", {**asked, "key": own})
    assert made.status_code == 200
    secret = made.text.partition("cutoff_")[2].partition("<")[0]
    with api.database.read() as session:
        principal = keys.authenticate(session, f"cutoff_{secret}")
    assert (principal.subject, principal.role, principal.client) == ("孙示例", "analyst", "core")
    answer = admin.post("/system", {"do": "revoke", "key_id": principal.key_id, "key": own})
    assert answer.status_code == 303
    login = api.client.post("/login", data={"key": f"cutoff_{secret}"}, headers=OWN)
    assert "已吊销" in login.text
    assert {"key.created", "key.revoked"} <= set(kinds(api))
    assert Visiting(api, "auditor").post("/system", {**asked, "key": own}).status_code == 403


def test_a_webhook_has_its_log_and_is_sent_again(api: Api) -> None:
    now = clock.now()
    with api.database.write() as session:
        session.add(
            Webhook(
                id="w",
                client="core",
                url=f"https://hook.example/{EVIL}",
                events=["decision.changed"],
                secrets=[],
                created_by="x",
                created_at=now,
                deleted_at=None,
            )
        )
        session.flush()
        webhooks.enqueue(session, "core", [Message(id="m", event="test", subject="m", data={})], now, only="w")
        (delivery,) = webhooks.deliveries(session, "core", "w")
    person = Visiting(api, "analyst")
    assert "/system/webhooks/w" in person.get("/system").text
    page = person.get("/system/webhooks/w").text
    assert "等待" in page
    assert "<img src=x" not in page
    assert person.post("/system/webhooks/w", {"delivery": delivery.id}).status_code == 409
    assert Visiting(api, "analyst", "other").get("/system/webhooks/w").status_code == 404
    assert Visiting(api, "list_maker").get("/system/webhooks/w").status_code == 403
    assert Visiting(api, "auditor").post("/system/webhooks/w", {"delivery": delivery.id}).status_code == 403


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("screener", "GET", "/audit"), ("screener", "GET", "/audit/export"), ("auditor", "POST", "/"),
        ("list_maker", "POST", "/alerts/x"), ("screener", "POST", "/lists/fj-violating/versions/1"),
        ("admin", "GET", "/bulk"), ("list_maker", "POST", "/book/upload"), ("screener", "POST", "/system"),
        ("screener", "POST", "/lists/fj-violating/versions/1/book-impact"),
    ],
)  # fmt: skip
def test_every_refusal_is_recorded_with_who_and_where(api: Api, role: str, method: str, path: str) -> None:
    person = Visiting(api, role)
    answer = person.get(path) if method == "GET" else person.post(path, {})
    assert answer.status_code == 403
    with api.database.read() as session:
        said = [json.loads(row.text) for row in session.scalars(select(AuditRow)) if row.kind == "access.refused"]
    assert [one["subject"] for one in said] == [role]
    assert said[0]["content"]["route"].startswith(f"{method} ")


def test_a_refused_decision_is_recorded_too(api: Api) -> None:
    admin = Visiting(api, "admin")
    admin.post("/system", {"do": "revoke", "key_id": "x", "key": "cutoff_wrong"})
    assert "access.refused" in kinds(api)


def test_the_export_verifies_offline(api: Api, tmp_path: Path) -> None:
    Visiting(api, "screener").post("/", {"q": "无关贸易公司", "service": "CUSTODY", "service_date": "2017-07-03"})
    auditor: Any = Visiting(api, "auditor")
    assert "/audit/export?" in auditor.get("/audit?client=core").text
    answer = auditor.get("/audit/export")
    assert answer.status_code == 200
    assert "cutoff-audit.zip" in answer.headers["content-disposition"]
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    folder = tmp_path / "cutoff-audit"
    key = (folder / "keys.txt").read_text(encoding="utf-8").splitlines()[0]
    command = [sys.executable, str(folder / "verify.py"), str(folder), "--key", key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert auditor.get("/audit/export?since=2017-13-01").status_code == 422


def test_the_audit_page_has_words_for_every_kind(api: Api) -> None:
    Visiting(api, "list_maker").get("/audit")
    page = Visiting(api, "auditor").get("/audit").text
    for text in ("登录", "越权被拒", "名单启用", "密钥发放"):
        assert text in page
    assert "session.opened" not in page.replace('value="session.opened"', "")


def test_a_wrong_key_at_an_approval_is_recorded(api: Api) -> None:
    Visiting(api, "list_checker").post("/lists/fj-violating/versions/1", {"do": "approve", "key": "cutoff_wrong"})
    assert kinds(api).count("access.refused") == 1
