"""One proof for every rule of the table: a case that the rule decides, both ways where it has a boundary.

``@proves`` names the rules that a proof would catch if their outcome were another; ``test_table.py`` runs each proof
with the table in force, and again with each of its rules changed, when it must fail.  A proof takes the table.
"""

from collections.abc import Callable
from dataclasses import replace

from lawbook import ACCEPTANCE, EVERYTHING, OPINION, World, codes, member, row, says

from app.policy.model import TextFinding
from app.policy.rule import RuleTable
from app.policy.vocabulary import Outcome

Proof = Callable[[RuleTable], None]
PROOFS: dict[str, Proof] = {}

KEYWORD = TextFinding("KEYWORD_ONLY", "name", "微盘")
EXCHANGE = TextFinding("NAME_EXCHANGE_UNAPPROVED", "name", "交易所")
APPROVAL = {
    "approving_body": "福建省人民政府",
    "approval_doc_no": "示例函〔2014〕1号",
    "approval_date": "2014-07-01",
    "approving_region_code": "350000",
}
BOTH_APPROVALS = {
    "approval_doc_no": "示例函〔2015〕2号",
    "approval_date": "2015-02-01",
    "approving_region_code": "350000",
    "member_approval_doc_no": "示例函〔2015〕3号",
    "member_approval_date": "2015-03-01",
}


def proves(*rules: str) -> Callable[[Proof], Proof]:
    """Register a proof of the rules named."""

    def register(proof: Proof) -> Proof:
        for rule in rules:
            assert rule not in PROOFS
            PROOFS[rule] = proof
        return proof

    return register


def _listed(table: RuleTable, **cells: object) -> World:
    return World(table=table).publish("03-20", row(**cells))


def _cleared(table: RuleTable, on: str, known_on: str | None = None) -> World:
    return _listed(table).publish(known_on or on, row(action="CLEAR", opinion_date=on, **OPINION))


@proves("D01")
def withdrawn_listing_is_as_if_it_had_not_been(table: RuleTable) -> None:
    world = _listed(table).publish("09-01", row(action="WITHDRAW_ERROR"))
    for on in ("03-01", "04-01", "06-30", "2018-01-01"):
        decision = world.ask(on, findings=[KEYWORD])
        assert says(decision) == ("REVIEW", "KEYWORD_ONLY")
        assert "ERR_WITHDRAWN" in codes(decision)
        assert decision.matches[0].outcome == "PASS"
        assert decision.matches[0].is_ignored


@proves("D02/strong")
def strong_match_never_blocks(table: RuleTable) -> None:
    decision = _listed(table).ask("08-01", strength="STRONG")
    assert (decision.outcome, codes(decision)) == ("REVIEW", ["MATCH_STRONG", "CUTOFF"])
    assert _cleared(table, "06-20").ask("07-10", strength="STRONG").outcome == "PASS"
    conflict = _listed(table).ask("08-01", strength="STRONG", identifier_conflict=True)
    assert says(conflict) == ("REVIEW", "MATCH_STRONG")


@proves("D02/weak")
def weak_match_never_blocks(table: RuleTable) -> None:
    decision = _listed(table, category="WEIPAN").ask("08-01", strength="WEAK")
    assert (decision.outcome, codes(decision)) == ("REVIEW", ["MATCH_WEAK", "WEIPAN"])


@proves("D03/keyword")
def keyword_alone_is_reviewed_and_never_blocked(table: RuleTable) -> None:
    world = World(table=table)
    decision = world.ask("07-01", findings=[KEYWORD])
    assert says(decision) == ("REVIEW", "KEYWORD_ONLY")
    assert "KEYWORD:name" in decision.flags
    assert decision.matches == ()
    approved = World(table=table).publish("03-01", row("A", category="APPROVED", **APPROVAL))
    assert says(approved.ask("07-01", findings=[KEYWORD])) == ("PASS", "APPROVED")
    assert says(approved.ask("07-01", strength="STRONG", findings=[KEYWORD])) == ("REVIEW", "KEYWORD_ONLY")


