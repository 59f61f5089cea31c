"""A function in ``app`` is one that a person can read: at most 80 lines, and few ways through it."""

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
LINES_MAX = 80
WAYS_MAX = 30
REASONS = {
    "policy/decide.py decide": "the steps of a decision in their order, each of them a line or two",
}
"""Functions that are longer, or have more ways, and why."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions() -> Iterator[tuple[str, Function]]:
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield f"{path.relative_to(APP)} {node.name}", node


def lines_of(node: Function) -> int:
    """Return how many lines a function has, its docstring too, its decorators not."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def ways_of(node: ast.AST) -> int:
    """Return the cyclomatic complexity (McCabe), where every ``and`` and ``or`` counts as a branch, as radon does."""
    return 1 + sum(map(_branches, ast.walk(node)))


def _branches(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return 1 + bool(node.orelse)
    if isinstance(node, ast.Try):
        return len(node.handlers) + bool(node.orelse)
    return isinstance(node, ast.If | ast.IfExp | ast.Assert | ast.match_case)


def test_functions_are_short_and_have_few_ways_through() -> None:
    found = {
        name: (lines_of(node), ways_of(node))
        for name, node in _functions()
        if lines_of(node) > LINES_MAX or ways_of(node) > WAYS_MAX
    }
    assert {name: sizes for name, sizes in found.items() if name not in REASONS} == {}
    assert sorted(set(REASONS) - set(found)) == [], "these need no reason any more"


def test_ways_are_counted_as_the_measure_says() -> None:
    source = """
def f(a, b):
    if a and b or a > 1:
        return [x for x in b if x]
    while a:
        a -= 1
    return a if b else 0
"""
    assert ways_of(ast.parse(source).body[0]) == 1 + 1 + 2 + 2 + 1 + 1
