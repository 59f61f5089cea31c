"""Lists through HTTP: upload, four eyes, comparing, copies, signatures; and every way in which it is refused."""

import base64
import io
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from client import Api, running
from watchlist_rows import VENUE, as_csv, load

from app import clock
from app.access import Role, keys
from app.db import Database

MAKER, CHECKER, AUDITOR, SCREENER = Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR, Role.SCREENER
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SECOND = {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样本鹭岛商品交易市场有限公司"}


def upload(api: Api, *rows: dict[str, str], code: str = "fj-violating", role: Role = MAKER, **options: Any) -> Any:
    headers = options.pop("headers", {})
    name = options.pop("name", "名单.csv")
    data = options.pop("data", None) or as_csv(rows)
    path = f"/v1/lists/{code}/versions"
    return api.call("POST", path, role, files={"file": (name, data)}, data=options, headers=headers)


def act(api: Api, verb: str, number: int, role: Role, code: str = "fj-violating", **body: Any) -> Any:
    return api.call("POST", f"/v1/lists/{code}/versions/{number}/{verb}", role, json=body or None)


def in_force(api: Api, *rows: dict[str, str], code: str = "fj-violating", **options: Any) -> int:
    answer = upload(api, *rows, code=code, **options)
    assert answer.status_code == 201, answer.text
    number = int(answer.json()["version"])
    for verb, role in (("submit", MAKER), ("approve", CHECKER), ("activate", CHECKER)):
        done = act(api, verb, number, role, code)
        assert done.status_code == 200, done.text
    return number


def problem(answer: Any, status: int, code: str) -> Any:
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:cutoff:problem:{code}"), answer.text
    return answer.json()


def test_a_file_becomes_a_draft_with_its_findings_and_what_it_would_change(api: Api) -> None:
    answer = upload(api, {**VENUE, "uscc": "无效"}, SECOND)
    body = answer.json()
    assert (answer.status_code, body["version"], body["state"], body["maker"]) == (201, 2, "draft", "list_maker")
    assert answer.headers["location"] == "/v1/lists/fj-violating/versions/2"
    assert [(one["code"], one["row"], one["column"], one["value"]) for one in body["findings"]] == [
        ("USCC_FORMAT", 2, "uscc", "无效")
    ]
    assert (body["diff"]["added"], body["diff"]["changed"], body["diff"]["removed"]) == (1, 1, 0)
    changed, added = body["diff"]["entities"]
    assert [(one["field"], one["after"]) for one in changed["changes"]] == [("uscc", "无效")]
    assert (added["kind"], added["external_id"]) == ("ADDED", "FJ-0002")


def test_a_version_comes_into_force_under_four_eyes(api: Api) -> None:
    before = clock.now()
    number = in_force(api, VENUE, SECOND)
    api.refresh()
    answer = api.screen(SECOND["legal_name"], date="2017-07-03").json()
    assert answer["outcome"] == "BLOCK"
    assert answer["list_versions"][0]["version"] == number
    shown = api.call("GET", "/v1/lists/fj-violating", SCREENER).json()
    assert (shown["active_version"], shown["newest_version"]) == (2, 2)
    detail = api.call("GET", "/v1/lists/fj-violating/versions/2", SCREENER).json()
    assert [one["event"] for one in detail["history"]] == ["import", "submit", "approve", "activate"]
    assert detail["known_from"] >= before.isoformat()[:19]
    assert detail["sha256"] == answer["list_versions"][0]["sha256"]


def test_every_error_of_a_file_is_named_and_nothing_is_stored(api: Api) -> None:
    body = problem(upload(api, {**VENUE, "action": "删除"}, {**SECOND, "determined_on": "x"}), 422, "list-file-refused")
    assert (body["rows"], body["error_count"]) == (2, 2)
    assert [(one["pointer"], one["code"]) for one in body["errors"]] == [
        ("/2/action", "UNKNOWN_VALUE"),
        ("/3/determined_on", "BAD_DATE"),
    ]
    assert [one["suggestion"] is not None for one in body["findings"]] == [True, True]
    assert [one["version"] for one in api.call("GET", "/v1/lists/fj-violating/versions", MAKER).json()["items"]] == [1]


def test_a_refused_file_comes_back_with_its_bad_cells_marked(api: Api) -> None:
    answer = upload(api, {**VENUE, "action": "删除"}, headers={"Accept": XLSX})
    assert (answer.status_code, answer.headers["content-type"]) == (422, XLSX)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cell = book["名单"]["B2"]
    assert (cell.value, cell.fill.fgColor.rgb) == ("删除", "FFF4B6B6")
    assert cell.comment.text.startswith("UNKNOWN_VALUE")
    assert book["校验结果"]["D2"].value == "UNKNOWN_VALUE"


def test_an_upload_tells_how_far_it_is(api: Api) -> None:
    progress = {"headers": {"Accept": "application/x-ndjson"}}
    lines = [json.loads(line) for line in upload(api, VENUE, SECOND, **progress).text.splitlines()]
    assert lines[0] == {"done": 0, "total": 2}
    assert lines[-2] == {"done": 2, "total": 2}
    assert (lines[-1]["status"], lines[-1]["body"]["version"]) == (201, 2)
    assert lines[-1]["location"] == "/v1/lists/fj-violating/versions/2"
    refused = upload(api, {**VENUE, "action": "删除"}, **progress)
    assert (refused.status_code, json.loads(refused.text.splitlines()[-1])["status"]) == (200, 422)
    late = upload(api, VENUE, code="new", received_at="2017-03-20T09:00:00+08:00", **progress)
    last = json.loads(late.text.splitlines()[-1])
    assert (last["status"], last["body"]["type"]) == (403, "urn:cutoff:problem:backfill")


def test_a_stored_file_comes_back_with_its_doubtful_cells_marked(api: Api) -> None:
    upload(api, {**VENUE, "uscc": "无效"})
    answer = api.call("GET", "/v1/lists/fj-violating/versions/2/annotated", CHECKER)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["名单"]
    header = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, header.index("uscc") + 1).fill.fgColor.rgb == "FFFFF2A8"
    problem(api.call("GET", "/v1/lists/fj-violating/versions/9/annotated", CHECKER), 404, "version-unknown")


