"""File to file: rows per second of bulk screening, beside a plain scan of every listed name.

    python -m benchmarks.bulk [--rows N] [--listed N] [--workers 1,2] [--json FILE]
    python -m benchmarks.bulk --rows 10000000 --formats parquet --workers 2      # memory

Names are drawn from the tables here.  Everything else is the product: the list is loaded into an embedded
database, the file is screened by ``cutoff bulk`` in processes of its own, its findings are recorded.  Rates are
those of the run's report, from the start of the first chunk; start-up, joining the parts and recording stand in
the column of seconds.  Processor time is that of all processes from start to end; memory is the largest sum of
their resident sets, and PSS the same with shared pages counted once.  The peer is
``rapidfuzz.process.cdist(fuzz.ratio)`` of the same names with one worker.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from rapidfuzz import fuzz, process

from app.bulk.report import Report
from app.cli import run as run_command
from benchmarks import population
from benchmarks.process_tree import Run, command

LISTED_SEED, QUERY_SEED = 21, 22
PEER_NAMES = 400
ROWS_PER_BLOCK = 200_000
MIB = 1 << 20
LIST_HEADER = (
    "external_id,action,category,entity_kind,legal_name,reg_region_code,jurisdiction,determined_on,effective_from"
)


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


def load_list(folder: Path, count: int) -> list[str]:
    """Load and activate a list of drawn names; return them."""
    names = population.from_tables().names(count, seed=LISTED_SEED)
    lines = [f"B-{i:07},ADD,VIOLATING,VENUE,{name},350100,350100,2017-03-15,2017-03-20" for i, name in enumerate(names)]
    path = folder / "list.csv"
    path.write_text("\n".join([LIST_HEADER, *lines]), encoding="utf-8")
    code = run_command(["lists", "load", str(path), "--list", "bench", "--maker", "one", "--checker", "two"])
    if code:
        raise SystemExit("the list could not be loaded")
    return names


def write_book(path: Path, rows: int) -> None:
    """Write counterparties as Parquet, block by block."""
    source = population.from_tables()
    rng = np.random.default_rng(QUERY_SEED)
    alphabet = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
    schema = pa.schema([(name, pa.string()) for name in ("id", "name", "uscc", "service", "service_date", "amount")])
    with pq.ParquetWriter(path, schema) as file:
        for block, start in enumerate(range(0, rows, ROWS_PER_BLOCK)):
            size = min(ROWS_PER_BLOCK, rows - start)
            codes = ["91350100" + "".join(row) for row in rng.choice(alphabet, (size, 10))]
            columns = [
                [str(start + i) for i in range(size)],
                source.names(size, seed=QUERY_SEED + 1 + block),
                codes,
                ["FUND_SETTLEMENT"] * size,
                ["2017-07-03"] * size,
                [f"{amount}.50" for amount in rng.integers(1, 10**6, size)],
            ]
            file.write_table(pa.table(columns, schema=schema), row_group_size=65_536)


def write_csv(book: Path, path: Path) -> None:
    """Write the same rows as CSV."""
    with pq.ParquetFile(book) as source, pa.csv.CSVWriter(path, source.schema_arrow) as file:
        for batch in source.iter_batches(65_536):
            file.write_batch(batch)


def measure(folder: Path, kind: str, workers: int) -> Row:
    """Screen the file once."""
    output = folder / f"out.{kind}"
    run = Run(command("bulk", str(folder / f"book.{kind}"), "-o", str(output), "--workers", str(workers), "--force"))
    code, seconds = run.wait()
    report = Report.read(output.with_name(f"{output.name}.report.json"))
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
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--listed", type=int, default=20_000)
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--formats", default="parquet,csv")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    formats = given.formats.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CUTOFF_DATA_DIR"] = name
        listed = load_list(folder, given.listed)
        write_book(folder / "book.parquet", given.rows)
        if "csv" in formats:
            write_csv(folder / "book.parquet", folder / "book.csv")
        measured = [measure(folder, kind, int(count)) for count in given.workers.split(",") for kind in formats]
        peer = peer_rate(listed, folder / "book.parquet")
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
