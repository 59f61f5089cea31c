"""Random histories of lists, book and dates, and what a decision of every counterparty anew would store."""

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from book_world import CLIENT, BookWorld, counterparty
from sqlalchemy import select
from watchlist_rows import VENUE, load

from app import clock
from app.errors import CutoffError
from app.monitoring import book
from app.monitoring.models import CounterpartyRow
from app.watchlists.versions import service, store
from app.watchlists.versions.transition import Actor

PLACES = ("福建", "厦门", "泉州", "")
CORES = ("示例海丝", "样本闽投", "示例鹭岛", "样本武夷", "示例榕金", "样本环海")
TRADES = ("大宗商品交易中心", "文化产权交易中心", "贵金属经营", "林权交易中心", "糕点")
USCCS = ("Y1350100DEM000014U", "Y1350200DEM000022U", "Y1350128DEM0000304", "Y1350500DEM0000493")
PEOPLE = ("张样本", "李示例", "王样本")
SERVICES = ("FUND_SETTLEMENT", "ACCOUNT_OPEN", "CREDIT", "INVESTOR_PAYOUT")
OPINION = {
    "opinion_issuer": "福建省清理整顿各类交易场所工作领导小组",
    "opinion_doc_no": "示例〔2017〕1号",
    "opinion_filed_on": "2017-06-28",
}


@dataclass
class History:
    """One random history over a database."""

    world: BookWorld
    luck: random.Random
    on: date = date(2017, 2, 1)
    listed: list[dict[str, str]] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)

    def name(self) -> str:
        name = f"{self.luck.choice(PLACES)}{self.luck.choice(CORES)}{self.luck.choice(TRADES)}有限公司"
        match self.luck.randrange(6):
            case 0:
                return name.replace("有限公司", "有限责任公司")
            case 1:
                return name.replace("丝", "思").replace("岛", "导").replace("投", "头")
            case 2:
                return name[: self.luck.randrange(6, len(name))]
            case _:
                return name

    def listed_name(self) -> str:
        return f"{self.luck.choice(PLACES[:3])}{self.luck.choice(CORES)}{self.luck.choice(TRADES[:4])}有限公司"

    def put(self) -> None:
        more: dict[str, Any] = {}
        if self.luck.random() < 0.3:
            more["identifiers"] = [{"scheme": "USCC", "value": self.luck.choice(USCCS)}]
        if self.luck.random() < 0.2:
            more["remark"] = f"代{self.name()}付货款"
        if self.luck.random() < 0.1:
            more["promo_text"] = "专业微盘交易"
        if self.luck.random() < 0.2:
            more["other_names"] = [{"type": "BRAND", "name": self.name()}]
        name = self.name()
        if self.luck.random() < 0.15:
            name, more["kind"] = self.luck.choice(PEOPLE), "PERSON"
        services = self.luck.sample(SERVICES, self.luck.randrange(1, 3))
        self.world.put(counterparty(f"C-{self.luck.randrange(14)}", name, services, **more))

    def close(self) -> None:
        self.world.close(f"C-{self.luck.randrange(14)}")

    def list_some(self) -> None:
        rows = [self.row() for _ in range(self.luck.randrange(1, 4))]
        with suppress(CutoffError):
            load(self.world.database, "fj-violating", *{row["external_id"]: row for row in rows}.values())
            self.listed += [row for row in rows if row["action"] == "ADD"]

    def row(self) -> dict[str, str]:
        if self.listed and self.luck.random() < 0.6:
            return self.event(self.luck.choice(self.listed))
        day = self.on + timedelta(days=self.luck.randrange(-60, 60))
        row = {
            **VENUE,
            "external_id": f"FJ-{self.luck.randrange(100, 112):04}",
            "category": self.luck.choice(
                ("VIOLATING", "VIOLATING", "WEIPAN", "UNAPPROVED_VENUE", "NOTIFIED", "APPROVED")
            ),
            "legal_name": self.listed_name(),
            "determined_on": day.isoformat(),
            "effective_from": day.isoformat(),
        }
        if row["category"] == "APPROVED":
            row |= {
                "approving_body": "福建省人民政府",
                "approval_doc_no": "示例函〔2014〕1号",
                "approval_date": "2014-05-01",
                "approving_region_code": "350000",
            }
        if self.luck.random() < 0.3:
            row["legal_rep"] = self.luck.choice(PEOPLE)
        if self.luck.random() < 0.3:
            row["uscc"] = self.luck.choice(USCCS)
        if self.luck.random() < 0.3:
            row["rectify_deadline"] = (self.on + timedelta(days=self.luck.randrange(5, 60))).isoformat()
        if self.listed and self.luck.random() < 0.25:
            row |= {
                "category": "RELATED",
                "entity_kind": "MEMBER",
                "relation_status": self.luck.choice(("CONFIRMED", "CLAIMED")),
                "parent_external_id": self.luck.choice(self.listed)["external_id"],
            }
        return row

    def event(self, known: dict[str, str]) -> dict[str, str]:
        on = (self.on + timedelta(days=self.luck.randrange(-20, 40))).isoformat()
        action = self.luck.choice(("UPDATE", "CLEAR", "CLOSE", "MERGE", "WITHDRAW_ERROR", "RELIST", "RECTIFY"))
        row = {**known, "action": action, "determined_on": on, "closed_on": on, "merged_into": "示例去向"}
        if action == "UPDATE":
            row["legal_name"] = self.listed_name()
        if action == "CLEAR":
            row |= {**OPINION, "opinion_date": min(on, "2017-06-30")}
        if action == "WITHDRAW_ERROR":
            row["withdraw_reason"] = "误列"
        return row

    def roll_back(self) -> None:
        now = clock.now()
        with self.world.database.write() as session:
            active = store.active_version(session, "fj-violating")
            if active is None or active.version < 2:
                return
            with suppress(CutoffError):
                to = self.luck.randrange(1, active.version)
                draft = service.rollback(session, "fj-violating", to, Actor("maker", "test"), now)
                service.submit(session, "fj-violating", draft.version, Actor("maker", "test"), now)
                service.approve(session, "fj-violating", draft.version, Actor("checker", "test"), now)
                service.activate(session, "fj-violating", draft.version, Actor("checker", "test"), now)

    def wait(self) -> None:
        self.on += timedelta(days=self.luck.choice((1, 1, 2, 7, 30, 90)))

    def step(self) -> None:
        actions = (self.put, self.put, self.put, self.list_some, self.list_some, self.roll_back, self.wait, self.close)
        for _ in range(self.luck.randrange(1, 4)):
            self.luck.choice(actions)()


def anew(world: BookWorld, on: date) -> dict[str, set[tuple[Any, ...]]]:
    """Decide every open counterparty by the whole lists, and return what would be stored."""
    with world.database.read() as session:
        ids = list(session.scalars(select(CounterpartyRow.id).where(CounterpartyRow.client == CLIENT)))
        members = [entry.member for entry in book.entries(session, CLIENT, ids)]
    basis = world.runner.target(world.snapshots.refresh(), CLIENT, on)
    verdicts = world.runner.judge(basis).decide(members)
    return {
        "standings": {
            (v.member.id, one.service, one.outcome, one.findings_outcome, one.sha256, v.next_date)
            for v in verdicts
            for one in v.standings
        },
        "pairs": {
            (v.member.id, p.entity_id, p.strength, p.score, p.name_listed, v.member.content_sha256, p.entity_sha256)
            for v in verdicts
            for p in v.pairs
        },
    }
