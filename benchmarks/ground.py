"""What the benchmarks of whole commands stand on: a list in force, and a file of counterparties, both drawn."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from app.cli import run as run_command
from app.watchlists.name_cells.take_apart import is_plain
from benchmarks import dataset, population
from benchmarks.population import Population
from benchmarks.shared_names import shared_names

LISTED_SEED, QUERY_SEED = 21, 22
ROWS_PER_BLOCK = 200_000
LIST_HEADER = (
    "external_id,action,category,entity_kind,legal_name,reg_region_code,jurisdiction,determined_on,effective_from"
)


@contextmanager
def ground(
    listed: int,
    rows: int,
    formats: Sequence[str],
    names: Path | None = None,
    database_url: str | None = None,
    *,
    shared: bool = False,
) -> Iterator[Path]:
    """Give a folder with a ``book`` in each format, and a database whose list is in force for all commands.

    Names are drawn after the statistics of a data set where its folder is given, else after the tables here;
    ``shared`` ones have few regions and trades (:mod:`.shared_names`).
    The database is an embedded one in the folder, unless the URL of another, which has to be empty, is given.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CUTOFF_DATA_DIR"] = name
        if database_url is not None:
            os.environ["CUTOFF_DATABASE_URL"] = database_url
            obey("db", "upgrade")
        load_list(folder, listed_names(listed, names, shared=shared))
        source = Shared(names, listed) if shared else _source(names)
        write_book(folder / "book.parquet", rows, source)
        if "csv" in formats:
            write_csv(folder / "book.parquet", folder / "book.csv")
        yield folder


def listed_names(count: int, names: Path | None = None, *, shared: bool = False) -> list[str]:
    """Return the names that :func:`ground` puts on the list."""
    if shared:
        return shared_names(names, count, 0)[0]
    # Drawn piece by piece, some have half a pair of brackets, and no list is taken in with such a name.
    drawn = _source(names).names(count + count // 10 + 10, seed=LISTED_SEED)
    return [name for name in drawn if is_plain(name)][:count]


def load_list(folder: Path, names: Sequence[str]) -> None:
    """Load and activate a list of these names."""
    lines = [f"B-{i:07},ADD,VIOLATING,VENUE,{name},350100,350100,2017-03-15,2017-03-20" for i, name in enumerate(names)]
    path = folder / "list.csv"
    path.write_text("\n".join([LIST_HEADER, *lines]), encoding="utf-8")
    obey("lists", "load", str(path), "--list", "bench", "--maker", "one", "--checker", "two")


def write_book(path: Path, rows: int, source: "Population | Shared") -> None:
    """Write counterparties as Parquet, block by block."""
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


class Shared:
    """A source of names that share region and trade with a list of so many."""

    def __init__(self, folder: Path | None, listed: int) -> None:
        self._folder, self._listed = folder, listed

    def names(self, count: int, *, seed: int) -> list[str]:
        """Return so many names; of each seed others."""
        skipped = (seed - QUERY_SEED - 1) * ROWS_PER_BLOCK
        return shared_names(self._folder, self._listed, skipped + count)[1][skipped:]


def _source(names: Path | None) -> Population:
    return population.from_dataset(dataset.load(names)) if names else population.from_tables()


def obey(*arguments: str) -> None:
    """Run a command of the program in this process.  Stops everything where it fails."""
    if run_command([*arguments]):
        raise SystemExit(f"cutoff {' '.join(arguments[:2])} failed")
