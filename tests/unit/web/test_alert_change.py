"""What changed on either side of an alert is said in words, every part of it."""

import copy
from typing import Any

import pytest

from app.identifiers import Identifier, Scheme
from app.matching import NameType
from app.monitoring.alert_rules import differences
from app.monitoring.member import party_as_json
from app.policy.vocabulary import CounterpartyKind
from app.screening.request import Counterparty, OtherName
from app.web.alert_change import in_words
from app.web.catalogue import catalogue

PARTY = Counterparty(
    "福州示例茶叶有限公司",
    CounterpartyKind.ORGANISATION,
    (OtherName(NameType.FORMER, "福州样本茶叶有限公司"),),
    (Identifier(Scheme.DOMAIN, "tea.example"),),
    "350100",
    "茶叶",
    ("乌龙",),
    "正品",
    "货款",
)
SIDES: dict[str, Any] = {
    "content_sha256": "a",
    "entity_sha256": "b",
    "counterparty": {"id": "C-1", "parties": [party_as_json(PARTY)]},
    "listed": {
        "list_code": "fj-violating",
        "external_id": "FJ-1",
        "kind": "VENUE",
        "legal_name": "福建示例茶叶交易中心",
        "name_listed": "福建示例茶叶交易中心",
        "names": [["LEGAL", "福建示例茶叶交易中心"]],
        "identifiers": [["USCC", "Y1350100DEM000014U"]],
        "statuses": [["VIOLATING", "LISTED", 1]],
    },
    "strength": "STRONG",
    "score": 80,
    "services": {"FUND_SETTLEMENT": "REVIEW"},
}


def words(change: Any, language: str = "zh") -> list[tuple[str, str | None, str | None]]:
    after = copy.deepcopy(SIDES)
    change(after)
    return [(one.label, one.before, one.after) for one in in_words(differences(SIDES, after), catalogue(language))]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda s: s["listed"]["names"].append(["FORMER", "福建样本茶叶城"]),
            [("名单名称", None, "曾用名 福建样本茶叶城")],
        ),
        (
            lambda s: s["listed"].update(statuses=[["VIOLATING", "CLEARED", 1]]),
            [("列入状态", "违法违规交易场所 已列入", "违法违规交易场所 已整改规范")],
        ),
        (lambda s: s["listed"].update(identifiers=[]), [("名单代码", "统一社会信用代码 Y1350100DEM000014U", None)]),
        (lambda s: s["services"].update(FUND_SETTLEMENT="BLOCK"), [("资金结算", "人工复核", "停止服务")]),
        (lambda s: s.update(strength="WEAK", score=41), [("分数", "80", "41"), ("相似程度", "高度相似", "相似")]),
        (
            lambda s: s["counterparty"]["parties"][0].update(remark="会费", products=["乌龙", "白银"]),
            [("客户 · 交易品种", None, "白银"), ("客户 · 备注", "货款", "会费")],
        ),
        (lambda s: s.update(listed=None), [("名单主体", "FJ-1 福建示例茶叶交易中心", None)]),
    ],
)
def test_a_change_is_said_in_words(change: Any, said: list[tuple[str, str | None, str | None]]) -> None:
    assert words(change) == said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_of_either_side_has_a_name(language: str) -> None:
    """Whatever is another, no place of the record and no value of a program is shown."""

    def all_of_it(sides: dict[str, Any]) -> None:
        party = sides["counterparty"]["parties"][0]
        for field, value in party.items():
            party[field] = [] if isinstance(value, list) else None
        sides["listed"].update(
            {name: [] if isinstance(value, list) else "x" for name, value in SIDES["listed"].items()}
        )
        sides["services"] = {}
        sides["strength"] = "WEAK"
        sides["score"] = 1

    found = words(all_of_it, language)
    assert len(found) >= 9 + 8 + 3
    for label, before, _ in found:
        assert "/" not in label and "_" not in label, label  # noqa: PT018 - one sentence
        assert not before or not {*"[{'"} & {*before}, before


def test_a_reading_that_is_new_is_numbered() -> None:
    second = party_as_json(Counterparty("福州示例茶叶经营部"))
    found = words(lambda sides: sides["counterparty"]["parties"].append(second))
    assert ("客户 2 · 名称", None, "福州示例茶叶经营部") in found
