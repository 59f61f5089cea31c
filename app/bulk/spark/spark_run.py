"""Many machines: the same pure function as everywhere, on the partitions of a Spark data set.

Every row gets the number that it has in the input: the rows of all files before its own, by the sorted
paths of the files, and its place in its file.  Rows go to partitions by that number, so partition *n* is
the *n*-th stretch of the input, a task that is done again does the very same rows, and the files of the
output are in the order of the input.  What the function answers is kept on the executors' disks while
the output, the counts and the evidence are taken from it; what a dead executor had is computed again.
"""

import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Final

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark import StorageLevel
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - what all of Spark's users call it
from pyspark.sql.types import IntegerType, LongType, StringType, StructField, StructType

from app import clock
from app.bulk.readers.file_layout import ROWS_PER_CHUNK, Layout
from app.bulk.readers.headers import CHANGE_COLUMN, carried_names, unique_names
from app.bulk.rows import unread_columns
from app.bulk.rows.screen_batch import BatchScreen
from app.bulk.runs.chunk_result import Counts
from app.bulk.runs.options import Options
from app.bulk.runs.run import RunStore
from app.bulk.runs.run_report import RunReport
from app.bulk.spark import storage
from app.bulk.spark.broadcast import BroadcastSnapshot
from app.bulk.spark.storage import Storage, Target, is_table, name_of
from app.errors import Conflict, Invalid, Unavailable

_CHUNKS_PER_PARTITION_MAX: Final = 8
_SAMPLE_ROWS = 2_000
_PARTITIONS_PER_CORE: Final = 4
_NUMBERS: Final = frozenset({"score", "list_version"})


def run(given: str, wanted: str, options: Options, ground: RunStore) -> RunReport:
    """Screen a Parquet file, folder or table on Spark and return the run's report.

    ``given`` and ``wanted`` are places as :mod:`app.bulk.spark.storage` reads them; of ``options`` those
    hold that decide (service, date, since), ``resume``, ``force`` and ``report``.  There is no state
    between runs: ``resume`` leaves a finished run alone and starts any other afresh.

    Raises Invalid for an input or option that is wrong, Conflict where the output is there already,
    Unavailable where Spark gave up.
    """
    run_id, started_at = str(uuid.uuid4()), clock.now()
    with _session(is_table(given) or is_table(wanted)) as spark:
        source, target = storage.read(spark, given), storage.target_of(spark, wanted, run_id)
        placed = _placed(source)
        report_path = options.report or target.report
        input_sha256 = Storage(spark).digest(source.inputFiles())
        finished = _finished(report_path, options, input_sha256, target) if options.resume else None
        if finished:
            return finished
        if target.exists() and not options.force:
            raise Conflict("output-exists", f"{wanted}: 已存在，可用 --force 覆盖 / exists; --force overwrites it")
        layout = Layout(format="parquet", titles=tuple(source.columns), header=unique_names(source.columns))
        screen = ground.screen(layout, options, run_id, started_at)
        sample = source.limit(_SAMPLE_ROWS).toArrow().combine_chunks().to_batches()
        if sample:
            unread_columns.check(
                screen.columns, layout.header, options.reading.columns, sample[0].rename_columns(list(layout.header))
            )
        started = time.monotonic()
        with _screened(spark, source, placed, screen) as (screened, total):
            try:
                shown = screened.select(*(_column(name) for name in screened.columns[:-2]))
                output_sha256 = target.write(shown)
                counts = _counts(screened, len(source.columns), screen)
                if counts.rows != total:
                    raise Unavailable("spark-rows", f"{total} rows went in and {counts.rows} came out")
                report = RunReport(
                    run_id=run_id,
                    input=name_of(given),
                    input_sha256=input_sha256,
                    output=name_of(wanted),
                    output_sha256=output_sha256,
                    options=options.deciding(),
                    basis={**screen.basis(), "engine": f"spark {spark.version}"},
                    counts=counts,
                    started_at=started_at,
                    finished_at=clock.now(),
                    rows_per_second=round(total / max(time.monotonic() - started, 1e-6), 1),
                    resumed=False,
                )
                ground.record(report, _evidence(screened))
                report.write(report_path)
                target.publish()
            finally:
                target.discard()
        return report


