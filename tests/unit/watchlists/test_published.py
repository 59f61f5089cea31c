"""Lists as offices publish them: names, websites and remarks; all else comes as options, and one finding says so."""

from datetime import UTC, datetime

import pytest
from file_headers import header_of
from list_files import xlsx_of

from app.errors import Invalid
from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.checks.validate import CheckContext, examine
from app.watchlists.files.open_list import read_file
from app.watchlists.findings.validation_report import ValidationReport
from app.watchlists.history.list_state import state_of
from app.watchlists.history.version import Row, VersionRows
from app.watchlists.layout.header import table_of
from app.watchlists.layout.published import published_defaults
from app.watchlists.layout.sheets import entries_sheets
from app.watchlists.versions.importing import Checker, Upload

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
OPTIONS = {"as_published": "true", "category": "微盘", "jurisdiction": "福州", "determined_on": "2017-03-15"}
LIST = (
    ["福建省“微盘”交易平台名单（第一批）"],
    ["序号", "平台名称", "网址", "备注"],
    [1, "微宝样盘", "www.weibao-sample.example", "已停业"],
    [2, "示例云交易（运营公司：福州样本金桔信息科技有限公司）", None, None],
    ["合计", "2家", None, None],
    ["填表人：张某", None, "审核人：李某", None],
)


def read(
    data: bytes, state: dict[str, object] | None = None, **options: str
) -> tuple[ValidationReport, tuple[Row, ...]]:
    defaults = published_defaults({**OPTIONS, **options})
    sheets, _ = read_file(data, "a.xlsx", FileLimits())
    report = ValidationReport()
    tables = []
    for sheet in entries_sheets(sheets, 1)[0]:
        table, found = table_of(sheet, least=1, required=("legal_name",))
        report.add(found)
        tables.append(table)
    batch = header_of(NOW)
    context = CheckContext(batch, state, Parameters(), FileLimits(), defaults)  # type: ignore[arg-type]  # of any list
    return report, examine(tables, context, report, lambda *_: None)


def test_a_published_list_becomes_rows() -> None:
    report, rows = read(xlsx_of(*LIST))
    assert not report.is_refused
    assert [one.code for one in report.in_order()].count("NOT_AN_ENTRY") == 2
    assert [one.code for one in report.findings].count("AS_PUBLISHED") == 1
    assert [one["legal_name"] for one in rows] == ["微宝样盘", "示例云交易"]
    assert rows[1]["other_legal_names"] == ["福州样本金桔信息科技有限公司"]
    for one in rows:
        assert (one["action"], one["category"], one["entity_kind"]) == ("ADD", "WEIPAN", "WEIPAN_PLATFORM")
        assert (one["jurisdiction"], one["reg_region_code"]) == ("350100", "350100")
        assert one["determined_on"] == one["effective_from"] == "2017-03-15"
    assert rows[0]["domains"] == ["weibao-sample.example"]


def test_proposed_ids_are_stable() -> None:
    _, first = read(xlsx_of(*LIST))
    _, again = read(xlsx_of(*LIST[:2], LIST[3], ["9", " 微宝样盘 ", None, None]))
    assert {one["legal_name"]: one["external_id"] for one in first} == {
        one["legal_name"]: one["external_id"] for one in again
    }


def test_a_known_name_keeps_its_id() -> None:
    known = {
        "external_id": "FJ-7",
        "action": "ADD",
        "category": "WEIPAN",
        "entity_kind": "WEIPAN_PLATFORM",
        "legal_name": "微宝样盘",
        "effective_from": "2017-03-01",
        "determined_on": "2017-03-01",
    }
    state = state_of([VersionRows(1, NOW, False, "FULL", (known,))])
    _, rows = read(xlsx_of(*LIST), state)  # type: ignore[arg-type]  # a state of a list
    assert rows[0]["external_id"] == "FJ-7"


def test_a_sheet_for_each_city_is_one_list() -> None:
    def change(book: object) -> None:
        page = book.create_sheet("厦门市")  # type: ignore[attr-defined]  # openpyxl has no types
        page.append(["名称", "所在地市"])
        page.append(["厦门样本碧桐商品交易中心有限公司", "厦门市"])

    data = xlsx_of(["名称"], ["福州样本青棠商品交易中心有限公司"], sheet="福州市", change=change)
    _, rows = read(data, category="VIOLATING")
    assert [(one["legal_name"], one["jurisdiction"]) for one in rows] == [
        ("福州样本青棠商品交易中心有限公司", "350100"),
        ("厦门样本碧桐商品交易中心有限公司", "350200"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": ""},
        {"determined_on": "2017-02-30"},
        {"jurisdiction": "火星"},
        {"as_published": "perhaps"},
        {"as_published": "false"},
    ],
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        Checker(FileLimits(), Parameters()).check_alone(
            Upload("a.xlsx", xlsx_of(*LIST), {**OPTIONS, **wrong}, "示例局"), NOW
        )


def test_the_whole_way_of_an_upload() -> None:
    report = Checker(FileLimits(), Parameters()).check_alone(Upload("a.xlsx", xlsx_of(*LIST), OPTIONS, "示例局"), NOW)
    assert (report.rows, report.errors) == (2, 0)
