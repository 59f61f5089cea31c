"""Bulk and the single screening agree on every row, and the quick way on columns agrees with the slow one."""

import csv
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.bulk.readers.file_layout import EVIDENCE_COLUMN, FAULT_COLUMN
from app.bulk.rows.prefilter import CertainPassFilter
from app.bulk.rows.screen_batch import BatchScreen
from app.bulk.runs.run_store import DatabaseRunStore
from app.clock import now
from app.errors import Invalid
from app.names.fold import fold
from app.screening import intake
from app.screening.service import ScreeningService
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

_LISTS = Path(__file__).parents[3] / "watchlists"
_TITLES = (
    "id",
    "name",
    "uscc",
    "org_code",
    "account",
    "phone",
    "domain",
    "site",
    "service",
    "service_date",
    "kind",
    "region_code",
    "merchant_name",
    "sub_merchant_name",
    "app_name",
    "former_names",
    "legal_name",
    "legal_rep",
    "business_scope",
    "products",
    "promo_text",
    "remark",
)


def listed_rows() -> list[dict[str, str]]:
    rows = []
    for path in sorted(_LISTS.glob("fj-*/*.csv")):
        data = path.read_bytes()
        text = data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "gb18030")
        rows += list(csv.DictReader(io.StringIO(text, newline="")))
    return rows


def cases() -> Iterator[dict[str, str]]:
    """Rows of every kind: strangers, listed ones in many writings, bad ones, with all the columns there are."""
    chance = random.Random(20170630)
    listed = [row for row in listed_rows() if row.get("主体名称")]
    strangers = [
        "厦门清源饮料有限公司",
        "泉州山海石材工程有限公司",
        "福州市中级人民法院",
        "平潭蓝眼泪旅行社",
        "Kailua Trading Co., Ltd.",
        "上海证券交易所",
        "张三",
    ]
    odd = ["", "   ", "。。。", "甲" * 401, "坏\x07字", "示例交易所", "云交易服务部", "微 盘 宝", "＝１＋１"]
    usccs = [
        "",
        "91350100M000100Y43",
        "91350100m000100y43",
        "9135-0100-M000100Y43",
        "123",
        "000000000000000000",
        "9.1E+17",
    ]
    for i in range(1200):
        row = dict.fromkeys(_TITLES, "")
        one = chance.choice(listed)
        name = one["主体名称"]
        row["id"] = str(i)
        row["name"] = chance.choice(
            [*strangers * 6, *odd, name, name[:-4], name.replace("有限公司", "有限责任公司"), f"　{name} ", name * 2]
        )
        row["uscc"] = chance.choice([*usccs, one.get("统一社会信用代码", "")])
        row["service"] = chance.choice(["", "", "FUND_SETTLEMENT", "开户", "custody", "NO_SUCH"])
        row["service_date"] = chance.choice(
            ["", "2017-07-03", "2017/6/30", "2017年6月29日", "20170630", "2017-06-29T16:00:00Z", "2017-02-30", "x"]
        )
        row["kind"] = chance.choice(["", "", "PERSON", "单位", "ALIEN"])
        for title, texts in {
            "org_code": ["DEM00001-4", "M000100Y4", "x"],
            "account": ["6222021234567890123", "6222****1234", "12", one.get("收款账号(掩码)", "")],
            "phone": ["13800138000", "0591-87654321", one.get("客服电话", "")],
            "domain": ["shop.example", "weipan.example", one.get("网站域名", "")],
            "site": ["https://shop.example/a", "微交易网", "清源商城", one.get("网站域名", "")],
            "region_code": ["350100", "35", "３５０１００"],
            "merchant_name": ["清源饮料", name, "甲" * 401],
            "sub_merchant_name": ["山海石材", name],
            "app_name": ["清源", "云交易"],
            "former_names": ["旧名@2010-01-01~2012-01-01；更旧名", name],
            "legal_name": ["清源饮料有限公司", name],
            "legal_rep": ["李四", one.get("法定代表人", "")],
            "business_scope": ["饮料销售", "邮币卡、微盘", "字" * 20_001],
            "products": ["茶叶；石材", "微盘;白银"],
            "promo_text": ["大优惠", "开通微交易"],
            "remark": ["货款", f"转{name}保证金", "第一行\n第二行"],
        }.items():
            if chance.random() < 0.15:
                row[title] = chance.choice(texts)
        yield row


def batch_of(rows: list[dict[str, str]]) -> pa.RecordBatch:
    columns = [pa.array([row[title] for row in rows]) for title in _TITLES]
    return pa.RecordBatch.from_arrays([*columns, pa.nulls(len(rows), pa.string())], [*_TITLES, FAULT_COLUMN])