def test_one_person_with_two_keys_is_one_pair_of_eyes(api: Api) -> None:
    assert upload(api, VENUE).status_code == 201
    assert act(api, "submit", 2, MAKER).status_code == 200
    with api.database.write() as session:
        _, secret = keys.create(session, CHECKER, name="other key", subject="list_maker", client="core")
    same = api.client.post("/v1/lists/fj-violating/versions/2/approve", headers={"Authorization": f"Bearer {secret}"})
    problem(same, 403, "four-eyes")


def test_steps_are_taken_in_order(api: Api) -> None:
    upload(api, VENUE)
    problem(act(api, "approve", 2, CHECKER), 409, "version-state")
    problem(act(api, "activate", 2, CHECKER), 409, "version-state")
    problem(act(api, "activate", 9, CHECKER), 404, "version-unknown")
    problem(api.call("POST", "/v1/lists/xx/versions/1/submit", MAKER), 404, "list-unknown")
    act(api, "submit", 2, MAKER)
    problem(act(api, "submit", 2, MAKER), 409, "version-state")
    problem(act(api, "reject", 2, CHECKER), 422, "validation")
    rejected = act(api, "reject", 2, CHECKER, reason="文号有误")
    assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")


def test_one_s_own_draft_is_withdrawn(api: Api) -> None:
    upload(api, VENUE)
    assert act(api, "withdraw", 2, MAKER, reason="传错文件").json()["state"] == "withdrawn"


