"""What a user is told who lacks what Spark needs; this runs on any machine."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.cli import run

Lines = Callable[[], list[str]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Lines:
    monkeypatch.setenv("CUTOFF_DATA_DIR", str(data_dir))

    def lines() -> list[str]:
        assert run(["bulk", "book.parquet", "-o", "answers.parquet", "--engine", "spark"]) == 2
        return capsys.readouterr().err.splitlines()

    return lines


def test_without_pyspark_the_extra_is_named(printed: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.bulk.find_spec", lambda name: None if name == "pyspark" else find_spec(name))
    (line,) = printed()
    assert "cutoff[spark]" in line


@pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark is asked for first")
def test_without_java_the_package_is_named(printed: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    (line,) = printed()
    assert "openjdk-17-jre-headless" in line
