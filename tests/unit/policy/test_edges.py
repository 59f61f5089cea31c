"""The normative edge cases of docs/law.md 7, and what the two clocks make of them."""

from dataclasses import replace

import pytest
from lawbook import ACCEPTANCE, EVERYTHING, OPINION, World, codes, listed, member, row, says, with_parameters
from proofs import APPROVAL

from app.policy.parameters import CutoffRule, Parameters
from app.policy.vocabulary import Category


def clear(on: str, **cells: object) -> dict[str, object]:
    return row(action="CLEAR", opinion_date=on, **{**OPINION, **cells})


# D12: a later clearance never back-dates.


@pytest.mark.parametrize("service", ["FUND_SETTLEMENT", "CREDIT"])
def test_later_clearance_leaves_earlier_services_blocked(service: str) -> None:
    assert says(listed().publish("07-15", clear("07-15")).ask("07-14", service=service)) == ("BLOCK", "CUTOFF")


def test_pass_in_the_cleared_window_stays_after_a_relisting() -> None:
    world = listed().publish("06-20", clear("06-20"))
    world.publish("2018-01-05", row(action="RELIST", effective_from="2018-01-05"))
    assert says(world.ask("2017-10-01")) == ("PASS", "CLEARED_IN_TIME")
    relisted = world.ask("2018-02-01").matches[0]
    assert (relisted.episode, relisted.effective_from.isoformat()) == (2, "2018-01-05")


def test_clearing_a_second_episode_after_the_cutoff_is_late() -> None:
    world = listed().publish("06-20", clear("06-20"))
    world.publish("2018-01-05", row(action="RELIST", effective_from="2018-01-05"))
    world.publish("2018-06-01", clear("2018-06-01"))
    assert says(world.ask("2018-05-31")) == ("BLOCK", "RELISTED")
    assert says(world.ask("2018-06-01")) == ("REVIEW", "CLEARED_AFTER_CUTOFF")


def test_no_second_grace_after_the_cutoff() -> None:
    world = listed().publish("06-01", clear("06-01"))
    world.publish("06-10", row(action="RELIST", effective_from="06-10"))
    assert says(world.ask("06-29")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("06-30")) == ("BLOCK", "RELISTED")


@pytest.mark.parametrize("issuer", ["福州市清理整顿办公室", "福建省人民政府", None])
def test_opinion_of_another_issuer_clears_nothing(issuer: str | None) -> None:
    cells = {"opinion_issuer": issuer} if issuer else {}
    world = listed().publish("06-20", {**clear("06-20"), **cells})
    if issuer is None:
        world.lists["fj"][1][-1].rows[0].pop("opinion_issuer")
    assert says(world.ask("07-10")) == ("BLOCK", "CUTOFF")


@pytest.mark.parametrize(
    "issuer", ["福建省清理整顿各类交易场所工作领导小组（办公室）", "省领导小组", "省领导小组(办公室)", " 省領導小組 "]
)
def test_opinion_issuer_is_read_however_it_is_written(issuer: str) -> None:
    assert says(listed().publish("06-20", clear("06-20", opinion_issuer=issuer)).ask("07-10"))[0] == "PASS"