def test_an_activation_is_scheduled(api: Api) -> None:
    upload(api, VENUE, SECOND)
    act(api, "submit", 2, MAKER)
    act(api, "approve", 2, CHECKER)
    problem(act(api, "activate", 2, CHECKER, at="2027-01-01T00:00:00"), 422, "validation")
    problem(act(api, "activate", 2, CHECKER, at="9999-12-31T23:59:59-12:00"), 422, "bad-time")
    at = clock.now() + timedelta(seconds=1)
    scheduled = act(api, "activate", 2, CHECKER, at=at.isoformat()).json()
    assert scheduled["state"] == "scheduled"
    while clock.now() < at:
        pass
    api.refresh()
    answer = api.screen(SECOND["legal_name"], date="2017-07-03").json()
    assert answer["list_versions"][0]["version"] == 2
    detail = api.call("GET", "/v1/lists/fj-violating/versions/2", AUDITOR).json()
    assert detail["history"][-1]["via"] == "schedule"


def test_the_template_is_there_to_be_filled_in(api: Api) -> None:
    answer = api.call("GET", "/v1/lists/template", MAKER)
    assert answer.status_code == 200
    assert "template.xlsx" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book["名单"]
    for row in sheet.iter_rows(min_row=2, max_row=2):
        for cell in row:
            if cell.column > 1:
                sheet.cell(row=3, column=cell.column, value=cell.value)
    filled = io.BytesIO()
    book.save(filled)
    answer = upload(api, data=filled.getvalue(), name="名单.xlsx", code="fj-new")
    assert answer.status_code == 201, answer.text
    assert answer.json()["row_count"] == 1
    # The address is taken, so that no list can have it.
    problem(upload(api, VENUE, code="template"), 422, "list-code")


def test_a_rollback_that_the_only_checker_began_is_no_dead_end(api: Api) -> None:
    in_force(api, VENUE, SECOND)
    assert api.call("POST", "/v1/lists/fj-violating/rollback", CHECKER, json={"to_version": 1}).status_code == 201
    assert act(api, "submit", 3, CHECKER).status_code == 200
    problem(act(api, "approve", 3, CHECKER), 403, "four-eyes")
    taken = act(api, "submit", 3, MAKER).json()
    assert (taken["version"], taken["state"], taken["rollback_to"]) == (4, "submitted", 1)
    assert act(api, "approve", 4, CHECKER).status_code == 200
    assert act(api, "activate", 4, CHECKER).status_code == 200


