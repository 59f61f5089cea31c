"""Name cells as offices write them: each plain name in them is found afterwards, or the row is refused."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from file_headers import header_of
from list_files import csv_of, row

from app.matching import Entry, Index, Strength
from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.checks import findable
from app.watchlists.checks.validate import CheckContext, examine
from app.watchlists.files.open_list import read_file
from app.watchlists.findings.validation_report import ValidationReport
from app.watchlists.history.projection import entry_of, fold
from app.watchlists.history.version import Row, VersionRows
from app.watchlists.layout.header import table_of
from app.watchlists.layout.row import cell_texts
from app.watchlists.name_cells.take_apart import is_plain, take_apart
from app.watchlists.versions.importing import Checker, Upload

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CHECKER = Checker(FileLimits(), Parameters())

PLACES = ("福州", "厦门", "泉州", "漳州", "莆田", "三明", "南平", "龙岩", "宁德", "平潭", "福建", "福建省", "厦门市")
CORES = (
    "青棠",
    "碧桐",
    "丹若",
    "白芷",
    "绿绮",
    "紫藤",
    "玄圃",
    "武夷岩",
    "霞浦湾",
    "沙溪口",
    "红土坡",
    "岚岛",
    "海丝路",
    "金桔",
    "朱槿",
)
KINDS = (
    *(
        "大宗商品交易中心",
        "农产品现货交易市场",
        "贵金属经营",
        "文化产权交易所",
        "邮币卡交易中心",
        "信息科技",
        "投资咨询",
    ),
    *("电子商务", "茶叶交易中心", "林权交易中心", "金融资产交易中心"),
)
FORMS = ("有限公司", "有限责任公司", "股份有限公司", "")


class Cells:
    """Makes cells with names that it remembers: ``sure`` ones must confirm, ``known`` ones must be found."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self._serial = 0
        self.sure: list[str] = []
        self.known: list[str] = []

    def name(self) -> str:
        self._serial += 1
        mark = "".join(self.draw.choices("样本示例甲乙丙丁戊己庚辛", k=3))
        form = self.draw.choice(FORMS)
        kind = self.draw.choice([kind for kind in KINDS if form or kind.endswith(("中心", "市场", "交易所"))])
        name = self.draw.choice(PLACES) + self.draw.choice(CORES) + mark + kind + form
        if self.draw.random() < 0.1 and form:
            name = self.draw.choice(CORES) + mark + "（" + self.draw.choice(("福建", "厦门")) + "）" + kind + form
        self.sure.append(name)
        return name

    def short(self) -> str:
        name = self.draw.choice(CORES) + "".join(self.draw.choices("样示甲乙丙丁", k=2)) + self.draw.choice("盘汇宝通")
        self.known.append(name)
        return name

    def cell(self) -> str:
        text = self.name()
        for family in self.draw.sample(FAMILIES, self.draw.choice((1, 1, 2, 2, 3))):
            text = family(self, text)
        return text


def _bracket(cells: Cells, inside: str) -> str:
    left, right = cells.draw.choice(("（）", "()", "【】", "〔〕", "[]", "（）"))
    return f"{left}{inside}{right}"


def several(cells: Cells, text: str) -> str:
    joint = cells.draw.choice(("、", "；", ";", "\n", "，", " / ", "和", "及"))
    return text + joint + cells.name()


def remark(cells: Cells, text: str) -> str:
    words = (
        "停业",
        "已停业",
        "已注销",
        "筹",
        "已关闭",
        "更名前",
        "整改中",
        "失联",
        "微盘",
        "福建",
        "已于2016年吊销",
        "非法",
        "2017年3月",
    )
    return text + _bracket(cells, cells.draw.choice(words))


def former(cells: Cells, text: str) -> str:
    label = cells.draw.choice(
        ("原", "原名", "原名：", "曾用名：", "曾用名", "前身为", "已更名为", "现更名为", "2016年更名为", "现名：")
    )
    return text + _bracket(cells, label + cells.name())


def code(cells: Cells, text: str) -> str:
    return text + cells.draw.choice(
        (
            _bracket(cells, "统一社会信用代码：Y1350100DEM000014U"),
            " Y1350100DEM000014U",
            _bracket(cells, "注册号110108000000016"),
            _bracket(cells, "Y1350100DEM000014U"),
        )
    )


