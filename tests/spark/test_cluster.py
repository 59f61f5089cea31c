"""A real cluster of two executor processes gives what the local engine gives, and does not mind a death."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import LISTED, ROWS, ROWS_PER_PARTITION, Command

from app.bulk.runs.run_report import RunReport

pytestmark = pytest.mark.spark

_PATIENCE_S = 300
_LOADED_S = 1.5
"""So much processor time takes a worker of Python to load, and a little of its work."""


def run(arguments: list[str], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, env=environment, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )


def findings(data_dir: Path, run_id: str) -> list[tuple[int, str]]:
    database = sqlite3.connect(f"file:{data_dir / 'cutoff.db'}?mode=ro", uri=True)
    try:
        return database.execute(
            "SELECT row_no, outcome FROM bulk_finding WHERE run_id = ? ORDER BY no", (run_id,)
        ).fetchall()
    finally:
        database.close()


def raised(table: pa.Table) -> list[tuple[int, str]]:
    return [(row, outcome) for row, outcome in enumerate(table["outcome"].to_pylist()) if outcome != "PASS"]


def test_the_book_has_what_must_not_be_lost(expected: pa.Table) -> None:
    assert expected.num_rows == ROWS
    assert ROWS - expected["error"].null_count >= 90
    codes = {error.split()[0] for error in expected["error"].to_pylist() if error}
    # What cannot be read beside a readable name is a warning.
    warned = "|".join(text for text in expected["warnings"].to_pylist() if text).split("|")
    assert len(codes | {one.rpartition(":")[2] for one in warned}) >= 4
    assert expected["outcome"].to_pylist().count("BLOCK") >= 40


def test_a_cluster_answers_as_one_machine_does(
    book: Path, expected: pa.Table, data_dir: Path, environment: dict[str, str], command: Command, tmp_path: Path
) -> None:
    output = tmp_path / "answers.parquet"
    done = run(command(book, output, "--engine", "spark"), environment, tmp_path)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(output).equals(expected)
    assert sorted(path.name for path in tmp_path.iterdir() if "answers" in path.name) == [
        "answers.parquet",
        "answers.parquet.report.json",
    ]
    report = RunReport.read(tmp_path / "answers.parquet.report.json")
    assert report is not None
    assert report.counts.rows == ROWS
    assert findings(data_dir, report.run_id) == raised(expected)


def test_an_executor_that_is_killed_costs_no_row(
    book: Path, expected: pa.Table, data_dir: Path, environment: dict[str, str], command: Command, tmp_path: Path
) -> None:
    output = tmp_path / "answers"
    with (tmp_path / "log").open("w") as log:
        driver = subprocess.Popen(
            command(book, output, "--engine", "spark"), env=environment, cwd=tmp_path, stdout=log, stderr=log
        )
        try:
            os.kill(working_executor(driver.pid), signal.SIGKILL)
            assert driver.wait(_PATIENCE_S) == 0
        finally:
            driver.kill()
            driver.wait()
    text = (tmp_path / "log").read_text()
    assert re.search(r"Lost executor \d", text)
    assert re.search(r"Lost task \d+\.\d+ in stage", text)
    # A folder: its files, by their names, are the stretches of the book.
    files = sorted(output.glob("part-*"))
    assert len(files) == ROWS // ROWS_PER_PARTITION
    assert pa.concat_tables(pq.read_table(path) for path in files).equals(expected)
    report = RunReport.read(tmp_path / "answers.report.json")
    assert report is not None
    assert findings(data_dir, report.run_id) == raised(expected)


# Two commands in one process, since a machine for Java takes long to start.
_TABLES = """import sys
from pyspark.sql import SparkSession
from app.cli import main
spark = SparkSession.builder.enableHiveSupport().getOrCreate()
spark.read.parquet(sys.argv[1]).write.saveAsTable("book")
spark.sql("CREATE TABLE text_book (name string) STORED AS TEXTFILE")
spark.stop()
for given, wanted in ("table:book", "table:answers"), ("table:text_book", "table:more"):
    sys.argv[1:] = ["bulk", given, "-o", wanted, "--quiet", "--engine", "spark", "--date", "2017-07-03"]
    try:
        main()
    except SystemExit as end:
        print("exit", end.code, flush=True)
"""


def test_a_table_leads_to_a_table(environment: dict[str, str], tmp_path: Path) -> None:
    submit = "PYSPARK_SUBMIT_ARGS"
    environment[submit] = environment[submit].replace("local-cluster[2,1,1024]", "local[1]")
    few = tmp_path / "few.parquet"
    pq.write_table(pa.table({"name": [LISTED, "厦门清源饮料有限公司", None]}), few)
    done = run([sys.executable, "-c", _TABLES, str(few)], environment, tmp_path)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("exit")] == ["exit 0", "exit 2"], done.stderr
    (folder,) = tmp_path.glob("warehouse/answers")
    assert pq.read_table(folder).column("outcome").to_pylist() == ["BLOCK", "PASS", "REVIEW"]
    assert "stored as Parquet" in done.stderr.splitlines()[-1]


def working_executor(driver: int) -> int:
    """Return an executor of a driver, once its Python worker has screened for a moment."""
    ends = time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends:
        processes = living()
        for pid, (_, text, _) in processes.items():
            if "pyspark.daemon" not in text:
                continue
            above = list(ancestors(pid, processes))
            executors = [one for one in above if "CoarseGrainedExecutorBackend" in processes[one][1]]
            if executors and driver in above and processes[pid][2] > _LOADED_S:
                return executors[0]
        time.sleep(0.05)
    raise AssertionError("no executor began to work")


def living() -> dict[int, tuple[int, str, float]]:
    """Return of every process its parent, its command line and the seconds of processor time that it took."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            text = (folder / "cmdline").read_text()
        except OSError:
            continue
        seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        found[int(folder.name)] = (int(fields[1]), text, seconds)
    return found


def ancestors(pid: int, processes: dict[int, tuple[int, str, float]]) -> list[int]:
    """Return the processes above one, the nearest first."""
    above = []
    while pid in processes and processes[pid][0] in processes:
        pid = processes[pid][0]
        above.append(pid)
    return above
