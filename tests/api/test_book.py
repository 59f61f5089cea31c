"""The book through HTTP: put, read, uploaded as files; UNKNOWN until it is decided; changes by cursor."""

import io
import json
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from client import Api
from watchlist_rows import VENUE

from app.access import Role
from app.monitoring.rescreening import BookRunner

NAME = VENUE["legal_name"]
URL = "/v1/counterparties"


def decide(api: Api, on: str = "2017-07-03", client: str = "core") -> None:
    BookRunner(api.app.state.screening_service).run(client, on=date.fromisoformat(on))


def put(api: Api, one: str, name: str, **more: Any) -> Any:
    return api.call("PUT", f"{URL}/{one}", json={"counterparty": {"name": name}, **more})


def line(one: str, name: str) -> str:
    return json.dumps({"id": one, "counterparty": {"name": name}, "services": ["FUND_SETTLEMENT"]}, ensure_ascii=False)


def upload(api: Api, content: bytes, kind: str, query: str = "") -> Any:
    return api.call("PUT", f"{URL}{query}", content=content, headers={"Content-Type": kind})


def test_a_counterparty_is_unknown_until_a_run_has_decided_it(api: Api) -> None:
    answer = put(api, "C-1", NAME, services=["FUND_SETTLEMENT", "CREDIT"], opened_on="2016-05-01")
    assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"] == "UNKNOWN"
    assert {one["outcome"] for one in answer.json()["standing"]} == {"UNKNOWN"}
    assert api.call("GET", "/v1/coverage").json()["pending"] == 1
    decide(api)
    found = api.call("GET", f"{URL}/C-1").json()
    assert found["outcome"] == "BLOCK"
    assert found["opened_on"] == "2016-05-01"
    (match,) = found["standing"][0]["matches"]
    assert (match["external_id"], match["list_version"]) == ("FJ-0001", 1)
    assert found["coverage"]["decided_for_date"] == "2017-07-03"
    put(api, "C-2", "福建安心糕点有限公司")
    assert api.call("GET", f"{URL}/C-2").json()["outcome"] == "UNKNOWN"
    decide(api)
    passed = api.call("GET", f"{URL}/C-2").json()
    assert passed["standing"][0]["reasons"][0]["code"] == "NO_ENTRY"
    coverage = api.call("GET", "/v1/coverage").json()
    assert (coverage["decided"], coverage["pending"], coverage["errors"]) == (2, 0, 0)
    assert api.call("DELETE", f"{URL}/C-2").json()["closed_at"] is not None
    assert api.call("DELETE", f"{URL}/C-2").status_code == 409
    assert api.call("GET", f"{URL}/C-9").status_code == 404


def test_changes_are_read_by_cursor_each_once(api: Api) -> None:
    put(api, "C-1", NAME)
    decide(api, "2017-06-29")
    first = api.call("GET", "/v1/changes").json()
    assert [(one["kind"], one["from_outcome"], one["to_outcome"]) for one in first["items"]] == [
        ("NEW", "UNKNOWN", "REVIEW")
    ]
    decide(api, "2017-06-30")
    second = api.call("GET", f"/v1/changes?since={first['next_cursor']}").json()
    assert [(one["kind"], one["cause"]) for one in second["items"]] == [("WORSE", "DATE")]
    assert api.call("GET", f"/v1/changes?since={second['next_cursor']}").json()["items"] == []
    assert api.call("GET", "/v1/changes?sinse=1").status_code == 422


@pytest.mark.parametrize("kind", ["ndjson", "csv", "xlsx"])
def test_a_book_comes_as_a_file_and_its_bad_rows_are_told(light_api: Api, kind: str) -> None:
    owner = f"files-{kind}"
    rows = [
        ["客户号", "客户名称", "服务"],
        ["A", NAME, "资金结算"],
        ["B", "福建安心糕点有限公司", "看风水"],
        ["A", "x", ""],
        ["", "y", ""],
    ]
    content = {
        "ndjson": "\n".join(
            [line("A", NAME), '{"id": "B", "counterparty": {"name": ', line("A", "x"), line("", "y")]
        ).encode(),
        "csv": "\n".join(",".join(row) for row in rows).encode(),
        "xlsx": _workbook(rows),
    }[kind]
    media = {
        "ndjson": "application/x-ndjson",
        "csv": "text/csv",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }[kind]
    answer = light_api.call("PUT", URL, of_client=owner, content=content, headers={"Content-Type": media})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["created"], told["errors_total"]) == (1, 3), told
    first = 1 if kind == "ndjson" else 2
    assert [one["row"] for one in told["errors"]] == [first + 1, first + 2, first + 3]
    assert told["errors"][1]["code"] == "duplicate-id"
    again = light_api.call("PUT", URL, of_client=owner, content=content, headers={"Content-Type": media}).json()
    assert (again["created"], again["unchanged"]) == (0, 1)


