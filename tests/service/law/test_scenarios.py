"""Whole scenarios through files, matching and HTTP: relations, approvals, who is out of scope."""

from collections.abc import Iterator
from typing import Any

import pytest
from client import Api, running
from watchlist_rows import VENUE, load

from app.db import Database

OPINION = {
    "action": "CLEAR",
    "opinion_doc_no": "示例〔2017〕1号",
    "opinion_issuer": "福建省清理整顿各类交易场所工作领导小组",
    "opinion_date": "2017-06-20",
    "opinion_filed_on": "2017-06-22",
}
CLEARED = VENUE | {"external_id": "FJ-0002", "legal_name": "厦门样本文化产权交易中心有限公司"}
APPROVED = VENUE | {
    "external_id": "AP-0001",
    "category": "APPROVED",
    "legal_name": "福建示例海峡产权交易所有限公司",
    "approving_body": "福建省人民政府",
    "approval_doc_no": "示例函〔2014〕1号",
    "approval_date": "2014-07-01",
    "approving_region_code": "350000",
}
HENAN = APPROVED | {
    "external_id": "HN-0001",
    "legal_name": "河南样本中原商品交易中心有限公司",
    "reg_region_code": "410100",
    "jurisdiction": "省外",
    "approving_region_code": "410000",
}
TIES = {
    "M-BLOCK": ("MEMBER", "CONFIRMED", {"parent_external_id": "FJ-0001"}, "泉州样本贵金属经营有限公司"),
    "M-CLAIM": ("AGENT", "CLAIMED", {"parent_external_id": "FJ-0001"}, "漳州样本投资咨询有限公司"),
    "M-INTRO": ("INTRODUCER", "CONFIRMED", {"parent_external_id": "FJ-0001"}, "龙岩样本商务信息咨询有限公司"),
    "M-CLEAR": ("MEMBER", "CONFIRMED", {"parent_external_id": "FJ-0002"}, "三明样本文化传播有限公司"),
    "B-CLEAR": ("BRANCH", "CONFIRMED", {"parent_external_id": "FJ-0002"}, "厦门样本文化产权交易中心有限公司集美分公司"),
    "U-HENAN": ("BRANCH", "CONFIRMED", {"parent_name": HENAN["legal_name"]}, "宁德样本运营中心有限公司"),
    "M-DEEP": ("AGENT", "CONFIRMED", {"parent_external_id": "M-BLOCK"}, "南平样本网络科技有限公司"),
    "P-BOSS": ("PERSON", "CONFIRMED", {"parent_external_id": "FJ-0001"}, "欧阳示例"),
}


def related(external_id: str) -> dict[str, str]:
    kind, status, parent, name = TIES[external_id]
    unit = {"is_out_of_province_unit": "是"} if external_id == "U-HENAN" else {}
    cells = {"external_id": external_id, "category": "RELATED", "entity_kind": kind, "relation_status": status}
    return VENUE | cells | {"legal_name": name} | parent | unit


@pytest.fixture
def api(db: Database) -> Iterator[Api]:
    rows = [VENUE, CLEARED, *(related(one) for one in TIES)]
    load(db, "fj", *rows, received_at="2017-03-20T09:00:00+08:00")
    load(db, "fj", CLEARED | OPINION, received_at="2017-06-25T09:00:00+08:00")
    load(db, "fj-approved", APPROVED, received_at="2017-03-01T09:00:00+08:00")
    load(db, "henan", HENAN, received_at="2017-03-01T09:00:00+08:00")
    with running(db) as api:
        yield api


def says(answer: Any) -> tuple[str, str]:
    return answer["outcome"], answer["reasons"][0]["code"]


def test_ties_inherit_as_far_as_they_are_confirmed(api: Api) -> None:
    expected = {
        "M-BLOCK": ("BLOCK", "INHERITED"),
        "M-CLAIM": ("REVIEW", "INHERITED_UNCONFIRMED"),
        "M-INTRO": ("REVIEW", "INHERITED_UNCONFIRMED"),
        "M-CLEAR": ("REVIEW", "MEMBER_MODEL"),
        "U-HENAN": ("REVIEW", "OOP_UNIT"),
        "M-DEEP": ("BLOCK", "INHERITED"),
        "P-BOSS": ("REVIEW", "MATCH_STRONG"),
    }
    for external_id, outcome in expected.items():
        kind = "PERSON" if external_id == "P-BOSS" else "ORGANISATION"
        answer = api.screen(TIES[external_id][3], "2017-07-10", counterparty={"kind": kind}).json()
        assert says(answer) == outcome, external_id
    blocked = api.screen(TIES["M-BLOCK"][3], "2017-07-10").json()
    venue = api.screen(VENUE["legal_name"], "2017-07-10").json()
    assert blocked["matches"][0]["inherited_from"] == venue["matches"][0]["entity_id"]
    assert (blocked["matches"][0]["category"], blocked["matches"][0]["listing_id"]) == ("RELATED", None)
    assert says(api.screen(TIES["M-BLOCK"][3], "2017-06-29").json()) == ("REVIEW", "INHERITED")