@proves("D03/exchange-name")
def name_that_says_exchange_needs_an_approval(table: RuleTable) -> None:
    assert says(World(table=table).ask("07-01", findings=[EXCHANGE])) == ("REVIEW", "NAME_EXCHANGE_UNAPPROVED")
    approved = World(table=table).publish("03-01", row("A", category="APPROVED", **APPROVAL))
    assert says(approved.ask("07-01", findings=[EXCHANGE])) == ("PASS", "APPROVED")


@proves("D04")
def service_before_the_notice_is_reviewed(table: RuleTable) -> None:
    early = {"effective_from": "2016-12-01", "determined_on": "2016-12-01"}
    for category in ("VIOLATING", "WEIPAN", "UNAPPROVED_VENUE", "ILLEGAL_EPLATFORM", "NOTIFIED"):
        world = World(table=table).publish("2016-12-01", row(category=category, **early))
        assert says(world.ask("2017-02-26")) == ("REVIEW", "BEFORE_NOTICE")
        assert codes(world.ask("2017-02-27")) != ["BEFORE_NOTICE"]


@proves("D05/learned-later")
def listing_learned_after_the_service_is_looked_back_at(table: RuleTable) -> None:
    world = _listed(table)
    assert says(world.ask("03-19")) == ("REVIEW", "RETRO_LISTED_LATER")
    assert "FUTURE_LISTED" not in world.ask("03-19").flags


@proves("D05/known-new-relation")
def future_listing_is_reviewed_for_new_relations(table: RuleTable) -> None:
    world = _listed(table, effective_from="05-01")
    for service in ("ACCOUNT_OPEN", "CUSTODY", "MERCHANT_ACQUIRING"):
        decision = world.ask("04-30", service=service)
        assert says(decision) == ("REVIEW", "FUTURE_LISTED")


@proves("D05/known-other-service")
def future_listing_passes_other_services_with_a_flag(table: RuleTable) -> None:
    world = _listed(table, effective_from="05-01")
    decision = world.ask("03-20")
    assert says(decision) == ("PASS", "FUTURE_LISTED")
    assert decision.flags == ("FUTURE_LISTED",)
    assert says(world.ask("03-19")) == ("REVIEW", "RETRO_LISTED_LATER")
    assert says(world.ask("05-01")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("04-30", findings=[KEYWORD])) == ("REVIEW", "KEYWORD_ONLY")


@proves("D06/open")
def special_services_are_the_outbound_lane(table: RuleTable) -> None:
    closed = _listed(table).publish("04-10", row(action="CLOSE", closed_on="04-10"))
    for world in (_listed(table), closed, _listed(table, category="WEIPAN")):
        for service in ("INVESTOR_PAYOUT", "ACCOUNT_CLOSE", "JUDICIAL_TAX_PAYROLL"):
            assert says(world.ask("08-01", service=service)) == ("REVIEW", "WIND_DOWN")
    assert _cleared(table, "06-20").ask("08-01", service="INVESTOR_PAYOUT").outcome == "PASS"


@proves("D06/expired")
def winding_down_ends_with_its_last_day(table: RuleTable) -> None:
    world = _listed(table, winddown_doc_no="示例清退〔2017〕1号", winddown_until="09-30")
    assert says(world.ask("09-30", service="INVESTOR_PAYOUT")) == ("REVIEW", "WIND_DOWN")
    assert says(world.ask("10-01", service="INVESTOR_PAYOUT")) == ("BLOCK", "WIND_DOWN")


@proves("D07/other-service")
def grace_lasts_to_the_day_before_the_cutoff(table: RuleTable) -> None:
    early = {"effective_from": "2017-01-01", "determined_on": "2017-01-01"}
    world = World(table=table).publish("2017-01-01", row(**early))
    for on in ("02-27", "06-29"):
        assert says(world.ask(on)) == ("REVIEW", "GRACE_PERIOD")
    assert world.ask("06-29").flags == ()
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")


