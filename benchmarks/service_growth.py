"""How single screenings grow: with the list, with processes, and with what is recorded already; on PostgreSQL.

    python -m benchmarks.service_growth [--listed N …] [--workers N …] [--recorded N] [--seconds S] [--page FOLDER]

Each figure is the median of some turns in which the service and a no-op with the same models (:mod:`.service`) are
asked one after the other, with as many connections.  Processor time and memory are those of all processes of the
server; a page of memory that several of them share counts once.  What is recorded already is recorded by asking: the
server is asked until so many decisions are there, and each piece of that way is a figure.
"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks import postgres_server, service_growth_page
from benchmarks.ground import ground
from benchmarks.process_tree import Usage
from benchmarks.service import WRK, Pair, closed, cpu_s, pair

TURNS = 3
CONNECTIONS = 64
LISTED = 20_000
_PIECES = 10
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Growth:
    """A figure: of what kind it is and at which size; CPU in µs an answer, memory in MiB, ``share`` of the no-op."""

    kind: str
    size: int
    rate: float
    share: float
    cpu_us: float
    p99_ms: float
    memory_mib: float


@dataclass(frozen=True, slots=True)
class Turns:
    """A server and a no-op that are asked in turns."""

    folder: Path
    both: Pair

    def turn(self, seconds: float) -> tuple[float, float, float, float]:
        """Return answers a second, share of the no-op, CPU in µs an answer, and p99 in ms."""
        noop = closed(self.both.noop_port, CONNECTIONS, seconds, self.folder, self.both.key)
        before = cpu_s(self.both.pid)
        found = self.ask(seconds)
        if found["failed"]:
            raise SystemExit(f"{found['failed']:.0f} questions were not answered")
        cpu_us = (cpu_s(self.both.pid) - before) / (found["rate"] * seconds) * 1e6
        return found["rate"], found["rate"] / noop["rate"], cpu_us, found["p99_ms"]

    def ask(self, seconds: float) -> dict[str, float]:
        """Ask the server alone."""
        return closed(self.both.port, CONNECTIONS, seconds, self.folder, self.both.key)

    def figure(self, kind: str, size: int, turns: Sequence[tuple[float, float, float, float]]) -> Growth:
        """Return the figure of some turns."""
        usage = Usage()
        usage.look_closely(self.both.pid)
        found = Growth(kind, size, *(median(column) for column in zip(*turns, strict=True)), usage.pss_bytes / _MIB)
        print(json.dumps(asdict(found)), flush=True)
        return found


@contextmanager
def in_turns(url: str, listed: int, workers: int) -> Iterator[Turns]:
    """Serve a list of so many drawn names by so many processes, and a no-op; both are warm."""
    with ground(listed, 10, (), None, url) as folder, pair(folder, workers) as both:
        turns = Turns(folder, both)
        turns.ask(2.0)
        yield turns


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listed", type=int, nargs="*", default=[1_000, 20_000, 100_000, 1_000_000])
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--recorded", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--page", type=Path, help="write service-growth.md and service-growth.svg into this folder")
    arguments = parser.parse_args()
    programs = postgres_server.binaries()
    if programs is None or WRK is None:
        raise SystemExit("a PostgreSQL server and wrk have to be installed")
    found: list[Growth] = []
    with ExitStack() as stack:
        fresh = stack.enter_context(postgres_server.running(programs))
        for listed in arguments.listed:
            with in_turns(fresh(), listed, 1) as both:
                found.append(both.figure("listed", listed, [both.turn(arguments.seconds) for _ in range(TURNS)]))
        for workers in arguments.workers:
            with in_turns(fresh(), LISTED, workers) as both:
                found.append(both.figure("workers", workers, [both.turn(arguments.seconds) for _ in range(TURNS)]))
        if arguments.recorded:
            found += recorded(fresh(), arguments.recorded, arguments.seconds)
    if arguments.page:
        service_growth_page.write([asdict(one) for one in found], arguments.page)


def recorded(url: str, decisions: int, seconds: float) -> list[Growth]:
    """Ask until so many decisions are recorded, in pieces; return the figure of each, by what was there before it."""
    found: list[Growth] = []
    with in_turns(url, LISTED, 1) as both:
        there = 0
        for piece in range(_PIECES + 1):
            while there < decisions * piece / _PIECES:
                there += round(both.ask(5.0)["rate"] * 5.0)
            found.append(both.figure("recorded", there, [both.turn(seconds)]))
            there += round(found[-1].rate * seconds)
    return found


if __name__ == "__main__":
    # A million rows in one file are more than a server takes by default.
    os.environ |= {"CUTOFF_UPLOAD_BYTES_MAX": str(1 << 30), "CUTOFF_UPLOAD_ROWS_MAX": "2000000"}
    main()
