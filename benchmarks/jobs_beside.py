"""A job of a large file while the service answers: what single screenings then take, and a worker that is killed.

    python -m benchmarks.jobs_beside [--rows N] [--listed N] [--per-second N] [--database-url URL] [--json FILE]

The real server runs with its worker process beside it, on an embedded database unless it is told of another.  One
client asks at an even pace, first while nothing else goes on, then until a job of ``--rows`` rows is done; its times
are told side by side.  Then the same file is sent again and its worker is killed with -9 half way: the job must finish
all the same, with every row once.
"""

import argparse
import csv
import io
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow.parquet as pq

from app.access import Role, keys
from app.db import Database
from app.settings import Settings
from benchmarks.ground import ground
from benchmarks.process_tree import command, descendants

IDLE_S = 20.0
ALLOWED_TIMES = 5
PATIENCE_S = 1200.0
NAMES = 500


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds that single screenings took."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        """Sum up."""
        p50, p99, most = (round(float(one) * 1000, 1) for one in np.percentile(seconds, (50, 99, 100)))
        return cls(len(seconds), p50, p99, most)


class Asker(threading.Thread):
    """A client that asks at an even pace, whatever the answers take, and keeps the times."""

    def __init__(self, client: httpx.Client, names: Sequence[str], per_second: float) -> None:
        super().__init__(daemon=True)
        self.seconds: list[float] = []
        self._client, self._names, self._pause_s = client, cycle(names), 1 / per_second
        self._done = threading.Event()

    def run(self) -> None:
        """Ask until told to stop; the time of an answer counts from when it was due to be asked for."""
        due = time.monotonic()
        while not self._done.wait(max(0.0, due - time.monotonic())):
            asked = {
                "service": "FUND_SETTLEMENT",
                "service_date": "2017-07-03",
                "counterparty": {"name": next(self._names)},
            }
            self._client.post("/v1/screenings", json=asked).raise_for_status()
            self.seconds.append(time.monotonic() - due)
            due += self._pause_s

    def stop(self) -> Times:
        """Return what was measured."""
        self._done.set()
        self.join()
        return Times.of(self.seconds)


@contextmanager
def served(folder: Path) -> Iterator[tuple[httpx.Client, int]]:
    """Run the server; give a client of it with a key, and the process id."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command("serve", "--port", str(port)), stdout=log, stderr=log)
    headers = {"Authorization": f"Bearer {new_key()}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
            wait_until(lambda: is_ready(client), "the server did not start")
            yield client, process.pid
    finally:
        process.terminate()
        process.wait()


def new_key() -> str:
    """Return a key for everything here, with no limit of its own in the way."""
    database = Database(Settings().url)
    with database.write() as session:
        secret = keys.create(session, Role.SCREENER, name="bench", client="bench")[1]
    database.close()
    return secret


def is_ready(client: httpx.Client) -> bool:
    """Whether the server answers."""
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False


def wait_until(holds: Callable[[], bool], complaint: str) -> None:
    """Wait for something to hold."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(complaint)
        time.sleep(0.1)


class Job:
    """One file sent as a job."""

    def __init__(self, client: httpx.Client, path: Path) -> None:
        self._client = client
        with path.open("rb") as file:
            answer = client.post("/v1/jobs", files={"file": (path.name, file)}).raise_for_status()
        self._place = f"/v1/jobs/{answer.json()['id']}"

    def state(self) -> dict[str, Any]:
        """Return how far it is."""
        found: dict[str, Any] = self._client.get(self._place).raise_for_status().json()
        return found

    def is_done(self) -> bool:
        """Whether it is done.  Stops everything where it failed."""
        state = self.state()
        if state["state"] in {"FAILED", "CANCELLED"}:
            raise SystemExit(f"the job ended as {state['state']}: {state['error']}")
        return bool(state["state"] == "DONE")

    def is_half_way(self) -> bool:
        """Whether half of the rows are done, and not all."""
        state = self.state()
        return bool(state["rows_total"]) and state["rows_done"] * 2 >= state["rows_total"]

    def ids(self) -> list[str]:
        """Return the column ``id`` of its results."""
        text = self._client.get(f"{self._place}/results").raise_for_status().text
        return [row["id"] for row in csv.DictReader(io.StringIO(text, newline=""))]


def worker_of(pid: int) -> int:
    """Return the worker process beside a server."""
    for one in descendants(pid)[1:]:
        if b"\0worker\0" in Path(f"/proc/{one}/cmdline").read_bytes():
            return one
    raise SystemExit("the server has no worker beside it")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--listed", type=int, default=20_000)
    parser.add_argument("--per-second", type=float, default=40.0)
    parser.add_argument("--database-url", help="an empty database; an embedded one of its own without it")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with ground(given.listed, given.rows, ["csv"], database_url=given.database_url) as folder:
        names = next(pq.ParquetFile(folder / "book.parquet").iter_batches(NAMES)).column("name").to_pylist()
        with served(folder) as (client, pid):
            idle = Asker(client, names, given.per_second)
            idle.start()
            time.sleep(IDLE_S)
            idle_times = idle.stop()
            print(f"idle:         {shown(idle_times)}", flush=True)
            started = time.monotonic()
            job = Job(client, folder / "book.csv")
            beside = Asker(client, names, given.per_second)
            beside.start()
            wait_until(job.is_done, "the job was not done in time")
            job_s, beside_times = time.monotonic() - started, beside.stop()
            times = beside_times.p99_ms / idle_times.p99_ms
            print(f"beside a job: {shown(beside_times)}; p99 is {times:.1f} times that of idle")
            print(f"the job took {job_s:.0f} s for {given.rows:,} rows", flush=True)
            started = time.monotonic()
            job = Job(client, folder / "book.csv")
            wait_until(job.is_half_way, "the job did not get half way in time")
            os.kill(worker_of(pid), signal.SIGKILL)
            wait_until(job.is_done, "the job whose worker was killed was not done in time")
            is_whole = job.ids() == [str(i) for i in range(given.rows)]
            told_rows = "with every row once" if is_whole else "WITH OTHER ROWS"
            print(f"the job whose worker was killed half way took {time.monotonic() - started:.0f} s, {told_rows}")
    if given.json:
        found = {"idle": asdict(idle_times), "beside": asdict(beside_times), "job_s": job_s, "is_whole": is_whole}
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    raise SystemExit(times > ALLOWED_TIMES or not is_whole)


def shown(times: Times) -> str:
    """Return the times as text."""
    return f"{times.count} screenings, p50 {times.p50_ms} ms, p99 {times.p99_ms} ms, max {times.max_ms} ms"


if __name__ == "__main__":
    main()