def beside(cells: Cells, text: str) -> str:
    return text + cells.draw.choice(
        (
            _bracket(cells, "法定代表人：陈某甲"),
            _bracket(cells, "联系人：林某乙，电话：0591-00000000"),
            " 福州市鼓楼区示例路1号",
            _bracket(cells, "地址：厦门市思明区样本街20号301室"),
            " www.sample-names.example",
            _bracket(cells, "网址：http://sample-names.example/index"),
            " 电话0591-00000000",
        )
    )


def marks(cells: Cells, text: str) -> str:
    before = cells.draw.choice(
        (
            "1.",
            "1、",
            "（1）",
            "(二)",
            "①",
            "一、",
            "1 ",
            "★",
            "“",
            "《",
            "平台名称：",
            "企业名称:",
            "* ",
            "第088号会员：",
        )
    )
    if before == "第088号会员：":
        return "天津某某贵金属交易所" + before + text
    behind = {"“": "”", "《": "》"}.get(before, cells.draw.choice(("。", "；", "*", "#", "等", "-APP", "", "", " ")))
    return before + text + behind


def alias(cells: Cells, text: str) -> str:
    pattern = cells.draw.choice(
        ("（以下简称“{}”）", "（简称：{}）", "/{}", " {}", "（“{}”）", "（又名{}）", "、简称{}")
    )
    return text + pattern.format(cells.short())


FAMILIES: tuple[Callable[[Cells, str], str], ...] = (several, remark, former, code, beside, marks, alias)


def check_one(cells: dict[str, str]) -> tuple[ValidationReport, list[Row]]:
    (sheet,), _ = read_file(csv_of(cells), "a.csv", FileLimits())
    table, _ = table_of(sheet)
    batch = header_of(NOW)
    report = ValidationReport()
    context = CheckContext(batch, None, Parameters(), FileLimits())
    kept = examine([table], context, report, lambda *_: None)
    return report, list(kept)


def entry(kept: Row) -> Entry:
    (dossier,) = fold("list", "350000", [VersionRows(1, NOW, False, "FULL", (kept,))]).values()
    return entry_of(dossier)


def strength(index: Index, name: str) -> int | None:
    hits = index.search_names([name])
    return min(hits.strength.tolist(), default=None)


@pytest.mark.parametrize("seed", range(8))
def test_each_plain_name_of_a_dirty_cell_is_found_or_the_row_is_refused(seed: int) -> None:
    cells = Cells(seed)
    refused = 0
    for _ in range(250):
        cells.sure, cells.known = [], []
        text = cells.cell()
        report, rows = check_one(row(legal_name=text))
        if report.is_refused:
            refused += 1
            continue
        codes = {one.code for one in report.findings if one.column == "legal_name"}
        assert "NAME_CELL_READ" in codes, text
        index = Index.build([entry(rows[0])])
        for name in cells.sure:
            assert strength(index, name) == Strength.CONFIRMED.rank, (text, name, rows[0])
        for name in cells.known:
            assert strength(index, name) is not None, (text, name, rows[0])
    assert refused < 25, "too many cells are given back to the office"


def test_registered_names_are_plain() -> None:
    cells = Cells(99)
    for _ in range(5_000):
        name = cells.name() + cells.draw.choice(("", "", "", "厦门分公司", "福州营业部"))
        assert is_plain(name), take_apart(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "海豚样盘",
            "BQS样汇",
            "莆田ABC样商品交易中心有限公司",
            "厦门样本7号仓大宗商品交易中心有限公司",
            "58样城商城",
        ),
        *(
            "福州样本一二三贸易有限公司",
            "福州示例投资合伙企业（有限合伙）",
            "示例（集团）股份有限公司",
            "原野示例商贸有限公司",
        ),
        *("福州等一样本茶业有限公司", "及时样本物流有限公司", "Sample Commodity Exchange Co., Ltd.", "示例·样本工作室"),
        "福州示例烟酒店（个体工商户）",
    ],
)
def test_what_looks_like_more_and_is_one_name_is_plain(name: str) -> None:
    assert is_plain(name), take_apart(name)


