"""How well the matcher finds disguised names and leaves others alone.

    python -m benchmarks.quality [FOLDER] [--json FILE] [--examples N] [--pairs N] [--kind K] [--brands-max N]

Without a folder it measures on synthetic names made here, whose disguises come from tables of their
own.  Recall: the expected entity is among the hits of any strength.  Alert:
any hit at all on a name that is not on the list.
"""

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter

from benchmarks import subject, synthetic
from benchmarks.dataset import Dataset, load
from benchmarks.findings import measure
from benchmarks.report import as_examples, as_json, as_table

PAIRS = 1_000_000


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.quality", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="data in the layout list.csv, positives.csv, …")
    parser.add_argument("--json", type=Path, help="also write the report as JSON to this file")
    parser.add_argument("--examples", type=int, default=0, metavar="N", help="show N misses and false alerts a group")
    parser.add_argument("--kind", help="only positives of this kind (for tuning)")
    parser.add_argument("--pairs", type=int, default=PAIRS, metavar="N", help="pairs scored by brute force; 0: none")
    parser.add_argument("--brands-max", type=int, default=None, metavar="N", help="measure on the first N brands only")
    return parser.parse_args()


def dataset_of(options: argparse.Namespace) -> Dataset:
    """Read or make the data that the options ask for."""
    data = load(options.folder) if options.folder else synthetic.dataset()
    return Dataset(
        origin=data.origin,
        listed=data.listed,
        positives=tuple(item for item in data.positives if options.kind in (None, item.kind)),
        negatives=data.negatives,
        brands=data.brands[: options.brands_max],
    )


def main() -> None:
    """Print the table; write the JSON report where asked."""
    options = arguments()
    data = dataset_of(options)
    started = perf_counter()
    index = subject.build(data.listed)
    print(f"{len(data.listed)} listed names indexed in {perf_counter() - started:.2f} s", file=sys.stderr)
    findings = measure(index, data, options.pairs)
    print(as_table(findings))
    if options.examples:
        print(as_examples(index, findings, options.examples))
    if options.json:
        options.json.write_text(json.dumps(as_json(findings), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
