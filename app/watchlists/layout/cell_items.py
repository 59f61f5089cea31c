r"""One grammar for a cell that holds several values, for writing it and for reading it.

Values are between ``；`` (also ``;``, ``|``, ``｜`` and a new line).  A backslash before one of those signs, before
``@``, ``=`` or a backslash makes it a part of the value; before anything else it is itself.  A former name may carry
its time: ``name@from~to``.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.tabular.placeholders import is_placeholder
from app.tabular.sheet import cleaned

BETWEEN_PARENTS: Final = "；"
"""Is between the names of several venues to which one entity belongs."""

SEPARATORS: Final = ";；|｜\n"
_JOINT: Final = "；"
_ESCAPED: Final = re.compile(r"\\([\\;；|｜@=])")
_MARK_OR_ESCAPED: Final = re.compile(r"\\[\\;；|｜@=]|[;；|｜\n、,，@]")
_TO_ESCAPE: Final = str.maketrans({sign: "\\" + sign for sign in "\\;；|｜"})
_DIGIT: Final = re.compile(r"\d")
_SPAN: Final = re.compile(r"[~～]|(?<=[\d日])\s*(?:至|到|--|—)\s*")


def has_escapes(text: str) -> bool:
    """Whether a cell is written by the grammar of several values, so that it says itself where each begins."""
    return _ESCAPED.search(text) is not None


def split_raw(text: str, separators: str = SEPARATORS) -> Iterator[str]:
    """Give the items of a cell as they are written, escapes included, without blanks around them."""
    if not _MARK_OR_ESCAPED.search(text):
        yield _trimmed(text)
        return
    start = 0
    for match in _MARK_OR_ESCAPED.finditer(text):
        if match.group() in separators:
            yield _trimmed(text[start : match.start()])
            start = match.end()
    yield _trimmed(text[start:])


def plain_item(raw: str) -> str:
    """Return the value that an item stands for."""
    return _ESCAPED.sub(r"\1", raw) if "\\" in raw else raw


def split_items(text: str, separators: str = SEPARATORS) -> list[str]:
    """Return the values of a cell, each once, without empty ones and placeholders."""
    return list(dict.fromkeys(item for raw in split_raw(text, separators) if is_filled(item := plain_item(raw))))


def is_filled(item: str) -> bool:
    """Whether an item says something."""
    return bool(item) and not is_placeholder(item)


def join_items(items: Iterable[str]) -> str:
    """Return the cell from which :func:`split_items` reads these values."""
    return join_raw(escaped_item(item) for item in items)


def join_raw(raw: Iterable[str]) -> str:
    """Return the cell of items that are escaped already."""
    text = _JOINT.join(raw)
    # Else reading would take the cell for a text that a spreadsheet keeps as a formula, ="…".
    return "\\" + text if text.startswith('="') and text.endswith('"') else text


def escaped_item(item: str) -> str:
    """Return a value as an item of a cell."""
    return item.translate(_TO_ESCAPE)


def split_former(raw: str) -> tuple[str, list[str]]:
    """Return the former name that an item holds, and from when and until when it was used, as written.

    A sign ``@`` with no digit behind it belongs to the name.
    """
    place = max((match.start() for match in _MARK_OR_ESCAPED.finditer(raw) if match.group() == "@"), default=0)
    if not place or not _DIGIT.search(raw, place):
        return plain_item(raw), []
    return plain_item(cleaned(raw[:place])), _SPAN.split(raw[place + 1 :], maxsplit=1)


def join_former(name: str, since: str, until: str) -> str:
    """Return a former name and its time as an item."""
    item, since, until = (escaped_item(str(text)).replace("@", "\\@") for text in (name, since, until))
    return f"{item}@{since}~{until}" if since or until else item


def _trimmed(raw: str) -> str:
    return " ".join(cleaned(raw).split())


def parent_names(text: str | None) -> tuple[str, ...]:
    """Return the venues that the cell of an entity's parent names."""
    return tuple(filter(None, map(str.strip, text.split(BETWEEN_PARENTS)))) if text else ()
