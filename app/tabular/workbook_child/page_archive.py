"""Pages saved in one file (MHTML, RFC 2557): the “single file web page” of spreadsheets, which people name .xls.

The main page of a workbook names its sheets and says in which part each is; of any other archive every page that has a
table is read.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from app.tabular.workbook_child import html_tables
from app.tabular.workbook_child.traits import Budget, Refused

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_SHEET: Final = "<x:excelworksheet>"
_SHEET_END: Final = "</x:excelworksheet>"
_NAME: Final = re.compile(r"<x:name>([^<]{1,200})</x:name>", re.IGNORECASE)
_SOURCE: Final = re.compile(r"<x:worksheetsource\s{1,8}href=[\"']?([^\"'<>]{1,1000})", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"<x:visible>\s{0,8}sheet(?:very)?hidden", re.IGNORECASE)


class _Page(NamedTuple):
    """A sheet of a workbook, or any page of another archive, as text."""

    name: str | None
    text: str

    @property
    def is_hidden(self) -> bool:
        return bool(_HIDDEN.search(self.text))


def read(data: bytes, budget: Budget) -> Iterator[Any]:
    """Give the answer for each table of each sheet: its head, then its rows.  Raises :class:`.traits.Refused`."""
    pages = _pages(data)
    sheets = [sheet for text in pages.values() for sheet in _sheets(text, pages)]
    found = False
    for page in sheets or [_Page(None, text) for text in pages.values()]:
        for answer in html_tables.tables(page.text, budget, page.name, hidden=page.is_hidden):
            found = True
            yield answer
    if not found:
        raise Refused("NOT_A_TABLE")


def _pages(data: bytes) -> dict[str, str]:
    """Return the pages of an archive by their place."""
    # Only who has such a file loads the reader of messages.
    from email import message_from_bytes  # noqa: PLC0415

    pages = {}
    for number, part in enumerate(message_from_bytes(data).walk()):
        body = part.get_payload(decode=True) if part.get_content_type() in _PAGES else None
        if isinstance(body, bytes) and body.strip():
            place = unquote(str(part.get("Content-Location") or ""))
            pages[place or f"#{number}"] = html_tables.decoded(body)
    return pages


def _sheets(text: str, pages: Mapping[str, str]) -> Iterator[_Page]:
    """Yield the sheets that a page names, each with its own page; the page itself where it names no other."""
    lower = text.lower()
    begin = lower.find(_SHEET)
    while begin >= 0 and (end := lower.find(_SHEET_END, begin)) >= 0:
        told = text[begin:end]
        name, source = _NAME.search(told), _SOURCE.search(told)
        place = unquote(unescape(source[1])).replace("\\", "/") if source else None
        page = text if place is None else next((one for at, one in pages.items() if at.endswith(place)), None)
        if name and page is not None:
            yield _Page(unescape(name[1]).strip() or None, page)
        begin = lower.find(_SHEET, end)
