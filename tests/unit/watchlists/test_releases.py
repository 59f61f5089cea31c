"""A release names whom it releases; names change by UPDATE only."""

import pytest
from list_files import row
from test_requirements import codes, listed

LISTED = row(uscc="Y1350100DEM000014U", former_names="福州示例旧名商品交易中心有限公司", aliases="示例大宗")
OPINION = {
    "opinion_doc_no": "示例意见〔2017〕1号",
    "opinion_issuer": "省领导小组",
    "opinion_date": "2017-06-20",
    "opinion_filed_on": "2017-06-22",
}
RELEASES = [
    {"action": "CLEAR", **OPINION},
    {"action": "ACCEPT", "jmc_doc_no": "示例〔2017〕2号", "jmc_date": "2017-06-25"},
    {"action": "CLOSE", "closed_on": "2017-06-25"},
    {"action": "WITHDRAW_ERROR", "withdraw_reason": "误列"},
]


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one["action"])
@pytest.mark.parametrize(
    "name",
    [
        "泉州样本毫不相干商品交易中心有限公司",
        "福建示例大宗商品交易中心（福州）有限公司",
        "福建示列大宗商品交易中心有限公司",
    ],
)
def test_another_name_releases_nobody(release: dict[str, str], name: str) -> None:
    assert "ERROR:OTHER_ENTITY_NAMED:legal_name" in codes([row(**release, legal_name=name)], listed(LISTED))


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one["action"])
@pytest.mark.parametrize(
    "name",
    [
        *(
            "福建示例大宗商品交易中心有限公司",
            "福建示例大宗商品交易中心有限责任公司",
            "福建示例 大宗商品交易中心有限公司",
        ),
        *("福州示例旧名商品交易中心有限公司", "示例大宗"),
    ],
)
def test_every_name_that_the_entity_bore_releases_it(release: dict[str, str], name: str) -> None:
    assert not any("OTHER_ENTITY_NAMED" in code for code in codes([row(**release, legal_name=name)], listed(LISTED)))


def test_the_name_before_an_update_still_releases() -> None:
    renamed = row(action="UPDATE", legal_name="福建示例新名商品交易中心有限公司")
    assert not codes([row(**RELEASES[2])], listed(LISTED, renamed))
    assert not codes([row(**RELEASES[2], legal_name=renamed["legal_name"])], listed(LISTED, renamed))


def test_another_code_releases_nobody() -> None:
    found = codes([row(**RELEASES[2], uscc="Y1350200DEM000022U")], listed(LISTED))
    assert "ERROR:OTHER_ENTITY_NAMED:uscc" in found


def test_an_update_may_change_the_name() -> None:
    assert not codes([row(action="UPDATE", legal_name="泉州样本毫不相干商品交易中心有限公司")], listed(LISTED))
