"""Each requirement of docs/law.md 2 and 3 on both sides: a row that meets it, and one that does not."""

from datetime import UTC, datetime
from typing import Any

import pytest
from file_headers import header_of
from list_files import csv_of, row

from app.policy.parameters import Parameters
from app.policy.transitions import ACTIVE, TRANSITIONS, is_possible, status_after
from app.policy.vocabulary import Action, Category, Status
from app.tabular.limits import FileLimits
from app.watchlists.checks.validate import CheckContext, examine
from app.watchlists.files.open_list import read_file
from app.watchlists.findings.validation_report import ValidationReport
from app.watchlists.history.list_state import state_of
from app.watchlists.history.version import VersionRows
from app.watchlists.layout.file_header import FileHeader
from app.watchlists.layout.header import EntryTable, table_of

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
OPINION = {
    "opinion_doc_no": "示例〔2017〕1号",
    "opinion_issuer": "福建省清理整顿各类交易场所工作领导小组",
    "opinion_date": "2017-06-20",
    "opinion_filed_on": "2017-06-25",
}
ACCEPTANCE = {"jmc_doc_no": "示例联〔2017〕1号", "jmc_date": "2017-06-25"}
LETTER = {
    "determining_body": "示例监管局",
    "determination_doc_no": "示例〔2017〕3号",
    "determined_on": "2017-05-01",
    "effective_from": "2017-05-01",
}
APPROVAL = {"approving_body": "示例省人民政府", "approval_doc_no": "示例〔2016〕1号", "approval_date": "2016-05-01"}
APPROVED = {**APPROVAL, "approving_region_code": "350000"}


def table(*rows: dict[str, str]) -> EntryTable:
    (sheet,), _ = read_file(csv_of(*rows), "a.csv", FileLimits())
    found, findings = table_of(sheet)
    assert not findings
    return found


def listed(*rows: dict[str, str]) -> dict[str, Any]:
    """Return the state of a list after these rows, each of a version of its own."""
    empty = CheckContext(batch("DELTA"), None, Parameters(), FileLimits())
    versions = []
    for number, one in enumerate(rows, start=1):
        canonical = examine([table(one)], empty, ValidationReport(), lambda *_: None)
        versions.append(VersionRows(number, NOW, False, "DELTA", canonical))
    return state_of(versions)


def batch(kind: str = "DELTA", jurisdiction: str = "350000") -> FileHeader:
    return header_of(NOW, kind, jurisdiction)


def codes(
    rows: list[dict[str, str]], state: dict[str, Any] | None, kind: str = "DELTA", place: str = "350000"
) -> set[str]:
    report = ValidationReport()
    examine(
        [table(*rows)], CheckContext(batch(kind, place), state, Parameters(), FileLimits()), report, lambda *_: None
    )
    return {f"{one.severity}:{one.code}:{one.column or ''}" for one in report.findings}


LISTED = row()
NOTIFIED = row(category="NOTIFIED", determining_body="示例监管局")
UNAPPROVED = row(category="UNAPPROVED_VENUE")
WEIPAN = row(category="WEIPAN", entity_kind="WEIPAN_PLATFORM")
CLEARED = row(action="CLEAR", **OPINION)


@pytest.mark.parametrize("missing", OPINION)
def test_clear_needs_all_of_its_opinion(missing: str) -> None:
    opinion = {key: cell for key, cell in OPINION.items() if key != missing}
    assert codes([row(action="CLEAR", **opinion)], listed(LISTED)) == {f"ERROR:REQUIRED_FOR_ACTION:{_header(missing)}"}
    assert codes([CLEARED], listed(LISTED)) == set()


def _header(alias: str) -> str:
    """Return how a finding names a column that the file does not have."""
    from app.watchlists.layout.columns import BY_ALIAS

    return BY_ALIAS[alias].zh


