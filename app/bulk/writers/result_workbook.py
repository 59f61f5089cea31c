"""The answered rows as a workbook for people: findings first, every cell text, outcomes in words."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

ROWS_MAX: Final = 1_048_575
_CELL_CHARS_MAX: Final = 32_767
_WIDTH: Final = 18


def answered_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of an answered CSV file as they are there."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def result_workbook(
    path: Path, headers: Mapping[str, str], outcomes: Mapping[str, str], sheets: tuple[str, str]
) -> bytes:
    """Return the workbook of an answered CSV file.

    ``headers`` and ``outcomes`` are the words for the decision columns and their outcomes; ``sheets`` the names of
    the sheet of findings and of the sheet of all rows, which ends at what a sheet can hold.
    """
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"num_format": "@", "bold": True})
        for name, only_findings in zip(sheets, (True, False), strict=True):
            _write(
                book.add_worksheet(name), _chosen(path, only_findings=only_findings), headers, outcomes, (head, text)
            )
    return out.getvalue()


def _chosen(path: Path, *, only_findings: bool) -> Iterator[dict[str, str]]:
    for row in answered_rows(path):
        if not only_findings or row.get("outcome") != "PASS" or row.get("error") or row.get("warnings"):
            yield row


def _write(
    sheet: Any,  # noqa: ANN401 - xlsxwriter has no types
    rows: Iterable[Mapping[str, str]],
    headers: Mapping[str, str],
    outcomes: Mapping[str, str],
    formats: Sequence[Any],
) -> None:
    head, text = formats
    columns: list[str] = []
    last = 0
    for number, row in enumerate(rows, start=1):
        if number > ROWS_MAX:
            break
        if not columns:
            columns = list(row)
            for place, column in enumerate(columns):
                sheet.write_string(0, place, headers.get(column, column), head)
        for place, column in enumerate(columns):
            value = row[column] or ""
            shown = outcomes.get(value, value) if column == "outcome" else value
            sheet.write_string(number, place, shown[:_CELL_CHARS_MAX], text)
        last = number
    sheet.set_column(0, max(len(columns) - 1, 0), _WIDTH)
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.autofilter(0, 0, last, len(columns) - 1)
