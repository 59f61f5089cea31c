"""``cutoff bulk`` killed with -9 at any moment, by hand with Ctrl-C, and robbed of a worker: nothing is lost."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli.samples import load_samples
from app.db import Database
from app.settings import Settings

ROWS = 400_000
KILLS = 3


@pytest.fixture(scope="module")
def folder(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a database of sample lists, a file, and its answers from an unbroken run."""
    folder = tmp_path_factory.mktemp("killed")
    shutil.copyfile(_sqlite_template, folder / "cutoff.db")
    database = Database(f"sqlite:///{folder / 'cutoff.db'}")
    load_samples(Settings(data_dir=folder), database)
    database.close()
    chance = random.Random(5)
    names = ["福建示例大宗商品交易中心有限公司", "云交易服务部", "厦门清源饮料有限公司", "泉州山海石材有限公司"]
    with (folder / "book.csv").open("w", encoding="utf-8") as file:
        file.write("id,name,service_date\n")
        for i in range(ROWS):
            stranger = f"{chance.choice('福泉漳莆')}{chance.choice('海山林川')}{i}商行"
            file.write(f"{i},{chance.choice(names) if i % 500 == 0 else stranger},2017-07-03\n")
    assert start(folder, "whole.csv").wait(300) == 0
    return folder


def start(folder: Path, output: str, *more: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", "from app.cli import main; main()", "bulk", "book.csv", "-o", output]
    environment = {**os.environ, "CUTOFF_DATA_DIR": str(folder)}
    options = ["--workers", "2", "--quiet", *more]
    return subprocess.Popen([*command, *options], cwd=folder, env=environment, start_new_session=True)


def wait_for_parts(folder: Path, output: str, count: int) -> None:
    lines = folder / f"{output}.partial" / "parts.ndjson"
    deadline = time.monotonic() + 120
    while not lines.exists() or lines.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline, "no parts were written"
        time.sleep(0.02)


def test_killed_again_and_again_it_ends_with_the_same_bytes(folder: Path) -> None:
    chance = random.Random(7)
    for kill in range(KILLS):
        process = start(folder, "killed.csv", "--resume")
        wait_for_parts(folder, "killed.csv", kill * 2 + 1)
        time.sleep(chance.random() * 0.2)
        process.kill()
        process.wait(30)
        assert not (folder / "killed.csv").exists()
    assert start(folder, "killed.csv", "--resume").wait(300) == 0
    assert (folder / "killed.csv").read_bytes() == (folder / "whole.csv").read_bytes()
    assert not (folder / "killed.csv.partial").exists()
    # What was recorded ahead of a kill is neither lost nor recorded twice.
    assert recorded(folder, "killed.csv") == recorded(folder, "whole.csv") > 100


def test_interrupted_it_says_so_and_goes_on(folder: Path) -> None:
    process = start(folder, "stopped.csv")
    wait_for_parts(folder, "stopped.csv", 1)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert not (folder / "stopped.csv").exists()
    assert start(folder, "stopped.csv", "--resume").wait(300) == 0
    assert (folder / "stopped.csv").read_bytes() == (folder / "whole.csv").read_bytes()


def test_a_worker_that_is_killed_stops_the_run_with_what_is_done_kept(folder: Path) -> None:
    process = start(folder, "robbed.csv")
    wait_for_parts(folder, "robbed.csv", 1)
    killed = [pid for pid in descendants(process.pid) if is_worker(pid)]
    assert killed
    os.kill(killed[-1], signal.SIGKILL)
    assert process.wait(120) == 1
    assert start(folder, "robbed.csv", "--resume").wait(300) == 0
    assert (folder / "robbed.csv").read_bytes() == (folder / "whole.csv").read_bytes()


def test_workers_leave_when_their_parent_is_killed(folder: Path) -> None:
    process = start(folder, "orphans.csv")
    wait_for_parts(folder, "orphans.csv", 1)
    workers = descendants(process.pid)
    process.kill()
    process.wait(30)
    deadline = time.monotonic() + 30
    while any(is_alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.1)


def recorded(folder: Path, output: str) -> int:
    """Return how many findings of a run are recorded with their screenings."""
    run_id = json.loads((folder / f"{output}.report.json").read_bytes())["run_id"]
    with sqlite3.connect(folder / "cutoff.db") as connection:
        query = "SELECT count(*) FROM bulk_finding f JOIN screening s ON s.id = f.screening_id WHERE run_id = ?"
        return int(connection.execute(query, [run_id]).fetchone()[0])


def descendants(pid: int) -> list[int]:
    found = []
    for child in (Path("/proc") / str(pid) / "task" / str(pid) / "children").read_text().split():
        found += [int(child), *descendants(int(child))]
    return found


def is_worker(pid: int) -> bool:
    """Whether it is a process of the pool: a child of the fork server."""
    parent = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("PPid"))
    return "forkserver" in Path(f"/proc/{parent.split()[1]}/cmdline").read_text()


def is_alive(pid: int) -> bool:
    try:
        return "Z (zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
