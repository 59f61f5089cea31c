"""The beginning of a text file: its encoding, its delimiter, and where its header is below titles."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.bulk.readers.charset import detect
from app.bulk.readers.chunking import LINE_BYTES_MAX
from app.bulk.readers.read_options import ReadOptions
from app.errors import Invalid
from app.names.party_words import reads_as_organisation
from app.tabular.delimiters import DELIMITERS, delimiter_of, split_rows
from app.tabular.header_rows import HEADER_ROWS_MAX, Header, KnownHeader, find_header, header_texts
from app.tabular.sheet import SheetRow

COLUMNS_MAX: Final = 1_000
"""More columns than any book has; each costs time in every chunk."""

_FIRM: Final = re.compile(r".{4}(?:公司|合作社|事务所|交易所|交易中心|交易市场)\s*$")
_JOINED_MAX: Final = 50
_NO_CSV_BYTES: Final = ord("0")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextHead:
    """What is known of a text file before its rows.

    ``start`` is the first byte of the data, ``text_start`` that of the text; ``header_row`` is the row of the header
    as the user counts, 0 for none; ``header_line`` its bytes.
    """

    encoding: str
    delimiter: str
    titles: tuple[str, ...]
    text_start: int
    start: int
    header_row: int
    header_line: bytes = b""


@dataclass(frozen=True, slots=True)
class _Record:
    """One record: its bytes, where it ends in the file, and the line on which it begins, as the user counts."""

    data: bytes
    end: int
    line: int


def read_head(path: Path, options: ReadOptions, known: KnownHeader) -> TextHead:
    """Find out how a text file is written.  ``known`` tells the headers.  Raises Invalid."""
    encoding, start = detect(path, options.encoding)
    wide = encoding.startswith("utf-16")
    records = list(_wide_records(path, encoding, start) if wide else _records(path, start))
    texts = [record.data.decode("utf-8" if wide else encoding, "replace").strip("\r\n") for record in records]
    if any("\r" in text and '"' not in text for text in texts):
        raise Invalid("line-ends", f"{path.name}: 换行符应为 LF 或 CRLF / lines must end in LF or CRLF, not in CR")
    delimiter = options.delimiter or _long_delimiter(texts) or delimiter_of(texts, lambda cell: known(cell) is not None)
    rows = [
        SheetRow(record.line, tuple(cell.strip() or None for cell in _cells(text, delimiter)))
        for record, text in zip(records, texts, strict=True)
    ]
    place, titles = choose_header(rows, options, known, path.name)
    if place is not None and records[place].data.count(b'"') % 2:
        raise Invalid("no-header", f"{path.name}: 表头行引号不成对 / the quotes of the header do not pair")
    if len(titles) > COLUMNS_MAX:
        raise Invalid("too-many-columns", f"{path.name}: {len(titles):,}列，上限 / columns, at most {COLUMNS_MAX:,}")
    return TextHead(
        encoding=encoding,
        delimiter=delimiter,
        titles=titles,
        text_start=start,
        start=start if place is None else records[place].end,
        header_row=0 if place is None else rows[place].number,
        header_line=b"" if place is None else records[place].data.strip(b"\r\n"),
    )


def needs_rewriting(head: TextHead) -> bool:
    """Whether the file cannot be cut by its bytes as it is: characters and delimiters may share bytes."""
    if head.encoding.startswith("utf-16") or len(head.delimiter.encode()) != 1:
        return True
    return head.encoding != "utf-8" and ord(head.delimiter) >= _NO_CSV_BYTES and head.delimiter not in ",;\t"


def choose_header(
    rows: Sequence[SheetRow], options: ReadOptions, known: KnownHeader, name: str
) -> tuple[int | None, tuple[str, ...]]:
    """Return the place of the header among the first rows, None for none, and the titles of the columns.

    ``name`` is the file or sheet.  Raises Invalid where there is no header, or not where it was said to be.
    """
    if not rows:
        raise Invalid("no-header", f"{name}: 没有可读的表头行 / no readable header line")
    if options.header_row == 0:
        width = max(len(row.cells) for row in rows)
        return None, tuple(str(number) for number in range(1, width + 1))
    if options.header_row is not None:
        place = next((i for i, row in enumerate(rows) if row.number == options.header_row), None)
        if place is None:
            raise Invalid(
                "bad-header-row",
                f"{name}: 前{len(rows)}行中没有第{options.header_row}行 / no such row among the first {len(rows)}",
            )
        return place, tuple(str(cell or "") for cell in rows[place].cells)
    found = find_header(rows, known)
    if found is not None and any(_is_firm(cell) for row in rows[found.first : found.last + 1] for cell in row.cells):
        # A row of data may hold more words that are titles than the header does.
        found = find_header(rows[: found.first], known) or found
    if found is not None:
        found = _upper(rows, found, known) or found
        return found.last, tuple(text or "" for text in found.texts)
    first = rows[0].cells
    if any(isinstance(cell, str) and reads_as_organisation(cell) for cell in first):
        raise Invalid(
            "no-header",
            f"{name}: 没有表头，第一行就是名称；请用 --no-header --column 1=name（列号=字段）指明 / "
            "there is no header: say --no-header --column 1=name (number of the column = field)",
        )
    return 0, tuple(str(cell or "") for cell in first)


def _upper(rows: Sequence[SheetRow], found: Header, known: KnownHeader) -> Header | None:
    """Return the header above another one, where between them are rows with names under a known title.

    A sheet may have blocks one below the other, of which a later one has more known columns.
    """
    for place, row in enumerate(rows[: found.first]):
        texts = header_texts(row.cells)
        titled = [index for index, text in enumerate(texts) if text and known(text) is not None]
        between = (other.cells for other in rows[place + 1 : found.first])
        if any(_is_name(cells[index]) for cells in between for index in titled if index < len(cells)):
            return Header(place, place, texts)
    return None


def _is_firm(cell: object) -> bool:
    return isinstance(cell, str) and _FIRM.search(cell) is not None and reads_as_organisation(cell)


def _is_name(cell: object) -> bool:
    return isinstance(cell, str) and reads_as_organisation(cell)


def _long_delimiter(texts: Sequence[str]) -> str | None:
    """Return a delimiter of several characters, which holds a shorter one, where most lines have it."""
    signs = (sign for sign in DELIMITERS if len(sign) > 1)
    return next((sign for sign in signs if sum(sign in text for text in texts) * 2 > len(texts)), None)


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        rows = list(split_rows([text], delimiter))
    except csv.Error:
        return text.split(delimiter)
    return rows[0] if rows else []


def _records(path: Path, start: int) -> Iterator[_Record]:
    """Give the first records that are not blank; a quoted field may hold line breaks."""
    with path.open("rb") as file:
        file.seek(start)
        number = count = 0
        while count < HEADER_ROWS_MAX and (line := file.readline(LINE_BYTES_MAX)):
            number += 1
            first = number
            if not line.strip():
                continue
            while line.count(b'"') % 2 and number - first < _JOINED_MAX and (more := file.readline(LINE_BYTES_MAX)):
                line += more
                number += 1
            count += 1
            yield _Record(line, file.tell(), first)


def _wide_records(path: Path, encoding: str, start: int) -> Iterator[_Record]:
    with path.open("rb") as file:
        file.seek(start)
        text = file.read(1 << 20).decode(encoding, "replace")
    lines = [line for line in enumerate(text.split("\n"), start=1) if line[1].strip()]
    for number, line in lines[:HEADER_ROWS_MAX]:
        yield _Record(line.encode("utf-8", "replace"), 0, number)
