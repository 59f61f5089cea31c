"""What a quality run finds, counted from the hits of every query."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import process_time

from app.matching.index import Index
from app.matching.model.types import Strength
from app.names.exchange_name import exchange_in_name
from app.names.keywords import might_contain, scan
from benchmarks import probes, rough_parts, subject
from benchmarks.dataset import Dataset, Disguised
from benchmarks.exhaustive import Missed, missed_by_search
from benchmarks.figures import Share
from benchmarks.subject import Found

SCORE_STEP = 5  # calibration is counted in steps of this many points
FIRST_HITS = 20  # as many hits of the single and of the batch search are compared


@dataclass(frozen=True, slots=True)
class Answered:
    """A disguised query with its hits."""

    item: Disguised
    hits: tuple[Found, ...]

    @property
    def expected(self) -> Found | None:
        """The hit that was meant, if it is there."""
        return next((hit for hit in self.hits if hit.key == self.item.expected), None)

    @property
    def found(self) -> bool:
        """Whether the entity that was meant is among the hits."""
        return self.expected is not None

    def found_as(self, weakest: Strength) -> bool:
        """Whether it is found with this strength or a better one."""
        return self.expected is not None and self.expected.strength.rank <= weakest.rank

    @property
    def best_is_expected(self) -> bool:
        """Whether the first hit is the one that was meant."""
        return bool(self.hits) and self.hits[0].key == self.item.expected

    @property
    def others(self) -> tuple[Found, ...]:
        """Hits that remain with the entity taken off the list."""
        return tuple(hit for hit in self.hits if hit.key != self.item.expected)


@dataclass(frozen=True, slots=True)
class Probe:
    """A group of names that are not on the list, with the hits of each."""

    title: str
    queries: tuple[str, ...]
    hits: tuple[tuple[Found, ...], ...]

    def alerts(self, weakest: Strength = Strength.WEAK) -> Share:
        """Return the share of names with a hit of this strength or a better one."""
        return Share.of([any(hit.strength.rank <= weakest.rank for hit in hits) for hits in self.hits])

    @property
    def alerting(self) -> list[tuple[str, Found]]:
        """The names that alert, with their best hit, the surest first."""
        pairs = [(query, hits[0]) for query, hits in zip(self.queries, self.hits, strict=True) if hits]
        return sorted(pairs, key=lambda pair: (pair[1].strength.rank, -pair[1].score))


@dataclass(frozen=True, slots=True)
class Step:
    """How often a hit with a score from ``low`` up to the next step is the entity meant.

    ``best``: the first hits of disguised names and negatives; ``every``: all hits of all queries and
    probes, so that neighbours of the entity meant count against it.
    """

    low: int
    best: Share
    every: Share


class Tally:
    """Right and seen hits by step of the score."""

    def __init__(self) -> None:
        self.right: Counter[int] = Counter()
        self.seen: Counter[int] = Counter()

    def count(self, score: int, *, right: bool) -> None:
        """Count one hit."""
        step = score // SCORE_STEP * SCORE_STEP
        self.seen[step] += 1
        self.right[step] += right

    def share(self, step: int) -> Share:
        """Return the share of right hits in a step."""
        return Share(self.right[step], self.seen[step])


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a report shows."""

    origin: str
    listed_count: int
    answered: tuple[Answered, ...]
    probes: tuple[Probe, ...]
    listed_name: Mapping[str, str]
    names_per_second: float
    disagreeing: tuple[str, ...]
    keyword_alarms: Mapping[str, Share]
    missed: Missed

    def recall(self, weakest: Strength = Strength.WEAK) -> Share:
        """Return the share of disguised queries whose entity is found this surely."""
        return Share.of([answer.found_as(weakest) for answer in self.answered])

    def best_right(self) -> Share:
        """Return, of the found, the share whose first hit is the right one."""
        return Share.of([answer.best_is_expected for answer in self.answered if answer.found])

    def entity_left_out(self) -> Share:
        """Return the share of disguised queries that alert on a neighbour once their entity is gone."""
        return Share.of([bool(answer.others) for answer in self.answered])

    def grouped(self, by: Callable[[Answered], str]) -> dict[str, list[Answered]]:
        """Group the answers, in order of the group's name."""
        groups: dict[str, list[Answered]] = {}
        for answer in self.answered:
            groups.setdefault(by(answer), []).append(answer)
        return dict(sorted(groups.items()))

    def by_kind(self) -> dict[str, list[Answered]]:
        """Group the answers by the kind of disguise."""
        return self.grouped(lambda answer: answer.item.kind)

    def by_core_length(self) -> dict[str, list[Answered]]:
        """Group the answers by the length of the listed name's 字号, as roughly read."""
        return self.grouped(lambda answer: core_length(self.listed_name[answer.item.expected]))

    def calibration(self) -> list[Step]:
        """Return the steps of the score, best first."""
        best, every = Tally(), Tally()
        for answer in self.answered:
            for place, hit in enumerate(answer.hits):
                right = hit.key == answer.item.expected
                every.count(hit.score, right=right)
                if place == 0:
                    best.count(hit.score, right=right)
        for number, probe in enumerate(self.probes):
            for hits in probe.hits:
                for place, hit in enumerate(hits):
                    every.count(hit.score, right=False)
                    if place == number == 0:
                        best.count(hit.score, right=False)
        return [Step(low, best.share(low), every.share(low)) for low in sorted(every.seen, reverse=True)]


