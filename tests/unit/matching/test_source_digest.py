"""A version is a hash of what the sources do, not of how they are written."""

import pytest

from app.source_digest import digest_of

SOURCE = '''"""A module."""
from app.names.lexicon import WordKind

WEIGHT = 0.5
"""What it means."""


def score(x: float) -> float:
    """Return it."""
    return WEIGHT * x if x > 1 else 0.0
'''

SAME = {
    "docstring": SOURCE.replace("Return it.", "Return the score."),
    "constant's docstring": SOURCE.replace("What it means.", "Fitted."),
    "comment": SOURCE.replace("WEIGHT = 0.5", "WEIGHT = 0.5  # fitted"),
    "layout": SOURCE.replace("WEIGHT * x if x > 1 else 0.0", "(\n        WEIGHT * x if x > 1 else 0.0\n    )"),
    "import from a moved file": SOURCE.replace("app.names.lexicon", "app.names.words"),
}
OTHER = {
    "number": SOURCE.replace("0.5", "0.6"),
    "operator": SOURCE.replace("x > 1", "x >= 1"),
    "order": SOURCE.replace("WEIGHT * x if x > 1 else 0.0", "0.0 if x > 1 else WEIGHT * x"),
    "name": SOURCE.replace("WEIGHT", "SHARE"),
}


@pytest.mark.parametrize("source", SAME.values(), ids=SAME)
def test_a_sentence_or_a_place_changes_no_version(source: str) -> None:
    assert source != SOURCE
    assert digest_of([source]) == digest_of([SOURCE])


@pytest.mark.parametrize("source", OTHER.values(), ids=OTHER)
def test_what_is_done_changes_the_version(source: str) -> None:
    assert digest_of([source]) != digest_of([SOURCE])


def test_the_order_of_files_does_not_count_and_their_content_does() -> None:
    assert digest_of(["A = 1", "B = 2"], [b"x", b"y"]) == digest_of(["B = 2", "A = 1"], [b"y", b"x"])
    assert digest_of(["A = 1"], [b"x\r\n"]) == digest_of(["A = 1"], [b"x\n"])
    assert digest_of(["A = 1"], [b"x"]) != digest_of(["A = 1"], [b"z"])
