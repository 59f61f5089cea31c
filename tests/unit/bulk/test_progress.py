"""How far a run is, on a terminal and elsewhere."""

import io

import pytest

from app.bulk.runs import progress
from app.bulk.runs.chunk_result import Counts
from app.bulk.runs.progress import RunProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, *, quiet: bool = False) -> str:
    bar = RunProgress(stream, quiet=quiet)
    bar.begin(100, Counts(passed=20))
    bar.add(Counts(passed=25, review=3, block=2, errors=1, warning_kinds={"uscc:identifier-uscc": 7}))
    bar.add(Counts(passed=50))
    bar.end()
    return stream.getvalue()


def test_a_terminal_shows_a_bar_with_all_outcomes() -> None:
    text = shown(Terminal())
    assert "BLOCK 2 REVIEW 3 PASS 95 错误 1 警告 7" in text
    assert "100/100" in text


def test_elsewhere_a_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(io.StringIO()) == ""
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.0)
    lines = shown(io.StringIO()).strip().splitlines()
    assert ["50/100" in lines[0], "100/100" in lines[-1]] == [True, True]


def test_quiet_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.0)
    assert shown(io.StringIO(), quiet=True) == shown(Terminal(), quiet=True) == ""
