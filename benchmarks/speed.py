"""How fast the matcher is, by size of the list, side by side with its peers.

    python -m benchmarks.speed [FOLDER] [--sizes 1000,10000,…] [--shared] [--peers-max N] [--json FILE]

Without a folder names are drawn from the tables here; with one (layout of the quality data) from the
statistics of its names, real names first; ``--shared`` draws names of few regions and trades
(:mod:`.shared_names`), whose neighbours differ by the 字号 alone.  Each size runs in a process of its own.
Rates are names per second of one core from the raw string to the scored matches; peers get folded names and the same
queries.
"""

import argparse
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

from app.matching.index import Index
from app.matching.model.types import Query, QueryName
from benchmarks import dataset, population, subject
from benchmarks.dataset import Listed
from benchmarks.peers import peers
from benchmarks.population import Population
from benchmarks.shared_names import shared_names
from benchmarks.stopwatch import microseconds, names_per_second, resident_bytes

SIZES = (1_000, 10_000, 20_000, 100_000, 1_000_000)
PEERS_MAX = 100_000
QUERY_COUNT = 20_000
SINGLE_COUNT = 2_000
LISTED_SEED, QUERY_SEED = 11, 12


@dataclass(frozen=True, slots=True)
class Row:
    """What one size of list costs; rates in names per second of one core, times in the units named."""

    listed: int
    names_per_second: float
    accepted_pairs: int
    build_s: float
    entry_bytes: float
    index_bytes: float
    single_us: dict[str, float]
    peers: dict[str, float]


def names_for(source: Population, size: int) -> tuple[list[str], list[str]]:
    """Return listed names and queries: of the real names every other is listed, the rest is asked for."""
    listed = source.names(size, seed=LISTED_SEED, real=source.real[::2])
    taken = set(listed)
    asked = source.names(QUERY_COUNT, seed=QUERY_SEED, real=source.real[1::2])
    return listed, [name for name in asked if name not in taken]


def row(folder: Path | None, size: int, peers_max: int, shared: bool) -> Row:  # noqa: FBT001
    """Measure one size."""
    if shared:
        listed, queries = shared_names(folder, size, QUERY_COUNT)
    else:
        source = population.from_dataset(dataset.load(folder)) if folder else population.from_tables()
        listed, queries = names_for(source, size)
    subject.build([Listed("warm", listed[0])]).search_names(queries[:10])  # compiles, loads tables
    before_entries = resident_bytes()
    entries = subject.entries(Listed(str(number), name) for number, name in enumerate(listed))
    before_index = resident_bytes()
    started = process_time()
    index = Index.build(entries)
    build_s = process_time() - started
    after = resident_bytes()
    rate = names_per_second(lambda part: index.search_names(queries[part]), len(queries))
    for query in queries[:100]:
        index.search(Query(names=(QueryName(query),)))
    single = microseconds(lambda query: index.search(Query(names=(QueryName(query),))), queries[-SINGLE_COUNT:])
    accepted = int(index.search_names(queries[: len(queries) // 10]).query.size)
    others = {}
    for peer in peers() if size <= peers_max else ():
        work = peer.prepare(listed, queries)
        others[peer.title] = round(names_per_second(work, len(queries)), 1)
    return Row(
        listed=size,
        names_per_second=round(rate, 1),
        accepted_pairs=accepted,
        build_s=round(build_s, 3),
        entry_bytes=round((before_index - before_entries) / size, 1),
        index_bytes=round((after - before_index) / size, 1),
        single_us=single,
        peers=others,
    )


def as_table(rows: list[Row]) -> str:
    """Return the rows as text for a terminal."""
    titles = list(rows[0].peers)
    lines = [
        f"{'listed':>9}{'names/s':>11}{'build s':>9}{'B/entry':>9}{'p50 µs':>9}{'p99 µs':>9}"
        + "".join(f"{title:>17}{'ours ÷':>8}" for title in titles)
    ]
    for one in rows:
        line = (
            f"{one.listed:>9,}{one.names_per_second:>11,.0f}{one.build_s:>9.2f}{one.index_bytes:>9,.0f}"
            f"{one.single_us['p50']:>9,.0f}{one.single_us['p99']:>9,.0f}"
        )
        for title in titles:
            rate = one.peers.get(title)
            line += f"{rate:>17,.0f}{one.names_per_second / rate:>8.1f}" if rate else f"{'–':>17}{'–':>8}"
        lines.append(line)
    by_size = {one.listed: one.names_per_second for one in rows}
    if {10_000, 1_000_000} <= by_size.keys():
        lines.append(f"cost per name from 10,000 to 1,000,000 listed: × {by_size[10_000] / by_size[1_000_000]:.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure every size and print the table; write JSON where asked."""
    parser = argparse.ArgumentParser(prog="benchmarks.speed", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="data in the layout list.csv, negatives.csv, …")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of listed names")
    parser.add_argument("--shared", action="store_true", help="names of few regions and trades")
    parser.add_argument("--peers-max", type=int, default=PEERS_MAX, metavar="N", help="largest list peers run on")
    parser.add_argument("--json", type=Path, help="also write the figures as JSON to this file")
    options = parser.parse_args()
    rows = []
    for size in map(int, options.sizes.split(",")):
        started = perf_counter()
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            rows.append(process.submit(row, options.folder, size, options.peers_max, options.shared).result())
        print(f"  {size:,} listed names measured in {perf_counter() - started:.0f} s", flush=True)
    print(as_table(rows))
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in rows], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
