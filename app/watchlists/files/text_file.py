"""Text files to a sheet: CSV with comma or tab, and NDJSON, in UTF-8, UTF-16 with a mark, or GB18030 (GBK)."""

import codecs
import csv
import io
import json
from collections.abc import Iterable
from typing import Any, Final

from app.errors import TooLarge
from app.watchlists.findings.file_error import Unreadable
from app.watchlists.findings.finding import Finding, Severity
from app.watchlists.findings.limits import FileLimits
from app.watchlists.layout.cell_items import escaped_item, join_former, join_raw, plain_item
from app.watchlists.layout.columns import column_of
from app.watchlists.layout.sheet import Cell, Sheet, SheetRow, cleaned

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DOUBT_SHARE: Final = 0.15
_DOUBT_SAMPLE: Final = 200_000
_HEAD_LINES: Final = 30


def decoded(data: bytes) -> tuple[str, list[Finding]]:
    """Return the text of a file and, where its encoding is doubtful, a finding.

    The ladder is byte order mark, UTF-8, GB18030: strict UTF-8 is never right by chance, and GB18030 takes
    nearly everything, so it comes last and its result is looked at.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None and b"\x00" in data:
        raise Unreadable(
            "NOT_TEXT",
            "文件不是文本，也不是表格",
            "the file is neither text nor a workbook",
            "上传 CSV、XLSX 或 NDJSON",
        )
    for name in (encoding,) if encoding else ("utf-8", "gb18030"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        return text, _doubts(text) if name == "gb18030" else []
    raise Unreadable(
        "ENCODING",
        "文件编码既不是 UTF-8 也不是 GB18030",
        "the file is neither UTF-8 nor GB18030",
        "另存为“CSV UTF-8”后重新上传",
    )


def _doubts(text: str) -> list[Finding]:
    """Doubt a GB18030 reading with many characters outside GB 2312: Big5 and Latin-1 come out like that."""
    sample = [char for char in text[:_DOUBT_SAMPLE] if char > "\x7f"]
    rare = sum(not char.encode("gb2312", "ignore") for char in sample)
    if rare <= len(sample) * _DOUBT_SHARE:
        return []
    return [
        Finding(
            Severity.WARN,
            "ENCODING_DOUBTFUL",
            "按 GB18030 读出大量生僻字，文件可能是其他编码（如 Big5）",
            "read as GB18030 the file has many rare characters; it may be in another encoding, such as Big5",
            suggestion="核对文字无误，或另存为“CSV UTF-8”后重新上传",
        )
    ]


def read_csv(text: str, limits: FileLimits) -> Sheet:
    """Return the rows of a CSV, with comma or tab, whichever its header speaks for."""
    delimiter = max(",\t", key=lambda char: _headers_known(text, char))
    return Sheet(None, tuple(_bounded(_csv_lines(text, delimiter, limits), limits)))


def _headers_known(text: str, delimiter: str) -> int:
    head = csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=delimiter)
    best = 0
    try:
        for _, row in zip(range(_HEAD_LINES), head, strict=False):
            best = max(best, sum(column_of(cell) is not None for cell in row))
    except csv.Error:
        pass
    return best


def _csv_lines(text: str, delimiter: str, limits: FileLimits) -> Iterable[SheetRow]:
    # One cell is never larger than this; an open quote would otherwise swallow the rest of the file.
    csv.field_size_limit(max(limits.text_chars_max * 2, 131_072))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            cells = tuple(cleaned(cell) or None for cell in row)
            if any(cells):
                yield SheetRow(number, cells)
    except csv.Error as error:
        raise Unreadable(
            "BAD_CSV",
            f"第 {number + 1} 行起引号不成对或格式有误：{error}",
            f"quotes do not pair or the format is wrong from row {number + 1} on: {error}",
            "检查该行的引号，或另存为 XLSX 后重新上传",
            row=number + 1,
        ) from error


def read_ndjson(text: str, limits: FileLimits) -> Sheet:
    """Return the objects of an NDJSON file under one header of all their keys, which has row 0."""
    headers: dict[str, int] = {}
    lines = list(_bounded(_ndjson_lines(text, headers), limits))
    if not lines:
        return Sheet(None, ())
    return Sheet(None, (SheetRow(0, tuple(headers)), *lines))


def _ndjson_lines(text: str, headers: dict[str, int]) -> Iterable[SheetRow]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            shown = json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise _bad_json(number, str(error)) from error
        if not isinstance(shown, dict):
            raise _bad_json(number, "not an object")
        values = {**shown, **shown["extra"]} if isinstance(shown.get("extra"), dict) else shown
        cells: dict[int, Cell] = {}
        for key, value in values.items():
            if key == "extra" and isinstance(value, dict):
                continue
            name = cleaned(key) or "?"
            cells[headers.setdefault(name, len(headers))] = _json_cell(value, number, key)
        yield SheetRow(number, tuple(cells.get(index) for index in range(len(headers))))


def _json_cell(value: Any, number: int, key: str) -> Cell:  # noqa: ANN401 - any JSON value
    """Return a JSON value as the cell that says the same, so that every format is read by one set of rules."""
    if isinstance(value, str):
        return cleaned(value) or None
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        items = [item for item in (_json_item(item, number, key) for item in value) if item]
        column = column_of(key)
        is_several = column is not None and column.is_list
        return cleaned(join_raw(items) if is_several else "；".join(map(plain_item, items))) or None
    raise _bad_json(number, f"{key}: an object is no value")


def _json_item(item: Any, number: int, key: str) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(item, str):
        return escaped_item(item)
    if isinstance(item, dict) and isinstance(item.get("name"), str):
        since, until = item.get("from") or "", item.get("to") or ""
        return join_former(item["name"], since, until)
    raise _bad_json(number, f"{key}: an item must be a text")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _bad_json(number: int, why: str) -> Unreadable:
    return Unreadable(
        "BAD_NDJSON",
        f"第 {number} 行不是一个JSON对象：{why}",
        f"line {number} is not one JSON object: {why}",
        "每行写一个完整的JSON对象",
        row=number,
    )


def _bounded(lines: Iterable[SheetRow], limits: FileLimits) -> Iterable[SheetRow]:
    for count, line in enumerate(lines):
        # The header and the titles above it are few.
        if count > limits.rows_max + _HEAD_LINES:
            raise TooLarge(
                "list-file-too-large", f"文件超过 {limits.rows_max} 行 (the file has more than {limits.rows_max} rows)"
            )
        yield line