def core_length(name: str) -> str:
    """Group label for the length of a 字号: "0" where the rough reading finds none, "5+" at most."""
    length = len(rough_parts.read(name).core)
    return str(length) if length < 5 else "5+"


def measure(index: Index, data: Dataset, pairs: int) -> Findings:
    """Search every query of the data set and every probe built from it."""
    started = process_time()
    searched = 0

    def ask(title: str, queries: Iterable[str]) -> Probe:
        nonlocal searched
        names: Sequence[str] = tuple(queries)
        searched += len(names)
        print(f"  {title}: {len(names)} names", file=sys.stderr)
        return Probe(title, tuple(names), tuple(subject.search(index, names)))

    positives = ask("positives", (item.query for item in data.positives))
    others = (
        ask("negatives", data.negatives),
        ask("brands", probes.brands_not_listed(data)),
        ask("generic fragments", probes.generic_fragments(data.listed)),
        ask("bare cores of negatives", probes.bare_cores(data)),
        ask("negatives in pinyin", probes.spelled_out(data)),
        ask("regional venues", probes.regional_venues(data)),
        ask("platforms", probes.platforms(data)),
    )
    return Findings(
        origin=data.origin,
        listed_count=len(data.listed),
        answered=tuple(Answered(item, hits) for item, hits in zip(data.positives, positives.hits, strict=True)),
        probes=others,
        listed_name={entry.key: entry.name for entry in data.listed},
        names_per_second=searched / (process_time() - started),
        disagreeing=tuple(_disagreeing(index, data, positives.hits)),
        keyword_alarms={
            "negatives": keyword_alarms(data.negatives),
            "brands": keyword_alarms(data.brands),
        },
        missed=missed_by_search(data, pairs),
    )


def keyword_alarms(names: Sequence[str]) -> Share:
    """Return the share of names in which the keyword scan or the 交易所 rule finds something."""
    likely = might_contain(names)
    return Share(
        sum(
            bool(scan({"name": names[place]})) or exchange_in_name(names[place])
            for place in likely.nonzero()[0].tolist()
        ),
        len(names),
    )


def _disagreeing(index: Index, data: Dataset, batch: tuple[tuple[Found, ...], ...]) -> Iterator[str]:
    """Disguised queries that the single search answers otherwise than the batch search."""
    for item, found in zip(data.positives, batch, strict=True):
        first = tuple((hit.key, hit.score, hit.strength) for hit in found[:FIRST_HITS])
        if subject.search_single(index, item.query)[:FIRST_HITS] != first:
            yield item.query
