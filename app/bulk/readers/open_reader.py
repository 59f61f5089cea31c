"""Opens a file of counterparties by the ending of its name."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from app.bulk.readers import (
    charset,
    csv_reader,
    json_rewrite,
    ndjson_reader,
    parquet_reader,
    text_rewrite,
    workbook_reader,
)
from app.bulk.readers.csv_reader import CsvSource
from app.bulk.readers.file_layout import Layout, Source
from app.bulk.readers.ndjson_reader import NdjsonSource
from app.bulk.readers.parquet_reader import ParquetSource
from app.bulk.readers.read_options import ReadOptions
from app.bulk.readers.text_head import needs_rewriting, read_head
from app.bulk.readers.workbook_reader import NameColumns
from app.errors import Invalid, NotFound, TooLarge
from app.tabular.header_rows import KnownHeader
from app.tabular.open_file import is_markup

FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".dat": "csv",
    ".del": "csv",
    ".unl": "csv",
    ".asc": "csv",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xls": "workbook",
    ".et": "workbook",
    ".htm": "workbook",
    ".html": "workbook",
    ".xml": "workbook",
    ".mht": "workbook",
    ".mhtml": "workbook",
    ".xlsb": "workbook",
    ".ods": "workbook",
}
BYTES_MAX = 4 << 30

_PIECE_BYTES: Final = 4 << 20
_HEAD_BYTES: Final = 4096
_PARQUET: Final = b"PAR1"
_ZIP: Final = b"PK\x03\x04"
_WORKBOOK_PARTS: Final = frozenset({"[content_types].xml", "mimetype", "xl/workbook.xml", "xl/workbook.bin"})
_WORKBOOKS: Final = (_ZIP, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_PACKED: Final = frozenset({".gz", ".tgz", ".zip", ".7z", ".rar", ".tar", ".bz2", ".xz", ".zst", ".z"})
_UNPACK: Final = ("压缩文件，请先解压", "packed: unpack it first")
_OF_OTHERS: Final[Mapping[bytes, tuple[str, str]]] = {
    **dict.fromkeys((b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"), _UNPACK),
    b"%PDF": ("PDF，请改为表格", "a PDF: export it as a table"),
    b"\x89PNG": ("图片，请改为表格", "a picture: export a table"),
    b"\xff\xd8\xff": ("图片，请改为表格", "a picture: export a table"),
    b"SQLite format 3": ("数据库，请导出为 CSV", "a database: export it as CSV"),
}
_OLD_ENDINGS: Final = frozenset({".xls", ".et"})


def format_of(path: Path) -> str:
    """Return the input format by the file's ending.  Raises Invalid for an unknown one."""
    ending = path.suffix.lower()
    if ending in _PACKED:
        zh, en = _UNPACK
        raise Invalid("unknown-format", f"{path.name}: {zh} / the file is {en}")
    try:
        return FORMATS[ending]
    except KeyError:
        raise Invalid(
            "unknown-format", f"{path.name}: 支持的文件类型 / the ending is one of {' '.join(FORMATS)}"
        ) from None


def check(path: Path, bytes_max: int = BYTES_MAX) -> None:
    """Raise unless the file is there, is not empty and is within the limit."""
    if not path.is_file():
        raise NotFound("no-input", f"{path}: 没有这个文件 / no such file")
    size = path.stat().st_size
    if not size:
        raise Invalid("empty-input", f"{path.name}: 文件为空 / the file is empty")
    if size > bytes_max:
        raise TooLarge("input-too-large", f"{path.name}: {size:,} bytes, 上限 / at most {bytes_max:,}")


def content_format(path: Path) -> str:
    """Return the format that the content shows: web systems name text and markup ``.xls``.  Raises Invalid."""
    named = format_of(path)
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_ZIP) and not _is_workbook(path):
        raise _of_others(path, *_UNPACK)
    if head.startswith(_WORKBOOKS) or is_markup(head):
        return "workbook"
    for magic, texts in _OF_OTHERS.items():
        if head.startswith(magic):
            raise _of_others(path, *texts)
    if named == "workbook" and path.suffix.lower() in _OLD_ENDINGS:
        return "csv"
    return named


def _of_others(path: Path, zh: str, en: str) -> Invalid:
    return Invalid("unknown-format", f"{path.name}: 内容是{zh} / the content is {en}")


def _is_workbook(path: Path) -> bool:
    """Whether a zip file holds the parts of a workbook; one that cannot be opened is left to its reader."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError):
        return True
    return any(name.lstrip("/").lower() in _WORKBOOK_PARTS for name in names)


def open_input(
    path: Path, folder: Path, options: ReadOptions, known: KnownHeader, has_name: NameColumns
) -> tuple[Path, Layout]:
    """Return the file that is read chunk by chunk, and its layout; what cannot be cut as it is is written anew.

    ``known`` and ``has_name`` judge headers.  Raises Invalid, TooLarge.
    """
    kind = content_format(path)
    if kind == "workbook":
        readable = folder / "input.parquet"
        unpacked = workbook_reader.unpack(path, readable, options, known, has_name)
        layout = parquet_reader.inspect(readable)
        return readable, replace(
            layout, header_row=unpacked.header_row, sheets=unpacked.sheets, sheets_left_out=unpacked.left_out
        )
    if kind == "parquet":
        return path, parquet_reader.inspect(path)
    if kind == "json":
        path = json_rewrite.rewrite(path, folder / "rows.ndjson", options.encoding)
        options = options if path.parent != folder else replace(options, encoding=None)
        kind = "ndjson"
    if kind == "ndjson":
        encoding, start = charset.detect(path, options.encoding)
        if encoding.startswith("utf-16"):
            readable = folder / "input.ndjson"
            text_rewrite.rewrite(path, readable, encoding, start)
            return readable, replace(ndjson_reader.inspect(readable), encoding="utf-8")
        return path, ndjson_reader.inspect(path, encoding)
    head = read_head(path, options, known)
    if not needs_rewriting(head):
        return path, csv_reader.inspect(path, options, known)
    readable = folder / "input.csv"
    text_rewrite.rewrite(path, readable, head.encoding, head.text_start, head.delimiter)
    delimiter = text_rewrite.DELIMITER if len(head.delimiter.encode()) > 1 else head.delimiter
    layout = csv_reader.inspect(readable, replace(options, encoding="utf-8", delimiter=delimiter), known)
    return readable, replace(layout, bom=head.text_start > 0 or head.encoding != "utf-8")


def open_source(path: Path, layout: Layout) -> Source:
    """Open a file whose layout is known."""
    match layout.format:
        case "csv":
            return CsvSource(path, layout)
        case "ndjson":
            return NdjsonSource(path, layout)
        case _:
            return ParquetSource(path, layout)


def sha256(path: Path) -> str:
    """Return the digest of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
