"""Every suggestion of a finding is in both languages: ``中文 / English``."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import app

ROOMS = [Path(app.__file__).parent / room for room in ("watchlists", "tabular")]
PLACES = {"refused": 3, "doubtful": 3, "Issue": 4, "Unreadable": 3}
HAN = re.compile("[\u3400-\u9fff]")


def suggestions() -> Iterator[tuple[str, ast.expr]]:
    for path in sorted(path for room in ROOMS for path in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "suggestion":
                yield f"{path.name}:{node.lineno}", node.value
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = PLACES.get(name)
            given = [one.value for one in node.keywords if one.arg == "suggestion"]
            if place is not None and len(node.args) > place:
                given.append(node.args[place])
            yield from ((f"{path.name}:{one.lineno}", one) for one in given)


def texts(node: ast.expr) -> Iterator[str]:
    """Yield the literal text of each branch of an expression, with nothing for what is filled in."""
    if isinstance(node, ast.Constant):
        yield node.value if isinstance(node.value, str) else ""
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(one.value) if isinstance(one, ast.Constant) else "x" for one in node.values)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from texts(one)
    elif isinstance(node, ast.BinOp):
        yield "".join(max(texts(side), key=len, default="x") for side in (node.left, node.right))


FOUND = [(place, text) for place, node in suggestions() for text in texts(node) if HAN.search(text)]


@pytest.mark.parametrize(("place", "text"), FOUND, ids=[place for place, _ in FOUND])
def test_a_suggestion_is_in_both_languages(place: str, text: str) -> None:
    chinese, slash, english = text.partition(" / ")
    assert slash, place
    assert HAN.search(chinese)
    assert re.search("[A-Za-z]{2}", english)


def test_there_are_suggestions_to_look_at() -> None:
    assert len(FOUND) > 60