@proves("D07/new-relation")
def grace_advises_against_new_investors(table: RuleTable) -> None:
    for service in ("ACCOUNT_OPEN", "MERCHANT_ACQUIRING"):
        decision = _listed(table).ask("06-29", service=service)
        assert says(decision) == ("REVIEW", "GRACE_PERIOD")
        assert "recommend_refuse" in decision.flags


@proves("D08")
def named_services_stop_at_the_cutoff(table: RuleTable) -> None:
    for service in ("ACCOUNT_OPEN", "CUSTODY", "FUND_SETTLEMENT"):
        on_the_day = _listed(table).ask("06-30", service=service)
        after = _listed(table).ask("07-01", service=service)
        assert [reason.basis_code for reason in on_the_day.reasons] == ["FJ17-5.2-c", "FJ17-4.3.2-2"]
        assert [reason.basis_code for reason in after.reasons] == ["FJ17-4.3.2-2", "FJ17-5.2-c"]
        assert on_the_day.outcome == after.outcome == "BLOCK"
        assert "CUTOFF_DAY" in on_the_day.flags
        assert "CUTOFF_DAY" not in after.flags


@proves("D09")
def every_other_service_stops_too(table: RuleTable) -> None:
    for service in ("PAYMENT_SETTLEMENT", "FUND_TRANSFER", "MERCHANT_ACQUIRING", "COLLECT_PAY", "CREDIT"):
        decision = _listed(table).ask("06-30", service=service)
        assert says(decision) == ("BLOCK", "CUTOFF")
        assert [reason.basis_code for reason in decision.reasons] == ["FJ17-5.2-c"]


@proves("D10")
def closed_merged_and_transferred_are_blocked(table: RuleTable) -> None:
    for action, column in (("CLOSE", "closed_on"), ("MERGE", "closed_on"), ("TRANSFER", "determined_on")):
        for category in ("VIOLATING", "WEIPAN", "UNAPPROVED_VENUE", "NOTIFIED"):
            ended = row(action=action, category=category, **{column: "04-10"})
            world = _listed(table, category=category).publish("04-10", ended)
            assert says(world.ask("04-10")) == ("BLOCK", "CLOSED")
    assert says(_listed(table).publish("04-10", row(action="CLOSE", closed_on="04-10")).ask("04-09")) == (
        "REVIEW",
        "GRACE_PERIOD",
    )


@proves("D10b/lifted")
def lifted_notice_passes_with_a_flag(table: RuleTable) -> None:
    world = _listed(table, category="NOTIFIED")
    world.publish("05-01", row(action="LIFT", category="NOTIFIED", determined_on="05-01"))
    assert says(world.ask("04-30")) == ("BLOCK", "NOTIFIED")
    decision = world.ask("05-01")
    assert (says(decision), decision.flags) == (("PASS", "LIFTED"), ("LIFTED",))


@proves("D10b/approved-in-moratorium", "D10b/approved")
def approval_of_its_own_province_ends_an_unapproved_listing(table: RuleTable) -> None:
    approved = {"action": "APPROVE", "category": "UNAPPROVED_VENUE", **APPROVAL}
    world = _listed(table, category="UNAPPROVED_VENUE").publish("10-01", row(**{**approved, "approval_date": "10-01"}))
    assert says(world.ask("09-30")) == ("BLOCK", "UNAPPROVED")
    assert (says(world.ask("10-01")), world.ask("10-01").flags) == (("PASS", "APPROVED"), ("APPROVED",))
    suspect = _listed(table, category="UNAPPROVED_VENUE").publish(
        "05-01", row(**{**approved, "approval_date": "05-01"})
    )
    assert says(suspect.ask("05-01")) == ("REVIEW", "APPROVAL_SUSPECT")
    assert says(suspect.ask("05-01", strength="STRONG"))[0] == "REVIEW"
    elsewhere = {**approved, "approval_date": "10-01", "approving_region_code": "410000"}
    home = _listed(table, category="UNAPPROVED_VENUE").publish("10-01", row(**elsewhere))
    assert says(home.ask("10-01")) == ("BLOCK", "UNAPPROVED")


