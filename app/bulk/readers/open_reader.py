"""Opens a file of counterparties by the ending of its name."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.bulk.readers import charset, csv_reader, ndjson_reader, parquet_reader, text_rewrite, workbook_reader
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
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".xlsx": "workbook",
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
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OLD_ENDINGS: Final = frozenset({".xls", ".et"})


def format_of(path: Path) -> str:
    """Return the input format by the file's ending.  Raises Invalid for an unknown one."""
    try:
        return FORMATS[path.suffix.lower()]
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
    if head.startswith(_WORKBOOKS) or is_markup(head):
        return "workbook"
    if named == "workbook" and path.suffix.lower() in _OLD_ENDINGS:
        return "csv"
    return named


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
