"""Where Spark reads and writes: Parquet files and folders, or tables of the catalog.

A path without a scheme is one of this machine's (or a mount that all machines share); ``hdfs://…``,
``s3a://…`` or ``file:///…`` is a folder of any file system that Hadoop knows; ``table:NAME`` is a table.
What is written appears under its name only by a rename, when it is whole.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from app.bulk.writers import parquet_concat
from app.errors import Conflict, Invalid

_TABLE: Final = "table:"
_FILE: Final = ".parquet"


def is_table(place: str) -> bool:
    """Return whether a place names a table of the catalog."""
    return place.startswith(_TABLE)


def name_of(place: str) -> str:
    """Return the last piece of a place, as reports call it."""
    return place.removeprefix(_TABLE).rstrip("/").rsplit("/", 1)[-1]


class Storage:
    """The file systems that Hadoop knows, by the driver's JVM."""

    def __init__(self, spark: SparkSession) -> None:
        self._jvm: Any = spark.sparkContext._jvm  # noqa: SLF001 - PySpark has no other way to Hadoop's file systems
        self._conf: Any = spark.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001 - as above

    def exists(self, place: str) -> bool:
        """Return whether a file or folder is there."""
        system, path = self._at(place)
        return bool(system.exists(path))

    def delete(self, place: str) -> None:
        """Delete a file or folder with all that is in it; a missing one is well."""
        system, path = self._at(place)
        system.delete(path, True)

    def rename(self, place: str, to: str) -> None:
        """Rename within one file system.  Raises Conflict where the new name is taken."""
        system, path = self._at(place)
        _, target = self._at(to)
        if system.exists(target) or not system.rename(path, target):
            raise Conflict("output-exists", f"{to}: 无法改名至此 / cannot be given this name")

    def sha256(self, uri: str) -> str:
        """Return the digest of a file, by its URI in the escaped form that Spark tells."""
        path = self._jvm.org.apache.hadoop.fs.Path(self._jvm.java.net.URI.create(uri))
        stream = path.getFileSystem(self._conf).open(path)
        try:
            return str(self._jvm.org.apache.commons.codec.digest.DigestUtils.sha256Hex(stream))
        finally:
            stream.close()

    def digest(self, uris: Sequence[str]) -> str:
        """Return the digest of a data set: that of its only file, or that over ``sha256  name`` lines, as sha256sum."""
        found = [(self.sha256(uri), unquote(uri.rsplit("/", 1)[-1])) for uri in sorted(uris)]
        if len(found) == 1:
            return found[0][0]
        return hashlib.sha256("".join(f"{digest}  {name}\n" for digest, name in found).encode()).hexdigest()

    def _at(self, place: str) -> tuple[Any, Any]:
        path = self._jvm.org.apache.hadoop.fs.Path(place)
        return path.getFileSystem(self._conf), path


def read(spark: SparkSession, place: str) -> DataFrame:
    """Open the input.  Raises Invalid where there is none or Spark cannot read it."""
    try:
        if is_table(place):
            return spark.table(place.removeprefix(_TABLE))
        return spark.read.parquet(_uri(place))
    except AnalysisException as error:
        raise Invalid("spark-input", f"{name_of(place)}: {_first_line(error)}") from error


class Target(Protocol):
    """An output that is written aside first."""

    report: Path

    def exists(self) -> bool:
        """Return whether there is an output already."""
        ...

    def digest(self) -> str:
        """Return the digest of the output that is there."""
        ...

    def write(self, frame: DataFrame) -> str:
        """Write a frame aside, a partition a file, and return the digest of what was written."""
        ...

    def publish(self) -> None:
        """Give what was written its name, in place of what had it."""
        ...

    def discard(self) -> None:
        """Remove what was written aside, if it is still there."""
        ...


