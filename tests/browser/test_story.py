"""The whole story, by people in a real browser: from a flawed sheet to the audit log."""

import io
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

pytest.importorskip("playwright")

from desk import Desk, sheet
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

HEAD = [
    "external_id", "action", "category", "entity_kind", "legal_name", "reg_region_code", "jurisdiction",
    "determined_on", "effective_from", "remark",
]  # fmt: skip
LISTED = "福州示例鼓山贵金属交易中心有限公司"
EVIL = "<img src=x onerror=window.harm=1>"
DISGUISED = "福州·示例\u200b鼓山贵金属交易中心有限责任公司"


def row(number: int, name: str, **more: str) -> list[str]:
    cells = {
        "external_id": f"FJ-90{number:02}", "action": "ADD", "category": "VIOLATING", "entity_kind": "VENUE",
        "legal_name": name, "reg_region_code": "350100", "jurisdiction": "福州市", "determined_on": "2017-03-26",
        "effective_from": "2017-04-02", "remark": "",
    }  # fmt: skip
    return [(cells | more)[column] for column in HEAD]


@pytest.fixture(scope="module")
def memory() -> dict[str, Any]:
    """Return what one person leaves for the next."""
    return {}


def test_1_the_maker_sees_the_bad_cells_mends_them_and_submits(
    desk: Desk, tmp_path: Path, memory: dict[str, Any]
) -> None:
    page = desk.go(desk.sit("陈示例"), "/lists/fj-violating")
    bad = sheet(tmp_path / "bad.xlsx", [HEAD, row(1, LISTED, determined_on="2017-13-26"), row(2, "福州样本交易中心")])
    page.set_input_files("input[type=file]", bad)
    page.select_option("[name=file_kind]", "DELTA")
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_selector("td.is-bad")
    assert page.inner_text("td.is-bad").endswith("2017-13-26")
    number = page.inner_text("td.is-bad .c-ref")
    page.click("td.is-bad .c-ref")
    page.wait_for_url(f"**#f{number}")
    assert "BAD_DATE" in page.inner_text(f"#f{number}")
    assert "没有导入任何内容" in page.inner_text("#faults")
    good = sheet(tmp_path / "good.xlsx", [HEAD, row(1, LISTED), row(2, "福州样本商品交易中心有限公司", remark=EVIL)])
    page.set_input_files("input[type=file]", good)
    page.select_option("[name=file_kind]", "DELTA")
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_url("**/lists/fj-violating/versions/2")
    assert LISTED in page.inner_text("section:has(#h-names)")
    page.check("#do-submit")
    page.click("form:has(#h-decide) .btn-primary")
    page.wait_for_selector("text=待复核")
    memory["place"] = page.url.removeprefix(desk.base)


def test_2_the_checker_reads_the_impact_and_approves_as_herself(desk: Desk, memory: dict[str, Any]) -> None:
    page = desk.go(desk.sit("林示例"), memory["place"])
    page.wait_for_selector("text=笔结论会不同")
    page.fill("#key", desk.keys["陈示例"])
    page.click("form:has(#h-decide) .btn-primary")
    page.wait_for_selector("text=不是本人的密钥")
    page.fill("#key", desk.keys["林示例"])
    page.click("form:has(#h-decide) .btn-primary")
    page.wait_for_selector(".c-head >> text=生效")
    way = page.inner_text(".c-way")
    assert "陈示例" in way
    assert "林示例" in way


def test_3_the_screener_gets_a_block_with_its_reason_and_prints_it(desk: Desk, memory: dict[str, Any]) -> None:
    page = desk.go(desk.sit("黄示例"), "/")
    desk.wait_in_force("fj-violating", 2)
    page.fill("#q", DISGUISED)
    page.fill("#service_date", "2017-07-03")
    page.fill("#known_at", "2026-01-01T09:00")
    page.fill("#known_at", "")
    page.fill("#reference", "core-2017-1")
    page.click("main form .btn-primary")
    page.wait_for_url("**/screenings/*")
    assert "停止服务" in page.inner_text(".c-verdict")
    assert "BLOCK" in page.inner_text(".c-verdict")
    assert "FJ-9001" in page.inner_text(".c-verdict")
    assert page.inner_text(".n-diff >> nth=0") == "责任"
    assert page.locator(".n-code", has_text="U+200B").count() >= 2
    line = page.locator("svg[role=img]").first
    assert "截止日 2017-06-30" in (line.text_content() or "")
    assert "业务日期 2017-07-03" in (line.text_content() or "")
    assert page.locator(".g-cut").count() >= 1
    memory["screening"] = page.url.removeprefix(desk.base)
    page.emulate_media(media="print")
    assert not page.locator(".c-nav").is_visible()
    assert page.locator(".c-verdict").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    certificate = page.request.get(f"{page.url}/certificate")
    assert certificate.status == 200, certificate.text()
    assert certificate.body().startswith(b"%PDF")
    assert "c2sp.org/tlog-proof" in page.request.get(f"{page.url}/proof").text()


