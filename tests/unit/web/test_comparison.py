"""Two names in runs: nothing of either is lost, and what agrees is what folds to the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.names.fold import fold
from app.web.comparison import closest, compare

NAMES = st.text(alphabet=st.sampled_from("福建示例交易中心有限公司（）·\u200b \u3000ＡaA㈱龍龙0０"), max_size=12)


@given(NAMES, NAMES)
def test_the_runs_hold_all_of_both_names(listed: str, other: str) -> None:
    runs = compare(listed, other)
    assert "".join(run.listed for run in runs) == listed
    assert "".join(run.given for run in runs) == other
    for run in runs:
        if run.kind == "same":
            assert run.listed == run.given
        elif run.kind == "skip":
            assert fold(run.listed) == fold(run.given) == ""


@pytest.mark.parametrize(
    ("listed", "given_name", "kinds"),
    [
        ("示例公司", "示例公司", ["same"]),
        ("示例公司", "示\u200b例公司", ["same", "skip", "same"]),
        ("示例公司", "示列公司", ["same", "diff", "same"]),
        ("龙公司", "龍公司", ["variant", "same"]),
        ("示例公司", "示例", ["same", "missing"]),
        ("示例", "示例厦门", ["same", "extra"]),
    ],
)
def test_the_kinds_of_runs(listed: str, given_name: str, kinds: list[str]) -> None:
    assert [run.kind for run in compare(listed, given_name)] == kinds


def test_the_matcher_says_how_a_character_differs() -> None:
    (_, run, _) = compare("示例公司", "示列公司", [{"kind": "sound", "listed": "例", "given": "列"}])
    assert run.likeness == ("sound",)


def test_the_closest_of_several_names_is_compared() -> None:
    assert closest("示例交易中心", ["某公司", "示例交易", "示例"]) == "示例交易"


def test_no_run_of_what_agrees_is_longer_than_a_line_of_a_telephone() -> None:
    name = "福建省闽南样本大宗商品电子交易中心股份有限公司厦门分公司"
    runs = compare(name, name)
    assert max(len(run.listed) for run in runs) <= 12
    assert "".join(run.listed for run in runs) == "".join(run.given for run in runs) == name