@pytest.mark.parametrize(
    "issuer",
    [
        "福建省清理整顿各类交易场所工作领导小组",
        "福建省清理整顿各类交易场所工作领导小组办公室",
        "省领导小组",
        "省领导小组办公室",
        "省领导小组（办公室）",
    ],
)
def test_an_opinion_of_the_leading_group_clears(issuer: str) -> None:
    assert codes([row(action="CLEAR", **{**OPINION, "opinion_issuer": issuer})], listed(LISTED)) == set()


@pytest.mark.parametrize(
    "issuer", ["福州市人民政府", "福州市清理整顿各类交易场所工作领导小组", "陕西省清理整顿各类交易场所工作领导小组"]
)
def test_an_opinion_of_another_office_is_an_error(issuer: str) -> None:
    found = codes([row(action="CLEAR", **{**OPINION, "opinion_issuer": issuer})], listed(LISTED))
    assert found == {"ERROR:OPINION_ISSUER:opinion_issuer"}


def test_the_jurisdiction_of_the_list_chooses_the_issuers() -> None:
    clear = row(action="CLEAR", **{**OPINION, "opinion_issuer": "陕西省清理整顿各类交易场所工作领导小组"})
    assert codes([clear], listed(LISTED), place="610100") == set()


@pytest.mark.parametrize("missing", ACCEPTANCE)
def test_accept_needs_its_document(missing: str) -> None:
    acceptance = {key: cell for key, cell in ACCEPTANCE.items() if key != missing}
    assert codes([row(action="ACCEPT", **acceptance)], listed(LISTED)) == {
        f"ERROR:REQUIRED_FOR_ACTION:{_header(missing)}"
    }
    assert codes([row(action="ACCEPT", **ACCEPTANCE)], listed(LISTED)) == set()


def test_close_and_merge_need_their_date() -> None:
    assert codes([row(action="CLOSE")], listed(LISTED)) == {"ERROR:REQUIRED_FOR_ACTION:关闭日期"}
    assert codes([row(action="CLOSE", closed_on="2017-04-10")], listed(LISTED)) == set()
    assert codes([row(action="MERGE", closed_on="2017-04-10")], listed(LISTED)) == {"WARN:WISHED:撤并去向"}


def test_lift_needs_the_letter_of_the_same_body() -> None:
    lift = row(**{**NOTIFIED, **LETTER, "action": "LIFT"})
    assert codes([lift], listed(NOTIFIED)) == set()
    assert codes([{**lift, "determining_body": "另一机关"}], listed(NOTIFIED)) == {"ERROR:LIFT_BODY:determining_body"}
    assert codes([{**lift, "determination_doc_no": ""}], listed(NOTIFIED)) == {
        "ERROR:REQUIRED_FOR_ACTION:determination_doc_no"
    }
    assert codes([lift], listed(row(category="NOTIFIED"))) == {"WARN:LIFT_BODY_UNKNOWN:determining_body"}


def test_confirm_late_needs_a_letter_and_a_late_clearance() -> None:
    late = row(action="CLEAR", **{**OPINION, "opinion_date": "2017-07-15", "opinion_filed_on": "2017-07-16"})
    confirm = row(action="CONFIRM_LATE", **{**LETTER, "determined_on": "2017-08-01", "effective_from": "2017-08-01"})
    assert codes([confirm], listed(LISTED, late)) == set()
    assert codes([confirm], listed(LISTED, CLEARED)) == {"WARN:CONFIRM_NOT_LATE:action"}
    assert codes([confirm], listed(LISTED)) == {"ERROR:IMPOSSIBLE_NOW:action"}
    bare = {key: cell for key, cell in confirm.items() if key != "determining_body"}
    assert codes([bare], listed(LISTED, late)) == {"ERROR:REQUIRED_FOR_ACTION:认定机关"}


def test_approve_needs_its_document() -> None:
    approve = {**UNAPPROVED, "action": "APPROVE", **APPROVAL, "approval_date": "2018-05-01"}
    assert codes([approve], listed(UNAPPROVED)) == set()
    assert codes([{**approve, "approval_doc_no": ""}], listed(UNAPPROVED)) == {
        "ERROR:REQUIRED_FOR_ACTION:approval_doc_no"
    }


