"""What the versions of a list make of an entity: names, identifiers, relations and events, each with its clocks."""

from datetime import date

import pytest
from lawbook import OPINION, World, listed, member, row

from app.identifiers import Scheme
from app.matching.model.types import NameType
from app.policy.vocabulary import Action, Category, RelationStatus, RelationType
from app.watchlists.history.projection import entry_of

USCC = "Y1350100DEM000014U"
OTHER_USCC = "Y1350200DEM000022U"


def test_ids_are_the_same_in_every_process() -> None:
    dossier = listed().dossier("V")
    assert dossier.entity_id == listed().dossier("V").entity_id
    assert dossier.entity_id != World().publish("03-20", row(), code="other").dossier("V", "other").entity_id


def test_empty_columns_keep_their_last_value() -> None:
    world = listed(uscc=USCC, aliases=["示例"], legal_rep="陈示例")
    world.publish("05-01", row(action="UPDATE", biz_address="示例路1号", effective_from="05-01"))
    dossier = world.dossier("V")
    assert dossier.row["uscc"] == USCC
    assert (dossier.row["legal_rep"], dossier.row["biz_address"]) == ("陈示例", "示例路1号")
    assert [name.text for name in dossier.names if name.type == "ALIAS"] == ["示例"]


def test_every_kind_of_name_reaches_the_matcher() -> None:
    world = listed(
        aliases=["示例简称"],
        name_en="Sample Exchange",
        wechat_name=["示例公众号"],
        app_name=["示例APP"],
        payee_names=["示例商贸有限公司"],
        former_names=[{"name": "示例前身有限公司", "from": "2014-01-01", "to": "2015-12-31"}],
    )
    names = {(name.text, name.type) for name in entry_of(world.dossier("V")).names}
    assert names == {
        ("福建示例V商品交易中心有限公司", NameType.LEGAL),
        ("示例简称", NameType.ALIAS),
        ("Sample Exchange", NameType.EN),
        ("示例公众号", NameType.WECHAT),
        ("示例APP", NameType.APP),
        ("示例商贸有限公司", NameType.ACCOUNT_TITLE),
        ("示例前身有限公司", NameType.FORMER),
    }
    former = next(name for name in world.dossier("V").names if name.type == "FORMER")
    assert (former.valid_from, former.valid_to) == (date(2014, 1, 1), date(2015, 12, 31))


def test_every_kind_of_identifier_reaches_the_matcher() -> None:
    world = listed(
        uscc=USCC,
        org_code="DEM000014",
        reg_no_15="110108000000016",
        lei="5493001KJTIIGC8Y1R12",
        domains=["sample.example"],
        icp_no=["闽ICP备99990001号-1"],
        wechat_gh_id=["gh_0123456789ab"],
        app_package=["com.example.sample"],
        app_store_id=["1234567890"],
        phones=["059187654321"],
        payee_accounts=["6222000011112222"],
        merchant_id=["123456789012345"],
    )
    schemes = {identifier.scheme for identifier in entry_of(world.dossier("V")).identifiers}
    assert schemes == set(Scheme) - {Scheme.TERMINAL}


def test_identifier_of_a_wrong_format_is_kept_and_not_matched() -> None:
    dossier = listed(uscc="不详", unmatched=["uscc"]).dossier("V")
    assert [one.value for one in dossier.identifiers] == ["不详"]
    assert entry_of(dossier).identifiers == ()


def test_renaming_keeps_the_old_name_as_former_with_its_last_day() -> None:
    world = listed().publish("05-02", row(action="UPDATE", legal_name="福建示例新商贸有限公司", effective_from="05-02"))
    dossier = world.dossier("V")
    assert dossier.legal_name == "福建示例新商贸有限公司"
    assert [(name.type, name.valid_from, name.valid_to, name.list_version) for name in dossier.names] == [
        ("FORMER", None, date(2017, 5, 1), 1),
        ("LEGAL", date(2017, 5, 2), None, 2),
    ]
    assert {name.type for name in entry_of(dossier).names} == {NameType.LEGAL, NameType.FORMER}


def test_going_back_to_an_old_name_is_a_third_name() -> None:
    world = listed(legal_name="甲示例").publish(
        "05-02", row(action="UPDATE", legal_name="乙示例", effective_from="05-02")
    )
    world.publish("06-02", row(action="UPDATE", legal_name="甲示例", effective_from="06-02"))
    assert [(name.text, name.type) for name in world.dossier("V").names] == [
        ("甲示例", "FORMER"),
        ("乙示例", "FORMER"),
        ("甲示例", "LEGAL"),
    ]


def test_app_that_changed_its_name_is_still_found_by_the_old() -> None:
    world = listed(app_name=["旧示例"]).publish(
        "05-02", row(action="UPDATE", app_name=["新示例"], effective_from="05-02")
    )
    apps = {name.text for name in entry_of(world.dossier("V")).names if name.type is NameType.APP}
    assert apps == {"旧示例", "新示例"}


