"""A file of any kind to sheets.  The content decides what it is; an ending that contradicts it is named or refused."""

from pathlib import PurePath
from typing import Final

from app.errors import TooLarge
from app.tabular.finding import Finding, Severity
from app.tabular.header_rows import KnownHeader
from app.tabular.limits import FileLimits
from app.tabular.sheet import Sheet
from app.tabular.text_file import decoded, read_text
from app.tabular.unreadable import Unreadable
from app.tabular.workbook import read_workbook
from app.tabular.workbook_child import content_kind

_WORKBOOK_MAGICS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_PACKED_ENDINGS: Final = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods"})
_OLD_ENDINGS: Final = frozenset({".xls", ".et"})
_TEXT_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".json"})
_MARKUP_ENDINGS: Final = _OLD_ENDINGS | {".htm", ".html", ".xml", ".mht", ".mhtml"}
_FOREIGN_MAGICS: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ")


def is_markup(data: bytes) -> bool:
    """Whether a content is HTML or XML, or pages in one file, which are read as a workbook is."""
    return content_kind.is_markup(data) or content_kind.is_page_archive(data)


def check_content(data: bytes, name: str, limits: FileLimits) -> None:
    """Refuse what is too large, or is a file of another type than its name and any list's.

    Raises :class:`Unreadable` and :class:`app.errors.TooLarge`.
    """
    if len(data) > limits.bytes_max:
        mib = limits.bytes_max >> 20
        raise TooLarge("list-file-too-large", f"文件超过 {mib} MiB (the file is larger than {mib} MiB)")
    ending = PurePath(name).suffix.lower()
    if data.startswith(_WORKBOOK_MAGICS):
        if ending in _TEXT_ENDINGS:
            raise _wrong_type(ending, "工作簿", "a workbook")
    elif data.startswith(_FOREIGN_MAGICS):
        raise _wrong_type(ending, "其他类型的文件", "a file of another type")
    elif ending in _PACKED_ENDINGS:
        raise _wrong_type(ending, "文本或已损坏的文件", "text, or damaged")
    elif is_markup(data) and ending not in _MARKUP_ENDINGS:
        raise _wrong_type(ending, "网页或XML", "HTML or XML")


def read_sheets(
    data: bytes, name: str, limits: FileLimits, known: KnownHeader
) -> tuple[tuple[Sheet, ...], list[Finding]]:
    """Return the sheets of a file and what is doubtful about it as a whole.

    ``name`` is the file's name; ``known`` tells the headers, by which the delimiter of a text is chosen.  Raises
    :class:`Unreadable` where it cannot be read, :class:`app.errors.TooLarge` past a limit.
    """
    check_content(data, name, limits)
    ending = PurePath(name).suffix.lower()
    if data.startswith(_WORKBOOK_MAGICS):
        return read_workbook(data, limits), []
    if is_markup(data):
        return read_workbook(data, limits), [_other_kind(ending, "网页或XML表格", "a table in HTML or XML")]
    found = decoded(data)
    if not found.text.strip():
        raise Unreadable(
            "EMPTY_FILE",
            "文件是空的",
            "the file is empty",
            "上传含有表头和数据行的文件 / upload a file with a header and rows",
        )
    doubts = list(found.doubts)
    if ending in _OLD_ENDINGS:
        doubts.append(_other_kind(ending, "文本", "text"))
    return (read_text(found.text, limits, known),), doubts


def _other_kind(ending: str, is_zh: str, is_en: str) -> Finding:
    return Finding(
        severity=Severity.WARN,
        code="FILE_KIND_DIFFERS",
        text_zh=f"文件名以“{ending}”结尾，内容是{is_zh}，已按其内容读取",
        text_en=f"the name ends in “{ending}”, the content is {is_en}; it was read as what it is",
        suggestion="核对各列无误；以后可另存为 .xlsx / check the columns; save it as .xlsx next time",
    )


def _wrong_type(ending: str, is_zh: str, is_en: str) -> Unreadable:
    return Unreadable(
        "WRONG_TYPE",
        f"文件名以“{ending}”结尾，内容却是{is_zh}",
        f"the name ends in “{ending}”, but the content is {is_en}",
        "另存为 CSV（UTF-8）或 XLSX 后重新上传 / save it as CSV (UTF-8) or XLSX and upload it again",
    )