@proves("D11")
def clearance_in_time_passes(table: RuleTable) -> None:
    in_time = _cleared(table, "06-30", known_on="07-05")
    assert says(in_time.ask("06-30")) == ("PASS", "CLEARED_IN_TIME")
    assert in_time.ask("07-01").flags == ("SINGLE_EVIDENCE",)
    assert says(in_time.ask("06-29")) == ("REVIEW", "GRACE_PERIOD")
    both = _cleared(table, "06-20").publish("06-25", row(action="ACCEPT", jmc_date="06-25", **ACCEPTANCE))
    assert both.ask("07-01").flags == ()


@proves("D13/unconfirmed", "D13/confirmed")
def late_clearance_needs_a_confirmation(table: RuleTable) -> None:
    world = _cleared(table, "07-01")
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")
    assert says(world.ask("07-01")) == ("REVIEW", "CLEARED_AFTER_CUTOFF")
    world.publish("08-01", row(action="CONFIRM_LATE", determined_on="08-01", determining_body="示例机关"))
    assert says(world.ask("07-31")) == ("REVIEW", "CLEARED_AFTER_CUTOFF")
    assert says(world.ask("08-01")) == ("PASS", "CLEARED_AFTER_CUTOFF")


@proves("D14")
def relisted_is_blocked_except_a_violating_one_before_the_cutoff(table: RuleTable) -> None:
    world = _cleared(table, "04-01").publish("05-01", row(action="RELIST", effective_from="05-01"))
    assert says(world.ask("04-30")) == ("PASS", "CLEARED_IN_TIME")
    assert says(world.ask("05-01")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("06-30")) == ("BLOCK", "RELISTED")
    closed = _listed(table, category="WEIPAN")
    closed.publish("04-01", row(action="CLOSE", category="WEIPAN", closed_on="04-01"))
    closed.publish("05-01", row(action="RELIST", category="WEIPAN", effective_from="05-01"))
    assert says(closed.ask("05-01")) == ("BLOCK", "RELISTED")


@proves("D15")
def weipan_is_blocked_for_all_services_without_grace(table: RuleTable) -> None:
    early = {"effective_from": "2017-01-01", "determined_on": "2017-01-01"}
    world = World(table=table).publish("2017-01-01", row(category="WEIPAN", **early))
    for service in ("ACCOUNT_OPEN", "FUND_SETTLEMENT", "PAYMENT_SETTLEMENT", "CREDIT", "OTHER_FINANCIAL"):
        assert says(world.ask("02-27", service=service)) == ("BLOCK", "WEIPAN")
    assert "BEFORE_PUBLICATION" in world.ask("03-03").flags
    assert "BEFORE_PUBLICATION" not in world.ask("03-04").flags


@proves("D16")
def unapproved_venues_and_illegal_platforms_are_blocked(table: RuleTable) -> None:
    for category in ("UNAPPROVED_VENUE", "ILLEGAL_EPLATFORM"):
        assert says(_listed(table, category=category).ask("03-20")) == ("BLOCK", "UNAPPROVED")


@proves("D17")
def notified_venues_are_blocked_from_the_notice_on(table: RuleTable) -> None:
    assert says(_listed(table, category="NOTIFIED").ask("03-20")) == ("BLOCK", "NOTIFIED")


@proves("D18")
def listing_after_the_cutoff_has_no_grace(table: RuleTable) -> None:
    for effective_from in ("06-30", "09-01"):
        world = World(table=table).publish("06-01", row(effective_from=effective_from))
        assert says(world.ask(effective_from)) == ("BLOCK", "CUTOFF_PASSED")
    before = World(table=table).publish("06-01", row(effective_from="06-29"))
    assert says(before.ask("06-30")) == ("BLOCK", "CUTOFF")


