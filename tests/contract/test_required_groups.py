"""CUTOFF_TEST_REQUIRE: a whole run in which no test of a required group passed fails, and says why."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PROJECT = """
[tool.pytest.ini_options]
addopts = "-m 'not long'"
testpaths = ["tests"]
markers = ["postgres", "browser", "spark", "pure", "long"]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with this suite's conftest.py and a single test, which belongs to no group."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "tests").mkdir()
    for module in ("conftest.py", "browser_path.py", "postgres.py"):
        shutil.copy(TESTS / module, folder / "tests")
    test = "import pytest\n\n@pytest.mark.pure\ndef test_nothing():\n    pass\n"
    (folder / "tests" / "test_one.py").write_text(test, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("arguments", "required", "code"),
    [
        ([], "postgres", pytest.ExitCode.TESTS_FAILED),
        ([], "", pytest.ExitCode.OK),
        (["-m", "pure"], "postgres", pytest.ExitCode.OK),
        (["-k", "nothing"], "postgres", pytest.ExitCode.OK),
        (["tests/test_one.py"], "postgres", pytest.ExitCode.OK),
    ],
)
def test_whole_run(project: Path, arguments: list[str], required: str, code: int) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "CUTOFF_TEST_REQUIRE": required}
    # Otherwise the run inside would count as a part of this one.
    for name in [name for name in environment if name.startswith(("PYTEST_", "CUTOFF_TEST_SESSION", "COV_"))]:
        del environment[name]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("postgres: required" in done.stdout) == (code == pytest.ExitCode.TESTS_FAILED)
    assert "1 passed" in done.stdout