@contextmanager
def _session(with_hive: bool) -> Iterator[SparkSession]:  # noqa: FBT001 - one question, one answer
    """Start Spark as ``spark-submit`` or Spark's own files configure it, and stop it at the end."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise Invalid("no-java", "Spark 需要 Java 17 / Spark needs Java 17: apt install openjdk-17-jre-headless")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("cutoff bulk")
    spark = (builder.enableHiveSupport() if with_hive else builder).getOrCreate()
    try:
        spark.conf.set("spark.sql.caseSensitive", "true")
        spark.conf.set("spark.sql.session.timeZone", "UTC")
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS_PER_CHUNK))
        yield spark
    except (Py4JError, PySparkException) as error:
        message = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise Unavailable("spark-failed", f"Spark 失败 / Spark failed: {message}") from error
    finally:
        spark.stop()


def _finished(path: Path, options: Options, input_sha256: str, target: Target) -> RunReport | None:
    report = RunReport.read(path)
    if report is None or (report.input_sha256, report.options) != (input_sha256, options.deciding()):
        return None
    return report if target.exists() and target.digest() == report.output_sha256 else None


@contextmanager
def _screened(
    spark: SparkSession, source: DataFrame, placed: DataFrame, screen: BatchScreen
) -> Iterator[tuple[DataFrame, int]]:
    """Give the decided rows in partitions of input order, with how many there must be.

    The last two columns are the row's number and its evidence.
    """
    numbered, total = _numbered(spark, placed)
    chunks = -(-total // ROWS_PER_CHUNK)
    share = chunks // (_PARTITIONS_PER_CORE * spark.sparkContext.defaultParallelism)
    rows = ROWS_PER_CHUNK * max(1, min(_CHUNKS_PER_PARTITION_MAX, share))
    number = numbered.columns[-1]
    ordered = numbered.repartitionById(
        max(1, -(-total // rows)), (F.col(number) / rows).cast("int")
    ).sortWithinPartitions(number)
    with tempfile.TemporaryDirectory() as folder:
        shipped = BroadcastSnapshot.send(screen, spark.sparkContext, Path(folder))
        screened = ordered.mapInArrow(shipped.decide, _schema(source, screen))
        screened.persist(StorageLevel.DISK_ONLY)
        try:
            yield screened, total
        finally:
            screened.unpersist()


def _placed(source: DataFrame) -> DataFrame:
    """Add the file of each row and its place there as the last columns; the others get plain names.

    Raises Invalid where the rows have no place in a file: what is not stored as Parquet has no order.
    """
    try:
        placed = source.select("*", F.col("_metadata.file_path"), F.col("_metadata.row_index"))
    except AnalysisException as error:
        raise Invalid(
            "spark-no-order",
            "输入须以 Parquet 存储，行才有次序 / the input must be stored as Parquet, for its rows to have an order",
        ) from error
    return placed.toDF(*(f"c{position}" for position in range(len(source.columns))), "file", "place")


def _numbered(spark: SparkSession, placed: DataFrame) -> tuple[DataFrame, int]:
    """Replace file and place by the number of each row in the input, and count the rows."""
    files = sorted(placed.groupBy("file").count().collect())
    ends = list(accumulate((rows for _, rows in files), initial=0))
    schema = pa.schema([("file", pa.string()), ("before", pa.int64())])
    before = spark.createDataFrame(pa.table([[file for file, _ in files], ends[:-1]], schema=schema))
    numbered = placed.join(F.broadcast(before), "file")
    return numbered.select(*placed.columns[:-2], (F.col("before") + F.col("place")).alias("row")), ends[-1]


def _schema(source: DataFrame, screen: BatchScreen) -> StructType:
    carried = [
        StructField(name, field.dataType)
        for name, field in zip(carried_names(screen.header, screen.added), source.schema.fields, strict=True)
    ]
    added = [StructField(name, IntegerType() if name in _NUMBERS else StringType()) for name in screen.added]
    return StructType([*carried, *added, StructField("\x00row", LongType()), StructField("\x00evidence", StringType())])


def _counts(screened: DataFrame, carried: int, screen: BatchScreen) -> Counts:
    """Count the decided rows."""
    names = screened.columns
    added = dict(zip(screen.added, names[carried:-2], strict=True))
    change = _column(added[CHANGE_COLUMN]) if CHANGE_COLUMN in added else F.lit(None)
    groups = screened.groupBy(_column(added["outcome"]), _column(added["error"]).isNotNull(), change).count().collect()
    return Counts.total(
        Counts(
            passed=rows if outcome == "PASS" else 0,
            review=rows if outcome == "REVIEW" else 0,
            block=rows if outcome == "BLOCK" else 0,
            errors=rows if is_error else 0,
            changes={kind: rows} if kind else {},
        )
        for outcome, is_error, kind, rows in groups
    )


def _evidence(screened: DataFrame) -> Iterator[str]:
    """Yield what is to be recorded, in the order of the rows, a partition at a time."""
    evidence = _column(screened.columns[-1])
    for (line,) in screened.where(evidence.isNotNull()).select(evidence).toLocalIterator(prefetchPartitions=True):
        yield line


def _column(name: str) -> Column:
    """Return a column by its exact name, whatever characters are in it."""
    return F.col("`" + name.replace("`", "``") + "`")
