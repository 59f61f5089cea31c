"""The pure function on its way to the executors: a file named by its digest, believed only if the digest holds."""

import hashlib
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
from pyspark import SparkContext, SparkFiles

from app.bulk.readers.file_layout import EVIDENCE_COLUMN, FAULT_COLUMN, SEEN_COLUMN, WORDS_COLUMN
from app.bulk.rows.screen_batch import BatchScreen
from app.screening.screen import ENGINE_VERSION
from app.watchlists.snapshots.packed import pack


@dataclass(frozen=True, slots=True)
class BroadcastSnapshot:
    """What a task carries instead of the lists: the name of their file, its digest, and who made it."""

    name: str
    sha256: str
    engine_version: str

    @classmethod
    def send(cls, screen: BatchScreen, context: SparkContext, folder: Path) -> Self:
        """Write the function with its lists into a folder of the driver and offer it to every executor."""
        data = pack(screen.ready())
        digest = hashlib.sha256(data).hexdigest()
        path = folder / f"cutoff-screen-{digest}.bin"
        path.write_bytes(data)
        context.addFile(str(path))
        return cls(path.name, digest, ENGINE_VERSION)

    def decide(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Decide the batches of one partition, on an executor.

        A batch has the columns of the input and, last, the number of each row, rising by one.  The answer
        has the columns of the output, the row numbers, and the evidence.
        """
        screen = _opened(self)
        for batch in batches:
            if batch.num_rows:
                yield _decided(screen, batch)


@lru_cache(maxsize=1)
def _opened(shipped: BroadcastSnapshot) -> BatchScreen:
    """Read the function, once a process.  Raises RuntimeError where it is not what the driver sent."""
    if shipped.engine_version != ENGINE_VERSION:
        raise RuntimeError(f"the driver runs {shipped.engine_version} and this executor {ENGINE_VERSION}")
    data = Path(SparkFiles.get(shipped.name)).read_bytes()
    if hashlib.sha256(data).hexdigest() != shipped.sha256:
        raise RuntimeError(f"{shipped.name} did not arrive as it was sent")
    screen: BatchScreen = pickle.loads(data)  # noqa: S301 - its digest was checked
    return screen


def _decided(screen: BatchScreen, batch: pa.RecordBatch) -> pa.RecordBatch:
    numbers: Any = batch.column(batch.num_columns - 1)
    first = numbers[0].as_py()
    if numbers[-1].as_py() != first + batch.num_rows - 1:
        raise RuntimeError(f"rows are missing after row {first}")
    asked = pa.RecordBatch.from_arrays(
        [*batch.columns[:-1], pa.nulls(batch.num_rows, pa.string())], [*screen.header, FAULT_COLUMN]
    )
    decided = screen(asked, first)
    decided = decided.drop_columns([name for name in (WORDS_COLUMN, SEEN_COLUMN) if name in decided.schema.names])
    position = decided.schema.get_field_index(EVIDENCE_COLUMN)
    return decided.add_column(position, "\x00row", numbers)