def test_4_the_processor_checks_the_columns_and_takes_the_workbook(
    desk: Desk, tmp_path: Path, memory: dict[str, Any]
) -> None:
    book = tmp_path / "book.csv"
    lines = [
        "客户号,户名,开户日,备注",
        f"C-1,{DISGUISED},2016-05-01,",
        "C-2,无关贸易有限公司,2016-05-01,=1+1",
        f"C-3,{EVIL},2016-05-01,",
    ]
    book.write_text("\n".join(lines) + "\n", encoding="utf-8")
    page = desk.go(desk.sit("黄示例"), "/bulk")
    page.set_input_files("#file", book)
    page.click("main form .btn-primary")
    page.wait_for_url(re.compile(r"/bulk/[0-9a-f-]{36}$"))
    note = page.inner_text(".c-note")
    assert "将筛查：3 行，按 户名、备注" in note
    assert "不筛查：开户日" in note
    page.fill("#service_date", "2017-07-03")
    page.click("main form .btn-primary")
    page.wait_for_selector("text=下载 XLSX", timeout=120_000)
    expect(page.locator(".c-head")).to_contain_text("完成")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.click("section:has(#h-rows) >> text=全部")
    expect(page.locator("tbody tr")).to_have_count(3)
    assert "停止服务" in page.inner_text("tbody tr >> nth=0")
    assert EVIL in page.inner_text("table")
    with page.expect_download() as download:
        page.click("text=下载 XLSX")
    found = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    values = list(found["全部"].values)
    assert len(values) == 4
    assert "停止服务" in values[1]
    assert "=1+1" in values[2]
    page.click(".c-actions >> text=停止服务")
    expect(page.locator("tbody tr")).to_have_count(1)
    memory["job"] = page.url.removeprefix(desk.base).partition("?")[0]


def test_5_an_alert_is_closed_by_two_people(desk: Desk, tmp_path: Path, memory: dict[str, Any]) -> None:
    book = tmp_path / "book.ndjson"
    members = [
        {"id": "C-1", "counterparty": {"name": "福州示利鼓山贵金属交易中心有限公司", "remark": EVIL}},
        {"id": "C-2", "counterparty": {"name": LISTED}},
    ]
    book.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in members) + "\n", encoding="utf-8")
    desk.run("book", "import", str(book), "--client", "bank")
    desk.run("book", "run")
    first = desk.go(desk.sit("周示例"), "/alerts?whose=all")
    expect(first.locator(".c-queue li")).to_have_count(2)
    first.click(".c-queue a:has-text('福州示利鼓山')")
    first.wait_for_selector("#h-case")
    first.wait_for_load_state()  # a key that comes before the script of the page is lost
    assert EVIL in first.inner_text(".c-pair")
    first.keyboard.press("2")
    assert first.is_checked("[value=FALSE_POSITIVE]")
    first.keyboard.press("c")
    first.keyboard.type("注册号不同，已核对营业执照。")
    with first.expect_navigation():
        first.keyboard.press("Control+Enter")
    second = desk.go(desk.sit("钱示例"), "/alerts?whose=second")
    second.click(".c-queue ol a")
    second.wait_for_selector("text=周示例")
    second.fill("#key", desk.keys["钱示例"])
    with second.expect_navigation():
        second.click("text=复核通过，放行")
    blocked = desk.go(second, "/alerts?whose=all")
    blocked.click(".c-queue ol a")
    expect(blocked.locator("[value=FALSE_POSITIVE]")).to_be_disabled()
    memory["book"] = True


def test_6_the_auditor_sees_who_did_what_and_replays(desk: Desk, memory: dict[str, Any]) -> None:
    page = desk.go(desk.sit("郑示例"), memory["screening"])
    assert "黄示例" in page.inner_text("aside")
    page.click("text=重放一次")
    page.wait_for_selector("text=逐字相同")
    desk.go(page, "/audit")
    log = page.inner_text("main")
    for person in ("陈示例", "林示例", "黄示例", "周示例"):
        assert person in log
    page.click("text=核验全部")
    page.wait_for_selector("text=完整，未改动")
    desk.go(page, "/book")
    assert "在管" in page.inner_text("main")


def test_7_all_of_it_reads_without_scripts(desk: Desk, memory: dict[str, Any]) -> None:
    page = desk.go(desk.sit("郑示例", script=False), memory["screening"])
    assert "停止服务" in page.inner_text(".c-verdict")
    assert page.locator("svg[role=img]").first.is_visible()
    desk.go(page, memory["place"])
    assert LISTED in page.inner_text("main")
    desk.go(page, memory["job"])
    assert "停止服务" in page.inner_text("tbody tr >> nth=0")
    desk.go(page, "/alerts?whose=all")
    page.click(".c-queue ol a")
    expect(page.locator("#h-case")).to_be_visible()
    desk.go(page, "/screenings?reference=core-2017-1")
    expect(page.locator("tbody tr")).to_have_count(1)
    checker = desk.go(desk.sit("林示例", script=False), "/lists/fj-violating")
    assert checker.locator("svg[role=group]").is_visible()


def test_8_the_whole_book_is_swept_with_a_report(desk: Desk, memory: dict[str, Any]) -> None:
    assert memory["book"]
    page = desk.go(desk.sit("黄示例"), "/sweeps")
    page.fill("#as_of", "2017-07-03")
    page.click("main form .btn-primary")
    page.wait_for_selector("text=下载报告 XLSX", timeout=120_000)
    assert LISTED in page.inner_text("section:has(#h-findings)")
    assert EVIL not in page.content()
    with page.expect_download() as download:
        page.click("text=下载报告 XLSX")
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
