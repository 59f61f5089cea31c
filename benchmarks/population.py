"""Names in any number, drawn from the statistics of a data set or of the tables here.

Two-character trade names, their characters, regions, trades and legal forms come as often as in the
source, so that postings, shared trade names and lengths are those of real lists.  Names drawn here are
never printed or kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks import rough_parts
from benchmarks.dataset import Dataset
from benchmarks.synthetic_names import FORM_WEIGHTS, FORMS, pairs, words

CORE_LENGTHS = (2, 3, 4, 5)
CORE_LENGTH_WEIGHTS = (63, 15, 18, 4)
CORE_LENGTH_MAX = 8


@dataclass(frozen=True, slots=True)
class Weighted:
    """Texts and the share of each."""

    texts: NDArray[np.str_]
    shares: NDArray[np.float64]

    @classmethod
    def counted(cls, texts: Sequence[str]) -> "Weighted":
        """Weigh texts by how often they occur."""
        values, counts = np.unique(np.array(texts), return_counts=True)
        return cls(values, counts / counts.sum())

    @classmethod
    def zipf(cls, texts: Sequence[str], exponent: float = 0.8) -> "Weighted":
        """Weigh texts by rank: the first are common, the last rare."""
        shares = 1 / np.arange(1, len(texts) + 1) ** exponent
        return cls(np.array(texts), shares / shares.sum())

    def draw(self, rng: np.random.Generator, count: int) -> NDArray[np.str_]:
        """Draw with replacement."""
        return rng.choice(self.texts, count, p=self.shares)


@dataclass(frozen=True, slots=True)
class Population:
    """What names are made of, and real names to begin with."""

    origin: str
    regions: Weighted
    core_characters: Weighted
    core_lengths: Weighted
    trades: Weighted
    forms: Weighted
    real: tuple[str, ...] = ()

    def names(self, count: int, *, seed: int, real: Sequence[str] = ()) -> list[str]:
        """Return ``count`` distinct names: the real ones given, then drawn ones."""
        rng = np.random.default_rng(seed)
        found = dict.fromkeys(real[:count])
        while len(found) < count:
            size = (count - len(found)) * 5 // 4 + 100
            lengths = self.core_lengths.draw(rng, size).astype(int)
            characters = self.core_characters.draw(rng, int(lengths.sum()))
            ends = np.cumsum(lengths)
            cores = ["".join(characters[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
            parts = (self.regions.draw(rng, size), cores, self.trades.draw(rng, size), self.forms.draw(rng, size))
            found.update(dict.fromkeys(map("".join, zip(*parts, strict=True))))
        return list(found)[:count]


def from_tables() -> Population:
    """Take the statistics from the tables of synthetic names."""
    level1 = [bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF)]
    common = words("core_characters.txt")
    return Population(
        origin="synthetic parts",
        regions=Weighted.zipf(["", *pairs("regions.tsv")]),
        core_characters=Weighted.zipf([*common, *(char for char in level1 if char not in set(common))]),
        core_lengths=Weighted(np.array(CORE_LENGTHS), np.array(CORE_LENGTH_WEIGHTS) / sum(CORE_LENGTH_WEIGHTS)),
        trades=Weighted.zipf(words("trades.txt") + words("venues.txt")),
        forms=Weighted(np.array(FORMS), np.array(FORM_WEIGHTS) / sum(FORM_WEIGHTS)),
    )


def from_dataset(data: Dataset) -> Population:
    """Take the statistics from real names: the list and the negatives."""
    real = tuple(dict.fromkeys([*(listed.name for listed in data.listed), *data.negatives]))
    parts = [part for part in map(rough_parts.read, real) if 1 < len(part.core) <= CORE_LENGTH_MAX]
    return Population(
        origin=f"names after {data.origin}",
        regions=Weighted.counted([part.region for part in parts]),
        core_characters=Weighted.counted([char for part in parts for char in part.core]),
        core_lengths=Weighted.counted([str(len(part.core)) for part in parts]),
        trades=Weighted.counted([part.trade for part in parts]),
        forms=Weighted.counted([part.form for part in parts]),
        real=real,
    )
