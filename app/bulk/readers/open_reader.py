"""Opens a file of counterparties by the ending of its name."""

import hashlib
from pathlib import Path

from app.bulk.readers import csv_reader, ndjson_reader, parquet_reader
from app.bulk.readers.csv_reader import CsvSource
from app.bulk.readers.file_layout import Layout, Source
from app.bulk.readers.ndjson_reader import NdjsonSource
from app.bulk.readers.parquet_reader import ParquetSource
from app.errors import Invalid, NotFound, TooLarge

FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".xlsx": "workbook",
    ".xls": "workbook",
    ".xlsb": "workbook",
    ".ods": "workbook",
}
BYTES_MAX = 4 << 30

_PIECE_BYTES = 4 << 20


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


def inspect(path: Path, encoding: str | None = None) -> Layout:
    """Learn what is needed to cut and read the file.  A workbook must have been unpacked before."""
    match format_of(path):
        case "csv":
            return csv_reader.inspect(path, encoding)
        case "ndjson":
            return ndjson_reader.inspect(path, encoding)
        case _:
            return parquet_reader.inspect(path)


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
