"""Ways in which offices write lists and banks write books, each with the answer that both would expect.

A list is loaded as an office would upload it, and everything is asked for by one book, whose columns have the headers
that banks give them.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from watchlist_rows import VENUE, load

from app.bulk.runs.run_report import RunReport
from app.bulk.runs.run_store import DatabaseRunStore

Bulk = Callable[..., RunReport]

_FOUND: Final = {"BLOCK", "REVIEW"}
_BLOCKED: Final = {"BLOCK"}
_ASKED_FOR: Final = {"REVIEW"}
_CODE: Final = "Y1350100DEM000938D"
_OTHER_CODE: Final = "Y1350100DEM0007193"
_STRANGER: Final = "泉州山海石材工程有限公司"
_PLATFORM: Final = {"category": "WEIPAN", "entity_kind": "WEIPAN_PLATFORM"}
_PERSON: Final = {"category": "NOTIFIED", "entity_kind": "PERSON"}


class Case(NamedTuple):
    """One question: the row of the book, the outcomes that are right, and the entity that must be met."""

    row: Mapping[str, str]
    outcomes: set[str]
    entity: str | None = None


def _names(entity: str, outcomes: set[str], *names: str) -> Iterator[Case]:
    return (Case({"户名": name}, outcomes, entity) for name in names)


LISTED: Final[dict[str, dict[str, str]]] = {
    # What a cell of a name holds besides the name.
    "two": {"legal_name": "漳州示海贝大宗商品交易中心有限公司、漳州示海贝农产品交易中心有限公司"},
    "was": {"legal_name": "厦门示橄榄贵金属经营有限公司（原厦门示杨梅投资咨询有限公司）"},
    "became": {"legal_name": "莆田示龙眼商品交易市场有限公司(已更名为莆田示龙眼电子商务有限公司)"},
    "planned": {"legal_name": "泉州示枇杷现货交易中心有限公司（筹）"},
    "numbered": {"legal_name": "3.南平示丹霞茶叶交易中心有限公司"},
    "ringed": {"legal_name": "②三明示沙县林权交易中心有限公司"},
    "quoted": {"legal_name": "龙岩《示梅花山金融资产交易中心》"},
    "starred": {"legal_name": "平潭示猴研岛跨境商品交易中心有限公司*"},
    "short": {"legal_name": "宁德示官井洋海产品交易中心有限公司/示官井海交"},
    "operated": {"legal_name": "微示盘（运营公司：福州示榕荫信息科技有限公司）"},
    "full stop": {"legal_name": "福州示闽江大宗商品交易中心有限公司。"},
    # Identifiers, people, English.
    "coded": {
        "legal_name": "龙岩示客家交易市场有限公司",
        "uscc": _CODE,
        "domains": "kejia-demo.example",
        "phones": "0591-00000234",
    },
    "led": {
        "legal_name": "福州示鼓岭商品交易中心有限公司",
        "legal_rep": "郑示甲",
        "actual_controller": "吴示乙",
        "payee_names": "福州示鼓岭脚商贸有限公司",
    },
    "person": {"legal_name": "周示丙", **_PERSON},
    "english": {
        "legal_name": "莆田XYZ示商品交易中心有限公司",
        "name_en": "Putian XYZ Commodity Exchange Company Limited",
    },
    # Venues, their short forms and units.
    "trader": {"legal_name": "丹东示鸭绿贸易有限公司"},
    "cotton": {"legal_name": "福州示木槿商品交易中心有限公司"},
    "tea": {"legal_name": "厦门示铁观茶叶交易所有限公司"},
    "culture": {"legal_name": "福建示东南文化产权交易所股份有限公司"},
    "qian": {"legal_name": "福州乾示商品交易中心有限公司"},
    "feng": {"legal_name": "南平丰示商品交易中心有限公司"},
    # Platforms.
    "cloud": {"legal_name": "微示云", **_PLATFORM},
    "dolphin": {"legal_name": "鲸鱼示盘", **_PLATFORM},
    "letters": {"legal_name": "QXFX", **_PLATFORM},
    "war": {"legal_name": "行星示战", **_PLATFORM},
}
_COTTON: Final = LISTED["cotton"]["legal_name"]
_CODED: Final = LISTED["coded"]["legal_name"]

CASES: Final = (
    *_names("two", _FOUND, "漳州示海贝大宗商品交易中心有限公司", "漳州示海贝农产品交易中心有限公司"),
    *_names("was", _FOUND, "厦门示橄榄贵金属经营有限公司", "厦门示杨梅投资咨询有限公司"),
    *_names("became", _FOUND, "莆田示龙眼商品交易市场有限公司", "莆田示龙眼电子商务有限公司"),
    *_names("planned", _FOUND, "泉州示枇杷现货交易中心有限公司"),
    *_names("numbered", _FOUND, "南平示丹霞茶叶交易中心有限公司"),
    *_names("ringed", _FOUND, "三明示沙县林权交易中心有限公司"),
    *_names("quoted", _FOUND, "龙岩示梅花山金融资产交易中心"),
    *_names("starred", _FOUND, "平潭示猴研岛跨境商品交易中心有限公司"),
    *_names("short", _FOUND, "宁德示官井洋海产品交易中心有限公司", "示官井海交"),
    *_names("operated", _FOUND, "微示盘", "福州示榕荫信息科技有限公司"),
    *_names("full stop", _BLOCKED, "福州示闽江大宗商品交易中心有限公司"),
    # A cell that is no code hides nothing.
    *(
        Case({"户名": _CODED, column: value}, _BLOCKED, "coded")
        for column, values in {
            "统一社会信用代码": (
                "无",
                "/",
                "-",
                "0",
                "NULL",
                "暂无",
                "*",
                "未提供",
                "12345678-9",
                "350100190001010012",
            ),
            "账号": ("无", "/", "1"),
            "注册号": ("无", "-"),
            "组织机构代码": ("无", "/"),
            "联系电话": ("无", "-"),
            "网站": ("/", "无"),
        }.items()
        for value in values
    ),
    *(Case({"户名": _STRANGER, column: "无"}, {"PASS"}) for column in ("统一社会信用代码", "账号", "联系电话")),
    # Codes wherever they stand.
    *_names("coded", _BLOCKED, f"{_CODED}({_CODE})", f"示书店 {_CODE}"),
    *_names("coded", _ASKED_FOR, f"{_CODED} {_OTHER_CODE}"),
    *_names("coded", _FOUND, "www.kejia-demo.example充值", "m.kejia-demo.example"),
    *(
        Case({"户名": _STRANGER, "附言": text}, _FOUND, "coded")
        for text in (f"信用代码{_CODE}", "kejia-demo.example 充值", "客服0591-00000234", f"{_CODED}入金")
    ),
    Case({"户名": _STRANGER, "网站": "shop.kejia-demo.example/in"}, _FOUND, "coded"),
    Case({"户名": _STRANGER, "联系电话": "0591-00000234"}, _FOUND, "coded"),
    # People.
    *_names("person", _ASKED_FOR, "周示丙"),
    Case({"户名": _STRANGER, "法定代表人": "周示丙"}, _ASKED_FOR, "person"),
    Case({"户名": _STRANGER, "法定代表人": "郑示甲", "业务类型": "MERCHANT_ACQUIRING"}, _ASKED_FOR, "led"),
    Case({"户名": _STRANGER, "法定代表人": "吴示乙", "业务类型": "MERCHANT_ACQUIRING"}, _ASKED_FOR, "led"),
    *_names("led", _FOUND, "福州示鼓岭脚商贸有限公司"),
    *_names("english", _FOUND, "PUTIAN XYZ COMMODITY EXCH CO LTD", "XYZ Putian Commodity Exchange"),
    # Names as they are written and said.
    *_names("trader", _ASKED_FOR, "丹东示鸭绿", "丹东示鸭绿公司", "丹东示鸭绿有限公司", "丹东示鸭绿贸易"),
    *_names("cotton", _FOUND, "示木槿（福州）商品交易中心有限公司", "示木槿商品交易中心有限公司", "福州示木槿有限公司"),
    *_names("cotton", _FOUND, "厦门示木槿商品交易中心有限公司", "福州示木锦商品交易中心有限公司", "福州示木槿"),
    *_names(
        "tea", _FOUND, *(f"厦门示铁观茶叶{end}" for end in ("交易中心有限公司", "电子交易市场", "合约市场", "交易平台"))
    ),
    *_names(
        "culture", _ASKED_FOR, "示东南文交所", "示东南文交所邮币卡交易中心", "福建示东南文化产权交易所厦门运营中心"
    ),
    *_names("qian", _ASKED_FOR, "福州干示商品交易中心有限公司"),
    *_names("feng", _BLOCKED, "南平豐示商品交易中心有限公司"),
    *_names("cloud", _FOUND, *(f"微示云{end}" for end in ("国际", "商城", "平台", "APP", "官网")), "薇示云"),
    *_names(
        "dolphin", _FOUND, "鲸鱼示盘交易", "鲸鱼示盘老师", "h鲸鱼示盘", "鲸鱼示盘v2.0", "鲸鱼示盘01", "财付通-鲸鱼示盘"
    ),
    *_names("letters", _FOUND, "QXFX国际", "QXFX外汇", "融股示通QXFX"),
    *_names("war", _FOUND, "5月4日行星示战", "行星示战游戏下", "行星示戰"),
    Case({"户名": "战示星行"}, {"PASS"}),
    Case({"户名": _STRANGER}, {"PASS"}),
)


@pytest.fixture
def answered(bulk: Bulk, ground: DatabaseRunStore, tmp_path: Path) -> list[dict[str, str]]:
    """Return the answers to all cases, in their order."""
    rows = [{**VENUE, **more, "external_id": entity} for entity, more in LISTED.items()]
    load(ground.database, "everyday", *rows)
    columns = ["编号", *dict.fromkeys(column for case in CASES for column in case.row)]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({"编号": str(number), **case.row} for number, case in enumerate(CASES))
    bulk(None, service_date="2017-07-03")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_case_is_answered_as_a_bank_and_an_office_expect(answered: list[dict[str, str]]) -> None:
    assert [int(one["编号"]) for one in answered] == list(range(len(CASES)))
    wrong = []
    for case, one in zip(CASES, answered, strict=True):
        met = {one["matched_external_id"], *one["other_external_ids"].split("|")}
        if one["outcome"] not in case.outcomes or (case.entity is not None and case.entity not in met):
            wrong.append((case.row, case.outcomes, case.entity, one["outcome"], met))
    assert wrong == []
