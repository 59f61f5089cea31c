"""No call passes so many arguments by position that a reader must count them."""

import ast
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
POSITIONAL_MAX = 6
COMPILED = ("matching", "names")
"""Compiled functions take their arrays by position; their dispatcher reads keywords slowly."""


def test_no_call_has_seven_positional_arguments() -> None:
    found = []
    for path in sorted(APP.rglob("*.py")):
        if path.relative_to(APP).parts[0] in COMPILED:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) <= POSITIONAL_MAX:
                continue
            name = ast.unparse(node.func)
            if name != "select":  # the columns of a statement
                found.append(f"{path.relative_to(APP)}:{node.lineno} {name}")
    assert found == []
