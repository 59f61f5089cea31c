"""One word for one thing, and one thing for one word: no file stem and no public class name occurs twice in ``app``."""

import ast
from collections import defaultdict
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
KIN = {
    "__init__": "packages",
    "main": "the entry point of a process",
    "models": "private tables of a package",
    "service": "what may be done with a package",
    "store": "reads of a package",
}
"""Stems that mean the same thing in every package."""
EDGES = ("api", "cli", "web")
"""The command line, the API and the console name their files for the resource they serve, as the package does."""


def _sources() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def test_a_file_stem_occurs_once() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in _sources():
        place = path.relative_to(APP)
        if place.parts[0] not in EDGES and path.stem not in KIN:
            found[path.stem].append(str(place))
    assert {stem: places for stem, places in found.items() if len(places) > 1} == {}


def test_a_public_class_name_occurs_once() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in _sources():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(APP)))
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_no_folder_holds_more_modules_than_a_person_can_survey() -> None:
    """At most 16, but where a reason stands here."""
    reasons = {
        "api": "one file a resource: its models, then its routes",
        "web": "one file a page of the console",
        "cli": "one file a subcommand, and what they share",
        "bulk/runs": "one file a part of a run: plan, chunks, processes, records, report",
        "identifiers": "one file a scheme",
        "monitoring": "one file a step of re-screening, alert or sweep",
        "screening": "one file a step from the request to the record, and what is read of it later",
    }
    for folder in {path.parent for path in _sources()}:
        place = str(folder.relative_to(APP))
        modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
        assert len(modules) <= 16 or place in reasons, f"{place}: {len(modules)}"
