"""One chunk, from its place in the input to its part of the output.  Every engine runs this."""

import pickle
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from app.bulk.readers.file_layout import EVIDENCE_COLUMN, SEEN_COLUMN, Layout, Span
from app.bulk.readers.headers import CHANGE_COLUMN, renamed_columns
from app.bulk.readers.open_reader import open_source
from app.bulk.rows.screen_batch import BatchScreen
from app.bulk.runs import memory
from app.bulk.runs.chunk_log import write_blob
from app.bulk.runs.chunk_result import Blob, ChunkResult, Counts
from app.bulk.writers import writer
from app.watchlists.snapshots.packed import pack


@dataclass(frozen=True, slots=True)
class Task:
    """What a process must know to work on chunks: small, and the same for all."""

    input: Path
    layout: Layout
    screen: Path
    folder: Path
    output_format: str


def write_ready(screen: BatchScreen, folder: Path, name: str) -> Blob:
    """Write the function into a file, with all that workers would have to build."""
    return write_blob(folder, name, pack(screen.ready()))


class ChunkWorker:
    """Works on the chunks of one task, one after the other."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._source = open_source(task.input, task.layout)
        self._screen: BatchScreen = pickle.loads(task.screen.read_bytes())  # noqa: S301 - written by this program
        memory.release_memory()
        self._renamed = renamed_columns(self._screen.header, self._screen.added)

    def work(self, span: Span, mark: str = "") -> ChunkResult:
        """Read, screen and write a chunk; ``mark`` tells apart the files of two attempts."""
        started = time.perf_counter()
        decided = self._screen(self._source.read(span), span.first_row)
        folder, stem = self._task.folder, f"{span.no:07}{mark}"
        data = writer.part(decided, self._task.output_format, len(self._screen.added), self._renamed)
        answers = decided.column(EVIDENCE_COLUMN).drop_null().to_pylist()
        lines = "".join(f"{answer}\n" for answer in answers).encode()
        return ChunkResult(
            span,
            write_blob(folder, f"{stem}.part", data),
            write_blob(folder, f"{stem}.evidence", lines) if lines else None,
            count(decided),
            time.perf_counter() - started,
            _seen(decided),
        )


def count(decided: pa.RecordBatch) -> Counts:
    """Count the rows of a decided batch."""
    outcomes = _values(decided.column("outcome"))
    changes = _values(decided.column(CHANGE_COLUMN)) if CHANGE_COLUMN in decided.schema.names else {}
    errors = decided.column("error")
    return Counts(
        passed=outcomes.get("PASS", 0),
        review=outcomes.get("REVIEW", 0),
        block=outcomes.get("BLOCK", 0),
        errors=decided.num_rows - errors.null_count,
        changes=changes,
        error_kinds=dict(Counter(kind for text in errors.drop_null().to_pylist() for kind in _error_kinds(text))),
        warning_kinds=dict(
            Counter(one for text in decided.column("warnings").drop_null().to_pylist() for one in text.split("|"))
        ),
        entities=_entities(decided),
    )


def _error_kinds(text: str) -> Iterator[str]:
    """Yield the codes of an error, with the column where there is one."""
    for one in text.split("; "):
        code, _, rest = one.partition(" ")
        if code.replace("-", "").isalnum() and code.isascii():
            yield f"{rest[1:].partition(']')[0]}:{code}" if rest.startswith("[") else code


def _entities(decided: pa.RecordBatch) -> dict[str, int]:
    """Count the rows that are not PASS by the entity that each met best."""
    met = decided.select(["outcome", "list_code", "matched_external_id", "matched_name"])
    met = met.filter(pc.not_equal(met.column("outcome"), "PASS"))
    rows = zip(*(met.column(position).to_pylist() for position in (1, 2, 3)), strict=True)
    return dict(Counter(f"{code}/{external_id} {name}" for code, external_id, name in rows if code))


def _seen(decided: pa.RecordBatch) -> tuple[str, ...]:
    if SEEN_COLUMN not in decided.schema.names:
        return ()
    return tuple(dict.fromkeys(decided.column(SEEN_COLUMN).drop_null().to_pylist()))


def _values(column: pa.Array) -> dict[str, int]:
    return {entry["values"]: entry["counts"] for entry in pc.value_counts(column).to_pylist()}
