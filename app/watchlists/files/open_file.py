"""A list file of any kind to sheets.  The content decides what it is; an ending that contradicts it is refused."""

from pathlib import PurePath
from typing import Final

from app.errors import TooLarge
from app.watchlists.files.text_file import decoded, read_csv, read_ndjson
from app.watchlists.files.workbook import read_workbook
from app.watchlists.findings.file_error import Unreadable
from app.watchlists.findings.finding import Finding
from app.watchlists.findings.limits import FileLimits
from app.watchlists.layout.sheet import Sheet

_WORKBOOK_MAGICS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_WORKBOOK_ENDINGS: Final = frozenset({".xlsx", ".xls", ".et", ".xlsm", ".xlsb", ".ods"})
_TEXT_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".json"})
_FOREIGN_MAGICS: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ")


def read_file(data: bytes, name: str, limits: FileLimits) -> tuple[tuple[Sheet, ...], list[Finding]]:
    """Return the sheets of a file and what is doubtful about its encoding.  ``name`` is the file's name.

    Raises :class:`Unreadable` where it is no list file, :class:`app.errors.TooLarge` past a limit.
    """
    if len(data) > limits.bytes_max:
        mib = limits.bytes_max >> 20
        raise TooLarge("list-file-too-large", f"文件超过 {mib} MiB (the file is larger than {mib} MiB)")
    ending = PurePath(name).suffix.lower()
    if data.startswith(_WORKBOOK_MAGICS):
        if ending in _TEXT_ENDINGS:
            raise _wrong_type(ending, "工作簿", "a workbook")
        return read_workbook(data, limits), []
    if data.startswith(_FOREIGN_MAGICS):
        raise _wrong_type(ending, "其他类型的文件", "a file of another type")
    if ending in _WORKBOOK_ENDINGS:
        raise _wrong_type(ending, "文本或已损坏的文件", "text, or damaged")
    text, doubts = decoded(data)
    start = text.lstrip()[:1]
    if not start:
        raise Unreadable("EMPTY_FILE", "文件是空的", "the file is empty", "上传含有表头和数据行的文件")
    if start == "<":
        raise _wrong_type(ending, "网页或XML", "HTML or XML")
    if start == "[" and ending in {".json", ".ndjson", ".jsonl"}:
        raise Unreadable(
            "BAD_NDJSON", "文件是一个JSON数组", "the file is one JSON array", "改为每行一个JSON对象（NDJSON）"
        )
    return ((read_ndjson if start == "{" else read_csv)(text, limits),), doubts


def _wrong_type(ending: str, is_zh: str, is_en: str) -> Unreadable:
    return Unreadable(
        "WRONG_TYPE",
        f"文件名以“{ending}”结尾，内容却是{is_zh}",
        f"the name ends in “{ending}”, but the content is {is_en}",
        "另存为 CSV（UTF-8）或 XLSX 后重新上传",
    )
