"""Ctrl-C at any moment of ``cutoff bulk``: exit 130, nothing half-written, and the run goes on where it stopped."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli.samples import load_samples
from app.db import Database
from app.settings import Settings

ROWS = 60_000
INTERRUPTED = 130


@pytest.fixture(scope="module")
def folder(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a database of sample lists and a book of a few chunks."""
    folder = tmp_path_factory.mktemp("interrupted")
    shutil.copyfile(_sqlite_template, folder / "cutoff.db")
    database = Database(f"sqlite:///{folder / 'cutoff.db'}")
    load_samples(Settings(data_dir=folder), database)
    database.close()
    names = ["福建示例大宗商品交易中心有限公司", "厦门清源饮料有限公司"]
    with (folder / "book.csv").open("w", encoding="utf-8") as file:
        file.write("id,name,service_date\n")
        for i in range(ROWS):
            file.write(f"{i},{names[i % 700 > 0]},2017-07-03\n")
    return folder


def started(folder: Path, output: str, workers: int, *more: str) -> "subprocess.Popen[str]":
    program = "from app.cli import main; print('ready', flush=True); main()"
    command = [sys.executable, "-c", program, "bulk", "book.csv", "-o", output, "--workers", str(workers), *more]
    environment = {**os.environ, "CUTOFF_DATA_DIR": str(folder)}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=folder, env=environment, start_new_session=True, stdout=pipe, stderr=pipe, text=True
    )
    assert process.stdout is not None
    # What comes before is Python itself and the import of the command line.
    assert process.stdout.readline() == "ready\n"
    return process


def seconds_of(folder: Path, workers: int) -> float:
    """Return how long an unbroken run takes, whose output is that to compare with."""
    before = time.monotonic()
    process = started(folder, f"whole{workers}.csv", workers, "--force")
    process.communicate(timeout=300)
    assert process.returncode == 0
    return time.monotonic() - before


def interrupted(folder: Path, workers: int, seed: int, seconds: float) -> None:
    output = f"stopped{workers}.csv"
    for path in (folder / output, folder / f"{output}.report.json"):
        path.unlink(missing_ok=True)
    shutil.rmtree(folder / f"{output}.partial", ignore_errors=True)
    process = started(folder, output, workers)
    time.sleep(random.Random(seed).random() * seconds)
    os.killpg(process.pid, signal.SIGINT)
    _, answer = process.communicate(timeout=120)
    if process.returncode == 0:
        # It was done already.
        assert (folder / output).exists()
        return
    assert process.returncode == INTERRUPTED, answer
    assert "Traceback" not in answer
    again = started(folder, output, workers, "--resume", "--quiet")
    again.communicate(timeout=300)
    assert again.returncode == 0
    assert (folder / output).read_bytes() == (folder / f"whole{workers}.csv").read_bytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_some_interrupts(folder: Path, workers: int) -> None:
    seconds = seconds_of(folder, workers)
    for seed in range(3):
        interrupted(folder, workers, seed, seconds)


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_two_hundred_interrupts(folder: Path, workers: int) -> None:
    seconds = seconds_of(folder, workers)
    for seed in range(100, 300):
        interrupted(folder, workers, seed, seconds)
