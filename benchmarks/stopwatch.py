"""Rates in names per second of processor time, and memory."""

import gc
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns, process_time

import numpy as np

SECONDS_A_RATE = 4.0
FIRST_PART = 50
PART_GROWTH = 4


def names_per_second(work: Callable[[slice], object], count: int) -> float:
    """Return names per second of one core, over parts that grow and begin again until the time is up.

    Processor time counts, so that other work on the machine and several threads change nothing.  The
    first part warms up; it counts only where there is time for no other.
    """
    place, part, done = 0, FIRST_PART, 0
    started = process_time()
    while True:
        size = min(part, count - place)
        work(slice(place, place + size))
        elapsed = process_time() - started
        done += size
        place = (place + size) % count
        if part == FIRST_PART and elapsed < SECONDS_A_RATE / PART_GROWTH:
            started, elapsed, done = process_time(), 0.0, 0
        part *= PART_GROWTH
        if done and elapsed * (1 + part / done) > 2 * SECONDS_A_RATE:
            part = max(FIRST_PART, int(done / elapsed))
        if elapsed > SECONDS_A_RATE:
            return done / elapsed


def microseconds(work: Callable[[str], object], queries: list[str]) -> dict[str, float]:
    """Return the median, the 99th percentile and the slowest of single calls, by the clock on the wall."""
    taken = []
    for query in queries:
        before = perf_counter_ns()
        work(query)
        taken.append((perf_counter_ns() - before) / 1000)
    median, p99 = np.percentile(taken, (50, 99))
    return {"p50": round(float(median), 1), "p99": round(float(p99), 1), "max": round(max(taken), 1)}


def resident_bytes() -> int:
    """Return the memory that the process holds now; 0 where the system does not tell."""
    gc.collect()
    statm = Path("/proc/self/statm")
    return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0
