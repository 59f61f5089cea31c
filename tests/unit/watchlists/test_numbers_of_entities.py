"""A number is its entity's for good, a release names nobody else, and a parent is one that can be found."""

import pytest
from list_files import row
from test_releases import RELEASES
from test_requirements import codes, listed

ONE, TWO, THREE = (
    "福建示例大宗商品交易中心有限公司",
    "厦门样本鹭岛商品交易市场有限公司",
    "泉州样本刺桐文化艺术品交易中心有限公司",
)
NEW = "漳州样本水仙花卉交易中心有限公司"
CODE, OTHER_CODE = "Y1350100DEM000014U", "Y1350200DEM000022U"
MEMBER = {
    "entity_kind": "MEMBER",
    "category": "RELATED",
    "relation_status": "CONFIRMED",
    "legal_name": "福州样本榕树贸易有限公司",
}


def entity(number: str, name: str, **cells: str) -> dict[str, str]:
    return row(external_id=number, legal_name=name, **cells)


LIST = listed(entity("001", ONE, uscc=CODE), entity("002", TWO), entity("003", THREE))


@pytest.mark.parametrize("kind", ["FULL", "DELTA"])
@pytest.mark.parametrize(
    "rows",
    [
        [entity("001", NEW), entity("002", ONE), entity("003", TWO), entity("004", THREE)],
        [entity("001", TWO), entity("002", THREE)],
        [entity("001", TWO), entity("002", ONE), entity("003", THREE)],
        [entity("001", "厦门样本鹭岛 商品交易市场有限责任公司")],
        [entity("001", NEW, uscc=OTHER_CODE)],
    ],
)
def test_a_list_that_is_numbered_anew_is_refused(rows: list[dict[str, str]], kind: str) -> None:
    assert "ERROR:ID_OF_OTHER_ENTITY:legal_name" in codes(rows, LIST, kind)


@pytest.mark.parametrize("name", [ONE, "福建示例大宗商品交易中心有限责任公司", "福建示例 大宗商品交易中心有限公司"])
def test_ways_of_writing_one_name_are_no_finding(name: str) -> None:
    assert codes([entity("001", name)], listed(entity("001", ONE)), "FULL") == set()


def test_what_a_full_file_changes_of_an_entity_is_said() -> None:
    known = listed(entity("001", ONE, uscc=CODE))
    assert codes([entity("001", NEW)], known, "FULL") == {"WARN:NAME_CHANGED:legal_name"}
    assert codes([entity("001", ONE, uscc=OTHER_CODE)], known, "FULL") == {"WARN:CODE_CHANGED:uscc"}
    assert codes([entity("001", NEW, action="UPDATE", uscc=OTHER_CODE)], known) == set()


def test_a_known_firm_under_a_new_number_is_said_however_its_name_is_written() -> None:
    found = codes([entity("900", "福建示例大宗商品交易中心有限责任公司")], LIST)
    assert found == {"WARN:DUPLICATE_NAME:legal_name"}


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one["action"])
@pytest.mark.parametrize(
    "name", [f"{ONE}、{TWO}", f"{ONE}（原{TWO}）", f"{ONE}；{NEW}", f"1.{ONE} 2.{THREE}"], ids=range(4)
)
def test_a_release_that_names_a_second_firm_releases_nobody(release: dict[str, str], name: str) -> None:
    assert "ERROR:OTHER_ENTITY_NAMED:legal_name" in codes([entity("001", name, **release)], LIST)


def member(number: str = "M1", **cells: str) -> dict[str, str]:
    return row(**{**MEMBER, "external_id": number, **cells})


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"parent_name": ONE}, set()),
        ({"parent_name": "福建示例大宗商品交易中心有限责任公司"}, set()),
        ({"parent_name": "福建示例大宗商品交易中心"}, {"ERROR:PARENT_NAME_INEXACT:parent_name"}),
        ({"parent_name": "001"}, {"ERROR:PARENT_NAME_INEXACT:parent_name"}),
        ({"parent_name": "福建示例大宗商品交易中心", "parent_uscc": CODE}, set()),
        ({"parent_name": f"{ONE}、{TWO}"}, {"WARN:NAME_CELL_READ:parent_name"}),
        ({"parent_name": f"{ONE}（示例大宗）"}, {"WARN:NAME_CELL_READ:parent_name"}),
        ({"parent_name": NEW}, {"WARN:PARENT_UNKNOWN:parent_name"}),
        ({"parent_uscc": OTHER_CODE}, {"WARN:PARENT_UNKNOWN:parent_uscc"}),
        ({"parent_external_id": "002", "parent_name": ONE}, {"ERROR:PARENT_CONFLICT:parent_name"}),
        ({"parent_external_id": "001", "parent_name": ONE}, set()),
        ({"parent_name": MEMBER["legal_name"]}, {"ERROR:PARENT_IS_SELF:parent_name"}),
    ],
)
def test_a_parent_that_nobody_finds_is_said(cells: dict[str, str], expected: set[str]) -> None:
    assert codes([member(**cells)], LIST) == expected


def test_parents_by_name_form_no_cycle() -> None:
    one = member("M1", parent_name="泉州样本刺桐贸易有限公司")
    other = member("M2", legal_name="泉州样本刺桐贸易有限公司", parent_name=MEMBER["legal_name"])
    assert codes([one, other], LIST) == {"ERROR:PARENT_CYCLE:parent_name"}
    long = [
        member(f"M{n}", legal_name=f"福州样本{n}号贸易有限公司", parent_external_id=f"M{n + 1}") for n in range(400)
    ]
    end = member("M400", legal_name="福州样本400号贸易有限公司", parent_name=ONE)
    assert codes([*long, end], LIST) == set()
