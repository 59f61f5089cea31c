"""A version as a file: CSV, XLSX or NDJSON.  Importing it again gives the same content hash."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

import xlsxwriter

from app.errors import Invalid
from app.watchlists.history.version import Row, VersionRecord
from app.watchlists.layout.file_header import BATCH_COLUMNS
from app.watchlists.layout.row import cell_texts, columns_of

BATCH_SHEET: Final = "批次信息"
ENTRIES_SHEET: Final = "名单"
_FORMULA_STARTS: Final = ("=", "+", "-", "@")
_KINDS_ZH: Final = {"FULL": "全量", "DELTA": "增量"}


def export(version: VersionRecord, rows: Sequence[Row], name: str) -> bytes:
    """Return a version's rows as the file that the ending of ``name`` asks for.  Raises :class:`Invalid` for others."""
    ending = PurePath(name).suffix.lower()
    if ending not in WRITERS:
        raise Invalid("export-ending", f"导出文件应以 {' '.join(WRITERS)} 结尾 (the ending must be one of these)")
    return WRITERS[ending](version, rows)


def as_csv(_version: VersionRecord, rows: Sequence[Row]) -> bytes:
    """Return a CSV in UTF-8 with a byte order mark, by which spreadsheets know it.

    A text that a spreadsheet would take for a formula gets an apostrophe, which reading takes off again.
    """
    columns, extra = columns_of(rows)
    keys = [*(column.alias for column in columns), *extra]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_neutral(text) for text in (*(column.label for column in columns), *extra)])
    for row in rows:
        cells = cell_texts(row)
        writer.writerow([_neutral(cells.get(key, "")) for key in keys])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_ndjson(_version: VersionRecord, rows: Sequence[Row]) -> bytes:
    """Return one object per row, with English aliases as keys and unknown columns under their headers."""
    lines = []
    for row in rows:
        shown = {key: value for key, value in row.items() if key not in ("unmatched", "extra")}
        lines.append(json.dumps({**shown, **row.get("extra", {})}, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


def as_xlsx(version: VersionRecord, rows: Sequence[Row]) -> bytes:
    """Return a workbook with the two sheets of the layout; every cell is text."""
    columns, extra = columns_of(rows)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": False}) as book:
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        batch = book.add_worksheet(BATCH_SHEET)
        for place, (label, value) in enumerate(batch_fields(version)):
            batch.write_string(place, 0, label, head)
            batch.write_string(place, 1, value, text)
        batch.set_column(0, 1, 30)
        sheet = book.add_worksheet(ENTRIES_SHEET)
        for place, header in enumerate((*(column.label for column in columns), *extra)):
            sheet.write_string(0, place, header, head)
        keys = {key: place for place, key in enumerate((*(column.alias for column in columns), *extra))}
        for number, row in enumerate(rows, start=1):
            for key, value in cell_texts(row).items():
                sheet.write_string(number, keys[key], value, text)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def batch_fields(version: VersionRecord) -> list[tuple[str, str]]:
    """Return the batch of a version as label and text, filled fields only.

    Time of receipt and base version are left out: they are of the upload, and a file is imported again as new.
    """
    values = {
        "file_kind": _KINDS_ZH[version.file_kind],
        "list_code": version.code,
        "list_name": version.list_name,
        "list_issuer": version.list_issuer,
        "uploader_org": version.uploader_org,
        "issuing_doc_no": version.issuing_doc_no,
        "issued_on": version.issued_on.isoformat(),
        "effective_on": version.effective_on.isoformat(),
        "jurisdiction_code": version.jurisdiction,
        "row_count": str(version.row_count),
        "sha256": version.sha256,
    }
    return [(column.zh, value) for column in BATCH_COLUMNS if (value := values.get(column.alias))]


def _neutral(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


WRITERS: Final[Mapping[str, Callable[[VersionRecord, Sequence[Row]], bytes]]] = MappingProxyType(
    {
        ".csv": as_csv,
        ".xlsx": as_xlsx,
        ".ndjson": as_ndjson,
    }
)
