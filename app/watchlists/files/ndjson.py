"""NDJSON list files to a sheet: one object a line, under one header of all their keys."""

import json
from collections.abc import Iterable
from typing import Any, Final

from app.errors import TooLarge
from app.tabular.limits import FileLimits
from app.tabular.sheet import Cell, Sheet, SheetRow, cleaned
from app.tabular.text_file import bounded
from app.tabular.unreadable import Unreadable
from app.watchlists.layout.cell_items import escaped_item, join_former, join_raw, plain_item
from app.watchlists.layout.columns import column_of

_KEYS_MAX: Final = 256


def read_ndjson(text: str, limits: FileLimits) -> Sheet:
    """Return the objects of an NDJSON file under one header of all their keys, which has row 0."""
    headers: dict[str, int] = {}
    lines = list(bounded(_ndjson_lines(text, headers), limits))
    if not lines:
        return Sheet(None, ())
    return Sheet(None, (SheetRow(0, tuple(headers)), *lines))


def _ndjson_lines(text: str, headers: dict[str, int]) -> Iterable[SheetRow]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            shown = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_without_repeats)
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
        if len(headers) > _KEYS_MAX:
            raise TooLarge("list-file-too-large", "键过多 (the objects have too many different keys)")
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


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a key that is in it twice would hide one of its values."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _bad_json(number: int, why: str) -> Unreadable:
    return Unreadable(
        "BAD_NDJSON",
        f"第 {number} 行不是一个JSON对象：{why}",
        f"line {number} is not one JSON object: {why}",
        "每行写一个完整的JSON对象 / write one whole JSON object on each line",
        row=number,
    )
