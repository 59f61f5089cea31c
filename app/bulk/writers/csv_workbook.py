"""An answered CSV file as a workbook for people: findings first, every cell text, outcomes in words."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.bulk.writers.text_tables import TextWorkbook


def answered_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of an answered CSV file as they are there."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def csv_workbook(path: Path, headers: Mapping[str, str], outcomes: Mapping[str, str], sheets: tuple[str, str]) -> bytes:
    """Return the workbook of an answered CSV file, with all its rows.

    ``headers`` and ``outcomes`` are the words for the decision columns and their outcomes; ``sheets`` the names of
    the sheet of findings and of the sheet of all rows, which go on where a sheet is full.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        columns = next(csv.reader(file), [])
    titles = [headers.get(column, column) for column in columns]
    out = io.BytesIO()
    book = TextWorkbook(out)
    findings, everything = (book.table(name, titles) for name in sheets)
    for row in answered_rows(path):
        cells = [outcomes.get(row[name], row[name]) if name == "outcome" else row[name] for name in columns]
        everything.add(cells)
        if row.get("outcome") != "PASS" or row.get("error") or row.get("warnings"):
            findings.add(cells)
    book.close()
    return out.getvalue()
