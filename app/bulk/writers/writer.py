"""Decided batches → the parts of an output file, and the parts → the file.

A part is the output of one chunk.  Parts of CSV and NDJSON are joined as bytes, those of Parquet as row
groups (:mod:`app.bulk.writers.parquet_concat`), those of a workbook are read again.  The same parts give the
same bytes.
"""

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from app.bulk.readers.file_layout import RAW_COLUMN, WORDS_COLUMN
from app.bulk.writers import csv_text, parquet_concat
from app.errors import Invalid

_ROWS_LOOKED_AT = 1_000
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

FORMATS = {".csv": "csv", ".parquet": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson", ".xlsx": "xlsx"}
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What the parts are put together to: the columns of the input and those that the run adds.

    ``bom`` puts a byte order mark before a CSV; ``about`` is what a workbook says of the run, labels and texts.
    """

    kind: str
    carried: Sequence[str]
    added: Sequence[str]
    bom: bool = False
    about: Sequence[tuple[str, str]] = ()


def format_of(path: Path) -> str:
    """Return the output format by the file's ending.  Raises Invalid for an unknown one."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise Invalid(
            "unknown-format", f"{path.name}: 输出文件类型 / the output's ending is one of {' '.join(FORMATS)}"
        ) from None


def visible(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Leave out the columns that travel beside those of the user."""
    return batch.select([name for name in batch.schema.names if not name.startswith("\x00")])


def part(batch: pa.RecordBatch, kind: str, added: int, renamed: Mapping[str, str] = _NOTHING) -> bytes:
    """Return the output of one chunk; its last ``added`` visible columns are those that the run adds.

    ``renamed`` are the columns of the input that have another name in the batch, for lines that come back as
    they were written.
    """
    shown = visible(batch)
    if kind == "csv":
        return csv_text.rows([_as_text(column) for column in shown.columns])
    if kind == "ndjson":
        carried, decided = shown.schema.names[:-added], shown.schema.names[-added:]
        lines = _carried(batch, carried, renamed)
        return b"".join(map(_merged, lines, _decisions(shown.select(decided))))
    buffer = io.BytesIO()
    if kind == "xlsx":
        names = [*shown.schema.names, WORDS_COLUMN]
        texts = pa.table([_as_text(batch.column(name)) for name in names], names)
        pq.write_table(texts, buffer, compression="zstd", use_dictionary=False)
        return buffer.getvalue()
    names = [*filter(partial(_repeats, shown), shown.schema.names[:-added]), *shown.schema.names[-added:]]
    pq.write_table(pa.Table.from_batches([shown]), buffer, compression="zstd", use_dictionary=names)
    return buffer.getvalue()


def assemble(parts: Sequence[Path], asked: Assembly, output: BinaryIO) -> None:
    """Join the parts, of which there is at least one, in their order."""
    if asked.kind == "parquet":
        parquet_concat.join(parts, output)
        return
    if asked.kind == "xlsx":
        from app.bulk.writers import answer_workbook  # noqa: PLC0415 - only who writes workbooks loads their writer

        answer_workbook.assemble(parts, asked.carried, asked.added, asked.about, output)
        return
    if asked.kind == "csv":
        output.write((_BOM if asked.bom else b"") + csv_text.header_line([*asked.carried, *asked.added]))
    for path in parts:
        with path.open("rb") as file:
            shutil.copyfileobj(file, output)


def _repeats(batch: pa.RecordBatch, name: str) -> bool:
    """Whether a column repeats its values, so that a dictionary makes it smaller; trying that is dear."""
    column = batch.column(name).slice(0, _ROWS_LOOKED_AT)
    if pa.types.is_dictionary(column.type) or pa.types.is_nested(column.type):
        return True
    return bool(pc.count_distinct(column).as_py() * 2 <= len(column))


def _as_text(column: pa.Array) -> pa.Array:
    """Return a column as texts: what Arrow cannot write as text becomes JSON."""
    if pa.types.is_nested(column.type):
        return pa.array([None if value is None else _json(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    return pc.cast(column, pa.string())


def _carried(batch: pa.RecordBatch, names: Sequence[str], renamed: Mapping[str, str]) -> list[str]:
    """Return each input row as the text of a JSON object, as it was written where it was JSON."""
    if RAW_COLUMN not in batch.schema.names:
        return [_json(row) for row in batch.select(names).to_pylist()]
    raw: list[str] = batch.column(RAW_COLUMN).to_pylist()
    return [_renamed(line, renamed) for line in raw] if renamed else raw


def _renamed(line: str, renamed: Mapping[str, str]) -> str:
    return _json({renamed.get(key, key): value for key, value in json.loads(line).items()})


def _decisions(batch: pa.RecordBatch) -> list[str]:
    """Return the added columns of each row as the text of a JSON object; most rows repeat a few."""
    names = batch.schema.names
    known: dict[tuple[Any, ...], str] = {}
    texts = []
    for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
        text = known.get(row) or known.setdefault(row, _json(dict(zip(names, row, strict=True))))
        texts.append(text)
    return texts


def _merged(carried: str, decided: str) -> bytes:
    inside = carried[1:-1].strip()
    return f"{{{inside}{', ' if inside else ''}{decided[1:-1]}}}\n".encode()


def _json(value: Any) -> str:  # noqa: ANN401 - any value of Arrow
    return json.dumps(value, ensure_ascii=False, default=str)