def test_a_cell_that_cannot_be_read_does_not_keep_a_row_out(light_api: Api) -> None:
    owner = "files-read-on"
    text = (
        "id,name,uscc,phone,region_code\n"
        "C1,福建安心糕点有限公司,123,13800000000,\n"
        "C2,福建安康糕点有限公司,9.13501E+17,无,35\n"
        "C3,福建安宁糕点有限公司,统一社会信用代码：Y1350100DEM000014U,-,350100\n"
        "C4,\ufffd\ufffd,,,\n"
    )
    answer = light_api.call(
        "PUT", URL, of_client=owner, content=text.encode(), headers={"Content-Type": "text/csv"}
    ).json()
    assert (answer["created"], answer["errors_total"], answer["warnings_total"]) == (3, 1, 4), answer
    assert [one["row"] for one in answer["errors"]] == [5]
    assert [(one["row"], one["code"]) for one in answer["warnings"]] == [
        (2, "identifier-uscc"),
        (3, "id-as-number"),
        (3, "bad-region"),
        (4, "code-cell-read"),
    ]
    kept = light_api.call("GET", f"{URL}/C3", of_client=owner).json()["counterparty"]
    assert [one["value"] for one in kept["identifiers"]] == ["Y1350100DEM000014U"]


def test_what_is_not_read_of_a_table_is_named_and_what_looks_like_names_must_be_settled(light_api: Api) -> None:
    owner = "files-columns"
    text = "客户号,户名,第三方,金额,证件信息\nC1,福建安心糕点有限公司,福建安宁糕点有限公司,1,Y1350100DEM000014U\n"
    asked = {"of_client": owner, "content": text.encode(), "headers": {"Content-Type": "text/csv"}}
    refused = light_api.call("PUT", URL, **asked)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:cutoff:problem:unread-names")
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/columns/第三方", "/columns/证件信息"]
    assert light_api.call("GET", URL, of_client=owner).json()["items"] == []
    settled = light_api.call("PUT", f"{URL}?column=第三方=-&column=证件信息=uscc", **asked).json()
    assert settled["columns"] == {"客户号": "reference", "户名": "name", "证件信息": "uscc"}
    assert (settled["created"], settled["columns_not_read"]) == (1, ["第三方", "金额"])


def _workbook(rows: list[list[str]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("客户")
        for no, row in enumerate(rows):
            sheet.write_row(no, 0, row)
    return file.getvalue()


def test_a_replacement_that_would_close_half_of_the_book_is_refused(light_api: Api) -> None:
    many = "\n".join(line(f"R-{no}", f"福建安心{no}糕点有限公司") for no in range(10)).encode()

    def send(content: bytes, query: str) -> Any:
        return light_api.call(
            "PUT",
            f"{URL}{query}",
            of_client="replace",
            content=content,
            headers={"Content-Type": "application/x-ndjson"},
        )

    assert send(many, "").json()["created"] == 10
    half = b"\n".join(many.split(b"\n")[:5])
    refused = send(half, "?mode=replace")
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("book-close-share")
    assert light_api.call("GET", "/v1/coverage", of_client="replace").json()["counterparties"] == 10
    nine = b"\n".join(many.split(b"\n")[:9])
    assert send(nine, "?mode=replace").json()["closed"] == 1
    assert send(half, "?mode=replace&confirm=true").json()["closed"] == 4


def test_clients_do_not_see_each_other(light_api: Api) -> None:
    light_api.call("PUT", f"{URL}/X-1", of_client="one", json={"counterparty": {"name": NAME}})
    assert light_api.call("GET", f"{URL}/X-1", of_client="two").status_code == 404
    assert light_api.call("GET", URL, of_client="two").json()["items"] == []
    assert light_api.call("GET", f"{URL}?client=one", of_client="two").status_code == 403
    found = light_api.call("GET", f"{URL}?client=one", Role.AUDITOR).json()["items"]
    assert [one["id"] for one in found] == ["X-1"]


def test_a_post_adds_one_once(light_api: Api) -> None:
    body = {"id": "P-1", "counterparty": {"name": NAME}}
    headers = {"Idempotency-Key": "add-p-1"}
    first = light_api.call("POST", URL, of_client="post", json=body, headers=headers)
    assert first.status_code == 201, first.text
    assert light_api.call("POST", URL, of_client="post", json=body, headers=headers).json() == first.json()
    assert light_api.call("POST", URL, of_client="post", json=body).status_code == 409
    wrong = light_api.call("PUT", f"{URL}/P-2", of_client="post", json={"counterparty": {"name": NAME, "nmae": "x"}})
    assert wrong.status_code == 422
