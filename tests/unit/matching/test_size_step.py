"""Decisions follow the size of a list in steps: within one, other names on the list change nothing."""

import itertools
import random

import pytest
from test_lossless import disguised, synthetic_names

from app.matching import Entry, Index, ListedName, size_step_named, size_step_of, size_steps
from app.matching.comparison.classify import scoring_model


def test_a_longer_list_asks_for_more() -> None:
    constants = [scoring_model(step).constant for step in size_steps()]
    assert constants == sorted(constants, reverse=True)
    assert len(set(constants)) == len(constants)
    assert size_step_of(0) == size_step_of(5000) != size_step_of(5001)


def test_a_list_to_and_fro_about_a_limit_stays_in_its_step() -> None:
    small, larger = size_steps()[:2]
    assert size_step_of(5001, small) == larger
    assert size_step_of(4999, larger) == larger
    assert size_step_of(3999, larger) == small
    assert size_step_of(1_000_000, small) == size_steps()[-1]
    assert size_step_of(10, size_steps()[-1]) == small


def test_a_step_is_known_by_its_name() -> None:
    assert [size_step_named(step.name) for step in size_steps()] == list(size_steps())
    with pytest.raises(ValueError, match="no size step"):
        size_step_named("")


def _decisions(index: Index, queries: list[str], keys: set[str]) -> list[tuple[int, str, int, int]]:
    hits = index.search_names(queries)
    columns = (hits.query, hits.entry, hits.score, hits.strength)
    found = [
        (query, index.entries[entry].key, score, strength)
        for query, entry, score, strength in zip(*(column.tolist() for column in columns), strict=True)
    ]
    return [one for one in found if one[1] in keys]


@pytest.mark.compiled
def test_unrelated_names_within_a_step_change_no_decision() -> None:
    draw = random.Random(5)
    listed = synthetic_names(2000, 5)
    entries = [Entry(f"{i} {name}", (ListedName(name),)) for i, name in enumerate(listed)]
    others = [Entry(f"x{i} {name}", (ListedName(name),)) for i, name in enumerate(synthetic_names(1000, 6))]
    queries = [disguised(name, draw) for name in itertools.islice(itertools.cycle(listed), 10_000)]
    keys = {entry.key for entry in entries}
    alone = Index.build(entries)
    together = Index.build(entries + others)
    assert alone.size_step == together.size_step
    before = _decisions(alone, queries, keys)
    assert len(before) > len(queries) // 2
    assert _decisions(together, queries, keys) == before


@pytest.mark.compiled
def test_a_few_entries_are_asked_as_if_the_whole_list_were_there() -> None:
    draw = random.Random(7)
    listed = synthetic_names(6000, 7)
    entries = [Entry(f"{i} {name}", (ListedName(name),)) for i, name in enumerate(listed)]
    queries = [disguised(name, draw) for name in listed[:500]]
    whole = Index.build(entries)
    few = Index.build(entries[:20], size_step=whole.size_step)
    keys = {entry.key for entry in entries[:20]}
    assert few.size_step != Index.build(entries[:20]).size_step
    assert _decisions(few, queries, keys) == _decisions(whole, queries, keys)