def test_the_quick_way_on_columns_gives_what_the_slow_way_gives(
    screen_of: Callable[..., BatchScreen], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = screen_of(*_TITLES)
    batch = batch_of(list(cases()))
    quick = screen(batch, 0)
    quiet = CertainPassFilter(screen.lists, screen.columns, screen.limits)
    texts = {
        i: pa.array([text or None for text in batch.column(i).to_pylist()], pa.string()) for i in range(len(_TITLES))
    }
    assert 50 < quiet.rows(texts)[0].sum() < 1000
    monkeypatch.setattr(CertainPassFilter, "rows", lambda *_: (np.zeros(batch.num_rows, bool), None))
    slow = screen(batch, 0)
    for fast_row, slow_row in zip(quick.to_pylist(), slow.to_pylist(), strict=True):
        assert fast_row == slow_row
    outcomes = set(quick.column("outcome").to_pylist())
    assert outcomes == {"PASS", "REVIEW", "BLOCK"}


def test_rows_screened_together_get_what_each_gets_alone(screen_of: Callable[..., BatchScreen]) -> None:
    screen = screen_of(*_TITLES)
    batch = batch_of(list(cases())[:200])
    together = screen(batch, 0).to_pylist()
    assert together == [row for i in range(batch.num_rows) for row in screen(batch.slice(i, 1), i).to_pylist()]


def test_a_row_is_answered_as_the_single_screening_answers_it(
    screen_of: Callable[..., BatchScreen], ground: DatabaseRunStore
) -> None:
    screen = screen_of(*_TITLES)
    snapshots = SnapshotCache(ground.database)
    snapshots.refresh()
    screening_service = ScreeningService.open(ground.database, snapshots, ground.settings)
    simple = [row | dict.fromkeys(("legal_name", "legal_rep", "former_names", "site"), "") for row in cases()]
    decided = screen(batch_of(simple), 0).to_pylist()
    limits = intake.TextLimits(now())
    agreed = 0
    for row, found in zip(simple, decided, strict=True):
        try:
            asked = intake.read(request_of(row), limits)
        except Invalid:
            # What a single screening refuses is left out of a row, and told.
            # A row without a main name is asked under another one of its names, and nothing but zeros is no code.
            assert found["error"] or found["warnings"] or not fold(row["name"]) or not row["uscc"].strip("0")
            continue
        if found["error"] or found["warnings"]:
            continue
        single = screening_service.decide(asked).answer
        assert (found["outcome"], found["reasons"]) == (
            single["outcome"],
            "|".join(dict.fromkeys(reason["code"] for reason in single["reasons"])),
        )
        listed = [match for match in single["matches"] if match["category"] != "APPROVED"]
        assert found["matched_external_id"] == (listed[0]["external_id"] if listed else None)
        assert found["score"] == (listed[0]["score"] if listed else None)
        agreed += 1
    assert agreed > 200


def request_of(row: dict[str, str]) -> dict[str, Any]:
    """Write the row as a client of the API would."""
    dates = {"2017/6/30": "2017-06-30", "2017年6月29日": "2017-06-29", "20170630": "2017-06-30"}
    types = {"merchant_name": "MERCHANT", "sub_merchant_name": "SUBMERCHANT", "app_name": "APP"}
    schemes = {"uscc": "USCC", "org_code": "ORG", "account": "ACCOUNT", "phone": "PHONE", "domain": "DOMAIN"}
    services = {"": "FUND_SETTLEMENT", "开户": "ACCOUNT_OPEN"}
    return {
        "service": services.get(row["service"], row["service"].upper()),
        "service_date": dates.get(row["service_date"], row["service_date"]) or None,
        "counterparty": {
            "name": row["name"],
            "kind": {"单位": "ORGANISATION"}.get(row["kind"], row["kind"]) or None,
            "other_names": [{"type": kind, "name": row[title]} for title, kind in types.items() if row[title].strip()],
            "identifiers": [
                {"scheme": scheme, "value": value.strip()}
                for title, scheme in schemes.items()
                for value in row[title].replace("；", "|").split("|")
                if value.strip()
            ],
            "region_code": row["region_code"] or None,
            "business_scope": row["business_scope"] or None,
            "products": [part for part in row["products"].replace("；", ";").split(";") if part],
            "promo_text": row["promo_text"] or None,
            "remark": row["remark"] or None,
        },
    }


def test_the_same_batch_gives_the_same_bytes_and_evidence_for_every_finding(
    screen_of: Callable[..., BatchScreen],
) -> None:
    screen = screen_of(*_TITLES)
    batch = batch_of(list(cases()))
    first, second = screen(batch, 7), screen(batch, 7)
    assert first.equals(second)
    for outcome, evidence in zip(
        first.column("outcome").to_pylist(), first.column(EVIDENCE_COLUMN).to_pylist(), strict=True
    ):
        assert (outcome == "PASS") == (evidence is None)
