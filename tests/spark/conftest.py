"""A database with the sample lists, a book with bad rows, and ``cutoff bulk`` as a user runs it."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.cli.samples import load_samples
from app.db import Database
from app.settings import Settings

ROWS = 80_000
ROWS_PER_PARTITION = 8_000
LISTED = "福建示例大宗商品交易中心有限公司"
_PLACES, _TRADES = ("厦门", "漳州", "泉州", "三明"), ("饮料", "商贸", "物流", "科技", "建材")
_WORDS = ("清源", "海沧", "金石", "百川", "嘉禾", "恒远")

# Small partitions, so that a run of a few seconds has many tasks.
_PROGRAM = f"""from app.bulk.spark import spark_run
from app.cli import main
spark_run.ROWS_PER_CHUNK = {ROWS_PER_PARTITION}
main()"""

Command = Callable[..., list[str]]


def row(number: int, chance: random.Random) -> dict[str, str | float | None]:
    """Return a row of the book: most are strangers, some are listed, some are bad in five ways."""
    words = "".join(chance.choice(_WORDS) for _ in range(2))
    one: dict[str, str | float | None] = {
        "id": str(number),
        "name": f"{chance.choice(_PLACES)}{words}{chance.choice(_TRADES)}有限公司",
        "service_date": "2017-07-03",
        "uscc": None,
        "legal_rep": "李四" if number % 3 else None,
        "amount": number * 1.5,
        "outcome": "theirs",
    }
    bad = {997: {"name": None}, 1009: {"service_date": "2017-02-30"}, 1013: {"name": "甲" * 5000}}
    bad |= {1019: {"uscc": "123"}, 1021: {"name": "示\x07例"}, 499: {"name": LISTED}}
    for every, change in bad.items():
        if number % every == every - 1:
            one |= change
    return one


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Parquet file of several row groups."""
    chance = random.Random(20170630)
    path = tmp_path_factory.mktemp("book") / "账簿 book.parquet"
    pq.write_table(
        pa.Table.from_pylist([row(number, chance) for number in range(ROWS)]), path, row_group_size=ROWS // 3
    )
    return path


@pytest.fixture(scope="session")
def data_dir(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder whose database has the sample lists in force."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copyfile(_sqlite_template, folder / "cutoff.db")
    database = Database(f"sqlite:///{folder / 'cutoff.db'}")
    load_samples(Settings(data_dir=folder), database)
    database.close()
    return folder


@pytest.fixture
def environment(data_dir: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of a command: a cluster of two executors, each a process of its own."""
    options = {
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.local.dir": tmp_path / "spark",
        "spark.sql.warehouse.dir": tmp_path / "warehouse",
        # A machine that is busy with other tests must not look like a dead executor.
        "spark.network.timeout": "300s",
    }
    given = " ".join(f"--conf {name}={value}" for name, value in options.items())
    # The workers of a local cluster keep the files of their executors inside the installed package.
    leavings = Path(str(find_spec("pyspark").submodule_search_locations[0])) / "work"  # type: ignore[index, union-attr]
    before = set(leavings.glob("app-*"))
    yield os.environ | {
        "CUTOFF_DATA_DIR": str(data_dir),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": f"--master local-cluster[2,1,1024] {given} pyspark-shell",
    }
    for folder in set(leavings.glob("app-*")) - before:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def command() -> Command:
    """Return a function that makes the command line of ``cutoff bulk``."""

    def make(given: object, wanted: object, *options: str) -> list[str]:
        arguments = ["bulk", str(given), "-o", str(wanted), "--quiet", *options]
        return [sys.executable, "-c", _PROGRAM, *arguments] if "spark" in options else _plain(arguments)

    return make


def _plain(arguments: list[str]) -> list[str]:
    return [sys.executable, "-c", "from app.cli import main; main()", *arguments]


@pytest.fixture(scope="session")
def expected(book: Path, data_dir: Path, command: Command, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """Return what the local engine answers for the book."""
    output = tmp_path_factory.mktemp("local") / "answers.parquet"
    subprocess.run(
        command(book, output, "--workers", "1"), env=os.environ | {"CUTOFF_DATA_DIR": str(data_dir)}, check=True
    )
    return pq.read_table(output)