def test_corrected_code_matches_no_more_and_a_moved_domain_does() -> None:
    world = listed(uscc=USCC, domains=["old.example"])
    world.publish("05-02", row(action="UPDATE", uscc=OTHER_USCC, domains=["new.example"], effective_from="05-02"))
    dossier = world.dossier("V")
    values = {identifier.value for identifier in entry_of(dossier).identifiers}
    assert values == {OTHER_USCC, "old.example", "new.example"}
    assert [(one.value, one.valid_to) for one in dossier.identifiers if one.valid_to] == [
        (USCC, date(2017, 5, 1)),
        ("old.example", date(2017, 5, 1)),
    ]


@pytest.mark.parametrize(
    ("action", "cells", "effective"),
    [
        ("ADD", {"effective_from": "04-01"}, "04-01"),
        ("RELIST", {"effective_from": "04-01"}, "04-01"),
        ("UPDATE", {"effective_from": "04-01"}, "04-01"),
        ("RECTIFY", {"effective_from": "04-01"}, "04-01"),
        ("CLEAR", {"opinion_date": "04-02", **OPINION}, "04-02"),
        ("ACCEPT", {"jmc_date": "04-03"}, "04-03"),
        ("CLOSE", {"closed_on": "04-04"}, "04-04"),
        ("MERGE", {"closed_on": "04-05"}, "04-05"),
        ("TRANSFER", {"determined_on": "04-06"}, "04-06"),
        ("LIFT", {"determined_on": "04-07"}, "04-07"),
        ("CONFIRM_LATE", {"determined_on": "04-08"}, "04-08"),
        ("APPROVE", {"approval_date": "04-09"}, "04-09"),
        ("WITHDRAW_ERROR", {"void_from": "04-10"}, "04-10"),
        ("WITHDRAW_ERROR", {}, "03-20"),
    ],
)
def test_effective_date_of_an_event_stands_where_the_layout_says(
    action: str, cells: dict[str, str], effective: str
) -> None:
    world = listed().publish("05-01", row(action=action, remark="示例", **cells))
    if action == "ADD":
        world = World().publish("05-01", row(**cells))
    event = world.dossier("V").listings[0].events[-1]
    assert (event.action, event.effective_on) == (Action(action), date.fromisoformat(f"2017-{effective}"))
    assert event.known_from.date() == date(2017, 5, 1)


def test_changed_cells_of_an_active_id_are_an_update_in_full_and_delta() -> None:
    for file_kind in ("FULL", "DELTA"):
        world = listed().publish("05-01", row(effective_from="04-01", aliases=["示例"]), file_kind=file_kind)
        events = world.dossier("V").listings[0].events
        assert [event.action for event in events] == [Action.ADD, Action.UPDATE]
        assert world.ask("03-25").matches[0].status == "LISTED"


def test_action_that_is_repeated_with_nothing_new_is_no_event() -> None:
    clear = row(action="CLEAR", opinion_date="06-20", **OPINION)
    world = listed().publish("06-20", clear).publish("07-01", clear, file_kind="FULL")
    assert len(world.dossier("V").listings[0].events) == 2


def test_first_row_that_is_no_add_has_an_implicit_one() -> None:
    world = World().publish("05-01", row(action="CLOSE", closed_on="04-10"))
    events = world.dossier("V").listings[0].events
    assert [(event.action, event.is_implicit) for event in events] == [(Action.ADD, True), (Action.CLOSE, False)]


def test_another_category_is_another_line_of_time() -> None:
    world = listed().publish("05-01", row(category="NOTIFIED", effective_from="05-01"))
    assert [listing.category for listing in world.dossier("V").listings] == [Category.VIOLATING, Category.NOTIFIED]


def test_relation_has_its_clocks_and_its_parents() -> None:
    world = listed().publish("03-21", member(status="CLAIMED", member_no="003"))
    world.publish("05-01", member(action="UPDATE", effective_from="05-01"))
    first, second = world.dossier("M").relations
    assert (first.type, first.status, first.valid_from, first.valid_to) == (
        RelationType.MEMBER_OF,
        RelationStatus.CLAIMED,
        date(2017, 3, 20),
        date(2017, 4, 30),
    )
    assert (second.status, second.valid_from, second.valid_to) == (RelationStatus.CONFIRMED, date(2017, 5, 1), None)
    assert first.parent_ids == second.parent_ids == (world.dossier("V").entity_id,)
    assert second.member_no == "003"


def test_approval_that_comes_later_joins_the_relation() -> None:
    world = listed().publish("03-21", member())
    cells = {"member_approval_doc_no": "示例函〔2018〕3号", "member_approval_date": "2018-03-01"}
    world.publish("2018-03-01", member(action="UPDATE", effective_from="2018-03-01", **cells))
    (relation,) = world.dossier("M").relations
    assert relation.member_approval is not None
    assert relation.valid_from == date(2017, 3, 20)


def test_unknown_columns_are_kept_together() -> None:
    world = listed(extra={"甲": "1"}).publish("05-01", row(action="UPDATE", extra={"乙": "2"}, effective_from="05-01"))
    assert world.dossier("V").row["extra"] == {"甲": "1", "乙": "2"}


def test_backfilled_version_marks_its_events() -> None:
    world = World().publish("03-20", row(), backfilled=True)
    assert world.dossier("V").listings[0].events[0].backfilled