@proves("D19/block")
def confirmed_member_inherits_a_block(table: RuleTable) -> None:
    for kind in ("MEMBER", "AGENT", "AUTH_SERVICE", "BRANCH"):
        world = _listed(table).publish("03-21", member(entity_kind=kind))
        decision = world.ask("07-01", "M")
        assert says(decision) == ("BLOCK", "INHERITED")
        assert codes(decision) == ["INHERITED", "CUTOFF"]
        assert decision.matches[0].inherited_from == world.dossier("V").entity_id
        assert "INHERIT_CONFIRMED" in decision.reasons[0].text_zh


@proves("D19/review")
def confirmed_member_inherits_a_review_and_the_switch_softens_a_block(table: RuleTable) -> None:
    world = _listed(table).publish("03-21", member())
    assert says(world.ask("06-29", "M")) == ("REVIEW", "INHERITED")
    world.parameters = replace(world.parameters, inherit_confirmed=Outcome.REVIEW)
    assert says(world.ask("07-01", "M")) == ("REVIEW", "INHERITED")


@proves("D19/pass")
def member_of_a_venue_not_yet_listed_passes_with_it(table: RuleTable) -> None:
    world = _listed(table, effective_from="05-01").publish("03-21", member())
    decision = world.ask("04-01", "M")
    assert (decision.outcome, codes(decision)) == ("PASS", ["INHERITED"])
    assert "FUTURE_LISTED" in decision.flags


@proves("D19/pass-cleared")
def branch_of_a_cleared_venue_passes_with_it(table: RuleTable) -> None:
    world = _cleared(table, "06-20").publish("06-21", member(entity_kind="BRANCH"))
    assert says(world.ask("07-10", "M", findings=[KEYWORD])) == ("PASS", "INHERITED")


@proves("D20")
def claimed_tie_is_reviewed(table: RuleTable) -> None:
    for status in ("CLAIMED", "INFERRED"):
        world = _listed(table).publish("03-21", member(status=status))
        assert says(world.ask("07-01", "M")) == ("REVIEW", "INHERITED_UNCONFIRMED")
    for kind in ("INTRODUCER", "OPERATOR", "MERCHANT", "PERSON"):
        world = _listed(table).publish("03-21", member(entity_kind=kind))
        assert says(world.ask("07-01", "M", kind="PERSON")) == (
            ("REVIEW", "INHERITED_UNCONFIRMED") if kind == "PERSON" else ("PASS", "OUT_OF_SCOPE")
        )
        assert says(world.ask("07-01", "M")) == ("REVIEW", "INHERITED_UNCONFIRMED")


@proves("D21/not-both-approved")
def member_of_a_cleared_venue_is_reviewed(table: RuleTable) -> None:
    for kind in ("MEMBER", "AGENT", "AUTH_SERVICE"):
        world = _cleared(table, "06-20").publish("06-21", member(entity_kind=kind))
        assert says(world.ask("07-10", "M")) == ("REVIEW", "MEMBER_MODEL")
    one_only = {"member_approval_doc_no": "示例函〔2015〕3号", "member_approval_date": "2015-03-01"}
    world = _cleared(table, "06-20").publish("06-21", member(**one_only))
    assert says(world.ask("07-10", "M")) == ("REVIEW", "MEMBER_MODEL")
    approved = World(table=table).publish("03-01", row("A", category="APPROVED", **APPROVAL))
    approved.publish("03-02", member(parent="A"))
    assert says(approved.ask("07-10", "M")) == ("REVIEW", "MEMBER_MODEL")


@proves("D21/outside-unit")
def member_of_a_venue_approved_elsewhere_is_told_both_reasons(table: RuleTable) -> None:
    home = {**APPROVAL, "approving_region_code": "410000", "reg_region_code": "410100"}
    world = World(table=table).publish(
        "03-01", row("A", category="APPROVED", **home), code="henan", jurisdiction="410000"
    )
    world.publish("03-02", member(parent="A", is_out_of_province_unit=True))
    decision = world.ask("07-10", "M")
    assert (decision.outcome, codes(decision)) == ("REVIEW", ["MEMBER_MODEL", "OOP_UNIT"])


