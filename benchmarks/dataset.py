"""The data of a quality run: a list, disguised queries of its names, and names that are not on it.

A folder in the layout of the development data has ``list.csv`` (id,name), ``positives.csv``
(query,expected_id,kind), ``negatives.csv`` (query) and, optionally, ``brands.txt`` (one name a line).
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listed:
    """One name of the list."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Disguised:
    """One query that means a listed name; ``kind`` says how it is written."""

    query: str
    expected: str
    kind: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """All that a quality run measures on."""

    origin: str
    listed: tuple[Listed, ...]
    positives: tuple[Disguised, ...]
    negatives: tuple[str, ...]
    brands: tuple[str, ...]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def load(folder: Path) -> Dataset:
    """Read a folder of the layout above; raises OSError or KeyError where it is not one."""
    brands = folder / "brands.txt"
    return Dataset(
        origin=folder.name,
        listed=tuple(Listed(row["id"], row["name"]) for row in _rows(folder / "list.csv")),
        positives=tuple(
            Disguised(row["query"], row["expected_id"], row["kind"]) for row in _rows(folder / "positives.csv")
        ),
        negatives=tuple(row["query"] for row in _rows(folder / "negatives.csv")),
        brands=tuple(brands.read_text(encoding="utf-8").splitlines()) if brands.is_file() else (),
    )
