"""The file that goes back to an office: marked where it is wrong, and otherwise as it came."""

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
from watchlist_rows import VENUE

from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.checks.annotate import FINDINGS_SHEET, annotated
from app.watchlists.versions.importing import Checker, Upload

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
OTHER = {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样本鹭岛商品交易市场有限公司"}


def sent_back(book: Any) -> tuple[Any, list[str]]:
    """Return the annotated workbook of one that an office sent, and the codes of its findings."""
    out = io.BytesIO()
    book.save(out)
    data, limits = out.getvalue(), FileLimits()
    report = Checker(limits, Parameters()).check_alone(Upload("名单.xlsx", data, {}, "示例机关"), NOW)
    found = openpyxl.load_workbook(io.BytesIO(annotated(data, "名单.xlsx", report.in_order(), limits)))
    return found, [one.code for one in report.in_order()]


def filled(*sheets: str) -> Any:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for place, name in enumerate(sheets):
        page = book.create_sheet(name)
        for row in (VENUE.keys(), VENUE.values(), OTHER.values()):
            page.append([f"{cell}{place}" if cell in {"FJ-0001", "FJ-0002"} else cell for cell in row])
    return book


def test_merged_cells_stay_merged_and_are_marked() -> None:
    book = filled("名单")
    page = book["名单"]
    headers = [cell.value for cell in page[1]]
    column = headers.index("jurisdiction") + 1
    page.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)
    found, codes = sent_back(book)
    assert "MERGED_CELL" in codes
    copy = found["名单"]
    assert [str(one) for one in copy.merged_cells.ranges] == [str(one) for one in page.merged_cells.ranges]
    assert copy.cell(2, column).value == VENUE["jurisdiction"]
    assert any(cell.comment for row in copy.iter_rows() for cell in row)


def test_columns_are_as_wide_as_their_texts_and_codes_have_their_choices() -> None:
    found, _ = sent_back(filled("名单"))
    copy = found["名单"]
    headers = [cell.value for cell in copy[1]]
    name = openpyxl.utils.get_column_letter(headers.index("legal_name") + 1)
    assert copy.column_dimensions[name].width >= 2 * len(VENUE["legal_name"])
    rules = {str(rule.sqref): rule.formula1 for rule in copy.data_validations.dataValidation}
    action = openpyxl.utils.get_column_letter(headers.index("action") + 1)
    assert "新增" in rules[f"{action}2:{action}3"]
    assert copy.freeze_panes == "A2"


def test_each_sheet_of_entries_goes_back() -> None:
    found, codes = sent_back(filled("福州", "厦门"))
    assert "SHEETS_JOINED" in codes
    assert found.sheetnames == ["福州", "厦门", FINDINGS_SHEET]


def test_a_published_list_without_a_header_is_marked_where_its_names_are() -> None:
    data = "1,福州样本商贸有限公司\n2,厦门样本商贸有限公司1\n3,泉州样本商贸有限公司\n".encode()
    options = {"as_published": "true", "category": "VIOLATING", "jurisdiction": "福州市", "determined_on": "2017-03-15"}
    report = Checker(FileLimits(), Parameters()).check_alone(Upload("公布.csv", data, options, "示例机关"), NOW)
    found = openpyxl.load_workbook(io.BytesIO(annotated(data, "公布.csv", report.in_order(), FileLimits())))
    page = found["名单"]
    assert [cell.value for cell in page[1]] == ["1", "福州样本商贸有限公司"]
    assert [cell.coordinate for row in page.iter_rows() for cell in row if cell.comment] == ["B2"]
