"""A JSON file with all rows in one array → one object a line, as they are read.

The rows are an array of objects, alone or as the only such array inside of an object ({"data": {"list": […]}}).  A file
of lines that is named .json is left as it is.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from app.bulk.readers.charset import detect
from app.errors import Invalid, TooLarge
from app.strict_json import DECODER

BYTES_MAX: Final = 512 << 20
_DEPTH_MAX: Final = 5
_LINE_BYTES: Final = 1 << 20
_BLANKS: Final = " \t\r\n"
_AS_LINES: Final = "请改为每行一个对象（NDJSON） / write it as one object a line (NDJSON)"
_ANY: Final = json.JSONDecoder()


def rewrite(path: Path, to: Path, encoding: str | None = None) -> Path:
    """Write the rows of a file to another one, a line each; return it, or the file itself where it has lines already.

    Raises Invalid where it has no rows or several arrays of them, and TooLarge past :data:`BYTES_MAX`.
    """
    found, start = detect(path, encoding)
    if _has_lines(path, found, start):
        return path
    if path.stat().st_size > BYTES_MAX:
        raise TooLarge(
            "input-too-large",
            f"{path.name}: JSON 数组文件上限 / a JSON array has at most {BYTES_MAX >> 20} MiB; {_AS_LINES}",
        )
    text = path.read_bytes()[start:].decode(found, "replace").strip(_BLANKS)
    lines = _of_array(text, path.name) if text.startswith("[") else _of_object(text, path.name)
    with to.open("w", encoding="utf-8", newline="\n") as file:
        written = [file.write(f"{line}\n") for line in lines]
    if not written:
        raise Invalid("no-header", f"{path.name}: 数组为空 / the array is empty")
    return to


def _has_lines(path: Path, encoding: str, start: int) -> bool:
    """Whether the first line is an object by itself and is not all of the file."""
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(_LINE_BYTES).decode(encoding, "ignore").lstrip()
    line, _, rest = head.partition("\n")
    try:
        return isinstance(json.loads(line), dict) and bool(rest.strip())
    except (ValueError, RecursionError):
        return False


def _of_array(text: str, name: str) -> Iterator[str]:
    """Give the elements of an array as they are written; a line break in JSON is between its signs only."""
    place = 1
    while True:
        place = _behind_blanks(text, place)
        if text[place : place + 1] == "]":
            break
        try:
            value, end = _ANY.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            raise _broken(name, error) from error
        if isinstance(value, list):
            raise Invalid(
                "json-rows",
                f"{name}: 数组的元素须是对象（列名: 值） / the elements of the array must be objects; {_AS_LINES}",
            )
        yield text[place:end].replace("\n", " ").replace("\r", " ")
        place = _behind_blanks(text, end)
        if text[place : place + 1] == ",":
            place += 1
        elif text[place : place + 1] != "]":
            raise _broken(name, None)
    if _behind_blanks(text, place + 1) < len(text):
        raise _broken(name, None)


def _of_object(text: str, name: str) -> Iterator[str]:
    try:
        value = DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise _broken(name, error) from error
    arrays = dict(_arrays(value, "", 0))
    if len(arrays) > 1:
        raise Invalid(
            "json-rows",
            f"{name}: 有多个数组（{'、'.join(arrays)}），请只保留一个 / there are several arrays of objects; keep one",
        )
    for rows in arrays.values():
        yield from (json.dumps(row, ensure_ascii=False) for row in rows)
    if not arrays and isinstance(value, dict):
        yield json.dumps(value, ensure_ascii=False)


def _arrays(value: Any, place: str, depth: int) -> Iterator[tuple[str, list[Any]]]:  # noqa: ANN401 - any JSON
    """Give the arrays of objects in an object, not those inside of their rows."""
    if not isinstance(value, dict) or depth > _DEPTH_MAX:
        return
    for key, inner in value.items():
        here = f"{place}/{key}"
        if isinstance(inner, list) and any(isinstance(one, dict) for one in inner):
            yield here, inner
        else:
            yield from _arrays(inner, here, depth + 1)


def _behind_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANKS:
        place += 1
    return place


def _broken(name: str, error: Exception | None) -> Invalid:
    return Invalid("json-rows", f"{name}: 不是完整的 JSON / no whole JSON: {error or 'it ends too early'}; {_AS_LINES}")