@pytest.mark.parametrize("missing", APPROVED)
def test_an_approved_venue_needs_four_cells(missing: str) -> None:
    whole = row(category="APPROVED", **APPROVED)
    assert codes([whole], {}) == set()
    assert codes([{**whole, missing: ""}], {}) == {f"ERROR:REQUIRED_FOR_CATEGORY:{missing}"}


def test_an_update_of_an_approved_venue_keeps_its_approval() -> None:
    whole = row(category="APPROVED", **APPROVED)
    assert codes([row(category="APPROVED", action="UPDATE", remark="更新")], listed(whole)) == set()


@pytest.mark.parametrize("when", ["2017-02-27", "2017-09-10"])
def test_an_approval_in_the_moratorium_is_doubtful(when: str) -> None:
    assert codes([row(category="APPROVED", **{**APPROVED, "approval_date": when})], {}) == {
        "WARN:APPROVAL_IN_MORATORIUM:approval_date"
    }


@pytest.mark.parametrize("when", ["2017-02-26", "2017-09-11"])
def test_an_approval_outside_the_moratorium_is_not(when: str) -> None:
    assert codes([row(category="APPROVED", **{**APPROVED, "approval_date": when})], {}) == set()


@pytest.mark.parametrize("kind", ["BRANCH", "MEMBER", "AGENT", "AUTH_SERVICE", "INTRODUCER"])
def test_a_dependent_unit_names_its_venue(kind: str) -> None:
    member = row(external_id="M-1", entity_kind=kind, legal_name="福建样本经营有限公司", relation_status="CONFIRMED")
    assert codes([member], {}) == {"ERROR:PARENT_REQUIRED:所属交易场所名称"}
    for parent in ({"parent_name": "福建示例"}, {"parent_uscc": "Y1350100DEM000014U"}):
        assert codes([{**member, **parent}], {}) == set()
    assert codes([{**member, "parent_external_id": "FJ-0001"}], listed(LISTED)) == set()
    assert codes([{**member, "parent_external_id": "X"}], listed(LISTED)) == {"WARN:PARENT_UNKNOWN:parent_external_id"}
    unsure = {**member, "parent_name": "福建示例", "relation_status": ""}
    assert codes([unsure], {}) == {"WARN:RELATION_STATUS_MISSING:relation_status"}


def test_parents_form_no_cycle() -> None:
    one = row(
        external_id="A",
        legal_name="福建样本甲",
        entity_kind="BRANCH",
        parent_external_id="B",
        relation_status="CONFIRMED",
    )
    other = row(
        external_id="B",
        legal_name="福建样本乙",
        entity_kind="BRANCH",
        parent_external_id="A",
        relation_status="CONFIRMED",
    )
    assert codes([one, other], {}) == {"ERROR:PARENT_CYCLE:parent_external_id"}
    own = {**one, "parent_external_id": "A"}
    assert codes([own], {}) == {"ERROR:PARENT_IS_SELF:parent_external_id"}


def test_maker_and_checker_of_a_row_are_two() -> None:
    assert codes([row(经办人="张三", 复核人="张 三")], {}) == {"ERROR:MAKER_IS_CHECKER:复核人"}
    assert codes([row(经办人="张三", 复核人="李四")], {}) == set()


def test_codes_that_contradict_are_doubtful() -> None:
    assert codes([row(uscc="Y1350100DEM000014U", org_code="DEM00001-4")], {}) == set()
    assert codes([row(uscc="Y1350100DEM000014U", org_code="DEM000022")], {}) == {"WARN:ID_CONFLICT:org_code"}


def test_dates_of_documents_do_not_lie_in_the_future() -> None:
    assert codes([row(determined_on="2026-12-01", effective_from="2026-12-01")], {}) == {
        "WARN:DATE_IN_FUTURE:determined_on"
    }
    assert codes([row(effective_from="2026-12-01")], {}) == set()