@pytest.mark.parametrize(
    "text",
    [
        "福州样本青棠商品交易中心有限公司（？？）",
        "福州样本青棠商品交易中心有限公司→见附件说明第三条",
        "福州样本\ufffd\ufffd商品交易中心有限公司",
        "绂忓窞鏍锋湰闈掓￥浜ゆ槗涓績",
        "福州样本青棠商品交易中心有限公司（原名",
    ],
)
def test_what_cannot_be_explained_is_refused(text: str) -> None:
    report, _ = check_one(row(legal_name=text))
    assert {one.code for one in report.findings if one.severity == "ERROR"} & {"NAME_NOT_PLAIN", "DAMAGED_TEXT"}


def test_mojibake_is_refused_with_the_name_that_was_meant() -> None:
    report, _ = check_one(row(legal_name="福州样本青棠贸易有限公司".encode().decode("gb18030")))
    (finding,) = [one for one in report.findings if one.code == "NAME_NOT_PLAIN"]
    assert "福州样本青棠贸易有限公司" in (finding.suggestion or "")


def test_a_name_that_is_a_website_is_a_domain_too() -> None:
    _, rows = check_one(row(legal_name="www.sample-names.example"))
    assert rows[0]["domains"] == ["sample-names.example"]


def test_a_code_in_the_name_that_contradicts_its_column_is_refused() -> None:
    text = "福州样本青棠商品交易中心有限公司（统一社会信用代码：Y1350100DEM000014U）"
    report, _ = check_one(row(legal_name=text, uscc="Y1350200DEM000022U"))
    assert "NAME_NOT_PLAIN" in {one.code for one in report.findings}


def test_what_stands_in_a_name_cell_goes_where_it_belongs() -> None:
    text = "1.厦门样本丹若贵金属经营有限公司（原厦门样本白芷投资有限公司；法定代表人：陈某甲；已停业） www.a.example"
    _, (found,) = check_one(row(legal_name=text))
    assert found["legal_name"] == "厦门样本丹若贵金属经营有限公司"
    assert found["former_names"] == [{"name": "厦门样本白芷投资有限公司"}]
    assert found["legal_rep"] == "陈某甲"
    assert found["domains"] == ["a.example"]
    assert text in found["remark"]


def test_short_and_former_names_are_read_alike() -> None:
    cells = {
        "aliases": "海丝样文交,海丝样邮币、“海样邮”",
        "former_names": "原名：福州样本绿绮贸易有限公司、福州样本紫藤贸易有限公司",
    }
    report, (found,) = check_one(row(**cells))
    assert found["aliases"] == ["海丝样文交", "海丝样邮币", "海样邮"]
    assert [one["name"] for one in found["former_names"]] == ["福州样本绿绮贸易有限公司", "福州样本紫藤贸易有限公司"]
    assert {one.column for one in report.findings} == {"aliases", "former_names"}


def test_what_was_read_is_read_again_without_a_finding() -> None:
    """An export of a list and its import give the same rows."""
    cells = Cells(5)
    for _ in range(150):
        report, rows = check_one(row(legal_name=cells.cell()))
        if report.is_refused:
            continue
        again, same = check_one(cell_texts(rows[0]))
        assert same == rows
        assert not [one for one in again.findings if one.code == "NAME_CELL_READ"], rows[0]


def test_a_person_has_one_name_in_a_cell() -> None:
    report, _ = check_one(row(entity_kind="PERSON", category="NOTIFIED", legal_name="陈样甲、林样乙"))
    assert "NAME_NOT_PLAIN" in {one.code for one in report.findings}


def test_a_name_that_nobody_could_hit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        """An index in which nothing is found."""

        @staticmethod
        def build(*_: object, **__: object) -> "Index":
            return Index.build([])

    monkeypatch.setattr(findable, "Index", Deaf)
    report, _ = check_one(row())
    assert [one.code for one in report.findings] == ["NAME_NOT_FOUND_BY_ITSELF"]


def test_the_whole_way_of_an_upload() -> None:
    found = CHECKER.check_alone(
        Upload("a.csv", csv_of(row(legal_name="福州样本青棠贸易有限公司（已注销）")), {}, "示例局"), NOW
    )
    assert [one.code for one in found.findings] == ["NAME_CELL_READ"]
