"""Fit the weights of the matcher, its thresholds and the curve of its score to labelled names.

    python -m benchmarks.fitting FOLDER [--out weights.json] [--json report.json] [--alerts-max 0.001] [--folds 2]

FOLDER has the layout of `benchmarks/dataset.py`.  The report says how the fitted numbers do on names that they were not
fitted on: with each kind of disguise left out in turn, and with half of the entities left out.  It fits the pairs
that are found by comparing a whole query with a listed row; `benchmarks.quality` measures what readings add.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.comparison.classify import thresholds
from app.matching.comparison.features import TERMS
from benchmarks import probes
from benchmarks.comparisons import Comparisons, comparisons
from benchmarks.dataset import load

RIDGE = 0.02
ROUNDS = 40
TRUE_SHARE = 0.01
"""Of a hundred names asked, one is listed: the mix that scores are told for."""
BRANDS = 3000
CURVE_STEP = 0.25


@dataclass(frozen=True, slots=True)
class Fitted:
    """A constant and one weight for each term."""

    constant: float
    weights: NDArray[np.float64]

    def odds(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-odds of comparison vectors."""
        return np.asarray(vectors @ self.weights + self.constant)


def fit(pairs: Comparisons, start: Fitted, ridge: float = RIDGE) -> Fitted:
    """Return the weights of a logistic regression that stays near ``start``; each kind of disguise counts alike.

    Newton's method on the penalised likelihood.  Terms that ``start`` gives no weight stay without one, and no term
    changes its sign: a likeness that costs nothing would be an error of the sample.
    """
    used = pairs.where(pairs.allowed)
    sample = _weights_of(used)
    target = used.right.astype(float)
    free = np.append(start.weights != 0, True)
    design = np.column_stack([used.vectors, np.ones(len(target))])[:, free]
    prior = np.append(start.weights, start.constant)[free]
    beta = prior.copy()
    penalty = ridge * sample.sum() * np.append(np.ones(free.sum() - 1), 0.1)
    for _ in range(ROUNDS):
        share = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (sample * (share - target)) + penalty * (beta - prior)
        curvature = (design * (sample * share * (1 - share))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        beta -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    signs = np.sign(prior)
    signs[-1] = 0
    beta = np.where((signs != 0) & (np.sign(beta) != signs), signs * 0.01, beta)
    weights = np.zeros(len(TERMS))
    weights[free[:-1]] = beta[:-1]
    return Fitted(float(beta[-1]), weights)


def _weights_of(pairs: Comparisons) -> NDArray[np.float64]:
    """Return what each pair counts: all kinds alike, and wrong pairs together as much as right ones."""
    weight = np.ones(len(pairs.right))
    for kind in np.unique(pairs.kind[pairs.right]):
        own = pairs.right & (pairs.kind == kind)
        weight[own] = 1 / own.sum()
    weight[pairs.right] /= weight[pairs.right].sum()
    wrong = ~pairs.right
    weight[wrong] = np.where(pairs.kind[wrong] == "", 1.0, 0.2)
    weight[wrong] /= weight[wrong].sum()
    return np.asarray(weight * len(weight) / 2)


def best_by_query(pairs: Comparisons, odds: NDArray[np.float64], *, right: bool) -> dict[int, float]:
    """Return of each query the best odds of its right pairs, or of its wrong ones."""
    best: dict[int, float] = {}
    keep = pairs.allowed & (pairs.right == right)
    for query, value in zip(pairs.query[keep].tolist(), odds[keep].tolist(), strict=True):
        best[query] = max(best.get(query, -np.inf), value)
    return best


def threshold(pairs: Comparisons, odds: NDArray[np.float64], unlisted: int, alerts_max: float) -> float:
    """Return the lowest odds at which no more of the unlisted names alert than allowed."""
    alerts = sorted(best_by_query(pairs.where(pairs.kind == ""), odds[pairs.kind == ""], right=False).values())[::-1]
    allowed = int(alerts_max * unlisted)
    return alerts[allowed] + 1e-6 if len(alerts) > allowed else float(min(odds))


def recall(pairs: Comparisons, odds: NDArray[np.float64], cut: float) -> dict[str, float]:
    """Return the share of disguised queries found, by kind and, under "", of all."""
    best = best_by_query(pairs, odds, right=True)
    found: dict[str, list[bool]] = {"": []}
    for query in np.unique(pairs.query[pairs.kind != ""]).tolist():
        kind = str(pairs.kind[pairs.query == query][0])
        hit = best.get(query, -np.inf) >= cut
        found.setdefault(kind, []).append(hit)
        found[""].append(hit)
    return {kind: round(sum(hits) / len(hits), 4) for kind, hits in sorted(found.items())}


def curve(pairs: Comparisons, odds: NDArray[np.float64], unlisted: int, cut: float) -> list[list[float]]:
    """Return points of log-odds and score: the share of right pairs at such odds where one name in a hundred is listed.

    Isotonic in steps of the odds (pool adjacent violators), 99 at most.
    """
    queries = len(np.unique(pairs.query[pairs.kind != ""]))
    steps = np.arange(np.floor(cut / CURVE_STEP) * CURVE_STEP, odds.max() + CURVE_STEP, CURVE_STEP)
    right, wrong = [], []
    good = np.array(list(best_by_query(pairs, odds, right=True).values()))
    bad = np.array(list(best_by_query(pairs.where(pairs.kind == ""), odds[pairs.kind == ""], right=False).values()))
    for low in steps:
        right.append(TRUE_SHARE * ((good >= low) & (good < low + CURVE_STEP)).sum() / queries)
        wrong.append((1 - TRUE_SHARE) * ((bad >= low) & (bad < low + CURVE_STEP)).sum() / max(unlisted, 1))
    blocks: list[list[float]] = []
    for place, (good_share, bad_share) in enumerate(zip(right, wrong, strict=True)):
        blocks.append([good_share, bad_share, place, 1])
        while len(blocks) > 1 and _share(blocks[-2]) >= _share(blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [blocks[-1][0] + last[0], blocks[-1][1] + last[1], blocks[-1][2], blocks[-1][3] + last[3]]
    return [
        [round(float(steps[int(block[2])] + CURVE_STEP * block[3] / 2), 3), round(min(99.0, 100 * _share(block)), 1)]
        for block in blocks
    ]


def _share(block: list[float]) -> float:
    total = block[0] + block[1]
    return block[0] / total if total else 0.0


def main() -> None:
    """Fit, print the report, write what is asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.fitting", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="data in the layout list.csv, positives.csv, …")
    parser.add_argument("--out", type=Path, help="write the fitted numbers, in the form of weights.json")
    parser.add_argument("--json", type=Path, help="write the report as JSON")
    parser.add_argument("--alerts-max", type=float, default=0.0008, help="share of unlisted names that may alert")
    options = parser.parse_args()
    data = load(options.folder)
    unlisted = [*data.negatives, *probes.brands_not_listed(data)[:BRANDS], *probes.generic_fragments(data.listed)]
    pairs = comparisons(data, unlisted)
    print(
        f"{len(pairs.right)} pairs of {len(data.positives)} disguised and {len(unlisted)} other names", file=sys.stderr
    )
    report, numbers = fitted(pairs, len(unlisted), options.alerts_max)
    print(json.dumps(report, ensure_ascii=False, indent=1))
    if options.json:
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if options.out:
        options.out.write_text(json.dumps(numbers, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def fitted(pairs: Comparisons, unlisted: int, alerts_max: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the report, and the numbers in the form of the matcher's file."""
    shipped = thresholds()
    start = Fitted(shipped["constant"], np.array([shipped["weights"].get(term, 0.0) for term in TERMS]))
    model = fit(pairs, start)
    odds = model.odds(pairs.vectors)
    cut = threshold(pairs, odds, unlisted, alerts_max)
    strong = max(cut + 0.5, threshold(pairs, odds, unlisted, 0.0))
    before = start.odds(pairs.vectors)
    report = {
        "shipped": recall(pairs, before, shipped["weak_min"]),
        "fitted": recall(pairs, odds, cut),
        "kind_left_out": _kinds_left_out(pairs, start, unlisted, alerts_max),
        "entities_left_out": _entities_left_out(pairs, start, unlisted, alerts_max),
    }
    numbers = shipped | {
        "weights": {term: round(float(w), 2) for term, w in zip(TERMS, model.weights, strict=True) if w},
        "constant": round(model.constant, 2),
        "weak_min": round(cut, 2),
        "strong_min": round(cut + 0.5, 2),
        "strong_unmet_min": round(strong, 2),
        "score": curve(pairs, odds, unlisted, cut),
    }
    return report, numbers


def _kinds_left_out(pairs: Comparisons, start: Fitted, unlisted: int, alerts_max: float) -> dict[str, float]:
    """Return the recall on each kind with weights that were fitted without it; under "", their mean by query."""
    found, count = {}, {}
    for kind in np.unique(pairs.kind[pairs.kind != ""]).tolist():
        model = fit(pairs.where(pairs.kind != kind), start)
        odds = model.odds(pairs.vectors)
        cut = threshold(pairs, odds, unlisted, alerts_max)
        own = pairs.kind == kind
        found[kind] = recall(pairs.where(own), odds[own], cut)[""]
        count[kind] = len(np.unique(pairs.query[own]))
    return found | {"": round(sum(found[k] * count[k] for k in found) / sum(count.values()), 4)}


def _entities_left_out(pairs: Comparisons, start: Fitted, unlisted: int, alerts_max: float) -> float:
    """Return the recall on entities that the weights were not fitted on, in two folds."""
    hits = total = 0.0
    fold = np.array([sum(map(ord, key)) % 2 for key in pairs.entity])
    for held_out in (0, 1):
        model = fit(pairs.where((fold != held_out) | (pairs.kind == "")), start)
        odds = model.odds(pairs.vectors)
        own = (fold == held_out) & (pairs.kind != "") & pairs.right
        size = len(np.unique(pairs.query[own]))
        hits += recall(pairs.where(own), odds[own], threshold(pairs, odds, unlisted, alerts_max))[""] * size
        total += size
    return round(hits / total, 4)


if __name__ == "__main__":
    main()
