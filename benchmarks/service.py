"""Single screenings by a real server, as shares of a no-op with the same models in the same run.

    python -m benchmarks.service [--listed N …] [--seconds S] [--connections 1 16 64] [--databases sqlite postgresql]
                                 [--database-url URL] [--json FILE] [--page FOLDER]

Closed loop: clients in a process of their own (wrk where it is installed, else one here) ask again as soon as they are
answered, the no-op and the service in turns, twice.  Open loop: questions fall due at an even pace, at half of what the
closed loop reached, a twentieth of it (an idle time) and ten times of it; a time counts from when the question was due
(:mod:`.open_loop`).  ``--activate N`` puts so many names more in force while questions fall due.  Every answer is
recorded durably before it is given.  On a machine that others use too only shares and the CPU time of the server mean
anything.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks import activation, open_loop, population, postgres_server, service_page
from benchmarks.ground import ground
from benchmarks.jobs_beside import is_ready, new_key, wait_until
from benchmarks.open_loop import Answer
from benchmarks.process_tree import Usage, command

WRK = shutil.which("wrk")
TURNS = 2
NAMES = 2_000
FLUSHES = 51
_IDLE, _BESIDE = 0.05, 0.2
"""Shares of what the closed loop reached: of an idle time, and beside an activation."""
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
SCRIPT = """
local names = {}
for line in io.lines(os.getenv("NAMES")) do names[#names + 1] = line end
local sent = 0
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("KEY")}
request = function()
  sent = sent + 1
  local body = '{"service":"FUND_SETTLEMENT","service_date":"2017-07-03","counterparty":{"name":"'
    .. names[sent % #names + 1] .. '"}}'
  return wrk.format("POST", "/v1/screenings", headers, body)
end
"""


@contextmanager
def served(arguments: Sequence[str], log: Path, **environment: str) -> Iterator[tuple[int, int]]:
    """Run a server on a free port; give the port and the process id."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*arguments, "--port", str(port)], stdout=output, stderr=output, env=os.environ | environment
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            wait_until(
                lambda: process.poll() is not None or is_ready(client) or answers(client), "the server did not start"
            )
        if process.poll() is not None:
            raise SystemExit(f"the server did not start: {log.read_text(encoding='utf-8')}")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def answers(client: httpx.Client) -> bool:
    """Whether the no-op answers, which knows no readiness."""
    try:
        return client.get("/docs").is_success and client.get("/readyz").status_code == 404
    except httpx.TransportError:
        return False


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and of those that it has started."""
    usage = Usage()
    usage.look(pid)
    return usage.total_cpu_s


def closed(port: int, connections: int, seconds: float, folder: Path, key: str) -> dict[str, float]:
    """Ask with so many connections as fast as answers come; return rate, p99 in ms, and what failed."""
    environment = os.environ | {"KEY": key, "NAMES": str(folder / "names.txt")}
    if WRK is None:
        told = [sys.executable, "-m", "benchmarks.service", "--client", str(port), "--connections", str(connections)]
        done = subprocess.run(
            [*told, "--seconds", str(seconds)], check=True, capture_output=True, text=True, env=environment
        )
        found: dict[str, float] = json.loads(done.stdout)
        return found
    told = [WRK, "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(folder / "ask.lua")]
    done = subprocess.run(
        [*told, f"http://127.0.0.1:{port}/"], check=True, capture_output=True, text=True, env=environment
    )
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])
    times = {
        f"p{percent}_ms": float(number) * _UNITS[unit]
        for percent, number, unit in re.findall(r"(\d\d)%\s+([\d.]+)(us|ms|s)", done.stdout)
    }
    wrong = re.findall(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return {"rate": rate, **times, "failed": float(wrong[0]) if wrong else 0.0}


async def asked(port: int, key: str, names: Sequence[str], seconds: float, *, connections: int) -> list[Answer]:
    """Ask from here, each connection again as soon as it is answered."""
    found: list[Answer] = []
    headers = {"Authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=30) as client:
        started = time.perf_counter()

        async def loop(first: int) -> None:
            number = first
            while (due := time.perf_counter() - started) < seconds:
                party = {"name": names[number % len(names)]}
                body = {"service": "FUND_SETTLEMENT", "service_date": "2017-07-03", "counterparty": party}
                try:
                    status = (await client.post("/v1/screenings", json=body, headers=headers)).status_code
                except httpx.HTTPError:
                    status = 0
                found.append(Answer(due, status, time.perf_counter() - started - due))
                number += connections

        await asyncio.gather(*(loop(first) for first in range(connections)))
    return found


@dataclass(frozen=True, slots=True)
class Pair:
    """A server and a no-op, each with its port and process id, ready to be asked with a key."""

    key: str
    port: int
    pid: int
    noop_port: int
    noop_pid: int


@contextmanager
def pair(folder: Path, workers: int = 1) -> Iterator[Pair]:
    """Serve what is in force by so many processes, and a no-op beside; leave what clients ask in the folder."""
    key = new_key()
    names = population.from_tables().names(NAMES, seed=77)
    (folder / "names.txt").write_text("\n".join(names), encoding="utf-8")
    (folder / "ask.lua").write_text(SCRIPT, encoding="utf-8")
    free = {"CUTOFF_RATE_PER_KEY_PER_S": "1000000", "CUTOFF_RATE_BURST": "1000000", "CUTOFF_SERVE_JOBS": "false"}
    serve = command("serve", "--workers", str(workers))
    with served(serve, folder / "server.log", **free) as (port, pid):
        body = {"service": "FUND_SETTLEMENT", "counterparty": {"name": names[0]}}
        first = httpx.post(
            f"http://127.0.0.1:{port}/v1/screenings", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30
        ).raise_for_status()
        (folder / "answer.json").write_bytes(first.content)
        noop = [sys.executable, "-m", "uvicorn", "benchmarks.service_noop:app", "--no-access-log"]
        with served(noop, folder / "noop.log", NOOP_ANSWER=str(folder / "answer.json")) as (noop_port, noop_pid):
            yield Pair(key, port, pid, noop_port, noop_pid)


def measure(folder: Path, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Run both servers and return what was measured, a line for each number of connections and pace."""
    lines: list[dict[str, Any]] = []
    with pair(folder) as both_served:
        key, port = both_served.key, both_served.port
        servers = (("noop", both_served.noop_port, both_served.noop_pid), ("service", port, both_served.pid))
        for connections in arguments.connections:
            for turn in range(TURNS):
                both = {}
                for name, where, process in servers:
                    before = cpu_s(process)
                    both[name] = closed(where, connections, arguments.seconds, folder, key)
                    count = both[name]["rate"] * arguments.seconds
                    both[name]["cpu_us"] = (cpu_s(process) - before) / max(count, 1) * 1e6
                line = {
                    "loop": "closed",
                    "connections": connections,
                    "turn": turn,
                    **both,
                    "share": both["service"]["rate"] / both["noop"]["rate"],
                    "share_by_cpu": both["noop"]["cpu_us"] / both["service"]["cpu_us"],
                    "p99_times": both["service"]["p99_ms"] / both["noop"]["p99_ms"],
                }
                lines.append(line)
                print(json.dumps(line))
        full = max(line["service"]["rate"] for line in lines)
        ask = partial(open_loop.asked, port, key, folder / "names.txt")
        for name, share in (("idle", _IDLE), ("half", 0.5), ("ten times", 10.0)):
            rate = min(full * share, arguments.pace_max)
            answers = ask(rate=rate, seconds=arguments.seconds)
            line = {"loop": "open", "name": name, "pace": rate, **open_loop.summed(answers, arguments.seconds)}
            lines.append(line)
            print(json.dumps(line))
        if arguments.activate:
            line = {"loop": "activation", **activation.measured(folder, arguments.activate, ask, full * _BESIDE)}
            lines.append(line)
            print(json.dumps(line))
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listed", type=int, nargs="+", default=[20_000])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--page", type=Path, help="write service.md, service.svg and service.json into this folder")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 16, 1])
    parser.add_argument("--pace-max", type=float, default=12_000.0, help="of the open loop, a second")
    parser.add_argument("--activate", type=int, default=0, help="put so many listed names more in force under load")
    parser.add_argument("--database-url")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--client", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client:
        names = Path(os.environ["NAMES"]).read_text(encoding="utf-8").splitlines()
        connections = arguments.connections[0]
        found = asyncio.run(
            asked(arguments.client, os.environ["KEY"], names, arguments.seconds, connections=connections)
        )
        print(json.dumps(open_loop.summed(found, arguments.seconds)))
        return
    lines = [line for database in arguments.databases for line in on(database, arguments)]
    if arguments.json:
        arguments.json.write_text(json.dumps(lines, indent=2), encoding="utf-8")
    if arguments.page:
        service_page.write(lines, arguments.page)


def on(database: str, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure on a kind of database, with each number of listed names on one of its own."""
    programs = postgres_server.binaries()
    with ExitStack() as stack:
        fresh: Callable[[], str | None] = lambda: arguments.database_url  # noqa: E731 - one of three ways
        if database == "sqlite":
            fresh = lambda: None  # noqa: E731 - as above
        elif arguments.database_url is None and programs is None:
            print("postgresql: no server on this machine, and no --database-url: left out", file=sys.stderr)
            return
        elif arguments.database_url is None and programs is not None:
            fresh = stack.enter_context(postgres_server.running(programs))
        for listed in arguments.listed:
            os.environ.pop("CUTOFF_DATABASE_URL", None)
            with ground(listed, 10, (), None, fresh()) as folder:
                flush = flush_s(folder)
                for line in measure(folder, arguments):
                    yield {"database": database, "listed": listed, "flush_s": flush, **line}


def flush_s(folder: Path) -> float:
    """Return the median seconds in which the disk under a folder takes a page for good."""
    taken = []
    with (folder / "flush").open("wb", buffering=0) as file:
        for _ in range(FLUSHES):
            file.write(bytes(8192))
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - started)
    return median(taken)


if __name__ == "__main__":
    main()
