"""Text files to a sheet: fields between any of the usual delimiters, in any of the usual encodings."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.errors import TooLarge
from app.tabular.delimiters import delimiter_of, strict_rows
from app.tabular.encodings import (
    GB18030,
    UTF_8,
    LineState,
    decodes,
    is_utf32,
    lines_of,
    marked_encoding,
    read_line,
    unmarked_utf16,
    voted_encoding,
)
from app.tabular.finding import Finding, Severity
from app.tabular.header_rows import HEADER_ROWS_MAX, KnownHeader
from app.tabular.limits import FileLimits
from app.tabular.sheet import Sheet, SheetRow, cleaned
from app.tabular.unreadable import Unreadable

_DOUBT_SHARE: Final = 0.15
_DOUBT_SAMPLE: Final = 200_000
_VOTES_MAX: Final = 5_000
_DAMAGED_SHARE_MAX: Final = 0.2
_LINES_NAMED_MAX: Final = 10
_HEAD_CHARS: Final = 100_000
_COLUMNS_MAX: Final = 1_024


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file, its encoding, and what is doubtful about it."""

    text: str
    encoding: str
    doubts: tuple[Finding, ...] = ()


def decoded(data: bytes) -> FileText:
    """Return the text of a file.  Lines in another encoding are read in theirs and named.

    What is no character comes out as U+FFFD.  Raises :class:`Unreadable` for a file that is no text, or is in an
    encoding that nobody could tell.
    """
    if is_utf32(data):
        raise Unreadable(
            "ENCODING",
            "文件编码是 UTF-32",
            "the file is in UTF-32",
            "另存为“CSV UTF-8”后重新上传 / save it as “CSV UTF-8” and upload it again",
        )
    if marked := marked_encoding(data):
        encoding, start = marked
        if encoding != UTF_8:
            return FileText(data[start:].decode(encoding, "replace"), encoding)
        return _by_lines(data[start:], UTF_8)
    if wide := unmarked_utf16(data):
        return FileText(data.decode(wide, "replace"), wide)
    if b"\x00" in data:
        raise Unreadable(
            "NOT_TEXT",
            "文件不是文本，也不是表格",
            "the file is neither text nor a workbook",
            "上传 CSV、XLSX 或 NDJSON / upload CSV, XLSX or NDJSON",
        )
    if decodes(data, UTF_8):
        return FileText(data.decode(UTF_8), UTF_8)
    votes = islice((line for line in lines_of(data) if not line.isascii()), _VOTES_MAX)
    return _by_lines(data, voted_encoding(votes) or GB18030)


def _by_lines(data: bytes, encoding: str) -> FileText:
    texts: list[str] = []
    other: dict[str, list[int]] = {}
    damaged = spoken = 0
    for number, line in enumerate(lines_of(data), start=1):
        read = read_line(line, encoding)
        texts.append(read.text)
        spoken += not line.isascii()
        if read.state is LineState.OTHER:
            other.setdefault(read.encoding, []).append(number)
        damaged += read.state is LineState.DAMAGED
    if damaged > max(spoken * _DAMAGED_SHARE_MAX, 1) or damaged == spoken > 0:
        raise Unreadable(
            "ENCODING",
            "文件编码既不是 UTF-8 也不是 GB18030，或文件已损坏",
            "the file is neither UTF-8 nor GB18030, or it is damaged",
            "另存为“CSV UTF-8”后重新上传 / save it as CSV UTF-8 and upload it again",
        )
    text = "".join(texts)
    doubts = [_other_lines(encoding, one, numbers) for one, numbers in other.items()]
    return FileText(text, encoding, (*doubts, *(_rare_characters(text) if encoding == GB18030 else ())))


def _other_lines(encoding: str, found: str, numbers: list[int]) -> Finding:
    shown = "、".join(map(str, numbers[:_LINES_NAMED_MAX])) + ("等" if len(numbers) > _LINES_NAMED_MAX else "")
    return Finding(
        severity=Severity.WARN,
        code="ENCODING_MIXED",
        text_zh=f"文件是 {encoding.upper()}，但有 {len(numbers)} 行是 {found.upper()}（第 {shown} 行），已分别读取",
        text_en=(
            f"the file is {encoding.upper()}, but {len(numbers)} lines are {found.upper()}; each was read in its own"
        ),
        suggestion="核对这些行的文字无误 / check the text of these rows",
    )


def _rare_characters(text: str) -> list[Finding]:
    """Doubt a GB18030 reading with many characters outside GB 2312: Big5 and Latin-1 come out like that."""
    sample = [char for char in text[:_DOUBT_SAMPLE] if char > "\x7f"]
    rare = sum(not char.encode("gb2312", "ignore") for char in sample)
    if rare <= len(sample) * _DOUBT_SHARE:
        return []
    return [
        Finding(
            severity=Severity.WARN,
            code="ENCODING_DOUBTFUL",
            text_zh="按 GB18030 读出大量生僻字，文件可能是其他编码（如 Big5）",
            text_en="read as GB18030 the file has many rare characters; it may be in another encoding, such as Big5",
            suggestion="核对文字无误，或另存为“CSV UTF-8”后重新上传 / check the text, or upload it as CSV UTF-8",
        )
    ]


def read_text(text: str, limits: FileLimits, known: KnownHeader) -> Sheet:
    """Return the rows of a text under the delimiter that its header speaks for."""
    head = text[:_HEAD_CHARS].splitlines(keepends=True)[:HEADER_ROWS_MAX]
    delimiter = delimiter_of(head, lambda cell: known(cell) is not None)
    return Sheet(None, tuple(bounded(_lines(text, delimiter, limits), limits)))


def _lines(text: str, delimiter: str, limits: FileLimits) -> Iterable[SheetRow]:
    # One cell is never larger than this; an open quote would otherwise swallow the rest of the file.
    csv.field_size_limit(max(limits.text_chars_max * 2, 131_072))
    number = 0
    try:
        for number, row in enumerate(strict_rows(text, delimiter), start=1):
            if len(row) > _COLUMNS_MAX:
                raise TooLarge("list-file-too-large", "列数过多 (a row has too many columns)")
            cells = tuple(cleaned(cell) or None for cell in row)
            if any(cells):
                yield SheetRow(number, cells)
    except csv.Error as error:
        raise Unreadable(
            "BAD_CSV",
            f"第 {number + 1} 行起引号不成对或格式有误：{error}",
            f"quotes do not pair or the format is wrong from row {number + 1} on: {error}",
            "检查该行的引号，或另存为 XLSX 后重新上传 / check the quotes of the row, or save it as XLSX",
            row=number + 1,
        ) from error


def bounded(lines: Iterable[SheetRow], limits: FileLimits) -> Iterable[SheetRow]:
    """Give the rows up to the limit; past it raise :class:`app.errors.TooLarge`."""
    for count, line in enumerate(lines):
        # The header and the titles above it are few.
        if count > limits.rows_max + HEADER_ROWS_MAX:
            raise TooLarge(
                "list-file-too-large", f"文件超过 {limits.rows_max} 行 (the file has more than {limits.rows_max} rows)"
            )
        yield line
