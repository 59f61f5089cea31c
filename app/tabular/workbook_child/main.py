"""Reads a workbook under limits of memory and processor time that the process sets for itself before it reads a byte.

calamine aborts the whole process on some legal files and unpacks without bound on hostile ones; parsers of HTML and
XML can be kept busy.  So all of them run in a process that may be killed.  The answer is lines of JSON: the head of a
sheet (see :meth:`.traits.Traits.head`) followed by ``[row, [cell …]]`` for each row that is not blank; at last
``{"end": true}``; or ``{"refused": code}`` and nothing more.  A cell is a text, number, truth value or null, or
``["d", "2017-03-15"]`` for a date.
"""

import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from app.tabular.workbook_child import biff, html_tables, open_document, page_archive, spreadsheetml, xlsx_parts
from app.tabular.workbook_child.content_kind import is_markup, is_page_archive
from app.tabular.workbook_child.traits import COLUMNS_MAX, Budget, Refused, Traits

_NOT_WORKSHEETS: Final = ("Vba", "MacroSheet")


def main() -> None:
    """Set the limits, read standard input, write the answer."""
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    write = sys.stdout.write
    try:
        for answer in _read(data, limits):
            write(json.dumps(answer, ensure_ascii=True, separators=(",", ":")) + "\n")
        write('{"end":true}\n')
    except Refused as refused:
        write(json.dumps({"refused": str(refused)}) + "\n")
    except MemoryError:
        write('{"refused":"TOO_LARGE_UNPACKED"}\n')
    except Exception:  # noqa: BLE001 - a damaged zip or part fails in many ways, and all mean the same
        write('{"refused":"NOT_A_WORKBOOK"}\n')


def _read(data: bytes, limits: dict[str, int]) -> Iterator[Any]:
    budget = Budget(limits["rows_max"], limits["chars_max"])
    if is_markup(data):
        if spreadsheetml.is_spreadsheetml(data):
            return spreadsheetml.read(data, budget)
        if html_tables.is_html(data):
            return html_tables.read(data, budget)
        raise Refused("NOT_A_TABLE")
    if is_page_archive(data):
        return page_archive.read(data, budget)
    if data.startswith(biff.MAGIC):
        biff.check(data)
        return _sheets(data, biff.traits_by_sheet(data), budget, is_1904=False)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xlsx_parts.check(archive, limits["unpacked_bytes_max"], with_programs=bool(limits.get("with_programs")))
        if xlsx_parts.is_open_document(archive):
            return _sheets(data, open_document.traits_by_sheet(archive), budget, is_1904=False)
        traits, is_1904 = xlsx_parts.traits_by_sheet(archive)
    return _sheets(data, traits, budget, is_1904=is_1904)


def _sheets(data: bytes, traits: dict[str, Traits], budget: Budget, *, is_1904: bool) -> Iterator[Any]:
    # The import is late so that the limits hold for it and the checks come first.
    from python_calamine import CalamineError, PasswordError, load_workbook  # noqa: PLC0415

    try:
        workbook = load_workbook(io.BytesIO(data))
        for index, sheet in enumerate(workbook.sheets_metadata):
            if str(sheet.typ).rpartition(".")[2] in _NOT_WORKSHEETS:
                raise Refused("MACROS")
            if not str(sheet.typ).endswith("WorkSheet"):
                continue
            content = workbook.get_sheet_by_index(index)
            found = traits.get(sheet.name) or Traits()
            found.merges += [
                (first[0] + 1, first[1], last[0] + 1, last[1]) for first, last in content.merged_cell_ranges or ()
            ]
            yield found.head(sheet.name, hidden=not str(sheet.visible).endswith(".Visible"), is_1904=is_1904)
            yield from _lines(content, budget)
    except PasswordError as error:
        raise Refused("ENCRYPTED") from error
    except CalamineError as error:
        raise Refused("NOT_A_WORKBOOK") from error


def _lines(sheet: Any, budget: Budget) -> Iterator[list[Any]]:  # noqa: ANN401 - calamine's sheet, imported late
    first_column = sheet.start[1] if sheet.start else 0
    if first_column + sheet.width > COLUMNS_MAX:
        raise Refused("TOO_MANY_COLUMNS")
    pad: list[Any] = [None] * first_column
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(value) for value in values]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            budget.take(cells)
            yield [number, pad + cells]


def _cell(value: Any) -> Any:  # noqa: ANN401 - whatever calamine gives
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value  # noqa: PLR2004 - exact so far
    if isinstance(value, datetime):
        return ["d", value.date().isoformat() if value.time() == time() else value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    return str(value) if isinstance(value, time | timedelta) else None
