"""The documentation: generated pages equal the program, links lead somewhere, decisions are complete."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
generate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generate)

PAGES = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "watchlists", ROOT / "deploy")
    for path in folder.glob("*.md")
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))


@pytest.mark.parametrize("name", sorted(generate.PAGES))
def test_a_generated_page_says_what_the_program_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_why_what_follows_and_what_enforces_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    heads = re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE)
    assert heads == ["Context.", "Decision.", "Consequences.", "Enforced by."]
    assert text.startswith(f"# {page.stem[:4]} ")
    decision = text.split("**Decision.**")[1].split("**Consequences.**")[0].strip()
    assert decision.count(". ") == 0, "a decision is one sentence"
    for path in re.findall(r"`((?:app|tests|docs|migrations)/[^`]+)`", text):
        assert (ROOT / path).exists(), path


def test_the_index_of_the_documentation_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name


def test_nothing_that_is_tracked_names_a_machine() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    pattern = r"(^|[^.\w])/(root|home)/[a-z]|/w[o]rk/"
    command = ["git", "grep", "-nIE", pattern, "--", ".", ":!tests/contract/test_docs.py"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout == ""
