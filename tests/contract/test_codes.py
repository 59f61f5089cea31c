"""The codes that answers carry are closed sets, and every one has its line in the docs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.api import codes
from app.api.codes import URN, Flag, ProblemType

ROOT = Path(__file__).parents[2]
FAMILIES = {
    "Invalid": "422",
    "NotFound": "404",
    "Conflict": "409",
    "Forbidden": "403",
    "Unauthenticated": "401",
    "Unavailable": "503",
    "TooMany": "429",
    "TooLarge": "413",
}
ROOMS = ("access", "api", "jobs", "monitoring", "notify", "policy", "screening", "tabular", "watchlists")
"""The packages whose errors reach a caller of the API; command line, bulk readers and pages have others."""


def raised() -> Iterator[tuple[str, str]]:
    """Yield code and status of every error that these packages raise."""
    for path in [
        ROOT / "app/dependencies.py",
        *(file for room in ROOMS for file in (ROOT / "app" / room).rglob("*.py")),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in FAMILIES
                and node.args
            ):
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    yield str(code.value), FAMILIES[node.func.id]


def test_every_problem_that_is_raised_is_listed_with_its_status() -> None:
    listed = {(code, status) for code, (statuses, _, _) in codes.problems().items() for status in statuses.split()}
    assert set(raised()) - listed == set(), "add a line to app/api/data/problems.tsv"


def test_no_problem_is_listed_that_nobody_raises() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py"))
    assert [code for code in codes.problems() if f'"{code}"' not in source] == []


def test_every_flag_is_listed() -> None:
    """Flags are words in capitals that the law and the screening put into the tuple or list of that name."""
    found: set[str] = set()
    for room in ("policy", "screening"):
        for path in (ROOT / "app" / room).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            found |= set(re.findall(r'flags\.append\(\s*"(\w+)"', source))
            for words in re.findall(r"flags=\(([^)]*)\)", source):
                found |= set(re.findall(r'"(\w+)"', words))
    found |= {"CUTOFF_DAY", "LISTS_NARROWED", "BEFORE_FIRST_VERSION", "BACKFILLED", "DEGRADED"}
    assert len(found) > 10
    assert found - set(Flag) == set(), "add a line to app/api/data/flags.tsv"


def test_every_code_has_both_languages() -> None:
    for chinese, english in [*codes.flags().values(), *((zh, en) for _, zh, en in codes.problems().values())]:
        assert re.search("[\u4e00-\u9fff]", chinese), english
        assert re.fullmatch("[ -~]+", english), chinese


@pytest.mark.parametrize("code", sorted(codes.problems()))
def test_a_problem_is_in_the_description_and_in_the_docs(code: str) -> None:
    assert URN + code in set(ProblemType)
    assert f"| `{code}` |" in (ROOT / "docs/codes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("flag", sorted(codes.flags()))
def test_a_flag_is_in_the_docs(flag: str) -> None:
    assert f"| `{flag}` |" in (ROOT / "docs/codes.md").read_text(encoding="utf-8")
