"""Sweeps: the whole book, on a past date, with a draft; the report says what was looked at and what was not."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from book_world import CLIENT, BookWorld, counterparty
from sqlalchemy import func, select
from watchlist_rows import VENUE, as_csv, load

from app import clock
from app.db import Database
from app.errors import Conflict
from app.jobs.queue import Owner
from app.monitoring import sweep_report, sweeps
from app.monitoring.models import ChangeRow
from app.monitoring.sweeps import Asked, Sweeper, SweepJobs
from app.policy.parameters import Parameters
from app.policy.vocabulary import Service
from app.tabular.limits import FileLimits
from app.watchlists.versions import service
from app.watchlists.versions.importing import Checker, Upload
from app.watchlists.versions.transition import Actor
from app.worker import Worker

OTHER = {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样本贵金属交易中心有限公司"}
RECEIVED = "2017-03-20T09:00:00+08:00"


def world_of(db: Database) -> BookWorld:
    load(db, "fj-violating", VENUE, received_at=RECEIVED)
    world = BookWorld(db)
    world.put(
        counterparty("C-1", VENUE["legal_name"], ["FUND_SETTLEMENT", "CREDIT"]),
        counterparty("C-2", OTHER["legal_name"]),
        counterparty("C-3", "福建安心糕点有限公司", promo_text="微盘交易"),
        counterparty("C-4", "福建安心糕点有限公司"),
        counterparty("C-5", "𠮷野㐂糕点有限公司"),
    )
    return world


def swept(world: BookWorld, **asked: Any) -> dict[str, Any]:
    return dict(Sweeper(world.screening_service).sweep(CLIENT, Asked(**asked)).counts)


def test_a_sweep_counts_everybody_on_its_own_date(db: Database) -> None:
    world = world_of(db)
    now = swept(world)
    assert {name: now[name] for name in ("counterparties", "BLOCK", "REVIEW", "UNKNOWN", "PASS")} == {
        "counterparties": 5,
        "BLOCK": 1,
        "REVIEW": 1,
        "UNKNOWN": 0,
        "PASS": 3,
    }
    assert swept(world, as_of=date(2017, 6, 29))["BLOCK"] == 0
    assert swept(world, services=(Service.INVESTOR_PAYOUT,))["REVIEW"] == 2


def test_a_draft_is_tried_and_nothing_is_decided(db: Database) -> None:
    world = world_of(db)
    drafted(db, "fj-violating", VENUE, OTHER)
    assert swept(world)["BLOCK"] == 1
    assert swept(world, lists={"fj-violating": 2})["BLOCK"] == 2
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(ChangeRow)) == 0


def drafted(db: Database, code: str, *rows: dict[str, str]) -> None:
    with db.write() as session:
        upload = Upload("d.csv", as_csv(list(rows)), {}, "测试机构")
        checked = Checker(FileLimits(), Parameters()).check(session, code, upload, clock.now())
        service.import_draft(session, code, upload, checked, Actor("maker", "test"), clock.now())


@pytest.mark.parametrize("verb", ["reject", "withdraw"])
def test_a_version_that_will_never_be_in_force_is_refused(db: Database, verb: str) -> None:
    world = world_of(db)
    drafted(db, "fj-violating", VENUE, OTHER)
    owner, asked = Owner(CLIENT, "zhang", None), Asked(lists={"fj-violating": 2})
    with db.write() as session:
        sweep_id = sweeps.ask(session, owner, asked, clock.now())
    with db.write() as session:
        if verb == "reject":
            service.submit(session, "fj-violating", 2, Actor("maker", "test"), clock.now())
            service.reject(session, "fj-violating", 2, Actor("checker", "test"), clock.now(), reason="重做")
        else:
            service.withdraw(session, "fj-violating", 2, Actor("maker", "test"), clock.now(), reason=None)
    # One that was asked for before fails at once, and says why.
    assert Worker(db, {sweeps.KIND: SweepJobs(lambda: world.screening_service, db)}).step()
    with db.read() as session:
        view = sweeps.read(session, CLIENT, sweep_id)
    assert view.state == "FAILED"
    assert "第 2 版" in (view.error or "")
    with db.write() as session, pytest.raises(Conflict) as caught:
        sweeps.ask(session, owner, asked, clock.now())
    assert caught.value.code == "not-waiting"


def test_a_draft_of_one_list_is_tried_beside_a_past_version_of_another(db: Database) -> None:
    world = world_of(db)
    load(db, "fj-unapproved", {**OTHER, "external_id": "FJ-0009"}, received_at=RECEIVED)
    third = {**VENUE, "external_id": "FJ-0003", "legal_name": "泉州样本林权交易中心有限公司"}
    world.put(counterparty("C-6", third["legal_name"]))
    world.snapshots.refresh()
    drafted(db, "fj-violating", VENUE, third)
    both = {"fj-violating": 2, "fj-unapproved": 1}
    assert swept(world)["BLOCK"] == 2
    for lists in ({"fj-violating": 2}, both, dict(reversed(both.items()))):
        assert swept(world, lists=lists)["BLOCK"] == 3


def test_a_worker_computes_it_and_the_workbook_holds_it(db: Database) -> None:
    world = world_of(db)
    with db.write() as session:
        sweep_id = sweeps.ask(session, Owner(CLIENT, "zhang", None), Asked(), clock.now())
    assert Worker(db, {sweeps.KIND: SweepJobs(lambda: world.screening_service, db)}).step()
    with db.read() as session:
        view = sweeps.read(session, CLIENT, sweep_id)
        assert (view.state, view.counts["findings"]) == ("DONE", 3)
        found = list(sweeps.findings(session, view))
    report = sweep_report.as_json(view, found)
    assert report["coverage"] == {"counterparties": 5, "decided": 5, "undecided": 0}
    book = openpyxl.load_workbook(io.BytesIO(sweep_report.as_workbook(view, found)))
    assert book.sheetnames == ["排查概况", "排查发现", "名单版本"]
    rows = list(book["排查发现"].iter_rows(values_only=True))
    assert rows[1][2] == VENUE["legal_name"]
    assert "FJ17-5.2-c" in rows[1][11]
    assert book["排查概况"]["B3"].value == sweep_id
    pdf = sweep_report.as_pdf(view, found)
    assert pdf.startswith(b"%PDF-1.7")
    assert pdf == sweep_report.as_pdf(view, found)


def test_a_finding_with_a_hundred_reasons_is_printed_short_and_stays_whole_in_the_workbook() -> None:
    reasons = [{"text_zh": f"理由{number}", "basis_code": "FJ17-5.2-c", "doc_no": None} for number in range(100)]
    one = sweeps.FindingView(
        no=1,
        counterparty_id="C-1",
        name="样本",
        service="CREDIT",
        outcome="REVIEW",
        reasons=[*reasons, *reasons],
        matches=[{"name_listed": "示例"}, {"name_listed": "样本"}],
    )
    printed = sweep_report.finding_cells(one, 6)[-1].split("\n")
    assert (len(printed), printed[0]) == (7, "理由0")
    assert "94" in printed[-1]
    assert len(sweep_report.finding_cells(one)[-1].split("\n")) == 100
    long = replace(one, reasons=[{**reasons[0], "text_zh": "长" * 40_000}])
    assert len(sweep_report.finding_cells(long)[-1]) == 32_767