@proves("D21/both-approved")
def member_that_both_provinces_approved_passes(table: RuleTable) -> None:
    world = _cleared(table, "06-20").publish("06-21", member(**BOTH_APPROVALS))
    assert says(world.ask("07-10", "M")) == ("PASS", "MEMBER_MODEL")
    late = {**BOTH_APPROVALS, "member_approval_date": "2018-01-01"}
    world = _cleared(table, "06-20").publish("06-21", member(**late))
    assert says(world.ask("2017-12-31", "M")) == ("REVIEW", "MEMBER_MODEL")
    assert says(world.ask("2018-01-01", "M")) == ("PASS", "MEMBER_MODEL")
    suspect = {**BOTH_APPROVALS, "member_approval_date": "05-01"}
    world = _cleared(table, "06-20").publish("06-21", member(**suspect))
    assert says(world.ask("07-10", "M")) == ("REVIEW", "MEMBER_MODEL")


@proves("D22")
def unit_of_a_venue_approved_elsewhere_needs_an_approval_here(table: RuleTable) -> None:
    home = {
        **APPROVAL,
        "approving_region_code": "410000",
        "reg_region_code": "410100",
        "legal_name": "示例中原交易中心",
    }
    unit = {"entity_kind": "BRANCH", "is_out_of_province_unit": True, "parent": "A"}
    world = World(table=table).publish(
        "03-01", row("A", category="APPROVED", **home), code="henan", jurisdiction="410000"
    )
    world.publish("03-02", member(**unit))
    assert says(world.ask("07-10", "M")) == ("REVIEW", "OOP_UNIT")
    here = {"approval_doc_no": "示例函〔2016〕9号", "approval_date": "2016-01-01", "approving_region_code": "350000"}
    world.publish("03-03", member(action="UPDATE", **unit, **here))
    assert says(world.ask("07-10", "M")) == ("PASS", "INHERITED")


@proves("D22/approved-list")
def unit_on_an_approved_list_needs_an_approval_of_its_province(table: RuleTable) -> None:
    cells = {**APPROVAL, "approving_region_code": "410000", "is_out_of_province_unit": True}
    world = World(table=table).publish("03-01", row("A", category="APPROVED", **cells))
    assert says(world.ask("07-10")) == ("REVIEW", "OOP_UNIT")


@proves("D23/approval")
def approval_given_while_suspended_is_suspect(table: RuleTable) -> None:
    for dated, outcome in (("02-26", "PASS"), ("02-27", "REVIEW"), ("09-10", "REVIEW"), ("09-11", "PASS")):
        cells = {**APPROVAL, "approval_date": dated}
        world = World(table=table).publish("2017-10-01", row("A", category="APPROVED", **cells))
        assert world.ask("2017-12-01").outcome == outcome, dated
    assert "APPROVAL_SUSPECT" in codes(
        World(table=table)
        .publish("10-01", row("A", category="APPROVED", **{**APPROVAL, "approval_date": "05-01"}))
        .ask("12-01")
    )


@proves("D23/financial-product")
def declared_financial_product_is_reviewed(table: RuleTable) -> None:
    venue, scope = "福建示例金融资产交易中心有限公司", "现货交易市场管理"
    for product in ("黄金", "保险产品", "票据收益权", "茶叶、黄金"):
        asked = World(table=table)
        assert says(asked.ask("07-01", products=[product], name=venue)) == ("REVIEW", "BANNED_PRODUCT")
        assert says(asked.ask("07-01", products=[product], business_scope=scope)) == ("REVIEW", "BANNED_PRODUCT")
        assert asked.ask("07-01", products=[product], name="福建示例珠宝有限公司").outcome == "PASS"
    for product in ("保险柜", "黄金鱼", "票据印刷"):
        assert World(table=table).ask("07-01", products=[product], name=venue).outcome == "PASS"
    assert World(table=table).ask("07-01", name="福建示例黄金珠宝有限公司").outcome == "PASS"
    world = World(table=table).publish("03-01", row("A", category="APPROVED", violation_codes=["V06"], **APPROVAL))
    assert says(world.ask("07-01")) == ("REVIEW", "BANNED_PRODUCT")