def test_city_letter_as_rectifying_changes_nothing_after_the_cutoff() -> None:
    world = listed().publish("05-01", row(action="RECTIFY", effective_from="05-01"))
    assert world.ask("05-02").matches[0].status == "RECTIFYING"
    assert says(world.ask("06-29")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")


# Deadlines, jurisdictions, switches.


def test_earlier_deadline_moves_the_first_blocked_day_and_not_the_date_of_documents() -> None:
    world = World().publish("03-20", row(rectify_deadline="05-31"))
    assert says(world.ask("05-31")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("06-01")) == ("BLOCK", "CUTOFF")
    world.publish("06-20", clear("06-20"))
    assert says(world.ask("06-19")) == ("BLOCK", "CUTOFF")
    assert says(world.ask("06-20")) == ("PASS", "CLEARED_IN_TIME")


@pytest.mark.parametrize("deadline", ["06-30", "07-31"])
def test_later_deadline_changes_nothing(deadline: str) -> None:
    world = World().publish("03-20", row(rectify_deadline=deadline))
    assert says(world.ask("06-29")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")


@pytest.mark.parametrize("jurisdiction", ["610100", "610115"])
def test_earlier_cutoff_elsewhere_is_that_of_the_list(jurisdiction: str) -> None:
    world = World().publish("03-20", row(), code="xa", jurisdiction=jurisdiction)
    assert says(world.ask("05-30")) == ("REVIEW", "GRACE_PERIOD")
    decision = world.ask("05-31")
    assert says(decision) == ("BLOCK", "CUTOFF")
    assert {reason.basis_code for reason in decision.reasons} == {"XA17-42"}
    assert decision.reasons[0].text_zh.startswith("西安市 市政办发〔2017〕42号：2017年5月31日")
    assert "Clause" not in decision.reasons[0].text_en
    assert "CUTOFF_DAY" in decision.flags
    assert says(listed().ask("05-31")) == ("REVIEW", "GRACE_PERIOD")


def test_province_without_a_date_of_its_own_has_the_default() -> None:
    world = World().publish("03-20", row(), code="zj", jurisdiction="330000")
    assert says(world.ask("06-29")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")


def test_exclusive_day_moves_services_and_not_documents() -> None:
    world = with_parameters(day_rule="EXCLUSIVE").publish("03-20", row())
    assert says(world.ask("06-30")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("07-01")) == ("BLOCK", "CUTOFF")
    assert says(world.publish("07-01", clear("07-01")).ask("07-01")) == ("REVIEW", "CLEARED_AFTER_CUTOFF")


def test_jurisdiction_that_says_its_day_rule_is_not_moved_by_the_setting() -> None:
    cutoffs = (
        *Parameters().cutoffs,
        CutoffRule(
            jurisdiction="350000",
            category=Category.VIOLATING,
            cutoff_date=Parameters().cutoffs[0].cutoff_date,
            basis_doc="x",
        ),
    )
    said = tuple(replace(one, day_rule="INCLUSIVE") for one in cutoffs)
    world = with_parameters(day_rule="EXCLUSIVE", cutoffs=said).publish("03-20", row())
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")


def test_both_clearances_where_both_are_required() -> None:
    world = with_parameters(requires_both_clearances=True).publish("03-20", row()).publish("06-20", clear("06-20"))
    assert says(world.ask("06-29")) == ("REVIEW", "GRACE_PERIOD")
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")
    world.publish("06-25", row(action="ACCEPT", jmc_date="06-25", **ACCEPTANCE))
    assert (says(world.ask("07-01")), world.ask("07-01").flags) == (("PASS", "CLEARED_IN_TIME"), ())
    assert world.ask("06-24").outcome == "REVIEW"
    late = with_parameters(requires_both_clearances=True).publish("03-20", row()).publish("06-20", clear("06-20"))
    late.publish("07-25", row(action="ACCEPT", jmc_date="07-25", **ACCEPTANCE))
    assert says(late.ask("07-24")) == ("BLOCK", "CUTOFF")
    assert says(late.ask("07-25")) == ("REVIEW", "CLEARED_AFTER_CUTOFF")


def test_either_clearance_in_time_is_enough_though_the_other_is_late() -> None:
    world = listed().publish("06-20", clear("06-20"))
    world.publish("07-25", row(action="ACCEPT", jmc_date="07-25", **ACCEPTANCE))
    assert says(world.ask("08-01")) == ("PASS", "CLEARED_IN_TIME")


# The two clocks.


def test_in_flight_payment_is_sent_back() -> None:
    decision = listed().ask("06-30", initiated_on="06-29")
    assert (decision.outcome, decision.next_action_zh) == ("BLOCK", "退回")
    assert "IN_FLIGHT" in decision.flags
    assert "IN_FLIGHT" not in listed().ask("06-30", initiated_on="06-30").flags
    assert "IN_FLIGHT" not in listed().ask("06-29", initiated_on="06-28").flags
    assert "IN_FLIGHT" not in listed().ask("06-30", initiated_on="06-29", strength="STRONG").flags


def test_opinion_received_late_unblocks_from_receipt_as_known() -> None:
    world = listed().publish("07-05", clear("06-30"))
    assert world.ask("07-04", known_on="07-04").outcome == "BLOCK"
    assert world.ask("07-05", known_on="07-05").outcome == "PASS"
    assert world.ask("07-04").outcome == "PASS"


def test_withdrawal_later_than_the_origin_is_void_from_its_date() -> None:
    world = listed().publish("09-01", row(action="WITHDRAW_ERROR", void_from="08-01"))
    assert says(world.ask("07-31")) == ("BLOCK", "CUTOFF")
    assert says(world.ask("08-01")) == ("PASS", "ERR_WITHDRAWN")


def test_listing_again_after_a_withdrawal_counts() -> None:
    world = listed().publish("04-01", row(action="WITHDRAW_ERROR"))
    world.publish("05-01", row(effective_from="05-01"))
    assert says(world.ask("07-01")) == ("BLOCK", "CUTOFF")
    assert says(world.ask("07-01", known_on="04-02"))[0] == "PASS"


def test_withdrawal_voids_a_clearance_too() -> None:
    world = listed().publish("06-20", clear("06-20")).publish("09-01", row(action="WITHDRAW_ERROR"))
    assert says(world.ask("08-01")) == ("PASS", "ERR_WITHDRAWN")


# Lists and entities.


def test_row_missing_from_a_full_file_is_no_delisting() -> None:
    world = listed().publish("05-01", row("OTHER"), file_kind="FULL")
    assert says(world.ask("07-01", "V")) == ("BLOCK", "CUTOFF")


def test_full_file_that_repeats_an_entity_is_no_event() -> None:
    world = listed().publish("05-01", row(), file_kind="FULL")
    assert len(world.dossier("V").listings[0].events) == 1


def test_full_file_that_repeats_a_cleared_entity_does_not_relist_it() -> None:
    world = listed().publish("06-20", clear("06-20")).publish("07-05", row(), file_kind="FULL")
    assert says(world.ask("07-10")) == ("PASS", "CLEARED_IN_TIME")


def test_add_with_a_later_date_after_an_end_is_a_relisting() -> None:
    world = listed().publish("06-20", clear("06-20")).publish("09-01", row(effective_from="09-01"))
    assert says(world.ask("09-01")) == ("BLOCK", "RELISTED")


def test_same_venue_on_two_lists_takes_the_worse_and_shows_both() -> None:
    world = listed().publish("04-01", row(category="NOTIFIED", effective_from="04-01"), code="cb")
    decision = world.ask("05-01")
    assert [(one.matched.dossier.list_code, one.outcome.value) for one in decision.matches] == [
        ("cb", "BLOCK"),
        ("fj", "REVIEW"),
    ]
    assert codes(decision) == ["NOTIFIED", "GRACE_PERIOD"]


def test_approval_at_home_does_not_lift_a_listing_here() -> None:
    world = listed(legal_name="示例省外交易中心")
    cells = {**APPROVAL, "approving_region_code": "410000", "legal_name": "示例省外交易中心"}
    world.publish("03-01", row("H", category="APPROVED", **cells), code="henan", jurisdiction="410000")
    decision = world.ask("07-01")
    assert says(decision) == ("BLOCK", "CUTOFF")
    assert [one.is_listed for one in decision.matches] == [True, False]


def test_two_categories_are_two_lines_of_time() -> None:
    world = listed().publish("04-01", row(category="WEIPAN", effective_from="04-01"))
    world.publish("05-01", row(action="CLOSE", category="WEIPAN", closed_on="05-01"))
    assert [(one.category, one.status) for one in world.ask("04-10").matches] == [
        ("WEIPAN", "LISTED"),
        ("VIOLATING", "LISTED"),
    ]
    assert codes(world.ask("05-02")) == ["CLOSED", "GRACE_PERIOD"]


def test_weipan_and_illegal_platforms_end_only_by_closing_or_withdrawal() -> None:
    for category in ("WEIPAN", "ILLEGAL_EPLATFORM"):
        world = listed(category=category)
        for action in ("CLEAR", "ACCEPT", "LIFT", "APPROVE", "RECTIFY", "CONFIRM_LATE"):
            cells = {"opinion_date": "05-01", "jmc_date": "05-01", **OPINION, **APPROVAL}
            world.publish("05-01", row(action=action, category=category, **cells))
        assert world.ask("05-02").outcome == "BLOCK"


def test_renaming_after_listing_is_flagged_and_changes_no_status() -> None:
    world = listed().publish("05-01", row(action="UPDATE", legal_name="福建示例新商贸有限公司", effective_from="05-01"))
    assert "RENAMED_AFTER_LISTING" in world.ask("05-01").flags
    assert "RENAMED_AFTER_LISTING" not in world.ask("04-30").flags
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")


def test_first_row_that_is_no_add_takes_the_listing_for_granted() -> None:
    world = World().publish("04-15", row(action="RECTIFY", effective_from="04-01"))
    assert says(world.ask("06-30")) == ("BLOCK", "CUTOFF")


def test_every_day_of_the_cutoff_is_flagged_whatever_the_answer() -> None:
    coverage = replace(EVERYTHING, jurisdictions=frozenset({"350000"}))
    assert "CUTOFF_DAY" in World().ask("06-30", coverage=coverage).flags
    assert "CUTOFF_DAY" not in World().ask("06-29", coverage=coverage).flags


def test_categories_that_no_list_covers_are_named() -> None:
    coverage = replace(EVERYTHING, categories=frozenset({"VIOLATING", "APPROVED"}))
    assert listed().ask("07-01", coverage=coverage).flags == (
        "NO_LIST:ILLEGAL_EPLATFORM",
        "NO_LIST:NOTIFIED",
        "NO_LIST:UNAPPROVED_VENUE",
        "NO_LIST:WEIPAN",
    )


def test_what_was_looked_at_is_flagged() -> None:
    coverage = replace(EVERYTHING, narrowed=True, before_first_version=True, backfilled=True)
    assert World().ask("07-01", coverage=coverage).flags == ("BACKFILLED", "BEFORE_FIRST_VERSION", "LISTS_NARROWED")


def test_answer_that_rests_on_a_backfilled_version_says_so_under_later_ones_too() -> None:
    world = World().publish("03-20", row(), backfilled=True).publish("05-01", row("OTHER"))
    assert "BACKFILLED" in world.ask("07-01", "V").flags
    assert "BACKFILLED" not in world.ask("07-01", "OTHER").flags


# Relations.


def test_inheritance_goes_two_steps_and_no_further() -> None:
    world = listed().publish("03-21", member("M1"), member("M2", parent="M1"), member("M3", parent="M2"))
    assert says(world.ask("07-01", "M1")) == ("BLOCK", "INHERITED")
    assert says(world.ask("07-01", "M2")) == ("BLOCK", "INHERITED")
    assert world.ask("07-01", "M3").outcome == "REVIEW"


def test_one_unconfirmed_step_caps_the_whole_way() -> None:
    world = listed().publish("03-21", member("M1", status="CLAIMED"), member("M2", parent="M1"))
    assert says(world.ask("07-01", "M2")) == ("REVIEW", "INHERITED")


def test_circle_of_relations_ends() -> None:
    world = World().publish("03-21", member("M1", parent="M2"), member("M2", parent="M1"))
    assert world.ask("07-01", "M1").outcome == "REVIEW"


def test_listing_of_its_own_decides_before_the_parent() -> None:
    world = listed().publish(
        "03-21", row("M", entity_kind="MEMBER", parent_external_id="V", relation_status="CONFIRMED")
    )
    world.publish("06-20", row("M", "CLEAR", entity_kind="MEMBER", opinion_date="06-20", **OPINION))
    assert says(world.ask("07-10", "M")) == ("PASS", "CLEARED_IN_TIME")


def test_own_listing_that_was_withdrawn_leaves_the_relation() -> None:
    own = {"entity_kind": "MEMBER", "parent_external_id": "V", "relation_status": "CONFIRMED"}
    world = listed().publish("03-21", row("M", **own)).publish("04-01", row("M", "WITHDRAW_ERROR", **own))
    assert says(world.ask("07-10", "M")) == ("BLOCK", "INHERITED")


def test_relation_that_ended_or_was_withdrawn_binds_no_more() -> None:
    ended = listed().publish("03-21", member())
    ended.publish("05-01", member(action="UPDATE", status="ENDED", effective_from="05-01"))
    assert ended.ask("04-30", "M", service="CREDIT").outcome == "REVIEW"
    assert ended.ask("07-01", "M").outcome == "PASS"
    void = listed().publish("03-21", member()).publish("05-01", {**member(), "action": "WITHDRAW_ERROR"})
    assert says(void.ask("07-01", "M")) == ("PASS", "ERR_WITHDRAWN")
    assert says(void.ask("07-01", "M", known_on="04-01")) == ("BLOCK", "INHERITED")


def test_claimed_member_that_is_confirmed_later_blocks_from_then() -> None:
    world = listed().publish("03-21", member(status="CLAIMED"))
    world.publish("07-10", member(action="UPDATE", effective_from="07-10"))
    assert says(world.ask("07-09", "M")) == ("REVIEW", "INHERITED_UNCONFIRMED")
    assert says(world.ask("07-10", "M")) == ("BLOCK", "INHERITED")


def test_relation_without_a_status_is_read_as_confirmed() -> None:
    assert says(listed().publish("03-21", member(status=None)).ask("07-01", "M")) == ("BLOCK", "INHERITED")


def test_relation_not_yet_in_force_is_as_a_future_listing() -> None:
    world = listed().publish("03-21", member(effective_from="07-15"))
    assert (says(world.ask("07-10", "M")), world.ask("07-10", "M").flags) == (
        ("PASS", "FUTURE_LISTED"),
        ("FUTURE_LISTED",),
    )
    assert says(world.ask("07-15", "M")) == ("BLOCK", "INHERITED")


def test_parent_is_found_on_other_lists_by_code_and_by_name() -> None:
    uscc = "Y1350100DEM000014U"
    for cells in (
        {"parent_uscc": uscc},
        {"parent_name": "福建示例V商品交易中心有限责任公司"},
        {"parent_name": "泉州样本另一商品交易中心有限公司；福建示例V商品交易中心有限公司"},
        {"parent_external_id": "V"},
    ):
        world = World().publish("03-20", row(uscc=uscc), code="other", jurisdiction="410000")
        child = {**member(**cells)}
        if "parent_external_id" not in cells:
            child.pop("parent_external_id")
        world.publish("03-21", child)
        assert says(world.ask("07-01", "M")) == ("BLOCK", "INHERITED"), cells


def test_id_in_its_own_list_comes_before_the_same_id_elsewhere() -> None:
    world = World().publish("03-20", row("P", category="WEIPAN"), code="other")
    world.publish("03-21", row("P", category="APPROVED", **APPROVAL), member(parent="P"))
    assert says(world.ask("07-01", "fj:M")) == ("REVIEW", "MEMBER_MODEL")


def test_name_alone_does_not_join_a_venue_whose_code_contradicts() -> None:
    world = World().publish("03-20", row(uscc="Y1350100DEM000014U"), code="other")
    child = member(parent_uscc="Y1350200DEM000022U", parent_name="福建示例V商品交易中心有限公司")
    child.pop("parent_external_id")
    world.publish("03-21", child)
    assert says(world.ask("07-01", "M")) == ("REVIEW", "UNDECIDED")


def test_parent_on_two_lists_gives_the_worse() -> None:
    uscc = "Y1350100DEM000014U"
    world = listed(uscc=uscc).publish("03-20", row("W", category="WEIPAN", uscc=uscc), code="other")
    world.publish("03-21", member())
    assert codes(world.ask("04-01", "M")) == ["INHERITED", "WEIPAN"]


def test_introducer_of_a_cleared_venue_passes() -> None:
    world = listed().publish("06-20", clear("06-20")).publish("06-21", member(entity_kind="INTRODUCER"))
    assert world.ask("07-10", "M").outcome == "PASS"


def test_member_of_a_venue_withdrawn_for_error_is_free() -> None:
    world = listed().publish("03-21", member()).publish("05-01", row(action="WITHDRAW_ERROR"))
    assert says(world.ask("07-01", "M")) == ("PASS", "NO_ENTRY")


def test_both_provinces_are_the_venues_and_the_members() -> None:
    home = {**APPROVAL, "approving_region_code": "410000", "reg_region_code": "410100"}
    world = World().publish("03-01", row("A", category="APPROVED", **home), code="henan", jurisdiction="410000")
    approvals = {
        "approval_doc_no": "示例函〔2015〕2号",
        "approval_date": "2015-02-01",
        "member_approval_doc_no": "示例函〔2015〕3号",
        "member_approval_date": "2015-03-01",
    }
    world.publish("03-02", member("OK", parent="A", approving_region_code="410000", **approvals))
    world.publish("03-03", member("NOT", parent="A", approving_region_code="330000", **approvals))
    assert says(world.ask("07-01", "OK")) == ("PASS", "MEMBER_MODEL")
    assert says(world.ask("07-01", "NOT")) == ("REVIEW", "MEMBER_MODEL")


def test_related_entity_without_a_parent_is_reviewed_unless_an_approved_venue() -> None:
    operator = row("O", category="RELATED", entity_kind="OPERATOR")
    venue = row("A", category="RELATED", authorisation="OTHER_PROVINCE_APPROVED")
    world = World().publish("03-20", operator, venue)
    assert says(world.ask("07-01", "O")) == ("REVIEW", "UNDECIDED")
    assert says(world.ask("07-01", "A")) == ("PASS", "NO_ENTRY")


def test_matches_come_by_outcome_strength_score_and_id_with_approved_last() -> None:
    world = listed().publish("03-21", row("A", category="APPROVED", **APPROVAL), row("W", category="WEIPAN"), member())
    decision = world.ask("05-01")
    assert [one.matched.dossier.external_id for one in decision.matches] == ["W", "M", "V", "A"]
    assert decision.reasons[0].code == "WEIPAN"


@pytest.mark.parametrize("jurisdiction", ["610100", "440100", "000000"])
@pytest.mark.parametrize("category", ["VIOLATING", "WEIPAN", "UNAPPROVED_VENUE", "ILLEGAL_EPLATFORM", "NOTIFIED"])
@pytest.mark.parametrize("strength", ["CONFIRMED", "STRONG"])
def test_a_reason_cites_the_document_of_the_jurisdiction_whose_list_it_is(
    jurisdiction: str, category: str, strength: str
) -> None:
    world = World().publish("03-20", row(category=category), code="other", jurisdiction=jurisdiction)
    for on in ("02-01", "03-10", "05-01", "06-30", "08-01"):
        reasons = [one for one in world.ask(on, strength=strength).reasons if one.entity_id is not None]
        is_fujian = jurisdiction == "000000"
        assert all(one.basis_code.startswith("FJ") == is_fujian or one.basis_code.startswith("G") for one in reasons)
        if not is_fujian:
            assert not any("四（" in one.text_zh or "五（" in one.text_zh or "Clause" in one.text_en for one in reasons)


def test_a_listings_own_deadline_is_named_with_its_document() -> None:
    world = listed(rectify_deadline="05-15", determination_doc_no="示例金办〔2017〕9号")
    grace, blocked = world.ask("05-15"), world.ask("05-16")
    assert (says(grace), says(blocked)) == (("REVIEW", "GRACE_PERIOD"), ("BLOCK", "CUTOFF"))
    for decision in (grace, blocked):
        assert "2017年5月15日" in decision.reasons[0].text_zh
        assert "示例金办〔2017〕9号" in decision.reasons[0].text_zh
        assert "2017年6月30日" not in decision.reasons[0].text_zh


@pytest.mark.parametrize(
    ("region", "clauses"), [("350100", {"FJ17-4.4.2-a"}), ("310000", {"FJ17-4.4.2-a", "FJ17-4.4.2-c"})]
)
def test_r14_is_cited_only_for_units_of_venues_of_other_provinces(region: str, clauses: set[str]) -> None:
    world = World().publish("03-20", row("V", reg_region_code=region), member("M", parent_external_id="V"))
    decision = world.ask("07-01", "M")
    assert says(decision) == ("BLOCK", "INHERITED")
    assert {one.basis_code for one in decision.reasons if one.code == "INHERITED"} == clauses