def test_approved_venue_passes_and_its_name_needs_the_approval(api: Api) -> None:
    assert says(api.screen(APPROVED["legal_name"], "2017-07-10").json()) == ("PASS", "APPROVED")
    other = api.screen("莆田样本林产品交易所有限公司", "2017-07-10").json()
    assert says(other) == ("REVIEW", "NAME_EXCHANGE_UNAPPROVED")
    declared = api.screen(APPROVED["legal_name"], "2017-07-10", counterparty={"products": ["黄金现货"]}).json()
    assert says(declared) == ("REVIEW", "BANNED_PRODUCT")


def test_keyword_alone_is_reviewed_in_every_field(api: Api) -> None:
    for party in ({"business_scope": "软件开发，微盘交易"}, {"products": ["微交易"]}, {"promo_text": "云交易平台"}):
        answer = api.screen("福州样本海鲜酒楼有限公司", "2017-07-10", counterparty=party).json()
        assert says(answer) == ("REVIEW", "KEYWORD_ONLY"), party
        assert answer["matches"] == []
        assert any(flag.startswith("KEYWORD:") for flag in answer["flags"])


def test_persons_courts_and_tax_offices_are_out_of_scope(api: Api) -> None:
    person = api.screen(VENUE["legal_name"], "2017-07-10", counterparty={"kind": "PERSON"}).json()
    assert (says(person), "KIND_NOT_BELIEVED" in person["flags"]) == (("BLOCK", "CUTOFF"), True)
    merchant = {"kind": "PERSON", "other_names": [{"type": "SUBMERCHANT", "name": VENUE["legal_name"]}]}
    assert says(api.screen("陈样本", "2017-07-10", counterparty=merchant).json()) == ("BLOCK", "CUTOFF")
    assert api.screen("陈样本", "2017-07-10", counterparty={"kind": "PERSON"}).json()["outcome"] == "PASS"
    court = api.screen("福州市样本区人民法院", "2017-07-10", counterparty={"remark": VENUE["legal_name"]}).json()
    assert court["outcome"] == "REVIEW"
    assert api.screen("福州市样本区人民法院", "2017-07-10").json()["outcome"] == "PASS"
    assert (
        api.screen("福州样本公司", "2017-07-10", counterparty={"remark": VENUE["legal_name"]}).json()["outcome"]
        != "PASS"
    )


def test_payment_in_flight_is_sent_back(api: Api) -> None:
    answer = api.screen(VENUE["legal_name"], "2017-06-30", initiated_on="2017-06-29").json()
    assert (answer["outcome"], answer["next_action_zh"]) == ("BLOCK", "退回")
    assert {"IN_FLIGHT", "CUTOFF_DAY"} <= set(answer["flags"])


def test_known_before_the_first_version_is_empty_and_not_missing(api: Api) -> None:
    answer = api.screen(VENUE["legal_name"], "2017-02-01", known_at="2017-02-01T00:00:00+08:00").json()
    assert (says(answer), answer["hindsight_outcome"]) == (("PASS", "NO_ENTRY"), "REVIEW")
    assert {"BEFORE_FIRST_VERSION", "RETRO_HIT"} <= set(answer["flags"])
    assert "NO_LIST:VIOLATING" not in answer["flags"]


def test_the_name_of_a_person_behind_a_listed_venue_is_a_sign_where_a_relation_begins(db: Database) -> None:
    people = {"legal_rep": "陈样甲", "actual_controller": "林样乙"}
    venue = VENUE | people | {"external_id": "FJ-0009", "legal_name": "福州样棉商品交易中心有限公司"}
    load(db, "fj", venue, received_at="2017-03-20T09:00:00+08:00")
    with running(db) as api:
        for name in ("陈样甲", "林样乙", "林 样 乙"):
            party = {"kind": "PERSON"}
            opened = api.screen(name, "2017-07-03", service="MERCHANT_ACQUIRING", counterparty=party).json()
            assert says(opened) == ("REVIEW", "INHERITED_UNCONFIRMED")
            assert [one["external_id"] for one in opened["matches"]] == ["FJ-0009"]
            assert opened["matches"][0]["strength"] == "WEAK"
            settled = api.screen(name, "2017-07-03", counterparty=party).json()
            assert (settled["outcome"], settled["matches"]) == ("PASS", [])
            assert "SAME_PERSON" in settled["flags"]
        for name in ("陈样丙", "陈样"):
            other = api.screen(name, "2017-07-03", service="MERCHANT_ACQUIRING", counterparty={"kind": "PERSON"}).json()
            assert (other["outcome"], "SAME_PERSON" in other["flags"]) == ("PASS", False)
