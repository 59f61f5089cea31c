"""Folding: one writing for many, the same again when folded again, and nothing breaks it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.names.fold import fold, fold_with_offsets

NAME = "福建示例交易中心有限公司"


@pytest.mark.parametrize(
    "written",
    [
        "福建示例交易中心（有限公司）",
        "福 建 示 例 交 易 中 心 有 限 公 司",
        "福建示例\u200b交易中\u00ad心有限公司",
        "福建示例交易中心有限公司\ufeff",
        "福建・示例｜交易中心，有限公司。",
        "福建示例交易中心😀有限公司",
        "福建示例交易中⼼有限公司",
        "福\ufe00建示例交易中心有限公司",
    ],
)
def test_ways_of_writing_fold_to_one(written: str) -> None:
    assert fold(written) == NAME


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢＣ１２", "abc12"),
        ("臺灣樣本證券", "台湾样本证券"),
        ("樣本國際②號", "样本国际2号"),
        ("❶⓿➍号", "104号"),
        ("Café", "cafe"),
        ("広東", "广东"),
    ],
)
def test_width_case_tradition_and_accents_fold(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(st.text(), st.text())
def test_folding_goes_character_by_character(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)


@given(st.text())
def test_offsets_lead_back_to_the_character_that_each_came_from(text: str) -> None:
    folded = fold_with_offsets(text)
    assert folded.text == fold(text)
    assert len(folded.offsets) == len(folded.text)
    assert all(char in fold(text[position]) for char, position in zip(folded.text, folded.offsets, strict=True))


@pytest.mark.parametrize(
    "hostile", ["e" + "\u0301" * 10_000, "\ud800" * 20_000, "样" * 20_000, "\u202e\u200f" * 10_000]
)
def test_hostile_texts_cost_no_more_than_their_length(hostile: str) -> None:
    started = time.thread_time()
    fold(hostile)
    assert time.thread_time() - started < 1.0