def test_a_rollback_is_a_new_version(api: Api) -> None:
    in_force(api, VENUE, SECOND)
    answer = api.call("POST", "/v1/lists/fj-violating/rollback", CHECKER, json={"to_version": 1})
    assert (answer.status_code, answer.json()["version"], answer.json()["rollback_to"]) == (201, 3, 1)
    assert act(api, "submit", 3, CHECKER).status_code == 200
    problem(act(api, "approve", 3, CHECKER), 403, "four-eyes")
    with api.database.write() as session:
        _, secret = keys.create(session, CHECKER, name="second checker", client="core")
    for verb in ("approve", "activate"):
        path = f"/v1/lists/fj-violating/versions/3/{verb}"
        assert api.client.post(path, headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    api.refresh()
    assert api.screen(SECOND["legal_name"], date="2017-07-03").json()["outcome"] == "PASS"
    shown = api.call("GET", "/v1/lists/fj-violating/versions/3/diff", SCREENER).json()
    assert (shown["removed"], shown["entities"][0]["external_id"]) == (1, "FJ-0002")
    problem(
        api.call("POST", "/v1/lists/fj-violating/rollback", CHECKER, json={"to_version": 3}), 409, "rollback-target"
    )


def test_one_entity_is_reported_without_a_file(api: Api) -> None:
    answer = api.call(
        "POST", "/v1/lists/fj-violating/entries", MAKER, json={**SECOND, "issuing_doc_no": "示例〔2017〕2号"}
    )
    body = answer.json()
    assert (answer.status_code, body["file_kind"], body["base_version"], body["row_count"]) == (201, "DELTA", 1, 1)
    assert body["issuing_doc_no"] == "示例〔2017〕2号"
    assert body["diff"]["added"] == 1
    closing = {**VENUE, "action": "CLOSE"}
    refused = problem(api.call("POST", "/v1/lists/fj-violating/entries", MAKER, json=closing), 422, "list-file-refused")
    assert [one["code"] for one in refused["findings"]] == ["REQUIRED_FOR_ACTION"]
    for wrong in ({"legal_nam": "x"}, {"file_kind": "FULL"}):
        problem(api.call("POST", "/v1/lists/fj-violating/entries", MAKER, json={**SECOND, **wrong}), 422, "validation")


def test_a_checker_uploads_backfilled_files_only(api: Api) -> None:
    problem(upload(api, VENUE, role=CHECKER, code="new"), 403, "wrong-role")
    late = "2017-03-20T09:00:00+08:00"
    problem(upload(api, VENUE, code="new", received_at=late), 403, "backfill")
    body = upload(api, VENUE, role=CHECKER, code="new", received_at=late).json()
    assert (body["backfilled"], body["known_from"]) == (True, None)


def test_options_and_limits_of_an_upload(api: Api) -> None:
    problem(upload(api, VENUE, filekind="DELTA"), 422, "validation")
    problem(upload(api, VENUE, file_kind="PART"), 422, "batch-option")
    problem(upload(api, VENUE, received_at="2026-11-24T00:00:00"), 422, "batch-option")
    problem(upload(api, VENUE, received_at="2099-01-01T00:00:00Z"), 422, "received-in-future")
    problem(upload(api, VENUE, code="FJ"), 422, "list-code")
    problem(upload(api, data=b"PK\x03\x04nonsense", name="a.xlsx"), 422, "list-file-refused")
    problem(upload(api, data=b"x" * (65 << 20), name="a.csv"), 413, "too-large")
    problem(api.call("POST", "/v1/lists/fj-violating/versions", MAKER, json={}), 422, "validation")


def test_the_same_key_gets_the_first_answer(api: Api) -> None:
    headers = {"Idempotency-Key": "upload-1"}
    first = upload(api, VENUE, SECOND, headers=headers)
    again = upload(api, VENUE, SECOND, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    problem(upload(api, VENUE, headers=headers), 409, "idempotency-key-reused")
    assert len(api.call("GET", "/v1/lists/fj-violating/versions", MAKER).json()["items"]) == 2


def test_drafts_are_seen_by_those_who_work_on_lists(api: Api) -> None:
    upload(api, VENUE, SECOND)
    for role in (MAKER, CHECKER, AUDITOR):
        assert api.call("GET", "/v1/lists/fj-violating/versions/2", role).status_code == 200
        assert len(api.call("GET", "/v1/lists/fj-violating/versions", role).json()["items"]) == 2
    for role in (SCREENER, Role.ANALYST):
        assert len(api.call("GET", "/v1/lists/fj-violating/versions", role).json()["items"]) == 1
        for rest in ("", "/entries", "/diff", "/export", "/content", "/signature"):
            problem(api.call("GET", f"/v1/lists/fj-violating/versions/2{rest}", role), 404, "version-unknown")


def test_entries_and_versions_come_in_pages(api: Api) -> None:
    rows = [{**VENUE, "external_id": f"FJ-{number:04}", "legal_name": f"福建示例{number}号"} for number in range(1, 8)]
    in_force(api, *rows)
    found, cursor = [], None
    while True:
        params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = api.call("GET", "/v1/lists/fj-violating/versions/2/entries", SCREENER, params=params).json()
        found += [row["external_id"] for row in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert found == [row["external_id"] for row in rows]
    page = api.call("GET", "/v1/lists/fj-violating/versions", SCREENER, params={"limit": 1}).json()
    assert ([one["version"] for one in page["items"]], page["next_cursor"]) == ([2], "2")
    page = api.call("GET", "/v1/lists/fj-violating/versions", SCREENER, params={"limit": 1, "cursor": "2"}).json()
    assert ([one["version"] for one in page["items"]], page["next_cursor"]) == ([1], None)


def test_a_copy_is_kept_by_deltas(api: Api) -> None:
    copy: dict[str, Any] = {}

    def take(since: int) -> int:
        cursor = None
        while True:
            params = {"since": since, "limit": 1, **({"cursor": cursor} if cursor else {})}
            page = api.call("GET", "/v1/lists/fj-violating/delta", SCREENER, params=params).json()
            for one in page["items"]:
                if one["kind"] == "REMOVED":
                    del copy[one["external_id"]]
                else:
                    copy[one["external_id"]] = (one["cells"]["legal_name"], one["listings"][0]["status"])
            if not (cursor := page["next_cursor"]):
                return int(page["version"])

    version = take(0)
    in_force(api, {**VENUE, "action": "CLOSE", "closed_on": "2017-04-10"}, SECOND, file_kind="DELTA")
    assert take(version) == 2
    assert copy == {"FJ-0001": (VENUE["legal_name"], "CLOSED"), "FJ-0002": (SECOND["legal_name"], "LISTED")}
    assert api.call("GET", "/v1/lists/fj-violating/delta", SCREENER, params={"since": 2}).json()["items"] == []
    problem(api.call("GET", "/v1/lists/fj-violating/delta", SCREENER, params={"since": 9}), 404, "version-unknown")
    upload(api, VENUE, code="new")
    problem(api.call("GET", "/v1/lists/new/delta", MAKER, params={"since": 0}), 409, "no-active-version")


@pytest.mark.parametrize("ending", ["csv", "xlsx", "ndjson"])
def test_an_export_is_imported_with_the_same_hash(api: Api, ending: str) -> None:
    odd = {
        **SECOND,
        "aliases": "示例；样本",
        "former_names": "福建示例旧名商品交易中心有限公司@2015-01-01~2016-01-01",
        "remark": "=1+1",
        "联系人": "'x",
    }
    in_force(api, VENUE, odd)
    path = "/v1/lists/fj-violating/versions/2/export"
    file = api.call("GET", path, MAKER, params={"format": ending})
    body = upload(api, data=file.content, name=f"a.{ending}", code="copy").json()
    assert body["sha256"] == api.call("GET", "/v1/lists/fj-violating/versions/2", SCREENER).json()["sha256"]


def test_a_signature_is_verified_outside_the_program(sqlite_db: Database, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on the machine")
    load(sqlite_db, "fj-violating", VENUE)
    with running(sqlite_db, data_dir=tmp_path / "data") as api:
        signed = api.call("GET", "/v1/lists/fj-violating/versions/1/signature", SCREENER).json()
        key = api.call("GET", "/v1/list-signing-key", None).json()
        content = api.call("GET", "/v1/lists/fj-violating/versions/1/content", SCREENER).content
    assert signed["key_id"] == key["key_id"]
    assert (tmp_path / "data" / "list-signing-key.pem").stat().st_mode & 0o777 == 0o600
    (tmp_path / "key.pem").write_text(key["public_key_pem"])
    (tmp_path / "signature").write_bytes(base64.b64decode(signed["signature"]))

    def ssl(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run([openssl, *arguments], cwd=tmp_path, capture_output=True, check=False)

    def verifies(statement: bytes) -> bool:
        (tmp_path / "statement").write_bytes(statement)
        given = ("-pubin", "-inkey", "key.pem", "-rawin", "-in", "statement", "-sigfile", "signature")
        return ssl("pkeyutl", "-verify", *given).returncode == 0

    statement = signed["statement"].encode()
    assert verifies(statement)
    assert not verifies(statement.replace(b'"version":1', b'"version":2'))
    (tmp_path / "content").write_bytes(content)
    assert ssl("dgst", "-sha256", "-r", "content").stdout.decode().split()[0] == json.loads(statement)["sha256"]


def test_a_version_that_was_never_in_force_is_not_signed(api: Api) -> None:
    upload(api, VENUE)
    problem(api.call("GET", "/v1/lists/fj-violating/versions/2/signature", MAKER), 409, "never-active")


def test_the_impact_of_a_waiting_version(api: Api) -> None:
    api.screen(VENUE["legal_name"], date="2017-07-03")
    screened = [api.screen(SECOND["legal_name"], date="2017-07-03").json() for _ in range(2)]
    assert [one["outcome"] for one in screened] == ["PASS", "PASS"]
    upload(api, VENUE, SECOND)
    body = api.call("GET", "/v1/lists/fj-violating/versions/2/impact", CHECKER).json()
    assert (body["looked_at"], body["changed"], body["by_change"]) == (3, 2, {"PASS→BLOCK": 2})
    assert {one["screening_id"] for one in body["examples"]} == {one["id"] for one in screened}
    assert body["examples"][0]["external_ids"] == ["FJ-0002"]
    assert SECOND["legal_name"] not in json.dumps(body["examples"], ensure_ascii=False)
    # Nothing of it stays: the version is not in force, and comes into force with its own moment.
    assert api.screen(SECOND["legal_name"], date="2017-07-03").json()["outcome"] == "PASS"
    problem(api.call("GET", "/v1/lists/fj-violating/versions/1/impact", CHECKER), 409, "not-waiting")


def test_the_impact_counts_what_would_change_in_the_books(api: Api) -> None:
    names = {
        ("core", "C-1"): VENUE["legal_name"],
        ("core", "C-2"): SECOND["legal_name"],
        ("core", "C-3"): "厦门清源饮料有限公司",
        ("bank-a", "C-1"): SECOND["legal_name"],
        ("bank-a", "C-2"): VENUE["legal_name"],
    }
    for (client, one), name in names.items():
        body = {"counterparty": {"name": name}, "services": ["FUND_SETTLEMENT", "CUSTODY"]}
        answer = api.call("PUT", f"/v1/counterparties/{one}", SCREENER, of_client=client, json=body)
        assert answer.status_code == 200
    assert api.call("DELETE", "/v1/counterparties/C-2", SCREENER, of_client="bank-a").status_code == 200
    error = {"action": "WITHDRAW_ERROR", "void_from": VENUE["effective_from"], "withdraw_reason": "误列"}
    answer = upload(api, {**VENUE, **error}, SECOND, file_kind="DELTA")
    assert answer.status_code == 201, answer.text
    path = f"/v1/lists/fj-violating/versions/{answer.json()['version']}/impact"
    assert api.call("GET", path, CHECKER).json()["book"] == {
        "clients": 2,
        "counterparties": 4,
        "decided": 3,
        "changed": 6,
        "by_change": {"BLOCK→PASS": 2, "PASS→BLOCK": 4},
    }
    with running(api.database, impact_book_max=3) as small:
        assert small.call("GET", path, CHECKER).json()["book"] is None


def test_adoption_tells_who_uses_what_since_when(api: Api) -> None:
    api.call("POST", "/v1/screenings", SCREENER, of_client="bank-a", json=_question())
    in_force(api, VENUE, SECOND)
    api.refresh()
    first = api.call("POST", "/v1/screenings", SCREENER, of_client="bank-b", json=_question()).json()
    api.call("POST", "/v1/screenings", SCREENER, of_client="bank-b", json=_question())
    body = api.call("GET", "/v1/lists/fj-violating/adoption", CHECKER).json()
    assert [(one["client"], one["version"]) for one in body["clients"]] == [("bank-a", 1), ("bank-b", 2)]
    assert body["clients"][1]["since"].replace("Z", "+00:00")[:26] == first["screened_at"].replace("Z", "+00:00")[:26]
    assert [one["version"] for one in body["delays"]] == [2, 1]
    assert body["delays"][1]["receipt_to_activation_s"] > 86_400 * 365
    own = api.call("GET", "/v1/lists/fj-violating/adoption", SCREENER, of_client="bank-b").json()
    assert [one["client"] for one in own["clients"]] == ["bank-b"]


def _question() -> dict[str, Any]:
    return {"service": "FUND_SETTLEMENT", "service_date": "2017-07-03", "counterparty": {"name": VENUE["legal_name"]}}
