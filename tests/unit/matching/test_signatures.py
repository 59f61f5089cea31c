"""What candidate search keeps of a listed row, and what it bounds a pair by."""

import random

import numba
import numpy as np
import pytest
from test_lossless import disguised, synthetic_names

from app.matching import Entry, Index, ListedName
from app.matching.blocking.candidates import candidates
from app.matching.blocking.encoded_list import EncodedList
from app.matching.blocking.postings import distinct
from app.matching.blocking.score_bounds import core_odds, form_odds, lacking_odds, part_odds
from app.matching.blocking.signatures import (
    COUNT_MASK,
    IS_CORELESS,
    IS_IN_ORDER,
    IS_ONE_RUN,
    RECORD_COUNTS,
    REST_SHIFT,
    SKETCH_SOUNDS,
    TRADE_SHIFT,
    fold_sounds,
    ones,
)
from app.matching.comparison.classify import scoring_model
from app.matching.model.encoding import decode_row, encode, row_ends
from app.matching.model.size_step import size_step_of
from app.matching.search.rows_search import search_rows
from app.names.characters import characters
from app.names.lexicon import words

RULE = scoring_model(size_step_of(1000))


def counts_of(name: str) -> int:
    engine = Index.build([Entry("", (ListedName(name),))])._engine
    return int(engine.listed.records[0, RECORD_COUNTS] >> np.uint64(32))


@pytest.mark.parametrize(
    ("name", "core", "rest", "trade"),
    [("福州样棉贸易有限公司", 2, 4, 2), ("示例样本大宗商品有限公司", 4, 4, 4), ("深圳市创业投资有限公司", 4, 3, 0)],
)
def test_a_record_counts_the_parts_of_a_name(name: str, core: int, rest: int, trade: int) -> None:
    counts = counts_of(name)
    assert (counts & COUNT_MASK, counts >> REST_SHIFT & COUNT_MASK, counts >> TRADE_SHIFT & COUNT_MASK) == (
        core,
        rest,
        trade,
    )


def test_a_record_says_how_a_name_is_built() -> None:
    assert counts_of("福州样棉贸易有限公司") & (IS_CORELESS | IS_ONE_RUN | IS_IN_ORDER) == IS_ONE_RUN | IS_IN_ORDER
    assert counts_of("深圳市创业投资有限公司") & IS_CORELESS


def test_bits_are_counted_and_folded_without_loss_of_any() -> None:
    draw = random.Random(3)
    for _ in range(200):
        bits = draw.getrandbits(64)
        assert ones(np.uint64(bits)) == bits.bit_count()
        folded = int(fold_sounds(np.uint64(bits)))
        assert folded == folded & SKETCH_SOUNDS
        assert all(folded >> (place % 24) & 1 for place in range(64) if bits >> place & 1)


def test_a_bound_falls_with_what_is_short() -> None:
    weights = RULE.weights
    assert core_odds(0, 0, weights) == 0
    assert core_odds(2, 0, weights) < core_odds(1, 0, weights) < 0
    assert lacking_odds(4, 2, 0, 0, False, weights) < lacking_odds(4, 1, 0, 0, False, weights) < 0
    assert lacking_odds(2, 1, 0, 1, False, weights) < lacking_odds(4, 1, 0, 1, False, weights)
    assert form_odds(True, False, False, weights) > form_odds(False, False, False, weights)
    assert part_odds(4, 1, 1, False, weights) > part_odds(2, 1, 1, False, weights) > part_odds(2, 2, 0, False, weights)


def test_candidates_are_few_each_once_and_hold_the_name_itself() -> None:
    # Without the compiler a name takes a hundred times longer.
    size = 120 if numba.config.DISABLE_JIT else 800
    listed = synthetic_names(size, 31)
    engine = Index.build([Entry(str(i), (ListedName(name),)) for i, name in enumerate(listed)])._engine
    draw = random.Random(32)
    given = [name if i % 2 else disguised(name, draw) for i, name in enumerate(listed[: size // 4])]
    source = encode(given)
    ends, work, start, total = row_ends(source), engine._space(), 0, 0
    for row, end in enumerate(ends.tolist()):
        size, _ = decode_row(source, start, end, characters(), work.own.codes, work.own.marks)
        start = end + 1
        count = candidates(size, engine.listed, characters(), words(), engine._rule, work.own, work.bounds)
        found = work.bounds.found[:count].tolist()
        assert len(set(found)) == len(found)
        if row % 2:
            assert given[row].replace("责任", "") in [_text(engine.listed, r) for r in found]
        total += count
    assert total < 20 * len(given)


def test_postings_that_do_not_fit_get_room() -> None:
    listed = synthetic_names(60, 33)
    engine = Index.build([Entry(str(i), (ListedName(name),)) for i, name in enumerate(listed)])._engine
    source = encode([*listed[:20], "".join(listed[20:28])])
    work = engine._space()
    narrow = work._replace(bounds=work.bounds._replace(postings=np.zeros(2, np.int32)))
    tables = (engine.listed, characters(), words(), engine._rule, False)
    (usual, aligned), (found, again) = (search_rows(source, row_ends(source), *tables, room) for room in (work, narrow))
    assert usual.query.size >= 20
    assert aligned == again
    assert all(np.array_equal(one, other) for one, other in zip(usual, found, strict=True))


def test_postings_are_kept_once_each() -> None:
    draw = random.Random(34)
    for size in range(1, 60):
        posted = [draw.randrange(-9, 9) for _ in range(size)]
        kept = np.array(posted, np.int32)
        assert kept[: distinct(kept, size)].tolist() == sorted(set(posted))


def _text(listed: EncodedList, row: int) -> str:
    return "".join(map(chr, listed.codes[0 if row == 0 else listed.ends[row - 1] : listed.ends[row]].tolist()))
