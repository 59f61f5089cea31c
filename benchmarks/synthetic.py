"""A data set of synthetic names, so that everybody can run the benchmark."""

import random

from benchmarks.dataset import Dataset, Disguised, Listed
from benchmarks.disguises import KINDS
from benchmarks.synthetic_names import NameMaker

LISTED_COUNT = 1000
QUERIES_A_KIND = 60
NEGATIVE_COUNT = 3000
BRAND_COUNT = 3000


def dataset(seed: int = 20170630) -> Dataset:
    """Make the whole data set; the same seed gives the same names."""
    draw = random.Random(seed)  # noqa: S311  # a sample, not a secret
    maker = NameMaker(draw)
    listed = {f"S{number:05}": maker.name() for number in range(LISTED_COUNT)}
    positives = []
    for kind, disguise in KINDS.items():
        made = 0
        for key in draw.sample(sorted(listed), len(listed)):
            query = disguise(listed[key], draw)
            if query is not None and made < QUERIES_A_KIND:
                positives.append(Disguised(query, key, kind))
                made += 1
    negatives = [
        (maker.beside(draw.choice(list(listed.values()))) if number % 2 else maker.name()).text
        for number in range(NEGATIVE_COUNT)
    ]
    return Dataset(
        origin="synthetic names",
        listed=tuple(Listed(key, name.text) for key, name in listed.items()),
        positives=tuple(positives),
        negatives=tuple(negatives),
        brands=tuple(maker.core() for _ in range(BRAND_COUNT)),
    )
