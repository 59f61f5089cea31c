"""File to file: rows per second of bulk screening, beside a plain scan of every listed name.

    python -m benchmarks.bulk [FOLDER] [--rows N] [--listed N] [--shared] [--workers 1,2] [--json FILE]
    python -m benchmarks.bulk --rows 10000000 --formats parquet --workers 2      # memory

Names are drawn after the statistics of the data set in a folder, else after the tables here, where one row in fifty
is a finding.  Everything else is the product: the list is loaded into an embedded
database, the file is screened by ``cutoff bulk`` in processes of its own, its findings are recorded.  Rates are
those of the run's report, from the start of the first chunk; start-up, joining the parts and recording stand in
the column of seconds.  Processor time is that of all processes from start to end; memory is the largest sum of
their resident sets, and PSS the same with shared pages counted once.  The peer is
``rapidfuzz.process.cdist(fuzz.ratio)`` of the same names with one worker.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow.parquet as pq
from rapidfuzz import fuzz, process

from app.bulk.runs.run_report import RunReport
from benchmarks.ground import ground, listed_names
from benchmarks.process_tree import Run, command

PEER_NAMES = 400
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One run: its format, worker processes, rate, and what all its processes took together."""

    format: str
    workers: int
    rows: int
    findings: int
    rows_per_second: float
    seconds: float
    cpu_us_per_row: float
    rss_mib: float
    pss_mib: float


def measure(folder: Path, kind: str, workers: int) -> Row:
    """Screen the file once."""
    output = folder / f"out.{kind}"
    run = Run(command("bulk", str(folder / f"book.{kind}"), "-o", str(output), "--workers", str(workers), "--force"))
    code, seconds = run.wait()
    report = RunReport.read(output.with_name(f"{output.name}.report.json"))
    if code or report is None:
        raise SystemExit(f"the run ended with {code}")
    counts, usage = report.counts, run.usage
    cpu_us = usage.total_cpu_s / max(counts.rows, 1) * 1e6
    findings, rate = counts.review + counts.block, report.rows_per_second
    rss_mib, pss_mib = usage.rss_bytes / MIB, usage.pss_bytes / MIB
    return Row(kind, workers, counts.rows, findings, rate, seconds, cpu_us, rss_mib, pss_mib)


def peer_rate(listed: Sequence[str], book: Path) -> float:
    """Return the rows per second of one core that compares every name with every listed one."""
    names = next(pq.ParquetFile(book).iter_batches(PEER_NAMES, columns=["name"])).column(0).to_pylist()
    started = perf_counter()
    process.cdist(names, listed, scorer=fuzz.ratio, dtype=np.uint8, workers=1)
    return len(names) / (perf_counter() - started)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="data in the layout list.csv, negatives.csv, …")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--listed", type=int, default=20_000)
    parser.add_argument("--shared", action="store_true", help="names of few regions and trades")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--formats", default="parquet,csv")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    formats = given.formats.split(",")
    with ground(given.listed, given.rows, formats, given.folder, shared=given.shared) as folder:
        measured = [measure(folder, kind, int(count)) for count in given.workers.split(",") for kind in formats]
        names = listed_names(given.listed, given.folder, shared=given.shared)
        peer = peer_rate(names, folder / "book.parquet")
    print(f"{given.listed:,} listed names; rapidfuzz cdist fuzz.ratio: {peer:,.0f} rows/s on one core")
    print("format   workers       rows    rows/s  × cdist   seconds  µs CPU/row  findings  RSS MiB  PSS MiB")
    for row in measured:
        print(
            f"{row.format:<8} {row.workers:>7} {row.rows:>10,} {row.rows_per_second:>9,.0f} "
            f"{row.rows_per_second / row.workers / peer:>8.1f} {row.seconds:>9.1f} {row.cpu_us_per_row:>11.1f} "
            f"{row.findings:>9,} {row.rss_mib:>8.0f} {row.pss_mib:>8.0f}"
        )
    if given.json:
        found = {"cdist_rows_per_second": peer, "runs": [asdict(row) for row in measured]}
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