def target_of(spark: SparkSession, place: str, run_id: str) -> Target:
    """Return the output that a place means.  Raises Invalid for a file that is not Parquet."""
    if is_table(place):
        return _Table(spark, place.removeprefix(_TABLE), run_id)
    if _has_scheme(place):
        return _Folder(spark, place.rstrip("/"), run_id, Path(f"{name_of(place)}.report.json"))
    path = Path(place)
    if path.suffix.lower() == _FILE:
        return _File(spark, path, run_id)
    if path.suffix:
        raise Invalid("spark-output", f"{path.name}: Spark 输出 / writes .parquet, a folder or table:NAME")
    return _Folder(spark, _uri(place), run_id, path.with_name(f"{path.name}.report.json"))


class _Folder:
    """A folder of Parquet files; their names, sorted, are the order of the rows."""

    def __init__(self, spark: SparkSession, uri: str, run_id: str, report: Path) -> None:
        self.report = report
        self._spark = spark
        self._storage = Storage(spark)
        self._uri = uri
        self.aside = f"{uri}.{run_id}.partial"

    def exists(self) -> bool:
        return self._storage.exists(self._uri)

    def digest(self) -> str:
        return self._storage.digest(self._spark.read.parquet(self._uri).inputFiles())

    def write(self, frame: DataFrame) -> str:
        frame.write.option("compression", "zstd").parquet(self.aside)
        return self._storage.digest(self._spark.read.parquet(self.aside).inputFiles())

    def publish(self) -> None:
        self._storage.delete(self._uri)
        self._storage.rename(self.aside, self._uri)

    def discard(self) -> None:
        self._storage.delete(self.aside)


class _File:
    """One Parquet file, as the local engine writes it: the row groups of a folder, copied behind each other."""

    def __init__(self, spark: SparkSession, path: Path, run_id: str) -> None:
        self.report = path.with_name(f"{path.name}.report.json")
        self._storage = Storage(spark)
        self._path = path
        self._aside = path.with_name(f"{path.name}.{run_id}.partial")
        self._parts = _Folder(spark, f"{_uri(str(path))}.parts", run_id, self.report)

    def exists(self) -> bool:
        return self._path.exists()

    def digest(self) -> str:
        return self._storage.digest([self._path.resolve().as_uri()])

    def write(self, frame: DataFrame) -> str:
        self._parts.write(frame)
        folder = Path(self._parts.aside.removeprefix("file://"))
        with self._aside.open("wb") as file:
            parquet_concat.join(sorted(folder.glob("part-*")), file)
            file.flush()
            os.fsync(file.fileno())
        self._parts.discard()
        return self._storage.digest([self._aside.resolve().as_uri()])

    def publish(self) -> None:
        self._aside.replace(self._path)

    def discard(self) -> None:
        self._parts.discard()
        self._aside.unlink(missing_ok=True)


class _Table:
    """A table of Parquet files in the catalog, which may be that of Hive."""

    def __init__(self, spark: SparkSession, name: str, run_id: str) -> None:
        self.report = Path(f"{name}.report.json")
        self._spark = spark
        self._storage = Storage(spark)
        self._name = name
        self._aside = f"{name}_partial_{run_id.replace('-', '')}"

    def exists(self) -> bool:
        return bool(self._spark.catalog.tableExists(self._name))

    def digest(self) -> str:
        return self._storage.digest(self._spark.table(self._name).inputFiles())

    def write(self, frame: DataFrame) -> str:
        frame.write.format("parquet").option("compression", "zstd").saveAsTable(self._aside)
        return self._storage.digest(self._spark.table(self._aside).inputFiles())

    def publish(self) -> None:
        self._spark.sql(f"DROP TABLE IF EXISTS {self._name}")
        self._spark.sql(f"ALTER TABLE {self._aside} RENAME TO {self._name}")

    def discard(self) -> None:
        self._spark.sql(f"DROP TABLE IF EXISTS {self._aside}")


def _has_scheme(place: str) -> bool:
    return bool(urlsplit(place).scheme)


def _uri(place: str) -> str:
    return place if _has_scheme(place) else f"file://{Path(place).resolve()}"


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
