"""Writes the sample lists, their manifest and the upload template: ``python -m watchlists.generate [FOLDER]``.

The same program gives the same content every time; a test compares what it writes with what is committed.
"""

import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from app.watchlists.layout.columns import BY_ALIAS, COLUMNS, REQUIRED
from watchlists.source.cast import Cast, Row
from watchlists.source.platforms import fj_unapproved, fj_weipan
from watchlists.source.sample_list import SampleList, Version
from watchlists.source.template import CREATED, write_template
from watchlists.source.venues import fj_approved, fj_notified
from watchlists.source.violating import fj_violating, xa_violating

RECEIVED_TIME = "T09:00:00+08:00"
# One list in each format that banks receive; an XLSX carries its batch on a sheet, the others as options.
ENCODINGS = {"fj-unapproved": "gb18030"}
FORMATS = {"xa-violating": "ndjson"}


def sample_lists() -> list[SampleList]:
    """Return all sample lists, in the order in which they are loaded."""
    cast = Cast()
    violating = fj_violating(cast)
    return [
        violating,
        fj_weipan(cast),
        fj_unapproved(cast),
        fj_notified(cast),
        fj_approved(cast, violating),
        xa_violating(cast),
    ]


def as_written(alias: str, value: str) -> str:
    """Return a cell as a Chinese office writes it: coded values in Chinese, the rest unchanged."""
    column = BY_ALIAS[alias]
    if alias == "violation_codes":
        return value
    names = {english: chinese for chinese, english in reversed(column.codes.items())}
    return "；".join(names.get(part, part) for part in value.split("；")) if names else value


def table(version: Version) -> tuple[list[str], list[list[str]]]:
    """Return headers and rows: the row number, the required columns and those that some row fills."""
    used = {alias for row in version.rows for alias, value in row.items() if value}
    columns = [c for c in COLUMNS if c.alias == "row_no" or c.alias in REQUIRED or c.alias in used]
    rows = [
        [str(number) if c.alias == "row_no" else as_written(c.alias, row.get(c.alias, "")) for c in columns]
        for number, row in enumerate(version.rows, 1)
    ]
    return [c.zh for c in columns], rows


def csv_text(version: Version) -> str:
    """Return a version as CSV with Chinese headers."""
    text = io.StringIO()
    writer = csv.writer(text)
    headers, rows = table(version)
    writer.writerow(headers)
    writer.writerows(rows)
    return text.getvalue()


def ndjson_text(version: Version) -> str:
    """Return a version as NDJSON: one object a row, English names, filled cells only."""

    def shown(row: Row) -> str:
        return json.dumps({alias: value for alias, value in row.items() if value}, ensure_ascii=False)

    return "".join(shown(row) + "\n" for row in version.rows)


def write_workbook(path: Path, headers: Sequence[str], rows: Sequence[Sequence[str]], batch: dict[str, str]) -> None:
    """Write an XLSX with the two sheets; every cell is text, so no code turns into a number."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": CREATED})
        sheet = book.add_worksheet("批次信息")
        sheet.set_column(0, 1, 28)
        for line, (field, value) in enumerate(batch.items()):
            sheet.write_row(line, 0, [field, value])
        sheet = book.add_worksheet("名单")
        sheet.freeze_panes(1, 2)
        for line, cells in enumerate((headers, *rows)):
            for place, cell in enumerate(cells):
                if cell:
                    sheet.write_string(line, place, cell)


def options(the_list: SampleList, version: Version) -> dict[str, str]:
    """Return the batch fields of a version by the names of the command line's options."""
    return {
        "file_kind": version.file_kind,
        "list_name": the_list.name,
        "list_issuer": the_list.issuer,
        "issuing_doc_no": version.doc_no,
        "issued_on": version.received_on,
        "effective_on": version.received_on,
        "received_at": version.received_on + RECEIVED_TIME,
        "jurisdiction_code": the_list.jurisdiction_code,
    }


def write_version(folder: Path, the_list: SampleList, number: int, version: Version) -> dict[str, object]:
    """Write one file and return its line of the manifest."""
    file_format = FORMATS.get(the_list.code, version.file_format)
    path = folder / the_list.code / f"v{number:02d}-{version.file_kind.lower()}-{version.received_on}.{file_format}"
    path.parent.mkdir(parents=True, exist_ok=True)
    batch = options(the_list, version)
    if file_format == "xlsx":
        shown = {
            "文件类型": {"FULL": "全量", "DELTA": "增量"}[version.file_kind],
            "名单编号": the_list.code,
            "名单名称": the_list.name,
            "名单制定机关": the_list.issuer,
            "上传机关": the_list.issuer,
            "发文字号": version.doc_no,
            "成文日期": version.received_on,
            "生效日期": version.received_on,
            "接收时间": batch["received_at"],
            "适用辖区": the_list.jurisdiction_code,
            "记录数": str(len(version.rows)),
        }
        write_workbook(path, *table(version), shown)
    elif file_format == "ndjson":
        path.write_text(ndjson_text(version), encoding="utf-8")
    else:
        path.write_bytes(csv_text(version).encode(ENCODINGS.get(the_list.code, "utf-8-sig")))
    return {"file": path.relative_to(folder).as_posix(), "options": {} if file_format == "xlsx" else batch}


def write_all(folder: Path) -> None:
    """Write every sample file, the manifest and the template into ``folder``."""
    manifest = [
        {
            "code": the_list.code,
            "name": the_list.name,
            "files": [write_version(folder, the_list, n, v) for n, v in enumerate(the_list.versions, 1)],
        }
        for the_list in sample_lists()
    ]
    text = json.dumps({"maker": "样例经办", "checker": "样例复核", "lists": manifest}, ensure_ascii=False, indent=2)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    write_template(folder / "template.xlsx")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
