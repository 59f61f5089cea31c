"""Whether a score says what it promises: the share of right matches by score, where one name in a hundred is listed.

    python -m benchmarks.reliability FOLDER [FOLDER …] [--page docs/quality.md] [--curve]

A match counts as right where a disguised name is answered with the entity that was meant.  Disguised names are weighed
so that they are one in a hundred of those asked; the rest are names that are not listed.  ``--page`` writes the page of
quality with its plot beside it, ``--curve`` prints points for the score in `app/matching/data/weights.json`.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import subject
from benchmarks.dataset import load
from benchmarks.peer_quality import peer_rows
from benchmarks.quality_page import Group, Step, write_page

TRUE_SHARE = 0.01
STEP = 10
CONFIRMED = 0
STRONG = 1
OTHER_NEGATIVES = "negatives_platforms.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Pairs that were answered, one row each: score, log-odds, weight by the mix, strength, and whether it is right."""

    score: NDArray[np.int64]
    odds: NDArray[np.float64]
    weight: NDArray[np.float64]
    right: NDArray[np.bool_]
    rank: NDArray[np.int64]


def answers(folder: Path) -> tuple[Answers, list[Group]]:
    """Return what a list answers to the names of a folder, and how each kind of disguise and of negatives fares."""
    data = load(folder)
    index = subject.build(data.listed)
    columns: list[tuple[int, float, float, bool, int]] = []
    groups: list[Group] = []
    found: Counter[str] = Counter()
    strong: Counter[str] = Counter()
    asked = Counter(item.kind for item in data.positives)
    keys = [entry.key for entry in index.entries]
    for item, pairs in zip(data.positives, _pairs(index, [item.query for item in data.positives]), strict=True):
        for entry, score, odds, rank in pairs:
            right = keys[entry] == item.expected
            columns.append((score, odds, TRUE_SHARE / len(data.positives), right, rank))
            found[item.kind] += right
            strong[item.kind] += right and rank <= STRONG
    groups += [Group(kind, asked[kind], found[kind], strong[kind], is_listed=True) for kind in sorted(asked)]
    for title, names in _unlisted(folder, data.negatives):
        alerts = [pairs for pairs in _pairs(index, names) if pairs]
        sure = sum(any(rank <= STRONG for *_, rank in pairs) for pairs in alerts)
        groups.append(Group(title, len(names), len(alerts), sure, is_listed=False))
        if title == "negatives":
            weight = (1 - TRUE_SHARE) / len(names)
            columns += [(score, odds, weight, False, rank) for pairs in alerts for _, score, odds, rank in pairs]
    score, odds, weight, right, rank = map(np.array, zip(*columns, strict=True))
    return Answers(score=score, odds=odds, weight=weight, right=right, rank=rank), groups


def _unlisted(folder: Path, negatives: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    found: list[tuple[str, Sequence[str]]] = [("negatives", negatives)]
    more = folder / OTHER_NEGATIVES
    if more.is_file():
        with more.open(encoding="utf-8-sig", newline="") as file:
            found.append(("platforms", [row["query"] for row in csv.DictReader(file)]))
    return found


def _pairs(index: subject.Index, names: Sequence[str]) -> list[list[tuple[int, int, float, int]]]:
    """Return of each name the entities answered: position, score, log-odds and strength, each at its best."""
    matches = index.match_names(list(names))
    found: list[list[tuple[int, int, float, int]]] = []
    for name in names:
        best: dict[int, tuple[int, int, float]] = {}
        for match in matches.of(name):
            entry = int(index._entry[match.row])  # noqa: SLF001 - the benchmark looks inside
            one = (match.rank, match.less_score, match.less_odds)
            best[entry] = min(best.get(entry, one), one)
        found.append([(entry, -score, -odds, rank) for entry, (rank, score, odds) in best.items()])
    return found


def steps(given: Answers) -> list[Step]:
    """Return for every ten points of the score how many pairs have it, and the share that is right on the mix."""
    table = []
    for low in range(0, 100, STEP):
        own = (given.score >= low) & (given.score < low + STEP) & (given.rank > CONFIRMED)
        total = float(given.weight[own].sum())
        right = float(given.weight[own & given.right].sum())
        table.append(Step(low, int(own.sum()), right / total if total else None))
    return table


def curve(given: Answers, width: float = 0.5) -> list[tuple[float, float]]:
    """Return points of log-odds and score: isotonic over steps of the odds (pool adjacent violators)."""
    own = given.rank > CONFIRMED
    blocks: list[list[float]] = []
    for low in np.arange(-1.0, 10.0, width):
        here = own & (given.odds >= low) & (given.odds < low + width)
        good, all_of = float(given.weight[here & given.right].sum()), float(given.weight[here].sum())
        if not all_of:
            continue
        blocks.append([good, all_of, low * all_of, low + width / 2, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [*(one + other for one, other in zip(blocks[-1], last, strict=True))]
    return [(round(block[3] / block[4], 2), round(100 * block[0] / block[1], 1)) for block in blocks]


def together(several: Sequence[Answers]) -> Answers:
    """Return the answers of several lists as one, each list counting alike."""
    columns = {name: np.concatenate([getattr(one, name) for one in several]) for name in Answers.__slots__}
    columns["weight"] = columns["weight"] / len(several)
    return Answers(**columns)


def main() -> None:
    """Measure, print, write what is asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.reliability", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, help="data in the layout of benchmarks/dataset.py")
    parser.add_argument("--page", type=Path, help="write the page of quality to this file, its plot beside it")
    parser.add_argument("--curve", action="store_true", help="print points for the curve of the score")
    options = parser.parse_args()
    measured = [answers(folder) for folder in options.folders]
    given = together([one for one, _ in measured])
    table = steps(given)
    for step in table:
        share = "–" if step.right is None else f"{step.right:.3f}"
        print(f"{step.low:>3}–{step.low + STEP - 1:<3} {step.pairs:>6} pairs, right {share}")
    print(f"{len(np.unique(given.score))} scores in use, commonest {Counter(given.score.tolist()).most_common(1)}")
    if options.curve:
        print(curve(given))
    if options.page:
        groups = {folder.name: own for folder, (_, own) in zip(options.folders, measured, strict=True)}
        peers = {folder.name: peer_rows(load(folder)) for folder in options.folders}
        write_page(options.page, groups, table, peers)


if __name__ == "__main__":
    main()