def test_a_relisting_follows_the_end() -> None:
    again = row(action="RELIST", determined_on="2018-01-04", effective_from="2018-01-05")
    assert codes([again], listed(LISTED, CLEARED)) == set()
    early = row(action="RELIST", determined_on="2017-06-01", effective_from="2017-06-20")
    assert codes([early], listed(LISTED, CLEARED)) == {"ERROR:RELIST_BEFORE_END:effective_from"}


def test_actions_that_the_category_does_not_have() -> None:
    clear_weipan = row(**{**WEIPAN, "action": "CLEAR", **OPINION})
    assert codes([clear_weipan], listed(WEIPAN)) == {"ERROR:ACTION_NOT_IN_CATEGORY:action"}
    assert codes([clear_weipan], None) == {"ERROR:ACTION_NOT_IN_CATEGORY:action"}
    assert codes([row(action="LIFT", **LETTER)], listed(LISTED)) == {"ERROR:ACTION_NOT_IN_CATEGORY:action"}
    assert codes([row(action="APPROVE", **APPROVAL)], listed(LISTED)) == {"ERROR:ACTION_NOT_IN_CATEGORY:action"}


def test_actions_on_what_the_list_does_not_have() -> None:
    assert codes([row(action="UPDATE")], {}) == {"ERROR:UNKNOWN_ID:action"}
    assert codes([row(action="UPDATE")], None) == set()
    other = row(action="UPDATE", category="NOTIFIED")
    assert codes([other], listed(LISTED)) == {"ERROR:UNKNOWN_LISTING:action"}


def test_an_add_of_what_is_listed() -> None:
    assert codes([LISTED], listed(LISTED), "FULL") == set()
    assert codes([LISTED], listed(LISTED)) == {"WARN:EVENT_REPEATED:action"}
    later = row(effective_from="2017-04-01")
    assert codes([later], listed(LISTED)) == {"ERROR:IMPOSSIBLE_NOW:action"}
    assert codes([LISTED], listed(LISTED, CLEARED), "FULL") == {"ERROR:IMPOSSIBLE_NOW:action"}


def test_an_event_that_is_on_record_is_only_doubtful() -> None:
    assert codes([CLEARED], listed(LISTED, CLEARED)) == {"WARN:EVENT_REPEATED:action"}


def test_nothing_follows_a_withdrawal() -> None:
    withdrawn = row(action="WITHDRAW_ERROR", withdraw_reason="误列")
    assert codes([withdrawn], listed(LISTED)) == set()
    for action in ("ADD", "UPDATE", "RELIST"):
        assert codes([row(action=action)], listed(LISTED, withdrawn)) == {"ERROR:IMPOSSIBLE_NOW:action"}


def test_rows_missing_from_a_full_file_are_tasks() -> None:
    state = listed(LISTED, row(external_id="FJ-0002", legal_name="厦门样本交易所"))
    assert codes([LISTED], state, "FULL") == {"WARN:MISSING_FROM_FULL:"}
    assert codes([row(action="UPDATE")], state) == set()


def test_an_ended_listing_may_be_missing_from_a_full_file() -> None:
    closed = row(external_id="FJ-0002", legal_name="厦门样本交易所", action="CLOSE", closed_on="2017-04-10")
    state = listed(LISTED, row(external_id="FJ-0002", legal_name="厦门样本交易所"), closed)
    assert codes([LISTED], state, "FULL") == set()


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("status", [None, *Status])
def test_every_action_is_possible_or_not_and_leads_somewhere(category: Category, status: Status | None) -> None:
    for action in Action:
        possible = is_possible(action, category, status, is_full=False)
        if status is None:
            assert possible == (action is Action.ADD)
        if status is Status.WITHDRAWN_ERROR:
            assert not possible
        if possible:
            assert status_after(action, status) in Status
        if category in {Category.WEIPAN, Category.ILLEGAL_EPLATFORM} and possible and status in ACTIVE:
            assert status_after(action, status) in ACTIVE | {Status.CLOSED, Status.WITHDRAWN_ERROR}


def test_every_action_but_add_has_its_step() -> None:
    assert set(TRANSITIONS) == set(Action) - {Action.ADD}