@proves("D23/cultural-product")
def declared_stamps_and_coins_are_reviewed(table: RuleTable) -> None:
    world = World(table=table).publish("03-01", row("A", category="APPROVED", products=["邮票", "书画"], **APPROVAL))
    decision = world.ask("07-01")
    assert says(decision) == ("REVIEW", "BANNED_PRODUCT")
    assert decision.reasons[0].basis_code == "FJ17-4.2.3"


@proves("D23/holders")
def more_than_two_hundred_holders_are_reviewed(table: RuleTable) -> None:
    for count, outcome in ((200, "PASS"), (201, "REVIEW")):
        world = World(table=table).publish("03-01", row("A", category="APPROVED", holder_count=count, **APPROVAL))
        assert world.ask("07-01").outcome == outcome


@proves("D23/change")
def change_without_consent_is_reviewed(table: RuleTable) -> None:
    world = World(table=table).publish("03-01", row("A", category="APPROVED", violation_codes=["V12"], **APPROVAL))
    assert says(world.ask("07-01")) == ("REVIEW", "CHANGE_UNCONSENTED")


@proves("D20/same-person", "D20/same-person-flag")
def name_of_a_person_behind_a_listed_venue_is_a_weak_sign(table: RuleTable) -> None:
    venue = _listed(table, reg_region_code="350102")
    asked = {"kind": "PERSON", "name": "陈样本", "strength": "WEAK", "person_role": "legal_rep"}
    for service in ("ACCOUNT_OPEN", "MERCHANT_ACQUIRING"):
        decision = venue.ask("08-01", service=service, **asked)
        assert says(decision) == ("REVIEW", "INHERITED_UNCONFIRMED")
        assert decision.flags == ("SAME_PERSON",)
    elsewhere = venue.ask("08-01", **asked)
    assert (elsewhere.outcome, elsewhere.matches, elsewhere.flags) == ("PASS", (), ("SAME_PERSON",))
    assert says(venue.ask("08-01", region_code="350111", **asked)) == ("REVIEW", "INHERITED_UNCONFIRMED")
    assert venue.ask("08-01", region_code="350200", **asked).outcome == "PASS"
    cleared = _cleared(table, "06-20").ask("07-10", service="ACCOUNT_OPEN", **asked)
    assert (cleared.outcome, cleared.flags) == ("PASS", ())


@proves("D24/natural-person")
def natural_person_is_out_of_scope_unless_listed_or_known_by_an_identifier(table: RuleTable) -> None:
    assert says(_listed(table).ask("07-01", kind="PERSON")) == ("PASS", "OUT_OF_SCOPE")
    assert says(_listed(table).ask("07-01", kind="PERSON", by_identifier=True)) == ("BLOCK", "CUTOFF")
    assert says(_listed(table, entity_kind="PERSON").ask("07-01", kind="PERSON")) == ("BLOCK", "CUTOFF")
    assert says(_listed(table).ask("07-01", kind="ORGANISATION")) == ("BLOCK", "CUTOFF")
    assert says(_listed(table).ask("07-01", kind="PERSON", by_own_name=False)) == ("BLOCK", "CUTOFF")
    person = _listed(table).ask("07-01", kind="PERSON", name="陈样本")
    assert (says(person), "KIND_NOT_BELIEVED" in person.flags) == (("PASS", "OUT_OF_SCOPE"), False)
    for doubted in (
        {"name": "福州示例商贸有限公司"},
        {"name": "示例文交所"},
        {"name": "示例运营中心"},
        {"name": "Shili Trading Ltd"},
        {"name": _listed(table).ask("07-01").matches[0].matched.dossier.legal_name},
        {"name": "陈样本", "has_organisation_code": True},
    ):
        decision = _listed(table).ask("07-01", kind="PERSON", **doubted)
        assert (says(decision), "KIND_NOT_BELIEVED" in decision.flags) == (("BLOCK", "CUTOFF"), True), doubted


@proves("D24/authority")
def courts_and_tax_offices_are_out_of_scope(table: RuleTable) -> None:
    for name in ("福州市示例区人民法院", "国家税务总局福州市税务局"):
        assert says(_listed(table).ask("07-01", name=name, strength="WEAK")) == ("PASS", "OUT_OF_SCOPE")
        coded = _listed(table).ask("07-01", name=name, strength="WEAK", has_authority_code=False)
        assert says(coded) == ("REVIEW", "MATCH_WEAK")
        other = _listed(table).ask("07-01", name=name, strength="WEAK", by_own_name=False)
        assert says(other) == ("REVIEW", "MATCH_WEAK")
        assert says(_listed(table).ask("07-01", name=name)) == ("BLOCK", "CUTOFF")
    listed = _listed(table).ask("07-01").matches[0].matched.dossier.legal_name
    tail = _listed(table).ask("07-01", name=listed.removesuffix("有限公司") + "税务所", strength="WEAK")
    assert says(tail) == ("REVIEW", "MATCH_WEAK")
    assert says(_listed(table).ask("07-01", name="人民法院旁示例有限公司")) == ("BLOCK", "CUTOFF")


@proves("D24/clearing-house")
def clearing_house_is_out_of_scope(table: RuleTable) -> None:
    world = _listed(table, entity_kind="CLEARING")
    assert says(world.ask("07-01", findings=[EXCHANGE])) == ("PASS", "OUT_OF_SCOPE")


@proves("D25")
def approved_venue_passes(table: RuleTable) -> None:
    world = World(table=table).publish("03-01", row("A", category="APPROVED", **APPROVAL))
    assert (codes(world.ask("07-01")), world.ask("07-01").outcome) == (["APPROVED"], "PASS")
    revoked = row("A", "UPDATE", "APPROVED", authorisation="REVOKED", effective_from="08-01")
    world.publish("08-01", revoked)
    assert says(world.ask("07-31", findings=[EXCHANGE])) == ("PASS", "APPROVED")
    assert says(world.ask("08-01", findings=[EXCHANGE])) == ("REVIEW", "NAME_EXCHANGE_UNAPPROVED")


@proves("D26")
def no_match_passes(table: RuleTable) -> None:
    decision = World(table=table).ask("07-01")
    assert (decision.outcome, codes(decision), decision.matches) == ("PASS", ["NO_ENTRY"], ())


@proves("D27/stale")
def stale_never_passes(table: RuleTable) -> None:
    coverage = replace(EVERYTHING, stale=True)
    assert says(World(table=table).ask("07-01", coverage=coverage)) == ("REVIEW", "STALE_LIST")
    assert _listed(table).ask("07-01", coverage=coverage).reasons == _listed(table).ask("07-01").reasons


@proves("D27/no-list")
def nothing_active_never_passes(table: RuleTable) -> None:
    coverage = replace(EVERYTHING, any_active=False, categories=frozenset())
    decision = World(table=table).ask("07-01", coverage=coverage)
    assert says(decision) == ("REVIEW", "NO_LIST")
    assert "NO_LIST:WEIPAN" in decision.flags
    early = replace(EVERYTHING, before_first_version=True)
    assert says(World(table=table).ask("07-01", coverage=early)) == ("PASS", "NO_ENTRY")


@proves("D28/listing")
def notice_dated_after_the_listing_leaves_a_gap_that_is_reviewed(table: RuleTable) -> None:
    world = _listed(table, category="NOTIFIED", effective_from="05-01", determined_on="05-10")
    assert says(world.ask("05-09")) == ("REVIEW", "UNDECIDED")
    assert says(world.ask("05-10")) == ("BLOCK", "NOTIFIED")


@proves("D28/relation")
def related_entity_of_an_unknown_venue_is_reviewed(table: RuleTable) -> None:
    world = World(table=table).publish("03-21", member(parent="NOWHERE"))
    assert says(world.ask("07-01", "M")) == ("REVIEW", "UNDECIDED")
